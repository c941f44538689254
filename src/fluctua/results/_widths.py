"""Bands of sums where the errors of whole curves are not kept: of fields, of maps of modes, of tables.

The band of a sum needs the covariance of what is added. Where only the widths of both bands are known, two cases are
left. Of independent records, squares of widths add up. Of any others, Cauchy and Schwarz allow no more than the sum of
both widths, which is what is taken: right for what errs alike, too wide for all else, never too narrow. So it is for
all step responses: what the rule of integration misses is part of their bands, and is no noise.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr

from ._response_curves import MEANINGS

_BANDS = {
    "impulse_response": ("impulse_response", "impulse_response_outer", "simultaneous"),
    "step_response": ("step_response", "step_response_outer"),
    "robust_response": (),
    "gaussian_response": (),
}
"""Curves that add up, and the bands around each of them."""

Part = tuple[xr.Dataset, float]
Curves = dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, str]]]


def summed_curves(parts: Sequence[Part], dims: tuple[str, ...], independent: bool) -> Curves:
    """The curves of a sum with their bands, as far as all parts have them.

    Args:
        parts: Datasets over the same axes, and their weights.
        dims: Order of the dimensions.
        independent: Whether they are of independent records.

    Example:
        >>> tables = {"impulse_response": 1.0, "impulse_response_lower": 0.7, "impulse_response_upper": 1.4}
        >>> one = xr.Dataset({name: ("lag", [value]) for name, value in tables.items()})
        >>> found = summed_curves([(one, 1.0), (one, -1.0)], ("lag",), independent=True)
        >>> [round(float(found[f"impulse_response_{side}"][1].item()), 3) for side in ("lower", "upper")]
        [-0.5, 0.5]
    """

    def added(name: str, widths: Iterable[np.ndarray]) -> np.ndarray:
        each = np.stack(list(widths))
        return np.sqrt(np.sum(each**2, axis=0)) if independent and name != "step_response" else each.sum(axis=0)

    found: dict[str, np.ndarray] = {}
    for name, bands in _BANDS.items():
        if not _in_all(parts, name):
            continue
        total = found[name] = sum(weight * _table(part, name, dims) for part, weight in parts)  # type: ignore[assignment]
        if _in_all(parts, f"{name}_stderr"):
            errors = (abs(weight) * _table(part, f"{name}_stderr", dims) for part, weight in parts)
            found[f"{name}_stderr"] = added(name, errors)
        for band in bands:
            if _in_all(parts, f"{band}_lower", f"{band}_upper"):
                below, above = zip(*(_reach(*part, name, band, dims) for part in parts), strict=True)
                found[f"{band}_lower"], found[f"{band}_upper"] = total - added(name, below), total + added(name, above)
    return {name: (dims, found[name], {"long_name": MEANINGS[name]}) for name in MEANINGS if name in found}


def _table(dataset: xr.Dataset, name: str, dims: tuple[str, ...]) -> np.ndarray:
    return dataset[name].transpose(*dims).values


def _reach(dataset: xr.Dataset, weight: float, name: str, band: str, dims: tuple[str, ...]) -> list[np.ndarray]:
    """How far the band of a part goes below and above its curve, with its weight."""
    value, lower, upper = (_table(dataset, each, dims) for each in (name, f"{band}_lower", f"{band}_upper"))
    sides = [abs(weight) * (value - lower), abs(weight) * (upper - value)]
    return sides if weight >= 0 else sides[::-1]


def _in_all(parts: Sequence[Part], *names: str) -> bool:
    return all(name in dataset.data_vars for dataset, _ in parts for name in names)
