"""The figure of the study of field responses, in the layout of the paper: one row per system."""

from collections.abc import Sequence
from typing import Any

import matplotlib.lines
import matplotlib.ticker
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fluctua.studies import (
    NORMAL_95,
    OFFSETS,
    PUBLISHED_SHAPE,
    REFERENCE_FIGURES,
    FieldStudyResult,
    error_norms,
    published_method,
    truth_noise,
)

from ._style import GAUSSIAN, PLAIN, SEQUENCE, TRUTH, ZERO, new_figure, style

_POINTS = ("R11", "R31", "R51", "R71")
_NORMS = {"Linf": "L\N{INFINITY} error", "L2": "L2 error, unnormalised"}
_MOST_BANDS = 3
_NAMES = {"ou": "Ornstein-Uhlenbeck", "allen-cahn": "Allen-Cahn", "navier-stokes": "Navier-Stokes"}
_MARKERS = {"gaussian": "s", "generative": "o", "analytic": "^"}
_PUBLISHED = {"gaussian": "Gaussian, published", "generative": "learned score, published"}
_PUBLISHED["analytic"] = "analytic score, published"
_DASHES = ("-", (0, (5, 1.2)), (0, (3, 1, 1, 1)), (0, (1, 1)))


def study_figure(results: Sequence[FieldStudyResult]) -> Figure:
    """Responses at four points and two error norms against time, one row per system.

    Columns: the response at the pushed point and 2, 4 and 6 grid points along x from it, with 95 % bands; then the
    largest error and the 2-norm of the error over the grid by method, with the truth's own noise (dotted) and the
    published values (open marks) where the grid is the published one.

    Args:
        results: What the study measured, one per system.

    Example:
        >>> import numpy as np
        >>> grid = np.zeros((3, 8, 8))
        >>> grid[:, 0, 0] = np.exp(-np.arange(3.0))
        >>> result = FieldStudyResult("ou", np.arange(3.0), grid, 0 * grid, {"gaussian": 0.9 * grid}, {}, [])
        >>> len(study_figure([result]).axes)
        6
    """
    methods = list(dict.fromkeys(method for result in results for method in result.responses))
    looks = _looks(methods)
    with style():
        figure = new_figure(13.6, 2.35 * len(results) + 0.55)
        grid = figure.subplots(len(results), len(_POINTS) + len(_NORMS), squeeze=False)
        for row, result in zip(grid, results, strict=True):
            for ax, point in zip(row, _POINTS, strict=False):
                _draw_response(result, point, looks, ax)
            for ax, norm in zip(row[len(_POINTS) :], _NORMS, strict=True):
                _draw_norm(result, norm, looks, ax)
            row[0].set_ylabel(_NAMES.get(result.system, result.system), **PLAIN)
        for column, title in enumerate(
            [f"{point}: {_away(OFFSETS[point])}" for point in _POINTS] + list(_NORMS.values())
        ):
            grid[0, column].set_title(title, loc="left", **PLAIN)
        for ax in grid[-1]:
            ax.set_xlabel("time after the push")
        figure.legend(handles=_legend(results, looks), loc="outside upper left", ncols=7)
    return figure


def _looks(methods: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Colour and dashes of each method: grey for the Gaussian ones, a colour of its own for every other."""
    looks: dict[str, dict[str, Any]] = {}
    learned = [method for method in methods if not method.startswith("gaussian")]
    # The default answer is the one to be seen first.
    learned.sort(key=lambda method: method != "default")
    for index, method in enumerate(method for method in methods if method.startswith("gaussian")):
        looks[method] = {"color": GAUSSIAN, "linestyle": ((0, (4, 2)), (0, (1, 1.5)))[index % 2], "linewidth": 1.3}
    for index, method in enumerate(learned):
        dashes = _DASHES[(index // len(SEQUENCE)) % len(_DASHES)]
        looks[method] = {"color": SEQUENCE[index % len(SEQUENCE)], "linestyle": dashes, "linewidth": 1.4}
    return looks


def _draw_response(result: FieldStudyResult, point: str, looks: dict[str, dict[str, Any]], ax: Axes) -> None:
    steps = OFFSETS[point]
    if steps >= result.grid[-1]:
        ax.set_axis_off()
        return
    ax.axhline(0.0, color=ZERO, linewidth=0.9, zorder=0)
    for method in _default_last(result):
        value = result.curve(result.responses[method], steps)
        ax.plot(result.lags, value, **looks[method])
        if method in result.half_widths and _has_band_drawn(result, method):
            width = result.curve(result.half_widths[method], steps)
            ax.fill_between(
                result.lags, value - width, value + width, color=str(looks[method]["color"]), alpha=0.2, linewidth=0
            )
    truth = result.curve(result.truth, steps)
    width = NORMAL_95 * result.curve(result.truth_stderr, steps)
    ax.fill_between(result.lags, truth - width, truth + width, color=TRUTH, alpha=0.12, linewidth=0)
    ax.plot(result.lags, truth, color=TRUTH, linestyle=":", linewidth=1.6, zorder=4)
    ax.set_xlim(result.lags[0], result.lags[-1])
    if steps == 0 and result.lags[0] == 0.0:
        # The push itself is one: a little room keeps the start of the curve in view.
        ax.set_ylim(top=1.05)


def _draw_norm(result: FieldStudyResult, norm: str, looks: dict[str, dict[str, Any]], ax: Axes) -> None:
    smallest = []
    for method in _default_last(result):
        series = error_norms(result, method)[norm]
        smallest.append(float(np.median(series.value)))
        ax.plot(result.lags, series.value, **looks[method])
        color = str(looks[method]["color"])
        width = NORMAL_95 * series.stderr
        ax.fill_between(result.lags, series.value - width, series.value + width, color=color, alpha=0.15, linewidth=0)
    noise = truth_noise(result)[norm].value
    ax.plot(result.lags, noise, color=TRUTH, linestyle=":", linewidth=1.3)
    for published, times in _published(result, norm).items():
        ax.plot(
            list(times), list(times.values()), linestyle="none", marker=_MARKERS[published], markersize=5,
            markerfacecolor="white", markeredgecolor=TRUTH, markeredgewidth=0.9, zorder=5,
        )  # fmt: skip
    ax.set_xlim(result.lags[0], result.lags[-1])
    # Errors of a few percent and of a few tens of percent are both to be read; at the push itself all are zero.
    bottom = 0.5 * min((value for value in (*smallest, float(np.median(noise))) if value > 0), default=0.0)
    if bottom > 0:
        ax.set_yscale("log", nonpositive="mask")
        ax.set_ylim(bottom=bottom)
        ax.yaxis.set_major_formatter(matplotlib.ticker.FormatStrFormatter("%g"))
        ax.yaxis.set_minor_formatter(matplotlib.ticker.NullFormatter())


def _default_last(result: FieldStudyResult) -> list[str]:
    """The methods, with the default answer on top of all others."""
    return sorted(result.responses, key=lambda method: method == "default")


def _has_band_drawn(result: FieldStudyResult, method: str) -> bool:
    """Of many methods, only the default answer and the classical one: more bands would hide one another."""
    return len(result.half_widths) <= _MOST_BANDS or method in ("default", "gaussian")


def _published(result: FieldStudyResult, norm: str) -> dict[str, dict[float, float]]:
    """Published values at single times by published method, of those that one of ours is set beside."""
    if result.grid != PUBLISHED_SHAPE:
        return {}
    ours = {published_method(method) for method in result.responses}
    found: dict[str, dict[float, float]] = {}
    start = f"{norm} at t="
    for figure in REFERENCE_FIGURES:
        if figure.system == result.system and figure.method in ours and figure.quantity.startswith(start):
            time = float(figure.quantity.removeprefix(start))
            if time <= result.lags[-1]:
                found.setdefault(figure.method, {})[time] = figure.value
    return found


def _legend(results: Sequence[FieldStudyResult], looks: dict[str, dict[str, Any]]) -> list[matplotlib.lines.Line2D]:
    handles = [matplotlib.lines.Line2D([], [], color=TRUTH, linestyle=":", label="truth (errors: its own noise)")]
    for method, look in looks.items():
        handles.append(matplotlib.lines.Line2D([], [], label=method, **look))
    shown = dict.fromkeys(name for result in results for norm in _NORMS for name in _published(result, norm))
    for published in shown:
        handles.append(
            matplotlib.lines.Line2D(
                [],
                [],
                linestyle="none",
                marker=_MARKERS[published],
                markersize=5,
                markerfacecolor="white",
                markeredgecolor=TRUTH,
                label=_PUBLISHED[published],
            )
        )
    return handles


def _away(steps: int) -> str:
    return f"{steps} points along x" if steps else "the pushed point"
