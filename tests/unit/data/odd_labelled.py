"""Labelled files and data in memory as no one should make them: strategies for the laws that hold for every input."""

import contextlib
import shutil
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5netcdf
import numpy as np
import pandas as pd
import xarray as xr
import zarr
from hypothesis import strategies as st
from odd_tables import mutated
from scipy.io import netcdf_file

NAMES = [
    *("x", "y", "u", "time", "Time", "t", "lat", "lon", "member", "number", "M", "nbnd", "time_bnds", "expver", "date"),
    *(
        "year",
        "month",
        "Times",
        "run",
        "mode",
        "index",
        "ä",
        "a b",
        "x[0]",
        "1",
        "label",
        "z",
        "state_variables",
        "step",
    ),
]
UNITS = [
    *("days since 2000-01-01", "hours since 1900-01-01 00:00:0.0", "months since 2000-01", "years since 1850-01-01"),
    *("days since", "since", "since 2000", "days since 0000-00-00", "days since -4713-01-01", "days since 0001-01-01"),
    *("fortnights since 2000-01-01", "days since yesterday", "months since 2000-13", "seconds since 1970-01-01T00:00Z"),
    *("days since 2000-01-01 +25:00", "days since 99999999-01-01", "kyr BP", "years ago", "day as %Y%m%d.%f", "1", ""),
    *(
        "days",
        "degrees_north",
        "Days Since 2000-01-01",
        "days  since  2000-02-30",
        "microseconds since 2000-01-01",
        "\n",
    ),
    *(
        "months since 0000-01",
        "months since 99999-01",
        "days since 2000-01-01 since 2001-01-01",
        "m s-1",
        "ms",
        " since ",
    ),
]
ANYTHING: list[Any] = [
    *(0, 1, -1, 2.5, np.nan, np.inf, -np.inf, 1e308, 1e38, -99.9, np.float32(1e20), np.int8(-1), np.uint64(2**64 - 1)),
    *("", "T", "E", "time", "realization", "down", "nonsense", "x", "x y", "nan", "1e20", "time_bnds", "ä", "\x00a"),
    *(b"", b"bytes", np.array([]), np.array([1.0, 2.0]), np.array([np.nan, 1e20]), np.array([["a", "b"]]), [1, 2]),
    *(["a", "b"], np.array(["days since 2000-01-01", "x"]), True, np.bool_(False), np.zeros((2, 2)), np.array(["T"])),
]
ATTRIBUTES = [
    *("units", "units", "units", "calendar", "scale_factor", "add_offset", "_FillValue", "missing_value", "axis"),
    *(
        "standard_name",
        "bounds",
        "coordinates",
        "positive",
        "long_name",
        "dtype",
        "valid_range",
        "_Unsigned",
        "ancillary",
    ),
    *("cell_methods", "grid_mapping", "flag_values", "description", "climatology", "valid_min", "compress"),
]
CALENDARS = ["standard", "noleap", "360_day", "julian", "none", "THIRTY_DAY_MONTHS", "all_leap", "tai", "", "mars"]
TYPES = [
    *("int8", "uint8", "int16", "int32", "int64", "uint64", "float16", "float32", "float64", ">f4", ">i2", "bool"),
    *(
        "complex64",
        "datetime64[ns]",
        "datetime64[s]",
        "timedelta64[ns]",
        "U3",
        "S3",
        "object",
        "O-text",
        "O-mixed",
        "T",
    ),
]
SPECIAL = [0.0, np.nan, np.inf, -np.inf, 1e20, 1e38, -99.99, 9.969209968386869e36, 5e-324, 1.7e308, 3.0]


@dataclass
class Odd:
    """Variables by name as (dimensions, values, attributes), and attributes of all."""

    variables: dict[str, tuple[tuple[str, ...], Any, dict[str, Any]]] = field(default_factory=dict)
    attrs: dict[str, Any] = field(default_factory=dict)

    def dataset(self) -> xr.Dataset:
        """As xarray has it in memory; raises where it cannot be."""
        coords = {name: each for name, each in self.variables.items() if each[0] == (name,)}
        return xr.Dataset(
            {name: each for name, each in self.variables.items() if name not in coords}, coords, attrs=self.attrs
        )


def _values(draw: st.DrawFn, shape: tuple[int, ...]) -> Any:
    noise = np.random.default_rng(draw(st.integers(0, 3)))
    kind = draw(st.sampled_from(["noise", "noise", "noise", "count", "same", "bits"]))
    values: Any = {
        "noise": noise.standard_normal(shape),
        "count": np.arange(int(np.prod(shape)), dtype=float).reshape(shape),
        "same": np.full(shape, 2.0),
        "bits": noise.integers(0, 2, shape).astype(float),
    }[kind]
    for _ in range(draw(st.sampled_from([0, 0, 0, 1]))):
        if values.size:
            values.flat[draw(st.integers(0, values.size - 1))] = draw(st.sampled_from(SPECIAL))
    return values


def _typed(values: np.ndarray, kind: str) -> Any:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if kind.startswith("O-"):
            made = np.empty(values.shape, object)
            for place in np.ndindex(values.shape):
                made[place] = (
                    str(values[place]) if kind == "O-text" or sum(place) % 2 else [None, {"a": 1}][sum(place) % 4 // 2]
                )
            return made
        if kind == "T":
            return values.astype(str).astype(np.dtypes.StringDType())
        whole = np.nan_to_num(values, nan=0, posinf=9e9, neginf=-9e9)
        if kind[0] in "dt":
            return np.clip(whole * 1000, -1e9, 1e9).astype("int64").astype(kind)
        return (whole if np.dtype(kind).kind in "iu" else values).astype(kind)


def _times(draw: st.DrawFn, steps: int) -> tuple[Any, dict[str, Any]]:
    times: Any = np.arange(steps, dtype=float) * draw(
        st.sampled_from([1.0, 1.0, 1.0, 0.1, 30.4, 365.25, 1e-9, 1e12, -1.0])
    )
    times = times + draw(st.sampled_from([0.0, 0.0, 0.0, 1e4, 1e6, -7e5, 1900.0, 1e15, 20000101.0]))
    fault = draw(st.sampled_from(["none"] * 20 + ["nan", "same", "twice", "gap", "jitter", "months", "inf", "huge"]))
    if fault == "months":
        times = (100 * (1990 + np.arange(steps) // 12) + np.arange(steps) % 12 + 1).astype(float)
    elif fault == "jitter":
        times = times + 1e-4 * np.random.default_rng(0).standard_normal(steps)
    elif fault != "none" and steps > 2:
        place = draw(st.integers(0, steps - 1))
        times[place:] = {"nan": np.nan, "same": times[0], "twice": times[place - 1], "inf": np.inf, "huge": 1e300}.get(
            fault, times[place:] + 5 * (times[1] - times[0])
        )
        if fault == "gap":
            times[place:] += 5 * (times[1] - times[0])
    attrs: dict[str, Any] = {}
    if draw(st.booleans()):
        attrs["units"] = draw(st.sampled_from(UNITS))
    if draw(st.integers(0, 4)) == 0:
        attrs["calendar"] = draw(st.sampled_from(CALENDARS))
    return times, attrs


@st.composite
def odd(draw: st.DrawFn) -> Odd:
    """A few variables over time with a few faults."""
    sizes = {"time": draw(st.sampled_from([0, 1, 2, 12, 60, 60, 60, 60]))}
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True)):
        sizes.setdefault(name, draw(st.sampled_from([0, 1, 2, 3])))
    made = Odd()
    if draw(st.integers(0, 5)):
        made.variables["time"] = (("time",), *_times(draw, sizes["time"]))
    for name in draw(st.lists(st.sampled_from(["x", "y", *NAMES]), min_size=1, max_size=3, unique=True)):
        if name in sizes:
            dims: tuple[str, ...] = (name,)
        else:
            over = draw(
                st.lists(st.sampled_from(sorted(sizes)), max_size=draw(st.sampled_from([0, 0, 1, 2])), unique=True)
            )
            dims = ("time", *(dim for dim in over if dim != "time")) if draw(st.integers(0, 5)) else tuple(over)
        if name not in made.variables:
            made.variables[name] = (dims, _values(draw, tuple(sizes[dim] for dim in dims)), {})
    for _ in range(draw(st.sampled_from([0, 1, 1, 2, 3]))):
        name = draw(st.sampled_from(sorted(made.variables)))
        dims, values, attrs = made.variables[name]
        fault = draw(st.sampled_from(["attribute", "attribute", "type", "calendar", "units", "code", "global"]))
        if fault == "attribute":
            attrs[draw(st.sampled_from(ATTRIBUTES))] = draw(st.sampled_from(ANYTHING))
        elif fault == "calendar":
            attrs["calendar"] = draw(st.sampled_from(CALENDARS))
        elif fault == "units":
            attrs["units"] = draw(st.sampled_from(UNITS))
        elif fault == "global":
            made.attrs[draw(st.sampled_from([*ATTRIBUTES, "state_variables", "read_as"]))] = draw(
                st.sampled_from(ANYTHING)
            )
        elif fault == "type" and values.dtype == float:
            made.variables[name] = (dims, _typed(values, draw(st.sampled_from(TYPES))), attrs)
        elif fault == "code" and values.dtype == float and values.size:
            code = draw(st.sampled_from(SPECIAL))
            values.flat[:: draw(st.integers(1, 7))] = code
            attrs[draw(st.sampled_from(["_FillValue", "missing_value"]))] = code
    return made


def write_netcdf4(path: Path, made: Odd) -> None:
    """By h5netcdf, which lets attributes be anything; what it cannot hold is left out."""
    with h5netcdf.File(path, "w") as file:
        file.attrs.update(_kept(file.attrs, made.attrs))
        for name, (dims, values, attrs) in made.variables.items():
            for dim, size in zip(dims, np.shape(values), strict=True):
                if dim not in file.dimensions:
                    file.dimensions[dim] = size
            with contextlib.suppress(TypeError, ValueError, AttributeError, h5netcdf.CompatibilityError):
                values = values.astype(object) if values.dtype.kind in "UT" else values
                fill = attrs.get("_FillValue")
                fill = fill if isinstance(fill, int | float | np.number) and values.dtype.kind in "iuf" else None
                dtype: Any = "S9" if values.dtype.kind == "O" else values.dtype
                variable = file.create_variable(name, dims, dtype, fillvalue=fill, chunks=None)
                variable[...] = values
                _kept(variable.attrs, attrs)


def _kept(target: Any, attrs: dict[str, Any]) -> dict[str, Any]:
    for name, value in attrs.items():
        with contextlib.suppress(Exception):  # what the library cannot write
            target[name] = value
    return {}


def write_classic(path: Path, made: Odd) -> None:
    """By SciPy, in the classic format."""
    with netcdf_file(path, "w", version=2) as file:
        for name, (dims, values, attrs) in made.variables.items():
            for dim, size in zip(dims, np.shape(values), strict=True):
                if dim not in file.dimensions:
                    file.createDimension(dim, size)
            if values.dtype.kind not in "iufSb" or values.dtype.str[1:] not in ("i1", "i2", "i4", "f4", "f8", "b1"):
                values = (
                    np.nan_to_num(np.zeros(values.shape)) if values.dtype.kind in "OUTSMmc" else values.astype("f8")
                )
            variable = file.createVariable(
                name, values.astype("i1").dtype if values.dtype == bool else values.dtype, dims
            )
            if values.size:
                variable[...] = values
            for key, value in attrs.items():
                if isinstance(value, str | bytes):
                    if value.isascii() and key != "_FillValue":
                        setattr(variable, key, value)
                elif np.size(value) and np.asarray(value).dtype.kind in "if":
                    numbers = np.asarray(value)
                    setattr(variable, key, numbers.astype("i4") if numbers.dtype.kind == "i" else numbers.astype("f8"))


def write_zarr(path: Path, made: Odd, version: int) -> None:
    """By zarr, with the dimensions as xarray reads them."""
    shutil.rmtree(path, ignore_errors=True)
    group = zarr.open_group(path, mode="w", zarr_format=version)  # type: ignore[arg-type]
    for key, value in made.attrs.items():
        with contextlib.suppress(Exception):
            group.attrs[key] = _json(value)
    for name, (dims, values, attrs) in made.variables.items():
        if values.dtype.kind in "OUTSMmc":
            continue
        extra: dict[str, Any] = {"dimension_names": dims} if version == 3 else {}
        fill = attrs.get("_FillValue")
        if isinstance(fill, int | float) and values.dtype.kind == "f":
            extra["fill_value"] = fill
        array = group.create_array(name, data=values, **extra)
        for key, value in attrs.items():
            with contextlib.suppress(Exception):
                array.attrs[key] = _json(value)
        if version == 2:
            array.attrs["_ARRAY_DIMENSIONS"] = list(dims)


def _json(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    return value.decode() if isinstance(value, bytes) else value


def damaged(draw: st.DrawFn, path: Path) -> None:
    """Change some bytes of a file, or of one file in a folder."""
    files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
    if files:
        file = draw(st.sampled_from(files))
        file.write_bytes(mutated(draw, file.read_bytes()))


@st.composite
def in_memory(draw: st.DrawFn) -> Any:
    """Labelled data, tables or arrays, where they can be made."""
    made = draw(odd())
    kind = draw(st.sampled_from(["dataset", "dataset", "array", "frame", "frame", "series", "numpy", "list"]))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data: Any = made.dataset()
            name = next(iter(data.data_vars), None)
            if kind == "array" and name is not None:
                data = data[name]
            elif kind in ("frame", "series"):
                data = data.to_dataframe() if draw(st.booleans()) else _frame(made)
                data = data.reset_index() if draw(st.booleans()) else data
                if kind == "series" and len(data.columns):
                    data = data[data.columns[-1]]
            elif kind == "numpy":
                data = next(iter(made.variables.values()))[1]
            elif kind == "list":
                data = [data, draw(st.sampled_from([data, 1, None, "x"]))]
    except (ValueError, TypeError, OverflowError, KeyError, AttributeError, NotImplementedError):
        return None
    return data


def _frame(made: Odd) -> pd.DataFrame:
    return pd.DataFrame({name: list(v) for name, (_, v, _) in made.variables.items() if np.ndim(v) == 1})
