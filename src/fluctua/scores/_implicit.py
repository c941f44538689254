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
from jaxtyping import Array, Float

from ..core import map_states
from ._base import AbstractScore
from ._whitening import Whitening


class _ImplicitLoss(eqx.Module):
    score: AbstractScore
    inverse: Float[Array, "d d"]

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, ""]:
        # With x = V z + m: s_z = V^T s_x, and the derivative of s_z along e_i is V^T times that of s_x along V e_i.
        def derivative(direction: Array) -> tuple[Array, Array]:
            return jax.jvp(self.score, (state,), (direction,))

        values, rows = jax.vmap(derivative, out_axes=(None, 0))(self.inverse.T)
        return 0.5 * jnp.sum((self.inverse.T @ values) ** 2) + jnp.sum(rows * self.inverse.T)


def implicit_loss(
    score: AbstractScore, states: Float[np.ndarray, "n d"], whitening: Whitening
) -> Float[np.ndarray, " n"]:
    """The implicit score-matching loss at each state, in whitened coordinates; lower is better on average."""
    inverse = jnp.linalg.inv(whitening.matrix)
    dimension = states.shape[1]
    return map_states(_ImplicitLoss(score, inverse), states, width=8 * dimension**2)


def loss_by_part(
    score: AbstractScore, parts: Sequence[Float[np.ndarray, "_ d"]], whitening: Whitening
) -> Float[np.ndarray, " parts"]:
    """Mean implicit loss of each contiguous part of a record, for standard errors that respect correlation in time."""
    losses = implicit_loss(score, np.concatenate(list(parts)), whitening)
    return np.array([piece.mean() for piece in np.split(losses, np.cumsum([len(part) for part in parts])[:-1])])


def mean_and_stderr(values: Float[np.ndarray, " parts"]) -> tuple[float, float]:
    """Mean over parts and its standard error."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
