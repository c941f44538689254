"""The Gaussian score: linear, the baseline of everything."""

from typing import ClassVar

import jax.numpy as jnp
import numpy as np
import scipy.linalg
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import AbstractProgress, ScoreError, register
from ..features import moments
from ._base import AbstractScore
from ._record_parts import RecordParts


@register("score", "gaussian", summary="linear", cites=("gaussian",))
class GaussianScore(AbstractScore):
    r"""The score of a Gaussian, $s(x) = -C^{-1} (x - m)$.

    With it the response is the classical (quasi-Gaussian) one, $R(t) = C(t) C(0)^{-1}$, exact for linear systems with
    Gaussian noise.

    Example:
        >>> import numpy as np
        >>> score = GaussianScore.of(mean=np.zeros(1), covariance=np.array([[4.0]]))
        >>> score(np.array([2.0])).tolist()
        [-0.5]

    References:
        Leith, *Climate response and fluctuation dissipation*, J. Atmos. Sci. 32, 2022 (1975).
    """

    kind: ClassVar[str] = "gaussian"
    mean: Float[Array, " d"]
    precision: Float[Array, "d d"]

    @property
    def dimension(self) -> int:
        return len(self.mean)

    @classmethod
    def of(cls, mean: Float[np.ndarray, " d"], covariance: Float[np.ndarray, "d d"]) -> "GaussianScore":
        """The score of the Gaussian with this mean and (positive definite) covariance."""
        # Inverted in units of standard deviations: no variable is lost for the smallness of its units.
        deviation = np.sqrt(np.diag(covariance))
        scale = np.outer(deviation, deviation)
        precision = scipy.linalg.pinvh(covariance / scale) / scale
        return cls(jnp.asarray(mean, float), jnp.asarray(precision, float))

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        return -self.precision @ (state - self.mean)

    def values(self, states: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        return (np.asarray(self.mean) - states) @ np.asarray(self.precision)


def fit_gaussian(states: Float[np.ndarray, "n d"], effective_size: float | None = None) -> GaussianScore:
    r"""Fit the Gaussian score, with the covariance shrunk towards its diagonal as far as the sample size asks for.

    The shrunk covariance is $(1 - a) C + a\, \mathrm{diag}\, C$ with
    $a = \min(1, \sum_{i \ne j} \mathrm{Var}(\hat r_{ij}) / \sum_{i \ne j} \hat r_{ij}^2)$ for the correlations
    $\hat r$, and $\mathrm{Var}(\hat r_{ij}) \approx (1 - \hat r_{ij}^2)^2 / n_{\rm eff}$. Up to one variable for twenty
    effective states nothing is shrunk; for more variables than effective states shrinkage makes the score exist.

    Args:
        states: Shape ``(n, d)``.
        effective_size: Effective number of independent states; ``n`` by default, too large for a correlated record.

    References:
        Schäfer and Strimmer, *A shrinkage approach to large-scale covariance matrix estimation*, 2005, target D.
    """
    return gaussian_of_moments(*moments(states), len(states) if effective_size is None else effective_size)


def gaussian_of_moments(
    mean: Float[np.ndarray, " d"], covariance: Float[np.ndarray, "d d"], size: float
) -> GaussianScore:
    """The same from the mean and the covariance of states, which are worth so many independent ones."""
    deviation = np.sqrt(np.diag(covariance))
    if not deviation.min() > 0:
        raise ScoreError(
            f"state variable {int(np.argmin(deviation)) + 1} of {len(mean)} is constant in a part of the record that a "
            "score is fitted to",
            "every state variable must vary throughout the record",
            "leave it out, or observe it without making it part of the state",
        )
    correlation = covariance / np.outer(deviation, deviation)
    off_diagonal = ~np.eye(len(mean), dtype=bool)
    squares = correlation[off_diagonal] ** 2
    total = squares.sum()
    variance = ((1 - squares) ** 2).sum() / max(size, 2.0)
    # A handful of variables stays untouched, so that the classical response is Leith's to the last digit.
    few = len(mean) <= 0.05 * size
    shrinkage = 0.0 if few or total == 0 else min(1.0, variance / total)
    shrunk = covariance * np.where(off_diagonal, 1 - shrinkage, 1.0)
    return GaussianScore.of(mean, shrunk)


@register("score family", "gaussian", summary="linear: the classical response", fields=True)
def _fit(data: RecordParts, key: PRNGKeyArray, progress: AbstractProgress | None) -> GaussianScore:
    return fit_gaussian(data.states(), data.effective_size)
