"""What a result dataset holds, read leniently: attributes are JSON text, numbers may be missing."""

import json
import math
import re
from typing import Any, Literal

import numpy as np
import xarray as xr

from fluctua.core import DataError

Kind = Literal["impulse", "step"]

MOST_OBSERVABLES = 12
MOST_PUSHES = 4


def check_result(result: xr.Dataset) -> None:
    """Refuse a dataset that is not a response result, naming what is missing."""
    needed = ("impulse_response", "impulse_response_lower", "impulse_response_upper")
    missing = [name for name in needed if name not in result.data_vars]
    missing += [name for name in ("push", "lag") if name not in result.coords]
    if missing:
        present = ", ".join(map(str, result.variables)) or "nothing"
        raise DataError(
            f"the dataset holds {present}, and no {', '.join(missing)}",
            "a report needs a response with its band over the coordinates push and lag",
            "give the dataset that `respond` returned, or its response.nc",
        )


def is_field(result: xr.Dataset) -> bool:
    """Whether the response is a field over space dimensions instead of a list of observables."""
    return "observable" not in result["impulse_response"].dims


def space_dims(result: xr.Dataset) -> tuple[str, ...]:
    """Space dimensions of a field response, in order."""
    return tuple(str(dim) for dim in result["impulse_response"].dims if dim not in ("push", "lag"))


def homogeneous_dims(result: xr.Dataset) -> tuple[str, ...]:
    """Space dimensions whose coordinate is the offset from the pushed point: the push may be anywhere along them."""
    named = _json(result.attrs.get("homogeneous", "[]"))
    named = [named] if isinstance(named, str) else named
    return tuple(dim for dim in space_dims(result) if isinstance(named, list) and dim in named)


def labels(result: xr.Dataset, dim: str) -> list[str]:
    """Coordinate labels along a dimension as text, or its positions when it has none."""
    if dim in result.coords:
        return [str(label) for label in np.atleast_1d(result[dim].values)]
    return [str(index) for index in range(result.sizes.get(dim, 0))]


def shown_pushes(result: xr.Dataset) -> list[str]:
    """The pushes that a report shows: all, or the first few of many."""
    return labels(result, "push")[:MOST_PUSHES]


def shown_observables(result: xr.Dataset) -> list[str]:
    """The observables that a report shows: all, or the first few of many."""
    return labels(result, "observable")[:MOST_OBSERVABLES]


def curve(result: xr.Dataset, name: str, push: str, observable: str) -> np.ndarray | None:
    """One variable at one push and observable, shape ``(lag,)``; nothing when the result does not hold it."""
    if name not in result.data_vars:
        return None
    indices = {
        "push": labels(result, "push").index(push),
        "observable": labels(result, "observable").index(observable),
    }
    return np.asarray(result[name].transpose("push", "lag", "observable").isel(indices).values, dtype=float)


def lags(result: xr.Dataset) -> np.ndarray:
    """Lags after the push, in `lag_units`."""
    return np.asarray(result["lag"].values, dtype=float)


def lag_units(result: xr.Dataset) -> str:
    """Unit of the lags, as text."""
    return str(result["lag"].attrs.get("units", "time units"))


def config(result: xr.Dataset) -> dict[str, Any]:
    """The options that made the result, or nothing when they are not recorded."""
    value = _json(result.attrs.get("config", "{}"))
    return value if isinstance(value, dict) else {}


def confidence(result: xr.Dataset) -> float:
    """Confidence level of the bands."""
    value = config(result).get("confidence", result.attrs.get("confidence", 0.95))
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.95


def messages(result: xr.Dataset) -> list[str]:
    """Warnings that the run gave."""
    value = _json(result.attrs.get("warnings", "[]"))
    if isinstance(value, str):
        return [value] if value.strip() else []
    return [str(item) for item in np.atleast_1d(np.asarray(value, dtype=object)).ravel()]


def diagnostics(result: xr.Dataset) -> list[dict[str, str]]:
    """Diagnostics in words; a level that is not known counts as a caution."""
    value = _json(result.attrs.get("diagnostics", "[]"))
    entries = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    known = ("good", "caution", "warning")
    return [
        {
            "level": str(item.get("level")) if item.get("level") in known else "caution",
            "text": str(item.get("text", "")),
        }
        for item in entries
    ]


def versions(result: xr.Dataset) -> str:
    """Versions of what determined the numbers, in one line."""
    value = _json(result.attrs.get("versions", "{}"))
    return ", ".join(f"{name} {text}" for name, text in value.items()) if isinstance(value, dict) else str(value)


def number(result: xr.Dataset, name: str) -> float | None:
    """A numerical attribute, or nothing when it is absent or not a finite number."""
    try:
        value = float(np.asarray(result.attrs[name], dtype=float).ravel()[0])
    except (KeyError, TypeError, ValueError, IndexError):
        return None
    return value if math.isfinite(value) else None


def push_position(result: xr.Dataset, push: str) -> dict[str, int]:
    """Where a field was pushed, as index positions, from a label such as ``u[y=3,x=5]``.

    Along a homogeneous dimension it is always index 0, whatever the label says: the result counts from the push.
    Without positions in the label, it is where the response at the first lag is largest.
    """
    dims = space_dims(result)
    written = {name: int(index) for name, index in re.findall(r"(\w+)\s*=\s*(\d+)", push)}
    written |= dict.fromkeys(homogeneous_dims(result), 0)
    if all(dim in written and written[dim] < result.sizes[dim] for dim in dims):
        return {dim: written[dim] for dim in dims}
    first = np.abs(field(result, "impulse_response", push)[0])
    position = np.unravel_index(int(np.nanargmax(first)), first.shape)
    return {dim: int(index) for dim, index in zip(dims, position, strict=True)}


def field(result: xr.Dataset, name: str, push: str) -> np.ndarray:
    """One variable of a field result at one push, shape ``(lag, *space)``."""
    ordered = result[name].transpose("push", "lag", *space_dims(result))
    return np.asarray(ordered.isel(push=labels(result, "push").index(push)).values, dtype=float)


def some_lags(result: xr.Dataset, count: int = 6) -> list[int]:
    """Indices of about ``count`` lags, evenly spread from the first to the last."""
    size = result.sizes["lag"]
    return sorted({round(index) for index in np.linspace(0, size - 1, min(count, size))})


def _json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value
