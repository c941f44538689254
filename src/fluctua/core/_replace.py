"""All or nothing on disk: work under a temporary name beside the target, renamed at the very end."""

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Put a complete file or folder in the place of ``path``, which stays as it was until then.

    Args:
        path: The target, in a folder that exists.

    Yields:
        A free temporary path beside it, with the same suffix, for a file or a folder. It is renamed when the block ends
        without an error, and removed when it does not.

    Raises:
        OSError: It cannot be written or renamed.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with replaced(Path(folder) / "note.txt") as temporary:
        ...         _ = temporary.write_text("done")
        ...     sorted(file.name for file in Path(folder).iterdir())
        ['note.txt']
    """
    temporary = path.with_name(f".{path.stem}-{secrets.token_hex(4)}.partial{path.suffix}")
    try:
        yield temporary
        if temporary.is_dir():
            _swap(temporary, path)
        else:
            os.replace(temporary, path)
    finally:
        with contextlib.suppress(OSError):  # what went wrong before is what is to be said
            remove_path(temporary)


def remove_path(path: Path) -> None:
    """Remove a file, a link or a folder with all that is in it; nothing there is fine."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    elif os.path.lexists(path):
        path.unlink(missing_ok=True)


def _swap(temporary: Path, path: Path) -> None:
    """Put a complete folder in the place of an old one, which is removed only afterwards."""
    if not path.exists():
        os.rename(temporary, path)
        return
    old = path.with_name(f".{path.stem}-{secrets.token_hex(4)}.old{path.suffix}")
    os.rename(path, old)
    try:
        os.rename(temporary, path)
    except BaseException:
        os.rename(old, path)
        raise
    remove_path(old)
