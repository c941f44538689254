"""What results draw, write and say, registered as views: results themselves know nothing of figures and pages."""

from typing import Any

import numpy as np

from ..core import register
from ..results import DrawnStates, FittedScore, Kind, ResponseResult
from ._curves import label_curve, legend_handles, plot_response, response_figure
from ._leading import leading_sentence
from ._maps import field_figure
from ._page import write_report
from ._shown import field_parts
from ._style import GAUSSIAN, OURS, PLAIN, new_panel, style
from ._words import reading, title

_POINTS = 200

register("view", "response report", summary="one self-contained page")(write_report)


@register("view", "response summary", summary="question and answer in words")
def summary_lines(result: ResponseResult) -> list[str]:
    """The question, the answer, and which estimate leads."""
    return [line for line in (title(result), reading(result), leading_sentence(result)) if line]


@register("view", "response", summary="curves, or maps of a field")
def draw_response(result: ResponseResult, ax: Any, push: str | None, observable: str | None, kind: Kind) -> Any:
    """One curve on axes, or a figure of all; a field is drawn as a figure of its own."""
    if result.is_whole_field:
        parts = dict(field_parts(result))
        part = parts[observable] if observable is not None else next(iter(parts.values()))
        return field_figure(part, push or result.pushes[0])
    if ax is None and push is None and observable is None:
        return response_figure(result, kind)
    pair = push or result.pushes[0], observable or result.observables[0]
    with style():
        if ax is None:
            ax = new_panel()
            handles = legend_handles(result, kind)
            ax.figure.legend(handles=handles, loc="upper left", ncols=len(handles))
        label_curve(ax, result, *pair, kind)
        return plot_response(result, *pair, ax=ax, kind=kind)


@register("view", "score", summary="a score along each variable")
def draw_score(fitted: FittedScore, states: np.ndarray, ax: Any) -> Any:
    """The score along each variable through the mean of the states, in units of their standard deviations."""
    with style():
        ax = new_panel() if ax is None else ax
        mean, deviation = states.mean(axis=0), states.std(axis=0)
        steps = np.linspace(-3.0, 3.0, _POINTS)
        for index, name in enumerate(fitted.names[:6]):
            along = np.tile(mean, (_POINTS, 1))
            along[:, index] += steps * deviation[index]
            ax.plot(steps, fitted(along)[:, index] * deviation[index], label=name)
        ax.set_xlabel("distance from the mean (standard deviations)")
        ax.set_ylabel("score")
        ax.legend()
    return ax


@register("view", "drawn states", summary="quantiles of record and drawn states")
def draw_quantiles(drawn: DrawnStates, ax: Any, variable: str | None) -> Any:
    """Quantiles of the drawn states against those of the record, of one variable."""
    index = 0 if variable is None else drawn.names.index(variable)
    with style():
        ax = new_panel(4.0, 3.2) if ax is None else ax
        record, ours = drawn.agreement.record_quantiles[index], drawn.agreement.drawn_quantiles[index]
        ax.plot(record, record, color=GAUSSIAN, linewidth=0.9)
        ax.plot(record, ours, color=OURS, marker="o", linestyle="none")
        ax.set_xlabel(f"{drawn.names[index]}: quantiles of the record", **PLAIN)
        ax.set_ylabel("quantiles of the drawn states")
    return ax
