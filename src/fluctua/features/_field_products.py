"""Polynomials of a homogeneous field and their products with its first derivatives."""

import math
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ._field_functions import AbstractFieldFunctions, FieldPolynomials, field_polynomials
from ._spectral import derivatives, half_shape, to_grid, to_spectrum


class FieldProducts(AbstractFieldFunctions):
    r"""Hermite polynomials of the field, and $v\, \partial_a v$, $(v^2 - 1)\, \partial_a v$ along each axis a.

    In a continuum a product with a derivative is the derivative of a power, and so a filter of it. On a grid it is not:
    what advection does to a field that is not smooth on the scale of the grid, and what it does to the density of one,
    is said by these. The derivative is spectral, per unit of the grid's own wavenumber, with the kernel $d_a(r)$.
    Since $\partial v(y) / \partial u(x) = v'(x)\, \delta_{xy} / s$ (v' is one where v is not bounded), the mean slope
    of $p(v)\, \partial_a v$ at the offset r is
    $[\langle p'\, v'\, \partial_a v \rangle\, \delta_{r0} + \langle p(v(x + r))\, v'(x) \rangle\, d_a(r)] / s$.

    Args:
        polynomials: The polynomials.

    Example:
        >>> import numpy as np
        >>> fields = np.random.default_rng(0).standard_normal((10, 1, 8, 8))
        >>> functions = FieldProducts(FieldPolynomials.of(fields, (8, 8), degree=3))
        >>> functions(fields[0]).shape, functions.nested
        ((7, 1, 8, 8), (1, 2, 3, 7))
    """

    grid: tuple[int, ...] = eqx.field(static=True)
    powers: FieldPolynomials

    def __init__(self, polynomials: FieldPolynomials):
        self.grid, self.powers = polynomials.grid, polynomials

    @property
    def polynomials(self) -> FieldPolynomials:
        return self.powers

    @property
    def nested(self) -> tuple[int, ...]:
        pointwise = self.polynomials.nested
        return (*pointwise, pointwise[-1] + 2 * len(self.grid))

    @property
    def parity(self) -> tuple[int, ...]:
        return (*self.polynomials.parity, *(1, -1) * len(self.grid))

    def mirrored(self, axis: int) -> tuple[int, ...]:
        own = [-1 if along == axis else 1 for along in range(len(self.grid)) for _ in range(2)]
        return (*self.polynomials.mirrored(axis), *own)

    def __call__(self, field: Float[Array, "channels ..."]) -> Float[Array, "count channels ..."]:
        axes = tuple(range(-len(self.grid), 0))
        v = self.polynomials.standard(field)
        spectrum = jnp.fft.rfftn(v, axes=axes)
        products = []
        for symbol in derivatives(self.grid):
            slope = jnp.fft.irfftn(symbol * spectrum, s=self.grid, axes=axes)
            products += [v * slope, (v * v - 1.0) * slope]
        return jnp.concatenate([self.polynomials(field), jnp.stack(products)])

    def tables(self, fields: Float[np.ndarray, "n channels ..."], index: int = 0) -> tuple[np.ndarray, np.ndarray]:
        pointwise, slopes = self.polynomials.tables(fields, index)
        scale = np.asarray(self.polynomials.scale)
        v, bend = self.polynomials.standardised(fields)
        axes = (0, *range(2, fields.ndim))
        factors = [(v, bend), (v * v - 1.0, 2.0 * v * bend)]  # p(v) and p'(v) v'
        pairs = [self._pairs(power, bend) for power, _ in factors]
        spectrum = to_spectrum(v, self.grid)
        values, own = [], []
        for symbol in derivatives(self.grid):
            flat = np.broadcast_to(symbol, half_shape(self.grid)).ravel()
            slope = to_grid(flat * spectrum, self.grid)
            kernel = to_grid(flat, self.grid)
            for (power, rise), pair in zip(factors, pairs, strict=True):
                values.append(power * slope)
                local = np.mean(rise * slope, axis=axes)
                own.append((local + to_spectrum(pair * kernel, self.grid).T) / scale)
        joined = np.stack(own, axis=1)  # (wavenumbers, products, channels)
        spread = np.broadcast_to(slopes, (len(joined), *slopes.shape[1:]))
        return np.concatenate([pointwise, np.stack(values)]), np.concatenate([spread, joined], axis=1)

    def _pairs(self, power: np.ndarray, bend: np.ndarray) -> np.ndarray:
        """E[p(v(x + r)) v'(x)], a function of the offset r, shape ``(channels, *grid)``."""
        if not math.isfinite(self.polynomials.saturation):  # v' is one
            return np.mean(power, axis=(0, *range(2, power.ndim)))[:, *[None] * len(self.grid)]
        product = np.mean(to_spectrum(power, self.grid) * to_spectrum(bend, self.grid).conj(), axis=0)
        return to_grid(product / math.prod(self.grid), self.grid)

    def arrays(self) -> dict[str, np.ndarray]:
        return self.polynomials.arrays()

    def config(self) -> dict[str, Any]:
        return {**self.polynomials.config(), "products": True}

    @classmethod
    def restore(cls, arrays: dict[str, np.ndarray], config: dict[str, Any]) -> "FieldProducts":
        """The functions whose ``arrays()`` and ``config()`` these are."""
        return cls(FieldPolynomials.restore(arrays, config))


def field_functions(
    values: Float[np.ndarray, "member time channels ..."], grid: tuple[int, ...], degree: int
) -> FieldPolynomials | FieldProducts:
    """The functions of a record up to a degree: polynomials, from cubic ones on with products for a single channel."""
    polynomials = field_polynomials(values, grid, degree)
    return FieldProducts(polynomials) if degree >= 3 and polynomials.channels == 1 else polynomials
