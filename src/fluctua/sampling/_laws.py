"""Which noise laws are Gaussian or Laplace under whatever name."""

from ..noise import AbstractNoiseLaw, Gaussian, GeneralisedNormal, SymmetricStable


def is_gaussian(law: AbstractNoiseLaw) -> bool:
    """Whether the noise is Gaussian: by name, or as a member of a larger family."""
    return (
        isinstance(law, Gaussian)
        or (isinstance(law, GeneralisedNormal) and law.beta == 2.0)
        or (isinstance(law, SymmetricStable) and law.alpha == 2.0)
    )


def is_laplace(law: AbstractNoiseLaw, dimension: int) -> bool:
    """Whether the components of the noise are independent Laplace variables."""
    return isinstance(law, GeneralisedNormal) and law.beta == 1.0 and (law.form == "product" or dimension == 1)
