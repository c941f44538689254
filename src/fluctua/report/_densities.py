"""Marginal densities of the record beside those that its score implies: does the score know the record?"""

import matplotlib.ticker
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..results import ResponseResult
from ._shown import of_datasets
from ._style import GAUSSIAN, OURS, PLAIN, panels, style

MOST_VARIABLES = 6


def has_densities(result: ResponseResult) -> bool:
    """Whether the result holds densities to draw."""
    return all(name in result.data_vars for name in ("density_value", "data_density", "score_density"))


@of_datasets
def plot_density(result: ResponseResult, variable: str, *, ax: Axes, log: bool = False) -> Axes:
    """Draw the density of one variable in the record (filled) and the density implied by the score (line).

    Args:
        result: Result with ``density_value``, ``data_density`` and ``score_density`` over (variable, bin).
        variable: Name of the state variable.
        ax: Where to draw.
        log: Whether the density axis is logarithmic, which shows the tails.

    Returns:
        The axes that were given.

    Example:
        >>> import numpy as np, xarray as xr
        >>> from matplotlib.figure import Figure
        >>> value = np.linspace(-3, 3, 31)[None]
        >>> density = (("variable", "bin"), np.exp(-0.5 * value**2) / np.sqrt(2 * np.pi))
        >>> names = ("density_value", "data_density", "score_density")
        >>> values = ((("variable", "bin"), value), density, density)
        >>> result = xr.Dataset(dict(zip(names, values)), coords={"variable": ["x"]})
        >>> plot_density(result, "x", ax=Figure().subplots(), log=True).get_yscale()
        'log'
    """
    index = result.labels("variable").index(variable)
    value, data, implied = (
        np.asarray(result[name].transpose("variable", "bin").values[index], dtype=float)
        for name in ("density_value", "data_density", "score_density")
    )
    counted = np.isfinite(value) & np.isfinite(data) & np.isfinite(implied)
    value, data, implied = value[counted], data[counted], implied[counted]
    positive = data[data > 0]
    if log and positive.size:
        # Below half of the rarest bin the record says nothing: a far tail would only squeeze the picture.
        floor = 0.5 * float(positive.min())
        ax.set_yscale("log")
        ax.yaxis.set_minor_locator(matplotlib.ticker.NullLocator())
        ax.yaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda value, _: f"{value:g}"))
        ax.fill_between(value, floor, np.maximum(data, floor), step="mid", color=GAUSSIAN, alpha=0.35, linewidth=0)
        ax.plot(value, np.where(implied > floor, implied, np.nan), color=OURS)
        ax.set_ylim(floor, 3.0 * float(max(positive.max(), np.nanmax(implied))))
    else:
        ax.fill_between(value, 0.0, data, step="mid", color=GAUSSIAN, alpha=0.35, linewidth=0, label="record")
        ax.plot(value, implied, color=OURS, label="implied by the score")
        ax.set_ylim(bottom=0.0)
    return ax


@of_datasets
def density_figure(result: ResponseResult) -> Figure:
    """Each variable's densities, linear and logarithmic, side by side."""
    variables = result.labels("variable")[:MOST_VARIABLES]
    pairs_across = min(2, len(variables))
    rows = -(-len(variables) // pairs_across)
    with style():
        figure, grid = panels(4.7 * pairs_across, 2.0, rows, 2 * pairs_across)
        every = [ax for row in grid for ax in row]
        for index, variable in enumerate(variables):
            linear, logarithmic = every[2 * index], every[2 * index + 1]
            plot_density(result, variable, ax=linear)
            plot_density(result, variable, ax=logarithmic, log=True)
            linear.set_title(f"{variable}: density", loc="left", **PLAIN)
            logarithmic.set_title(f"{variable}: logarithmic", loc="left", **PLAIN)
        for ax in every[2 * len(variables) :]:
            ax.set_axis_off()
        handles, names = every[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="upper left", ncols=2)
    return figure
