"""Field responses as curves: at the pushed point, and some points away from it along the last dimension."""

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from ..results import ResponseResult
from ._curves import legend_handles
from ._shown import of_datasets
from ._space import drawn_field, space_axes
from ._style import GAUSSIAN, OURS, PLAIN, TRUTH, ZERO

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
    """Draw the response at one place: estimate with its band, Gaussian estimate, truth.

    Args:
        result: Response with dimensions push, lag and space.
        push: Label of the push.
        place: One of `offset_places`.
        ax: Where to draw.

    Returns:
        The axes that were given.
    """
    lag, index = result.lags, (slice(None), *place.index)
    value, lower, upper = (
        drawn_field(result, f"impulse_response{suffix}", push)[index] for suffix in ("", "_lower", "_upper")
    )
    ax.axhline(0.0, color=ZERO, linewidth=0.9, zorder=0)
    ax.fill_between(lag, lower, upper, color=OURS, alpha=0.22, linewidth=0, zorder=1)
    if "gaussian_response" in result:
        gaussian = drawn_field(result, "gaussian_response", push)[index]
        ax.plot(lag, gaussian, color=GAUSSIAN, linestyle=(0, (4, 2)), linewidth=1.3, zorder=2)
    ax.plot(lag, value, color=OURS, zorder=3, marker="o" if len(lag) == 1 else None)
    if "truth_response" in result:
        truth = drawn_field(result, "truth_response", push)[index]
        ax.plot(lag, truth, color=TRUTH, linestyle=":", linewidth=1.6, zorder=4)
    if len(lag) > 1:
        ax.set_xlim(lag[0], lag[-1])
    return ax


def offset_rows(result: ResponseResult, push: str) -> int:
    """How many rows of panels `draw_offsets` fills."""
    return -(-len(offset_places(result, push)) // _COLUMNS)


def draw_offsets(result: ResponseResult, push: str, figure: Figure | SubFigure) -> None:
    """Fill a figure with one panel per place, and one legend for all."""
    places = offset_places(result, push)
    columns = min(_COLUMNS, len(places))
    grid = figure.subplots(offset_rows(result, push), columns, squeeze=False, sharex=True)
    panels = [ax for row in grid for ax in row]
    for number, (ax, place) in enumerate(zip(panels, places, strict=False)):
        plot_offset(result, push, place, ax=ax)
        ax.set_title(place.name, loc="left", color="#222222", **PLAIN)
        if number + columns >= len(places):
            ax.tick_params(labelbottom=True)
            ax.set_xlabel(f"lag after the push ({result.lag_units})", **PLAIN)
    for ax in panels[len(places) :]:
        ax.set_axis_off()
    for row in grid:
        row[0].set_ylabel("impulse response")
    handles = legend_handles(result, "impulse")
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles))


@of_datasets
def offset_curves(result: ResponseResult, push: str) -> dict[str, np.ndarray]:
    """Estimate, lower and upper end of the band at each place, shape ``(3, lag)``."""
    three = np.stack([drawn_field(result, f"impulse_response{suffix}", push) for suffix in ("", "_lower", "_upper")])
    return {place.name: three[(slice(None), slice(None), *place.index)] for place in offset_places(result, push)}
