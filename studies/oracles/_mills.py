r"""The Mills ratio of the normal law, in logarithms and for every argument.

$R(t) = \Phi(-t) / \varphi(t)$ grows as $\exp(t^2/2)$ to the left and falls as $1/t$ to the right. Both ends matter: a
narrow normal law smoothed by an exponential one sits far to the right, its tails far to the left.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

# From here on the asymptotic series in 1/t^2 is exact to rounding; before it erfc does not underflow.
_FAR = 12.0
_TERMS = 16
# (-1)^(k+1) (2k-1)!!, k = 1..16
_SERIES = -np.cumprod(-np.arange(1.0, 2 * _TERMS, 2))
_LOG_ROOT = 0.5 * math.log(2.0 * math.pi)


def mills(t: Float[Array, "*shape"]) -> tuple[Float[Array, "*shape"], Float[Array, "*shape"]]:
    r"""$\ln R(t)$ and $G(t) = 1/R(t) - t$, the mean of a standard normal variable above $t$, less $t$.

    $G$ is computed without cancellation: for large $t$ it is $1/t - 2/t^3 + \dots$ while both of its terms grow.

    References:
        Small, *Expansions and Asymptotics for Statistics*, 2010, section 3 (the series of Mills's ratio).
    """
    far = t > _FAR
    large, near = jnp.where(far, t, 2.0 * _FAR), jnp.where(far, 0.0, t)
    square = large**-2
    missing = square * jnp.polyval(jnp.asarray(_SERIES[::-1]), square)  # 1 - t R(t)
    log_far = jnp.log1p(-missing) - jnp.log(large)
    right = near > 0.0
    log_tail = jnp.where(
        right,
        jnp.log(0.5 * jax.scipy.special.erfc(jnp.where(right, near, 0.0) / math.sqrt(2.0))),
        jax.scipy.special.log_ndtr(jnp.where(right, 0.0, -near)),
    )
    log_near = 0.5 * near**2 + _LOG_ROOT + log_tail
    log_ratio = jnp.where(far, log_far, log_near)
    excess = jnp.where(far, large * missing / (1.0 - missing), jnp.exp(-log_near) - near)
    return log_ratio, excess
