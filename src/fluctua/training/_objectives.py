r"""What training minimises.

With whitened states $z$, noise $n$ of a symmetric law $q$ and level $\sigma$, the score of the
noised record is the regression of the target $t = \nabla \ln q(n) / \sigma$ on $\tilde z = z + \sigma n$.
Write the model as $g + r$ with the skip $g$, by default the Gaussian $-\tilde z / (1 + \sigma^2)$:

$$ E|g + r - t|^2 = E|g - t|^2 + E\left[ |r|^2 + 2\, r \cdot (g - t) \right]. $$

The first term does not depend on $r$ and is left out. What remains has three virtues. It is exactly 0 for the skip
alone and its minimum is $-E|r^*|^2$, so its value is the gain over the Gaussian score, or over another base. Averaged
over $n$ and $-n$ its variance stays finite as $\sigma \to 0$ although that of $t$ grows as $1/\sigma^2$, because
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

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..networks import AbstractFieldNetwork, AbstractNetwork
from ..noise import AbstractNoiseLaw
from ..scores._field_network import FieldResidual, FieldSkip
from ..scores._network import NetworkResidual

Residual = Callable[[Float[Array, " d"], Float[Array, ""]], Float[Array, " d"]]


def gaussian_skip(noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
    r"""The score of noised whitened Gaussian states, $g = -\tilde z / (1 + \sigma^2)$."""
    return -noised / (1.0 + level**2)


def residual_denoising_loss(
    residual: Residual,
    law: AbstractNoiseLaw,
    state: Float[Array, " d"],
    noise: Float[Array, " d"],
    level: Float[Array, ""],
    skip: Residual = gaussian_skip,
) -> Float[Array, ""]:
    r"""The weighted denoising loss of one pair of noised states, $\tilde z_\pm = z \pm \sigma n$.

    $$ (1 + \sigma^2) \cdot \tfrac12 \sum_{\pm} \left[ |r|^2 + 2\, r \cdot (g - t) \right]_{\tilde z_\pm} $$

    The weight makes it the squared error of the network's own output at every level (see ``fluctua.scores``).

    Args:
        residual: $r(\tilde z, \sigma)$, what is added to the skip.
        law: The noise law, symmetric.
        state: One whitened state $z$, shape ``(d,)``.
        noise: One draw $n$ of the law, shape ``(d,)``.
        level: Noise level $\sigma$.
        skip: $g(\tilde z, \sigma)$, what is built on; the score of Gaussian states by default.

    Returns:
        The loss, dimensionless: zero for the skip alone, negative on average for a better score.

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
        error = skip(noised, level) - law.score(signed) / level
        return jnp.sum(rest * (rest + 2.0 * error))

    return 0.5 * gain * (one_side(noise) + one_side(-noise))


class Denoising(eqx.Module):
    """What a training run minimises over networks: the denoising loss with all that it needs besides the network.

    Args:
        law: The noise law.
        smallest: Smallest noise level.
        largest: Largest noise level.
        skip: What is built on where the states are fields; none for the Gaussian score of a few variables.
        scale: Factor of the loss in the gradient, such as one over the number of points of a field.
    """

    law: AbstractNoiseLaw
    smallest: float = eqx.field(static=True)
    largest: float = eqx.field(static=True)
    skip: FieldSkip | None = None
    scale: float = eqx.field(static=True, default=1.0)

    def __call__(
        self,
        network: AbstractNetwork,
        state: Float[Array, " d"],
        noise: Float[Array, " d"],
        level: Float[Array, ""],
    ) -> Float[Array, ""]:
        """The loss of one state with one noise vector and its mirror image."""
        if self.skip is None:
            residual = NetworkResidual(network, self.smallest, self.largest)
            return residual_denoising_loss(residual, self.law, state, noise, level)
        assert isinstance(network, AbstractFieldNetwork)
        residual = FieldResidual(network, self.skip.whitening, self.smallest, self.largest)
        return residual_denoising_loss(residual, self.law, state, noise, level, self.skip)
