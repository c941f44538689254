r"""The denoiser: what a network knows of a record noised at any level, its score and the mean of the record.

A preconditioning says what the score of the noised record is built on and how a network $F$ adds to it,

$$ s(\tilde z, \sigma) = g(\tilde z, \sigma) + c(\tilde z, \sigma)\, F\!\left( \cdot, \ell(\sigma) \right), $$

with $\ell$ running linearly in $\ln \sigma$ from -1 at the smallest level to 1 at the largest.

**Posterior mean.** With two outputs the second one is $D = E[z \mid \tilde z]$ in the same way. With one, the score
says it where the noise is Gaussian with the variance $v$ (Tweedie's formula),

$$ D(\tilde z, \sigma) = \tilde z + \sigma^2 v\, s(\tilde z, \sigma), $$

and nowhere else. An error $\delta$ of the network's output is one of about $\sigma \delta$ in the posterior mean at a
large level, and a flow shrinks it by as much on its way down: no level spoils the others.

**Level zero.** The score of the record without noise is taken as $g(z, 0) + \hat r(z)$: what the network is built on
has no blur left, and what it adds, $r = c F$, is extrapolated from two levels, its blur being $O(\sigma^p)$,

$$ \hat r(z) = \frac{2^p\, r(z, \sigma_0) - r(z, 2 \sigma_0)}{2^p - 1}. $$

References:
    Vincent, *A connection between score matching and denoising autoencoders*, Neural Computation 23 (2011),
    eq. 4.3.
    Efron, *Tweedie's formula and selection bias*, JASA 106, 1602 (2011), equation 1.4.
    Karras, Aittala, Aila and Laine, *Elucidating the design space of diffusion-based generative models* (2022),
    table 1, for the form of the posterior mean.
"""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ...core import ScoreError
from ...networks import AbstractNetwork
from ...noise import AbstractNoiseLaw, noise_law_text
from .._preconditioning import AbstractPreconditioning
from ._base import AbstractNoisedScore


class Denoiser(AbstractNoisedScore):
    r"""Score $s(y, \sigma)$ and posterior mean $D(y, \sigma)$ of noised states, from one network.

    States and levels are in coordinates in which the noise is the same in every direction: whitened ones inside a
    ``fluctua.scores.NetworkScore``, those of the record from ``fluctua.training.fit_noised_score``. An untrained
    network adds nothing to what the preconditioning is built on. Beyond the levels that it was trained at, the
    network's condition stays where it is. The network works in float32, everything around it, input and output in
    float64.

    Args:
        network: Reads features and a condition between -1 and 1.
        preconditioning: What is around it, with the noise law.
        smallest: Smallest noise level it was trained at, in units of ``preconditioning.unit``.
        largest: Largest one.

    Raises:
        ScoreError: The network does not have the sizes that the states ask for.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> import numpy as np
        >>> from fluctua.networks import MultilayerPerceptron
        >>> from fluctua.noise import Gaussian
        >>> from fluctua.scores.noised import Preconditioning
        >>> states = np.random.default_rng(0).standard_normal((500, 2))
        >>> around = Preconditioning.fit(states, Gaussian(), "light")
        >>> denoiser = Denoiser(MultilayerPerceptron(2, 4, key=jax.random.key(0)), around, 0.1, 10.0)
        >>> denoiser.posterior_mean(states[0], jnp.asarray(1.0)).shape
        (2,)
    """

    network: AbstractNetwork
    preconditioning: AbstractPreconditioning
    smallest: float = eqx.field(static=True)
    largest: float = eqx.field(static=True)

    def __init__(
        self, network: AbstractNetwork, preconditioning: AbstractPreconditioning, smallest: float, largest: float
    ):
        self.network, self.preconditioning = network, preconditioning
        self.smallest, self.largest = smallest, largest
        sizes, wanted = self.network.config(), self.preconditioning.sizes()
        if any(sizes.get(name, size) != size for name, size in wanted.items()):
            given, needed = (", ".join(f"{name}={found.get(name)}" for name in wanted) for found in (sizes, wanted))
            raise ScoreError(
                f"the network has {given}",
                f"{needed} are needed for {self.preconditioning.dimension} variables",
                "build the network with these sizes",
            )

    @property
    def law(self) -> AbstractNoiseLaw:
        """The noise law."""
        return self.preconditioning.law

    @property
    def dimension(self) -> int:
        return self.preconditioning.dimension

    @property
    def levels(self) -> tuple[float, float]:
        """Smallest and largest noise level the network was trained at."""
        unit = float(self.preconditioning.unit)
        return self.smallest * unit, self.largest * unit

    @property
    def adds(self) -> bool:
        """Whether the network adds anything: not where it is untrained, or was set to zero because it did not win."""
        return any(
            bool(np.any(np.asarray(leaf))) for leaf in jax.tree.leaves(eqx.filter(self.network, eqx.is_inexact_array))
        )

    def score(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        score = self._output(noised, level, 0)
        frame = self.preconditioning.frame
        return score if frame is None else frame.to_score(score)

    def posterior_mean(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        r"""The mean $D(y, \sigma) = E[x \mid y]$ of the state given one noised state; the level is positive.

        Raises:
            ScoreError: There is one output, and the law is not Gaussian.
        """
        around = self.preconditioning
        if around.outputs == 1:
            self.check_posterior_mean()
            return noised + jnp.asarray(level, jnp.float64) ** 2 * around.spread * self.score(noised, level)
        mean, frame = self._output(noised, level, 1), around.frame
        # The inverse of a rotation with a unit is its transpose, but for the unit.
        return mean if frame is None else frame.mean + around.unit**2 * frame.to_score(mean)

    def check_posterior_mean(self) -> None:
        """Refuse a denoiser that does not say the posterior mean: one output, under noise that is not Gaussian.

        Raises:
            ScoreError: It does not.
        """
        if self.preconditioning.outputs == 1 and not self.preconditioning.gaussian:
            raise ScoreError(
                f"the score was learned with {noise_law_text(self.law)} noise",
                "a score says the mean of the clean state for Gaussian noise only (Tweedie's formula), and samplers "
                "need that mean",
                "fit score and mean together under this law: fit_noised_score, or 'fluctua sample --noise'",
            )

    def without_noise(self, state: Float[Array, " d"], *, extrapolate: bool = True) -> Float[Array, " d"]:
        r"""The score of the record without noise at one state: the skip at level zero with what the network adds.

        With two outputs, whose factors have no limit at level zero, it is the score at the smallest level.

        Args:
            state: One state, without noise.
            extrapolate: Whether what the network adds is extrapolated from the levels $\sigma_0$ and $2 \sigma_0$
                instead of being taken at $\sigma_0$.
        """
        around = self.preconditioning
        if around.outputs == 2:
            return self.score(state, self.smallest * around.unit)
        return self.added(state, extrapolate=extrapolate) + around.parts(state, jnp.zeros(()))[0].skip

    def added(self, state: Float[Array, " d"], *, extrapolate: bool = True) -> Float[Array, " d"]:
        r"""What the network adds to the score of the record without noise, $\hat r$."""
        rest = self._residual(state, jnp.asarray(self.smallest), 0)
        if extrapolate:
            gain = 2.0**self.preconditioning.blur_order
            rest = (gain * rest - self._residual(state, jnp.asarray(2.0 * self.smallest), 0)) / (gain - 1.0)
        return rest

    def outputs(self, standard: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, "outputs d"]:
        """The network's own outputs, float32, at one state in the coordinates and units of the preconditioning."""
        condition = level_condition(jnp.asarray(level, jnp.float32), self.smallest, self.largest)
        return self.preconditioning.combine(self.network(self.preconditioning.features(standard, level), condition))

    def _residual(self, standard: Float[Array, " d"], level: Float[Array, ""], which: int) -> Float[Array, " d"]:
        factor = self.preconditioning.parts(standard, level)[which].factor
        return factor * self.outputs(standard, level)[which].astype(factor.dtype)

    def _output(self, noised: Float[Array, " d"], level: Float[Array, ""], which: int) -> Float[Array, " d"]:
        """One output in the coordinates of the preconditioning, float64."""
        around = self.preconditioning
        standard, level = jnp.asarray(noised, jnp.float64), jnp.asarray(level, jnp.float64) / around.unit
        if around.frame is not None:
            standard = around.frame(standard)
        return around.parts(standard, level)[which].skip + self._residual(standard, level, which)


def level_condition(level: Float[Array, ""], smallest: float, largest: float) -> Float[Array, ""]:
    r"""The condition that tells a network its level: $\ln \sigma$, moved to the range from -1 to 1."""
    middle = 0.5 * math.log(largest * smallest)
    half_range = max(0.5 * math.log(largest / smallest), 1e-6)
    return jnp.clip((jnp.log(level) - middle) / half_range, -1.0, 1.0)
