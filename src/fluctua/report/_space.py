"""Where a field responds: axes in the order they are drawn, with the push of a homogeneous field at the centre.

Along a homogeneous dimension the result counts from the pushed point: index 0 is that point, the last index is one
step before it. Such a dimension is rolled for drawing, so that the push stands in the middle and the response on
both its sides is seen in one piece. Any other dimension keeps its order and its own coordinate.
"""

import dataclasses

import numpy as np

from ..results import ResponseResult
from ._shown import of_datasets


@dataclasses.dataclass(frozen=True)
class Axis:
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
        units = str(result[dim].attrs.get("units", "")) if measured is not None and dim in result.coords else ""
        inside = f" ({units})" if units else ""
        if dim in homogeneous:
            spacing = 1.0 if measured is None else float(measured[1] - measured[0])
            values = spacing * (np.arange(count) - count // 2)
            inside = inside if measured is not None else " (points)"
            axes.append(Axis(dim, f"offset along {dim}{inside}", values, count // 2, True, spacing))
        elif measured is not None:
            spacing = float(measured[1] - measured[0])
            axes.append(Axis(dim, f"{dim}{inside}", measured, position[dim], False, spacing))
        else:
            axes.append(Axis(dim, f"{dim} (index)", np.arange(float(count)), position[dim], False, 1.0))
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
