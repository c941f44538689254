"""Opening labelled files by xarray without surprises: no time decoding yet, no library traceback."""

import warnings
from pathlib import Path
from typing import Any

import xarray as xr

from ..core import DataError


def open_dataset(path: Path, kind: str, **options: Any) -> xr.Dataset:
    """Open with every time left as the number it is stored as; the axis of time is decoded later.

    Args:
        path: The file or store.
        kind: What to call it in messages.
        options: Options of ``xarray.open_dataset``.

    Raises:
        DataError: It cannot be opened.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # xarray warns about encodings that do not matter here
        try:
            return xr.open_dataset(path, decode_times=False, decode_timedelta=False, **options)
        except Exception as error:  # whatever the library stumbled on, the user has one thing to do
            lines = str(error).strip().splitlines()
            reason = f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__
            raise DataError(
                f"'{path}' cannot be opened as a {kind} ({reason})",
                f"a complete {kind} is needed",
                "check that it was copied completely, or write it again",
            ) from error
