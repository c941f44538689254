"""T4 and T5: mixtures whose modes have different weights, or stable components in many dimensions."""

import numpy as np
from jaxtyping import PRNGKeyArray

from fluctua.core import AbstractProgress, named_key

from .data import StableMixture, stable_mixture, weighted_grid
from .discrepancy import median_distance, squared_discrepancy
from .fit import Range
from .generate import Setup, generate
from .metrics import marginal_wasserstein, mode_shares, sliced_wasserstein, tail_coverage_error, total_variation
from .names import SECOND_SAMPLE
from .plan import LOG_TRANSFORM, HeavyTailPlan
from .precision_recall import PrecisionRecall, mode_bins, precision_recall, true_mode_bins
from .published import GRID_DEVIATION
from .quantities import (
    COVERAGE_ERROR,
    DISCREPANCY,
    MARGINAL_DISTANCE,
    MODE_PRECISION,
    MODE_RECALL,
    SLICED_DISTANCE,
    TOTAL_VARIATION,
)
from .rows import HeavyTailRow, Measurement, Reference, rows_over_seeds, setting_text
from .seeds import every_seed, measured

_GRID_RANGE = Range(0.025, 20.0)
_MIXTURE_RANGE = Range(0.05, 60.0)


def weighted_grid_rows(
    plan: HeavyTailPlan, key: PRNGKeyArray, progress: AbstractProgress | None = None
) -> list[HeavyTailRow]:
    """T4: weights of the nine modes, precision and recall, and distances from the data, by law.

    Args:
        plan: The sizes.
        key: Random key.
        progress: Where progress is shown.
    """
    size, grid = plan.grid, weighted_grid()
    setup = Setup(size.network, _GRID_RANGE, size.levels, size.drawn)
    truth = true_mode_bins(grid.weights)

    def of_modes(drawn: np.ndarray) -> PrecisionRecall:
        return precision_recall(truth, mode_bins(drawn, grid.means, GRID_DEVIATION))

    def measure(law: str, own: PRNGKeyArray) -> list[Measurement]:
        test = grid.draw(named_key(own, "test"), size.drawn)
        measures = {
            TOTAL_VARIATION: lambda drawn: total_variation(mode_shares(drawn, grid.means), grid.weights),
            MODE_RECALL: lambda drawn: of_modes(drawn).recall,
            MODE_PRECISION: lambda drawn: of_modes(drawn).precision,
            MARGINAL_DISTANCE: lambda drawn: marginal_wasserstein(test, drawn),
            SLICED_DISTANCE: lambda drawn: sliced_wasserstein(test, drawn),
        }
        if law == SECOND_SAMPLE:
            return measured(
                setting_text(sampler="none"), law, grid.draw(named_key(own, "second"), size.drawn), measures
            )
        drawn = generate(law, grid.draw(named_key(own, "record"), size.states), setup, named_key(own, "draws"))
        return [row for name, states in drawn.items() for row in measured(f"sampler={name}", law, states, measures)]

    jobs = [*size.laws, SECOND_SAMPLE]
    best = Reference(1.0, "the mixture itself")
    references = {("", MODE_RECALL): best, ("", MODE_PRECISION): best}
    return rows_over_seeds("T4", every_seed("T4", plan.seeds, jobs, measure, key, progress), references)


def stable_mixture_rows(
    plan: HeavyTailPlan,
    key: PRNGKeyArray,
    progress: AbstractProgress | None = None,
    data: StableMixture | None = None,
) -> list[HeavyTailRow]:
    """T5: distances from a stable mixture in many dimensions, and the probability of its tail, by law.

    The states have no variance; the discrepancy has a Gaussian kernel as wide as the median distance of real states.

    Args:
        plan: The sizes.
        key: Random key.
        progress: Where progress is shown.
        data: The mixture, by default that in 100 dimensions.
    """
    size, mixture = plan.stable_mixture, data or stable_mixture()
    setup = Setup(size.network, _MIXTURE_RANGE, size.levels, size.drawn, "median-norm", "heavy")

    def measure(law: str, own: PRNGKeyArray) -> list[Measurement]:
        test = mixture.draw(named_key(own, "test"), size.drawn)
        norms, scale = np.linalg.norm(test, axis=1), median_distance(test)
        measures = {
            SLICED_DISTANCE: lambda drawn: sliced_wasserstein(test, drawn),
            COVERAGE_ERROR: lambda drawn: tail_coverage_error(norms, np.linalg.norm(drawn, axis=1)),
            DISCREPANCY: lambda drawn: squared_discrepancy(test, drawn, scale),
        }
        if law == SECOND_SAMPLE:
            second = mixture.draw(named_key(own, "second"), size.drawn)
            return measured(setting_text(sampler="none"), law, second, measures)
        drawn = generate(law, mixture.draw(named_key(own, "record"), size.states), setup, named_key(own, "draws"))
        return [row for name, states in drawn.items() for row in measured(f"sampler={name}", law, states, measures)]

    jobs = [*size.laws, LOG_TRANSFORM, SECOND_SAMPLE]
    return rows_over_seeds("T5", every_seed("T5", plan.seeds, jobs, measure, key, progress))
