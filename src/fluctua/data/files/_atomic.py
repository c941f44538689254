"""Files and folders of results: complete or as before, and never in the place of something else."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ...core import OutputError, replaced

RESULT_MARK = "run.json"
"""The file by which a folder is known as a result of fluctua, which alone may be replaced."""

SPACE_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
PLACE_ERRORS = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENAMETOOLONG, errno.EBUSY, errno.EXDEV, errno.ENOTDIR}


@contextmanager
def atomic_path(path: str | Path, overwrite: bool = True) -> Iterator[Path]:
    """Write a file, or a store that is a folder, so that ``path`` is either as before or complete.

    Args:
        path: Where the file will be. Missing parents are made, and removed again on failure.
        overwrite: Whether an existing file may be replaced.

    Yields:
        A temporary path in the same folder, with the same suffix, to write to.

    Raises:
        OutputError: The path exists and may not be replaced, is a folder, or cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with atomic_path(Path(folder) / "note.txt") as temporary:
        ...         _ = temporary.write_text("done")
        ...     sorted(file.name for file in Path(folder).iterdir())
        ['note.txt']
    """
    path = Path(path)
    with _written(path, lambda: refuse_existing_file(path, overwrite)) as temporary:
        yield temporary


@contextmanager
def atomic_folder(path: str | Path, overwrite: bool = False) -> Iterator[Path]:
    """Write a folder of results so that ``path`` is either as before or complete.

    Args:
        path: Where the folder will be. Missing parents are made, and removed again on failure.
        overwrite: Whether an existing result may be replaced; a folder without ``run.json`` never is, unless
            empty.

    Yields:
        A temporary folder beside it, to write into; it becomes ``path`` when the block ends without an error.

    Raises:
        OutputError: The folder exists and may not be replaced, or cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as parent:
        ...     with atomic_folder(Path(parent) / "out") as folder:
        ...         _ = (folder / "run.json").write_text("{}")
        ...     (Path(parent) / "out" / "run.json").exists()
        True
    """
    path = Path(os.path.realpath(path))  # a link is followed, so that the folder it names is what is replaced
    with _written(path, lambda: _refuse_existing_folder(path, overwrite)) as temporary:
        temporary.mkdir()
        yield temporary


@contextmanager
def _written(path: Path, refuse: Callable[[], None]) -> Iterator[Path]:
    """``replaced`` with the parents that are missing, a target asked about before and after, and errors of ours."""
    refuse()
    made: list[Path] = []
    done = False
    try:
        make_parents(path.parent, made)
        if not os.access(path.parent, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path.parent))
        with replaced(path) as temporary:
            yield temporary
            refuse()
        done = True
    except OSError as error:
        if error.errno not in SPACE_ERRORS | PLACE_ERRORS:  # not about writing: the work inside went wrong by itself
            raise
        raise OutputError(
            f"'{path}' cannot be written ({error.strerror or error})",
            "a folder that may be written to, with enough space, is needed",
            "choose another place, or free space there",
        ) from error
    finally:
        if not done:
            for folder in reversed(made):
                if folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()


def make_parents(parent: Path, made: list[Path]) -> None:
    missing = []
    while not parent.exists():
        missing.append(parent)
        parent = parent.parent
    if not parent.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, f"{parent} is a file", str(parent))
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        made.append(folder)


def refuse_existing_file(path: Path, overwrite: bool) -> None:
    """Refuse to write where something is that may not be replaced; asked before long work, too.

    Args:
        path: Where a file, or a store that is a folder, will be.
        overwrite: Whether an existing one may be replaced.

    Raises:
        OutputError: There is one and it may not be replaced, or a folder that is no store.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     refuse_existing_file(Path(folder) / "free.nc", overwrite=False)
    """
    store = path.suffix == ".zarr"
    if path.is_dir() and not store:
        raise OutputError(f"'{path}' is a folder", "the name of a file is needed", "give a name inside that folder")
    if path.exists() and not overwrite:
        raise OutputError(
            f"'{path}' exists already",
            "a new name is needed, or leave to replace it",
            "choose another name or --overwrite",
        )
    if path.is_dir() and any(path.iterdir()) and not any((path / mark).exists() for mark in ("zarr.json", ".zgroup")):
        raise OutputError(
            f"'{path}' exists and is not a Zarr store",
            "only a Zarr store is replaced by a Zarr store",
            "choose another name, or remove that folder yourself",
        )


def _refuse_existing_folder(path: Path, overwrite: bool) -> None:
    if not path.exists():
        return
    if not path.is_dir():
        raise OutputError(f"'{path}' is a file", "the name of a folder is needed", "choose another name")
    if not any(path.iterdir()):
        return
    if not (path / RESULT_MARK).is_file():
        raise OutputError(
            f"'{path}' exists and holds something else than a result (it has no {RESULT_MARK})",
            "a new folder, an empty one, or an earlier result to replace is needed",
            "choose another folder, or empty that one yourself",
        )
    if not overwrite:
        raise OutputError(
            f"'{path}' holds an earlier result",
            "a new folder is needed, or leave to replace it",
            "choose another folder or --overwrite",
        )
