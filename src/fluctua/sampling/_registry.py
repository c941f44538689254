"""Samplers by name, and which noise laws each is valid for: what a sampler asks of a noised score says so."""

import math

from ..core import OptionError, named, registered
from ..noise import AbstractNoiseLaw, noise_law_text
from ._base import AbstractLevelSampler

KIND = "sampler"


def sampler_named(name: str) -> AbstractLevelSampler:
    """The sampler of that name, with its default settings.

    Raises:
        OptionError: There is none; the message lists those there are.

    Example:
        >>> sampler_named("flow")
        ProbabilityFlow()
    """
    entry = named(KIND, name)
    return entry.member(**entry.facts.get("settings", {}))


def check_law(sampler: str, law: AbstractNoiseLaw) -> None:
    """Refuse, before anything is trained, a sampler that moves states by a mean that the noise has not.

    Raises:
        OptionError: There is no sampler of that name, or it needs the posterior mean and the law has no mean; the
            message names a sampler that needs the score alone.
    """
    if "posterior mean" in named(KIND, sampler).facts["needs"]:
        others = [entry.name for entry in registered(KIND).values() if "posterior mean" not in entry.facts["needs"]]
        _need_mean(law, f"the sampler '{sampler}' was asked for", f"give --sampler {' or '.join(others)}")


def check_posterior_mean(sampler: AbstractLevelSampler, law: AbstractNoiseLaw) -> None:
    """Refuse a noise law without a mean, that is, with an infinite first moment."""
    _need_mean(law, f"{type(sampler).__name__} was given a score", "use AnnealedLangevin")


def _need_mean(law: AbstractNoiseLaw, given: str, remedy: str) -> None:
    if not law.moment_order > 1.0:
        raise OptionError(
            f"{given} under {noise_law_text(law)} noise, which has no mean",
            "it moves states by the mean of the noise that is in them, so moments above order 1 must be finite (here "
            f"those below order {law.moment_order:g} are)",
            f"{remedy}, which needs the score alone, or a law with lighter tails",
        )


def check_score(sampler: AbstractLevelSampler, law: AbstractNoiseLaw, dimension: int) -> None:
    r"""Refuse a law whose score has no variance, that is, an infinite Fisher information: no step along it is small.

    With $I = E|\nabla \ln q|^2 / d$, the Fisher information of the noise, $I / \sigma^2$ is the mean curvature of
    $-\ln q$ at level $\sigma$, and no density noised at that level has a larger one; so a step of $\sigma^2 / I$ times
    a small number is small at every level. For Gaussian noise $1/I$ is its variance; for others it is less, and it
    exists where the variance does not.
    """
    if not math.isfinite(law.fisher_information(dimension)):
        raise OptionError(
            f"{type(sampler).__name__} was given a score under {noise_law_text(law)} noise",
            "it moves along the score, and the score of this noise has no variance, so no step is small enough",
            "use ProbabilityFlow, which needs the posterior mean alone, or noise with beta above 1/2",
        )


def check_order(order: int) -> None:
    """Refuse an order that is neither 1 nor 2."""
    if order not in (1, 2):
        raise OptionError(f"order {order} was asked for", "the orders are 1 and 2", "use order=2")
