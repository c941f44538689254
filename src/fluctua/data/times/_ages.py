"""Ages: times that are counted backwards from the present, by their name, their units or what is said of them."""

import re
from collections.abc import Hashable

import numpy as np
import pandas as pd
import xarray as xr

from ...core import DataError

_WORDS = r"(?:\b|(?<=[arsy_]))(b\.?p\.?|ago|before (?:present|\d{4})|b2k|look_?back(?:_?time)?"
_BACKWARDS = re.compile(_WORDS + r"|bce?)(?!\w)", flags=re.IGNORECASE)
"""Words of units that count backwards, whatever the sign of the numbers."""

_SAID = re.compile(_WORDS + r")(?!\w)", flags=re.IGNORECASE)
"""The same in names and descriptions, where years of both eras may be spoken of."""

_OLD = re.compile(r"(?<![a-z])([kmg]a|[kmb]ya)(?![a-z])", flags=re.IGNORECASE)
"""Units of ages, and of times that are counted up to the present where the numbers are below zero."""

_AGE = re.compile(r"(?<![a-z])ages?(?![a-z])", flags=re.IGNORECASE)
_THOUSANDS = re.compile(r"(cal\w*\W*)?(k|m(?!o)|g|thousand)", flags=re.IGNORECASE)
_UNIT = re.compile(r"[\[(]\s*(.+?)\s*[\])]|[_ ]((?:k|m|g)?(?:a|yrs?|y|years?))$", flags=re.IGNORECASE)


def names_ages(name: str) -> bool:
    """Whether a column or a dimension of this name may hold ages.

    Example:
        >>> [names_ages(name) for name in ("Age (kyr BP)", "age_ka", "year_BP", "voltage", "stage", "time")]
        [True, True, True, False, False, False]
    """
    return any(pattern.search(name) for pattern in (_AGE, _SAID, _OLD))


def are_ages(name: str, values: np.ndarray) -> bool:
    """Whether a column is called like ages, and goes one way only, as the time of a record must."""
    if not names_ages(name) or values.dtype.kind not in "iuf" or values.ndim != 1 or values.size < 2:
        return False
    steps = np.diff(values.astype(np.float64))
    return bool((steps > 0).all() or (steps < 0).all())


def age_attributes(name: str) -> dict[str, str]:
    """Attributes of a time that was a column of this name; none where the name does not say that it counts backwards.

    Example:
        >>> age_attributes("Age (kyr BP)"), age_attributes("age_ka"), age_attributes("when")
        ({'long_name': 'age', 'units': 'kyr BP'}, {'long_name': 'age', 'units': 'ka'}, {})
    """
    if not names_ages(name):
        return {}
    found = _UNIT.search(name)
    return {"long_name": "age"} | ({"units": found[1] or found[2]} if found else {})


def counts_ages(name: str, coordinate: xr.Variable) -> bool:
    """Whether numbers along time count backwards."""
    attrs = {key: str(coordinate.attrs.get(key, "")) for key in ("units", "positive")}
    said = " ".join(str(coordinate.attrs.get(key, "")) for key in ("long_name", "standard_name", "description"))
    if _BACKWARDS.search(attrs["units"]) or attrs["positive"] == "down" or _SAID.search(said):
        return True
    if not (_OLD.search(attrs["units"]) or _AGE.search(said) or names_ages(name)):
        return False
    return not _below_zero(coordinate.values, attrs["units"])  # time that runs up to the present


def ages_as_times(data: xr.Dataset, time: Hashable, units: str, where: str) -> tuple[xr.Dataset, str]:
    """The dataset over the negative of its ages, the oldest first, and what was done.

    Raises:
        DataError: All ages are below zero.
    """
    values = data.variables[time].values
    if _below_zero(values, units):
        raise DataError(
            f"the times of {where} count backwards ('{units or 'age'}') and are all below zero "
            f"({values[0]:g} to {values[-1]:g}), which is later than the present",
            "ages are above zero, and time that runs forward has other units",
            "give the ages without their sign, or units such as 'kyr' for time that runs forward; where the rows stand "
            "in the order in which things happened, --steps takes each for one step",
        )
    done = "the rows begin with the oldest"
    if values[-1] > values[0]:
        data, done = data.isel({time: slice(None, None, -1)}), "the rows were turned round"
    times = (time, 0.0 - data.variables[time].values, {"units": _BACKWARDS.sub("", units).strip()})
    return data.assign_coords({time: times}), f"time counts backwards ('{units or 'age'}'): {done}"


def _below_zero(values: np.ndarray, units: str) -> bool:
    """Whether all are below zero, by more than the years since 1950 that are written so."""
    known = values[~pd.isna(values)]
    present = 0.1 if _THOUSANDS.match(units) else 100
    return bool(known.size and known.max() <= 0 and known.min() < -present)
