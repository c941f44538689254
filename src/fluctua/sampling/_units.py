"""The unit of a Langevin step at a noise level, and what is said where there is none."""

import math

from ..core import OptionError
from ..noise import AbstractNoiseLaw, noise_law_text


def langevin_unit(law: AbstractNoiseLaw, dimension: int) -> float:
    r"""The step that one noise law calls one, $1 / I$ with $I = E|\nabla \ln q|^2 / d$ its Fisher information.

    $I / \sigma^2$ is the mean curvature of $-\ln q$ at level $\sigma$, and no density noised at that level has a larger
    one; so a step of $\sigma^2 / I$ times a small number is small at every level. For Gaussian noise $1/I$ is its
    variance; for others it is less, and it exists where the variance does not.
    """
    return 1.0 / law.fisher_information(dimension)


def check_langevin_unit(sampler: str, law: AbstractNoiseLaw, dimension: int) -> None:
    """Refuse a law whose score has no variance: no step is small for it.

    Raises:
        OptionError: The Fisher information is infinite.
    """
    if not math.isfinite(law.fisher_information(dimension)):
        raise OptionError(
            f"{sampler} was given a score under {noise_law_text(law)} noise",
            "it moves along the score, and the score of this noise has no variance, so no step is small enough",
            "use ProbabilityFlow, which needs the posterior mean alone, or noise with beta above 1/2",
        )
