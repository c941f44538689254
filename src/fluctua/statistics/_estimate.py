"""An estimated curve with its uncertainty: bands, integrals and contrasts from one factor of the covariance."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy.special
from jaxtyping import Float


class Estimate(NamedTuple):
    r"""An estimate with a factor $E$ of its covariance, $\mathrm{Cov}(K(t), K(t')) = \sum_j E_j(t) E_j(t')$.

    Any linear function of the curve has the same function of the rows $E_j$ as its factor, so bands of integrals and
    contrasts come from the covariance of the whole curve; quantiles are never added.

    Attributes:
        value: The estimate, shape ``curve``.
        factor: Rows of the factor, shape ``(rows, *curve)``.
        freedom: Degrees of freedom of the variance.

    Example:
        >>> import numpy as np
        >>> estimate = Estimate(np.array([1.0, 2.0]), np.array([[0.3, 0.1], [0.4, 0.0]]), 10)
        >>> estimate.stderr().round(3).tolist()
        [0.5, 0.1]
    """

    value: np.ndarray
    factor: np.ndarray
    freedom: int

    def stderr(self) -> np.ndarray:
        """Pointwise standard error, the shape of the curve."""
        return np.asarray(np.sqrt(np.sum(self.factor**2, axis=0)))

    def half_width(self, confidence: float) -> np.ndarray:
        """Half width of the pointwise band, the shape of the curve."""
        return float(scipy.special.stdtrit(self.freedom, 0.5 + confidence / 2)) * self.stderr()

    def band(self, confidence: float) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper limit of the pointwise band."""
        width = self.half_width(confidence)
        return self.value - width, self.value + width

    def map(self, function: Callable[[np.ndarray], np.ndarray]) -> "Estimate":
        """The estimate of a linear function of the curve; leading axes of what it is given pass through it."""
        return Estimate(function(self.value), function(self.factor), self.freedom)

    def integral(self, dt: float, axis: int) -> "Estimate":
        """The running integral along one axis of the curve, ``axis`` counted from its beginning."""
        return Estimate(
            running_integral(self.value, dt, axis), running_integral(self.factor, dt, axis + 1), self.freedom
        )

    def contrast(self, weights: Float[np.ndarray, "..."]) -> "Estimate":
        """The sum of the curve times weights of its shape, a scalar."""
        axes = weights.ndim
        return self.map(lambda curve: np.tensordot(curve, weights, axes))


def running_integral(curve: Float[np.ndarray, "..."], dt: float, axis: int) -> Float[np.ndarray, "..."]:
    """Integral from lag zero to each lag by the trapezoidal rule, zero at lag zero."""
    curve = np.moveaxis(curve, axis, 0)
    steps: Any = 0.5 * dt * (curve[1:] + curve[:-1])
    integral = np.concatenate([np.zeros_like(curve[:1]), np.cumsum(steps, axis=0)])
    return np.moveaxis(integral, 0, axis)
