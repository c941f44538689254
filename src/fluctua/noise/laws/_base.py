"""What a noise law is: a symmetric density on vectors, with its samples, its score and what is known of its moments."""

import abc
import inspect
import math
from typing import Any, TypeAlias

import equinox as eqx
from jax.typing import ArrayLike, DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray

from ...core import OptionError
from .._checks import check_draw, noise_vector

Number: TypeAlias = Any
"""A float; a traced number in double precision where the law is an argument of compiled code."""


class AbstractNoiseLaw(eqx.Module):
    r"""A density $q(n)$ of noise vectors $n \in R^d$ with $q(-n) = q(n)$, in any dimension $d$.

    A record is noised as $\tilde x = x + \sigma n$; the score of $\tilde x$ given $x$ is
    $\nabla \ln q(n) / \sigma$.
    The symmetry is part of the contract: training pairs $n$ with $-n$, which removes the part of the target's
    variance that grows as $1 / \sigma^2$.

    Every law is a family in its scale $a$, $q(n) = a^{-d} q_1(n / a)$. What the scale means is the law's own matter;
    ``scaled`` chooses it such that laws can be compared.

    A law is named by ``kind``, and its parameters are those of its ``__init__``, each kept under its name. Parameters
    that are numbers are leaves of the module (``numpy.float64``): floats outside of compiled code, traced numbers
    inside, so that one compilation serves all members of a family. Their values are checked when a law is made, which
    is done outside. Two laws are equal that have the same kind and the same parameters.

    What a law is asked with is checked here, once for every law. Arrays of ``float32`` and ``float64`` keep their
    type, whole numbers and others are taken in double precision.

    Attributes:
        kind: Name of the family in files and on the command line, under which it is registered.
        scale: The scale $a > 0$.
    """

    kind: eqx.AbstractClassVar[str]
    scale: eqx.AbstractVar[float]

    def __check_init__(self) -> None:
        if not 0.0 < self.scale < math.inf:
            raise OptionError(
                f"the scale of the noise law is {self.scale}",
                "a positive finite number is needed",
                "give 1, or the name of a convention such as 'deviation'",
            )

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
        the largest float. Outside of compiled code only.

        Raises:
            OptionError: A probability that is not between 0 and 1.
        """
        if not 0.0 < probability < 1.0:
            raise OptionError(
                f"the quantile of a norm was asked for at the probability {probability}",
                "a number above 0 and below 1 is needed, for no norm is certain",
                "give 0.5 for the median",
            )
        return self._norm_quantile(float(probability), dimension)

    def rescaled(self, scale: float) -> "AbstractNoiseLaw":
        """The same law at another scale."""
        return type(self)(**{**self.config(), "scale": scale})

    def config(self) -> dict[str, Any]:
        """The keyword arguments that build the law, as values that JSON can hold."""
        return {name: value if isinstance(value, str) else float(value) for name, value in self._parameters().items()}

    def product_exponent(self, dimension: int) -> tuple[float, float] | None:
        r"""$\beta$ and $\alpha$ where the components are independent in that dimension, each with a density in
        proportion to $\exp(-|n_j / \alpha|^\beta)$; None for any other law."""
        return None

    @property
    @abc.abstractmethod
    def moment_order(self) -> Number:
        r"""The order below which every moment $E|n|^p$ is finite; infinite for most laws."""

    @abc.abstractmethod
    def variance(self, dimension: int = 1) -> Number:
        """The variance of each component of a vector of that dimension; infinite where there is none, or where it
        exceeds the largest float."""

    @abc.abstractmethod
    def fisher_information(self, dimension: int = 1) -> Number:
        r"""$E|\nabla \ln q|^2 / d$, the second moment of each component of the score; infinite where there is none."""

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

    def _parameters(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in law_parameters(type(self))}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value}' for name, value in self._parameters().items())})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.config() == other.config()  # pyright: ignore[reportAttributeAccessIssue]

    def __hash__(self) -> int:
        return hash((self.kind, *self.config().items()))


def law_parameters(law: type[AbstractNoiseLaw]) -> dict[str, inspect.Parameter]:
    """The parameters that a law is made with, by name and in order."""
    _, *parameters = inspect.signature(law.__init__).parameters.values()
    return {parameter.name: parameter for parameter in parameters}
