r"""A score learned by a network: the Gaussian score of the record, plus what a network adds to it.

In whitened coordinates $z = W(x - m)$ the record has mean zero and covariance one. Noised by $\sigma$,
$\tilde z = z + \sigma n$ with $n$ of a noise law $q$, its score is a regression (denoising score matching):

$$ s(\tilde z, \sigma) = E\left[ \nabla \ln q(n) / \sigma \mid \tilde z \right], $$

for standard Gaussian noise of $-n / \sigma$. Let $v$ be the variance of each component of $n$, one unless the law was
scaled otherwise.

**Skip.** If record and noise were Gaussian, $s = g = -\tilde z / (1 + \sigma^2 v)$. The network models the rest only,
$s = g(\tilde z, \sigma) + r(\tilde z, \sigma)$, so an untrained network (whose last layer is zero) is
the Gaussian score and a record of any linear system is treated exactly. For other noise laws $g$ is in the
documentation of ``GaussianSkip``; at level zero it is $-z$, but for noise or records with power-law tails.

**Scale.** In standardised coordinates $y = \tilde z / \sqrt{1 + \sigma^2 v}$ the noised record has covariance
one at every level, and $s = (1 + \sigma^2 v)^{-1/2} s_y(y)$. The network $F$ therefore gives

$$ r(\tilde z, \sigma) = (1 + \sigma^2 v)^{-1/2} \rho^{-1} F\!\left( y / \rho, c(\sigma) \right), $$

with $c$ running linearly in $\ln \sigma$ from -1 to 1. What $F$ has to learn is of order one at small levels
and fades at large ones, where Gaussian noise makes everything Gaussian (third cumulants fade as
$(1 + \sigma^2)^{-3/2}$). The radius $\rho$ is one, but for power-law tails of the noise or of the record: it then
grows with $|y|$ (``GaussianSkip``), so that the network reads bounded numbers and what it adds falls off as $1/|y|$, as
the score of a power law does. Beyond the last states $F$ is constant in each direction, and the relative error of the
score there stays what it was at the last of them.

**Weight.** With the weight $1 + \sigma^2 v$ the error that is minimised is $E|F - F^*|^2 / \rho^2$, the same at every
level. The usual weight $\sigma^2$ of denoising would hide exactly the levels that a response needs. It is
used because the target has a variance of the order $d/\sigma^2$; here that variance is removed instead
(``fluctua.training``), by pairing $n$ with $-n$ and by leaving out what does not depend on the network.

**Level zero.** The wanted score is that of the record without noise. It is taken as $g(z, 0) + \hat r(z)$: what
the network is built on has no blur left, and the remainder is extrapolated from two levels, its blur being
$O(\sigma^p)$,

$$ \hat r(z) = \frac{2^p\, r(z, \sigma_0) - r(z, 2 \sigma_0)}{2^p - 1}. $$

For noise with a variance $p = 2$: the noised density is the density plus $\tfrac12 \sigma^2 v$ times its second
derivatives. Power-law tails, $P(|n| > u) \sim u^{-\alpha}$, bring in $\sigma^\alpha$ times the far tail of the law,
so that $p = \min(2, \alpha)$.

References:
    Vincent, *A connection between score matching and denoising autoencoders*, Neural Computation 23 (2011),
    eq. 4.3.
    Karras, Aittala, Aila and Laine, *Elucidating the design space of diffusion-based generative models*
    (2022), section 5, for the idea of skip and scale.
"""

import math
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import ScoreError
from ..features import Whitening
from ..networks import (
    AbstractNetwork,
    MultilayerPerceptron,
    parameters_from_arrays,
    parameters_to_arrays,
)
from ..noise import AbstractNoiseLaw, restore_noise_law
from ._base import AbstractScore
from ._gaussian_skip import GaussianSkip

_NETWORKS = {MultilayerPerceptron.kind: MultilayerPerceptron}


class NetworkResidual(eqx.Module):
    r"""What a network adds to the Gaussian score in whitened coordinates, $r(\tilde z, \sigma)$, in float32.

    Args:
        network: Maps standardised states and a condition between -1 and 1 to vectors of the same length.
        smallest: Smallest noise level the network is trained at, condition -1.
        largest: Largest one, condition 1; above it the condition stays and the scale goes on falling.
        skip: What it is added to, which knows the noise law; that of standard Gaussian noise by default.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from fluctua.networks import MultilayerPerceptron
        >>> residual = NetworkResidual(MultilayerPerceptron(2, 2, key=jax.random.key(0)), 0.1, 10.0)
        >>> residual(jnp.ones(2), jnp.asarray(0.1)).tolist()
        [0.0, 0.0]
    """

    network: AbstractNetwork
    smallest: float = eqx.field(static=True)
    largest: float = eqx.field(static=True)
    skip: GaussianSkip = eqx.field(default_factory=GaussianSkip)

    def __call__(self, whitened: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        level = jnp.asarray(level, jnp.float32)
        scale = jax.lax.rsqrt(1.0 + self.skip.spread * level**2)
        standard = scale * whitened.astype(jnp.float32)
        radius = self.skip.radius(standard)
        return scale / radius * self.network(standard / radius, level_condition(level, self.smallest, self.largest))


def level_condition(level: Float[Array, ""], smallest: float, largest: float) -> Float[Array, ""]:
    r"""The condition that tells a network its level: $\ln \sigma$, moved to the range from -1 to 1."""
    middle = 0.5 * math.log(largest * smallest)
    half_range = max(0.5 * math.log(largest / smallest), 1e-6)
    return jnp.clip((jnp.log(level) - middle) / half_range, -1.0, 1.0)


class NetworkScore(AbstractScore):
    r"""The Gaussian score of a record plus a network, $s(x) = W^T [ g(z, 0) + \hat r(z) ]$ with $z = W(x - m)$.

    The network works in float32, everything around it, input and output in float64. The derivation of the
    scales and of the extrapolation $\hat r$ to level zero is in the documentation of this module. Use it in a
    few to some tens of dimensions with many states; for fewer states a dictionary is more economical.

    Args:
        whitening: The whitening of the record, $m$ and $W$.
        residual: The trained $r(\tilde z, \sigma)$ with the skip it was trained on.
        extrapolate: Whether $\hat r$ is extrapolated from the levels $\sigma_0$ and $2 \sigma_0$ instead of
            being taken at $\sigma_0$. Takes a tenth to a third off the squared error of a well-trained
            network, at twice the cost.

    Example:
        >>> import jax
        >>> import numpy as np
        >>> from fluctua.networks import MultilayerPerceptron
        >>> whitening = Whitening.of(np.zeros(2), np.diag([4.0, 1.0]))
        >>> network = MultilayerPerceptron(2, 2, key=jax.random.key(0))
        >>> score = NetworkScore(whitening, NetworkResidual(network, 0.1, 10.0))
        >>> score(np.array([2.0, 3.0])).tolist()  # an untrained network leaves the Gaussian score as it is
        [-0.5, -3.0]
    """

    kind: ClassVar[str] = "network"
    whitening: Whitening
    residual: NetworkResidual
    extrapolate: bool = eqx.field(static=True)

    def __init__(self, whitening: Whitening, residual: NetworkResidual, *, extrapolate: bool = True):
        self.whitening = whitening
        self.residual = residual
        self.extrapolate = extrapolate

    @property
    def law(self) -> AbstractNoiseLaw:
        """The law of the noise that the network was trained with, in whitened coordinates."""
        return self.residual.skip.law

    @property
    def levels(self) -> tuple[float, float]:
        """Smallest and largest noise level the network was trained at, in whitened units."""
        return self.residual.smallest, self.residual.largest

    @property
    def dimension(self) -> int:
        return len(self.whitening.mean)

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        whitened = self.whitening(jnp.asarray(state, jnp.float64))
        smallest = self.residual.smallest
        rest = self.residual(whitened, jnp.asarray(smallest)).astype(jnp.float64)
        if self.extrapolate:
            coarser = self.residual(whitened, jnp.asarray(2.0 * smallest)).astype(jnp.float64)
            gain = 2.0 ** jnp.minimum(2.0, self.law.moment_order)
            rest = (gain * rest - coarser) / (gain - 1.0)
        return self.whitening.matrix.T @ (rest + self.residual.skip(whitened, jnp.zeros(())))

    def at_level(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        r"""The score of the noised record, $W^T [ g(\tilde z, \sigma) + r(\tilde z, \sigma) ]$.

        Args:
            noised: A state of the noised record, $\tilde x = x + \sigma W^{-1} n$, shape ``(d,)``, in the
                record's units.
            level: Noise level $\sigma$, in whitened units: 1 is as much noise as there is variability, for a law of
                unit variance.
        """
        whitened = self.whitening(jnp.asarray(noised, jnp.float64))
        rest = self.residual(whitened, level).astype(jnp.float64)
        return self.whitening.matrix.T @ (rest + self.residual.skip(whitened, jnp.asarray(level, jnp.float64)))

    def arrays(self) -> dict[str, np.ndarray]:
        return {
            "mean": np.asarray(self.whitening.mean),
            "whitening": np.asarray(self.whitening.matrix),
            **parameters_to_arrays(self.residual.network, "network."),
        }

    def config(self) -> dict[str, Any]:
        return {
            "network": {"kind": self.residual.network.kind, **self.residual.network.config()},
            "sigma_min": self.residual.smallest,
            "sigma_max": self.residual.largest,
            "extrapolate": self.extrapolate,
            "noise": {"kind": self.law.kind, **self.law.config()},
            # Infinity is no number of JSON.
            "tail_index": self.residual.skip.tail_index if self.residual.skip.far else None,
        }

    @classmethod
    def restore(cls, arrays: dict[str, np.ndarray], config: dict[str, Any]) -> "NetworkScore":
        """The score whose ``arrays()`` and ``config()`` these are.

        Raises:
            ScoreError: The kind of network is not known, or an array is missing or has another shape.
        """
        options = dict(config["network"])
        kind = options.pop("kind")
        if kind not in _NETWORKS:
            raise ScoreError(
                f"the score's network is of the kind {kind!r}",
                f"one of {', '.join(_NETWORKS)} is needed",
                "load the score with the version of fluctua that wrote it",
            )
        network = _NETWORKS[kind](**options, key=jax.random.key(0))
        try:
            network = parameters_from_arrays(network, arrays, "network.")
            whitening = Whitening(jnp.asarray(arrays["mean"]), jnp.asarray(arrays["whitening"]))
        except (KeyError, ValueError) as error:
            raise ScoreError(
                f"the arrays of the network score do not fit its configuration ({error})",
                "every array that the configuration implies is needed, in its shape",
                "fit the score again, or load an undamaged file",
            ) from error
        # Files that were written before there was a choice do not name the noise: it was Gaussian.
        law = restore_noise_law(config["noise"]) if "noise" in config else None
        skip = GaussianSkip(law, len(whitening.mean), config.get("tail_index") or math.inf)
        residual = NetworkResidual(network, float(config["sigma_min"]), float(config["sigma_max"]), skip)
        return cls(whitening, residual, extrapolate=bool(config["extrapolate"]))
