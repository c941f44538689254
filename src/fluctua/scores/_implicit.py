r"""The implicit score-matching loss: how good a score is, without knowing the true one.

For the true score $s_0$ and any score $s$ of moderate growth, integration by parts gives

$$ \tfrac12 \langle |s - s_0|^2 \rangle
   = \langle \tfrac12 |s|^2 + \nabla \cdot s \rangle + \tfrac12 \langle |s_0|^2 \rangle, $$

so the average of $\tfrac12 |s|^2 + \nabla \cdot s$ over states that the fit has not seen ranks scores. It is taken in
whitened coordinates, where the Gaussian score has the value $-d/2$ and no variable counts more for its units.

References:
    Hyvärinen, *Estimation of non-normalized statistical models by score matching*, JMLR 6, 695 (2005), eq. 4.
"""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import OptionError, map_states
from ..features import Whitening
from ._base import AbstractScore
from ._gaussian import GaussianScore

EXACT_DIVERGENCE_DIMENSION = 32
"""Up to this many variables the divergence is exact; above it is estimated by random probes."""


class _ExactLoss(eqx.Module):
    score: AbstractScore
    inverse: Float[Array, "d d"]

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, ""]:
        # With x = V z + m: s_z = V^T s_x, and the derivative of s_z along e_i is V^T times that of s_x along V e_i.
        values, rows = _derivatives(self.score, state, self.inverse.T)
        return 0.5 * jnp.sum((self.inverse.T @ values) ** 2) + jnp.sum(rows * self.inverse.T)


class _ProbedLoss(eqx.Module):
    score: AbstractScore
    inverse: Float[Array, "d d"] | None
    key: PRNGKeyArray
    probes: int = eqx.field(static=True)

    def __call__(self, state: Float[Array, " d"], index: Float[Array, ""]) -> Float[Array, ""]:
        # A key per state: the probes of a state do not depend on how many others there are.
        key = jax.random.fold_in(self.key, index.astype(jnp.uint32))
        directions = jax.random.rademacher(key, (self.probes, state.size), state.dtype)
        if self.inverse is not None:
            directions = directions @ self.inverse.T
        values, rows = _derivatives(self.score, state, directions)
        whitened = values if self.inverse is None else self.inverse.T @ values
        return 0.5 * jnp.sum(whitened**2) + jnp.mean(jnp.sum(rows * directions, axis=1))


def _derivatives(score: AbstractScore, state: Array, directions: Array) -> tuple[Array, Array]:
    """The score at one state, and its derivatives along several directions."""

    def along(direction: Array) -> tuple[Array, Array]:
        return jax.jvp(score, (state,), (direction,))

    return jax.vmap(along, out_axes=(None, 0))(directions)


def implicit_loss(
    score: AbstractScore,
    states: Float[np.ndarray, "n d"],
    whitening: Whitening | None = None,
    *,
    key: PRNGKeyArray | None = None,
    probes: int = 8,
) -> Float[np.ndarray, " n"]:
    r"""The implicit score-matching loss of each state; lower is better on average.

    It is returned state by state, so that standard errors can be taken over blocks of time.

    Args:
        score: The score.
        states: Shape ``(n, d)``.
        whitening: Coordinates in which the loss is taken; those of the record by default.
        key: Random key of the probes; needed above 32 variables, unused below and for the Gaussian score.
        probes: Number of random probes per state.

    Returns:
        Shape ``(n,)``. Cost per state: ``min(d, probes)`` derivatives of the score.

    Raises:
        OptionError: No key was given for more than 32 variables, or no probe was asked for.

    Example:
        >>> import numpy as np
        >>> from fluctua.scores import FunctionScore
        >>> implicit_loss(FunctionScore(lambda x: -x, variables=2), np.array([[1.0, 2.0]])).tolist()
        [0.5]
    """
    dimension = states.shape[1]
    if isinstance(score, GaussianScore):  # the same derivatives everywhere: nothing to compile
        matrix = np.eye(dimension) if whitening is None else np.linalg.inv(np.asarray(whitening.matrix))
        divergence = -np.sum(matrix * (np.asarray(score.precision) @ matrix))
        return 0.5 * np.sum((score.values(states) @ matrix) ** 2, axis=1) + divergence
    inverse = None if whitening is None else jnp.linalg.inv(whitening.matrix)
    if dimension <= EXACT_DIVERGENCE_DIMENSION:
        matrix = jnp.eye(dimension) if inverse is None else inverse
        return map_states(_ExactLoss(score, matrix), states, width=8 * dimension**2)
    if key is None or probes < 1:
        raise OptionError(
            f"the states have {dimension} variables, with {'no key' if key is None else f'{probes} probes'}",
            f"above {EXACT_DIVERGENCE_DIMENSION} variables the divergence needs a key and at least 1 probe",
            "give key=jax.random.key(0) and probes=8",
        )
    # The batches are of floating-point rows; a float64 holds every index that memory has room for.
    indices = np.arange(len(states), dtype=np.float64)
    return map_states(_ProbedLoss(score, inverse, key, probes), states, indices, width=8 * dimension * probes)


def loss_by_part(
    score: AbstractScore,
    parts: Sequence[Float[np.ndarray, "_ d"]],
    whitening: Whitening,
    *,
    key: PRNGKeyArray,
) -> Float[np.ndarray, " parts"]:
    """Mean implicit loss of each contiguous part of a record, for standard errors that respect correlation in time."""
    losses = implicit_loss(score, np.concatenate(list(parts)), whitening, key=key)
    return np.array([piece.mean() for piece in np.split(losses, np.cumsum([len(part) for part in parts])[:-1])])


def mean_and_stderr(values: Float[np.ndarray, " parts"]) -> tuple[float, float]:
    """Mean over parts and its standard error."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
