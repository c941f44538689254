"""What a noise law is: a symmetric density on vectors, with its samples, its score and what is known of its moments."""

import abc
from typing import Any

import equinox as eqx
from jax.typing import ArrayLike, DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray

from .._checks import check_draw, check_probability, noise_vector


class AbstractNoiseLaw(eqx.Module):
    r"""A density $q(n)$ of noise vectors $n \in R^d$ with $q(-n) = q(n)$, in any dimension $d$.

    A record is noised as $\tilde x = x + \sigma n$; the score of $\tilde x$ given $x$ is
    $\nabla \ln q(n) / \sigma$.
    The symmetry is part of the contract: training pairs $n$ with $-n$, which removes the part of the target's
    variance that grows as $1 / \sigma^2$.

    Every law is a family in its scale $a$, $q(n) = a^{-d} q_1(n / a)$. What the scale means is the law's own matter;
    ``scaled`` chooses it such that laws can be compared.

    What a law is asked with is checked here, once for every law. Arrays of ``float32`` and ``float64`` keep their
    type, whole numbers and others are taken in double precision.

    Attributes:
        kind: Name of the family in files and on the command line.
        scale: The scale $a > 0$.
    """

    kind: eqx.AbstractClassVar[str]
    scale: eqx.AbstractVar[float]

    def sample(
        self, key: PRNGKeyArray, shape: tuple[int, ...], dtype: DTypeLike = "float64"
    ) -> Float[Array, "*batch d"]:
        """Independent noise vectors; the last entry of ``shape`` is the dimension of each vector.

        Raises:
            OptionError: An empty shape, or a type other than ``float32`` and ``float64``.
        """
        check_draw(shape, dtype)
        return self._sample(key, shape, dtype)

    def log_prob(self, noise: ArrayLike) -> Float[Array, ""]:
        r"""The normalised log-density $\ln q$ of one noise vector, of shape ``(d,)``.

        Raises:
            OptionError: Anything but one vector.
        """
        return self._log_prob(noise_vector(noise, "log_prob"))

    def score(self, noise: ArrayLike) -> Float[Array, " d"]:
        r"""The gradient $\nabla \ln q$ at one noise vector, of shape ``(d,)``; zero at the origin, also where it has no
        limit there.

        Raises:
            OptionError: Anything but one vector.
        """
        return self._score(noise_vector(noise, "score"))

    def norm_quantile(self, probability: float, dimension: int) -> float:
        r"""The norm $|n|$ that a vector of that dimension stays below with this probability; infinite where it exceeds
        the largest float.

        Raises:
            OptionError: A probability that is not between 0 and 1.
        """
        check_probability(probability)
        return self._norm_quantile(float(probability), dimension)

    @property
    @abc.abstractmethod
    def moment_order(self) -> float:
        r"""The order below which every moment $E|n|^p$ is finite; infinite for most laws."""

    @abc.abstractmethod
    def variance(self, dimension: int = 1) -> float:
        """The variance of each component of a vector of that dimension; infinite where there is none, or where it
        exceeds the largest float."""

    @abc.abstractmethod
    def fisher_information(self, dimension: int = 1) -> float:
        r"""$E|\nabla \ln q|^2 / d$, the second moment of each component of the score; infinite where there is none."""

    @abc.abstractmethod
    def rescaled(self, scale: float) -> "AbstractNoiseLaw":
        """The same law at another scale."""

    @abc.abstractmethod
    def config(self) -> dict[str, Any]:
        """The keyword arguments that build the law, as values that JSON can hold."""

    @abc.abstractmethod
    def _sample(self, key: PRNGKeyArray, shape: tuple[int, ...], dtype: DTypeLike) -> Float[Array, "*batch d"]:
        """``sample`` of a shape and a type that are checked."""

    @abc.abstractmethod
    def _log_prob(self, noise: Float[Array, " d"]) -> Float[Array, ""]:
        """``log_prob`` of one vector of floats."""

    @abc.abstractmethod
    def _score(self, noise: Float[Array, " d"]) -> Float[Array, " d"]:
        """``score`` at one vector of floats."""

    @abc.abstractmethod
    def _norm_quantile(self, probability: float, dimension: int) -> float:
        """``norm_quantile`` of a probability between 0 and 1."""
