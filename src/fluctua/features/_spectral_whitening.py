"""Whitened coordinates of a homogeneous periodic field, wavenumber by wavenumber."""

import math
from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import ScoreError
from ._coordinates import AbstractCoordinates
from ._spectral import half_shape, multiplicity

_FLOOR = 1e-10  # of the largest eigenvalue: what is smaller is rounding of a record in single precision
_BATCH = 1 << 22  # numbers transformed at a time


class SpectralWhitening(AbstractCoordinates):
    r"""The circulant map $z_k = (u_k - m_k) / \sqrt{C_k}$ of fields to white ones of variance one, and back.

    $u_k$ is the half spectrum (``rfftn``) of a field on a periodic grid of $n$ points, $m$ one number, and
    $C_k = \langle |u_k - m_k|^2 \rangle / n$ are the eigenvalues of the covariance of a homogeneous field. The map is
    symmetric, so a score in whitened coordinates goes back by $s_{u,k} = s_{z,k} / \sqrt{C_k}$. States are flat, C
    order; the type of the state decides the precision.

    Args:
        mean: $m$, a scalar.
        deviation: $\sqrt{C_k}$ on the half spectrum.
        grid: Shape of the grid.
    """

    mean: Float[Array, ""]
    deviation: Float[Array, "*half"]
    grid: tuple[int, ...] = eqx.field(static=True)

    def coordinates(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        return self._filtered(state - self.mean.astype(state.dtype), 1.0 / self.deviation)

    def inverse(self, coordinates: Float[Array, " d"]) -> Float[Array, " d"]:
        return self._filtered(coordinates, self.deviation) + self.mean.astype(coordinates.dtype)

    def to_score(self, score: Float[Array, " d"]) -> Float[Array, " d"]:
        return self._filtered(score, 1.0 / self.deviation)

    def from_score(self, score: Float[Array, " d"]) -> Float[Array, " d"]:
        return self._filtered(score, self.deviation)

    def colour(self, whitened: Float[Array, " d"]) -> Float[Array, " d"]:
        """The field of whitened coordinates, without its mean, in units of its standard deviation at a point."""
        return self._filtered(whitened, self.deviation / self.point_deviation)

    def arrays(self) -> dict[str, np.ndarray]:
        return {"mean": np.asarray(self.mean), "deviation": np.asarray(self.deviation)}

    @classmethod
    def restore(cls, arrays: dict[str, np.ndarray], grid: Sequence[int]) -> "SpectralWhitening":
        """The whitening among the arrays of a score of fields on this grid."""
        return cls(jnp.asarray(arrays["mean"]), jnp.asarray(arrays["deviation"]), tuple(grid))

    @property
    def point_deviation(self) -> Float[Array, ""]:
        """Standard deviation of the field at a point."""
        return jnp.sqrt(jnp.sum(multiplicity(self.grid) * self.deviation.ravel() ** 2) / math.prod(self.grid))

    def _filtered(self, state: Float[Array, " d"], multiplier: Float[Array, "*half"]) -> Float[Array, " d"]:
        spectrum = jnp.fft.rfftn(state.reshape(self.grid)) * multiplier.astype(state.dtype)
        return jnp.fft.irfftn(spectrum, self.grid).reshape(-1)


def fit_spectral_whitening(parts: Sequence[np.ndarray], grid: tuple[int, ...]) -> SpectralWhitening:
    """The whitening of a record, given in parts of flat fields ``(n, d)``, in one pass over batches of states.

    Raises:
        ScoreError: The field does not vary, or has no variance at too many wavenumbers to have a score.
    """
    size = math.prod(grid)
    total, squares, count = 0.0, np.zeros(half_shape(grid)), 0
    step = max(1, _BATCH // size)
    for part in parts:
        for start in range(0, len(part), step):
            fields = np.asarray(part[start : start + step], np.float64).reshape(-1, *grid)
            total += fields.sum()
            squares += (np.abs(np.fft.rfftn(fields, axes=tuple(range(1, len(grid) + 1)))) ** 2).sum(axis=0)
            count += len(fields)
    mean = total / (count * size)
    variance = squares / (count * size)
    # The sum of a field at wavenumber zero holds the mean; the other wavenumbers do not see it.
    zero = (0,) * len(grid)
    variance[zero] = max(variance[zero] - size * mean**2, 0.0)
    largest = float(variance.max())
    empty = int(np.sum(variance <= _FLOOR * largest))
    if not largest > 0.0 or empty > variance.size // 2:
        raise ScoreError(
            f"the field has no variance at {variance.size if not largest > 0.0 else empty} of {variance.size} "
            "wavenumbers",
            "a score exists only where the data fill every direction of state space",
            "coarsen the grid to the scales that vary",
        )
    deviation = np.sqrt(variance + _FLOOR * largest)
    return SpectralWhitening(jnp.asarray(mean, jnp.float64), jnp.asarray(deviation, jnp.float64), tuple(grid))
