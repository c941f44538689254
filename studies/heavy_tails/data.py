"""The data sets of the study whose densities are known, as states to draw and scores to compare with."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from fluctua.core import named_key
from fluctua.noise import AbstractNoiseLaw, Gaussian, StudentT

from ..oracles import NoisedGaussianMixture, SymmetricStable
from .published import GRID_DEVIATION, GRID_WEIGHTS, MINORITY_SHARE

_FUNNEL_DEVIATION = 3.0


class Mixture(eqx.Module):
    """A mixture of Gaussians with independent components: weights (k,), means (k, d) and deviations (k, d)."""

    weights: Float[np.ndarray, " k"]
    means: Float[np.ndarray, "k d"]
    deviations: Float[np.ndarray, "k d"]

    @property
    def deviation(self) -> float:
        """The standard deviation of the states, root mean square over the variables."""
        mean = self.weights @ self.means
        second = self.weights @ (self.means**2 + self.deviations**2)
        return float(np.sqrt(np.mean(second - mean**2)))

    def noised(self, law: AbstractNoiseLaw) -> NoisedGaussianMixture:
        """Its exact noised score under a noise law."""
        return NoisedGaussianMixture(law, *map(jnp.asarray, (self.weights, self.means, self.deviations)))

    def draw(self, key: PRNGKeyArray, count: int) -> Float[np.ndarray, "count d"]:
        """Independent states."""
        return np.asarray(self.noised(Gaussian()).sample(key, count), np.float64)

    def score(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        """The score of the density without noise, at one state."""
        return jax.grad(self.log_density)(state)

    def log_density(self, state: Float[Array, " d"]) -> Float[Array, ""]:
        """The normalised log-density without noise, at one state."""
        standard = (state - self.means) / self.deviations
        logs = -0.5 * jnp.sum(standard**2 + jnp.log(2.0 * jnp.pi * self.deviations**2), axis=1)
        return jax.nn.logsumexp(logs, b=self.weights)


def uneven_mixture(dimension: int) -> Mixture:
    """Three Gaussians of different weights and widths, two apart and one wide around both; any dimension.

    The means lie along the diagonal, the wide component makes a tail that is not the shoulder of a mode.
    """
    direction = np.ones(dimension) / np.sqrt(dimension)
    weights = np.array([0.55, 0.3, 0.15])
    means = np.stack([1.5 * direction, -2.0 * direction, 0.0 * direction])
    return Mixture(weights, means, np.repeat([[0.5], [0.7], [1.8]], dimension, axis=1))


def two_modes() -> Mixture:
    """The published toy: N((5, 5), 0.2 I) ten times as often as N((-5, -5), 0.2 I)."""
    return Mixture(
        np.array([1.0 - MINORITY_SHARE, MINORITY_SHARE]),
        np.array([[5.0, 5.0], [-5.0, -5.0]]),
        np.full((2, 2), np.sqrt(0.2)),
    )


def weighted_grid() -> Mixture:
    """Nine Gaussians with the published weights and deviation, on the grid {-1, 0, 1} x {-1, 0, 1} in row order."""
    means = np.stack(np.meshgrid([-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0], indexing="ij"), axis=-1).reshape(9, 2)
    return Mixture(np.array(GRID_WEIGHTS), means, np.full((9, 2), GRID_DEVIATION))


def draw_stable(
    key: PRNGKeyArray, count: int, alpha: float, scale: float, dimension: int = 2
) -> Float[np.ndarray, "count dimension"]:
    """States of an isotropic symmetric stable law."""
    return np.asarray(SymmetricStable(alpha=alpha, scale=scale).sample(key, (count, dimension)), np.float64)


def draw_student(key: PRNGKeyArray, count: int, df: float, dimension: int) -> Float[np.ndarray, "count dimension"]:
    """States of a multivariate Student-t law of scale one."""
    return np.asarray(StudentT(df=df).sample(key, (count, dimension)), np.float64)


def draw_funnel(key: PRNGKeyArray, count: int, dimension: int) -> Float[np.ndarray, "count dimension"]:
    """States of Neal's funnel: v of standard deviation 3, and the others of variance exp(v) given v.

    References:
        Neal, *Slice sampling*, Annals of Statistics 31, 705 (2003), section 8.
    """
    noise = np.asarray(jax.random.normal(key, (count, dimension)), np.float64)
    first = _FUNNEL_DEVIATION * noise[:, :1]
    return np.concatenate([first, np.exp(0.5 * first) * noise[:, 1:]], axis=1)


class StableMixture(NamedTuple):
    """A mixture of stable vectors with correlated components: means (k, d) and factors (k, d, rank).

    A state is its component's mean plus the square root of one stable variable times a Gaussian vector, whose
    covariance is that of the factors plus a multiple of the unit matrix.
    """

    alpha: float
    means: Float[np.ndarray, "k d"]
    factors: Float[np.ndarray, "k d rank"]
    base: float

    def draw(self, key: PRNGKeyArray, count: int) -> Float[np.ndarray, "count d"]:
        """Independent states, all components equally often."""
        generator = np.random.default_rng(np.asarray(jax.random.key_data(key)).tolist())
        modes, dimension, rank = self.factors.shape
        chosen = generator.integers(modes, size=count)
        # The stable vector of one variable per state over a Gaussian one: its random scale alone, by its square root.
        spread = _stable_spread(named_key(key, "spread"), count, self.alpha)
        plain = self.base * generator.standard_normal((count, dimension))
        along = np.einsum("nij,nj->ni", self.factors[chosen], generator.standard_normal((count, rank)))
        return self.means[chosen] + spread[:, None] * (plain + along)


def stable_mixture(dimension: int = 100, modes: int = 16, rank: int = 6) -> StableMixture:
    """Sixteen stable components of index 1.7 in 100 dimensions, with means of norm 7.5 and factors of rank 6.

    Index, numbers of components and factors, and the sizes 7.5, 1.2 and 0.55 are those of a public benchmark; how
    they enter is our choice: directions of means are random, factors have standard Gaussian columns of norm 1.2.
    """
    generator = np.random.default_rng(17)
    means = generator.standard_normal((modes, dimension))
    factors = generator.standard_normal((modes, dimension, rank))
    means *= 7.5 / np.linalg.norm(means, axis=1, keepdims=True)
    factors *= 1.2 / np.linalg.norm(factors, axis=1, keepdims=True)
    return StableMixture(1.7, means, factors, 0.55)


def _stable_spread(key: PRNGKeyArray, count: int, alpha: float) -> np.ndarray:
    r"""Independent $\sqrt{A}$ with $\sqrt{A} z$ stable for Gaussian $z$, by Kanter's recipe for $A / 2$."""
    index = alpha / 2.0
    one, two = (named_key(key, name) for name in ("angle", "waiting"))
    angle = np.pi * np.asarray(jax.random.uniform(one, (count,), minval=1e-12))
    waiting = np.asarray(jax.random.exponential(two, (count,)))
    positive = (
        np.sin(index * angle) / np.sin(angle) ** (1.0 / index)
        * (np.sin((1.0 - index) * angle) / waiting) ** ((1.0 - index) / index)
    )  # fmt: skip
    return np.sqrt(2.0 * positive)
