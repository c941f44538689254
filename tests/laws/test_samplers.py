"""Every sampler of noise levels leaves the exact density as it is, for each law it is valid for; wrong variants do not.

Exact scores of a mixture with unequal weights, 20,000 chains. What comes out at the last level is compared with
the exact density there: share of a mode, shares beyond the 1 % and 99 % quantiles (binomial), and the variance within
each mode (normal). Each comparison fails by chance with a probability of 1e-8, and there are fewer than 90 of them.
"""

import functools
import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
import scipy.stats
from jaxtyping import Array

from fluctua.core import named_key, registered
from fluctua.noise import (
    AbstractNoiseLaw,
    Gaussian,
    GeneralisedNormal,
    StudentT,
    geometric_levels,
    scaled,
)
from fluctua.sampling import (
    AbstractLevelSampler,
    AnnealedLangevin,
    ProbabilityFlow,
    draw_states,
    noised_states,
    posterior_mean_step,
)
from fluctua.scores.noised import AbstractNoisedScore
from studies import heavy_tails  # registers its samplers
from studies.oracles import NoisedGaussianMixture, SymmetricStable

CHAINS = 20_000
CHANCE = 1e-8
ERRORS = 5.73  # standard errors: the normal quantile of that chance, two-sided

LAWS: dict[str, AbstractNoiseLaw] = {
    "gaussian": Gaussian(),
    "laplace": scaled(GeneralisedNormal(1.0), "deviation", 1),
    "generalised-normal": scaled(GeneralisedNormal(1.5), "deviation", 1),
    "student-t": scaled(StudentT(5.0), "deviation", 1),
    "symmetric-stable": SymmetricStable(1.7, 0.7),
}
TOP, BOTTOM = 2.0, 0.2
LADDER = geometric_levels(BOTTOM, TOP, 81)[::-1].copy()
# Where states are at the last level already: a sampler is to leave them there.
STAY = np.array([BOTTOM * 1.0001, BOTTOM])
MODES, DEVIATIONS = np.array([[-1.5], [1.5]]), np.array([[0.4], [0.3]])


class Tabulated(AbstractNoisedScore):
    """A noised score in one dimension from a table over states, at each of some levels: exact scores, but fast."""

    law: AbstractNoiseLaw
    ladder: Array
    places: Array
    scores: Array
    means: Array

    @property
    def dimension(self) -> int:
        return 1

    def _read(self, table: Array, noised: Array, level: Array) -> Array:
        row = jnp.argmin(jnp.abs(self.ladder - level))
        place = (jnp.arcsinh(noised[0] / self.ladder[row]) - self.places[0]) / (self.places[1] - self.places[0])
        node = jnp.clip(place.astype(int), 0, len(self.places) - 2)
        share = jnp.clip(place - node, 0.0, 1.0)
        return ((1.0 - share) * table[row, node] + share * table[row, node + 1])[None]

    def score(self, noised: Array, level: Array) -> Array:
        return self._read(self.scores, noised, level)

    def posterior_mean(self, noised: Array, level: Array) -> Array:
        return self._read(self.means, noised, level)


class Exact(NamedTuple):
    noised: NoisedGaussianMixture
    table: Tabulated
    states: np.ndarray
    grid: np.ndarray
    density: np.ndarray
    cumulative: np.ndarray


@functools.cache
def exact(name: str) -> Exact:
    """The mixture noised by a law, its table at all levels, states of it, and its density at the last level."""
    noised = NoisedGaussianMixture(LAWS[name], jnp.array([0.75, 0.25]), jnp.asarray(MODES), jnp.asarray(DEVIATIONS))
    places = jnp.linspace(-14.0, 14.0, 961)

    @jax.jit
    def at_states(states: Array, level: Array) -> tuple[Array, Array, Array]:
        smoothed = jax.vmap(noised.smoothed, (0, None))(states[:, None], level)
        return smoothed.log_density, smoothed.score[:, 0], smoothed.mean[:, 0]

    rows = [at_states(level * jnp.sinh(places), jnp.asarray(level)) for level in LADDER]
    scores, means = (jnp.stack([row[part] for row in rows]) for part in (1, 2))
    table = Tabulated(LAWS[name], jnp.asarray(LADDER), places, scores, means)
    grid = BOTTOM * np.sinh(np.linspace(-16.0, 16.0, 10 * 961))
    pieces = [at_states(jnp.asarray(piece), jnp.asarray(BOTTOM))[0] for piece in np.split(grid, 10)]
    density = np.exp(np.concatenate(pieces))
    cumulative = scipy.integrate.cumulative_simpson(density, x=grid, initial=0.0)
    assert cumulative[-1] == pytest.approx(1.0, abs=1e-6)
    return Exact(noised, table, np.asarray(noised.sample(jax.random.key(0), CHAINS)), grid, density, cumulative)


def chances(name: str, states: np.ndarray) -> dict[str, float]:
    """How likely it is that states of the exact density at the last level deviate as much, for each comparison."""
    truth, values = exact(name), states[:, 0]
    found = {}
    places = {"mode": 0.0, **{f"{p:g}": float(np.interp(p, truth.cumulative, truth.grid)) for p in (0.01, 0.99)}}
    for label, place in places.items():
        share, count = np.interp(place, truth.grid, truth.cumulative), int(np.sum(values < place))
        binomial = scipy.stats.binom(len(values), share)
        found[label] = 2.0 * min(binomial.cdf(count), binomial.sf(count - 1))
    for mode in MODES[:, 0]:
        weight = truth.density * (np.abs(truth.grid - mode) < 1.0)
        variance = np.trapezoid(weight * (truth.grid - mode) ** 2, truth.grid) / np.trapezoid(weight, truth.grid)
        squares = (values[np.abs(values - mode) < 1.0] - mode) ** 2
        deviation = (squares.mean() - variance) / (squares.std() / math.sqrt(len(squares)))
        found[f"variance at {mode:g}"] = 2.0 * scipy.stats.norm.sf(abs(deviation))
    return found


def drawn(name: str, sampler: AbstractLevelSampler, levels: np.ndarray, table: AbstractNoisedScore) -> np.ndarray:
    key = named_key(jax.random.key(1), f"{name} {sampler}")
    start = noised_states(exact(name).states, BOTTOM if levels is STAY else levels[0], LAWS[name], key)
    return draw_states(sampler, table, start, levels, key=key)


Case = tuple[str, AbstractLevelSampler, np.ndarray]


def cases_of_the_registry(name: str) -> list[Case]:
    """What a sampler is registered to be checked at: settings, laws (all that are known here by default), levels.

    ``every`` says how many of the steps of the ladder one step of the sampler takes; None is a stay at its last level.
    """
    entry = registered("sampler")[name]
    return [
        (law, entry.member(**example["settings"]), STAY if example["every"] is None else LADDER[:: example["every"]])
        for example in entry.facts["examples"]
        for law in example["laws"] or LAWS
    ]


assert heavy_tails.ConsistentAnnealed in [entry.member for entry in registered("sampler").values()]
CASES = [case for name in registered("sampler") for case in cases_of_the_registry(name)]
HEAVY = AnnealedLangevin(100, 0.02, injection=GeneralisedNormal(1.0), order=1)


def case_parameters() -> list[Any]:
    """Every sampler of the package under its first law in the fast run, every case in the slow one."""
    seen: set[type] = set()
    found = []
    for case in [*CASES, ("laplace", HEAVY, STAY)]:
        ours = type(case[1]).__module__.startswith("fluctua")
        fast = (ours and type(case[1]) not in seen) or case[1] is HEAVY
        seen.add(type(case[1]))
        label = f"{type(case[1]).__name__}-{case[0]}"
        found.append(pytest.param(*case, id=label, marks=() if fast else pytest.mark.slow))
    return found


@pytest.mark.parametrize(("name", "sampler", "levels"), case_parameters())
def test_the_exact_density_stays_as_it_is(name: str, sampler: AbstractLevelSampler, levels: np.ndarray) -> None:
    found = chances(name, drawn(name, sampler, levels, exact(name).table))
    print(f"{type(sampler).__name__} under {name}:", {label: f"{chance:.2g}" for label, chance in found.items()})
    assert min(found.values()) > CHANCE, found


class NaiveMean(AbstractNoisedScore):
    """The mistake: the posterior mean by the formula for Gaussian noise, whatever the noise."""

    exact: AbstractNoisedScore
    law: AbstractNoiseLaw

    @property
    def dimension(self) -> int:
        return self.exact.dimension

    def score(self, noised: Array, level: Array) -> Array:
        return self.exact.score(noised, level)

    def posterior_mean(self, noised: Array, level: Array) -> Array:
        return noised + level**2 * self.law.variance(1) * self.exact.score(noised, level)


def test_the_flow_by_the_gaussian_formula_is_wrong_for_other_noise() -> None:
    """With -variance * score in place of E[n | x]: same levels and chains as the flow that passes."""
    naive = NaiveMean(exact("laplace").table, LAWS["laplace"])
    wrong = drawn("laplace", ProbabilityFlow(), LADDER[::2], naive)
    found = chances("laplace", wrong)
    assert min(found["mode"], found["0.01"]) < 1e-50
    right = NaiveMean(exact("gaussian").table, LAWS["gaussian"])
    assert min(chances("gaussian", drawn("gaussian", ProbabilityFlow(), LADDER[::2], right)).values()) > CHANCE


def test_the_last_step_is_the_posterior_mean_and_not_that_of_the_score() -> None:
    """x - E[x | y] has mean zero and no correlation with any function of y, such as sinh^-1 y; Tweedie's step has."""
    truth, law, level = exact("laplace"), LAWS["laplace"], LADDER[40]
    noised = noised_states(truth.states, level, law, jax.random.key(4))
    naive = NaiveMean(truth.table, law)
    functions = [np.ones(CHAINS), np.arcsinh(noised[:, 0]), np.tanh(3.0 * noised[:, 0])]

    def deviations(score: AbstractNoisedScore) -> list[float]:
        residual = (truth.states - posterior_mean_step(score, noised, level))[:, 0]
        products = [residual * function for function in functions]
        return [abs(product.mean()) / product.std() * math.sqrt(CHAINS) for product in products]

    assert max(deviations(truth.table)) < ERRORS
    assert max(deviations(naive)) > 8.0


def test_injected_noise_must_have_unit_variance() -> None:
    """On N(0, 1), noised to that from a narrower one, after 60 steps that forget at 0.1 a step.

    Order 1 has the variance 1 / (1 - eps / 2) and, from x' = (1 - eps) x + sqrt(2 eps) xi, the excess kurtosis of xi
    times (1 - a^2) / (1 + a^2), a = 1 - eps. Noise of scale sqrt 2 as it comes has the variance v / (1 - eps / 2).
    """
    level, epsilon = 0.8, 0.1
    target = NoisedGaussianMixture(Gaussian(), jnp.ones(1), jnp.zeros((1, 1)), jnp.full((1, 1), 0.6))
    start = np.random.default_rng(5).standard_normal((CHAINS, 1))
    released = GeneralisedNormal(1.0, math.sqrt(2.0))
    sampler = AnnealedLangevin(60, epsilon / level**2, injection=released, order=1)
    final = draw_states(sampler, target, start, [level * 1.0001, level], key=jax.random.key(6))[:, 0]
    error = np.std(final**2) / math.sqrt(CHAINS)
    assert abs(np.mean(final**2) - 1.0 / (1.0 - epsilon / 2.0)) < ERRORS * error
    memory = (1.0 - epsilon) ** 2
    excess = 3.0 * (1.0 - memory) / (1.0 + memory)
    fourth = (final / final.std()) ** 4
    assert abs(fourth.mean() - 3.0 - excess) < ERRORS * fourth.std() / math.sqrt(CHAINS)

    @jax.jit
    def unscaled(states: Array, key: Array) -> Array:
        def move(state: Array, subkey: Array) -> tuple[Array, None]:
            drift = jax.vmap(target.score, (0, None))(state, jnp.asarray(level))
            return state + epsilon * drift + math.sqrt(2.0 * epsilon) * released.sample(subkey, state.shape), None

        return jax.lax.scan(move, states, jax.random.split(key, 60))[0]

    heated = np.asarray(unscaled(jnp.asarray(start), jax.random.key(7)))[:, 0]
    error = np.std(heated**2) / math.sqrt(CHAINS)
    assert abs(np.mean(heated**2) - released.variance() / (1.0 - epsilon / 2.0)) < ERRORS * error
    assert np.mean(heated**2) - 1.0 > 20.0 * error


def test_order_two_has_no_bias_on_a_gaussian() -> None:
    target = NoisedGaussianMixture(Gaussian(), jnp.ones(1), jnp.zeros((1, 1)), jnp.full((1, 1), 0.6))
    start = np.random.default_rng(8).standard_normal((CHAINS, 1))
    final = draw_states(AnnealedLangevin(50, 1.0), target, start, [0.80001, 0.8], key=jax.random.key(9))[:, 0]
    assert abs(np.mean(final**2) - 1.0) < ERRORS * math.sqrt(2.0 / CHAINS)
    assert 1.0 / (1.0 - 0.64 / 2.0) - 1.0 > 0.4  # the bias of order 1 at this step


def test_langevin_does_not_move_mass_between_modes_that_the_noise_does_not_join() -> None:
    """Two levels and a start with half of the chains at each mode: nothing changes, whatever the weights are."""
    target = NoisedGaussianMixture(Gaussian(), jnp.array([10.0, 1.0]), jnp.array([[5.0], [-5.0]]), jnp.array([0.45]))
    start = np.where(np.arange(2000) % 2, 5.0, -5.0)[:, None]
    sampler = AnnealedLangevin(200, 0.1)
    final = draw_states(sampler, target, start, [1.1, 1.0, 0.25], key=jax.random.key(10))
    assert np.mean(final < 0.0) == pytest.approx(0.5, abs=0.01)


@pytest.mark.slow
def test_langevin_lags_behind_in_power_law_tails_and_the_flow_does_not() -> None:
    """From level 2 to 0.2 under stable noise; the flow has passed above."""
    final = drawn("symmetric-stable", AnnealedLangevin(20, 0.5), LADDER[::8], exact("symmetric-stable").table)
    found = chances("symmetric-stable", final)
    assert min(found["0.01"], found["0.99"]) < CHANCE
