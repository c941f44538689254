"""Field responses as curves: at the pushed point, and some points away from it along the last dimension."""

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from ..results import ResponseResult
from ._curves import SIDES, draw_curve, lag_label, legend_handles, with_unit
from ._shown import of_datasets
from ._space import drawn_field, space_axes
from ._style import PLAIN, label_panels

OFFSETS = (0, 1, 3, 5, 7)
_COLUMNS = 3


class Place(NamedTuple):
    """A point some steps from the push: its name, and its index in drawing order."""

    name: str
    index: tuple[int, ...]


@of_datasets
def offset_places(result: ResponseResult, push: str) -> list[Place]:
    """The points whose response is shown as a curve: the pushed one, and those that exist farther along.

    Of a homogeneous dimension, which is periodic, half the length is the farthest; along any other, points beyond
    the edge do not exist.
    """
    axes = space_axes(result, push)
    last = axes[-1]
    here = tuple(axis.pushed for axis in axes[:-1])
    count = len(last.values)
    farthest = count - count // 2 - 1 if last.homogeneous else max(last.pushed, count - 1 - last.pushed)
    # Near the far edge of a dimension that is not periodic, the curves go the other way.
    sign = 1 if last.homogeneous or count - 1 - last.pushed >= last.pushed else -1
    way = ("+" if sign > 0 else "\N{MINUS SIGN}") + last.name
    places = []
    for offset in OFFSETS:
        if offset > farthest:
            break
        points = f"{offset} point{'s' if offset > 1 else ''} along {way}"
        measured = f" ({offset * last.spacing:.3g})" if last.homogeneous and last.spacing != 1.0 else ""
        name = points + measured if offset else "at the pushed place"
        places.append(Place(name, (*here, last.pushed + sign * offset)))
    return places


def plot_offset(result: ResponseResult, push: str, place: Place, *, ax: Axes) -> Axes:
    """Draw the response at one place: estimate with its bands, Gaussian estimate, truth.

    Args:
        result: Response with dimensions push, lag and space.
        push: Label of the push.
        place: One of `offset_places`.
        ax: Where to draw.

    Returns:
        The axes that were given.
    """
    names = (*(f"impulse_response_{side}" for side in SIDES), "gaussian_response", "impulse_response")
    index = (slice(None), *place.index)
    curves = [drawn_field(result, name, push)[index] if name in result else None for name in (*names, "truth_response")]
    return draw_curve(ax, result.lags, *curves)


def offset_rows(result: ResponseResult, push: str) -> int:
    """How many rows of panels `draw_offsets` fills."""
    return -(-len(offset_places(result, push)) // _COLUMNS)


def draw_offsets(result: ResponseResult, push: str, figure: Figure | SubFigure) -> None:
    """Fill a figure with one panel per place, and one legend for all."""
    places = offset_places(result, push)
    columns = min(_COLUMNS, len(places))
    grid = figure.subplots(offset_rows(result, push), columns, squeeze=False, sharex=True)
    panels = [ax for row in grid for ax in row]
    for ax, place in zip(panels, places, strict=False):
        plot_offset(result, push, place, ax=ax)
        ax.set_title(place.name, loc="left", color="#222222", **PLAIN)
    label_panels(grid, len(places), lag_label(result), with_unit("impulse response", result.unit(push)))
    handles = legend_handles(result, "impulse")
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles))


@of_datasets
def offset_curves(result: ResponseResult, push: str) -> dict[str, np.ndarray]:
    """Estimate, lower and upper end of the band at each place, shape ``(3, lag)``."""
    three = np.stack([drawn_field(result, f"impulse_response{suffix}", push) for suffix in ("", "_lower", "_upper")])
    return {place.name: three[(slice(None), slice(None), *place.index)] for place in offset_places(result, push)}
