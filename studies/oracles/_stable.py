"""Stable data with stable noise of the same index: what is noised stays in the family."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from fluctua.core import OptionError, named_key
from fluctua.noise import AbstractNoiseLaw
from fluctua.scores.noised import AbstractExactNoisedScore, Smoothed

from ._shared import positive
from ._smoothed_normal import AbstractNormalSmoother, normal_smoother
from ._symmetric_stable import SymmetricStable


class NoisedStable(AbstractExactNoisedScore):
    r"""Isotropic symmetric stable data of scale $\gamma_0$, with noise of scale $\gamma$ and the same index $\alpha$.

    The noised density is stable with scale $(\gamma_0^\alpha + \gamma^\alpha)^{1/\alpha}$, and the posterior mean is
    linear,

    $$ D(y) = \frac{\gamma_0^\alpha}{\gamma_0^\alpha + \gamma^\alpha}\, y. $$

    State and noise are the increments of one process over times $\gamma_0^\alpha$ and $\gamma^\alpha$: given their sum,
    increments over equal times are exchangeable. It holds for $\alpha \le 1$ too, where neither has a mean of its own.

    Args:
        law: The stable noise law; its index is that of the data.
        scale: Scale $\gamma_0 > 0$ of the data; for $\alpha = 2$ their standard deviation is $\sqrt 2 \gamma_0$.
        dimension: Number of state variables.

    Raises:
        OptionError: The law is no stable law, or the scale is not positive.

    Example:
        >>> import jax.numpy as jnp
        >>> from studies.oracles import SymmetricStable
        >>> data = NoisedStable(SymmetricStable(2.0), 1.0, 1)
        >>> data.posterior_mean(jnp.array([4.0]), jnp.asarray(1.0)).tolist()
        [2.0]

    References:
        Samorodnitsky and Taqqu, *Stable Non-Gaussian Random Processes*, 1994, property 1.2.1, for the scale of a sum.
    """

    law: SymmetricStable
    scale: Float[Array, ""]
    variables: int = eqx.field(static=True)
    smoother: AbstractNormalSmoother

    def __init__(self, law: AbstractNoiseLaw, scale: float, dimension: int):
        if not isinstance(law, SymmetricStable):
            raise OptionError(
                f"the noise law is {law.kind}",
                "stable data stay in their family under stable noise only",
                "take SymmetricStable with the index of the data, or NoisedEmpirical for other laws",
            )
        self.law = law
        self.scale = positive("scale of the data", scale, "scale=1.0")
        self.variables = dimension
        self.smoother = normal_smoother(law, dimension)

    @property
    def dimension(self) -> int:
        return self.variables

    def smoothed(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Smoothed:
        index, ratio = self.law.alpha, self.scale / self.law.scale
        share = 1.0 / (1.0 + (level / ratio) ** index)
        # The noise alone at a larger level, as a smoothed vector without width.
        nothing = jnp.zeros_like(noised)
        log_density, score = self.smoother.log_density_and_score(noised, nothing, ratio * share ** (-1.0 / index))
        return Smoothed(log_density, score, share * noised)

    def sample(self, key: PRNGKeyArray, count: int) -> Float[Array, "count d"]:
        unit = self.law.rescaled(1.0)
        return self.scale * unit.sample(named_key(key, "stable"), (count, self.variables))
