r"""T8: the response of tail events in a system with power-law tails, by the noise law that the score was learned with.

Which part of the score decides? With $g_t(x) = E[A(x_t) | x_0 = x]$ the response to a constant push is
$K(t) = -E[g_t s]$, so that a score in error by $\delta$ is in error there by $-E[g_t \delta]$. For the event
$A = 1\{x > q\}$ of probability p:

- At lag zero $g_0 = A$: only the tail counts. $K(0) = -E[A s] = \rho(q)$, the density at the edge, and its relative
  error is $E[\delta | x > q] / E[s | x > q]$, the mean error of the score over the tail: at most
  $\sqrt{E[\delta^2 | x > q]}$ over the mean of s there. The bulk is not seen at all.
- Later $g_t = \sum_k a_k e^{-\lambda_k t} \varphi_k$, in eigenfunctions of the generator, and the error is
  $-\sum_k a_k e^{-\lambda_k t} E[\varphi_k \delta]$: moments of $\delta$ over all states, the slowest last. The drift
  is linear here, so the slowest eigenfunction is x itself and what is left is $E[x \delta]$, the Stein defect
  $\langle x s \rangle + 1$, which is what calibration takes away: a plain estimate is wrong at all lags, a calibrated
  one at short lags only, by what its functions cannot say about the tail. Doubly robust estimates replace
  $g_t$ by the part that regression missed.

In a power-law tail the score dies off as $-(\nu + 1)/x$, while that of a fitted Gaussian grows: the classical response
of a tail event is wrong by a factor, not by some per cent.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from fluctua.core import AbstractProgress, map_states, named_key
from fluctua.response import ComponentPush, Responses, respond_to_pushes
from fluctua.scores import AbstractScore, FunctionScore
from fluctua.systems import CorrelatedAdditiveMultiplicative, ScalarGenerator, simulate
from fluctua.training import TrainingConfig, fit_network_score

from .plan import NetworkSize
from .quantities import SCORE_ERROR_BULK, SCORE_ERROR_TAIL
from .rows import EXACT, HeavyTailRow, Measurement, Reference, rows_over_seeds, setting_text
from .seeds import every_seed

CLASSICAL = "no law (Gaussian score)"
"""What stands in the place of a law for the classical response, whose score is that of a fitted Gaussian."""

NO_TAILS = "gaussian, no tails built in"
"""Gaussian noise on a network that is built on a Gaussian score; every law is built on the record's power-law tails."""

PLUG_IN_ERROR = "relative rms error of the response, plug-in"
SCORE_PART = "relative rms error of the response, from the score alone"
DEFAULT_ERROR = "relative rms error of the response, doubly robust"
PLUG_IN_START = "response at lag zero, plug-in"
DEFAULT_START = "response at lag zero, doubly robust"

Observables = Callable[[Float[Array, " d"]], Float[Array, " p"]]


class TailResponsePlan(NamedTuple):
    """Sizes of T8.

    Attributes:
        network: The network and its training, the same for every law.
        laws: The noise laws, as ``noise_law_named`` reads them.
        seeds: Records, each with its own network.
        members: Trajectories of a record.
        duration: Their length in time units, of which the response of x takes one to fall by e.
        max_lag: Longest lag in time units.
        share: Probability of each tail event.
        tail_index: That of the density.
    """

    network: NetworkSize
    laws: tuple[str, ...]
    seeds: int = 5
    members: int = 200
    duration: float = 500.0
    max_lag: float = 5.0
    share: float = 0.01
    tail_index: float = 5.0


_LAWS = (
    "gaussian",
    "generalised-normal:beta=1",
    "generalised-normal:beta=1.5",
    "student-t:df=5",
    "symmetric-stable:alpha=1.8",
)


def tail_response_plan(full: bool) -> TailResponsePlan:
    """The sizes of T8: records of 200 times 500 time units with a full training, or a tenth of that.

    The Student law of the noise has the tail index of the record.
    """
    if full:
        return TailResponsePlan(NetworkSize(width=64, depth=3, steps=6000, batch=512), _LAWS)
    return TailResponsePlan(NetworkSize(steps=1500), _LAWS, members=50, duration=200.0)


class Truth(NamedTuple):
    """What is known exactly: the system, its observables, their response and the events.

    Attributes:
        system: The system.
        generator: Its generator, which has its density too.
        labels: Names of the observables.
        observe: The observables: one state, shape ``(1,)``, to ``(3,)``.
        lags: Lags in time units, shape ``(lag,)``.
        response: Response to a constant push, shape ``(lag, 3)``.
        edges: Where the tails begin, the lower one and the upper one.
    """

    system: CorrelatedAdditiveMultiplicative
    generator: ScalarGenerator
    labels: tuple[str, ...]
    observe: Observables
    lags: Float[np.ndarray, " lag"]
    response: Float[np.ndarray, "lag p"]
    edges: tuple[float, float]


def tail_response(
    plan: TailResponsePlan, key: PRNGKeyArray, progress: AbstractProgress | None = None
) -> list[HeavyTailRow]:
    r"""The response of x, {x > q99} and {x < q01} in a power-law system, by the noise law of the learned score.

    For every law a network learns the score of a record, built on power-law tails of the index that Hill's estimate
    finds in it, so that laws differ in the noise alone; Gaussian noise on the usual Gaussian base stands beside them.
    The response follows from the score in two ways: plugged into the fluctuation-dissipation relation (Giorgini et
    al.), and by the doubly robust estimate (``fluctua.response``).
    Beside them the same from the exact score, whose error is that of sampling alone, and from the Gaussian score of
    the classical theory. The truth is the exact response of the generator. Errors are the root mean square over lags,
    relative to that of the truth. Two more leave out the sampling error of the record's averages: what the learned
    score makes of the response, averaged over the exact density, and the error of the score itself, in the bulk and in
    both tails.

    Args:
        plan: The sizes.
        key: Random key.
        progress: Where progress is shown.

    Returns:
        Rows of task T8: means over the seeds with their standard errors. The rows of the response at lag zero carry
        its true value, the density at the edge of the event.

    Raises:
        TrainingError: A training step was not finite.

    Example:
        >>> plan = tail_response_plan(full=False)
        >>> plan.laws[3], plan.members * plan.duration
        ('student-t:df=5', 10000.0)

    References:
        Sardeshmukh and Sura, Journal of Climate 22, 1193 (2009), for the system. Giorgini, Deck, Bischoff and Souza,
        PRL 133, 267302 (2024), eq. 4, for the plug-in estimate.
    """
    truth = known_truth(plan)

    def measure(law: str, own: PRNGKeyArray) -> list[Measurement]:
        system = truth.system
        values = simulate(system, key=named_key(own, "record"), members=plan.members, duration=plan.duration)
        score = FunctionScore(system.score, variables=1) if law == EXACT else learned_score(values, law, plan, own)
        observed = np.stack([map_states(truth.observe, member, width=3) for member in values])
        answer = respond_to_pushes(
            values,
            observed,
            pushes=(ComponentPush("x", 0),),
            max_lag=len(truth.lags) - 1,
            score=score,
            key=named_key(own, "response"),
        )
        found = response_errors(truth, answer, law)
        return found if law == EXACT else found + score_errors(truth, score, law)

    seeds = every_seed("T8", plan.seeds, [EXACT, *plan.laws, NO_TAILS], measure, key, progress)
    rows = [
        row for label, start in zip(truth.labels, truth.response[0], strict=True) for row in _rows(seeds, label, start)
    ]
    return rows + rows_over_seeds("T8", [[m for m in seed if not m.setting] for seed in seeds])


def known_truth(plan: TailResponsePlan) -> Truth:
    """The exact side of T8."""
    system = CorrelatedAdditiveMultiplicative.with_tail_index(plan.tail_index)
    low, high = system.quantile(plan.share), system.quantile(1.0 - plan.share)

    def observe(x: Float[Array, " d"]) -> Float[Array, " p"]:
        return jnp.stack([x[0], jnp.where(x[0] > high, 1.0, 0.0), jnp.where(x[0] < low, 1.0, 0.0)])

    generator = ScalarGenerator.of(system, points=2000)
    lags = system.interval * np.arange(math.floor(plan.max_lag / system.interval + 1e-9) + 1)
    per_cent = 100.0 * plan.share
    return Truth(
        system,
        generator,
        ("x", f"x > q{100 - per_cent:g}", f"x < q{per_cent:02g}"),
        observe,
        lags,
        generator.response(observe, lags),
        (low, high),
    )


def learned_score(
    values: Float[np.ndarray, "member time d"], law: str, plan: TailResponsePlan, key: PRNGKeyArray
) -> AbstractScore:
    """A network score of the record, learned with noise of the law and built on the tails of the record."""
    size, plain = plan.network, law == NO_TAILS
    config = TrainingConfig(
        width=size.width,
        depth=size.depth,
        steps=size.steps,
        batch_size=size.batch,
        noise="gaussian" if plain else law,
        tail_index=None if plain else "estimate",
    )
    return fit_network_score(list(values), key=named_key(key, "network"), config=config)[0]


def response_errors(truth: Truth, answer: Responses, law: str) -> list[Measurement]:
    """Errors over lags, and responses at lag zero, of every observable; with the exact score the classical ones too."""
    estimates = {(law, PLUG_IN_ERROR, PLUG_IN_START): answer.plug_in[0]}
    estimates[law, DEFAULT_ERROR, DEFAULT_START] = answer.impulse.value[0]
    if law == EXACT:
        estimates[CLASSICAL, PLUG_IN_ERROR, PLUG_IN_START] = answer.gaussian.value[0]
    found = []
    for (name, error, start), estimate in estimates.items():
        found += _per_observable(truth, name, error, relative_errors(truth, estimate))
        found += _per_observable(truth, name, start, estimate[0])
    return found


class _Conjugate(eqx.Module):
    """-s, one number: what observables are correlated with. A module, so that weights are no constants of a program."""

    score: AbstractScore

    def __call__(self, x: Float[Array, " d"]) -> Float[Array, ""]:
        return -self.score(x)[0]


def score_errors(truth: Truth, score: AbstractScore, law: str) -> list[Measurement]:
    """What is wrong with a score, by the exact density: for the response, and squared in the bulk and in the tails.

    The last two are relative to the squared exact score and belong to no observable: their setting is empty.
    """
    generator = truth.generator
    correlation = generator.correlation(truth.observe, _Conjugate(score), truth.lags)
    found = _per_observable(truth, law, SCORE_PART, relative_errors(truth, correlation))
    places = generator.centres[:, None]
    exact, learned = (map_states(function, places)[:, 0] for function in (truth.system.score, score))
    tail = (places[:, 0] < truth.edges[0]) | (places[:, 0] > truth.edges[1])
    for quantity, where in ((SCORE_ERROR_BULK, ~tail), (SCORE_ERROR_TAIL, tail)):
        weights = generator.shares * where
        found.append(Measurement("", law, quantity, float(weights @ (learned - exact) ** 2 / (weights @ exact**2))))
    return found


def relative_errors(truth: Truth, response: Float[np.ndarray, "lag p"]) -> Float[np.ndarray, " p"]:
    """Root mean square error over lags, relative to the root mean square of the truth."""
    return np.sqrt(np.mean((response - truth.response) ** 2, axis=0) / np.mean(truth.response**2, axis=0))


def _per_observable(truth: Truth, law: str, quantity: str, values: np.ndarray) -> list[Measurement]:
    return [
        Measurement(setting_text(observable=label), law, quantity, float(value))
        for label, value in zip(truth.labels, values, strict=True)
    ]


def _rows(seeds: list[list[Measurement]], label: str, start: float) -> list[HeavyTailRow]:
    """The rows of one observable, with its true response at lag zero."""
    known = Reference(float(start), "exact response")
    references = {("", PLUG_IN_START): known, ("", DEFAULT_START): known}
    setting = setting_text(observable=label)
    return rows_over_seeds("T8", [[m for m in seed if m.setting == setting] for seed in seeds], references)
