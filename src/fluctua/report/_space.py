"""Where a field responds: axes in the order they are drawn, with the push of a homogeneous field at the centre.

Along a homogeneous dimension the result counts from the pushed point: index 0 is that point, the last index is one
step before it. Such a dimension is rolled for drawing, so that the push stands in the middle and the response on
both its sides is seen in one piece. Any other dimension keeps its order and its own coordinate.
"""

from typing import NamedTuple

import numpy as np

from ..results import ResponseResult
from ._shown import of_datasets


class Axis(NamedTuple):
    """One space dimension as it is drawn: its name, the place of each point, and which point was pushed."""

    name: str
    label: str
    values: np.ndarray
    pushed: int
    homogeneous: bool
    spacing: float

    @property
    def extent(self) -> tuple[float, float]:
        """Outer borders of the first and the last point."""
        return float(self.values[0] - 0.5 * self.spacing), float(self.values[-1] + 0.5 * self.spacing)


@of_datasets
def space_axes(result: ResponseResult, push: str) -> tuple[Axis, ...]:
    """The axes of a field result, in its own order of dimensions."""
    homogeneous, position = result.homogeneous_dims, result.push_position(push)
    axes = []
    for dim in result.space_dims:
        count = result.sizes[dim]
        measured = _even_coordinate(result, dim)
        spacing = 1.0 if measured is None else float(measured[1] - measured[0])
        units = "" if measured is None else str(result[dim].attrs.get("units", ""))
        inside = f" ({units})" if units else ""
        if dim in homogeneous:
            values, pushed, label = spacing * (np.arange(count) - count // 2), count // 2, f"offset along {dim}"
            inside = inside if measured is not None else " (points)"
        else:
            values, pushed, label = np.arange(float(count)) if measured is None else measured, position[dim], dim
            inside = inside if measured is not None else " (index)"
        axes.append(Axis(dim, label + inside, values, pushed, dim in homogeneous, spacing))
    return tuple(axes)


@of_datasets
def drawn_field(result: ResponseResult, name: str, push: str) -> np.ndarray:
    """One variable of a field result at one push in the order of `space_axes`, shape ``(lag, *space)``."""
    dims, homogeneous = result.space_dims, result.homogeneous_dims
    rolled = [1 + index for index, dim in enumerate(dims) if dim in homogeneous]
    return np.roll(result.field(name, push), [result.sizes[dims[axis - 1]] // 2 for axis in rolled], axis=rolled)


def _even_coordinate(result: ResponseResult, dim: str) -> np.ndarray | None:
    """Evenly spaced coordinate of a dimension; nothing when it has none that can be drawn to scale."""
    if dim not in result.coords or result.sizes[dim] < 2 or result[dim].dtype.kind not in "iuf":
        return None
    values = np.asarray(result[dim].values, dtype=float)
    steps = np.diff(values)
    even = np.all(np.isfinite(steps)) and steps[0] != 0 and np.allclose(steps, steps[0], rtol=1e-4)
    return values if even else None
