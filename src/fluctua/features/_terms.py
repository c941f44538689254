r"""Functions of many variables: univariate ones first, then products of a few.

Every function is a product of univariate functions of standardised variables $z_i = (x_i - m_i) / \sigma_i$, from a
table that all variables share: normalised Hermite polynomials (of bounded coordinates where the record visits far
tails) and smooth steps $\tanh(a_{ic} (z_i - b_{ic}))$ at quantiles of the variable, about as wide as they are apart.
Additive functions carry a system of many variables that act on their neighbours; products are added where a record has
shown that they matter.
"""

import itertools

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from ._functions import AbstractDictionary, hermite, product_tables
from ._whitening import Whitening

_STEEPNESS = 1.0  # of a step, in units of one over the distance between the quantiles on both sides
_STEEPEST = 3.0  # in units of one over the standard deviation


class Terms(AbstractDictionary):
    """Products of univariate functions of single variables; the variables themselves lead.

    Attributes:
        standard: From a state to standardised variables.
        positions: Where each step of each variable is.
        steepness: How steep it is.
        variables: The variable of each factor.
        kinds: Its univariate function: zero for the constant, then polynomials by degree, then steps.
        degree: Highest degree of the polynomials.
        saturation: Bound of the coordinates of polynomials, infinite for plain ones.
    """

    standard: Whitening
    positions: Float[Array, "steps d"]
    steepness: Float[Array, "steps d"]
    variables: Int[Array, "size slots"]
    kinds: Int[Array, "size slots"]
    degree: int = eqx.field(static=True)
    saturation: float = eqx.field(static=True)

    @property
    def size(self) -> int:
        return len(self.variables)

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " size"]:
        linear = z = self.standard(state)
        if np.isfinite(self.saturation):
            z = z / jnp.sqrt(1 + (z / self.saturation) ** 2)
        table = [jnp.ones_like(z), z]
        for n in range(1, self.degree):
            table.append((z * table[n] - np.sqrt(n) * table[n - 1]) / np.sqrt(n + 1))
        steps = jnp.tanh(self.steepness * (linear - self.positions))
        values = jnp.prod(jnp.concatenate([jnp.stack(table), steps])[self.kinds, self.variables], axis=1)
        return jnp.concatenate([linear, values[len(linear) :]])

    def tables(
        self, states: Float[np.ndarray, "n d"], directions: Float[np.ndarray, "m q d"]
    ) -> tuple[Float[np.ndarray, "n size"], Float[np.ndarray, "size q"]]:
        linear = self.standard.table(states)
        along = directions @ np.asarray(self.standard.matrix).T
        places, slopes = np.asarray(self.positions)[:, :, None], np.asarray(self.steepness)[:, :, None]

        def univariate(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            powers, bends = hermite(z, self.degree, self.saturation)
            steps = np.tanh(slopes * (z - places))
            return np.concatenate([powers, steps]), np.concatenate([bends, slopes * (1 - steps**2)])

        return product_tables(linear, along, np.asarray(self.variables), np.asarray(self.kinds), univariate)

    def with_products(self, factors: list[tuple[tuple[int, int], ...]]) -> "Terms":
        """The same functions and further ones, each a tuple of (variable, kind)."""
        slots = max([self.variables.shape[1], *map(len, factors)])
        rows = [[*pairs, *[(0, 0)] * (slots - len(pairs))] for pairs in factors]
        added = np.array(rows, np.int32).reshape(len(rows), slots, 2)
        widened = ((0, 0), (0, slots - self.variables.shape[1]))
        variables = np.concatenate([np.pad(np.asarray(self.variables), widened), added[:, :, 0]])
        kinds = np.concatenate([np.pad(np.asarray(self.kinds), widened), added[:, :, 1]])
        return eqx.tree_at(lambda t: (t.variables, t.kinds), self, (jnp.asarray(variables), jnp.asarray(kinds)))

    def leading(self, size: int) -> "Terms":
        """The first functions alone."""
        return eqx.tree_at(lambda t: (t.variables, t.kinds), self, (self.variables[:size], self.kinds[:size]))

    def steps(self, variables: list[int]) -> list[tuple[tuple[int, int], ...]]:
        """All steps of some variables, as factors for ``with_products``."""
        return [((v, self.degree + 1 + step),) for step in range(len(self.positions)) for v in variables]


def linear_terms(
    states: Float[np.ndarray, "n d"], *, degree: int = 1, steps: int = 0, saturation: float = float("inf")
) -> Terms:
    """The variables themselves, with a table of polynomials up to a degree and of steps from which products are made.

    Args:
        states: States of the record: means, standard deviations and quantiles are theirs.
        degree: Highest degree in the table.
        steps: Number of steps of each variable, at quantiles evenly spaced in probability.
        saturation: Bound of the coordinates of polynomials.

    Example:
        >>> import numpy as np
        >>> states = np.random.default_rng(0).standard_normal((1000, 2))
        >>> terms = linear_terms(states, degree=2).with_products([((0, 2),), ((0, 1), (1, 1))])
        >>> terms.size, terms.tables(states, np.eye(2)[None, :1])[1].round(1).tolist()
        (4, [[1.0], [0.0], [-0.1], [-0.1]])
    """
    dimension = states.shape[1]
    standard = Whitening(jnp.asarray(states.mean(axis=0)), jnp.diag(1.0 / states.std(axis=0)))
    z = standard.table(states)
    edges = np.quantile(z, np.arange(steps + 2) / (steps + 1), axis=0)
    # The outermost gaps reach to the far ends of the record: they are no wider than the next ones.
    widths = np.clip((edges[2:] - edges[:-2]) / 2, 1e-3, 1.5)
    return Terms(
        standard,
        jnp.asarray(edges[1:-1]),
        jnp.asarray(np.minimum(_STEEPNESS / widths, _STEEPEST)),
        jnp.arange(dimension, dtype=jnp.int32)[:, None],
        jnp.ones((dimension, 1), jnp.int32),
        max(degree, 1),
        saturation,
    )


def powers(dimension: int, degrees: range) -> list[tuple[tuple[int, int], ...]]:
    """Univariate polynomials of every variable, degree by degree, as factors for ``Terms.with_products``."""
    return [((variable, degree),) for degree in degrees for variable in range(dimension)]


def mixed(dimension: int, degree: int) -> list[tuple[tuple[int, int], ...]]:
    """Products of a total degree that mix variables, as factors for ``Terms.with_products``.

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
