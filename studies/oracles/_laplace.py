"""Laplace data with Laplace noise: a closed form with heavier tails than any Gaussian mixture."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from fluctua.core import OptionError, named_key
from fluctua.noise import AbstractNoiseLaw
from fluctua.scores.noised import AbstractExactNoisedScore, Smoothed

from ._shared import positive

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_NODES, _WEIGHTS = 0.5 * (_NODES + 1.0), 0.5 * _WEIGHTS


class NoisedLaplace(AbstractExactNoisedScore):
    r"""Independent Laplace coordinates, $p(x) = \prod_j e^{-|x_j|/b_0} / 2 b_0$, with Laplace noise of scale $b$.

    With $c$ the larger and $e$ the smaller of both scales, $\tau = |y| (1/e - 1/c)$ and
    $\varphi(\tau) = (1 - e^{-\tau})/\tau$,

    $$ q(y) = \frac{e^{-|y|/c}}{2(b_0 + b)} \Bigl[1 + \frac{|y|}{c}\, \varphi(\tau)\Bigr], \qquad
       s(y) = -\frac{y}{b_0 b}\, \frac{\varphi(\tau)}{1 + |y| \varphi(\tau) / c}, $$

    which holds for equal scales too: there $\varphi = 1$, and nothing has to be divided by $b_0 - b$. The posterior
    mean follows from the same kind of integrals; Tweedie's formula would give another one.

    Args:
        law: Generalised normal law with $\beta = 1$ and independent coordinates; its scale times the level is $b$.
        scale: Scale $b_0 > 0$ of the data.
        dimension: Number of state variables.

    Raises:
        OptionError: The law is another one, or the scale is not positive.

    Example:
        >>> import jax.numpy as jnp
        >>> from fluctua.noise import GeneralisedNormal
        >>> data = NoisedLaplace(GeneralisedNormal(1.0), 1.0, 1)
        >>> place, level = jnp.array([1.0]), jnp.asarray(1.0)
        >>> round(float(data.score(place, level)[0]), 6), round(float(data.posterior_mean(place, level)[0]), 6)
        (-0.5, 0.5)
    """

    law: AbstractNoiseLaw
    scale: Float[Array, ""]
    variables: int = eqx.field(static=True)
    noise_scale: float = eqx.field(static=True)

    def __init__(self, law: AbstractNoiseLaw, scale: float, dimension: int):
        product = law.product_exponent(dimension)
        if product is None or product[0] != 1.0:
            raise OptionError(
                f"the noise law is {law.kind} with {law.config()}",
                "the closed form for Laplace data is that of Laplace noise, independent in each coordinate",
                "take GeneralisedNormal(beta=1.0), or a NoisedGaussianMixture for other laws",
            )
        self.law = law
        self.scale = positive("scale of the data", scale, "scale=1.0")
        self.variables = dimension
        self.noise_scale = product[1]

    @property
    def dimension(self) -> int:
        return self.variables

    def smoothed(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Smoothed:
        data, noise = self.scale, self.noise_scale * level
        wide, narrow = jnp.maximum(data, noise), jnp.minimum(data, noise)
        distance = jnp.abs(noised)
        flat, near, far = _decays(distance * (wide - narrow) / (wide * narrow))
        bracket = 1.0 + distance / wide * flat
        log_density = jnp.sum(jnp.log(bracket) - distance / wide - jnp.log(2.0 * (wide + narrow)))
        score = -noised / (wide * narrow) * flat / bracket
        # E[x | y] / y, from the three pieces of the integral of x p(x) k(y - x): below zero, up to y and beyond.
        rate = 1.0 / data + 1.0 / noise
        data_narrow = 2.0 * data / (data + noise) * (flat / rate + distance * near)
        data_wide = distance * far + 1.0 / rate + (1.0 / noise - 1.0 / data) / rate**2 * flat
        mean = noised * 0.5 * rate / bracket * jnp.where(data < noise, data_narrow, data_wide)
        return Smoothed(log_density, score, mean)

    def sample(self, key: PRNGKeyArray, count: int) -> Float[Array, "count d"]:
        return self.scale * jax.random.laplace(named_key(key, "laplace"), (count, self.variables))


def _decays(t: Float[Array, " d"]) -> tuple[Float[Array, " d"], Float[Array, " d"], Float[Array, " d"]]:
    """The integrals of exp(-t u), u exp(-t u) and (1 - u) exp(-t u) over u from 0 to 1, for t >= 0."""
    small = t < 1.0
    inside, outside = jnp.where(small, t, 0.0), jnp.where(small, 1.0, t)
    decay = jnp.exp(-inside[:, None] * _NODES)
    fall = jnp.exp(-outside)
    closed = (
        -jnp.expm1(-outside) / outside,
        (1.0 - fall * (1.0 + outside)) / outside**2,
        (outside - 1.0 + fall) / outside**2,
    )
    smooth = (decay @ _WEIGHTS, decay @ (_WEIGHTS * _NODES), decay @ (_WEIGHTS * (1.0 - _NODES)))
    flat, near, far = (jnp.where(small, a, b) for a, b in zip(smooth, closed, strict=True))
    return flat, near, far
