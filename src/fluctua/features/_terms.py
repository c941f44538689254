r"""Functions of many variables: univariate polynomials first, then products of a few.

Every function is a product of normalised Hermite polynomials of single standardised variables $z_i = (x_i - m_i) /
\sigma_i$. Where the record visits far tails, products that a single state would decide about are made of bounded ones;
the others are not, so that what is often observed, a square or a product of two, is among them. Additive functions
carry a system of many variables that act on their neighbours; products are added where a record has shown that they
matter. Local detail comes from steps $\tanh(a_{ic} (z_i - b_{ic}))$ at quantiles of a variable, about as wide as they
are apart.
"""

import itertools
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import scipy.special
from jaxtyping import Array, Bool, Float, Int
from scipy.special import ndtr, ndtri

from ._functions import AbstractHermiteProducts, Ridges
from ._whitening import Whitening

_BOUND = 3.0  # standard deviations
_LARGEST_SHARE = 0.1  # of the sum of squares of a function, that one state may have
_WIDEST = 1.5  # distance of two quantiles, in standard deviations: the outermost reach to the far ends of the record

Factors = tuple[tuple[int, int], ...]
"""A product: variables, and the degree of the polynomial of each."""


class FarTails(NamedTuple):
    """How far a record goes.

    Attributes:
        reach: The distance of the state farthest out from the mean of each variable, in standard deviations.
        count: Number of states.
    """

    reach: np.ndarray
    count: int

    def decide(self, variables: Int[np.ndarray, "size slots"], orders: Int[np.ndarray, "size slots"]) -> np.ndarray:
        r"""Whether one state, out there in all of its variables, has too much of the sum of squares of a product.

        A normalised Hermite polynomial grows as $z^n / \sqrt{n!}$ and has the mean square one under a Gaussian: of N
        states one at the reaches $r_i$ has the share $\prod_i r_i^{2 n_i} / n_i! / N$.
        """
        squares = self.reach[variables] ** (2 * orders) / scipy.special.factorial(orders)
        return squares.prod(axis=1) > _LARGEST_SHARE * self.count


class Terms(AbstractHermiteProducts):
    """Products of polynomials of single standardised variables; the variables themselves lead."""

    whitening: Whitening
    variables: Int[Array, "size slots"]
    orders: Int[Array, "size slots"]
    bounded: Bool[Array | np.ndarray, " size"]
    degree: int = eqx.field(static=True)
    saturation: float = eqx.field(static=True)
    tails: FarTails | None

    @classmethod
    def linear(cls, states: Float[np.ndarray, "n d"], tails: FarTails | None = None) -> "Terms":
        """The variables alone, standardised by these states, to which products are added.

        With far tails some of these are bounded.

        Example:
            >>> import numpy as np
            >>> states = np.random.default_rng(0).standard_normal((1000, 2))
            >>> terms = Terms.linear(states).with_products([((0, 2),), ((0, 1), (1, 1))])
            >>> terms.size, terms.tables(states, np.eye(2)[None, :1])[1].shape
            (4, (4, 1))
        """
        dimension = states.shape[1]
        standard = Whitening(jnp.asarray(states.mean(axis=0)), jnp.diag(1.0 / states.std(axis=0)))
        everyone = jnp.arange(dimension, dtype=jnp.int32)[:, None]
        orders, bound = jnp.ones((dimension, 1), jnp.int32), float("inf") if tails is None else _BOUND
        return cls(standard, everyone, orders, jnp.asarray(np.zeros(dimension, bool)), 1, bound, tails)

    def alone(self, factors: list[Factors]) -> "Terms":
        """The variables and these products, in the same coordinates."""
        dimension = len(self.whitening.mean)
        variables, orders, bounded = (
            np.asarray(table)[:dimension] for table in (self.variables, self.orders, self.bounded)
        )
        first = jnp.asarray(variables[:, :1]), jnp.asarray(orders[:, :1]), jnp.asarray(bounded)
        return Terms(self.whitening, *first, self.degree, self.saturation, self.tails).with_products(factors)

    def with_products(self, factors: list[Factors]) -> "Terms":
        """The same functions and further ones."""
        slots = max([self.variables.shape[1], *map(len, factors)])
        rows = [[*pairs, *[(0, 0)] * (slots - len(pairs))] for pairs in factors]
        added = np.array(rows, np.int32).reshape(len(rows), slots, 2)
        widened = ((0, 0), (0, slots - self.variables.shape[1]))
        variables = np.concatenate([np.pad(np.asarray(self.variables), widened), added[:, :, 0]])
        orders = np.concatenate([np.pad(np.asarray(self.orders), widened), added[:, :, 1]])
        decided = np.zeros(len(added), bool)
        if self.tails is not None:
            decided = self.tails.decide(added[:, :, 0], added[:, :, 1])
        bounded = np.concatenate([np.asarray(self.bounded), decided])
        degree = max(self.degree, int(added[:, :, 1].max(initial=1)))
        tables = jnp.asarray(variables), jnp.asarray(orders), jnp.asarray(bounded)
        return Terms(self.whitening, *tables, degree, self.saturation, self.tails)


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
        >>> steps(states, Terms.linear(states).whitening, [1], 9, 3.0).size
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
