"""Coordinates of a few variables by a matrix: whitened, of leading modes, or standard for heavy tails."""

from collections.abc import Iterator, Sequence
from typing import Literal

import jax.numpy as jnp
import numpy as np
import scipy.linalg
from jaxtyping import Array, Float

from ..core import ScoreError
from ._coordinates import AbstractCoordinates

_LEAST_EIGENVALUE = 1e-3  # of a rank correlation that is used; smaller ones say nothing sure of heavy-tailed states
_BATCH = 1 << 22  # numbers summed at a time
_NORMAL_DEVIATION = 1.4826  # standard deviation of Gaussian states, in units of their median absolute deviation

Tails = Literal["light", "heavy"]
"""Whether states far out have to be reckoned with, because of power-law tails."""


class Whitening(AbstractCoordinates):
    r"""The affine map $z = W (x - m)$ with $W C W^T = 1$, $W$ symmetric after division by standard deviations.

    A push goes forward by $u_z = W u_x$. ``of`` is the usual constructor; ``leading`` keeps fewer coordinates than
    there are variables (and has no inverse), ``rotated`` changes axes and unit alone.
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

    @classmethod
    def rotated(cls, centre: Float[np.ndarray, " d"], unit: float, basis: Float[np.ndarray, "d d"]) -> "Whitening":
        r"""The coordinates $z = B^T (x - c) / u$ along other axes in another unit, which leave isotropic noise so.

        Args:
            centre: $c$.
            unit: $u$, a length.
            basis: $B$, orthogonal; its columns are the axes.
        """
        return cls(jnp.asarray(centre), jnp.asarray(np.asarray(basis).T / unit))

    def coordinates(self, state: Float[Array, " d"]) -> Float[Array, " modes"]:
        return self.matrix @ (state - self.mean)

    def table(self, states: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n modes"]:
        """Whitened coordinates of many states, in NumPy."""
        return (states - np.asarray(self.mean)) @ np.asarray(self.matrix).T

    def inverse(self, coordinates: Float[Array, " modes"]) -> Float[Array, " d"]:
        return self.mean + jnp.linalg.solve(self.matrix, coordinates)

    def to_score(self, score: Float[Array, " modes"]) -> Float[Array, " d"]:
        return self.matrix.T @ score

    def from_score(self, score: Float[Array, " d"]) -> Float[Array, " modes"]:
        return jnp.linalg.solve(self.matrix.T, score)

    def arrays(self) -> dict[str, np.ndarray]:
        return {"mean": np.asarray(self.mean), "whitening": np.asarray(self.matrix)}

    @classmethod
    def restore(cls, arrays: dict[str, np.ndarray]) -> "Whitening":
        """The whitening among the arrays of a score."""
        return cls(jnp.asarray(arrays["mean"]), jnp.asarray(arrays["whitening"]))


def fit_whitening(parts: Sequence[Float[np.ndarray, "_ d"]]) -> Whitening:
    """The whitening of a record, given in parts, in two passes over batches of states.

    Raises:
        ScoreError: The states do not fill every direction of state space.
    """
    count, dimension = sum(map(len, parts)), parts[0].shape[1]
    mean, covariance = np.zeros(dimension), np.zeros((dimension, dimension))
    for batch in _batches(parts):
        mean += batch.sum(axis=0) / count
    for batch in _batches(parts):
        centred = batch - mean
        covariance += centred.T @ centred
    return Whitening.of(mean, covariance / count)


def _batches(parts: Sequence[np.ndarray]) -> Iterator[Float[np.ndarray, "m d"]]:
    """The states in batches, float64, that do not depend on where the parts end."""
    step = max(1, _BATCH // parts[0].shape[1])
    starts = np.cumsum([0, *map(len, parts)])
    for first in range(0, int(starts[-1]), step):
        pieces = [
            part[max(0, first - start) : max(0, first + step - start)]
            for part, start in zip(parts, starts, strict=False)
        ]
        yield np.concatenate(pieces).astype(np.float64)


def moments(states: Float[np.ndarray, "n d"]) -> tuple[Float[np.ndarray, " d"], Float[np.ndarray, "d d"]]:
    """Mean and covariance of states (divided by n)."""
    mean = states.mean(axis=0)
    centred = states - mean
    return mean, centred.T @ centred / len(states)


def median_and_deviation(states: Float[np.ndarray, "n d"]) -> tuple[Float[np.ndarray, " d"], Float[np.ndarray, " d"]]:
    """What takes the place of mean and deviation under heavy tails: medians, and deviations from them alike."""
    centre = np.median(states, axis=0)
    return centre, _NORMAL_DEVIATION * np.median(np.abs(states - centre), axis=0)


def noise_coordinates(states: Float[np.ndarray, "n d"], tails: Tails) -> Whitening:
    r"""Coordinates of a record in which noise is the same amount in every direction.

    For light tails mean zero and covariance one. For heavy tails, where a few states decide a covariance, the median
    takes the place of the mean, 1.4826 median absolute deviations that of the deviation, and $2 \sin(\pi r / 6)$ with
    Spearman's rank correlation $r$ that of the correlation, equal to it for Gaussian states. A variable that has one
    value more than half of the time is measured by its deviation.

    Args:
        states: The states.
        tails: ``"light"`` or ``"heavy"``.

    Raises:
        ScoreError: The tails are light and the states do not fill every direction of state space.

    Example:
        >>> import numpy as np
        >>> states = np.random.default_rng(0).standard_t(1.5, size=(10_000, 2)) * [1.0, 100.0]
        >>> matrix = np.asarray(noise_coordinates(states, "heavy").matrix)
        >>> bool(abs(matrix[0, 0] / matrix[1, 1] / 100.0 - 1.0) < 0.1)
        True

    References:
        Kruskal, *Ordinal measures of association*, JASA 53, 814 (1958), for the sine.
    """
    if tails == "light":
        return Whitening.of(*moments(states))
    centre, scale = median_and_deviation(states)
    scale = np.where(scale > 0.0, scale, states.std(axis=0))
    ranks = np.apply_along_axis(scipy.stats.rankdata, 0, states)
    correlation = 2.0 * np.sin(np.pi / 6.0 * np.atleast_2d(np.corrcoef(ranks, rowvar=False)))
    np.fill_diagonal(correlation, 1.0)
    if np.linalg.eigvalsh(correlation)[0] < _LEAST_EIGENVALUE:
        correlation = np.eye(len(centre))
    return Whitening.of(centre, correlation * np.outer(scale, scale))
