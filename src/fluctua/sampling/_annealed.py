"""Annealed Langevin dynamics: a few steps of Langevin dynamics at every noise level."""

import math
from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from ..core import OptionError, register
from ..noise import AbstractNoiseLaw, noise_law_text
from ..scores.noised import AbstractNoisedScore
from ._base import AbstractLevelSampler, Level, Vector
from ._registry import check_order, check_score


@register(
    "sampler",
    "langevin",
    summary="every law whose score has a variance; slow between modes",
    cites=("heavy-tails",),
    needs=("score",),
    # Down the levels for Gaussian noise; under other laws it lags, and is to leave the last level as it is.
    examples=(
        {"settings": {"steps": 20}, "laws": ("gaussian",), "every": 4},
        {"settings": {"steps": 40}, "laws": None, "every": None},
    ),
)
class AnnealedLangevin(AbstractLevelSampler):
    r"""Annealed Langevin dynamics: at every level some steps of Langevin dynamics towards the density noised there,

    $$ y \leftarrow y + \epsilon\, s(y, \sigma) + \sqrt{2 \epsilon}\; \xi, \qquad \epsilon = h \sigma^2 / I, $$

    with $I$ the Fisher information per component of the noise law (1 for standard Gaussian noise). The dynamics leaves
    the density of its score alone whatever noise made it, so it is **valid for every law**, by the score only; a law
    whose Fisher information is infinite is refused, because no step is then small.

    Order 1 is this rule as published. It has a bias of the first order in the step: a Gaussian of variance $v$ comes
    out with $v / (1 - \epsilon / 2v)$. Order 2 takes the score at $y + \sqrt{\epsilon / 2}\, \xi$ and adds such noise
    after the last step, with the same $\xi$ in the move: the bias is then of the second order, and none for a Gaussian,
    for one more evaluation of the score at each level. States start each level from
    $y + \epsilon s / 4$, which takes out the variance that the last noise puts in.

    What it does not do: states of one mode of variance $v$ settle within about $I v / (h \sigma^2)$ steps, but mass
    between modes that the noise of a level does not join is **not** moved; it stays as the larger levels have left it.
    So mode weights come from the large levels, and lag behind where steps are few. For two modes 10:1 and 40 levels in
    a ratio of 1.15, ``steps * step_size`` of 10 under Gaussian noise and 100 under Laplace noise give weights within
    half a point. Far tails lag as well where the noise has power-law tails, whose score pulls back weakly.

    With a learned score the weights are as good as the score *between* the modes at the level where exchange ends: an
    error $\delta s$ changes $\ln(w_2 / w_1)$ by $\int \delta s \cdot dx$ on the way from mode 1 to mode 2, however
    small the density in between. More steps then make it worse once they have made up for the lag, since exchange ends
    lower down, where states to learn from are fewer. The probability flow weighs the same error with the density.

    By default $\xi$ is standard Gaussian. ``injection`` takes it from another law, brought to unit variance: the same
    density, but to the first order in $h$ only. Without that scaling, as in the sampler released with the second paper
    at one time, a law of variance $v$ heats the target: what is sampled is $q^{1/v}$. Injection without a variance
    would need a fractional score and is refused.

    Attributes:
        steps: Langevin steps at each level.
        step_size: $h$, the step in units of the level: well below one for order 1, up to one for order 2.
        injection: The law of $\xi$; standard Gaussian by default.
        order: 1 or 2, the order of the bias of a step.

    Raises:
        OptionError: Steps that are not positive, an unknown order, or an injection law without a variance.

    Example:
        >>> import jax
        >>> import numpy as np
        >>> from fluctua.noise import Gaussian
        >>> from fluctua.scores.noised import NoisedEmpirical
        >>> noised = NoisedEmpirical(Gaussian(), np.zeros((1, 2)))
        >>> AnnealedLangevin(steps=5).step(noised, np.zeros(2), np.array(2.0), np.array(1.0), jax.random.key(0)).shape
        (2,)

    References:
        Song and Ermon, *Generative modeling by estimating gradients of the data distribution*, NeurIPS (2019),
        algorithm 1; Deasy, Simidjievski and Lio, *Heavy-tailed denoising score matching*, arXiv 2112.09788 (2021);
        Leimkuhler and Matthews, *Rational construction of stochastic numerical methods for molecular sampling*,
        Appl. Math. Res. Express (2013), for order 2.
    """

    ends_at_zero: ClassVar[bool] = False

    steps: int = 20
    step_size: float = 0.5
    injection: AbstractNoiseLaw | None = None
    order: int = 2

    def __check_init__(self) -> None:
        if self.steps < 1 or not 0.0 < self.step_size < 2.0:
            raise OptionError(
                f"steps={self.steps} of size {self.step_size} at each level were asked for",
                "at least 1 step and a size between 0 and 2 are needed, Langevin dynamics is unstable above",
                "use, for example, steps=20 and step_size=0.5",
            )
        check_order(self.order)
        if self.injection is not None and not math.isfinite(self.injection.variance(1)):
            raise OptionError(
                f"{noise_law_text(self.injection)} noise to inject was asked for",
                "Langevin dynamics needs noise of unit variance, and this law has no variance",
                "use a law with a variance, such as generalised-normal, or leave the injection Gaussian",
            )

    def check(self, noised: AbstractNoisedScore) -> None:
        check_score(self, noised.law, noised.dimension)

    def step(
        self, noised: AbstractNoisedScore, state: Vector, level: Level, following: Level, key: PRNGKeyArray
    ) -> Vector:
        size = self.step_size * following**2 / noised.law.fisher_information(noised.dimension)
        # How far ahead the score is taken and, after the last step, the state: nothing for order 1.
        ahead = jnp.sqrt(size / 2) * (self.order - 1)

        def move(current: Array, subkey: PRNGKeyArray) -> tuple[Array, None]:
            noise = self._unit_noise(subkey, current.shape)
            moved = current + size * noised.score(current + ahead * noise, following) + jnp.sqrt(2 * size) * noise
            return moved.astype(current.dtype), None

        start = jnp.asarray(state)
        if self.order == 2:
            start = start + size / 4 * noised.score(start, following).astype(start.dtype)
        keys = jax.random.split(key, self.steps + 1)
        final, _ = jax.lax.scan(move, start, keys[1:])
        return final if self.order == 1 else final + ahead * self._unit_noise(keys[0], final.shape)

    def _unit_noise(self, key: PRNGKeyArray, shape: tuple[int, ...]) -> Array:
        if self.injection is None:
            return jax.random.normal(key, shape)
        return self.injection.sample(key, shape) / jnp.sqrt(self.injection.variance(shape[-1]))
