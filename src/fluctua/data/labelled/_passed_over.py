"""Variables of a dataset that are no state: bounds, text, dates, counters and constants beside the record."""

import re
from collections.abc import Hashable, Sequence

import numpy as np
import xarray as xr

from ...core import option
from ._roles import BOUNDS

_BOUNDS = re.compile(r".*_(bnds?|bounds?)", re.IGNORECASE)
_COUNTERS = re.compile(
    r"date|datesec|n[dsb](cur|base|date|sec)|nsteph?|mdt|m(c|d|s)(date|sec|cur)|itimestep|time_?step|date_?time"
    r"|yyyymmdd|yyyymm|valid_time|forecast_reference_time|(date|time)_written|times?|average_(t1|t2|dt)",
    re.IGNORECASE,
)
"""What models and archives write beside a record to say when it was: names in CAM, CLM, WRF, ERA5 and others."""

_FLAGS = re.compile(
    r"(\w+[_ .-])?(qc|qf|qa|qaqc|q?flags?|q_?flag|qc_?flags?|quality|quality_?(flag|control|code)s?|status_?flag"
    r"|qc_?status|quality_?control_?flag)([_ .-]?\d+)?|\w+(QC|_qcflag|Flag)|(qc|flag)[_ .-]\w+",
    re.IGNORECASE,
)
_JUDGED = ("calendar", "counter", "quality flag", "confidence limit", "uncertainty")
_MOST_FLAGS = 10  # different whole numbers
_FEWEST = 8  # whole numbers that rise as often by chance are rare


def why_no_state(
    name: str, array: xr.DataArray, time: Hashable, members: Sequence[Hashable], in_memory: bool = True
) -> str:
    """What a variable is, if it is not a state variable; an empty text if it may be one.

    Fields that are not in memory are not looked into.
    """
    if _BOUNDS.fullmatch(name) or BOUNDS & {str(dim).lower() for dim in array.dims}:
        return "bounds"
    if array.dtype.kind in "OSUT":
        return "text" if array.dtype.kind != "O" or isinstance(array.values.flat[0], str | bytes) else "dates"
    if array.dtype.kind in "Mm" or " since " in str(array.attrs.get("units", "")):
        return "dates"
    if _COUNTERS.fullmatch(name):
        return "calendar"
    if array.dtype.kind not in "iufb":
        return ""
    if set(array.dims) - {time, *members}:
        return "constant in time" if in_memory and _stands_still(array, time) else ""
    values = np.moveaxis(array.values, array.dims.index(time), 0)
    if array.dtype.kind in "iu" and len(values) > _FEWEST and (values[1:] > values[:-1]).all():
        return "counter"
    if values.size and np.isnan(values.flat[0]) and np.isnan(values).all():
        return "without a value"
    if _FLAGS.fullmatch(name) and _takes_few_numbers(values):
        return "quality flag"
    # Most variables differ at once, and are not read to their end for it.
    same = values.size > 0 and (values[:2] == values.flat[0]).all() and (values == values.flat[0]).all()
    return "constant" if same else ""


def _takes_few_numbers(values: np.ndarray) -> bool:
    """Whether a variable takes a few whole numbers from 0 on, as codes of quality do."""
    different = np.unique(values[np.isfinite(values)])
    return len(different) <= _MOST_FLAGS and bool(((different % 1 == 0) & (different >= 0)).all())


def _stands_still(array: xr.DataArray, time: Hashable) -> bool:
    """Whether a field is the same at all times, as the latitudes of a model's grid are; most differ in two steps."""
    if array.sizes[time] < _FEWEST:
        return False
    first, second = (array.isel({time: step}).values for step in (0, 1))
    if not np.array_equal(first, second, equal_nan=True):
        return False
    values = np.moveaxis(array.values, array.dims.index(time), 0)
    return bool(((values == first) | (np.isnan(values) & np.isnan(first))).all())


def passed_over(reasons: dict[str, str], where: str) -> str:
    """The sentence that says which variables were passed over, and as what."""
    kinds = {kind: [name for name, reason in reasons.items() if reason == kind] for kind in reasons.values()}
    what = "; ".join(f"{', '.join(names)} ({kind})" for kind, names in kinds.items())
    # Of text, dates and constants no option makes a state; what was judged by its name may be one after all.
    judged = next((name for name, kind in reasons.items() if kind in _JUDGED), "")
    said = (
        f"; if {judged} is measured, name it with the rest of the state ({option('variable', judged)})"
        if judged
        else ""
    )
    return f"of {where} {what} {'is' if len(reasons) == 1 else 'are'} passed over{said}."
