"""Stein number by wavenumber: is the score right at every scale of a homogeneous field?"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..results import ResponseResult
from ._shown import of_datasets
from ._style import GAUSSIAN, OURS, PLAIN, ZERO, panels, style

_NAMES = ("stein_wavenumber", "stein_before", "stein_after")
# Beyond such a ratio of the largest to the smallest number, the axis is logarithmic.
_WIDE = 10.0


def has_stein_numbers(result: ResponseResult) -> bool:
    """Whether the result holds Stein numbers by wavenumber, over one dimension."""
    return all(name in result.data_vars and result[name].ndim == 1 for name in _NAMES)


@of_datasets
def plot_stein(result: ResponseResult, *, ax: Axes) -> Axes:
    """Draw the Stein number of each shell of wavenumbers before and after calibration; 1 is exact.

    Args:
        result: Result with ``stein_wavenumber``, ``stein_before`` and ``stein_after``, shape ``(shell,)``.
        ax: Where to draw.

    Returns:
        The axes that were given.

    Example:
        >>> import xarray as xr
        >>> from matplotlib.figure import Figure
        >>> numbers = {"stein_wavenumber": [0.0, 1.0], "stein_before": [12.2, 1.8], "stein_after": [1.0, 1.0]}
        >>> result = xr.Dataset({name: ("shell", values) for name, values in numbers.items()})
        >>> plot_stein(result, ax=Figure().subplots()).get_yscale()
        'log'
    """
    wavenumber, before, after = (np.asarray(result[name].values, dtype=float) for name in _NAMES)
    ax.axhline(1.0, color=ZERO, linewidth=0.9, zorder=0)
    ax.plot(wavenumber, before, color=GAUSSIAN, linestyle=(0, (4, 2)), marker="o", markersize=4, label="as fitted")
    ax.plot(wavenumber, after, color=OURS, marker="o", markersize=3, label="after calibration")
    numbers = np.concatenate([before, after])
    numbers = numbers[np.isfinite(numbers)]
    if numbers.size and numbers.min() > 0 and numbers.max() > _WIDE * numbers.min():
        ax.set_yscale("log")
    elif numbers.size:
        # Round-off about 1 is not spread over the whole height.
        reach = 1.15 * max(0.1, float(np.max(np.abs(numbers - 1.0))))
        ax.set_ylim(1.0 - reach, 1.0 + reach)
    units = str(result["stein_wavenumber"].attrs.get("units", ""))
    ax.set_xlabel(f"wavenumber ({units})" if units else "wavenumber", **PLAIN)
    ax.set_ylabel("Stein number")
    return ax


@of_datasets
def stein_figure(result: ResponseResult) -> Figure:
    """Stein number against wavenumber, one small panel."""
    with style():
        figure, grid = panels(6.2, 2.3, 1, 1)
        plot_stein(result, ax=grid[0][0])
        figure.legend(loc="upper left", ncols=2)
    return figure
