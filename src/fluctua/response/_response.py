"""What an estimate of responses is, and the part of making one that lists of variables and fields share."""

from typing import NamedTuple

import numpy as np

from ..core import AbstractProgress
from ..features import total
from ..scores import AbstractScore
from ..statistics import Estimate, FoldPlan, Timescales
from ._blocks import AbstractBlocks
from ._combine import combine
from ._estimator import Averages, Conjugates, Learned, average
from ._methods import methods_named

_NAMES = ("gaussian", "plug-in", "doubly robust")


class ScoreSummary(NamedTuple):
    """The score behind a response.

    Attributes:
        method: Family.
        scores: The score of each fold.
        loss: Held-out loss; for a homogeneous field per grid point, in units of the inverse variance.
        loss_stderr: Its standard error.
        gaussian_loss: The same of the Gaussian score.
    """

    method: str
    scores: list[AbstractScore]
    loss: float
    loss_stderr: float
    gaussian_loss: float


class Responses(NamedTuple):
    """Responses of a list of variables or of a field, on plain arrays.

    The shape of a curve is ``(pushes, lags, observables)``, or ``(pushed channels, lags, observed channels, *grid)``
    over the offset from the pushed point.

    Attributes:
        impulse: The impulse response: the doubly robust estimate, for a list of variables combined with the classical
            one as far as the two agree (``_combine``).
        robust: The doubly robust estimate alone.
        weight: Its weight in the combination, shape ``(pushes, observables)``; none where nothing is combined.
        gaussian: The classical response.
        plug_in: $\\langle A_t \\hat B \\rangle$ with the conjugate observable of the score as it is.
        score: The score behind it.
        times: Memory of the record in steps, effective number of independent states.
        plan: Blocks and folds.
        functions: Number of functions of calibration and regression.
        regression_lags: Lags at which the regression was learned, in steps; linear between them.
        defect_before: Stein defect of the score as fitted, per push, zero for the true score.
        defect_after: The same after calibration, on folds that the calibration has not seen.
        details: What else is known of a list of variables or of a field.
    """

    impulse: Estimate
    robust: Estimate
    weight: np.ndarray | None
    gaussian: np.ndarray
    plug_in: np.ndarray
    score: ScoreSummary
    times: Timescales
    plan: FoldPlan
    functions: int
    regression_lags: np.ndarray
    defect_before: np.ndarray
    defect_after: np.ndarray
    details: object


def estimate_responses(
    blocks: AbstractBlocks,
    plan: FoldPlan,
    max_lag: int,
    conjugates: Conjugates,
    learned: Learned,
    score: ScoreSummary,
    times: Timescales,
    progress: AbstractProgress,
) -> tuple[Responses, Averages]:
    """The second pass and the combination, on curves by block: ``(lags, k, p, q)``."""
    size = times.effective_size
    blocks.fit_gaussian(total(learned.parts(blocks, None)))
    names = (*_NAMES, "gaussian influence") if blocks.combined else _NAMES
    found = average(blocks, plan, max_lag, methods_named(*names), conjugates, learned, size, progress)
    fitted = blocks.shape[3] - 1 if blocks.combined else 0
    robust = found.means["doubly robust"].estimate(fitted).map(blocks.curves)
    gaussian, plug_in = (blocks.curves(found.means[name].estimate().value) for name in ("gaussian", "plug-in"))
    impulse, weight = robust, None
    if blocks.combined:
        influence = found.means["gaussian influence"].estimate(blocks.linear - 1).map(blocks.curves)
        impulse, weight = combine(robust, influence._replace(value=gaussian))
    before, after = (blocks.stein_defect(table, found.slopes) for table in found.linear)
    functions = blocks.shape[3] - (1 if blocks.combined else 0)
    responses = Responses(
        impulse, robust, weight, gaussian, plug_in, score, times, plan, functions, learned.lags, before, after, None
    )
    return responses, found
