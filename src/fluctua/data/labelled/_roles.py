"""Roles of dimensions and variables of a labelled dataset: which is time, which the member, which the state."""

import re
from collections.abc import Hashable, Mapping, Sequence

import pandas as pd
import xarray as xr

from ...core import DataError, OptionError, listed, option
from ..times import are_ages, counted_time
from ._selection import NO_MEMBERS, Selection

_MEMBER = re.compile(
    r"((n_?)?(mem|memb|member|ens|ensemble|ens_?mem|ensemble_?member|realization|realisation|run|traj|trajectory|sample"
    r"|replica|replicate|rep|repeat|simulation|chain|draw|seed|trial)(s|_?id|_?nr|_?number|_?index|_?dim)?"
    r"|number|perturbationnumber|trajectories|realizations|realisations|variant_label)",
    re.IGNORECASE,
)
"""Names of a dimension of separate runs, as models, archives and samplers call it."""

BOUNDS = {"nbnd", "nbnds", "bnds", "bnd", "nv", "nvertex", "vertices", "d2", "axis_nbounds", "hist_interval"}
"""Names of the dimension of bounds."""

_STATE = re.compile(
    r"(?!models?$)([a-lo-qt-z]\d*|n?_?(lat|lon|latitude|longitude|rlat|rlon|xc|yc|xh|yh|xq|yq|xi|eta|rho|lev|ilev|level|plev|depth"
    r"|height|altitude|pressure|layer|sigma|cell|col|column|row|point|node|edge|face|vertex|pixel|grid|site|sector"
    r"|station|location|region|basin|area|city|country|band|channel|component|feature|variable|var|mode|eof|pc|unit"
    r"|neuron|asset|ticker|symbol|species|gene|wavenumber|frequency|latent|state|dim|pos|position|coord|axis|index"
    r"|space|grid_xt|grid_yt|isobaric\w*|values)s?(_?\w{0,2}\d*)|south_north\w*|west_east\w*|bottom_top\w*|\w*mesh\w*)",
    re.IGNORECASE,
)
"""Names of a dimension along which one state extends: space, levels, modes and lists of variables."""

_LEAD = re.compile(
    r"lead_?(time|day|week|month|year|hour)s?|(forecast|prediction|forecast_?lead)_?(time)?_?(hour|period|day|month|step"
    r"|timedelta|delta)s?|fxx|fhr|fhour|f_hour|time_?delta",
    re.IGNORECASE,
)
"""Names of a dimension of lead times, from the start of a forecast."""

_MAY_LEAD = {"lead", "leads", "step", "steps", "l", "tau", "fcst"}
_START = re.compile(
    r"(init|initial|start|issued?|base|analysis|cycle|run|forecast)_?(ial|ialization|ialisation|reference)?_?(times?"
    r"|dates?)?|s|\w*ref(erence)?_?(time|date)",
    re.IGNORECASE,
)
"""Names of the time at which forecasts start, beside which such a dimension counts lead times."""


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
        "rename the dimension along which time runs, with "
        + option("rename", f"{next(iter(dims)) if len(dims) == 1 else 'NAME'}=time"),
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
        or (coordinate.dtype.kind in "iuf" and counted_time(str(dim), coordinate.values) is not None)
        or are_ages(str(dim), coordinate.values)
        or isinstance(coordinate.to_index(), xr.CFTimeIndex | pd.DatetimeIndex | pd.PeriodIndex)
    )


def member_dimensions(data: xr.Dataset, selection: Selection, where: str, own: bool = False) -> list[Hashable]:
    """The dimensions that tell runs of one system apart, by what was asked, their names or their attributes.

    Of a dataset of our ``own`` it is the one called ``member``.

    Raises:
        OptionError: The one that is asked for is not there.
    """
    asked = selection.member
    if asked == NO_MEMBERS:
        return []
    if asked is not None and asked not in data.dims:
        raise OptionError(
            f"{option('member', asked)} was given for {where}",
            f"its dimensions are {listed([str(dim) for dim in data.dims], 12)}",
            f"name one of these, or --member {NO_MEMBERS} if there is one run",
        )
    return [d for d in data.dims if d == asked or (d == "member" if own else _counts_members(data, d))]


def _counts_members(data: xr.Dataset, dim: Hashable) -> bool:
    attrs = data.variables[dim].attrs if dim in data.variables else {}
    marked = str(attrs.get("axis")).upper() == "E" or attrs.get("standard_name") == "realization"
    return marked or names_runs(str(dim))


def names_runs(name: str) -> bool:
    """Whether a dimension or column of this name tells runs of one system apart."""
    return name == "M" or _MEMBER.fullmatch(name) is not None


def refuse_unclear(data: xr.Dataset, dims: Sequence[Hashable], where: str) -> None:
    """Refuse a dimension that may be separate runs as well as parts of one state, and one of bounds."""
    for dim in dims:
        if str(dim).lower() in BOUNDS:
            raise DataError(
                f"'{dim}' of {where} is a dimension of bounds",
                "the bounds of steps and cells are no state of a system",
                "name the variables of the record with --variable, or check that the file holds them",
            )
        if _STATE.fullmatch(str(dim)) is not None:
            continue
        what = "has no coordinate"
        if dim in data.variables:
            coordinate = data.variables[dim]
            known = {"axis", "standard_name", "units", "positive"} & set(coordinate.attrs)
            if known or coordinate.dtype.kind not in "iuOSUT":
                continue
            labels = [str(label) for label in coordinate.values[:4]]
            what = f"has the labels {', '.join(labels)}{', ...' if coordinate.size > 4 else ''}"
        raise DataError(
            f"the dimension '{dim}' of {where} {what}, and says nothing of what it is",
            "it may count separate runs of one system, or cells or variables of one state",
            f"give {option('member', str(dim))} if it counts runs, or --member {NO_MEMBERS} if not",
        )


def refuse_leads(data: xr.Dataset, dims: Sequence[Hashable], time: Hashable, where: str) -> None:
    """Refuse a dimension of lead times: forecasts from one start are no runs of their own, and no parts of one state.

    Args:
        data: The dataset.
        dims: Dimensions of the variables beside time.
        time: The time dimension, often that of the starts.
        where: What to call the dataset in messages.
    """
    starts = data.variables[time].attrs.get("standard_name") if time in data.variables else None
    started = starts == "forecast_reference_time" or _START.fullmatch(str(time)) is not None
    for dim in dims:
        coordinate = data.variables.get(dim)
        kind = "" if coordinate is None else coordinate.dtype.kind
        marked = coordinate is not None and coordinate.attrs.get("standard_name") == "forecast_period"
        named = _LEAD.fullmatch(str(dim)) is not None or (started and str(dim).lower() in _MAY_LEAD)
        if data.sizes[dim] == 1 or kind in ("O", "S", "U", "T") or not (kind == "m" or marked or named):
            continue
        raise DataError(
            f"'{dim}' of {where} counts the time since a start, at each '{time}': these are forecasts by lead time",
            "a record has one time; what one forecast says of several times is no several runs, and no parts of one "
            "state",
            f"keep one lead time before, for instance in Python with data.isel({dim}=0).to_netcdf('one.nc')",
        )


def is_gridded(array: xr.DataArray, time: Hashable, members: Sequence[Hashable]) -> bool:
    """Whether a variable has dimensions beside time and members."""
    return bool(set(array.dims) - {time, *members})


def state_variables(
    over_time: Mapping[str, xr.DataArray],
    selection: Selection,
    time: Hashable,
    members: Sequence[Hashable],
    data: xr.Dataset,
    where: str,
) -> dict[str, xr.DataArray]:
    """The variables that are asked for, or all that can be used, of which one alone may be gridded.

    Args:
        over_time: The variables over time that may be asked for.
        selection: What was asked.
        time: The time dimension.
        members: The dimensions that count members.
        data: The whole dataset.
        where: What to call the dataset in messages.
    """
    shown = {name: f"{name} ({', '.join(str(dim) for dim in array.dims)})" for name, array in over_time.items()}
    missing = next((name for name in selection.variables if name not in over_time), None)
    if missing is not None:
        found = "is not over time" if missing in data.variables else "is not there"
        raise OptionError(
            f"variable '{missing}' of {where} {found}",
            f"the variables over time are {listed([*shown.values()], 12)}" if shown else "no variable is over time",
            "name one of the variables over time",
        )
    if not over_time:
        raise DataError(
            f"no variable of {where} is over its time dimension '{time}'"
            + (f" (it has {', '.join(str(name) for name in data.data_vars)})" if data.data_vars else ""),
            "at least one variable over time is needed",
            "check that the file holds the record and not only its coordinates",
        )
    chosen = {name: over_time[name] for name in selection.variables or over_time}
    gridded = [name for name, array in chosen.items() if is_gridded(array, time, members)]
    if gridded and len(chosen) > 1:
        series = [name for name in chosen if name not in gridded]
        raise DataError(
            f"{where} has gridded variables: {listed([shown[name] for name in chosen], 12)}",
            "a record is one gridded variable, or variables that are each a number per time step",
            f"name the one to use, for instance {option('variable', gridded[0])}"
            + (
                f", or those that are no fields, {' '.join(option('variable', name) for name in series)}"
                if series
                else ""
            ),
        )
    return chosen
