"""Finished parts of a long study, kept in a folder, so that one that was stopped goes on where it was."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np

from fluctua.core import DataError, FluctuaError, OptionError, replaced, version

from .plan import FieldPlan

Arrays = dict[str, np.ndarray]


class Kept:
    """Parts of one study by name, each computed once.

    A file holds the arrays of a part and what they are of: the plan, the seed and the version of fluctua. Files of
    another study are refused, for their numbers would be mixed in silence. What no version tells, a change of code
    between two of them, is for the one who makes it to know.

    Args:
        folder: Where the files are; nothing is kept without one.
        plan: What is run.
        seed: Seed of every random choice.

    Raises:
        OptionError: The folder cannot be made.

    Example:
        >>> import tempfile
        >>> from studies.response_fields.plan import field_plan
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     kept = Kept(Path(folder), field_plan("ou", "quick"), 0)
        ...     first = kept.arrays("part", lambda: {"values": np.arange(3)})
        ...     again = kept.arrays("part", lambda: {"values": np.zeros(3)})
        >>> again["values"].tolist()
        [0, 1, 2]
    """

    def __init__(self, folder: Path | None, plan: FieldPlan, seed: int) -> None:
        self._folder = folder
        numbers = [np.asarray(leaf).tolist() for leaf in jax.tree.leaves(plan.system)]
        self._study = f"{plan!r} with {numbers}, seed {seed}, fluctua {version()}"
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise OptionError(
                    f"finished parts cannot be kept in {folder}: {error.strerror}",
                    "a folder that can be written is needed",
                    "give another one with --keep",
                ) from error

    def arrays(self, part: str, make: Callable[[], Arrays]) -> Arrays:
        """The arrays of a part: those of its file, or made and kept.

        Raises:
            FluctuaError: The file is of another study, or is none; or what ``make`` raises.
        """
        if self._folder is None:
            return make()
        path = self._folder / f"{part}.npz"
        if path.exists():
            return self._read(path)
        arrays = make()
        with replaced(path) as temporary:
            table: dict[str, Any] = {f"array {name}": values for name, values in arrays.items()}
            np.savez(temporary, study=np.array(self._study), **table)
        return arrays

    def _read(self, path: Path) -> Arrays:
        try:
            with np.load(path, allow_pickle=False) as file:
                study = str(file["study"])
                arrays = {name.removeprefix("array "): file[name] for name in file.files if name != "study"}
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise _refused(path, f"cannot be read as a finished part ({error})") from error
        if study != self._study:
            raise _refused(path, "is a part of another study: its plan, seed or version of fluctua is another one")
        return arrays


def _refused(path: Path, what: str) -> FluctuaError:
    return DataError(
        f"{path} {what}",
        "a folder of finished parts holds those of one study",
        "give an empty folder with --keep, or remove the file",
    )
