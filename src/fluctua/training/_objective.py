r"""What training minimises.

With whitened states $z$, noise $n$ of a symmetric law $q$ and level $\sigma$, the score of the
noised record is the regression of the target $t = \nabla \ln q(n) / \sigma$ on $\tilde z = z + \sigma n$.
Write the model as $g + r$ with the skip $g$ of a preconditioning (``fluctua.scores``), such as the best linear
$-\tilde z / (1 + \sigma^2 v)$ for noise of the variance $v$ in each component:

$$ E|g + r - t|^2 = E|g - t|^2 + E\left[ |r|^2 + 2\, r \cdot (g - t) \right]. $$

The first term does not depend on $r$ and is left out. What remains has three virtues. It is exactly 0 for the skip
alone and its minimum is $-E|r^*|^2$, so its value is the gain over the Gaussian score, or over another base. Averaged
over $n$ and $-n$ its variance stays finite as $\sigma \to 0$ although that of $t$ grows as $1/\sigma^2$, because with
$\psi = \nabla \ln q$

$$ -\left[ r(z + \sigma n) - r(z - \sigma n) \right] \cdot \psi(n) / \sigma \to -2\, \psi(n)^T J n,
\qquad J = \nabla r, \qquad E[\psi n^T] = -1: $$

the pair is implicit score matching with random projections, in finite differences. And the weight over levels can then
be chosen for the score rather than against the variance.

With $r = c F$ and the weight $w$ of the squared error of the network itself, the loss of a pair $z \pm \sigma n$ is

$$ \tfrac12 \sum_\pm w \left[ |F|^2 + 2\, F \cdot \frac{g - t}{c} \right]_{z \pm \sigma n}, $$

summed over the outputs: of a second one, the posterior mean, the target is $z$ itself. With the preconditioning of two
outputs both targets $(t - g_s) / c_s$ and $(z - g_D) / c_D$ have the variance one for light tails, and are of order one
for heavy ones: no level, direction or output outweighs the others.

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
    Deasy, Simidjievski and Lio, *Heavy-tailed denoising score matching*, arXiv 2112.09788 (2021), for noise other than
    Gaussian.
    Karras, Aittala, Aila and Laine, *Elucidating the design space of diffusion-based generative models* (2022),
    equations 2 and 8, for the posterior mean and the balance of the levels.
    Hutchinson, *A stochastic estimator of the trace of the influence matrix*, Commun. Stat. Simul. 18, 1059
    (1989).
"""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import OptionError
from ..networks import AbstractNetwork
from ..noise import AbstractNoiseLaw
from ..scores import AbstractPreconditioning
from ..scores.noised import Denoiser


class Denoising(eqx.Module):
    """The denoising loss of one state with one noise vector and its mirror image.

    Zero for what an untrained network gives, negative on average for better. What is kept is decided by the held-out
    loss at the smallest level, next to the score without noise that is wanted; with two outputs, which samplers need at
    every level, by the mean over the levels.

    Args:
        preconditioning: What is around the network, with the noise law.
        smallest: Smallest noise level, in units of ``preconditioning.unit``.
        largest: Largest one.
        scale: Factor of the loss in the gradient, such as one over the number of points of a field.

    Raises:
        OptionError: The score of the law has no second moment.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from fluctua.networks import MultilayerPerceptron
        >>> from fluctua.scores import WhitenedPreconditioning
        >>> loss = Denoising(WhitenedPreconditioning(dimension=2), 0.1, 10.0)
        >>> network = MultilayerPerceptron(2, 2, key=jax.random.key(0))
        >>> float(loss(network, jnp.ones(2), jnp.array([0.5, -1.0]), jnp.asarray(0.1)))
        0.0
    """

    preconditioning: AbstractPreconditioning
    smallest: float = eqx.field(static=True)
    largest: float = eqx.field(static=True)
    scale: float = eqx.field(static=True)

    def __init__(self, preconditioning: AbstractPreconditioning, smallest: float, largest: float, scale: float = 1.0):
        check_target(preconditioning.law, preconditioning.dimension)
        self.preconditioning = preconditioning
        self.smallest, self.largest, self.scale = smallest, largest, scale

    @property
    def law(self) -> AbstractNoiseLaw:
        """The noise law."""
        return self.preconditioning.law

    @property
    def decisive(self) -> slice:
        """Which of the held-out levels, ascending, decide what is kept."""
        return slice(0, 1) if self.preconditioning.outputs == 1 else slice(None)

    def denoiser(self, network: AbstractNetwork) -> Denoiser:
        """The denoiser that a network makes."""
        return Denoiser(network, self.preconditioning, self.smallest, self.largest)

    def __call__(
        self,
        network: AbstractNetwork,
        state: Float[Array, " d"],
        noise: Float[Array, " d"],
        level: Float[Array, ""],
    ) -> Float[Array, ""]:
        around, denoiser = self.preconditioning, self.denoiser(network)
        # One value of the law's score serves both sides, since the law is symmetric.
        slope = self.law.score(noise)
        if around.frame is not None:
            # The noise is drawn along the axes of the record, the state is given in the frame.
            axes = (around.unit * around.frame.matrix).astype(noise.dtype)
            noise, slope = axes @ noise, axes @ slope

        def one_side(noise: Float[Array, " d"], slope: Float[Array, " d"]) -> Float[Array, ""]:
            noised = state + level * noise
            terms = zip(
                denoiser.outputs(noised, level), around.parts(noised, level), (slope / level, state), strict=False
            )
            return sum(
                (
                    jnp.sum(part.weight * output * (output + 2.0 * (part.skip - target) / part.factor))
                    for output, part, target in terms
                ),
                jnp.zeros((), noise.dtype),
            )

        return 0.5 * (one_side(noise, slope) + one_side(-noise, -slope))


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
