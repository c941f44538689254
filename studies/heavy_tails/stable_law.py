"""T3: an isotropic stable law in the plane, with the published sizes, beside the published table.

Its variance is infinite: noise laws are matched by the median of their norm, and quality is measured by quantiles.
"""

import numpy as np
from jaxtyping import PRNGKeyArray

from fluctua.core import AbstractProgress, named_key
from fluctua.statistics import hill

from .data import draw_stable
from .fit import Range
from .generate import Setup, generate
from .metrics import quantile_error, tail_distance
from .names import SECOND_SAMPLE
from .plan import LOG_TRANSFORM, DrawnPlan, HeavyTailPlan
from .published import PUBLISHED_MSLE
from .quantities import QUANTILES_AVERAGED, QUANTILES_INTEGRAL, TAIL_DISTANCE, TAIL_INDEX
from .rows import HeavyTailRow, Measurement, Reference, rows_over_seeds, setting_text
from .seeds import every_seed, measured

_RANGE = Range(0.07, 150.0)
_ALPHA, _SCALE = 1.7, 0.1  # of the published data


def stable_law_rows(
    plan: HeavyTailPlan, key: PRNGKeyArray, progress: AbstractProgress | None = None
) -> list[HeavyTailRow]:
    """Errors of the upper quantiles of the drawn states by law, and of a second real sample.

    Args:
        plan: The sizes.
        key: Random key.
        progress: Where progress is shown.
    """
    size = plan.stable_law
    setup = Setup(size.network, _RANGE, size.levels, size.drawn, "median-norm", "heavy")

    def measure(law: str, own: PRNGKeyArray) -> list[Measurement]:
        def real(purpose: str, count: int) -> np.ndarray:
            return draw_stable(named_key(own, purpose), count, _ALPHA, _SCALE)

        test = real("test", size.drawn)
        measures = {
            QUANTILES_AVERAGED: lambda drawn: _over_variables(test, drawn).averaged,
            QUANTILES_INTEGRAL: lambda drawn: _over_variables(test, drawn).integral,
            TAIL_DISTANCE: lambda drawn: tail_distance(np.abs(test).ravel(), np.abs(drawn).ravel()),
            TAIL_INDEX: lambda drawn: hill(np.abs(drawn).ravel()),
        }
        if law == SECOND_SAMPLE:
            return measured(setting_text(sampler="none"), law, real("second", size.drawn), measures)
        drawn = generate(law, real("record", size.states), setup, named_key(own, "draws"))
        return [row for name, states in drawn.items() for row in measured(_setting(name), law, states, measures)]

    jobs = [*size.laws, LOG_TRANSFORM, SECOND_SAMPLE]
    return rows_over_seeds(
        "T3", every_seed("T3", size.seeds or plan.seeds, jobs, measure, key, progress), _references(size)
    )


def _setting(sampler: str) -> str:
    return setting_text(sampler=sampler)


def _over_variables(real: np.ndarray, drawn: np.ndarray):
    """The quantile error of all variables' absolute values together: the law is isotropic."""
    return quantile_error(np.abs(real).ravel(), np.abs(drawn).ravel())


def _references(size: DrawnPlan) -> dict[tuple[str, str], Reference]:
    known = {}
    for law in size.laws:
        alpha = 2.0 if law == "gaussian" else float(law.partition("alpha=")[2] or 0.0)
        if alpha in PUBLISHED_MSLE:
            known[law, QUANTILES_AVERAGED] = PUBLISHED_MSLE[alpha]
    known["", TAIL_INDEX] = Reference(_ALPHA, "index of the data")
    return known
