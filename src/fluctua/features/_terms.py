r"""Functions of many variables: univariate polynomials first, then products of a few.

Every function is a product of normalised Hermite polynomials of single standardised variables $z_i = (x_i - m_i) /
\sigma_i$ (bounded ones where the record visits far tails). Additive functions carry a system of many variables that act
on their neighbours; products are added where a record has shown that they matter. Local detail comes from steps
$\tanh(a_{ic} (z_i - b_{ic}))$ at quantiles of a variable, about as wide as they are apart.
"""

import itertools

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from scipy.special import ndtr, ndtri

from ._functions import AbstractHermiteProducts, Ridges
from ._whitening import Whitening

_WIDEST = 1.5  # distance of two quantiles, in standard deviations: the outermost reach to the far ends of the record

Factors = tuple[tuple[int, int], ...]
"""A product: variables, and the degree of the polynomial of each."""


class Terms(AbstractHermiteProducts):
    """Products of polynomials of single standardised variables; the variables themselves lead."""

    whitening: Whitening
    variables: Int[Array, "size slots"]
    orders: Int[Array, "size slots"]
    degree: int = eqx.field(static=True)
    saturation: float = eqx.field(static=True)

    @classmethod
    def linear(cls, states: Float[np.ndarray, "n d"], degree: int, saturation: float = float("inf")) -> "Terms":
        """The variables alone, standardised by these states, to which products up to a degree in one of them are added.

        Example:
            >>> import numpy as np
            >>> states = np.random.default_rng(0).standard_normal((1000, 2))
            >>> terms = Terms.linear(states, 2).with_products([((0, 2),), ((0, 1), (1, 1))])
            >>> terms.size, terms.tables(states, np.eye(2)[None, :1])[1].shape
            (4, (4, 1))
        """
        dimension = states.shape[1]
        standard = Whitening(jnp.asarray(states.mean(axis=0)), jnp.diag(1.0 / states.std(axis=0)))
        everyone = jnp.arange(dimension, dtype=jnp.int32)[:, None]
        return cls(standard, everyone, jnp.ones((dimension, 1), jnp.int32), max(degree, 1), saturation)

    def alone(self, factors: list[Factors]) -> "Terms":
        """The variables and these products, in the same coordinates."""
        dimension = len(self.whitening.mean)
        linear = Terms(
            self.whitening, self.variables[:dimension, :1], self.orders[:dimension, :1], self.degree, self.saturation
        )
        return linear.with_products(factors)

    def with_products(self, factors: list[Factors]) -> "Terms":
        """The same functions and further ones."""
        slots = max([self.variables.shape[1], *map(len, factors)])
        rows = [[*pairs, *[(0, 0)] * (slots - len(pairs))] for pairs in factors]
        added = np.array(rows, np.int32).reshape(len(rows), slots, 2)
        widened = ((0, 0), (0, slots - self.variables.shape[1]))
        variables = np.concatenate([np.pad(np.asarray(self.variables), widened), added[:, :, 0]])
        orders = np.concatenate([np.pad(np.asarray(self.orders), widened), added[:, :, 1]])
        return Terms(self.whitening, jnp.asarray(variables), jnp.asarray(orders), self.degree, self.saturation)


def steps(
    states: Float[np.ndarray, "n d"],
    standard: Whitening,
    variables: list[int],
    count: int,
    steepest: float,
    spread: float = 1.0,
) -> Ridges:
    r"""Smooth steps of some variables at quantiles, by default evenly spaced in probability.

    Args:
        states: States of the record.
        standard: Standardised variables.
        variables: Which of them.
        count: Number of steps of each.
        steepest: Largest steepness, in units of one over the standard deviation.
        spread: How far they reach into the tails: at the probabilities $\Phi(c\, \Phi^{-1}(u))$ for even u. A normal
            variable then has them as dense as the power $1 / c^2$ of its density.

    Example:
        >>> import numpy as np
        >>> states = np.random.default_rng(0).standard_normal((1000, 2))
        >>> steps(states, Terms.linear(states, 1).whitening, [1], 9, 3.0).size
        9
    """
    z = standard.table(states)[:, variables]
    even = np.arange(count + 2) / (count + 1)
    edges = np.quantile(z, even if spread == 1 else ndtr(spread * ndtri(even)), axis=0)
    widths = np.clip((edges[2:] - edges[:-2]) / 2, 1 / steepest, _WIDEST)
    directions = np.eye(states.shape[1])[variables][None] / widths[:, :, None]
    offsets = -edges[1:-1] / widths
    return Ridges(standard, jnp.asarray(directions.reshape(-1, states.shape[1])), jnp.asarray(offsets.reshape(-1)))


def powers(dimension: int, degrees: range) -> list[Factors]:
    """Univariate polynomials of every variable, degree by degree."""
    return [((variable, degree),) for degree in degrees for variable in range(dimension)]


def mixed(dimension: int, degree: int) -> list[Factors]:
    """Products of a total degree that mix variables.

    Example:
        >>> mixed(2, 3)
        [((0, 2), (1, 1)), ((0, 1), (1, 2))]
    """
    found = []
    for factors in itertools.combinations_with_replacement(range(dimension), degree):
        pairs = tuple((variable, factors.count(variable)) for variable in dict.fromkeys(factors))
        if len(pairs) > 1:
            found.append(pairs)
    return found
