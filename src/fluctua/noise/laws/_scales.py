"""Conventions for the scale of a noise law, so that laws can be compared."""

import math

from ...core import OptionError, unknown_choice
from ._base import AbstractNoiseLaw
from ._gaussian import Gaussian
from ._generalised_normal import GeneralisedNormal

SCALE_CONVENTIONS = ("raw", "released", "deviation", "median-norm")


def scaled(law: AbstractNoiseLaw, convention: str, dimension: int) -> AbstractNoiseLaw:
    r"""A noise law at the scale that a convention asks for.

    - ``"raw"``: scale 1, whatever that means for the law.
    - ``"released"``: $\alpha = \sqrt2$ for the generalised normal law, as in the released code of Deasy and others:
      standard normal for $\beta = 2$, of another variance for every other exponent.
    - ``"deviation"``: variance 1 of each component.
    - ``"median-norm"``: the norm of a noise vector has the same median as that of standard normal noise.

    The last two make laws comparable; a result over laws means nothing without the convention.

    Args:
        law: The law; its own scale is not used.
        convention: Name of the convention.
        dimension: Dimension of the noise vectors.

    Returns:
        The law at that scale.

    Raises:
        OptionError: An unknown convention, a law without a variance under ``"deviation"``, or one that is not
            generalised normal under ``"released"``, or one whose noise exceeds the largest float.

    Example:
        >>> from fluctua.noise import GeneralisedNormal, scaled
        >>> float(scaled(GeneralisedNormal(1.5), "deviation", 1).scale.round(5))
        1.16367

    References:
        Deasy, Simidjievski and Lio, *Heavy-tailed denoising score matching*, arXiv 2112.09788 (2021), released code.
    """
    if convention not in SCALE_CONVENTIONS:
        raise unknown_choice("scale convention", convention, SCALE_CONVENTIONS)
    one = law.rescaled(1.0)
    if convention == "raw":
        return one
    if convention == "released" and not isinstance(law, GeneralisedNormal):
        raise OptionError(
            f"the scale convention 'released' was asked for with {law.kind} noise",
            "it is defined for generalised-normal noise only",
            "use 'deviation' or 'median-norm'" if math.isfinite(one.variance(dimension)) else "use 'median-norm'",
        )
    if convention == "deviation" and law.moment_order <= 2.0:
        raise OptionError(
            f"the scale convention 'deviation' was asked for with {law.kind} noise of moments below the order"
            f" {law.moment_order:g}",
            "it needs a variance, hence moments of order 2",
            "use 'median-norm'",
        )
    if convention == "released":
        scale = math.sqrt(2.0)
    elif convention == "deviation":
        scale = one.variance(dimension) ** -0.5
    else:
        scale = Gaussian().norm_quantile(0.5, dimension) / one.norm_quantile(0.5, dimension)
    if not 0.0 < scale < math.inf:
        parameters = ", ".join(f"{name} = {value}" for name, value in law.config().items() if name != "scale")
        raise OptionError(
            f"the scale convention '{convention}' was asked for with {law.kind} noise of {parameters} in {dimension}"
            " dimensions",
            "the size of such noise at scale 1 exceeds the largest number",
            "take a law with lighter tails",
        )
    return law.rescaled(scale)
