"""Whitened coordinates: mean zero, covariance one."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import scipy.linalg
from jaxtyping import Array, Float

from ..core import ScoreError


class Whitening(eqx.Module):
    r"""The affine map $z = W (x - m)$ with $W C W^T = 1$, $W$ symmetric after division by standard deviations.

    A score in whitened coordinates goes back by $s_x = W^T s_z$; a push goes forward by $u_z = W u_x$.
    """

    mean: Float[Array, " d"]
    matrix: Float[Array, "modes d"]

    @classmethod
    def of(cls, mean: Float[np.ndarray, " d"], covariance: Float[np.ndarray, "d d"]) -> "Whitening":
        """The whitening of data with this mean and covariance.

        Raises:
            ScoreError: The covariance is singular to rounding.
        """
        deviation = np.sqrt(np.diag(covariance))
        correlation = covariance / np.outer(deviation, deviation)
        values, vectors = scipy.linalg.eigh(correlation)
        if not np.all(np.isfinite(values)) or values[0] < 1e-12 * values[-1]:
            raise ScoreError(
                f"the covariance of the {len(mean)} state variables has rank "
                f"{int(np.sum(values > 1e-12 * values[-1]))}",
                "a score exists only where the data fill every direction of state space",
                "leave out variables that are combinations of others, or reduce the record to its leading modes",
            )
        matrix = (vectors / np.sqrt(values)) @ vectors.T / deviation
        return cls(jnp.asarray(mean), jnp.asarray(matrix))

    @classmethod
    def leading(cls, mean: Float[np.ndarray, " d"], covariance: Float[np.ndarray, "d d"], modes: int) -> "Whitening":
        """Whitened coordinates of the leading modes (empirical orthogonal functions) only."""
        values, vectors = scipy.linalg.eigh(covariance, subset_by_index=[len(mean) - modes, len(mean) - 1])
        return cls(jnp.asarray(mean), jnp.asarray((vectors / np.sqrt(values)).T[::-1].copy()))

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " modes"]:
        """Whitened coordinates of one state."""
        return self.matrix @ (state - self.mean)

    def table(self, states: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n modes"]:
        """Whitened coordinates of many states, in NumPy."""
        return (states - np.asarray(self.mean)) @ np.asarray(self.matrix).T

    def arrays(self) -> dict[str, np.ndarray]:
        """Mean and matrix by the names that they have in the file of a score."""
        return {"mean": np.asarray(self.mean), "whitening": np.asarray(self.matrix)}

    @classmethod
    def restore(cls, arrays: dict[str, np.ndarray]) -> "Whitening":
        """The whitening among the arrays of a score."""
        return cls(jnp.asarray(arrays["mean"]), jnp.asarray(arrays["whitening"]))


def moments(states: Float[np.ndarray, "n d"]) -> tuple[Float[np.ndarray, " d"], Float[np.ndarray, "d d"]]:
    """Mean and covariance of states (divided by n)."""
    mean = states.mean(axis=0)
    centred = states - mean
    return mean, centred.T @ centred / len(states)
