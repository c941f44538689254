"""From a record of a list of variables to responses with bands, on plain arrays."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, PRNGKeyArray

from ..certify import ScoreCheck, check_score
from ..core import AbstractProgress, AbstractStored, SilentProgress, States, in_memory, named_key
from ..features import FarTails, Terms
from ..scores import AbstractScore, fit_gaussian, gaussian_of_moments
from ..statistics import (
    FAR,
    MOST_NUMBERS,
    Delays,
    FoldPlan,
    Timescales,
    equal_members,
    has_heavy_tails,
    plan_folds,
    reach,
    stretches,
    timescales,
)
from ..training import CrossFit, RecordFolds, crossfit
from ._conjugate_memory import first_memory
from ._conjugates import Conjugates
from ._delays import DelayTable, delay_table
from ._estimator import OWN_SHARE, Learned, calibration_sums, learn, representer
from ._functions import response_functions
from ._instruments import DELAY, seen_through_noise
from ._markov import deciding_lags
from ._moments import moments_of_record
from ._response import Responses, ScoreSummary, estimate_responses
from ._signs import RecordSigns, look_for_signs
from ._superposition import MOST_APART, parts_of, superposed
from ._variables import VariableBlocks
from .expressions import AbstractPush, DelayedPush, PushVectors, pushed_variables

_NUMBERS = 1e7  # numbers in one lagged table of all functions, of which there is one for every fold and neighbourhood
_BLOCKS = 192  # blocks of time, a third of which is the number of cosines behind a band
_LONGEST = 1 << 15  # steps of a block of time, so that its functions fit into memory; longer only with long lags
_CALIBRATION_STATES = 400_000  # more states than this bring nothing to a calibration of at most a few hundred functions
_FOLDS_OF_A_GIVEN_SCORE = 4
OF_FUNCTIONS = ("auto", "gaussian", "dictionary")  # scores that add nothing but noise to functions of their own kind


class VariableDetails(NamedTuple):
    """What is known besides of a list of variables.

    Attributes:
        heavy_tails: Whether moments up to the sixth are not to be trusted.
        check: Marginal densities and tails under the score.
        signs: Signs that the record cannot carry the answer.
        delays: The answer with more and less history, where it was asked for.
    """

    heavy_tails: bool
    check: ScoreCheck
    signs: RecordSigns
    delays: DelayTable | None


def respond_to_pushes(
    values: Float[np.ndarray, "member time d"] | AbstractStored,
    observables: Float[np.ndarray, "member time p"] | AbstractStored,
    *,
    pushes: tuple[AbstractPush, ...],
    max_lag: int,
    score: str | AbstractScore = "auto",
    key: PRNGKeyArray,
    degree: int | None = None,
    borders: Sequence[int] = (),
    features: str = "auto",
    noisy: bool = False,
    delays: Delays | None = None,
    progress: AbstractProgress | None = None,
) -> Responses:
    """Estimate the response of observables to pushes from a record of the unperturbed system.

    The sums behind the answer are over all states. What is chosen for them (functions, their scales, times, the score
    of the checks) and what is tested is taken from a part of a long record (``fluctua.statistics.stretches``).

    Args:
        values: The record, shape ``(member, time, d)``, in memory or stored.
        observables: Observables along the record, shape ``(member, time, p)``.
        pushes: The pushes.
        max_lag: Largest lag in steps.
        score: Name of a family of scores, ``"auto"``, or a score; with delays a name.
        key: Random key; the same key and record give the same numbers.
        degree: Total degree of the calibration dictionary (and of a dictionary score); by default up to 3, as far as
            the effective sample size carries it.
        borders: Steps at which a new piece of the record begins: no pair of states crosses them.
        features: Which functions are used (``KINDS``), by default as many as the record carries.
        noisy: Whether the record has white noise of the measurement, to be kept out by instruments (``_instruments``);
            with functions alone, pushes that are the same in every state, and no borders.
        delays: Earlier states by which the state is extended, and a table of other numbers of them (``_delays``); with
            no borders.
        progress: Where progress is shown.

    Returns:
        The estimate with its diagnostics. Cost linear in the length of the record.
    """
    own = Delays() if delays is None else delays
    options: dict[str, Any] = {"pushes": pushes, "max_lag": max_lag, "key": key, "degree": degree}
    options |= {"borders": borders, "features": features, "noisy": noisy, "progress": progress or SilentProgress()}
    responses, fit, lags = _estimate(values, observables, own, own.span, score=score, **options)
    table = None
    if delays is not None:
        # Scores that the answer makes no use of are not chosen again.
        plain = "gaussian" if score in OF_FUNCTIONS else score

        def answer(other: Delays, start: int) -> Responses:
            return _estimate(values, observables, other, start, score=plain, **options)[0]

        table = delay_table(delays, responses, values.shape[1] // 2 - max_lag, answer)
    recorded = _looked_at(_from(values, own.span), borders)
    states = _looked_at(own.extended(values), borders) if own.count else recorded
    memory, folds, size = responses.times.decorrelation, responses.plan.folds, responses.times.effective_size
    blocks = responses.plan.blocks if states.whole else states.plan(folds, lags, memory).blocks
    pieces = [states.values[block.member, block.start : block.stop] for block in blocks]
    check = check_score(pieces, [fit.scores[block.fold] for block in blocks], size, recorded.values.shape[2])
    step = max(1, int(np.median(responses.headline.steps)))
    moved = pushed_variables(PushVectors(pushes, recorded.values.shape[2]), recorded.values)
    signs = look_for_signs(recorded.even, step, moved, noisy=noisy, delays=delays)
    return responses._replace(details=VariableDetails(has_heavy_tails(recorded.values, size), check, signs, table))


class _Part(NamedTuple):
    """What is looked at of a record: all of a short one, with the steps at which pieces begin; stretches of a long one.

    Attributes:
        values: Shape ``(member or stretch, time, d)``.
        borders: Steps at which a new piece begins.
        whole: Whether it is all.
    """

    values: np.ndarray
    borders: Sequence[int]
    whole: bool

    @property
    def even(self) -> np.ndarray:
        """The same in equal members."""
        return equal_members(self.values, self.borders)

    def plan(self, folds: int, max_lag: int, decorrelation: float) -> FoldPlan:
        """Blocks and folds of stretches, of which each fold lies in that of the record."""
        members, steps = self.values.shape[:2]
        memory = 2 * decorrelation
        return plan_folds(members, steps, max_lag=max_lag, memory=memory, folds=folds, target=_BLOCKS)


def _looked_at(values: States, borders: Sequence[int], beside: States | None = None) -> _Part:
    taken = values if beside is None else beside
    if values.size <= MOST_NUMBERS:
        return _Part(in_memory(taken), borders, True)
    if borders:
        values, taken = (equal_members(table, borders) for table in (values, taken))
    return _Part(stretches(values, beside=taken), (), False)


def _from(values: States, start: int) -> Any:
    """The record from a step of each member on."""
    return values.later(start) if isinstance(values, AbstractStored) else values[:, start:]


def _times(values: States, part: _Part) -> Timescales:
    found = timescales(part.values, part.borders)
    states = values.shape[0] * values.shape[1]
    return found._replace(effective_size=states / (2 * found.decorrelation))


def _estimate(
    values: States,
    observables: States,
    delays: Delays,
    start: int,
    *,
    pushes: tuple[AbstractPush, ...],
    max_lag: int,
    score: str | AbstractScore,
    key: PRNGKeyArray,
    degree: int | None,
    borders: Sequence[int],
    features: str,
    noisy: bool,
    progress: AbstractProgress,
) -> tuple[Responses, CrossFit, int]:
    """The estimate without details, for origins from so many steps of each member on; the scores behind it; and up to
    which lag these are kept apart: each answer is made so far that nothing depends on how many lags are asked for."""
    recorded, observables = _from(values, start), _from(observables, start)
    looked = _looked_at(recorded, borders)
    times, present = _times(recorded, looked), values.shape[2]
    values = delays.extended(_from(values, start - delays.span)) if delays.count else recorded
    if delays.count:
        pushes = tuple(DelayedPush(push, present) for push in pushes)
    members, steps, dimension = values.shape
    looked = _looked_at(values, borders)
    if looked.whole:
        far_out, mean = reach(looked.values), None
        gaussian = fit_gaussian(looked.values.reshape(-1, dimension), times.effective_size)
    else:
        moments = moments_of_record(values, observables, looked.values.mean(axis=(0, 1)))
        far_out, mean = moments.reach, moments.observed
        gaussian = gaussian_of_moments(moments.mean, moments.covariance, times.effective_size)
    far = bool(np.any(far_out > FAR))
    tails = FarTails(far_out, members * steps) if far else None
    linear = Terms.linear(looked.even.reshape(-1, dimension), tails)
    parts, weights = parts_of(pushes, dimension)
    apart = [parts] if len(parts) > MOST_APART else [(part,) for part in parts]
    memories = [first_memory(looked.even, PushVectors(own, dimension), linear) for own in apart]
    pieces = np.diff([0, *borders, steps])
    each = [max(max_lag, deciding_lags(memory, pieces)) for memory in memories]
    # A score that is part of the answers is kept apart from what any of them looks at.
    based, longest = score not in OF_FUNCTIONS, max(each)

    def plan_for(folds: int, lags: int) -> FoldPlan:
        memory = 2 * times.decorrelation
        delayed = steps - (DELAY if noisy else 0)
        target = max(_BLOCKS, members * steps // max(_LONGEST, 4 * max_lag))
        return plan_folds(members, delayed, max_lag=lags, memory=memory, folds=folds, target=target, borders=borders)

    def cut(folds: int) -> RecordFolds:
        plan = plan_for(folds, longest) if looked.whole else looked.plan(folds, longest, times.decorrelation)
        size = times.effective_size * looked.values[..., 0].size / (members * steps)
        return RecordFolds(looked.values, plan, size, far_tails=far, degree=degree)

    fit_key = named_key(key, "score")
    if isinstance(score, AbstractScore):
        fit = CrossFit.of_given(score, cut(_FOLDS_OF_A_GIVEN_SCORE), fit_key)
    else:
        fit = crossfit(cut, score, key=fit_key, progress=progress)
    loss, stderr = fit.loss()
    summary = ScoreSummary(fit.method, fit.scores, loss, stderr, float(fit.gaussian_losses.mean()))

    def answer(own: tuple[AbstractPush, ...], memory: float, lags: int) -> Responses:
        vectors, plan = PushVectors(own, dimension), plan_for(len(fit.scores), longest if based else lags)
        functions = response_functions(
            looked.even,
            _looked_at(values, borders, observables).even,
            vectors,
            degree=degree,
            kind=features,
            linear=linear,
            memory=memory,
            most=_NUMBERS / ((lags + 1) * observables.shape[2]),
            present=present,
            states=members * steps,
        )
        if noisy:
            functions = seen_through_noise(looked.even, functions)
        blocks = VariableBlocks(values, observables, vectors, functions, gaussian, DELAY if noisy else 0, mean)
        learned = learn(blocks, plan, np.arange(lags + 1), progress)
        conjugates = _conjugates(blocks, plan, learned, fit, based=based, progress=progress)
        found, _ = estimate_responses(blocks, plan, lags, conjugates, learned, summary, times, progress)
        return found.up_to(max_lag)

    answers = [answer(*one) for one in zip(apart, memories, each, strict=True)]
    return superposed(answers, weights), fit, longest


def _conjugates(
    blocks: VariableBlocks,
    plan: FoldPlan,
    learned: Learned,
    fit: CrossFit,
    *,
    based: bool,
    progress: AbstractProgress,
) -> Conjugates:
    """The functions for themselves, or added to a score that was asked for."""
    if based:
        sums = calibration_sums(blocks, plan, fit.nested, _CALIBRATION_STATES, progress, fit.scores)
        *weights, whole = [representer(blocks, parts) for parts in sums]
    else:
        folds = (*range(plan.folds), None)
        *weights, whole = [representer(blocks, learned.parts(blocks, fold, OWN_SHARE)) for fold in folds]
    return Conjugates(fit.scores, weights, whole, based)
