"""An estimated curve with its uncertainty: bands, integrals and contrasts from one factor of the covariance."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy.special
from jaxtyping import Float

_DRAWS = 2000  # of the largest deviation along a curve; its quantile is then known to about one per cent
_DRAWS_SEED = 0
ROUNDING = 1e-6  # of the largest standard error along the curve
_NUMBERS = 1 << 22  # drawn at once: 32 MB


class Estimate(NamedTuple):
    r"""An estimate with a factor $E$ of its covariance, $\mathrm{Cov}(K(t), K(t')) = \sum_j E_j(t) E_j(t')$.

    Any linear function of the curve has the same function of the rows $E_j$ as its factor, so bands of integrals and
    contrasts come from the covariance of the whole curve; quantiles are never added.

    Attributes:
        value: The estimate, shape ``curve``.
        factor: Rows of the factor, shape ``(rows, *curve)``.
        freedom: Degrees of freedom of the variance: one number, or an array that broadcasts against the curve.

    Example:
        >>> import numpy as np
        >>> estimate = Estimate(np.array([1.0, 2.0]), np.array([[0.3, 0.1], [0.4, 0.0]]), 10)
        >>> estimate.stderr().round(3).tolist()
        [0.5, 0.1]
    """

    value: np.ndarray
    factor: np.ndarray
    freedom: int | np.ndarray

    def stderr(self) -> np.ndarray:
        """Pointwise standard error, the shape of the curve."""
        return np.asarray(np.sqrt(np.sum(self.factor**2, axis=0)))

    def half_width(self, confidence: float) -> np.ndarray:
        """Half width of the pointwise band, the shape of the curve."""
        return np.asarray(scipy.special.stdtrit(self.freedom, 0.5 + confidence / 2) * self.stderr())

    def band(self, confidence: float) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper limit of the pointwise band."""
        width = self.half_width(confidence)
        return self.value - width, self.value + width

    def map(self, function: Callable[[np.ndarray], np.ndarray], *, selects: bool = False) -> "Estimate":
        """The estimate of a linear function of the curve; leading axes of what it is given pass through it.

        Where degrees of freedom differ along the curve, the smallest stand for all; a function that ``selects`` (picks,
        moves or reshapes, and adds nothing up) keeps those of each point.
        """
        freedom = self.freedom
        if selects:
            freedom = function(np.broadcast_to(freedom, self.value.shape))
        elif np.ndim(freedom):
            freedom = int(np.min(freedom))
        return Estimate(function(self.value), function(self.factor), freedom)

    def integral(self, dt: float, axis: int) -> "Estimate":
        """The running integral along one axis of the curve, ``axis`` counted from its beginning.

        What the trapezoidal rule misses between the points is one more row of the factor.
        """
        value = running_integral(self.value, dt, axis)
        rows = running_integral(self.factor, dt, axis + 1)
        return Estimate(value, rows, self.freedom).widened(_quadrature_error(self.value, value, dt, axis))

    def contrast(self, weights: Float[np.ndarray, "..."]) -> "Estimate":
        """The sum of the curve times weights of its shape, a scalar."""
        axes = weights.ndim
        return self.map(lambda curve: np.tensordot(curve, weights, axes))

    def simultaneous(self, confidence: float, axes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        r"""Lower and upper limit of the band that holds the whole curve along some axes at once.

        The half width is the standard error times the quantile of $\max_t |\sum_j E_j(t) z_j| / (\sigma(t) \chi)$ with
        independent standard normal $z_j$ and $\chi^2$ that of the degrees of freedom over their number: the sup-t band
        [1]. The quantile comes from a fixed set of draws.

        References:
            [1] Montiel Olea and Plagborg-Moller, *Simultaneous confidence bands: theory, implementation, and an
            application to SVARs*, Journal of Applied Econometrics 34, 1 (2019), algorithm 1.
        """
        quantile = np.empty(self._flat(axes)[0].shape[:-1])
        for place in np.ndindex(*quantile.shape):
            quantile[place] = np.quantile(self._largest(axes, place), confidence)
        width = np.expand_dims(quantile, axes) * self.stderr()
        return self.value - width, self.value + width

    def chance_of_zero(self, axes: tuple[int, ...]) -> np.ndarray:
        """The p-value of the curve being zero all along some axes, from its largest deviation in standard errors.

        With as many draws as there are it is never below one in two thousand.
        """
        value, sizes = self._flat(axes)
        # What has next to no error beside the rest, such as a lag at which all is known, is rounding.
        told = sizes > ROUNDING * np.max(sizes, axis=-1, keepdims=True)
        deviations = np.max(np.abs(value) / np.where(told, sizes, np.inf), axis=-1)
        chance = np.empty(deviations.shape)
        for place in np.ndindex(*chance.shape):
            beyond = np.sum(self._largest(axes, place) >= deviations[place])
            chance[place] = (1 + beyond) / (1 + _DRAWS)
        return chance

    def _flat(self, axes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Values and standard errors with some axes as one, the last."""

        def moved(curve: np.ndarray) -> np.ndarray:
            last = np.moveaxis(curve, axes, range(-len(axes), 0))
            return last.reshape(*last.shape[: curve.ndim - len(axes)], -1)

        return moved(self.value), moved(self.stderr())

    def _largest(self, axes: tuple[int, ...], place: tuple[int, ...]) -> np.ndarray:
        """Draws of the largest deviation along some axes, in standard errors, at a place among the other axes."""
        rows = np.moveaxis(self.factor, [1 + axis for axis in axes], range(-len(axes), 0))
        rows = rows[(slice(None), *place)].reshape(len(self.factor), -1)
        sizes = np.sqrt(np.sum(rows**2, axis=0))
        rows = np.where(sizes > ROUNDING * sizes.max(), rows, 0.0) / np.where(sizes > 0, sizes, 1.0)
        freedom = np.moveaxis(np.broadcast_to(self.freedom, self.value.shape), axes, range(-len(axes), 0))
        freedom = freedom[place].flat[0]
        chances, draws = _draws(len(rows))
        spread = np.sqrt(scipy.special.chdtri(freedom, chances) / freedom)
        batch = max(1, _NUMBERS // rows.shape[1])
        largest = [np.abs(draws[start : start + batch] @ rows).max(axis=1) for start in range(0, _DRAWS, batch)]
        return np.concatenate(largest) / spread

    def widened(self, bias: np.ndarray) -> "Estimate":
        """The estimate with a further row of the factor: an error of this size and unknown sign."""
        return self._replace(factor=np.concatenate([self.factor, bias[None]]))


@functools.lru_cache(maxsize=4)
def _draws(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """The fixed set of draws: chances for the spread, and standard normal numbers, shape ``(draws, rows)``."""
    draws = np.random.default_rng(_DRAWS_SEED)
    return draws.random(_DRAWS), draws.standard_normal((_DRAWS, rows))


def running_integral(curve: Float[np.ndarray, "..."], dt: float, axis: int) -> Float[np.ndarray, "..."]:
    """Integral from lag zero to each lag by the trapezoidal rule, zero at lag zero."""
    curve = np.moveaxis(curve, axis, 0)
    steps: Any = 0.5 * dt * (curve[1:] + curve[:-1])
    integral = np.concatenate([np.zeros_like(curve[:1]), np.cumsum(steps, axis=0)])
    return np.moveaxis(integral, 0, axis)


def _quadrature_error(
    curve: Float[np.ndarray, "..."], integral: Float[np.ndarray, "..."], dt: float, axis: int
) -> Float[np.ndarray, "..."]:
    """Half the difference between the running integral and the same from every second point.

    For a smooth curve the difference is three times the error. It is known at even places; an odd one takes that of the
    next even one, the last that of the one before.
    """
    curve, integral = np.moveaxis(curve, axis, 0), np.moveaxis(integral, axis, 0)
    even = 0.5 * (integral[::2] - running_integral(curve[::2], 2 * dt, 0))
    place = np.minimum((np.arange(len(curve)) + 1) // 2, len(even) - 1)
    return np.moveaxis(even[place], 0, axis)
