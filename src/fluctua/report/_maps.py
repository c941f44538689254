"""Field responses as pictures of space: maps at some lags, or space across and lag up."""

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from ..results import ResponseResult
from ._curves import with_unit
from ._offsets import draw_offsets, offset_rows
from ._shown import of_datasets, some_lags
from ._space import Axis, drawn_field, space_axes
from ._style import PLAIN, SIGNED_MAP, TRUTH, label_panels, new_figure, style

_SUFFIXES = ("", "_lower", "_upper")
# A map whose sides differ by more than this is stretched, or it would be a thread.
_MOST_ELONGATED = 3.0


@of_datasets
def plot_map(result: ResponseResult, push: str, lag_index: int, *, ax: Axes, limit: float) -> Axes:
    """Draw the impulse response over two space dimensions at one lag, hatched where its band holds zero.

    Args:
        result: Response with dimensions push, lag and two space dimensions or more; of more, the last two
            are drawn through the pushed place. Along dimensions that the attribute ``homogeneous`` names, the
            push stands at the centre and the axis is the offset from it.
        push: Label of the push.
        lag_index: Position of the lag.
        ax: Where to draw.
        limit: Value at the end of the colour scale, which is symmetric.

    Returns:
        The axes that were given.

    Example:
        >>> import numpy as np, xarray as xr
        >>> from matplotlib.figure import Figure
        >>> spike = np.zeros((1, 1, 4, 4))
        >>> spike[..., 0, 0] = 1.0
        >>> names = ("impulse_response", "impulse_response_lower", "impulse_response_upper")
        >>> result = xr.Dataset(
        ...     {name: (("push", "lag", "y", "x"), spike) for name in names},
        ...     coords={"push": ["u[y=0,x=0]"], "lag": [0.0]},
        ...     attrs={"homogeneous": '["y", "x"]'},
        ... )
        >>> ax = plot_map(result, "u[y=0,x=0]", 0, ax=Figure().subplots(), limit=1.0)
        >>> np.argwhere(np.asarray(ax.images[0].get_array()) == 1.0).tolist()
        [[2, 2]]
    """
    axes = space_axes(result, push)
    up, across = axes[-2:]
    before = tuple(axis.pushed for axis in axes[:-2])
    value, lower, upper = (
        drawn_field(result, f"impulse_response{suffix}", push)[(lag_index, *before)] for suffix in _SUFFIXES
    )
    ax.imshow(
        value, origin="lower", cmap=SIGNED_MAP, vmin=-limit, vmax=limit, interpolation="nearest",
        extent=(*across.extent, *up.extent), aspect=_aspect(across, up),
    )  # fmt: skip
    unsure = ((lower <= 0) & (upper >= 0)).astype(float)
    if unsure.sum() > 0 and min(unsure.shape) > 1:
        # From border to border, and not only between the centres of the outermost points.
        places = [np.r_[axis.extent[0], axis.values, axis.extent[1]] for axis in (across, up)]
        with style():  # dots are light also on axes of other styles
            ax.contourf(*places, np.pad(unsure, 1, mode="edge"), levels=[0.5, 1.5], colors="none", hatches=["...."])
    if up.spacing < 0 and not up.homogeneous:
        ax.invert_yaxis()  # of latitudes from north to south
    if result.names_places:
        here = ([across.values[across.pushed]], [up.values[up.pushed]])
        ax.plot(*here, marker="+", color=TRUTH, markersize=8, markeredgewidth=1.3)
    return ax


@of_datasets
def plot_space_time(result: ResponseResult, push: str, *, ax: Axes, limit: float) -> Axes:
    """Draw the impulse response over one space dimension (across) and lag (up).

    Args:
        result: Response with dimensions push, lag and one space dimension. Where the attribute ``homogeneous``
            names it, the push stands at the centre and the axis is the offset from it.
        push: Label of the push.
        ax: Where to draw.
        limit: Value at the end of the colour scale, which is symmetric.

    Returns:
        The axes that were given.
    """
    lag = result.lags
    (across,) = space_axes(result, push)
    half = 0.5 * (lag[1] - lag[0]) if len(lag) > 1 else 0.5
    ax.imshow(
        drawn_field(result, "impulse_response", push), origin="lower", aspect="auto", cmap=SIGNED_MAP, vmin=-limit,
        vmax=limit, interpolation="nearest", extent=(*across.extent, lag[0] - half, lag[-1] + half),
    )  # fmt: skip
    if result.names_places:
        ax.plot([across.values[across.pushed]], [lag[0]], marker="+", color=TRUTH, markersize=9, clip_on=False)
    ax.set_xlabel(across.label, **PLAIN)
    ax.set_ylabel(f"lag ({result.lag_units})", **PLAIN)
    return ax


@of_datasets
def field_figure(result: ResponseResult, push: str) -> Figure:
    """Maps of the impulse response at about six lags, and its curves at the pushed place and at growing distance."""
    plane = len(result.space_dims) > 1
    response = drawn_field(result, "impulse_response", push)
    limit = float(np.nanmax(np.abs(response))) or 1.0
    if len(response) > 1 and result.names_places:
        # Later maps would vanish on the scale of the first instant, when the response is a spike of one.
        limit = float(np.nanmax(np.abs(response[some_lags(result)[1]]))) or limit
    curves = 1.95 * offset_rows(result, push) + 0.45 if result.names_places else 0.0
    with style():
        picture = 2.7 * -(-len(some_lags(result)) // 3) if plane else 3.1
        figure = new_figure(9.4, picture + curves)
        parts = figure.subfigures(2, 1, height_ratios=[picture, curves]) if curves else figure.subfigures(1, 1)
        upper, *lower = np.ravel(np.asarray(parts))
        if plane:
            _draw_maps(result, push, upper, limit)
        else:
            ax = upper.subplots()
            plot_space_time(result, push, ax=ax, limit=limit)
            _colour_bar(upper, result, push, [ax])
        for part in lower:
            draw_offsets(result, push, part)
    return figure


def _draw_maps(result: ResponseResult, push: str, figure: SubFigure, limit: float) -> None:
    chosen = some_lags(result)
    columns = min(3, len(chosen))
    grid = figure.subplots(-(-len(chosen) // columns), columns, squeeze=False, sharex=True, sharey=True)
    panels = [ax for line in grid for ax in line]
    for ax, index in zip(panels, chosen, strict=False):
        plot_map(result, push, index, ax=ax, limit=limit)
        ax.set_title(f"lag {result.lags[index]:.4g} {result.lag_units}", loc="left", **PLAIN)
        ax.spines[:].set_visible(True)
    up, across = space_axes(result, push)[-2:]
    label_panels(grid, len(chosen), across.label, up.label)
    _colour_bar(figure, result, push, panels, shrink=0.8)


def _colour_bar(figure: SubFigure, result: ResponseResult, push: str, panels: list[Axes], shrink: float = 1.0) -> None:
    bar = figure.colorbar(panels[0].images[0], ax=panels, shrink=shrink, extend="both")
    bar.set_label(with_unit("impulse response", result.unit(push)), **PLAIN)


def _aspect(across: Axis, up: Axis) -> Literal["equal", "auto"]:
    """To scale where both axes measure the same, and the map is no thread."""
    width, height = (abs(axis.extent[1] - axis.extent[0]) for axis in (across, up))
    alike = across.homogeneous == up.homogeneous
    return "equal" if alike and 1 / _MOST_ELONGATED <= width / height <= _MOST_ELONGATED else "auto"
