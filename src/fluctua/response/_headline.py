r"""Which of two estimates leads: the Markov one where the record lets it stand, the robust one elsewhere.

The doubly robust estimate $K_{DR}$ (1) assumes stationarity alone. The Markov one $K_M$ (2) is quieter, and wrong where
the recorded state is not Markov or its functions are not carried over by a step s. Both are averages over the same
record, so the covariance of their difference $\Delta = K_M - K_{DR}$ comes from the same sums: a Chapman-Kolmogorov
test, Hotelling's on the leading $m \le 3$ directions $v_i$ of that covariance with $\nu$ degrees of freedom,

$$ T^2 = \sum_{i \le m} \frac{(v_i \cdot \Delta)^2}{\lambda_i}, \qquad
   \frac{\nu - m + 1}{\nu m}\, T^2 \sim F(m, \nu - m + 1), \tag{3} $$

and, for differences in directions of little variance, the largest $|\Delta|$ in its standard errors over lags and grid;
the smaller of both p-values counts twice.

Of several steps that the test lets stand, each has an estimated mean square error: its variance and the square of its
bias, which is what the squared difference from an estimate with a longer step exceeds a quantile of its noise by, that
of chi squared with as many degrees of freedom as the noise has directions. The longest step whose error is not much
above the smallest is taken: a longer one leans less on how well functions are carried over. Only lags within twelve
memories of B are tested and decide, and every answer is made as far (``deciding_lags``), so that nothing changes with
the largest lag that is asked for.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy.special
from jaxtyping import Bool, Float, Int

from ..statistics import Estimate, with_flat_spectrum
from ._markov import PASSES

LEVEL = 0.01  # of the test for one push and observable, below which the robust estimate leads
_DIRECTIONS = 3
_LONGER = 1.2  # times the smallest mean square error that a longer step may cost
_FAR_QUIETER = 0.5  # in mean square error
_CHANCE = 0.14  # by which a squared difference is as large as what is not yet a bias; of a longer step
_SMALL_CHANCE = 0.003  # the same of the classical response, which is that of many systems
_LARGEST_PULL = 1.5  # standard errors
_LITTLE = 0.15  # of the standard error, that a longer step at a longer lag may cost
_SHARE = 0.05  # of the variance that a direction has to carry


class Candidate(NamedTuple):
    """An estimate of curves ``(pushes, lags, observables, *grid)``.

    Attributes:
        estimate: With one row of the factor for every cosine.
        offset: The change of the estimate with the coefficients behind its band, in which the states of a fold count by
            a share: what is learned by heart shows in it, and it is one more row of the band.
        unreached: By how much the last functions moved it at this lag or a little before (``lasting``), which further
            ones may do again: one more row, where it is known.
    """

    estimate: Estimate
    offset: np.ndarray
    unreached: np.ndarray | None = None

    def settled(self) -> Estimate:
        """With as many cosines as the spectrum of each push and observable allows, and both further rows."""
        found = settled(self.estimate).widened(self.offset)
        return found if self.unreached is None else found.widened(self.unreached)


class Headline(NamedTuple):
    """What leads, and why.

    Attributes:
        impulse: The estimate that leads, for each push and observable.
        markov: The Markov estimate with the step that was taken.
        steps: That step, shape ``(pushes, observables)``; zero where there is none.
        leads: Whether the Markov estimate is the better one, shape ``(pushes, observables)``.
        pulled: Whether it is pulled towards the classical response, which is far quieter there and no further away than
            noise.
        p_values: Of the Chapman-Kolmogorov test, shape ``(pushes, observables)``.
    """

    impulse: Estimate
    markov: Estimate
    steps: Int[np.ndarray, "q p"]
    leads: Bool[np.ndarray, "q p"]
    pulled: Bool[np.ndarray, "q p"]
    p_values: Float[np.ndarray, "q p"]

    @property
    def p_value(self) -> float:
        """Of all pushes and observables together, by Bonferroni's inequality."""
        return float(min(1.0, self.p_values.size * self.p_values.min()))


def choose_headline(
    robust: Candidate, gaussian: Estimate, candidates: Sequence[Candidate], ladder: Sequence[int], horizon: int
) -> Headline:
    """Choose a step for each push and observable, test it, and let the better estimate lead.

    Args:
        robust: $K_{DR}$.
        gaussian: The classical response.
        candidates: $K_M$ for each step of the ladder.
        ladder: The steps, rising.
        horizon: The largest lag that decides about a step.
    """
    shape = robust.offset.shape[0], robust.offset.shape[2]
    if candidates:
        early = [_early(each, horizon) for each in (*candidates, robust)]
        errors = np.array([_error(early[place:]) for place in range(len(candidates))])
        tests = np.array(
            [chapman_kolmogorov(*(up_to(one.estimate, horizon) for one in (robust, each))) for each in candidates]
        )
        # Those that the test lets stand; all where it refuses them all.
        errors = np.where((tests > LEVEL) | np.all(tests <= LEVEL, axis=0), errors, np.inf)
        near = errors <= _LONGER * errors.min(axis=0)
        chosen = len(ladder) - 1 - near[::-1].argmax(axis=0)
        markov, steps = _pick(candidates, chosen), np.asarray(ladder)[chosen]
        p_values = np.take_along_axis(tests, chosen[None], axis=0)[0]
        leads = p_values > LEVEL
    else:
        markov, steps = robust, np.zeros(shape, int)
        p_values, leads = np.ones(shape), np.zeros(shape, bool)
    best = _pick([robust, markov], leads.astype(int))
    own, quiet = _early(best, horizon), _early(Candidate(gaussian, np.zeros_like(gaussian.value)), horizon)
    pulled = _error([quiet, own], _SMALL_CHANCE) < _FAR_QUIETER * _error([own])
    return Headline(_pull(best.settled(), gaussian, pulled), markov.settled(), steps, leads, pulled, p_values)


def lengthened(candidates: Sequence[Candidate], steps: Sequence[int]) -> list[Candidate]:
    """Each candidate with longer steps at longer lags, where they cost next to nothing.

    What noise of the coefficients is passed on adds up from step to step, in second order: at lags of many steps it is
    larger than the first order, which the band knows. A step is taken from ``PASSES`` times itself on, at lags at which
    its standard error is not larger than that of the shorter one by more than a share.

    Args:
        candidates: $K_M$ for each step.
        steps: The steps, rising.
    """
    errors = [each.estimate.stderr() for each in candidates]
    found = []
    for place, shorter in enumerate(errors):
        choice = np.full(shorter.shape, place)
        for number in range(place + 1, len(candidates)):
            late = np.arange(shorter.shape[1]) >= PASSES * steps[number]
            late = late.reshape(1, -1, *[1] * (shorter.ndim - 2))
            choice = np.where(late & (errors[number] <= (1 + _LITTLE) * shorter), number, choice)
        found.append(_pick(candidates, choice))
    return found


def lasting(
    moved: Float[np.ndarray, "q lags p *grid"], memory: Float[np.ndarray, " q"]
) -> Float[np.ndarray, "q lags p *grid"]:
    r"""What the last functions moved, $\max_{s \le t} |\delta(s)|\, e^{-(t - s) / 4 \tau_B}$ instead of $\delta(t)$.

    Functions that are not there would move about as much, but at other lags, and mostly later ones: where $\delta$
    passes through zero it says nothing. Measured where no functions close (Lorenz-96 with little noise, 160,000
    states): at a lag of .5 the bias is .19 and $\delta$ .02, at lags of .2 and .3 $\delta$ is .26 and .12.

    Args:
        moved: $\delta$ at lags from zero on.
        memory: The integrated autocorrelation time $\tau_B$ of each conjugate observable in steps.
    """
    found = np.abs(moved)
    fading = np.exp(-1 / (4 * memory)).reshape(-1, *[1] * (moved.ndim - 2))
    for lag in range(1, moved.shape[1]):
        found[:, lag] = np.maximum(found[:, lag], fading * found[:, lag - 1])
    return found


def _pull(estimate: Estimate, gaussian: Estimate, pulled: Bool[np.ndarray, "q p"]) -> Estimate:
    """The estimate moved to the classical response, lag by lag by no more than a share of its standard error [1].

    The move is one more row of the band, which then holds at least 94.8 % in one direction whatever the distance d of
    the classical response from the truth (in standard errors, its own being .45; with half the move it is 87 % at
    d = 2.5). The error is .47 of that of the estimate at d = 0, one at d = 1 and at most 1.8 times it, at d = 3.

    References:
        [1] Efron and Morris, *Limiting the risk of Bayes and empirical Bayes estimators, part II*, JASA 67, 130 (1972).
    """
    limit = _LARGEST_PULL * estimate.stderr()
    move = np.clip(gaussian.value - estimate.value, -limit, limit)
    move = move * pulled[:, None, :, *[None] * (move.ndim - 3)]
    return estimate._replace(value=estimate.value + move).widened(move)


def chapman_kolmogorov(robust: Estimate, markov: Estimate) -> Float[np.ndarray, "q p"]:
    """The p-value of (3) for each push and observable."""
    found = settled(Estimate(markov.value - robust.value, markov.factor - robust.factor, len(robust.factor)))
    difference, rows = _values(found.value), _rows(found.factor)
    freedom = np.asarray(found.freedom).reshape(difference.shape[:2])
    # The Gram matrix of the rows has the eigenvalues of the covariance, and no more rows than there are cosines.
    values, vectors = np.linalg.eigh(np.einsum("jqpt,kqpt->qpjk", rows, rows, optimize=True))
    shadows = np.einsum("qpji,jqpt,qpt->qpi", vectors, rows, difference, optimize=True)
    values, shadows = values[..., ::-1][..., :_DIRECTIONS], shadows[..., ::-1][..., :_DIRECTIONS]
    used = values > np.maximum(_SHARE * values[..., :1], 1e-280)
    squares = np.sum(np.where(used, np.square(shadows / np.where(used, values, 1.0)), 0.0), axis=-1)
    m = np.maximum(used.sum(axis=-1), 1)
    statistic = (freedom - m + 1) / (freedom * m) * squares
    together = np.where(used.any(axis=-1), scipy.special.fdtrc(m, freedom - m + 1, statistic), 1.0)
    somewhere = found.chance_of_zero((1, *range(3, found.value.ndim)))
    return np.minimum(1.0, 2 * np.minimum(together, somewhere))


def up_to(estimate: Estimate, lag: int) -> Estimate:
    """Curves ``(q, lags, p, *grid)`` at lags up to so many steps, with the degrees of freedom of whole ones."""
    value, factor, freedom = estimate
    return Estimate(value[:, : lag + 1], factor[:, :, : lag + 1], freedom)


def settled(estimate: Estimate) -> Estimate:
    """Curves ``(q, lags, p, *grid)`` with as many cosines as the spectrum of each push and observable allows."""
    return with_flat_spectrum(estimate, (1, *range(3, estimate.value.ndim)))


def _error(
    early: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]], chance: float = _CHANCE
) -> Float[np.ndarray, "q p"]:
    """The estimated mean square error of the first of some estimates, whose bias the others show, over early lags.

    Each is given by its values, shape ``(q, p, t)``, its rows, ``(rows, q, p, t)``, and its offset.
    """
    (value, rows, offset), *others = early
    bias = np.zeros(value.shape[:2])
    for other, other_rows, _ in others:
        between = rows - other_rows
        noise = np.sum(between**2, axis=(0, 3))
        overlaps = np.einsum("jqpt,kqpt->qpjk", between, between, optimize=True)
        shares = overlaps / np.maximum(noise, np.finfo(float).tiny)[..., None, None]  # free of units
        alike = 1 / np.clip(np.sum(shares**2, axis=(2, 3)), 1e-3, 1.0)
        limit = noise * scipy.special.chdtri(alike, chance) / alike
        bias = np.maximum(bias, np.sum((value - other) ** 2, axis=2) - limit)
    return np.sum(rows**2, axis=(0, 3)) + np.sum(offset**2, axis=2) + bias


def _early(candidate: Candidate, horizon: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, rows and offset at the early lags."""
    value, factor, _ = up_to(candidate.estimate, horizon)
    return _values(value), _rows(factor), _values(candidate.offset[:, : horizon + 1])


def _pick(
    candidates: Sequence[Candidate], choice: Int[np.ndarray, "q p"] | Int[np.ndarray, "q lags p ..."]
) -> Candidate:
    """One of several estimates for each push and observable, or at each lag by itself."""
    (value, factor, freedom), offset, unreached = candidates[0]
    place = choice if choice.ndim == value.ndim else choice[:, None, :, *[None] * (value.ndim - 3)]
    for number, (other, shift, _) in enumerate(candidates[1:], 1):
        value = np.where(place == number, other.value, value)
        factor = np.where(place == number, other.factor, factor)
        offset = np.where(place == number, shift, offset)
    kept = None if unreached is None else np.where(place == 0, unreached, 0.0)
    return Candidate(Estimate(value, factor, freedom), offset, kept)


def _values(curves: Float[np.ndarray, "q lags p ..."]) -> Float[np.ndarray, "q p t"]:
    return np.moveaxis(curves, 1, -1).reshape(curves.shape[0], curves.shape[2], -1)


def _rows(factor: Float[np.ndarray, "rows q lags p ..."]) -> Float[np.ndarray, "rows q p t"]:
    return np.moveaxis(factor, 2, -1).reshape(len(factor), factor.shape[1], factor.shape[3], -1)
