"""What a noise law is: a symmetric density on vectors, with its samples and its score."""

import abc

import equinox as eqx
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray


class AbstractNoiseLaw(eqx.Module):
    r"""A density $q(n)$ of noise vectors $n \in R^d$ with mean zero, $q(-n) = q(n)$, in any dimension $d$.

    A record is noised as $\tilde x = x + \sigma n$; the score of $\tilde x$ given $x$ is
    $\nabla \ln q(n) / \sigma$.
    The symmetry is part of the contract: training pairs $n$ with $-n$, which removes the part of the target's
    variance that grows as $1 / \sigma^2$.
    """

    @abc.abstractmethod
    def sample(
        self, key: PRNGKeyArray, shape: tuple[int, ...], dtype: DTypeLike = "float64"
    ) -> Float[Array, "*batch d"]:
        """Independent noise vectors; the last entry of ``shape`` is the dimension of each vector."""

    @abc.abstractmethod
    def log_prob(self, noise: Float[Array, " d"]) -> Float[Array, ""]:
        r"""The normalised log-density $\ln q$ of one noise vector."""

    @abc.abstractmethod
    def score(self, noise: Float[Array, " d"]) -> Float[Array, " d"]:
        r"""The gradient $\nabla \ln q$ at one noise vector."""

    @property
    @abc.abstractmethod
    def variance(self) -> float:
        """The variance of each component."""
