"""Where the shipped records lie on disk."""

from importlib import resources
from pathlib import Path

from fluctua.core import OptionError


def shipped_record_names() -> tuple[str, ...]:
    """Names of the records that come with the package, in alphabetical order.

    Example:
        >>> shipped_record_names()
        ('nino34_soi',)
    """
    return tuple(sorted(path.stem for path in _folder().glob("*.csv")))


def shipped_record_path(name: str = "nino34_soi") -> Path:
    """Path of one shipped record, a CSV file that every command accepts in place of a user's own.

    ``nino34_soi`` holds 828 months, 1951 to 2019, of the sea-surface temperature in the NINO3.4 box (degrees
    Celsius, with its annual cycle) and of the Southern Oscillation Index (standard deviations).

    Args:
        name: Name of the record, one of `shipped_record_names`.

    Returns:
        Path of the CSV file; the note on its origin lies beside it with the suffix ``.md``.

    Raises:
        OptionError: When no shipped record has that name.

    Example:
        >>> path = shipped_record_path("nino34_soi")
        >>> path.read_text().splitlines()[1]
        '1951-01-01,25.25,1.5'
    """
    names = shipped_record_names()
    if name not in names:
        raise OptionError(
            f"there is no shipped record named '{name}'",
            f"the shipped records are {', '.join(names)}",
            "take one of these names, or give the path of a file of your own",
        )
    return _folder() / f"{name}.csv"


def _folder() -> Path:
    # Installed packages are ordinary folders here: records are read by libraries that want a path.
    return Path(str(resources.files(__package__ or "fluctua.data.shipped")))
