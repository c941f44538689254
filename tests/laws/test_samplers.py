"""Every sampler of noise levels leaves the exact density as it is, for each law it is valid for; wrong variants do not.

Exact scores of a mixture with unequal weights, 20,000 chains. What comes out at the last level is compared with
the exact density there: share of a mode, shares beyond the 1 % and 99 % quantiles (binomial), and the variance within
each mode (normal). Each comparison fails by chance with a probability of 1e-8, and there are fewer than 90 of them.
"""

import functools
import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
import scipy.stats
from jaxtyping import Array

from fluctua.noise import (
    AbstractNoiseLaw,
    Gaussian,
    GeneralisedNormal,
    StudentT,
    SymmetricStable,
    geometric_levels,
    scaled,
)
from fluctua.sampling import (
    AbstractLevelSampler,
    AnnealedLangevin,
    ConsistentAnnealed,
    LaplaceJumpChain,
    ProbabilityFlow,
    TwoHeadedDiffusion,
    draw_states,
    laplace_ancestral_step,
    noised_states,
    posterior_mean_step,
)
from fluctua.scores.noised import AbstractNoisedScore, NoisedGaussianMixture

CHAINS = 20_000
CHANCE = 1e-8
ERRORS = 5.73  # standard errors: the normal quantile of that chance, two-sided

LAWS = {
    "gaussian": Gaussian(),
    "laplace": scaled(GeneralisedNormal(1.0), "deviation", 1),
    "beta 1.5": scaled(GeneralisedNormal(1.5), "deviation", 1),
    "student-t": scaled(StudentT(5.0), "deviation", 1),
    "stable": SymmetricStable(1.7, 0.7),
}
TOP, BOTTOM = 2.0, 0.2
LADDER = geometric_levels(BOTTOM, TOP, 81)[::-1]
# Where states are at the last level already: a sampler is to leave them there.
STAY = np.array([BOTTOM * 1.0001, BOTTOM])
MODES, DEVIATIONS = np.array([[-1.5], [1.5]]), np.array([[0.4], [0.3]])


class Tabulated(AbstractNoisedScore):
    """A noised score in one dimension from a table over states, at each of some levels: exact scores, but fast."""

    law: AbstractNoiseLaw
    levels: Array
    places: Array
    scores: Array
    means: Array

    @property
    def dimension(self) -> int:
        return 1

    def _read(self, table: Array, noised: Array, level: Array) -> Array:
        row = jnp.argmin(jnp.abs(self.levels - level))
        place = (jnp.arcsinh(noised[0] / self.levels[row]) - self.places[0]) / (self.places[1] - self.places[0])
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
    start = noised_states(exact(name).states, levels[0] if levels is not STAY else BOTTOM, LAWS[name], jax.random.key(1))
    return draw_states(sampler, table, start, levels, key=jax.random.key(2))


# Twice the relative distance of the levels: the reverse diffusion for Gaussian noise.
CONSISTENT = ConsistentAnnealed(2.0 * (1.0 - LADDER[1] / LADDER[0]))
HEAVY = AnnealedLangevin(100, 0.02, injection=GeneralisedNormal(1.0), order=1)
CASES: list[tuple[str, AbstractLevelSampler, np.ndarray]] = [
    *((name, ProbabilityFlow(), LADDER[::2]) for name in LAWS),
    *((name, TwoHeadedDiffusion(), LADDER) for name in LAWS),
    *((name, AnnealedLangevin(100, 0.5), STAY) for name in LAWS),
    ("gaussian", AnnealedLangevin(20, 0.5), LADDER[::2]),
    ("laplace", HEAVY, STAY),
    *((name, CONSISTENT, LADDER) for name in ("gaussian", "laplace", "stable")),
    # From level 2 to 0.2 in a single step: exact in one dimension.
    ("laplace", LaplaceJumpChain(), LADDER[[0, -1]]),
]


@pytest.mark.parametrize(("name", "sampler", "levels"), CASES, ids=lambda value: getattr(type(value), "__name__", ""))
def test_the_exact_density_stays_as_it_is(name: str, sampler: AbstractLevelSampler, levels: np.ndarray) -> None:
    found = chances(name, drawn(name, sampler, levels, exact(name).table))
    print(f"{type(sampler).__name__} under {name}:", {label: f"{chance:.2g}" for label, chance in found.items()})
    assert min(found.values()) > CHANCE, found
