"""The score of a homogeneous field in closed form: pointwise functions, each with a filter per wavenumber."""

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from ..core import register
from ..features import (
    AbstractFieldFunctions,
    CarriedField,
    FieldPolynomials,
    FieldProducts,
    FunctionSums,
    fit_filters,
    half_shape,
)
from ._base import AbstractScore


@register("score", "field-dictionary", summary="functions of a homogeneous field with filters", cites=("dictionary",))
class FieldDictionaryScore(AbstractScore):
    r"""$s(u) = -\sum_f w_f * \varphi_f(u)$ with functions $\varphi_f$ and convolution filters $w_f$.

    With the linear functions alone it is the Gaussian score of a homogeneous field, $w(k) = 1 / C(k)$. With cubic ones
    it contains the score of gradient systems with a quartic potential, such as Allen-Cahn. States are flat: the
    channels, then the grid, in C order. Nothing of size d x d is ever formed.

    Args:
        functions: The functions.
        filters: Filters in B = -s, shape ``(f, channels, *half spectrum)``.

    Example:
        >>> import numpy as np
        >>> from fluctua.features import sums_of_fields
        >>> rng = np.random.default_rng(0)
        >>> functions = FieldPolynomials.of(rng.standard_normal((500, 1, 8)), (8,), degree=1)
        >>> parts = [sums_of_fields(rng.standard_normal((500, 1, 8)), functions) for _ in range(4)]
        >>> score = fit_field_dictionary(parts, functions)
        >>> bool(abs(score(np.ones(8)) + 1).max() < 0.2)  # white noise: s = -u
        True
    """

    kind: ClassVar[str] = "field-dictionary"
    functions: AbstractFieldFunctions
    filters: Complex[Array, "f channels ..."]

    @property
    def dimension(self) -> int:
        return self.functions.channels * math.prod(self.functions.grid)

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        grid, channels = self.functions.grid, self.functions.channels
        axes = tuple(range(-len(grid), 0))
        values = self.functions(state.reshape(channels, *grid))
        spectra = jnp.fft.rfftn(values.reshape(-1, *grid), axes=axes)
        conjugate = jnp.einsum("f...,fc...->c...", spectra, self.filters)
        return -jnp.fft.irfftn(conjugate, s=grid, axes=axes).ravel()

    def arrays(self) -> dict[str, np.ndarray]:
        filters = np.asarray(self.filters)
        return {
            **self.functions.arrays(),
            "filters_real": np.ascontiguousarray(np.real(filters)),
            "filters_imaginary": np.ascontiguousarray(np.imag(filters)),
        }

    def config(self) -> dict[str, Any]:
        return self.functions.config()

    @classmethod
    def restore(cls, arrays: dict[str, np.ndarray], config: dict[str, Any]) -> "FieldDictionaryScore":
        kind = CarriedField if "times" in config else FieldProducts if "products" in config else FieldPolynomials
        filters = np.array(arrays["filters_real"], complex)
        filters.imag = arrays["filters_imaginary"]  # a sum with 1j times it would lose the sign of zeros
        return cls(kind.restore(arrays, config), jnp.asarray(filters))


def fit_field_dictionary(
    parts: Sequence[FunctionSums], functions: AbstractFieldFunctions, nested: Sequence[int] | None = None
) -> FieldDictionaryScore:
    """Fit the score to the sums of several parts of a record; see ``fluctua.features``.

    Args:
        parts: Sums of contiguous parts, at least two.
        functions: The functions that the sums were taken of.
        nested: Numbers of leading functions per channel to choose from, shell by shell; by default all that the
            functions propose.
    """
    chosen = functions.nested if nested is None else tuple(nested)
    return score_of_filters(functions, fit_filters(parts, functions, nested=chosen).weights)


def score_of_filters(functions: AbstractFieldFunctions, weights: np.ndarray) -> FieldDictionaryScore:
    """The score with the filters ``weights``, shape ``(wavenumbers, f, channels)``."""
    shaped = np.moveaxis(weights, 0, -1).reshape(*weights.shape[1:], *half_shape(functions.grid))
    return FieldDictionaryScore(functions, jnp.asarray(shaped))


def filters_of(score: FieldDictionaryScore) -> np.ndarray:
    """The filters of a score as a table, shape ``(wavenumbers, f, channels)``."""
    filters = np.asarray(score.filters)
    return np.moveaxis(filters.reshape(*filters.shape[:2], -1), -1, 0)
