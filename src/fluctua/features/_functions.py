r"""Dictionaries: finite sets of smooth functions of the state, used for scores and for calibration.

All live in whitened coordinates $z = W(x - m)$. *Polynomials* are products of Hermite polynomials up to a total degree
(the same span as the monomials, far better conditioned). Where the record visits far tails, those of degree two and
more are polynomials of the bounded coordinates $y_i = z_i / \sqrt{1 + z_i^2 / c^2}$, because moments that do not exist
cannot be estimated. *Ridges* are $\tanh(w \cdot z + b)$ with random directions: local detail that polynomials cannot
follow.
"""

import abc
import functools
import itertools
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from ..core import named_key
from ._whitening import Whitening

_CACHE = 1 << 17  # numbers in one table of factors: 1 MB


class AbstractDictionary(eqx.Module):
    """A finite set of smooth functions of one state."""

    @property
    @abc.abstractmethod
    def size(self) -> int:
        """Number of functions."""

    @abc.abstractmethod
    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " size"]:
        """The values of all functions at one state."""

    @abc.abstractmethod
    def tables(
        self, states: Float[np.ndarray, "n d"], directions: Float[np.ndarray, "m q d"]
    ) -> tuple[Float[np.ndarray, "n size"], Float[np.ndarray, "size q"]]:
        r"""The functions of many states in NumPy, and their mean slopes $\langle u \cdot \nabla \varphi_f \rangle$.

        Args:
            states: Shape ``(n, d)``.
            directions: The vectors $u$ at every state, or once for all (``m`` is ``n`` or one), of ``q`` pushes.

        Returns:
            Values, and means of the derivatives over the states.
        """


class AbstractHermiteProducts(AbstractDictionary):
    """Products of normalised Hermite polynomials of single coordinates; the coordinates themselves lead.

    Attributes:
        whitening: From a state to the coordinates.
        variables: The coordinate of each factor of each function.
        orders: The degree of its polynomial, zero for the constant.
        bounded: Which functions are products in bounded coordinates.
        degree: The largest degree of a polynomial that there may be.
        saturation: Bound $c$ of these in units of standard deviations, infinite where all coordinates are plain.
    """

    whitening: eqx.AbstractVar[Whitening]
    variables: eqx.AbstractVar[Int[Array, "size slots"]]
    orders: eqx.AbstractVar[Int[Array, "size slots"]]
    bounded: eqx.AbstractVar[Bool[Array | np.ndarray, " size"]]
    degree: eqx.AbstractVar[int]
    saturation: eqx.AbstractVar[float]

    @property
    def size(self) -> int:
        return len(self.variables)

    def _kinds(self, numbers: Any) -> Any:
        """The number of each factor in the table of polynomials, where those of bounded coordinates come second.

        In NumPy or in JAX, which compiles for every shape when it is not traced.
        """
        orders, bounded = numbers.asarray(self.orders), numbers.asarray(self.bounded)
        return numbers.where(bounded[:, None] & (orders > 0), self.degree + orders, orders)

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " size"]:
        linear = z = self.whitening(state)
        table = [jnp.ones_like(z), *_polynomials(z, self.degree)]
        if np.isfinite(self.saturation):
            table += _polynomials(z / jnp.sqrt(1 + (z / self.saturation) ** 2), self.degree)
        values = jnp.prod(jnp.stack(table)[self._kinds(jnp), self.variables], axis=1)
        # The linear functions come first and stay linear: with them the classical response is always contained.
        return jnp.concatenate([linear, values[len(linear) :]])

    def tables(
        self, states: Float[np.ndarray, "n d"], directions: Float[np.ndarray, "m q d"]
    ) -> tuple[Float[np.ndarray, "n size"], Float[np.ndarray, "size q"]]:
        linear = self.whitening.table(states)
        along = directions @ np.asarray(self.whitening.matrix).T
        univariate = functools.partial(hermite, degree=self.degree, saturation=self.saturation)
        return product_tables(linear, along, np.asarray(self.variables), self._kinds(np), univariate)


class Polynomials(AbstractHermiteProducts):
    """Products of normalised Hermite polynomials of whitened coordinates, total degree 1 to ``degree``.

    The constant is left out: the users of a dictionary centre it. Functions are ordered by total degree.

    Args:
        whitening: Map to whitened coordinates.
        degree: Largest total degree.
        saturation: Bound $c$ of the coordinates in units of standard deviations, infinite for plain polynomials.
    """

    whitening: Whitening
    variables: Int[Array, "size slots"]
    orders: Int[Array, "size slots"]
    degree: int = eqx.field(static=True)
    saturation: float = eqx.field(static=True)

    def __init__(self, whitening: Whitening, degree: int, saturation: float = float("inf")):
        dimension = whitening.matrix.shape[0]
        slots = max(1, min(degree, dimension))
        variables, orders = [], []
        for total in range(1, degree + 1):
            for factors in itertools.combinations_with_replacement(range(dimension), total):
                powers = [(variable, factors.count(variable)) for variable in dict.fromkeys(factors)]
                powers += [(0, 0)] * (slots - len(powers))
                variables.append([variable for variable, _ in powers])
                orders.append([order for _, order in powers])
        self.whitening = whitening
        self.variables = jnp.asarray(np.asarray(variables, dtype=np.int32).reshape(-1, slots))
        self.orders = jnp.asarray(np.asarray(orders, dtype=np.int32).reshape(-1, slots))
        self.degree = degree
        self.saturation = saturation

    @property
    def bounded(self) -> Bool[Array | np.ndarray, " size"]:
        return np.full(self.size, np.isfinite(self.saturation))


class Ridges(AbstractDictionary):
    r"""Random ridge functions $\tanh(a\,(w \cdot z - b))$, each a smooth step across the state space.

    Directions $w$ are the coordinate axes in turn and then uniform on the sphere; positions $b$ are spread evenly over
    the range that a Gaussian visits (out to 3 standard deviations); the steepness $a$ is 1.5 for most and 3 for a
    third.
    """

    whitening: Whitening
    directions: Float[Array, "size d"]
    offsets: Float[Array, " size"]

    @property
    def size(self) -> int:
        return len(self.offsets)

    @classmethod
    def random(cls, key: PRNGKeyArray, whitening: Whitening, size: int) -> "Ridges":
        """Draw ``size`` ridges; the same key gives the same ridges."""
        dimension = len(whitening.mean)
        # In NumPy: JAX would compile each of these operations for itself.
        directions = np.array(jax.random.normal(named_key(key, "directions"), (size, dimension)))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        axes = min(size, max(1, size // (2 * dimension)) * dimension)
        directions[:axes] = np.eye(dimension)[np.arange(axes) % dimension]
        if dimension == 1:
            directions = np.ones((size, 1))
        # A low-discrepancy sequence spreads the positions evenly whatever the size.
        uniform = (0.5 + 0.618033988749895 * np.arange(size)) % 1.0
        positions = 3.0 * (2 * uniform - 1)
        steepness = np.where(np.arange(size) % 3 == 2, 3.0, 1.5)
        return cls(whitening, jnp.asarray(steepness[:, None] * directions), jnp.asarray(-steepness * positions))

    def every_second(self, first: int) -> "Ridges":
        """Every second of them."""
        return Ridges(self.whitening, self.directions[first::2], self.offsets[first::2])

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " size"]:
        return jnp.tanh(self.directions @ self.whitening(state) + self.offsets)

    def tables(
        self, states: Float[np.ndarray, "n d"], directions: Float[np.ndarray, "m q d"]
    ) -> tuple[Float[np.ndarray, "n size"], Float[np.ndarray, "size q"]]:
        ridges = np.asarray(self.directions) @ np.asarray(self.whitening.matrix)
        values = np.tanh((states - np.asarray(self.whitening.mean)) @ ridges.T + np.asarray(self.offsets))
        along = directions @ ridges.T  # (m, q, size)
        if len(along) == 1:
            return values, (1 - np.mean(values**2, axis=0))[:, None] * along[0].T
        return values, np.einsum("nf,nqf->fq", 1 - values**2, along, optimize=True) / len(states)


class Joined(AbstractDictionary):
    """Several dictionaries, one after the other."""

    parts: tuple[AbstractDictionary, ...]

    def __init__(self, *parts: AbstractDictionary):
        self.parts = parts

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " size"]:
        return jnp.concatenate([part(state) for part in self.parts])

    def tables(
        self, states: Float[np.ndarray, "n d"], directions: Float[np.ndarray, "m q d"]
    ) -> tuple[Float[np.ndarray, "n size"], Float[np.ndarray, "size q"]]:
        values, slopes = zip(*(part.tables(states, directions) for part in self.parts), strict=True)
        return np.concatenate(values, axis=1), np.concatenate(slopes)


class Leading(AbstractDictionary):
    """The first ``count`` functions of a dictionary."""

    functions: AbstractDictionary
    count: int = eqx.field(static=True)

    @property
    def size(self) -> int:
        return self.count

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " size"]:
        return self.functions(state)[: self.count]

    def tables(
        self, states: Float[np.ndarray, "n d"], directions: Float[np.ndarray, "m q d"]
    ) -> tuple[Float[np.ndarray, "n size"], Float[np.ndarray, "size q"]]:
        values, slopes = self.functions.tables(states, directions)
        return values[:, : self.count], slopes[: self.count]


def product_tables(
    linear: Float[np.ndarray, "n modes"],
    along: Float[np.ndarray, "m q modes"],
    variables: Int[np.ndarray, "size slots"],
    kinds: Int[np.ndarray, "size slots"],
    univariate: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
) -> tuple[Float[np.ndarray, "n size"], Float[np.ndarray, "size q"]]:
    """Products of univariate functions of coordinates and their mean slopes; the coordinates themselves lead.

    Args:
        linear: Coordinates of the states.
        along: The pushes in these coordinates, at every state or once.
        variables: The coordinate of each factor of each function.
        kinds: Which univariate function of it; the first one, number zero, is the constant.
        univariate: From coordinates ``(modes, n)`` to all univariate functions and their derivatives, by kind first.
    """
    values, slopes = np.empty((len(kinds), len(linear))), np.zeros((len(kinds), along.shape[1]))
    modes = linear.shape[1]
    # Few states at a time, functions first: all intermediate tables stay in the cache.
    batch = max(16, _CACHE // kinds.size)
    for start in range(0, len(linear), batch):
        piece = slice(start, start + batch)
        table, bends = univariate(np.ascontiguousarray(linear[piece].T))
        factors = table[kinds, variables]  # (size, slots, n)
        np.multiply.reduce(factors, axis=1, out=values[:, piece])
        pushes = along[piece] if len(along) == len(linear) else along
        for slot in range(kinds.shape[1] if slopes.size else 0):
            used = np.flatnonzero(kinds[:, slot])
            if len(pushes) == 1:  # nothing but the coordinates that are pushed changes
                used = used[np.any(pushes[0] != 0, axis=0)[variables[used, slot]]]
            others = np.delete(factors[used], slot, axis=1).prod(axis=1)
            bend = bends[kinds[used, slot], variables[used, slot]]
            slopes[used] += _sums_along(bend * others, pushes, variables[used, slot])
    values[:modes] = linear.T
    slopes[:modes] = along.sum(axis=0).T * (len(linear) / len(along))
    return values.T, slopes / len(linear)


def polynomial_size(dimension: int, degree: int) -> int:
    """Number of monomials of total degree 1 to ``degree`` in ``dimension`` variables."""
    size = 1
    for k in range(1, degree + 1):
        size = size * (dimension + k) // k
    return size - 1


def hermite(z: np.ndarray, degree: int, saturation: float) -> tuple[np.ndarray, np.ndarray]:
    """Normalised Hermite polynomials of whitened coordinates ``(modes, n)`` and their slopes, by order first.

    Those of bounded coordinates follow, from the first order on, where there is a bound.
    """
    count = degree if np.isinf(saturation) else 2 * degree
    table, slopes = np.empty((2, count + 1, *z.shape))
    table[0], slopes[0] = 1.0, 0.0
    _fill(z, table[1 : degree + 1], slopes[1 : degree + 1])
    if np.isfinite(saturation):
        root = np.sqrt(1 + (z / saturation) ** 2)
        _fill(z / root, table[degree + 1 :], slopes[degree + 1 :])
        slopes[degree + 1 :] *= root**-3
    return table, slopes


def _fill(z: np.ndarray, table: np.ndarray, slopes: np.ndarray) -> None:
    """Polynomials from the first order on, and their slopes: the root of the order times the one below."""
    for n, values in enumerate(_polynomials(z, len(table))):
        table[n] = values
        slopes[n] = np.sqrt(n + 1) * table[n - 1] if n else 1.0


def _polynomials(z: Any, degree: int) -> list[Any]:
    """Hermite polynomials from the first order on; divided by the root of n factorial they have unit variance."""
    below, table = 1.0, [z]
    for n in range(1, degree):
        table.append((z * table[-1] - np.sqrt(n) * below) / np.sqrt(n + 1))
        below = table[-2]
    return table


def _sums_along(derivatives: np.ndarray, pushes: np.ndarray, variables: np.ndarray) -> np.ndarray:
    """Sums over states of derivatives, ``(f, n)``, times the pushes, ``(n or 1, q, modes)``: ``(f, q)``."""
    if len(pushes) == 1:
        return derivatives.sum(axis=1)[:, None] * pushes[0][:, variables].T
    return np.einsum("fn,nqf->fq", derivatives, pushes[:, :, variables], optimize=True)
