"""The denoising loss of a network with two heads: the score of noised states, and the mean of the states."""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..networks import AbstractNetwork
from ..noise import AbstractNoiseLaw
from ..scores._network import level_condition
from ..scores.noised._preconditioning import Preconditioning
from ._objectives import AbstractObjective, check_target


class DenoisingTwoHeads(AbstractObjective):
    r"""The denoising loss of score and posterior mean, balanced over levels, directions and heads.

    With the forms $s = g_s + \tau F_s$ and $D = g_D + c F_D$ of ``fluctua.scores.noised`` (there with the derivation
    of $\tau$ and $c$) the loss of a pair of noised states $y_\pm = x \pm \sigma n$ is the squared error of the network
    itself, less what does not depend on it:

    $$ \tfrac12 \sum_\pm \left[ |F_s|^2 + 2 F_s \cdot \frac{g_s - t}{\tau} + |F_D|^2
       + 2 F_D \cdot \frac{g_D - x}{c} \right]_{y_\pm}, \qquad t = \nabla \ln q(\pm n) / \sigma. $$

    Both targets have the variance one for light tails, and are of order one for heavy ones: no level, head or direction
    outweighs the others. The loss is zero for the linear predictions that an untrained network makes. It is judged by
    its mean over the levels.

    Args:
        preconditioning: The forms, with the noise law.
        smallest: Smallest noise level, in units of ``preconditioning.unit``.
        largest: Largest one.

    Raises:
        OptionError: The score of the law has no second moment.

    Example:
        >>> import numpy as np
        >>> from fluctua.noise import Gaussian
        >>> from fluctua.scores.noised import Preconditioning
        >>> around = Preconditioning.fit(np.array([[-1.0], [1.0]]), Gaussian(), "light")
        >>> DenoisingTwoHeads(around, 0.1, 10.0).scale
        1.0

    References:
        Deasy, Simidjievski and Lio, *Heavy-tailed denoising score matching*, arXiv 2112.09788 (2021), for the score.
        Karras, Aittala, Aila and Laine, *Elucidating the design space of diffusion-based generative models* (2022),
        equations 2 and 8, for the posterior mean and the balance of the levels.
    """

    judged: ClassVar[slice] = slice(None)
    law: AbstractNoiseLaw
    preconditioning: Preconditioning
    smallest: float = eqx.field(static=True)
    largest: float = eqx.field(static=True)
    scale: float = eqx.field(static=True)

    def __init__(self, preconditioning: Preconditioning, smallest: float, largest: float):
        dimension = len(preconditioning.spectrum)
        check_target(preconditioning.law, dimension)
        self.law = preconditioning.law
        self.preconditioning = preconditioning
        self.smallest = smallest
        self.largest = largest
        self.scale = 1.0 / dimension

    def __call__(
        self,
        network: AbstractNetwork,
        state: Float[Array, " d"],
        noise: Float[Array, " d"],
        level: Float[Array, ""],
    ) -> Float[Array, ""]:
        around = self.preconditioning
        condition = level_condition(level, self.smallest, self.largest)
        # The noise is drawn in the record's own axes, the state is given in the standard ones.
        axes = around.basis.astype(noise.dtype).T
        turned, slope = axes @ noise, axes @ self.law.score(noise)

        def one_side(turned: Float[Array, " d"], slope: Float[Array, " d"]) -> Float[Array, ""]:
            noised = state + level * turned
            score, mean = network(around.features(noised, level), condition).reshape(2, -1)
            score_skip, score_factor = around.score_parts(noised, level)
            mean_skip, mean_factor = around.mean_parts(noised, level)
            score_error = (score_skip - slope / level) / score_factor
            mean_error = (mean_skip - state) / mean_factor
            return jnp.sum(score * (score + 2.0 * score_error) + mean * (mean + 2.0 * mean_error))

        return 0.5 * (one_side(turned, slope) + one_side(-turned, -slope))
