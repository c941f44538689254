r"""What stands around a network, so that it learns quantities of order one at every noise level: skip, scale, weight.

A state $z$, in coordinates in which the noise is the same in every direction, is noised as $\tilde z = z + \sigma n$
with $n$ of a law $q$ whose components have the variance $v$. Its score is the regression of
$t = \nabla \ln q(n) / \sigma$ on $\tilde z$. A preconditioning says what a score is built on (the *skip* $g$), what the
network $F$ reads, by which factor its output is added, $s = g + c F$, and the weight of its squared error in the loss.

For whitened states, with mean zero and covariance one (``WhitenedPreconditioning``):

**Skip.** Integration by parts gives $E[n\, \nabla \ln q(n)^T] = -1$ for every law, so that
$E[t\, \tilde z^T] = \sigma E[t\, n^T] = -1$, and with $E[\tilde z \tilde z^T] = (1 + \sigma^2 v)\, 1$ the linear
function of $\tilde z$ that is closest to $t$ is

$$ g(\tilde z, \sigma) = - \frac{\tilde z}{1 + \sigma^2 v}. $$

For Gaussian noise this is the exact score of a Gaussian record: an untrained network, whose last layer is zero, is the
Gaussian score, and a record of any linear system is treated exactly. For another law it differs from it by
$O(\sigma^4)$ at small levels, where a response needs the score, because both have the same blur $\sigma^2 v / 2$.

**Power laws.** Where moments of $n$ are missing, the mean square of a linear function would be infinite, and it is far
off: the score of the noised record falls like $-(d + \nu)\, \tilde z / |\tilde z|^2$ in the tail, $\nu$ being the order
below which the noise has moments. The same is true where the record itself has power-law tails of the index $\nu$,
whatever the noise; of two power laws the smaller index decides the tail of the sum. There

$$ g(\tilde z, \sigma) = - \frac{\tilde z}{(1 + \sigma^2 v)\, \rho^2}, \qquad
   \rho^2 = 1 + \frac{|\tilde z|^2}{(d + \nu)(1 + \sigma^2 v)}, $$

which is the linear function near the centre, the exact tail far out, and smooth in between: the score of a Student-t
density. (The exact score of a Gaussian record under such noise goes over from one to the other by a kink that sharpens
as $\sigma \to 0$ and moves with $\sigma$; nothing smooth could be extrapolated to level zero on top of it.) At level
zero it is the limit of itself, as for the other laws. Without power laws $\nu$ is infinite and the radius $\rho$ one.

**Scale.** In standardised coordinates $y = \tilde z / \sqrt{1 + \sigma^2 v}$ the noised record has covariance one at
every level, and $s = (1 + \sigma^2 v)^{-1/2} s_y(y)$. The network therefore adds
$r(\tilde z, \sigma) = (1 + \sigma^2 v)^{-1/2} \rho^{-1} F(y / \rho)$. What $F$ has to learn is of order one at small
levels and fades at large ones, where Gaussian noise makes everything Gaussian (third cumulants fade as
$(1 + \sigma^2)^{-3/2}$). The radius grows with $|y|$ where there are power laws, so that the network reads bounded
numbers and what it adds falls off as $1/|y|$, as the score of a power law does. Beyond the last states $F$ is constant
in each direction, and the relative error of the score there stays what it was at the last of them.

**Weight.** The squared error of $s$ has the weight $1 + \sigma^2 v$, that of $F$ the weight $1 / \rho^2$: the same at
every level. The usual weight $\sigma^2$ of denoising would hide exactly the levels that a response needs. It is used
because the target has a variance of the order $d/\sigma^2$; here that variance is removed instead
(``fluctua.training``), by pairing $n$ with $-n$ and by leaving out what does not depend on the network.

References:
    Stein, *Estimation of the mean of a multivariate normal distribution*, Annals of Statistics 9, 1135 (1981), lemma 1.
    Karras, Aittala, Aila and Laine, *Elucidating the design space of diffusion-based generative models* (2022),
    section 5, for the idea of skip and scale.
"""

import abc
import math
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy  # its submodule is loaded when it is first used
from jaxtyping import Array, Float

from ..features import Whitening
from ..noise import AbstractNoiseLaw, Gaussian, restore_noise_law
from ._base import AbstractScore


class Output(NamedTuple):
    """One output of a denoiser, ``skip + factor * network``, with the weight of the network's squared error."""

    skip: Float[Array, " d"]
    factor: Float[Array, "*d"]
    weight: Float[Array, "*d"]


class AbstractPreconditioning(eqx.Module):
    r"""What is around the network of a denoiser, for states in coordinates in which noise is isotropic.

    Attributes:
        outputs: 1, the score; or 2, the score and the posterior mean.
        law: The noise law.
        spread: The variance of the components of the noise, or what stands for it.
        dimension: Number of variables.
        frame: Other axes and another unit that the network works in; none where they are those of the noise.
        unit: The unit of these axes, in which levels are measured too; one without a frame.
        gaussian: Whether the noise is Gaussian, so that the score alone says the posterior mean.
        base: The score of states without noise that the score is built on, in the units of the record, where it was
            given.
        blur_order: The power $p$ of the level with which what the network adds goes to its limit at level zero.
    """

    outputs: eqx.AbstractClassVar[int]
    law: eqx.AbstractVar[AbstractNoiseLaw]
    spread: eqx.AbstractVar[Float[Array, ""]]
    dimension: eqx.AbstractVar[int]
    frame: eqx.AbstractVar[Whitening | None]
    unit: eqx.AbstractVar[Float[Array, ""]]
    gaussian: eqx.AbstractVar[bool]
    base: eqx.AbstractVar[AbstractScore | None]
    blur_order: eqx.AbstractVar[Float[Array, ""]]

    @abc.abstractmethod
    def sizes(self) -> dict[str, Any]:
        """The options of a network that follow from the states, such as its inputs and outputs."""

    @abc.abstractmethod
    def features(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " inputs"]:
        """What the network reads of one noised state, float32."""

    @abc.abstractmethod
    def combine(self, output: Float[Array, " outputs"]) -> Float[Array, "outputs d"]:
        """What the network gives, as one vector for each output."""

    @abc.abstractmethod
    def parts(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> tuple[Output, ...]:
        """Skip, factor and weight of each output at one noised state, in its precision."""

    @abc.abstractmethod
    def arrays(self) -> dict[str, np.ndarray]:
        """The numbers that a file of the score keeps, by name."""

    @abc.abstractmethod
    def config(self) -> dict[str, Any]:
        """What else it keeps, as values that JSON can hold."""


class WhitenedPreconditioning(AbstractPreconditioning):
    r"""The score of a whitened record, built on that of a Gaussian one, or of one with power-law tails.

    Exact for Gaussian noise, the best linear function of the noised state for other laws with all moments, and with the
    right tails for laws without, or for a record with power-law tails; the documentation of this module has the
    derivation.

    Args:
        law: The noise law; standard Gaussian by default.
        dimension: Number of state variables.
        tail_index: Index $\nu$ of the power-law tails of the record, $P(|z| > u) \sim u^{-\nu}$; infinite for none.

    Attributes:
        spread: The variance $v$ of the components of the noise, or what stands for it (``noise_spread``).
        tail_index: That of the noised record: the smaller one of the record's and of the order below which the noise
            has moments; infinite without power laws.
        far: Whether noised states are met many deviations from the centre, because of power-law tails.
        blur_order: 2 for noise with a variance, since the noised density is the density plus $\tfrac12 \sigma^2 v$
            times its second derivatives. Power-law tails, $P(|n| > u) \sim u^{-\alpha}$, bring in $\sigma^\alpha$ times
            the far tail of the law, so that it is $\min(2, \alpha)$.

    Example:
        >>> import jax.numpy as jnp
        >>> from fluctua.noise import Gaussian
        >>> around = WhitenedPreconditioning(Gaussian(), 2)
        >>> around.parts(jnp.array([1.0, -4.0]), jnp.asarray(1.0))[0].skip.tolist()
        [-0.5, 2.0]
    """

    outputs: ClassVar[int] = 1
    law: AbstractNoiseLaw
    spread: Float[Array, ""]
    tail_index: Float[Array, ""]
    blur_order: Float[Array, ""]
    unit: Float[Array, ""]
    dimension: int = eqx.field(static=True)
    far: bool = eqx.field(static=True)
    gaussian: bool = eqx.field(static=True)
    frame: None = None
    base: None = None

    def __init__(self, law: AbstractNoiseLaw | None = None, dimension: int = 1, tail_index: float = math.inf):
        self.law = Gaussian() if law is None else law
        order = float(self.law.moment_order)
        # Numbers that follow from the law are arrays, like its parameters: one compilation serves a family of laws.
        self.spread = jnp.asarray(noise_spread(self.law, dimension), jnp.float64)
        self.tail_index = jnp.asarray(min(order, tail_index), jnp.float64)
        self.blur_order = jnp.asarray(min(2.0, order), jnp.float64)
        self.unit = jnp.ones(())
        self.dimension = dimension
        self.gaussian = is_gaussian(self.law, dimension)
        self.far = math.isfinite(min(order, tail_index))

    def sizes(self) -> dict[str, Any]:
        return {"inputs": self.dimension, "outputs": self.dimension}

    def features(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " inputs"]:
        scale, _, radius = self._scales(noised.astype(jnp.float32), level)
        return scale * noised.astype(jnp.float32) / radius

    def combine(self, output: Float[Array, " outputs"]) -> Float[Array, "1 d"]:
        return output[None]

    def parts(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> tuple[Output, ...]:
        scale, variance, radius = self._scales(noised, level)
        return (Output(-noised / variance / radius**2, scale / radius, 1.0 / radius**2),)

    def arrays(self) -> dict[str, np.ndarray]:
        return {}

    def config(self) -> dict[str, Any]:
        return {
            "noise": {"kind": self.law.kind, **self.law.config()},
            # Infinity is no number of JSON.
            "tail_index": float(self.tail_index) if self.far else None,
        }

    @classmethod
    def restore(cls, arrays: dict[str, np.ndarray], config: dict[str, Any]) -> "WhitenedPreconditioning":
        """The preconditioning whose ``config()`` this is, of a score with these arrays."""
        # Files that were written before there was a choice do not name the noise: it was Gaussian.
        law = restore_noise_law(config["noise"]) if "noise" in config else None
        return cls(law, len(arrays["mean"]), config.get("tail_index") or math.inf)

    def _scales(
        self, noised: Float[Array, " d"], level: Float[Array, ""]
    ) -> tuple[Float[Array, ""], Float[Array, ""], Float[Array, ""]]:
        r"""$(1 + \sigma^2 v)^{-1/2}$, $1 + \sigma^2 v$ and the radius $\rho$, in the precision of the state."""
        dtype = noised.dtype
        variance = 1.0 + self.spread.astype(dtype) * jnp.asarray(level, dtype) ** 2
        scale = jax.lax.rsqrt(variance)
        if not self.far:
            return scale, variance, jnp.ones((), dtype)
        # Bounded before it is squared: a draw in the far tail must not overflow single precision.
        bounded = jnp.clip(scale * noised, -1e15, 1e15)
        return scale, variance, jnp.sqrt(1.0 + jnp.sum(bounded**2) / (noised.size + self.tail_index.astype(dtype)))


def noise_spread(law: AbstractNoiseLaw, dimension: int) -> float:
    """How much a law of noise spreads each component, as a variance.

    The variance itself where all moments exist. For laws with power-law tails the squared ratio of the median of the
    norm to that of standard Gaussian noise, which exists always and is not decided by the far tail.

    Example:
        >>> from fluctua.noise import Gaussian
        >>> noise_spread(Gaussian(2.0), 3)
        4.0
    """
    if math.isinf(law.moment_order):
        return law.variance(dimension)
    return (law.norm_quantile(0.5, dimension) / float(scipy.stats.chi.median(dimension))) ** 2


def is_gaussian(law: AbstractNoiseLaw, dimension: int) -> bool:
    """Whether a noise law is Gaussian, under whatever name: its score is linear, from near the centre to far out.

    Example:
        >>> from fluctua.noise import Gaussian, GeneralisedNormal
        >>> [is_gaussian(law, 3) for law in (Gaussian(2.0), GeneralisedNormal(2.0), GeneralisedNormal(1.9))]
        [True, True, False]
    """
    deviation = math.sqrt(law.variance(dimension))
    if not math.isfinite(deviation):
        return False
    typical = deviation * np.linspace(1.0, 0.5, dimension)
    slopes = np.stack([np.asarray(law.score(far * typical)) / (far * typical) for far in (0.1, 1.0, 4.0)])
    return bool(np.ptp(slopes) < 1e-6 * np.abs(slopes).max())
