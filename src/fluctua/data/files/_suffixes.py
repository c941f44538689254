"""Which reader or writer a path is for: the registered member that has its suffix.

A format is one file that registers what it can do::

    @register("reader", "csv", suffixes=(".csv",), summary="...")
    def read_csv(path: Path, selection: Selection) -> xr.Dataset: ...

    @register("writer", "csv", suffixes=(".csv",), summary="...")
    def write_csv(path: Path, record: Record, attrs: Mapping[str, Any]) -> None: ...

A reader returns a labelled dataset, of which ``record_from_dataset`` makes the record; ``selection`` says what was
asked for, should it help, and what is opened is closed by the caller. A writer fills a path that is free. Facts: the
``suffixes``, the first of which is named in messages; ``folder=True`` where a record is a folder; ``groups=True`` where
a path may end in ``:/group``; ``table=True`` where the reader renames, drops and finds members as the selection says;
``without="/"``, the characters that names of variables cannot have.
"""

from pathlib import Path

from ...core import Entry, FluctuaError, registered


def member_for(kind: str, path: Path, done: str, remedy: str, error: type[FluctuaError]) -> Entry:
    """The reader or writer of a path's suffix.

    Args:
        kind: ``"reader"`` or ``"writer"``.
        path: The path.
        done: What is done to a record, for the message.
        remedy: What to do about another suffix.
        error: Class of the error that refuses it.
    """
    suffix = path.suffix.lower()
    for entry in registered(kind).values():
        if suffix in entry.facts["suffixes"]:
            return entry
    raise error(
        f"'{path}' has the suffix '{suffix}'" if suffix else f"'{path}' has no suffix",
        f"a record is {done} {listed_suffixes(kind)}",
        remedy,
    )


def listed_suffixes(kind: str) -> str:
    """The first suffix of every reader or writer, as in ".csv, .nc or .zarr"."""
    *others, last = [entry.facts["suffixes"][0] for entry in registered(kind).values()]
    return f"{', '.join(others)} or {last}" if others else last
