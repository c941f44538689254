"""The figure of the study of heavy-tailed noise: one panel of bars for each question, by noise law."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .names import law_name
from .quantities import (
    COVERAGE_ERROR,
    QUANTILES_AVERAGED,
    RARE_SHARE,
    SCORE_ERROR_BULK,
    SCORE_ERROR_TAIL,
    SHARE,
    SLICED_DISTANCE,
    TAIL_DISTANCE,
    TOTAL_VARIATION,
)
from .rows import HeavyTailRow, setting_parts
from .tail_response import DEFAULT_ERROR, PLUG_IN_ERROR


class _Panel(NamedTuple):
    """Rows of a task and a quantity whose setting holds some parts, split by other parts."""

    task: str
    quantity: str
    title: str
    where: dict[str, str]


_PANELS = (
    _Panel("T1", SCORE_ERROR_BULK, "error of the score without noise, bulk", {"level": "0", "scale": "deviation"}),
    _Panel("T1", SCORE_ERROR_TAIL, "error of the score without noise, tail", {"level": "0", "scale": "deviation"}),
    _Panel("T2", SHARE, "share of the smaller mode, exact scores", {"score": "exact"}),
    _Panel("T2", SHARE, "share of the smaller mode, learned scores", {"score": "learned"}),
    _Panel("T3", QUANTILES_AVERAGED, "stable data, squared log error of quantiles", {}),
    _Panel("T4", TOTAL_VARIATION, "nine modes, total variation of weights", {}),
    _Panel("T4", SLICED_DISTANCE, "nine modes, sliced Wasserstein distance", {}),
    _Panel("T5", SLICED_DISTANCE, "100 dimensions, sliced Wasserstein distance", {}),
    _Panel("T5", COVERAGE_ERROR, "100 dimensions, error of the tail's probability", {}),
    _Panel("T6", TAIL_DISTANCE, "distance of the tails", {}),
    _Panel("T7", RARE_SHARE, "share of the rare class", {}),
    _Panel("T8", PLUG_IN_ERROR, "error of the response, plug-in", {}),
    _Panel("T8", DEFAULT_ERROR, "error of the response, doubly robust", {}),
)
_COLUMNS = 3


def heavy_tail_figure(rows: Sequence[HeavyTailRow]) -> Figure:
    """Bars by law, one for each setting, with standard errors over the seeds; crosses are published or true values.

    Panels of tasks that the rows do not hold are left out.

    Args:
        rows: The rows of the study.

    Example:
        >>> row = HeavyTailRow("T4", "sampler=flow", "gaussian", TOTAL_VARIATION, 0.1, 0.01, 5, None, "")
        >>> len(heavy_tail_figure([row]).axes)
        1
    """
    shown = [(panel, mine) for panel in _PANELS if (mine := _chosen(rows, panel))]
    lines = max(math.ceil(len(shown) / _COLUMNS), 1)
    figure = Figure(figsize=(13.6, 3.4 * lines), layout="constrained")
    for place, (panel, mine) in enumerate(shown):
        ax = figure.add_subplot(lines, _COLUMNS, place + 1)
        _bars(ax, mine, panel.where)
        ax.set_title(f"{panel.task}: {panel.title}", loc="left", fontsize=9)
    return figure


def _chosen(rows: Sequence[HeavyTailRow], panel: _Panel) -> list[HeavyTailRow]:
    mine = [row for row in rows if (row.task, row.quantity) == (panel.task, panel.quantity) and row.seeds]
    return [row for row in mine if panel.where.items() <= setting_parts(row.setting).items()]


def _bars(ax: Axes, rows: Sequence[HeavyTailRow], common: dict[str, str]) -> None:
    laws = list(dict.fromkeys(row.law for row in rows))
    settings = list(dict.fromkeys(row.setting for row in rows))
    height = 0.8 / len(settings)
    for index, setting in enumerate(settings):
        mine = [row for row in rows if row.setting == setting]
        places = [laws.index(row.law) + height * (index - (len(settings) - 1) / 2) for row in mine]
        label = ", ".join(value for name, value in setting_parts(setting).items() if name not in common)
        errors = [row.stderr or 0.0 for row in mine]
        ax.barh(places, [row.value for row in mine], height, xerr=errors, label=label)
        known = [(row.reference, place) for row, place in zip(mine, places, strict=True) if row.reference is not None]
        ax.plot([value for value, _ in known], [place for _, place in known], "x", color="#111111", markersize=5)
    ax.set_yticks(range(len(laws)), [law_name(law) for law in laws], fontsize=8)
    ax.invert_yaxis()
    ax.legend(fontsize=6.5, frameon=False)
