"""ERA5's ``expver``: final and preliminary data side by side, each missing where the other is there."""

import numpy as np
import xarray as xr

from ...core import DataError
from ..files import readable

_EXPVER = "expver"


def without_expver(array: xr.DataArray, where: str) -> xr.DataArray:
    """The variable without its dimension ``expver``: at each time and place the one value that is there.

    Raises:
        DataError: Some place has a value of more than one version.
    """
    if _EXPVER not in array.dims or array.dtype.kind != "f" or not array.size:
        return array
    with readable(where):
        several = bool((array.notnull().sum(_EXPVER) > 1).any())
    if several:
        version = np.atleast_1d(array[_EXPVER].values)[0] if _EXPVER in array.coords else 0
        raise DataError(
            f"'{array.name}' of {where} has several values at the same time and place, one for each '{_EXPVER}'",
            "one version of every value is needed",
            f"select one before, for instance in Python with data.sel({_EXPVER}={version!r})",
        )
    with readable(where):
        return array.max(_EXPVER, keep_attrs=True)
