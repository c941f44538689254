"""What an estimate of responses is, and the part of making one that lists of variables and fields share."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..core import AbstractProgress
from ..features import total
from ..scores import AbstractScore
from ..statistics import Estimate, FoldPlan, Timescales, with_flat_spectrum
from ._blocks import AbstractBlocks
from ._conjugates import Conjugates
from ._estimator import Averages, Learned, average, carry, unreached
from ._headline import Candidate, Headline, choose_headline, lasting, lengthened, settled, up_to
from ._markov import LONGER, SHARES, markov_name
from ._methods import METHODS


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
        headline: The Markov estimate and what leads, with the test that decides (``_headline``).
        robust: The doubly robust estimate (1), which assumes stationarity alone.
        gaussian: The classical response, with its own band.
        plug_in: $\\langle A_t \\hat B \\rangle$ with the conjugate observable of the score as it is.
        score: The score behind it.
        times: Memory of the record in steps, effective number of independent states.
        plan: Blocks and folds.
        functions: Number of functions of calibration and regression.
        regression_lags: Lags at which the regression was learned, in steps; linear between them.
        defect_before: Stein defect of the score as fitted, per push, zero for the true score.
        defect_after: The same after calibration, with the weights behind the band, in which the states of a fold count
            by a share: what is learned by heart shows in part.
        defect_chance: By how much the conjugate observable of a Gaussian misses the same identities by chance, root
            mean square, per push: with so much the true one would be met as well. Zero for fields.
        details: What else is known of a list of variables or of a field.
    """

    headline: Headline
    robust: Estimate
    gaussian: Estimate
    plug_in: np.ndarray
    score: ScoreSummary
    times: Timescales
    plan: FoldPlan
    functions: int
    regression_lags: np.ndarray
    defect_before: np.ndarray
    defect_after: np.ndarray
    defect_chance: np.ndarray
    details: object

    @property
    def impulse(self) -> Estimate:
        """The impulse response: the estimate that leads."""
        return self.headline.impulse

    @property
    def markov(self) -> Estimate:
        """The Markov estimate (2)."""
        return self.headline.markov

    @property
    def outer(self) -> Estimate:
        """The estimate with the wider band, which assumes stationarity alone."""
        return self.robust

    def up_to(self, max_lag: int) -> "Responses":
        """The lags up to so many steps alone."""
        leading, kept = self.headline, slice(max_lag + 1)
        return self._replace(
            headline=leading._replace(impulse=up_to(leading.impulse, max_lag), markov=up_to(leading.markov, max_lag)),
            robust=up_to(self.robust, max_lag),
            gaussian=up_to(self.gaussian, max_lag),
            plug_in=self.plug_in[:, kept],
            regression_lags=self.regression_lags[self.regression_lags <= max_lag],
        )


def estimate_responses(
    blocks: AbstractBlocks,
    plan: FoldPlan,
    max_lag: int,
    conjugates: Conjugates,
    learned: Learned,
    score: ScoreSummary,
    times: Timescales,
    progress: AbstractProgress,
    *,
    shares: Sequence[float] = SHARES,
    longer: Sequence[float] = LONGER,
    shortest: int = 1,
) -> tuple[Responses, Averages]:
    """The last two passes and what leads; the Markov estimate steps by such ``shares`` of its memory.

    At longer lags it may also step by ``longer`` ones.
    """
    blocks.fit_gaussian(total(learned.parts(blocks, None)), plan, progress)
    carried = carry(blocks, plan, conjugates, max_lag, progress) if max_lag > 1 else None
    ladder = carried.ladder(max_lag, shares, shortest) if carried is not None else ()
    steps = (*ladder, *carried.longer(max_lag, ladder, longer)) if carried is not None else ()
    found = average(blocks, plan, max_lag, METHODS, conjugates, learned, progress, carried, steps)

    def curves(name: str) -> Estimate:
        return blocks.with_known(found.means[name].estimate()).map(blocks.curves)

    def candidate(name: str) -> Candidate:
        return Candidate(curves(name), blocks.curves(found.means[name].offset()))

    robust = candidate("doubly robust")
    if blocks.coarser and not conjugates.based:
        moved = blocks.curves(unreached(blocks, learned))
        robust = robust._replace(unreached=moved if carried is None else lasting(moved, carried.memory))
    candidates = lengthened([candidate(markov_name(step)) for step in steps], steps)[: len(ladder)]
    horizon = max_lag if carried is None else carried.horizon(max_lag, ladder)
    gaussian = curves("gaussian influence")._replace(value=curves("gaussian").value)
    headline = choose_headline(robust, gaussian, candidates, ladder, horizon)
    before, after = (blocks.stein_defect(table, found.slopes) for table in found.linear)
    chance = with_flat_spectrum(found.chance, (0, 1, 2)).factor if len(found.chance.factor) else found.chance.factor
    squares = [blocks.stein_defect(found.slopes + row, found.slopes) ** 2 for row in chance]
    by_chance = np.sqrt(np.sum([np.zeros_like(after), *squares], axis=0))
    functions = blocks.shape[3] - (1 if blocks.constant_leads else 0)
    responses = Responses(
        headline, robust.settled(), settled(gaussian), curves("plug-in").value, score, times, plan, functions,
        learned.lags, before, after, by_chance, None,
    )  # fmt: skip
    return responses, found
