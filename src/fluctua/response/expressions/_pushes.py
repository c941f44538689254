"""Pushes: the vector field u(x) that is added to the drift."""

import abc
from collections.abc import Callable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ...core import map_states
from ._expressions import Observable

_PUSHED_STATES = 64


class AbstractPush(eqx.Module):
    r"""A push $u(x)$: the drift $F$ becomes $F + \varepsilon f(t)\, u(x)$."""

    name: eqx.AbstractVar[str]

    @abc.abstractmethod
    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        """The direction of the push at one state."""

    @abc.abstractmethod
    def divergence(self, state: Float[Array, " d"]) -> Float[Array, ""]:
        r"""$\nabla \cdot u$ at one state."""

    def constant(self, dimension: int) -> np.ndarray | None:
        """The vector of a push that is the same in every state, shape ``(d,)``; nothing for other pushes."""
        return None


class ComponentPush(AbstractPush):
    """A unit push on one state variable, the same in every state.

    Args:
        name: How results call it.
        index: Which state variable.
    """

    name: str = eqx.field(static=True)
    index: Array

    def __init__(self, name: str, index: int):
        self.name = name
        # An array, so that pushes on different variables share one compilation.
        self.index = jnp.asarray(index)

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        return jnp.zeros_like(state).at[self.index].set(1.0)

    def divergence(self, state: Float[Array, " d"]) -> Float[Array, ""]:
        return jnp.zeros((), state.dtype)

    def constant(self, dimension: int) -> np.ndarray:
        return np.eye(dimension)[int(self.index)]


class ConstantPush(AbstractPush):
    """A push on several state variables, the same in every state.

    Args:
        name: How results call it.
        vector: What is added to the drift of each variable, shape ``(d,)``.
    """

    name: str = eqx.field(static=True)
    vector: Array

    def __init__(self, name: str, vector: Float[np.ndarray, " d"]):
        self.name = name
        self.vector = jnp.asarray(vector, float)

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        return self.vector.astype(state.dtype)

    def divergence(self, state: Float[Array, " d"]) -> Float[Array, ""]:
        return jnp.zeros((), state.dtype)

    def constant(self, dimension: int) -> np.ndarray:
        return np.asarray(self.vector)


class ExpressionPush(AbstractPush):
    """A push by what is added to the drift of some variables, each an expression of the state.

    Args:
        name: How results call it.
        components: Which variable, and what is added to its drift.
    """

    name: str = eqx.field(static=True)
    components: tuple[tuple[int, Observable], ...] = eqx.field(static=True)

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        found = jnp.zeros_like(state)
        for index, expression in self.components:
            found = found.at[index].set(expression.along(state))
        return found

    def divergence(self, state: Float[Array, " d"]) -> Float[Array, ""]:
        return jnp.stack([jax.grad(each.along)(state)[index] for index, each in self.components]).sum()


class VectorFieldPush(AbstractPush):
    r"""Any push, given as a function of the state written with ``jax.numpy``.

    Its divergence is the trace of its derivative.

    Example:
        >>> import jax.numpy as jnp
        >>> damping = VectorFieldPush("stronger damping", lambda x: -x)
        >>> float(damping.divergence(jnp.array([1.0, 2.0])))
        -2.0
    """

    name: str = eqx.field(static=True)
    function: Callable[[Array], Array] = eqx.field(static=True)

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        return jnp.asarray(self.function(state), state.dtype)

    def divergence(self, state: Float[Array, " d"]) -> Float[Array, ""]:
        def diagonal(basis: Array) -> Array:
            return jnp.vdot(basis, jax.jvp(self, (state,), (basis,))[1])

        return jnp.sum(jax.vmap(diagonal)(jnp.eye(state.shape[0], dtype=state.dtype)))


class DelayedPush(AbstractPush):
    """A push on the present state alone, of a state that holds earlier ones behind it.

    Args:
        push: The push on the present state.
        dimension: Number of variables of the present state.
    """

    name: str = eqx.field(static=True)
    push: AbstractPush
    dimension: int = eqx.field(static=True)

    def __init__(self, push: AbstractPush, dimension: int):
        self.name, self.push, self.dimension = push.name, push, dimension

    def __call__(self, state: Float[Array, " extended"]) -> Float[Array, " extended"]:
        return jnp.zeros_like(state).at[: self.dimension].set(self.push(state[: self.dimension]))

    def divergence(self, state: Float[Array, " extended"]) -> Float[Array, ""]:
        return self.push.divergence(state[: self.dimension])

    def constant(self, dimension: int) -> np.ndarray | None:
        present = self.push.constant(self.dimension)
        return None if present is None else np.pad(present, (0, dimension - self.dimension))


class PushValues(eqx.Module):
    """The vectors of several pushes at one state, shape ``(pushes, d)``, and their divergences, ``(pushes,)``."""

    pushes: tuple[AbstractPush, ...]

    def __call__(self, state: Float[Array, " d"]) -> tuple[Float[Array, "pushes d"], Float[Array, " pushes"]]:
        vectors = jnp.stack([push(state) for push in self.pushes])
        return vectors, jnp.stack([push.divergence(state) for push in self.pushes])


class PushVectors:
    """Several pushes on many states: the vectors, once where all are constant, and the divergences.

    Args:
        pushes: The pushes.
        dimension: Number of state variables.
    """

    def __init__(self, pushes: Sequence[AbstractPush], dimension: int):
        self.pushes = tuple(pushes)
        constants = [push.constant(dimension) for push in pushes]
        self.constant = None if any(each is None for each in constants) else np.array(constants)

    def __len__(self) -> int:
        return len(self.pushes)

    def __call__(self, states: Float[np.ndarray, "n d"]) -> tuple[Float[np.ndarray, "m q d"], Float[np.ndarray, "m q"]]:
        """The vectors and divergences at every state, or once where they are constant."""
        if self.constant is not None:
            return self.constant[None], np.zeros((1, len(self)))
        return map_states(PushValues(self.pushes), states, width=len(self) * states.shape[1])


def pushed_variables(vectors: PushVectors, values: Float[np.ndarray, "member time d"]) -> Bool[np.ndarray, " d"]:
    """Which variables any of the pushes moves, at some states."""
    flat = values.reshape(-1, values.shape[2])
    chosen = np.linspace(0, len(flat) - 1, min(len(flat), _PUSHED_STATES)).astype(int)
    return np.any(vectors(flat[chosen])[0] != 0, axis=(0, 1))
