r"""What training minimises.

With whitened states $z$, noise $n$ of a symmetric law $q$ and level $\sigma$, the score of the
noised record is the regression of the target $t = \nabla \ln q(n) / \sigma$ on $\tilde z = z + \sigma n$.
Write the model as $g + r$ with the skip $g$, by default the best linear $-\tilde z / (1 + \sigma^2 v)$ for noise of
the variance $v$ in each component (``GaussianSkip``):

$$ E|g + r - t|^2 = E|g - t|^2 + E\left[ |r|^2 + 2\, r \cdot (g - t) \right]. $$

The first term does not depend on $r$ and is left out. What remains has three virtues. It is exactly 0 for the skip
alone and its minimum is $-E|r^*|^2$, so its value is the gain over the Gaussian score, or over another base. Averaged
over $n$ and $-n$ its variance stays finite as $\sigma \to 0$ although that of $t$ grows as $1/\sigma^2$, because with
$\psi = \nabla \ln q$

$$ -\left[ r(z + \sigma n) - r(z - \sigma n) \right] \cdot \psi(n) / \sigma \to -2\, \psi(n)^T J n,
\qquad J = \nabla r, \qquad E[\psi n^T] = -1: $$

the pair is implicit score matching with random projections, in finite differences. And the weight over levels can then
be chosen for the score rather than against the variance.

**The price of a law.** Independent components of variance $v$ and Fisher information $I = E \psi_j^2$ give
$\mathrm{Var}(\psi^T J n) = \sum_j J_{jj}^2 \mathrm{Var}(n_j \psi_j) + \sum_{i<j} [ v I (J_{ij}^2 + J_{ji}^2) + 2 J_{ij}
J_{ji} ]$. By Cramér and Rao $v I \ge 1$, with equality for Gaussian noise: any other law pays more off the diagonal.
For generalised normal noise $n_j \psi_j = -\beta\, \Gamma_{1/\beta}$, $\beta$ times a gamma variable of the shape
$1 / \beta$, so that $\mathrm{Var}(n_j \psi_j) = \beta$: on the diagonal heavier tails than Gaussian, $\beta < 2$,
pay less. Where $I$ is infinite ($\beta \le 1/2$) the target has no variance and no average of finitely many draws can
be relied on; ``check_target`` refuses it.

References:
    Vincent, *A connection between score matching and denoising autoencoders*, Neural Computation 23 (2011),
    eq. 4.3.
    Hyvärinen, *Estimation of non-normalized statistical models by score matching*, JMLR 6, 695 (2005), eq. 4.
    Deasy, Simidjievski and Lio, *Heavy-tailed denoising score matching* (2021), for noise other than Gaussian.
    Hutchinson, *A stochastic estimator of the trace of the influence matrix*, Commun. Stat. Simul. 18, 1059
    (1989).
"""

import abc
import math
from collections.abc import Callable
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import OptionError
from ..networks import AbstractFieldNetwork, AbstractNetwork
from ..noise import AbstractNoiseLaw
from ..scores._field_network import FieldResidual, FieldSkip
from ..scores._gaussian_skip import GaussianSkip
from ..scores._network import NetworkResidual

Residual = Callable[[Float[Array, " d"], Float[Array, ""]], Float[Array, " d"]]


def residual_denoising_loss(
    residual: Residual,
    law: AbstractNoiseLaw,
    state: Float[Array, " d"],
    noise: Float[Array, " d"],
    level: Float[Array, ""],
    skip: Residual | None = None,
    spread: float = 1.0,
) -> Float[Array, ""]:
    r"""The weighted denoising loss of one pair of noised states, $\tilde z_\pm = z \pm \sigma n$.

    $$ (1 + \sigma^2 v) \cdot \tfrac12 \sum_{\pm} \left[ |r|^2 + 2\, r \cdot (g - t) \right]_{\tilde z_\pm} $$

    The weight makes it the squared error of the network's own output at every level (see ``fluctua.scores``).

    Args:
        residual: $r(\tilde z, \sigma)$, what is added to the skip.
        law: The noise law, symmetric.
        state: One whitened state $z$, shape ``(d,)``.
        noise: One draw $n$ of the law, shape ``(d,)``.
        level: Noise level $\sigma$.
        skip: $g(\tilde z, \sigma)$, what is built on; by default the best linear one.
        spread: Variance $v$ of each component of the noise.

    Returns:
        The loss, dimensionless: zero for the skip alone, negative on average for a better score.

    Example:
        >>> import jax.numpy as jnp
        >>> from fluctua.noise import Gaussian
        >>> state, noise, level = jnp.ones(2), jnp.array([0.5, -1.0]), jnp.asarray(0.1)
        >>> float(residual_denoising_loss(lambda z, sigma: jnp.zeros(2), Gaussian(), state, noise, level))
        0.0
    """
    gain = 1.0 + spread * level**2
    # One value of the law's score serves both sides, since the law is symmetric.
    slope = law.score(noise)

    def one_side(signed: Float[Array, " d"], slope: Float[Array, " d"]) -> Float[Array, ""]:
        noised = state + level * signed
        rest = residual(noised, level)
        error = (-noised / gain if skip is None else skip(noised, level)) - slope / level
        return jnp.sum(rest * (rest + 2.0 * error))

    return 0.5 * gain * (one_side(noise, slope) + one_side(-noise, -slope))


def check_target(law: AbstractNoiseLaw, dimension: int) -> None:
    """Refuse a law whose score has no second moment: the mean squared error of denoising would be infinite.

    Args:
        law: The noise law.
        dimension: Number of variables.

    Raises:
        OptionError: The Fisher information of the law is infinite.

    Example:
        >>> from fluctua.noise import GeneralisedNormal
        >>> check_target(GeneralisedNormal(0.6), 3)  # nothing to say
    """
    if np.isfinite(law.fisher_information(dimension)):
        return
    given = ", ".join(f"{name}={value}" for name, value in law.config().items())
    spherical = "" if dimension == 1 else ", its form=spherical, which serves every beta in 2 or more variables"
    raise OptionError(
        f"the noise is {law.kind} with {given}, whose score has no second moment in {dimension} variable"
        + ("" if dimension == 1 else "s"),
        "denoising by least squares needs a finite one: for generalised normal noise with independent components "
        "that is beta > 1/2",
        f"use beta above 1/2{spherical}, or the exact score of the noised states themselves "
        "(fluctua.scores.noised.NoisedEmpirical)",
    )


class AbstractObjective(eqx.Module):
    """What a training run minimises over networks, with all that it needs besides the network.

    Attributes:
        law: The noise law.
        scale: Factor of the loss in the gradient, such as one over the number of points of a field.
        judged: Which of the held-out levels, ascending, decide what is kept.
    """

    law: eqx.AbstractVar[AbstractNoiseLaw]
    scale: eqx.AbstractVar[float]
    judged: eqx.AbstractClassVar[slice]

    @abc.abstractmethod
    def __call__(
        self,
        network: AbstractNetwork,
        state: Float[Array, " d"],
        noise: Float[Array, " d"],
        level: Float[Array, ""],
    ) -> Float[Array, ""]:
        """The loss of one state with one noise vector and its mirror image."""


class Denoising(AbstractObjective):
    """The denoising loss of the network score of a few variables.

    Judged at the smallest level, next to the score without noise that is wanted.

    Args:
        law: The noise law.
        dimension: Number of variables.
        smallest: Smallest noise level.
        largest: Largest noise level.
        tail_index: Index of the power-law tails of the record; by default it has none.

    Raises:
        OptionError: The score of the law has no second moment.

    Example:
        >>> from fluctua.noise import Gaussian
        >>> Denoising(Gaussian(), 3, 0.1, 10.0).skip.spread
        1.0
    """

    judged: ClassVar[slice] = slice(0, 1)
    law: AbstractNoiseLaw
    skip: GaussianSkip
    smallest: float = eqx.field(static=True)
    largest: float = eqx.field(static=True)
    scale: float = eqx.field(static=True)

    def __init__(
        self, law: AbstractNoiseLaw, dimension: int, smallest: float, largest: float, tail_index: float = math.inf
    ):
        check_target(law, dimension)
        self.law = law
        self.skip = GaussianSkip(law, dimension, tail_index)
        self.smallest = smallest
        self.largest = largest
        self.scale = 1.0

    def __call__(
        self,
        network: AbstractNetwork,
        state: Float[Array, " d"],
        noise: Float[Array, " d"],
        level: Float[Array, ""],
    ) -> Float[Array, ""]:
        residual = NetworkResidual(network, self.smallest, self.largest, self.skip)
        return residual_denoising_loss(residual, self.law, state, noise, level, self.skip, self.skip.spread)


class FieldDenoising(AbstractObjective):
    """The denoising loss of the network score of a field, whose noise has unit variance.

    Args:
        law: The noise law.
        smallest: Smallest noise level.
        largest: Largest noise level.
        skip: What is built on.
        scale: One over the number of points.
    """

    judged: ClassVar[slice] = slice(0, 1)
    law: AbstractNoiseLaw
    smallest: float = eqx.field(static=True)
    largest: float = eqx.field(static=True)
    skip: FieldSkip
    scale: float = eqx.field(static=True)

    def __call__(
        self,
        network: AbstractNetwork,
        state: Float[Array, " d"],
        noise: Float[Array, " d"],
        level: Float[Array, ""],
    ) -> Float[Array, ""]:
        assert isinstance(network, AbstractFieldNetwork)
        residual = FieldResidual(network, self.skip.whitening, self.smallest, self.largest)
        return residual_denoising_loss(residual, self.law, state, noise, level, self.skip)
