"""Units of responses: those of the observable for one unit of the push."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from ..data import Record

_BARE = ("", "1")


def unit_coordinates(
    record: Record, pushes: Sequence[str], observables: Sequence[str] | None
) -> dict[str, xr.Variable]:
    """Units along pushes and observables that are variables of the record, or one standard deviation of such.

    Those of other expressions are not known and stand as empty text.

    Args:
        record: The record.
        pushes: Names of the pushes.
        observables: Names of the observables; none for a whole field.
    """
    known = {name: unit for name, unit in record.units.items() if unit}
    of_pushes = [_of_push(push, known, record.names) for push in pushes]
    if record.field is not None or not (set(known) & set(record.names) or any(of_pushes)):
        return {}
    found = {"push_units": xr.Variable("push", of_pushes)}
    if observables is not None:
        named = [known.get(name, "") for name in observables]
        found["observable_units"] = xr.Variable("observable", named)
    return found


def _of_push(push: str, known: Mapping[str, str], names: Sequence[str]) -> str:
    spread = re.fullmatch(r"sd\((.+)\)", push.strip())
    if spread and spread[1].strip(" `") in names:
        return "1"  # of a push by so many standard deviations
    return known.get(push, "")


def response_unit(observable: str, push: str) -> str:
    """The unit of an impulse response; empty where one of the two is not known.

    Example:
        >>> response_unit("degC", "hPa"), response_unit("K", "K"), response_unit("K", "1"), response_unit("", "K")
        ('degC (hPa)-1', '1', 'K', '')
    """
    if not observable or not push:
        return ""
    if observable == push:
        return "1"
    return observable if push in _BARE else f"{observable} ({push})-1"


def step_unit(impulse: str, time: str) -> str:
    """The unit of a step response: that of the impulse response times that of time; empty where it is not known.

    Example:
        >>> step_unit("K (hPa)-1", "days"), step_unit("1", "days"), step_unit("", "days")
        ('K (hPa)-1 days', 'days', '')
    """
    return time if impulse == "1" else f"{impulse} {time}".strip() if impulse else ""


def common_unit(dataset: xr.Dataset) -> str:
    """The unit of all impulse responses, where there is but one."""
    if "push_units" not in dataset.coords or "observable_units" not in dataset.coords:
        return ""
    units = {
        response_unit(str(observable), str(push))
        for push in np.atleast_1d(dataset["push_units"].values)
        for observable in np.atleast_1d(dataset["observable_units"].values)
    }
    return units.pop() if len(units) == 1 else ""


def with_units(dataset: xr.Dataset) -> xr.Dataset:
    """The dataset with a ``units`` attribute on the curves, where one unit is that of all of them."""
    unit, time = common_unit(dataset), str(dataset["lag"].attrs.get("units", ""))
    if not unit:
        return dataset
    for name in dataset.data_vars:
        if ("lag" in dataset[name].dims and "response" in str(name)) or str(name).startswith("simultaneous"):
            step = "step_response" in str(name)
            dataset[name].attrs["units"] = step_unit(unit, time) if step else unit
    return dataset
