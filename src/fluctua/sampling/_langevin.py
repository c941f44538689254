"""New states from a score by overdamped Langevin dynamics."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import AbstractProgress, SimulationError, named_key, run_chunks
from ..scores import AbstractScore

_CHUNK = 100


@eqx.filter_jit
def _advance(
    score: AbstractScore, covariance: Array, root: Array, step: Array, states: Array, key: PRNGKeyArray
) -> tuple[Array, None]:
    def move(current: Array, subkey: PRNGKeyArray) -> tuple[Array, None]:
        noise = jax.random.normal(subkey, current.shape)
        drift = jax.vmap(score)(current) @ covariance
        return current + step * drift + jnp.sqrt(2 * step) * noise @ root.T, None

    return jax.lax.scan(move, states, jax.random.split(key, _CHUNK))


def langevin(
    score: AbstractScore,
    states: Float[np.ndarray, "n d"],
    *,
    key: PRNGKeyArray,
    step: float = 0.01,
    steps: int = 1000,
    progress: AbstractProgress | None = None,
) -> Float[np.ndarray, "n d"]:
    r"""Draw states from the density of a score by overdamped Langevin dynamics.

    $x_{k+1} = x_k + h\, C s(x_k) + \sqrt{2 h}\, C^{1/2} \xi_k$, preconditioned by the covariance $C$ of the starting
    states, so that the step $h$ has no units. The stationary density is that of the score up to a bias of order $h$
    (for a Gaussian the variance is too large by the factor $1 / (1 - h/2)$). Chains are independent; they mix only as
    fast as the density allows.

    Args:
        score: The score.
        states: Where the chains start, shape ``(n, d)``, such as states of the record.
        key: Random key.
        step: The step $h$, well below one.
        steps: Number of steps, rounded up to hundreds.
        progress: Where progress is shown.

    Returns:
        The last states of the chains, shape ``(n, d)``.

    Raises:
        SimulationError: A chain has left the region where the score is finite.

    Example:
        >>> import jax
        >>> import numpy as np
        >>> from fluctua.scores import GaussianScore
        >>> start = np.random.default_rng(0).standard_normal((100, 1))
        >>> langevin(GaussianScore.of(np.zeros(1), np.eye(1)), start, key=jax.random.key(0)).shape
        (100, 1)

    References:
        Roberts and Tweedie, *Exponential convergence of Langevin distributions and their discrete approximations*,
        Bernoulli 2, 341 (1996).
    """
    covariance = np.atleast_2d(np.cov(states.T))
    root = np.linalg.cholesky(covariance)

    def chunk(current: Array, index: int) -> tuple[Array, None]:
        subkey = jax.random.fold_in(named_key(key, "langevin"), index)
        return _advance(score, jnp.asarray(covariance), jnp.asarray(root), jnp.asarray(step), current, subkey)

    def diverged(index: int) -> SimulationError:
        return SimulationError(
            f"a Langevin chain became infinite within {(index + 1) * _CHUNK} steps of size {step:g}",
            "the score must pull every state back",
            f"use a smaller step, such as {step / 5:g}, or a score that is right in the tails",
        )

    final = run_chunks(
        chunk,
        jnp.asarray(states, float),
        -(-steps // _CHUNK),
        description="sampling",
        progress=progress,
        on_nonfinite=diverged,
    )
    return np.asarray(final)
