"""New states of a record under one law, by both samplers that are valid for every law with a mean."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, PRNGKeyArray

from fluctua.core import named_key
from fluctua.noise import AbstractNoiseLaw, noise_law_named
from fluctua.sampling import ProbabilityFlow, TwoHeadedDiffusion

from .fit import Range, Tails, draw, fit_two_heads, start_from_noise
from .plan import LOG_TRANSFORM, NetworkSize

SAMPLERS = {"flow": ProbabilityFlow(), "two-headed diffusion": TwoHeadedDiffusion()}
"""The samplers by the names they have in the rows."""


_LOGARITHMS = Range(0.05, 20.0)  # for logarithms of the states, which have light tails


class Setup(NamedTuple):
    """How new states are made, the same for every law: network, noise levels, how many states, which matching.

    With power-law tails in the data, ``tails`` is ``"heavy"``: for every law, so that none has another network.
    """

    network: NetworkSize
    noise: Range
    levels: int
    drawn: int
    convention: str = "deviation"
    tails: Tails = "light"


def matched_law(text: str, dimension: int, convention: str = "deviation") -> AbstractNoiseLaw:
    """The law of a text scaled by a convention, or by the median of the norm where it has no variance.

    Example:
        >>> matched_law("gaussian", 2, "median-norm")
        Gaussian(scale=1.0)
    """
    return noise_law_named(scaled_text(text, convention), dimension)


def scaled_text(text: str, convention: str) -> str:
    """The text of a law with its scale, left as it is where it has one or where the scale is the default.

    Example:
        >>> scaled_text("student-t:df=3", "median-norm"), scaled_text("gaussian", "deviation")
        ('student-t:df=3,scale=median-norm', 'gaussian')
    """
    if convention == "deviation" or "scale=" in text:
        return text
    return f"{text}{',' if ':' in text else ':'}scale={convention}"


def generate(
    law: str, record: Float[np.ndarray, "n d"], setup: Setup, key: PRNGKeyArray
) -> dict[str, Float[np.ndarray, "drawn d"]]:
    """New states by sampler, from pure noise at the largest level.

    Args:
        law: Text of the law, or ``LOG_TRANSFORM``.
        record: The states to learn from.
        setup: Network, levels and number of states.
        key: Random key.
    """
    if law == LOG_TRANSFORM:
        transform = SignedLogarithm.of(record)
        plain = setup._replace(noise=_LOGARITHMS, tails="light")
        drawn = generate("gaussian", transform.forward(record), plain, key)
        return {sampler: transform.backward(states) for sampler, states in drawn.items()}
    noise = matched_law(law, record.shape[1], setup.convention)
    noised = fit_two_heads(record, noise, setup.network, setup.noise, named_key(key, "training"), setup.tails)
    levels = Range(*noised.levels).ladder(setup.levels)
    start = start_from_noise(record, setup.drawn, levels[0], noise, named_key(key, "start"))
    return {name: draw(sampler, noised, start, levels, named_key(key, name)) for name, sampler in SAMPLERS.items()}


class SignedLogarithm(NamedTuple):
    r"""$u = \mathrm{sgn}(x) \ln(1 + |x| / c)$ for each variable, with $c$ the median of its $|x|$.

    Example:
        >>> import numpy as np
        >>> states = np.array([[-1.0], [2.0], [30.0]])
        >>> transform = SignedLogarithm.of(states)
        >>> bool(np.allclose(transform.backward(transform.forward(states)), states))
        True

    References:
        Pachebat, *Tail annealing for heavy-tailed flow matching*, arXiv 2605.20068, for the logarithm; the scale is
        ours, so that the result does not depend on the units.
    """

    scale: Float[np.ndarray, " d"]

    @classmethod
    def of(cls, states: Float[np.ndarray, "n d"]) -> "SignedLogarithm":
        """The transform of a record."""
        return cls(np.median(np.abs(states), axis=0))

    def forward(self, states: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        """The logarithms."""
        return np.sign(states) * np.log1p(np.abs(states) / self.scale)

    def backward(self, logarithms: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        """The states of logarithms; infinite where the exponential overflows."""
        with np.errstate(over="ignore"):
            return np.sign(logarithms) * self.scale * np.expm1(np.abs(logarithms))
