"""The figure of the study of field responses, in the layout of the published one."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .norms import error_norms, truth_noise
from .published import PUBLISHED, PUBLISHED_SHAPE, published_method
from .result import NORMAL_95, OFFSETS, FieldStudyResult

_POINTS = ("R11", "R31", "R51", "R71")
_NORMS = {"Linf": "largest error", "L2": "2-norm of the error"}
_TRUTH = "#111111"
_MARKERS = {"gaussian": "s", "generative": "o", "analytic": "^"}


def study_figure(result: FieldStudyResult) -> Figure:
    """Responses at the pushed point and farther along x, then two norms of the error over the whole grid.

    Bands are of 95 %; those of errors are what the noise of the truth can do. The dotted line is the truth, among the
    errors its own noise. Open marks are values read off the published figure.

    Args:
        result: What the study measured.

    Example:
        >>> import numpy as np
        >>> grid = np.zeros((3, 8, 8))
        >>> grid[:, 0, 0] = np.exp(-np.arange(3.0))
        >>> result = FieldStudyResult("ou", np.arange(3.0), grid, 0 * grid, {"gaussian": 0.9 * grid}, {}, [])
        >>> len(study_figure(result).axes)
        6
    """
    figure = Figure(figsize=(13.6, 3.2), layout="constrained")
    axes = figure.subplots(1, len(_POINTS) + len(_NORMS))
    colours = {method: f"C{index % 10}" for index, method in enumerate(result.responses)}
    for ax, point in zip(axes, _POINTS, strict=False):
        if OFFSETS[point] < result.grid[-1]:
            _draw_response(result, OFFSETS[point], colours, ax)
        ax.set_title(f"{point}: {OFFSETS[point]} points along x", fontsize=9)
    for ax, (norm, title) in zip(axes[len(_POINTS) :], _NORMS.items(), strict=True):
        _draw_norm(result, norm, colours, ax)
        ax.set_title(title, fontsize=9)
    for ax in axes:
        ax.set_xlabel("time after the push")
        ax.set_xlim(result.lags[0], result.lags[-1])
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=7, frameon=False, fontsize=8)
    return figure


def _draw_response(result: FieldStudyResult, steps: int, colours: dict[str, str], ax: Axes) -> None:
    for method, values in result.responses.items():
        curve = result.curve(values, steps)
        _line(ax, result.lags, curve, {"color": colours[method], "label": method})
        if method in result.half_widths:
            _band(ax, result.lags, curve, result.curve(result.half_widths[method], steps), colours[method])
    truth = result.curve(result.truth, steps)
    _line(ax, result.lags, truth, {"color": _TRUTH, "linestyle": ":", "label": "truth"})
    _band(ax, result.lags, truth, NORMAL_95 * result.curve(result.truth_stderr, steps), _TRUTH)


def _draw_norm(result: FieldStudyResult, norm: str, colours: dict[str, str], ax: Axes) -> None:
    for method in result.responses:
        series = error_norms(result, method)[norm]
        _line(ax, result.lags, series.value, {"color": colours[method]})
        _band(ax, result.lags, series.value, NORMAL_95 * series.stderr, colours[method])
    _line(ax, result.lags, truth_noise(result)[norm].value, {"color": _TRUTH, "linestyle": ":"})
    ours = {published_method(method) for method in result.responses}
    start = f"{norm} at t="
    for known in PUBLISHED:
        if known.system == result.system and known.method in ours and known.quantity.startswith(start):
            time = float(known.quantity.removeprefix(start))
            if result.grid == PUBLISHED_SHAPE and time <= result.lags[-1]:
                marker = _MARKERS[known.method]
                ax.plot([time], [known.value], marker, markerfacecolor="white", markeredgecolor=_TRUTH, markersize=5)
    if any(np.any(line.get_ydata() > 0) for line in ax.lines):  # pyright: ignore[reportOperatorIssue]
        ax.set_yscale("log", nonpositive="mask")


def _line(ax: Axes, lags: np.ndarray, values: np.ndarray, look: dict[str, Any]) -> None:
    ax.plot(lags, values, linewidth=1.3, **look)


def _band(ax: Axes, lags: np.ndarray, values: np.ndarray, width: np.ndarray, colour: str) -> None:
    ax.fill_between(lags, values - width, values + width, color=colour, alpha=0.15, linewidth=0)
