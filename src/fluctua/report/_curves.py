"""Response curves: one panel per push and observable."""

import matplotlib.lines
import matplotlib.patches
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..results import Kind, ResponseResult
from ._leading import has_outer_band
from ._shown import of_datasets, shown_observables, shown_pushes
from ._style import GAUSSIAN, OURS, PLAIN, TRUTH, ZERO, label_panels, panels, style

SIDES = ("outer_lower", "outer_upper", "lower", "upper")
"""Limits of the bands, in the order in which they are drawn."""

_OUTER, _INNER = 0.16, 0.32  # the inner band lies on the outer one
_TITLE = {"color": "#222222", **PLAIN}


@of_datasets
def plot_response(result: ResponseResult, push: str, observable: str, *, ax: Axes, kind: Kind = "impulse") -> Axes:
    """Draw the response of one observable to one push: estimate, both bands, Gaussian estimate, truth.

    Args:
        result: Response with dimensions push, lag and observable.
        push: Label of the push.
        observable: Label of the observable.
        ax: Where to draw.
        kind: ``"impulse"`` for the response to a kick, ``"step"`` for the response to a push that is kept on.

    Returns:
        The axes that were given.

    Example:
        >>> import numpy as np, xarray as xr
        >>> from matplotlib.figure import Figure
        >>> decay = xr.DataArray(np.exp(-np.arange(5.0)).reshape(1, 5, 1), dims=("push", "lag", "observable"))
        >>> result = xr.Dataset(
        ...     {"impulse_response": decay},
        ...     coords={"push": ["x"], "lag": np.arange(5.0), "observable": ["x"]},
        ... )
        >>> axes = plot_response(result, "x", "x", ax=Figure().subplots())
        >>> len(axes.lines)
        2
    """
    name, step = f"{kind}_response", "" if kind == "impulse" else "_step"
    sides = [f"{name}_{side}" for side in SIDES]
    names = (*sides, f"gaussian{step}_response", name, f"truth{step}_response")
    return draw_curve(ax, result.lags, *(result.curve(each, push, observable) for each in names))


def draw_curve(
    ax: Axes,
    lag: np.ndarray,
    outer_lower: np.ndarray | None,
    outer_upper: np.ndarray | None,
    lower: np.ndarray | None,
    upper: np.ndarray | None,
    gaussian: np.ndarray | None,
    estimate: np.ndarray | None,
    truth: np.ndarray | None,
) -> Axes:
    """One response over the lag, of what there is of it: outer and inner band, Gaussian estimate, estimate, truth."""
    ax.axhline(0.0, color=ZERO, linewidth=0.9, zorder=0)
    if outer_lower is not None and outer_upper is not None:
        ax.fill_between(lag, outer_lower, outer_upper, color=OURS, alpha=_OUTER, linewidth=0, zorder=1)
    if lower is not None and upper is not None:
        ax.fill_between(lag, lower, upper, color=OURS, alpha=_INNER, linewidth=0, zorder=1)
    if gaussian is not None:
        ax.plot(lag, gaussian, color=GAUSSIAN, linestyle=(0, (4, 2)), linewidth=1.3, zorder=2)
    if estimate is not None:
        ax.plot(lag, estimate, color=OURS, zorder=3, marker="o" if len(lag) == 1 else None)
    if truth is not None:
        ax.plot(lag, truth, color=TRUTH, linestyle=":", linewidth=1.6, zorder=4)
    if len(lag) > 1:
        ax.set_xlim(lag[0], lag[-1])
    return ax


@of_datasets
def response_figure(result: ResponseResult, kind: Kind = "impulse") -> Figure:
    """Small multiples of the shown pushes (columns) and observables (rows); one push alone is wrapped."""
    pushes, observables = shown_pushes(result), shown_observables(result)
    pairs = [(push, observable) for observable in observables for push in pushes]
    wrapped = len(pushes) == 1
    columns = min(3, len(observables)) if wrapped else len(pushes)
    rows = -(-len(pairs) // columns)
    units = {result.unit(push, observable, kind) for push, observable in pairs}
    common = units.pop() if len(units) == 1 else ""
    width = 6.2 if columns == 1 else 9.4
    height = 3.1 if columns == 1 else 2.35
    with style():
        figure, grid = panels(width, height, rows, columns, sharex=True)
        every = [ax for row in grid for ax in row]
        for ax, (push, observable) in zip(every, pairs, strict=False):
            plot_response(result, push, observable, ax=ax, kind=kind)
            unit = "" if common else result.unit(push, observable, kind)
            ax.set_title(_heading(push, observable) + (f"  ({unit})" if unit else ""), loc="left", **_TITLE)
        label_panels(grid, len(pairs), lag_label(result), with_unit(f"{kind} response", common))
        handles = legend_handles(result, kind)
        figure.legend(handles=handles, loc="upper left", ncols=len(handles))
    return figure


def label_curve(ax: Axes, result: ResponseResult, push: str, observable: str, kind: Kind) -> None:
    """Say on a single panel what it shows, with units."""
    ax.set_title(_heading(push, observable), loc="left", **_TITLE)
    ax.set_xlabel(lag_label(result), **PLAIN)
    ax.set_ylabel(with_unit(f"{kind} response", result.unit(push, observable, kind)), **PLAIN)


def lag_label(result: ResponseResult) -> str:
    """What stands at an axis of lags."""
    return f"lag after the push ({result.lag_units})"


def with_unit(said: str, unit: str) -> str:
    """A label with its unit, where one is known and not one."""
    return f"{said} ({unit})" if unit not in ("", "1") else said


def _heading(push: str, observable: str) -> str:
    return f"{_short(observable)}  \N{LEFTWARDS ARROW}  {_short(push)}"


def legend_handles(result: ResponseResult, kind: Kind) -> list[matplotlib.lines.Line2D | matplotlib.patches.Patch]:
    """What there is to see of a kind of response: estimate, bands, classical response and truth."""
    suffix = "" if kind == "impulse" else "_step"
    handles: list[matplotlib.lines.Line2D | matplotlib.patches.Patch] = [
        matplotlib.lines.Line2D([], [], color=OURS, label="estimate"),
    ]
    if f"{kind}_response_lower" in result:
        handles.append(matplotlib.patches.Patch(color=OURS, alpha=_OUTER + _INNER, linewidth=0, label="its band"))
    if has_outer_band(result, kind):
        label = "outer band (stationarity alone)"
        handles.append(matplotlib.patches.Patch(color=OURS, alpha=_OUTER, linewidth=0, label=label))
    if "gaussian_response" in result:
        line = matplotlib.lines.Line2D([], [], color=GAUSSIAN, linestyle=(0, (4, 2)), label="Gaussian (classical)")
        handles.append(line)
    if f"truth{suffix}_response" in result:
        handles.append(matplotlib.lines.Line2D([], [], color=TRUTH, linestyle=":", label="truth"))
    return handles


def _short(label: str, most: int = 24) -> str:
    return label if len(label) <= most else label[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"
