"""The figure of the study of heavy-tailed noise: one small panel for each question, by noise law."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import matplotlib.lines
import matplotlib.ticker
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fluctua.studies.heavy_tails import (
    COVERAGE_ERROR,
    DEFAULT_ERROR,
    PLUG_IN_ERROR,
    QUANTILES_AVERAGED,
    RARE_SHARE,
    SCORE_ERROR_BULK,
    SCORE_ERROR_TAIL,
    SHARE,
    SLICED_DISTANCE,
    TAIL_DISTANCE,
    TOTAL_VARIATION,
    HeavyTailRow,
    is_law,
    law_beta,
    law_name,
    setting_parts,
)

from ._style import GAUSSIAN, OURS, PLAIN, SEQUENCE, TRUTH, ZERO, new_figure, style

_COLUMNS = 3
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_LIGHT = 0.45


class _Panel(NamedTuple):
    """One panel: its title, what draws it, and how many lines of labels it has."""

    title: str
    draw: Callable[[Axes], None]


def heavy_tail_figure(rows: Sequence[HeavyTailRow]) -> Figure:
    """Errors of the score against the exponent, shares of modes, and qualities of drawn states by law.

    Panels of tasks that the rows do not hold are left out. Whiskers are standard errors over the seeds; published
    values are open marks, true values dotted lines, and what two real samples differ by is a dashed line.

    Args:
        rows: The rows of the study.

    Example:
        >>> row = HeavyTailRow("T4", "sampler=flow", "gaussian", TOTAL_VARIATION, 0.1, 0.01, 5, None, "")
        >>> len(heavy_tail_figure([row]).axes)
        1
    """
    panels = [*_score_panels(rows), *_toy_panels(rows), *_bar_panels(rows)]
    lines = max(math.ceil(len(panels) / _COLUMNS), 1)
    with style():
        figure = new_figure(13.6, 3.3 * lines)
        grid = figure.subplots(lines, _COLUMNS, squeeze=False)
        for ax, panel in zip(grid.flat, panels, strict=False):
            panel.draw(ax)
            ax.set_title(panel.title, loc="left", **PLAIN)
        for ax in grid.flat[len(panels) :]:
            ax.remove()
    return figure


def _score_panels(rows: Sequence[HeavyTailRow]) -> list[_Panel]:
    """T1: error against the exponent, one line for each dimension."""
    mine = [
        row
        for row in rows
        if row.task == "T1" and row.seeds and setting_parts(row.setting).get("scale", "deviation") == "deviation"
    ]
    panels = []
    levels = sorted({setting_parts(row.setting)["level"] for row in mine}, key=float)
    for level in levels[:1] + levels[2:3]:
        for quantity, region in ((SCORE_ERROR_BULK, "bulk"), (SCORE_ERROR_TAIL, "tail")):
            such = [row for row in mine if row.quantity == quantity and setting_parts(row.setting)["level"] == level]
            if such:
                where = "without noise" if float(level) == 0.0 else f"at level {level}"
                panels.append(_Panel(f"T1: error of the score {where}, {region}", _against_beta(such)))
    return panels


def _against_beta(rows: Sequence[HeavyTailRow]) -> Callable[[Axes], None]:
    def draw(ax: Axes) -> None:
        lines: dict[str, list[HeavyTailRow]] = {}
        for row in rows:
            if law_beta(row.law) is not None:
                lines.setdefault(_line_name(row), []).append(row)
        for index, (name, mine) in enumerate(lines.items()):
            mine = sorted(mine, key=lambda row: law_beta(row.law) or 0.0)
            ax.errorbar(
                [law_beta(row.law) or 0.0 for row in mine],
                [row.value for row in mine],
                [row.stderr or 0.0 for row in mine],
                color=SEQUENCE[index % len(SEQUENCE)],
                marker=_MARKERS[index % len(_MARKERS)],
                markersize=4,
                capsize=2,
                linewidth=1.3,
                label=name,
            )
        ax.axvline(2.0, color=ZERO, linewidth=0.9, zorder=0)
        ax.set_xlabel("exponent \N{GREEK SMALL LETTER BETA} (2 is Gaussian)")
        ax.set_ylabel("relative squared error")
        _plain_log(ax.yaxis, ax.set_yscale)
        ax.legend(loc="best", fontsize=7.5)

    return draw


def _line_name(row: HeavyTailRow) -> str:
    parts = setting_parts(row.setting)
    return f"{parts.get('data', '')}, d = {parts.get('dimension', '?')}, n = {parts.get('states', '?')}"


def _toy_panels(rows: Sequence[HeavyTailRow]) -> list[_Panel]:
    """T2: the share of the smaller mode by run, one mark for each law."""
    mine = [row for row in rows if row.task == "T2" and row.quantity == SHARE and row.seeds]
    panels = []
    for score in ("exact", "learned"):
        such = [row for row in mine if setting_parts(row.setting).get("score") == score]
        if such:
            panels.append(_Panel(f"T2: share of the smaller mode, {score} scores", _shares(such)))
    return panels


def _shares(rows: Sequence[HeavyTailRow]) -> Callable[[Axes], None]:
    def draw(ax: Axes) -> None:
        runs = list(dict.fromkeys(_run_name(row) for row in rows))
        laws = list(dict.fromkeys(row.law for row in rows))
        looks = _looks(laws)
        for row in rows:
            offset = 0.16 * (laws.index(row.law) - (len(laws) - 1) / 2)
            ax.errorbar(
                [row.value], [runs.index(_run_name(row)) + offset], xerr=[row.stderr or 0.0],
                linestyle="none", markersize=4.5, capsize=2, **looks[row.law],
            )  # fmt: skip
        _truth_line(ax, rows)
        ax.set_yticks(range(len(runs)), runs, **PLAIN)
        ax.invert_yaxis()
        ax.set_xlim(0.0, max(0.6, 1.1 * max(row.value for row in rows)))
        ax.legend(handles=_marks(laws, looks), loc="lower right", fontsize=7.5)

    return draw


def _run_name(row: HeavyTailRow) -> str:
    parts = setting_parts(row.setting)
    sampler = {"annealed Langevin": "Langevin", "two-headed diffusion": "diffusion"}
    name = sampler.get(parts.get("sampler", ""), parts.get("sampler", ""))
    return f"{name}, {parts.get('levels')} levels,\nfrom {parts.get('start')}"


def _bar_panels(rows: Sequence[HeavyTailRow]) -> list[_Panel]:
    """T3 to T8: bars for each law, one for each sampler or each way to a response."""
    chosen = (
        ("T3", (QUANTILES_AVERAGED,), "T3: stable data, squared log error of quantiles"),
        ("T4", (TOTAL_VARIATION,), "T4: nine modes, total variation of weights"),
        ("T4", (SLICED_DISTANCE,), "T4: nine modes, sliced Wasserstein distance"),
        ("T5", (SLICED_DISTANCE,), "T5: 100 dimensions, sliced Wasserstein distance"),
        ("T5", (COVERAGE_ERROR,), "T5: 100 dimensions, error of the tail's probability"),
        ("T6", (TAIL_DISTANCE,), "T6: {data}, distance of the tails"),
        ("T7", (RARE_SHARE,), "T7: {data}, rare share"),
        ("T8", (DEFAULT_ERROR, PLUG_IN_ERROR), "T8: error of the response of {data}"),
    )
    panels = []
    for task, quantities, title in chosen:
        mine = [row for row in rows if row.task == task and row.quantity in quantities and row.seeds]
        for data in dict.fromkeys(_data_name(row) for row in mine):
            such = [row for row in mine if _data_name(row) == data]
            panels.append(_Panel(title.format(data=data), _bars(such, quantities)))
    return panels


def _data_name(row: HeavyTailRow) -> str:
    parts = setting_parts(row.setting)
    return parts.get("data", parts.get("observable", ""))


def _series(row: HeavyTailRow) -> str:
    """What tells the bars of one law apart: the sampler, or the way to a response."""
    return setting_parts(row.setting).get("sampler", row.quantity.rpartition(", ")[2])


def _bars(rows: Sequence[HeavyTailRow], quantities: Sequence[str]) -> Callable[[Axes], None]:
    def draw(ax: Axes) -> None:
        shown = sorted((row for row in rows if _series(row) != "none"), key=lambda row: quantities.index(row.quantity))
        if not shown:
            return
        laws = list(dict.fromkeys(row.law for row in shown))
        series = list(dict.fromkeys(_series(row) for row in shown))
        height = 0.76 / len(series)
        for row in shown:
            index = series.index(_series(row))
            ax.barh(
                laws.index(row.law) + height * (index - (len(series) - 1) / 2), row.value, height * 0.92,
                xerr=row.stderr or None, error_kw={"elinewidth": 0.9, "capsize": 2, "ecolor": "#333333"},
                color=OURS if is_law(row.law) and row.law != "gaussian" else GAUSSIAN, alpha=_LIGHT if index else 1.0,
            )  # fmt: skip
        share = "share" in shown[0].quantity
        if share:
            _truth_line(ax, shown)
        else:
            _published(ax, shown, laws)
        floor = next((row.value for row in rows if _series(row) == "none"), None)
        if floor is not None:
            ax.axvline(floor, color=TRUTH, linestyle="--", linewidth=1.0)
        ax.set_yticks(range(len(laws)), [law_name(law) for law in laws], **PLAIN)
        ax.invert_yaxis()
        values = [row.value for row in shown if row.value > 0]
        if not share and values and max(values) > 20.0 * min(values):
            _plain_log(ax.xaxis, ax.set_xscale)
        ax.set_xlabel(f"solid: {series[0]}; light: {series[1]}" if len(series) > 1 else series[0], **PLAIN)

    return draw


def _published(ax: Axes, rows: Sequence[HeavyTailRow], laws: Sequence[str]) -> None:
    """Open marks where a law has a published value of its own."""
    for law in laws:
        value = next((row.reference for row in rows if row.law == law and row.reference is not None), None)
        if value is not None and is_law(law):
            ax.plot(
                [value], [laws.index(law)], linestyle="none", marker="o", markersize=6,
                markerfacecolor="white", markeredgecolor=TRUTH, zorder=5,
            )  # fmt: skip


def _truth_line(ax: Axes, rows: Sequence[HeavyTailRow]) -> None:
    truth = next((row.reference for row in rows if row.reference is not None), None)
    if truth is not None:
        ax.axvline(truth, color=TRUTH, linestyle=":", linewidth=1.3, zorder=0)


def _looks(laws: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Grey for Gaussian noise, a colour and a mark for every other law."""
    looks: dict[str, dict[str, Any]] = {}
    for index, law in enumerate(law for law in laws if law != "gaussian"):
        looks[law] = {"color": SEQUENCE[index % len(SEQUENCE)], "marker": _MARKERS[(index + 1) % len(_MARKERS)]}
    looks["gaussian"] = {"color": GAUSSIAN, "marker": _MARKERS[0]}
    return looks


def _marks(laws: Sequence[str], looks: dict[str, dict[str, Any]]) -> list[matplotlib.lines.Line2D]:
    return [
        matplotlib.lines.Line2D([], [], linestyle="none", markersize=4.5, label=law_name(law), **looks[law])
        for law in laws
    ]


def _plain_log(axis: Any, set_scale: Callable[[str], None]) -> None:
    set_scale("log")
    axis.set_major_formatter(matplotlib.ticker.FormatStrFormatter("%g"))
    axis.set_minor_formatter(matplotlib.ticker.NullFormatter())
    low, high = axis.get_view_interval()
    if low > 0 and np.log10(high / low) < 1.2:
        axis.set_major_locator(matplotlib.ticker.LogLocator(subs=(1.0, 2.0, 5.0)))
