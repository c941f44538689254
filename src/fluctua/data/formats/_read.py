"""Reading a record: the suffix of its path says by which reader, and whatever is wrong is said in three parts."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Unpack

from ...core import DataError, Entry, registered
from ..files import member_for
from ..labelled import Chosen, Selection, labelled_record
from ..record import Record


def read_record(
    path: str | Path,
    *,
    variable: str | Sequence[str] | None = None,
    homogeneous: Sequence[str] = (),
    **chosen: Unpack[Chosen],
) -> Record:
    """Read a record from a ``.csv``, ``.nc`` or ``.zarr`` path, or with another reader that is registered.

    Args:
        path: A CSV file (a header, an optional ``time`` column, an optional ``member`` column, every other
            column a state variable), a NetCDF file or a Zarr store (several variables over time, or a gridded
            one), or ``file.nc:/group`` for a group inside it.
        variable: The variables to read; needed for a gridded one.
        homogeneous: Dimensions of the gridded variable along which the system is homogeneous and periodic.
        chosen: What of the file is the record, as in ``Chosen``.

    Returns:
        The record, read but not yet validated (see ``validate``).

    Raises:
        DataError: The path cannot be read as a record; the message says what was found and what is needed.
        OptionError: An option names something that is not there.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "run.csv"
        ...     _ = path.write_text("time,x,y\\n0.0,1.5,2\\n0.1,1.0,3\\n0.2,0.5,1\\n")
        ...     record = read_record(path)
        >>> record.names, record.dt, record.flat.shape
        (('x', 'y'), 0.1, (1, 3, 2))
    """
    path, group = _path_and_group(Path(path))
    reader = member_for("reader", path, "read from", "convert the record, or rename it to say what it is", DataError)
    _refuse_unreadable(path, reader)
    selection = Selection.of(variable, group, **chosen)
    try:
        with reader.member(path, selection) as dataset:
            if reader.facts.get("table"):  # its columns have their names already
                selection = replace(selection, member=None, drop=(), rename={})
            return labelled_record(dataset, selection, homogeneous, path.name)
    except OSError as error:
        raise DataError(
            f"'{path}' cannot be read ({error})",
            "a readable, complete file is needed",
            "check its permissions and that it was copied completely",
        ) from error


def _path_and_group(path: Path) -> tuple[Path, str]:
    """``file.nc:/group`` as the file and the group inside it."""
    file, colon, group = str(path).partition(":/")
    grouped = {end for entry in registered("reader").values() if entry.facts.get("groups") for end in _suffixes(entry)}
    return (Path(file), group.strip("/")) if colon and Path(file).suffix.lower() in grouped else (path, "")


def _suffixes(reader: Entry) -> tuple[str, ...]:
    return tuple(reader.facts["suffixes"])


def _refuse_unreadable(path: Path, reader: Entry) -> None:
    if not path.exists():
        raise DataError(f"'{path}' does not exist", "an existing record is needed", "check the path")
    if reader.facts.get("folder") and path.suffix.lower() != ".zip":
        if not path.is_dir():
            raise DataError(
                f"'{path}' is a file",
                "a Zarr store is a folder",
                "give the folder, unpacked if it was compressed",
            )
        return
    if path.is_dir():
        raise DataError(f"'{path}' is a folder", f"a {path.suffix.lower()} record is a file", "give the file inside it")
    if path.stat().st_size == 0:
        raise DataError(f"'{path}' is empty", "a record with many time steps is needed", "write or copy it again")
