"""What of a file or dataset is the record, as it was asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field
from typing import Literal

from ..core import OptionError, listed

Gaps = Literal["split"]

NO_MEMBERS = "none"
"""Given for the dimension of members, it says that no dimension is one."""


@dataclass(frozen=True)
class Selection:
    """Which variables to use and which dimension counts members.

    Args:
        variables: The variables to use; none for all of them.
        member: The dimension (of a table, the column) that tells separate runs apart, beside those known by their names
            or attributes; ``"none"`` if no dimension does.
        drop: Variables to pass over.
        rename: New names of variables and dimensions by their old ones; everything else goes by the new ones.
        group: The group inside the file.
        gaps: ``"split"`` if the record is to be cut where times or values are missing; else they are refused.
    """

    variables: tuple[str, ...] = ()
    member: str | None = None
    drop: tuple[str, ...] = ()
    rename: Mapping[str, str] = dataclass_field(default_factory=dict)
    group: str = ""
    gaps: Gaps | None = None

    @classmethod
    def of(
        cls,
        variable: str | Sequence[str] | None = None,
        member: str | None = None,
        drop: str | Sequence[str] = (),
        rename: Mapping[str, str] | str | Sequence[str] = (),
        group: str = "",
        gaps: Gaps | None = None,
    ) -> "Selection":
        """From options as a user gives them: one name or several, ``OLD=NEW`` or a mapping.

        Raises:
            OptionError: A new name is not written as ``OLD=NEW``, or ``gaps`` is unknown.

        Example:
            >>> Selection.of("u", rename="t=time").rename
            {'t': 'time'}
        """
        if not isinstance(rename, Mapping):
            rename = dict(_old_and_new(entry) for entry in _several(rename))
        if gaps not in (None, "split"):
            raise OptionError(
                f"--gaps {gaps} was given",
                "gaps are refused, or split the record into pieces",
                "give --gaps split, or leave it out",
            )
        return cls(_several(variable), member, _several(drop), rename, group, gaps)

    def renamed(self, names: Sequence[str], where: str) -> list[str]:
        """The names of a file under their new ones."""
        self.refuse_unknown("rename", names, where)
        return [self.rename.get(name, name) for name in names]

    def chosen(self, names: Sequence[str], where: str) -> list[str]:
        """Those of the variables of a file that are asked for, in its order.

        Raises:
            OptionError: A name is not there, or nothing is left.
        """
        self.refuse_unknown("drop", names, where)
        self.refuse_unknown("variable", names, where)
        left = [name for name in names if name in (self.variables or names) and name not in self.drop]
        if names and not left:
            raise OptionError(
                f"every variable of {where} was dropped ({listed(names, 12)})",
                "at least one state variable is needed",
                "drop fewer",
            )
        return left

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
