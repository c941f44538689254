"""T6: data with power-law tails, and with tails of very different widths: moments and tails of what is drawn."""

from collections.abc import Callable

import numpy as np
from jaxtyping import PRNGKeyArray

from fluctua.core import AbstractProgress, named_key
from fluctua.statistics import hill

from .data import draw_funnel, draw_student
from .fit import Range
from .generate import Setup, generate
from .metrics import kurtosis_ratio, marginal_wasserstein, skewness_ratio, tail_distance
from .names import SECOND_SAMPLE
from .plan import LOG_TRANSFORM, HeavyTailPlan
from .quantities import KURTOSIS_ERROR, MARGINAL_DISTANCE, SKEWNESS_ERROR, TAIL_DISTANCE, TAIL_INDEX, TAIL_INDEX_ERROR
from .rows import HeavyTailRow, Measurement, rows_over_seeds, setting_text
from .seeds import every_seed, measured

_RANGE = Range(0.05, 40.0)
_DEGREES, _DIMENSION = 3.0, 2  # of the Student-t data


def tail_rows(plan: HeavyTailPlan, key: PRNGKeyArray, progress: AbstractProgress | None = None) -> list[HeavyTailRow]:
    """Moments, tail and tail index of the drawn states, by data set and law, beside a second real sample.

    Args:
        plan: The sizes.
        key: Random key.
        progress: Where progress is shown.
    """
    size = plan.tails
    setup = Setup(size.network, _RANGE, size.levels, size.drawn, tails="heavy")
    data: dict[str, Callable[[PRNGKeyArray, int], np.ndarray]] = {
        f"Student-t, {_DEGREES:g} degrees of freedom": lambda own, count: draw_student(
            own, count, _DEGREES, _DIMENSION
        ),
        "funnel": lambda own, count: draw_funnel(own, count, size.funnel_dimension),
    }

    def measure(job: tuple[str, str], own: PRNGKeyArray) -> list[Measurement]:
        name, law = job
        test = data[name](named_key(own, "test"), size.drawn)
        index = hill(np.abs(test).ravel())
        measures = {
            KURTOSIS_ERROR: lambda drawn: kurtosis_ratio(test, drawn),
            SKEWNESS_ERROR: lambda drawn: skewness_ratio(test, drawn),
            TAIL_DISTANCE: lambda drawn: tail_distance(np.abs(test).ravel(), np.abs(drawn).ravel()),
            TAIL_INDEX: lambda drawn: hill(np.abs(drawn).ravel()),
            TAIL_INDEX_ERROR: lambda drawn: abs(hill(np.abs(drawn).ravel()) / index - 1.0),
            MARGINAL_DISTANCE: lambda drawn: marginal_wasserstein(test, drawn),
        }
        if law == SECOND_SAMPLE:
            second = data[name](named_key(own, "second"), size.drawn)
            return measured(setting_text(data=name, sampler="none"), law, second, measures)
        drawn = generate(law, data[name](named_key(own, "record"), size.states), setup, named_key(own, "draws"))
        return [
            row
            for sampler, states in drawn.items()
            for row in measured(setting_text(data=name, sampler=sampler), law, states, measures)
        ]

    jobs = [(name, law) for name in data for law in (*size.laws, LOG_TRANSFORM, SECOND_SAMPLE)]
    return rows_over_seeds("T6", every_seed("T6", plan.seeds, jobs, measure, key, progress))
