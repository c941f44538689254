"""How values are packed: the attributes that say what stored numbers mean must say it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from ...core import DataError

_NEUTRAL = {"scale_factor": 1.0, "add_offset": 0.0}


def refuse_packing(data: xr.Dataset, where: str) -> None:
    """Refuse a file in which a factor or an offset of packed values is no number.

    Args:
        data: What was opened, decoded or not.
        where: What to call it in messages.

    Raises:
        DataError: One is text, or several numbers; the variable is named.
    """
    for name, variable in data.variables.items():
        for attribute, value in _given(variable.encoding | variable.attrs).items():
            if _number(value) is None:
                raise _unfit(str(name), attribute, value, where)


def refuse_packed(variables: Mapping[str, xr.Variable], where: str) -> None:
    """Refuse variables of which it cannot be told what their values are.

    Raises:
        DataError: They have a factor or an offset that may not have been applied, or that is not finite.
    """
    for name, variable in variables.items():
        for attribute, value in _given(variable.encoding).items():
            if not np.isfinite(_number(value) or 0.0):
                raise _unfit(name, attribute, value, where)
        if variable.dtype.kind in "iu" and np.dtype(variable.encoding.get("dtype", np.int64)).kind == "f":
            raise DataError(
                f"the decimals of '{name}' of {where} were cut off when it was opened",
                "xarray does so where the factor or the offset of packed values is written as a whole number",
                "give the path of the file, which is then read exactly",
            )
        for attribute, value in _given(variable.attrs).items():
            if _number(value) != _NEUTRAL[attribute]:
                raise DataError(
                    f"variable '{name}' of {where} has the attribute {attribute} {_shown(value)}, and may "
                    "still be packed",
                    "values must be in their own units",
                    f"decode the data with xarray.decode_cf, or delete the attribute {attribute} if that is done",
                )


def misread(data: xr.Dataset) -> dict[str, set[str]]:
    """Variables that xarray unpacks with a loss, by the attributes that do it.

    A factor of whole numbers makes whole numbers of all values, one in single precision rounds those in double; and
    where zero is the fill of a coordinate, which is what Zarr 2 takes if no other is named, its zeros are lost.
    """
    found: dict[str, set[str]] = {}
    for name, variable in data.variables.items():
        about = {**variable.attrs, **variable.encoding}  # of what is decoded, and of what is not
        stored = np.dtype(variable.encoding.get("dtype", variable.dtype if _given(variable.attrs) else np.float64))
        for attribute, value in _given(about).items():
            type_of = np.asarray(value).dtype
            if type_of.kind in "iu" or (stored.itemsize > type_of.itemsize and stored.kind == "f"):
                found.setdefault(str(name), set()).add(attribute)
        if variable.dims == (name,) and _number(variable.encoding.get("_FillValue")) == 0:
            found.setdefault(str(name), set()).add("_FillValue")
    return found


def read_again(
    raw: xr.Dataset, losses: Mapping[str, set[str]], fills: Mapping[str, float | None] | None = None
) -> xr.Dataset:
    """A dataset that was not decoded, decoded without these losses, its times excepted.

    Args:
        raw: The dataset.
        losses: Attributes by which variables are misread.
        fills: What stands for a missing value in each variable instead of what was read; None for nothing.
    """
    opened, raw = raw, raw.copy()
    for name, fill in (fills or {}).items():
        if name in raw.variables:
            raw.variables[name].attrs.pop("_FillValue", None)
            if fill is not None:
                raw.variables[name].attrs["_FillValue"] = raw.variables[name].dtype.type(fill)
    for name, attributes in losses.items():
        attrs = raw.variables[name].attrs
        for attribute in attributes & set(attrs):
            if attribute == "_FillValue":
                attrs.pop(attribute)
            else:
                attrs[attribute] = np.float64(np.asarray(attrs[attribute]).item())
    decoded = xr.decode_cf(raw, decode_times=False, decode_timedelta=False)
    decoded.set_close(opened.close)  # which neither a copy nor what is decoded knows
    return decoded


def unpacked(numbers: list[float], variable: xr.Variable) -> list[float]:
    """Stored numbers as the values of a variable that was unpacked when it was opened."""
    known = {name: _number(value) for name, value in _given(variable.encoding).items()}
    factor, offset = (known.get(name) for name in _NEUTRAL)
    return [number * (1.0 if factor is None else factor) + (offset or 0.0) for number in numbers]


def _number(value: Any) -> float | None:
    """The one number that an attribute is; None for all else."""
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        return None
    return float(array.item()) if array.size == 1 and array.dtype.kind in "iuf" else None


def _given(attributes: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: attributes[name] for name in _NEUTRAL if name in attributes}


def _unfit(name: str, attribute: str, value: Any, where: str) -> DataError:
    return DataError(
        f"variable '{name}' of {where} has the attribute {attribute} {_shown(value)}",
        "values are unpacked with one finite number",
        f"correct or delete the attribute {attribute} of '{name}' in the file",
    )


def _shown(value: Any) -> str:
    text = (
        f"'{value}'"
        if isinstance(value, str)
        else str(value.tolist() if isinstance(value, np.ndarray | np.generic) else value)
    )
    return text if len(text) <= 60 else f"{text[:57]}..."
