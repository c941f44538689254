"""Consistent annealed sampling: towards the clean state and as much new noise as the next level asks for."""

from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from fluctua.core import OptionError, register
from fluctua.noise import AbstractNoiseLaw, Gaussian, GeneralisedNormal, noise_law_text
from fluctua.sampling import AbstractLevelSampler, Level, Vector, check_posterior_mean, tweedie_mean
from fluctua.scores.noised import AbstractNoisedScore

from ..oracles import SymmetricStable
from .laplace_chain import laplace_increment


@register(
    "sampler",
    "consistent",
    summary="Gaussian, Laplace and stable noise with a mean; short steps",
    needs=("posterior mean",),
    settings={"step_size": 0.1},
    # Twice the relative distance of the levels of the suite: the reverse diffusion for Gaussian noise.
    examples=({"settings": {"step_size": 0.0567}, "laws": ("gaussian", "laplace", "symmetric-stable"), "every": 1},),
)
class ConsistentAnnealed(AbstractLevelSampler):
    r"""Consistent annealed sampling, from level $\sigma$ to $\sigma' = \gamma \sigma$ by one step:

    $$ y \leftarrow (1 - \eta)\, y + \eta\, D(y, \sigma) + \sigma' w, \qquad \rho\, n + w \sim n, \quad
       \rho = \frac{|1 - \eta|}{\gamma}. $$

    If $D$ were the clean state, the noise left over, $(1 - \eta) \sigma n$, and the new noise $w$ would add up to noise
    of exactly the next level: hence the name. That asks for a law whose noise at one level is noise of a lower level
    and an independent increment (self-decomposable), and $1 - \gamma < \eta < 1 + \gamma$. Valid for

    * **Gaussian** noise: $w = \sqrt{1 - \rho^2}\, \xi$, the published sampler, with $D$ from the score,
    * **symmetric stable** noise with a mean, $\alpha > 1$: $w = (1 - \rho^\alpha)^{1/\alpha}\, \xi$ with stable $\xi$,
    * **Laplace** noise, generalised normal with ``beta=1`` and independent components: $w = 0$ with probability
      $\rho^2$, else Laplace,

    with $D$ the posterior mean; it cannot be had from the score for the latter two. Other laws are refused: the
    generalised normal ones with $1 < \beta \ne 2$ have no increments, and those of Student-t noise have no simple form.

    Why it is right, to the first order in $1 - \gamma$: with $\eta = c\,(1 - \gamma)$ and levels close together the
    step is the process $dy = -c\,(y - D)\, dt + \sigma\, dL$, $dt = -d \ln \sigma$, with $L$ the Levy process of the
    increments. For known $x$ in place of $D$ its law at level $\sigma$ is that of $x + \sigma n$. The density of $y$
    over all $x$ obeys the same forward equation with $x$ replaced by its mean given $y$, because $x$ enters linearly,
    and that mean is $D$. For Gaussian noise $c = 2$ is the reverse diffusion; $c = 1$ is the flow for every law.

    **For fixed** $\eta$ **a bias stays however close the levels are**: where the record is wide,
    $\mathrm{var}(x) \gg \sigma^2$, the variance tends to shrink by the factor $1 - \eta / 2$. So take $\eta$ a small
    multiple of $1 - \gamma$, and levels close together.

    Attributes:
        step_size: $\eta$; two times $1 - \gamma$ is a good choice.

    Raises:
        OptionError: A step that is not between 0 and 2.

    Example:
        >>> import jax
        >>> import numpy as np
        >>> from fluctua.noise import Gaussian
        >>> from fluctua.scores.noised import NoisedEmpirical
        >>> noised = NoisedEmpirical(Gaussian(), np.zeros((1, 2)))
        >>> ConsistentAnnealed(0.1).step(noised, np.zeros(2), np.array(2.0), np.array(1.9), jax.random.key(0)).shape
        (2,)

    References:
        Jolicoeur-Martineau, Piche-Taillefer, Tachet des Combes and Mitliagkas, *Adversarial score matching and improved
        sampling for image generation*, ICLR (2021), algorithm 2, for Gaussian noise; for stable and Laplace noise the
        sampler is our own.
    """

    ends_at_zero: ClassVar[bool] = True

    step_size: float

    def __check_init__(self) -> None:
        if not 0.0 < self.step_size < 2.0:
            raise OptionError(
                f"the step {self.step_size} was asked for",
                "a number between 0 and 2 is needed, near twice the relative distance of neighbouring levels",
                "use, for example, step_size=0.1 with levels in the ratio 0.95",
            )

    def check(self, noised: AbstractNoisedScore) -> None:
        law, name = noised.law, type(self).__name__
        product = law.product_exponent(noised.dimension)
        divisible = isinstance(law, SymmetricStable) or (product is not None and product[0] in (1.0, 2.0))
        if not divisible:
            raise OptionError(
                f"{name} was given a score under {noise_law_text(law)} noise",
                "it needs noise that is noise of a lower level and an increment that can be drawn: gaussian, "
                "symmetric-stable, or generalised-normal with beta=1 in the product form",
                "use ProbabilityFlow or TwoHeadedDiffusion, which are valid for every law with a mean",
            )
        check_posterior_mean(self, law)

    def check_levels(self, levels: Float[np.ndarray, " levels"], dimension: int) -> None:
        ratios = levels[1:] / levels[:-1]
        ratios = ratios[ratios > 0.0]
        wrong = np.flatnonzero(~(np.abs(1.0 - self.step_size) < ratios))
        if len(wrong):
            place = int(wrong[0])
            ratio = float(ratios[place])
            raise OptionError(
                f"levels {place + 1} and {place + 2}, {levels[place]:.6g} and {levels[place + 1]:.6g}, have the ratio "
                f"{ratio:.4g}, and the step is {self.step_size:.4g}",
                f"the step must lie between {1 - ratio:.4g} and {1 + ratio:.4g} there",
                f"use step_size={min(2 * (1 - ratio), 1.0):.4g}, or levels that are closer together",
            )

    def step(
        self, noised: AbstractNoisedScore, state: Vector, level: Level, following: Level, key: PRNGKeyArray
    ) -> Vector:
        gaussian = isinstance(noised.law, Gaussian) or getattr(noised.law, "alpha", None) == 2.0
        mean = tweedie_mean(noised, state, level) if gaussian else noised.posterior_mean(state, level)
        ratio = jnp.abs(1.0 - self.step_size) * level / following
        moved = state + self.step_size * (mean - state) + following * _increment(noised.law, key, state.shape, ratio)
        # At level 0 there is no noise to add: the mean is what is left.
        return jnp.where(jnp.asarray(following) > 0.0, moved, mean)


def _increment(law: AbstractNoiseLaw, key: PRNGKeyArray, shape: tuple[int, ...], ratio: Array) -> Array:
    """A variable which added to ``ratio`` times one of the law gives one of the law."""
    index = law.alpha if isinstance(law, SymmetricStable) else 2.0
    stable = (1.0 - ratio**index) ** (1.0 / index) * law.sample(key, shape)
    if not isinstance(law, GeneralisedNormal):
        return stable
    # The exponent is 1 or 2, which compiled code does not know.
    return jnp.where(law.beta == 1.0, law.scale * laplace_increment(key, shape, ratio), stable)
