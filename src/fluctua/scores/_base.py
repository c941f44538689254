"""What a score is: the gradient of a log-density, as a map from one state to one vector."""

import abc
from typing import Any, ClassVar

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float

from ..core import map_states


class AbstractScore(eqx.Module):
    r"""The score $s(x) = \nabla \ln \rho(x)$ of a stationary density $\rho$ on $R^d$.

    A score is a callable that maps one state, shape ``(d,)``, in the units of the record, to one vector of the same
    shape, in inverse units. Batches are made by ``jax.vmap``; derivatives by ``jax.jvp``. A score does not know how it
    was fitted, only what it is; ``kind`` names the family in files and on the command line.
    """

    kind: eqx.AbstractClassVar[str]

    @property
    @abc.abstractmethod
    def dimension(self) -> int:
        """Number of state variables."""

    @abc.abstractmethod
    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        """The score at one state."""

    def values(self, states: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        """The score at many states, in NumPy."""
        return map_states(self, states, width=64)

    @abc.abstractmethod
    def arrays(self) -> dict[str, np.ndarray]:
        """Everything numerical that defines the score, by name."""

    @abc.abstractmethod
    def config(self) -> dict[str, Any]:
        """Everything else that defines the score, as values that JSON can hold."""

    @classmethod
    @abc.abstractmethod
    def restore(cls, arrays: dict[str, np.ndarray], config: dict[str, Any]) -> "AbstractScore":
        """The score whose ``arrays()`` and ``config()`` these are."""


class FunctionScore(AbstractScore):
    r"""A score given by the user: any function of one state, or the gradient of a log-density.

    Args:
        function: Maps one state, shape ``(d,)``, to the score there, same shape, written with ``jax.numpy``.
        variables: Number of state variables $d$.

    Example:
        >>> import jax.numpy as jnp
        >>> FunctionScore(lambda x: -x, variables=2)(jnp.array([1.0, 2.0])).tolist()
        [-1.0, -2.0]
    """

    kind: ClassVar[str] = "exact"
    function: Any
    variables: int = eqx.field(static=True)

    @property
    def dimension(self) -> int:
        return self.variables

    @classmethod
    def from_log_density(cls, log_density: Any, dimension: int) -> "FunctionScore":
        """The gradient of ``log_density``, a function of one state with a scalar value, normalised or not."""
        return cls(jax.grad(log_density), dimension)

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        return self.function(state)

    def arrays(self) -> dict[str, np.ndarray]:
        raise TypeError("a score given as a Python function lives in code, it has no arrays to save")

    def config(self) -> dict[str, Any]:
        raise TypeError("a score given as a Python function lives in code, it has no configuration to save")

    @classmethod
    def restore(cls, arrays: dict[str, np.ndarray], config: dict[str, Any]) -> "FunctionScore":
        raise TypeError("a score given as a Python function cannot be restored from a file")
