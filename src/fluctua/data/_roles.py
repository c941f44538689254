"""Roles of dimensions and variables of a labelled dataset: which is time, which the member, which the state."""

from collections.abc import Hashable

import numpy as np
import xarray as xr

from ..core import DataError, OptionError

_MEMBER = ("member", "realization", "ensemble")


def time_dimension(data: xr.Dataset, variable: str | None, where: str) -> Hashable:
    """The dimension called time, or the one whose coordinate is marked as time or holds dates."""
    if variable is not None and variable in data.data_vars:
        chosen = data[[variable]]
        if any(_looks_like_time(chosen, dim) for dim in chosen.dims):
            data = chosen
    named = [dim for dim in data.dims if str(dim).lower() == "time"]
    candidates = named or [dim for dim in data.dims if _looks_like_time(data, dim)]
    if len(candidates) == 1:
        return candidates[0]
    subject = f"'{variable}' of {where}" if variable is not None and variable in data.data_vars else where
    dims = (data[variable] if subject != where else data).dims
    found = f"has the dimensions {', '.join(str(dim) for dim in dims) or '(none)'}"
    if candidates:
        found += f", of which {' and '.join(str(dim) for dim in candidates)} are all marked as time"
    raise DataError(
        f"{subject} {found}",
        "one dimension must be called 'time', or its coordinate have the CF attribute axis='T' or standard_name='time'",
        "rename the dimension along which time runs to 'time'",
    )


def _looks_like_time(data: xr.Dataset, dim: Hashable) -> bool:
    if str(dim).lower() == "time":
        return True
    if dim not in data.variables:
        return False
    coordinate = data.variables[dim]
    attributes = coordinate.attrs
    return (
        attributes.get("axis") == "T"
        or attributes.get("standard_name") == "time"
        or " since " in str(attributes.get("units", ""))
        or np.issubdtype(coordinate.dtype, np.datetime64)
        or isinstance(coordinate.to_index(), xr.CFTimeIndex)
    )


def member_dimensions(data: xr.Dataset) -> list[Hashable]:
    """The dimensions that tell runs of one system apart, by their names or their coordinates' standard name."""
    return [
        dim
        for dim in data.dims
        if str(dim).lower() in _MEMBER
        or (dim in data.variables and data.variables[dim].attrs.get("standard_name") == "realization")
    ]


def state_variables(
    data: xr.Dataset,
    over_time: dict[str, xr.DataArray],
    variable: str | None,
    time: Hashable,
    members: list[Hashable],
    where: str,
) -> dict[str, xr.DataArray]:
    """The one variable that is asked for, or all over time, none of which may then be gridded.

    Args:
        data: The dataset.
        over_time: Its variables over time.
        variable: Name of the one to use, or None.
        time: The time dimension.
        members: The dimensions that count members.
        where: What to call the dataset in messages.
    """
    listed = ", ".join(f"{name} ({', '.join(str(dim) for dim in array.dims)})" for name, array in over_time.items())
    if variable is not None:
        if variable not in over_time:
            there = "is not over time" if variable in data.variables else "is not there"
            raise OptionError(
                f"variable '{variable}' of {where} {there}",
                f"the variables over time are {listed}" if listed else "no variable is over time",
                "name one of the variables over time",
            )
        return {variable: over_time[variable]}
    gridded = [name for name, array in over_time.items() if set(array.dims) - {time, *members}]
    if gridded:
        raise DataError(
            f"{where} has gridded variables: {listed}",
            "without a variable's name, every variable must be a number per time step",
            f"name the one to use, for instance --variable {gridded[0]}",
        )
    if not over_time:
        raise DataError(
            f"no variable of {where} is over its time dimension '{time}'"
            + (f" (it has {', '.join(str(name) for name in data.data_vars)})" if data.data_vars else ""),
            "at least one variable over time is needed",
            "check that the file holds the record and not only its coordinates",
        )
    return over_time
