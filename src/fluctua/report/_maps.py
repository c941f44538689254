"""Field responses: maps at some lags, and curves at the pushed place and away from it."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ._result import field, lag_units, lags, push_position, some_lags, space_dims
from ._style import OURS, PLAIN, SEQUENCE, SIGNED_MAP, TRUTH, ZERO, new_figure, style

OFFSETS = (0, 2, 4, 6)


def plot_map(result: xr.Dataset, push: str, lag_index: int, *, ax: Axes, limit: float) -> Axes:
    """Draw the impulse response over two space dimensions at one lag, hatched where its band holds zero.

    Args:
        result: Response with dimensions push, lag and two space dimensions or more; of more, the last two
            are drawn through the pushed place.
        push: Label of the push.
        lag_index: Position of the lag.
        ax: Where to draw.
        limit: Value at the end of the colour scale, which is symmetric.

    Returns:
        The axes that were given.
    """
    value, lower, upper = (
        _plane(result, push, field(result, f"impulse_response{suffix}", push)[lag_index])
        for suffix in ("", "_lower", "_upper")
    )
    ax.imshow(value, origin="lower", cmap=SIGNED_MAP, vmin=-limit, vmax=limit, interpolation="nearest")
    unsure = ((lower <= 0) & (upper >= 0)).astype(float)
    if unsure.sum() > 0 and min(unsure.shape) > 1:
        ax.contourf(unsure, levels=[0.5, 1.5], colors="none", hatches=["...."])
    row, column = list(push_position(result, push).values())[-2:]
    ax.plot([column], [row], marker="+", color=TRUTH, markersize=8, markeredgewidth=1.3)
    return ax


def plot_space_time(result: xr.Dataset, push: str, *, ax: Axes, limit: float) -> Axes:
    """Draw the impulse response over one space dimension (across) and lag (up).

    Args:
        result: Response with dimensions push, lag and one space dimension.
        push: Label of the push.
        ax: Where to draw.
        limit: Value at the end of the colour scale, which is symmetric.

    Returns:
        The axes that were given.
    """
    lag = lags(result)
    value = field(result, "impulse_response", push)
    half = 0.5 * (lag[1] - lag[0]) if len(lag) > 1 else 0.5
    extent = (-0.5, value.shape[1] - 0.5, lag[0] - half, lag[-1] + half)
    ax.imshow(
        value, origin="lower", aspect="auto", extent=extent, cmap=SIGNED_MAP, vmin=-limit, vmax=limit,
        interpolation="nearest",
    )  # fmt: skip
    ax.plot(
        list(push_position(result, push).values())[-1:],
        [lag[0]],
        marker="+",
        color=TRUTH,
        markersize=9,
        clip_on=False,
    )
    ax.set_xlabel(f"{space_dims(result)[0]} (grid points)", **PLAIN)
    ax.set_ylabel(f"lag ({lag_units(result)})", **PLAIN)
    return ax


def field_figure(result: xr.Dataset, push: str) -> Figure:
    """Maps of the impulse response at about six lags, and its curves at growing distance from the push."""
    plane = len(space_dims(result)) > 1
    response = field(result, "impulse_response", push)
    limit = float(np.nanmax(np.abs(response))) or 1.0
    if plane:
        # Later maps would vanish on the scale of the first instant, when the response is a spike of one.
        later = np.abs(response[some_lags(result)[1]]) if len(response) > 1 else np.abs(response[0])
        limit = float(np.nanmax(later)) or limit
    with style():
        if plane:
            chosen = some_lags(result)
            columns = min(3, len(chosen))
            rows = -(-len(chosen) // columns)
            figure = new_figure(9.0, 2.7 * rows + 2.9)
            upper, lower = np.ravel(np.asarray(figure.subfigures(2, 1, height_ratios=[2.7 * rows, 2.9])))
            grid = upper.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
            panels = [ax for line in grid for ax in line]
            for ax, index in zip(panels, chosen, strict=False):
                plot_map(result, push, index, ax=ax, limit=limit)
                ax.set_title(f"lag {lags(result)[index]:g} {lag_units(result)}", loc="left", **PLAIN)
            for ax in panels[len(chosen) :]:
                ax.set_axis_off()
            for ax in panels:
                ax.spines[:].set_visible(True)
            dims = space_dims(result)
            for line in grid:
                line[0].set_ylabel(f"{dims[-2]} (index)", **PLAIN)
            for ax in grid[-1]:
                ax.set_xlabel(f"{dims[-1]} (index)", **PLAIN)
            upper.colorbar(panels[0].images[0], ax=panels, shrink=0.8, label="impulse response", extend="both")
            ax = lower.subplots()
        else:
            figure = new_figure(9.4, 3.6)
            left, ax = figure.subplots(1, 2)
            plot_space_time(result, push, ax=left, limit=limit)
            figure.colorbar(left.images[0], ax=left)
            left.set_title("impulse response", loc="left")
        _plot_offsets(result, push, ax)
    return figure


def _plot_offsets(result: xr.Dataset, push: str, ax: Axes) -> None:
    dim = space_dims(result)[-1]
    position = push_position(result, push)
    size = result.sizes[dim]
    lag = lags(result)
    ax.axhline(0.0, color=ZERO, linewidth=0.9, zorder=0)
    for color, offset in zip(SEQUENCE, [offset for offset in OFFSETS if offset < size], strict=False):
        # Grids of fluctua's own systems are periodic: an offset beyond the edge comes back on the other side.
        index = tuple({**position, dim: (position[dim] + offset) % size}.values())
        value, lower, upper = (
            field(result, f"impulse_response{suffix}", push)[(slice(None), *index)]
            for suffix in ("", "_lower", "_upper")
        )
        ax.fill_between(lag, lower, upper, color=color, alpha=0.2, linewidth=0)
        ax.plot(lag, value, color=color, label="at the push" if offset == 0 else f"{offset} points along {dim}")
        if "truth_response" in result:
            truth = field(result, "truth_response", push)[(slice(None), *index)]
            ax.plot(lag, truth, color=TRUTH, linestyle=":", linewidth=1.3)
        if offset == 0 and "gaussian_response" in result:
            gaussian = field(result, "gaussian_response", push)[(slice(None), *index)]
            ax.plot(
                lag,
                gaussian,
                color=OURS,
                linestyle=(0, (4, 2)),
                linewidth=1.1,
                alpha=0.7,
                label="Gaussian there",
            )
    ax.set_xlabel(f"lag after the push ({lag_units(result)})", **PLAIN)
    ax.set_ylabel("impulse response")
    ax.legend(loc="upper right")
    if len(lag) > 1:
        ax.set_xlim(lag[0], lag[-1])


def _plane(result: xr.Dataset, push: str, value: np.ndarray) -> np.ndarray:
    """The last two space dimensions, through the pushed place along the others."""
    before = list(push_position(result, push).values())[:-2]
    return value[tuple(before)]
