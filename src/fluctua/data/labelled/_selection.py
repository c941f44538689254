"""What of a file or dataset is the record, as it was asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field, replace
from typing import Any, Literal, TypedDict, Unpack

import numpy as np

from ...core import OptionError, listed

Gaps = Literal["split"]

NO_MEMBERS = "none"
"""Given for the dimension of members, it says that no dimension is one."""


class Chosen(TypedDict, total=False):
    """Options of ``read_record`` and ``record_from_dataset`` that say what of a file or dataset is the record.

    Attributes:
        member: A further dimension (of a table, the column) that counts separate runs, beside those known by their
            names or attributes; ``"none"`` if no dimension does.
        drop: Variables to pass over.
        rename: New names of variables and dimensions by old ones, or ``"OLD=NEW"``; all else goes by the new ones.
        gaps: ``"split"`` to cut the record into pieces where times or values are missing, at which no pair of states
            crosses; by default they are refused.
        missing: Numbers that stand for missing values, beside those that the file declares.
        steps: Whether every row is one step, whatever its time.
        skip: Number of steps to leave out at the beginning of every run.
        stored: Whether what is too large for memory, on disk or in chunks of dask, may stay where it is stored; where
            several records are one, their number, by which each is too large sooner.
    """

    member: str | None
    drop: str | Sequence[str]
    rename: Mapping[str, str] | str | Sequence[str]
    gaps: Gaps | None
    missing: float | Sequence[float]
    steps: bool
    skip: int
    stored: int


@dataclass(frozen=True)
class Selection:
    """What was asked for, in its plain form: ``Chosen``, the variables (none for all) and the group inside the file."""

    variables: tuple[str, ...] = ()
    member: str | None = None
    drop: tuple[str, ...] = ()
    rename: Mapping[str, str] = dataclass_field(default_factory=dict)
    group: str = ""
    gaps: Gaps | None = None
    missing: tuple[float, ...] = ()
    steps: bool = False
    skip: int = 0
    stored: int = 0

    @classmethod
    def of(cls, variable: str | Sequence[str] | None = None, group: str = "", **chosen: Unpack[Chosen]) -> "Selection":
        """From options as a user gives them: one name or several, ``OLD=NEW`` or a mapping.

        Raises:
            OptionError: A new name is not written as ``OLD=NEW``, or ``gaps`` is unknown.

        Example:
            >>> Selection.of("u", rename="t=time").rename
            {'t': 'time'}
        """
        given: dict[str, Any] = {**chosen}
        asked = cls(_several(variable), group=group, **given)
        rename = asked.rename
        if not isinstance(rename, Mapping):
            rename = dict(_old_and_new(entry) for entry in _several(rename))
        if asked.gaps not in (None, "split"):
            raise OptionError(
                f"--gaps {asked.gaps} was given",
                "gaps are refused, or split the record into pieces",
                "give --gaps split, or leave it out",
            )
        codes = tuple(np.atleast_1d(asked.missing).tolist())
        return replace(asked, drop=_several(asked.drop), rename=rename, missing=codes)

    def refuse_unknown(self, option: str, names: Sequence[str], where: str) -> None:
        """Refuse a name given for ``drop``, ``rename`` or ``variable`` that is not one of ``names``."""
        asked = self.variables if option == "variable" else getattr(self, option)
        unknown = next((name for name in asked if name not in names), None)
        if unknown is not None:
            raise OptionError(
                f"'{unknown}' was asked for from {where} by --{option}",
                f"its variables are {listed(names, 12)}" if names else "it has none",
                "name one of these, or leave the option out",
            )


def _several(names: str | Sequence[str] | None) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(dict.fromkeys(names or ()))


def _old_and_new(entry: str) -> tuple[str, str]:
    old, equals, new = entry.partition("=")
    if not (old and equals and new):
        raise OptionError(f"--rename {entry} was given", "it is OLD=NEW", "give for instance --rename t=time")
    return old.strip(), new.strip()
