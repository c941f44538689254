"""What a score is: the gradient of a log-density, as a map from one state to one vector."""

import abc
import dataclasses
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import map_states
from ..features import Whitening


class AbstractScore(eqx.Module):
    r"""The score $s(x) = \nabla \ln \rho(x)$ of a stationary density $\rho$ on $R^d$.

    A score is a callable that maps one state, shape ``(d,)``, in the units of the record, to one vector of the same
    shape, in inverse units. Batches are made by ``jax.vmap``; derivatives by ``jax.jvp``. A score does not know how it
    was fitted, only what it is; ``kind`` names the family in files and on the command line. A file holds its fields,
    unless it says otherwise; ``unsaved`` is why a family has no files.
    """

    kind: eqx.AbstractClassVar[str]
    unsaved: ClassVar[str] = ""

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

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything numerical that defines the score, by name: its fields, and those of its coordinates."""
        found = {}
        for name in self._names():
            value = getattr(self, name)
            found |= value.arrays() if isinstance(value, Whitening) else {name: np.asarray(value)}
        return found

    def config(self) -> dict[str, Any]:
        """Everything else that defines the score, as values that JSON can hold."""
        self._names()
        return {}

    @classmethod
    def restore(cls, arrays: dict[str, np.ndarray], config: dict[str, Any]) -> "AbstractScore":
        """The score whose ``arrays()`` and ``config()`` these are."""
        fields = {}
        for name in cls._names():
            fields[name] = Whitening.restore(arrays) if name == "whitening" else jnp.asarray(arrays[name])
        return cls(**fields)

    @classmethod
    def _names(cls) -> list[str]:
        if cls.unsaved:
            raise TypeError(cls.unsaved)
        return [field.name for field in dataclasses.fields(cls)]


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
    unsaved: ClassVar[str] = "a score given as a Python function lives in code, it has nothing to save"
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


class MeanScore(AbstractScore):
    """The mean of scores that were fitted to different parts of a record; it lives in memory only."""

    kind: ClassVar[str] = "mean"
    unsaved: ClassVar[str] = "the mean of several scores is not saved"
    scores: tuple[AbstractScore, ...]

    @property
    def dimension(self) -> int:
        return self.scores[0].dimension

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        return jnp.mean(jnp.stack([score(state) for score in self.scores]), axis=0)

    def values(self, states: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        return np.mean([score.values(states) for score in self.scores], axis=0)
