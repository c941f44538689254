"""Which noise laws are Gaussian or Laplace under whatever name."""

from ..noise import AbstractNoiseLaw, product_exponent


def is_gaussian(law: AbstractNoiseLaw) -> bool:
    """Whether the noise is Gaussian: by name, or as a member of a larger family."""
    product = product_exponent(law, 1)
    return product is not None and product[0] == 2.0


def is_laplace(law: AbstractNoiseLaw, dimension: int) -> bool:
    """Whether the components of the noise are independent Laplace variables."""
    product = product_exponent(law, dimension)
    return product is not None and product[0] == 1.0
