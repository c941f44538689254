r"""What training minimises, and what a score can be judged by without knowing the true one.

**Denoising.** With whitened states $z$, noise $n$ of a symmetric law $q$ and level $\sigma$, the score of the
noised record is the regression of the target $t = \nabla \ln q(n) / \sigma$ on $\tilde z = z + \sigma n$.
Write the model as $g + r$ with the Gaussian skip $g = -\tilde z / (1 + \sigma^2)$:

$$ E|g + r - t|^2 = E|g - t|^2 + E\left[ |r|^2 + 2\, r \cdot (g - t) \right]. $$

The first term does not depend on $r$ and is left out. What remains has three virtues. It is exactly 0 for the
Gaussian score and its minimum is $-E|r^*|^2$, so its value is the gain over the Gaussian score. Averaged over
$n$ and $-n$ its variance stays finite as $\sigma \to 0$ although that of $t$ grows as $1/\sigma^2$, because
$[r(z + \sigma n) - r(z - \sigma n)] \cdot n / \sigma \to 2\, n^T \nabla r\, n$: the pair is implicit score
matching with random projections, in finite differences. And the weight over levels can then be chosen for the
score rather than against the variance.

References:
    Vincent, *A connection between score matching and denoising autoencoders*, Neural Computation 23 (2011),
    eq. 4.3.
    Hyvärinen, *Estimation of non-normalized statistical models by score matching*, JMLR 6, 695 (2005), eq. 4.
    Hutchinson, *A stochastic estimator of the trace of the influence matrix*, Commun. Stat. Simul. 18, 1059
    (1989).
"""

from collections.abc import Callable
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import OptionError, map_states
from ..noise import AbstractNoiseLaw
from ..scores import AbstractScore

EXACT_DIVERGENCE_DIMENSION = 32
"""Largest dimension in which the divergence is computed exactly, by one derivative per variable."""


def residual_denoising_loss(
    residual: Callable[[Float[Array, " d"], Float[Array, ""]], Float[Array, " d"]],
    law: AbstractNoiseLaw,
    state: Float[Array, " d"],
    noise: Float[Array, " d"],
    level: Float[Array, ""],
) -> Float[Array, ""]:
    r"""The weighted denoising loss of one pair of noised states, $\tilde z_\pm = z \pm \sigma n$.

    $$ (1 + \sigma^2) \cdot \tfrac12 \sum_{\pm} \left[ |r|^2 + 2\, r \cdot (g - t) \right]_{\tilde z_\pm} $$

    The weight makes it the squared error of the network's own output at every level (see ``fluctua.scores``).

    Args:
        residual: $r(\tilde z, \sigma)$, what is added to the Gaussian score of the noised whitened record.
        law: The noise law, symmetric.
        state: One whitened state $z$, shape ``(d,)``.
        noise: One draw $n$ of the law, shape ``(d,)``.
        level: Noise level $\sigma$.

    Returns:
        The loss, dimensionless: zero for the Gaussian score, negative on average for a better one.

    Example:
        >>> import jax.numpy as jnp
        >>> from fluctua.noise import Gaussian
        >>> state, noise, level = jnp.ones(2), jnp.array([0.5, -1.0]), jnp.asarray(0.1)
        >>> float(residual_denoising_loss(lambda z, sigma: jnp.zeros(2), Gaussian(), state, noise, level))
        0.0
    """
    gain = 1.0 + level**2

    def one_side(signed: Float[Array, " d"]) -> Float[Array, ""]:
        noised = state + level * signed
        rest = residual(noised, level)
        error = -noised / gain - law.score(signed) / level
        return jnp.sum(rest * (rest + 2.0 * error))

    return 0.5 * gain * (one_side(noise) + one_side(-noise))


def implicit_score_matching_loss(
    score: AbstractScore,
    states: Float[np.ndarray, "n d"],
    *,
    key: PRNGKeyArray | None = None,
    probes: int = 8,
) -> Float[np.ndarray, " n"]:
    r"""The implicit score-matching loss of each state, $\ell(x) = \frac12 |s(x)|^2 + \nabla \cdot s(x)$.

    Its mean over the record is $\frac12 E|s - s_0|^2 - \frac12 E|s_0|^2$ with the true score $s_0$: lower is
    better. It is returned state by state, so that standard errors can be taken over blocks of time. The
    divergence is exact up to 32 dimensions and estimated by random signs $v$, $v^T \nabla s\, v$, above.

    Args:
        score: The score $s$, in any units; the loss has the square of its units.
        states: States $x$, shape ``(n, d)``.
        key: Random key of the probes; needed above 32 dimensions, unused below.
        probes: Number of random probes per state.

    Returns:
        The loss of each state, float64, shape ``(n,)``.

    Raises:
        OptionError: No key was given in more than 32 dimensions, or no probe was asked for.

    Example:
        >>> import numpy as np
        >>> from fluctua.scores import FunctionScore
        >>> score = FunctionScore(lambda x: -x, dimension=2)
        >>> implicit_score_matching_loss(score, np.array([[1.0, 2.0]])).tolist()
        [0.5]

    References:
        Hyvärinen, *Estimation of non-normalized statistical models by score matching*, JMLR 6, 695 (2005),
        eq. 4.
    """
    dimension = states.shape[1]
    if dimension <= EXACT_DIVERGENCE_DIMENSION:
        return map_states(_ExactLoss(score), states, width=8 * dimension**2)
    if key is None or probes < 1:
        raise OptionError(
            f"the states have {dimension} variables, with {'no key' if key is None else f'{probes} probes'}",
            f"above {EXACT_DIVERGENCE_DIMENSION} variables the divergence needs a key and at least 1 probe",
            "give key=jax.random.key(0) and probes=8",
        )
    # The batches are of floating-point rows; a float64 holds every index that memory has room for.
    indices = np.arange(len(states), dtype=np.float64)
    return map_states(_ProbedLoss(score, key, probes), states, indices, width=8 * dimension * probes)


class _ExactLoss(eqx.Module):
    score: AbstractScore

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, ""]:
        derivative = partial(jax.jvp, self.score, (state,))
        units = jnp.eye(state.size)
        values, columns = jax.vmap(lambda unit: derivative((unit,)), out_axes=(None, 0))(units)
        return 0.5 * jnp.sum(values**2) + jnp.trace(columns)


class _ProbedLoss(eqx.Module):
    score: AbstractScore
    key: PRNGKeyArray
    probes: int = eqx.field(static=True)

    def __call__(self, state: Float[Array, " d"], index: Float[Array, ""]) -> Float[Array, ""]:
        # A key per state: the probes of a state do not depend on how many others there are.
        key = jax.random.fold_in(self.key, index.astype(jnp.uint32))
        signs = jax.random.rademacher(key, (self.probes, state.size), state.dtype)
        derivative = partial(jax.jvp, self.score, (state,))
        values, projected = jax.vmap(lambda sign: derivative((sign,)), out_axes=(None, 0))(signs)
        return 0.5 * jnp.sum(values**2) + jnp.mean(jnp.sum(signs * projected, axis=1))
