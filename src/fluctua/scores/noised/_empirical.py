"""A finite set of states, noised: what a perfect network would learn from it."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import OptionError, named_key
from ...noise import AbstractNoiseLaw
from ._base import AbstractExactNoisedScore, Smoothed


class NoisedEmpirical(AbstractExactNoisedScore):
    r"""A finite set of states $x_1, \dots, x_N$, each as likely as the others, noised by any law.

    With the softmax weights $w_i \propto q((y - x_i) / \sigma)$ over the states,

    $$ s(y) = \frac1\sigma \sum_i w_i \nabla \ln q\!\left(\frac{y - x_i}{\sigma}\right), \qquad D(y) = \sum_i w_i x_i.
    $$

    It is the minimiser of the denoising loss on these states, noise seen infinitely often. For small levels it only
    knows the states by heart. Evaluating it takes $N d$ operations and as much memory; for many noised states at once
    use ``jax.lax.map`` with a ``batch_size``.

    Args:
        law: Noise law.
        states: The states, shape ``(N, d)``.

    Raises:
        OptionError: There are no states, or some are not finite.

    Example:
        >>> import jax.numpy as jnp
        >>> from fluctua.noise import Gaussian
        >>> coin = NoisedEmpirical(Gaussian(), jnp.array([[-1.0], [1.0]]))
        >>> float(coin.posterior_mean(jnp.array([0.5]), jnp.asarray(1.0))[0]) - float(jnp.tanh(0.5)) < 1e-15
        True

    References:
        Vincent, *A connection between score matching and denoising autoencoders*, 2011, section 4.
    """

    law: AbstractNoiseLaw
    states: Float[Array, "n d"]

    def __init__(self, law: AbstractNoiseLaw, states: Float[Array, "n d"]):
        states = jnp.asarray(states, float)
        if states.ndim != 2 or not len(states) or not jnp.all(jnp.isfinite(states)):
            raise OptionError(
                f"states of shape {states.shape} were given, "
                f"{int(jnp.sum(~jnp.isfinite(states)))} of their values not finite",
                "at least one state, all values finite, in an array of shape (states, variables) is needed",
                "reshape the array or leave out what is missing",
            )
        self.law = law
        self.states = states

    @property
    def dimension(self) -> int:
        return self.states.shape[1]

    def smoothed(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Smoothed:
        noise = (noised - self.states) / level
        log_kernel = jax.vmap(self.law.log_prob)(noise)
        weights = jax.nn.softmax(log_kernel)
        log_density = jax.nn.logsumexp(log_kernel) - jnp.log(len(self.states)) - self.dimension * jnp.log(level)
        return Smoothed(log_density, weights @ jax.vmap(self.law.score)(noise) / level, weights @ self.states)

    def sample(self, key: PRNGKeyArray, count: int) -> Float[Array, "count d"]:
        return jax.random.choice(named_key(key, "state"), self.states, (count,))
