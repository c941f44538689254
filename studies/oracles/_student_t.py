"""Student-t data, noised: a power-law tail under every law of noise."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from fluctua.core import OptionError, named_key
from fluctua.noise import AbstractNoiseLaw, StudentT
from fluctua.scores.noised import AbstractExactNoisedScore, Smoothed

from ._shared import mixed
from ._smoothed_normal import (
    AbstractNormalSmoother,
    GaussianSmoother,
    ScaleMixtureSmoother,
    normal_smoother,
    scale_mixture,
)

_LOG_TWO_PI = math.log(2.0 * math.pi)


class NoisedStudentT(AbstractExactNoisedScore):
    r"""Multivariate Student-t data, one scale for the whole vector, noised by an isotropic law.

    The data are normal vectors with a random variance, $p(x) = \sum_i v_i N(x; 0, U_i)$ by quadrature, and each of them
    is smoothed by itself. For noise that is a mixture of Gaussians, $q(y) = \sum_{il} v_i w_l N(y; 0, U_i + \sigma^2
    V_l)$: two sums that only need $|y|$. In one dimension every generalised normal law can be taken as well.

    Args:
        law: Noise law: Gaussian, Student-t, stable or spherical generalised normal with $\beta \le 2$; every law in one
            dimension.
        df: Degrees of freedom of the data, $\nu > 0$.
        scale: Scale of the data; their standard deviation is $\sqrt{\nu / (\nu - 2)}$ times it for $\nu > 2$.
        dimension: Number of state variables.

    Raises:
        OptionError: The law is not isotropic, or the scale or the degrees of freedom are not positive.

    Example:
        >>> import jax.numpy as jnp
        >>> from fluctua.noise import Gaussian
        >>> data = NoisedStudentT(Gaussian(), 3.0, 1.0, 2)
        >>> far = data.score(jnp.array([100.0, 0.0]), jnp.asarray(1.0))
        >>> round(-100.0 * float(far[0]), 2)  # nu + d, the power of the tail
        5.0

    References:
        Andrews and Mallows, *Scale mixtures of normal distributions*, 1974, section 3.
    """

    law: AbstractNoiseLaw
    df: float = eqx.field(static=True)
    scale: float = eqx.field(static=True)
    variables: int = eqx.field(static=True)
    variances: Float[Array, " m"]
    log_weights: Float[Array, " m"]
    smoother: AbstractNormalSmoother

    def __init__(self, law: AbstractNoiseLaw, df: float, scale: float, dimension: int):
        if not (df > 0.0 and 0.0 < scale < math.inf):
            raise OptionError(
                f"the data have {df} degrees of freedom and the scale {scale}",
                "both must be positive",
                "give, for example, df=3.0 and scale=1.0",
            )
        smoother = normal_smoother(law, dimension)
        isotropic = isinstance(smoother, GaussianSmoother) or (
            isinstance(smoother, ScaleMixtureSmoother) and not smoother.per_coordinate
        )
        if dimension > 1 and not isotropic:
            raise OptionError(
                f"the noise law is {law.kind} with {law.config()}, in {dimension} dimensions",
                "the exact score of Student-t data needs isotropic noise in more than one dimension",
                "take form='spherical', another isotropic law, or one dimension",
            )
        mixture = scale_mixture(StudentT(df, scale), dimension)
        self.law = law
        self.df, self.scale, self.variables = float(df), float(scale), dimension
        self.variances, self.log_weights = jnp.asarray(mixture.variances), jnp.asarray(mixture.log_weights)
        self.smoother = smoother

    @property
    def dimension(self) -> int:
        return self.variables

    def smoothed(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Smoothed:
        # One variance of the data after the other: all pairs at once would fill the memory for many noised states.
        def one(variance: Array) -> Smoothed:
            if self.variables > 1 and isinstance(self.smoother, ScaleMixtureSmoother):
                return _isotropic(noised, variance, level**2 * self.smoother.variances, self.smoother.log_weights)
            deviation = jnp.broadcast_to(jnp.sqrt(variance), noised.shape)
            return self.smoother(noised, jnp.zeros_like(noised), deviation, level)

        return mixed(self.log_weights, jax.lax.map(one, self.variances))

    def sample(self, key: PRNGKeyArray, count: int) -> Float[Array, "count d"]:
        return StudentT(self.df, self.scale).sample(named_key(key, "student"), (count, self.variables))


def _isotropic(
    noised: Float[Array, " d"], variance: Float[Array, ""], noise: Float[Array, " m"], log_weights: Float[Array, " m"]
) -> Smoothed:
    """A normal vector of one variance with noise of one variance out of many, by its length alone."""
    total = variance + noise
    joint = log_weights - 0.5 * jnp.sum(noised**2) / total - 0.5 * noised.size * (jnp.log(total) + _LOG_TWO_PI)
    score = -noised * jnp.sum(jax.nn.softmax(joint) / total)
    return Smoothed(jax.nn.logsumexp(joint), score, -variance * score)
