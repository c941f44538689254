"""How values are packed: the attributes that say what stored numbers mean must say it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from ..core import DataError

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
        for attribute, value in _given(variable.attrs).items():
            if _number(value) != _NEUTRAL[attribute]:
                raise DataError(
                    f"variable '{name}' of {where} has the attribute {attribute} {_shown(value)}, and may still be packed",
                    "values must be in their own units",
                    f"decode the data with xarray.decode_cf, or delete the attribute {attribute} if that is done",
                )


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
