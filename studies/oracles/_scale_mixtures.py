r"""Noise laws as scale mixtures of Gaussian laws, $n = \sqrt V z$: the law of $V$ as a quadrature rule."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from fluctua.noise import AbstractNoiseLaw, Gaussian, GeneralisedNormal, StudentT

from ._mixing import inverse_chi_square_nodes, size_biased_nodes, stable_nodes
from ._symmetric_stable import SymmetricStable


@dataclass(frozen=True)
class ScaleMixture:
    r"""A noise law as $n = \sqrt V z$ with $z$ standard normal, $q(n) \approx \sum_k w_k N(n; 0, V_k)$.

    The nodes are those of a trapezoid rule in a stretched logarithm of $V$; sums over them of functions that are
    smooth in $\ln V$ converge exponentially. The density is met to a relative 1e-8 or better, from the origin to 30
    times the median norm for laws with power-law tails, and to $30^{1/\beta}$ times for generalised normal ones, where
    its logarithm has fallen by about $30 d / \beta$. Soon beyond, the largest node is too small, and so is the density.

    Attributes:
        variances: Nodes $V_k$, ascending, shape ``(m,)``.
        log_weights: $\ln w_k$, shape ``(m,)``; in high dimension nodes of a weight below the smallest float decide
            the density near the origin, where each is multiplied with $V_k^{-d/2}$.
        per_coordinate: Whether each coordinate has its own $V$, as in the product form of the generalised normal law;
            otherwise one $V$ is shared by the vector.
    """

    variances: Float[np.ndarray, " m"]
    log_weights: Float[np.ndarray, " m"]
    per_coordinate: bool

    @property
    def weights(self) -> Float[np.ndarray, " m"]:
        """Weights $w_k$, shape ``(m,)``; their sum is one up to the mass beyond the nodes."""
        return np.exp(self.log_weights)


def gaussian_mixture(law: AbstractNoiseLaw, dimension: int) -> ScaleMixture | None:
    r"""The law of $V$ for which $\sqrt V z$ follows a noise law, as nodes and weights.

    For the generalised normal law $V = \alpha^2 / (2S)$ where $S$ has a density proportional to $s^{-d/2}
    f_{\beta/2}(s)$ with the positive stable density $f$ ($d = 1$ for the product form); for Student-t noise $V =
    \sigma^2 \nu / c$ with a chi-square $c$; for stable noise $V = 2 \gamma^2 S$ with $S$ positive stable of index
    $\alpha/2$.

    Args:
        law: The noise law.
        dimension: Dimension $d$ of the noise vectors; the nodes resolve the posterior of $V$ given a vector of that
            dimension.

    Returns:
        The mixture, or None for a law that is none: the generalised normal law with $\beta > 2$, whose tails are
        thinner than Gaussian ones.

    Example:
        >>> from fluctua.noise import GeneralisedNormal
        >>> mixture = gaussian_mixture(GeneralisedNormal(1.0), 1)
        >>> round(float(mixture.weights @ mixture.variances), 8)
        2.0

    References:
        Andrews and Mallows, *Scale mixtures of normal distributions*, J. R. Stat. Soc. B 36, 99 (1974).
        West, *On scale mixtures of normal distributions*, Biometrika 74, 646 (1987), for the generalised normal law.
    """
    if isinstance(law, Gaussian):
        return ScaleMixture(np.array([law.scale**2]), np.zeros(1), False)
    if isinstance(law, StudentT):
        logs, log_weights = inverse_chi_square_nodes(law.df, dimension)
        return ScaleMixture(law.scale**2 * np.exp(logs), log_weights, False)
    if isinstance(law, SymmetricStable):
        if law.alpha == 2.0:
            return ScaleMixture(np.array([2.0 * law.scale**2]), np.zeros(1), False)
        logs, log_weights = stable_nodes(law.alpha, dimension)
        return ScaleMixture(law.scale**2 * np.exp(logs), log_weights, False)
    if isinstance(law, GeneralisedNormal) and law.beta <= 2.0:
        product = law.form == "product"
        if law.beta == 2.0:
            return ScaleMixture(np.array([0.5 * law.scale**2]), np.zeros(1), product)
        logs, log_weights = size_biased_nodes(law.beta, 1 if product else dimension)
        return ScaleMixture(law.scale**2 * np.exp(logs), log_weights, product)
    return None
