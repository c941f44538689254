r"""A score learned by a network: the Gaussian score of the record, plus what a network adds to it.

In whitened coordinates $z = W(x - m)$ the record has mean zero and covariance one. Noised by $\sigma$,
$\tilde z = z + \sigma n$ with $n$ standard Gaussian, its score is a regression (denoising score matching):

$$ s(\tilde z, \sigma) = E[-n/\sigma \mid \tilde z]. $$

**Skip.** If the record were Gaussian, $s = -\tilde z / (1 + \sigma^2)$. The network models the rest only,
$s = -\tilde z / (1 + \sigma^2) + r(\tilde z, \sigma)$, so an untrained network (whose last layer is zero) is
the Gaussian score and a record of any linear system is treated exactly.

**Scale.** In standardised coordinates $y = \tilde z / \sqrt{1 + \sigma^2}$ the noised record has covariance
one at every level, and $s = (1 + \sigma^2)^{-1/2} s_y(y)$. The network $F$ therefore gives

$$ r(\tilde z, \sigma) = (1 + \sigma^2)^{-1/2}\, F\!\left( y, c(\sigma) \right), $$

with $c$ running linearly in $\ln \sigma$ from -1 to 1. What $F$ has to learn is of order one at small levels
and fades at large ones, where noise makes everything Gaussian (third cumulants fade as
$(1 + \sigma^2)^{-3/2}$).

**Weight.** With the weight $1 + \sigma^2$ the error that is minimised is $E|F - F^*|^2$, the same at every
level. The usual weight $\sigma^2$ of denoising would hide exactly the levels that a response needs. It is
used because the target $-n/\sigma$ has the variance $d/\sigma^2$; here that variance is removed instead
(``fluctua.training``), by pairing $n$ with $-n$ and by leaving out what does not depend on the network.

**Level zero.** The wanted score is that of the record without noise. It is taken as $-z + \hat r(z)$: the
Gaussian part has no blur left, and the remainder is extrapolated from two levels, its blur being
$O(\sigma^2)$,

$$ \hat r(z) = \tfrac13 \left[ 4\, r(z, \sigma_0) - r(z, 2 \sigma_0) \right]. $$

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
from ..networks import AbstractNetwork, MultilayerPerceptron, parameters_from_arrays, parameters_to_arrays
from ._base import AbstractScore
from ._whitening import Whitening

_NETWORKS = {MultilayerPerceptron.kind: MultilayerPerceptron}


class NetworkResidual(eqx.Module):
    r"""What a network adds to the Gaussian score in whitened coordinates, $r(\tilde z, \sigma)$, in float32.

    Args:
        network: Maps standardised states and a condition between -1 and 1 to vectors of the same length.
        smallest: Smallest noise level the network is trained at, condition -1.
        largest: Largest one, condition 1; above it the condition stays and the scale goes on falling.

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

    def __call__(self, whitened: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        level = jnp.asarray(level, jnp.float32)
        middle = 0.5 * math.log(self.largest * self.smallest)
        half_range = max(0.5 * math.log(self.largest / self.smallest), 1e-6)
        condition = jnp.clip((jnp.log(level) - middle) / half_range, -1.0, 1.0)
        scale = jax.lax.rsqrt(1.0 + level**2)
        return scale * self.network(scale * whitened.astype(jnp.float32), condition)


class NetworkScore(AbstractScore):
    r"""The Gaussian score of a record plus a network, $s(x) = W^T [ -z + \hat r(z) ]$ with $z = W(x - m)$.

    The network works in float32, everything around it, input and output in float64. The derivation of the
    scales and of the extrapolation $\hat r$ to level zero is in the documentation of this module. Use it in a
    few to some tens of dimensions with many states; for fewer states a dictionary is more economical.

    Args:
        whitening: The whitening of the record, $m$ and $W$.
        residual: The trained $r(\tilde z, \sigma)$.
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
            rest = (4.0 * rest - coarser) / 3.0
        return self.whitening.matrix.T @ (rest - whitened)

    def at_level(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        r"""The score of the noised record, $W^T [ -\tilde z / (1 + \sigma^2) + r(\tilde z, \sigma) ]$.

        Args:
            noised: A state of the noised record, $\tilde x = x + \sigma W^{-1} n$, shape ``(d,)``, in the
                record's units.
            level: Noise level $\sigma$, in whitened units: 1 is as much noise as there is variability.
        """
        whitened = self.whitening(jnp.asarray(noised, jnp.float64))
        rest = self.residual(whitened, level).astype(jnp.float64)
        return self.whitening.matrix.T @ (rest - whitened / (1.0 + jnp.asarray(level, jnp.float64) ** 2))

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
        residual = NetworkResidual(network, float(config["sigma_min"]), float(config["sigma_max"]))
        return cls(whitening, residual, extrapolate=bool(config["extrapolate"]))
