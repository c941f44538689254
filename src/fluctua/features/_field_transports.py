"""The field carried along by its own flow: functions for vorticity and its kin in two dimensions."""

import math
from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import OptionError, map_states
from ._field_functions import AbstractFieldFunctions, FieldPolynomials
from ._field_products import FieldProducts
from ._spectral import derivatives, half_shape, to_grid, to_spectrum, wavenumbers

_BATCH = 64
_PROBE_STRIDE = 8


class CarriedField(AbstractFieldFunctions):
    r"""Other functions, and the field as its own flow would carry it for a few times, the flow standing still.

    With the streamfunction $\nabla^2 \psi = u$ of the centred field, $\varphi_\tau(u) = q(\tau)$ with

    $$ \partial_t q = \partial_x \psi\, \partial_y q - \partial_y \psi\, \partial_x q, \qquad q(0) = u , $$

    $\psi$ fixed. Where the field is the vorticity of a two-dimensional flow, the mean of its future depends on its
    present mostly through these, which no pointwise function can say: with them among the functions the average over
    random displacements enters the response. The slopes, functions of the offset here, are found by random probes,
    $D(k) = E[\widehat{(\varphi' z)}(k)\, \hat z(k)^*] / n$ with $E[z z^T] = I$.

    Args:
        inner: The other functions, of one channel on a grid of two dimensions.
        times: The times $\tau$, in the units in which u is an inverse time, all positive and rising, or all negative
            and falling: the flow then turns the other way.
        lengths: Lengths of the domain along the axes of the grid.
        step: Time step of the fourth-order Runge-Kutta scheme, of the sign of the times; these are rounded to whole
            steps. By default a quarter of the first time.
        key: Random key of the probes.

    Raises:
        OptionError: The field has several channels or not two dimensions, or the times do not increase.

    Example:
        >>> import jax, numpy as np
        >>> fields = np.random.default_rng(0).standard_normal((10, 1, 8, 8))
        >>> functions = CarriedField(FieldPolynomials.of(fields, (8, 8), degree=1), (0.5,), key=jax.random.key(0))
        >>> functions(fields[0]).shape, functions.nested
        ((2, 1, 8, 8), (1, 2))
    """

    grid: tuple[int, ...] = eqx.field(static=True)
    inner: FieldPolynomials | FieldProducts
    times: tuple[float, ...] = eqx.field(static=True)
    lengths: tuple[float, ...] = eqx.field(static=True)
    step: float = eqx.field(static=True)
    key: PRNGKeyArray

    def __init__(
        self,
        inner: FieldPolynomials | FieldProducts,
        times: Sequence[float],
        *,
        lengths: Sequence[float] | None = None,
        step: float | None = None,
        key: PRNGKeyArray,
    ):
        times = tuple(float(time) for time in times)
        if len(inner.grid) != 2 or inner.channels != 1:
            raise OptionError(
                f"a flow was asked for on a grid of shape {inner.grid} with {inner.channels} channels",
                "a field that carries itself along needs one channel on a grid of two dimensions",
                "leave the transport out",
            )
        sense = -1.0 if times and times[0] < 0 else 1.0
        if not times or min(sense * np.diff([0.0, *times])) <= 0 or not np.isfinite(times[-1]):
            raise OptionError(
                f"the times of the transport are {', '.join(f'{time:g}' for time in times) or 'none'}",
                "positive, rising times are needed (or negative, falling ones)",
                "give for example 0.5, 1 and 1.5 times the time in which the flow moves a vortex by its own size",
            )
        self.grid = inner.grid
        self.inner, self.times, self.key = inner, times, key
        self.step = sense * abs(times[0]) / 4 if step is None else float(step)
        self.lengths = (2 * np.pi, 2 * np.pi) if lengths is None else (float(lengths[0]), float(lengths[1]))

    @property
    def nested(self) -> tuple[int, ...]:
        pointwise = self.inner.nested
        return (*pointwise, pointwise[-1] + len(self.times))

    @property
    def parity(self) -> tuple[int, ...]:
        # A field that changes sign under a reflection is carried by the reflected flow: the result changes sign too.
        return (*self.inner.parity, *[-1] * len(self.times))

    def mirrored(self, axis: int) -> tuple[int, ...]:
        return (*self.inner.mirrored(axis), *[1] * len(self.times))

    @property
    def polynomials(self) -> FieldPolynomials:
        return self.inner.polynomials

    def __call__(self, field: Float[Array, "1 ny nx"]) -> Float[Array, "count 1 ny nx"]:
        return jnp.concatenate([self.inner(field), self.carried(field)])

    def carried(self, field: Float[Array, "1 ny nx"]) -> Float[Array, "times 1 ny nx"]:
        """The standardised field at the times, carried by the flow of the field itself."""
        polynomials = self.polynomials
        start = (field[0] - polynomials.centre[0]) / polynomials.scale[0]
        along_y, along_x, inverse = map(jnp.asarray, _symbols(self.grid, self.lengths))

        def grid_values(spectrum: Array) -> Array:
            return jnp.fft.irfft2(spectrum, s=self.grid)

        stream = inverse * jnp.fft.rfft2(field[0] - polynomials.centre[0])
        along, across = grid_values(along_x * stream), grid_values(along_y * stream)

        def tendency(q: Array) -> Array:
            spectrum = jnp.fft.rfft2(q)
            return along * grid_values(along_y * spectrum) - across * grid_values(along_x * spectrum)

        def advance(q: Array, _: None) -> tuple[Array, None]:
            first = tendency(q)
            second = tendency(q + 0.5 * self.step * first)
            third = tendency(q + 0.5 * self.step * second)
            fourth = tendency(q + self.step * third)
            return q + self.step * (first + 2.0 * second + 2.0 * third + fourth) / 6.0, None

        found, q, done = [], start, 0
        for time in self.times:
            steps = max(1, round(time / self.step))
            q, _ = jax.lax.scan(advance, q, None, length=max(0, steps - done))
            done = steps
            found.append(q[None])
        return jnp.stack(found)

    def tables(self, fields: Float[np.ndarray, "n 1 ny nx"], index: int = 0) -> tuple[np.ndarray, np.ndarray]:
        pointwise, slopes = self.inner.tables(fields, index)
        width = len(self.times) * math.prod(self.grid)
        carried = map_states(self.carried, fields, width=width).swapaxes(0, 1)
        # Slopes are means over many states: a spread of them is enough.
        some = fields[:: max(1, min(_PROBE_STRIDE, len(fields) // _BATCH))]
        probes = np.random.default_rng([*np.asarray(jax.random.key_data(self.key)).tolist(), index])
        probe = probes.choice([-1.0, 1.0], some.shape)
        change = to_spectrum(map_states(eqx.Partial(_change, self), some, probe, width=width), self.grid)
        products = np.sum(change * to_spectrum(probe, self.grid).conj()[:, None], axis=0)  # (times, 1, wavenumbers)
        own = products.transpose(2, 0, 1) / (len(some) * np.prod(self.grid))
        joined = np.concatenate([np.broadcast_to(slopes, (len(own), *slopes.shape[1:])), own], axis=1)
        return np.concatenate([pointwise, carried]), joined

    def arrays(self) -> dict[str, np.ndarray]:
        return {**self.inner.arrays(), "key": np.asarray(jax.random.key_data(self.key))}

    def config(self) -> dict[str, Any]:
        own = {"times": list(self.times), "lengths": list(self.lengths), "step": self.step}
        return {**self.inner.config(), **own}

    @classmethod
    def restore(cls, arrays: dict[str, np.ndarray], config: dict[str, Any]) -> "CarriedField":
        """The functions whose ``arrays()`` and ``config()`` these are."""
        return cls(
            (FieldProducts if "products" in config else FieldPolynomials).restore(arrays, config),
            config["times"],
            lengths=config["lengths"],
            step=config["step"],
            key=jax.random.wrap_key_data(jnp.asarray(arrays["key"], jnp.uint32)),
        )


def self_advection(fields: Float[np.ndarray, "n ny nx"], lengths: Sequence[float]) -> Float[np.ndarray, "n ny nx"]:
    r"""$\partial_x \psi\, \partial_y u - \partial_y \psi\, \partial_x u$ with $\nabla^2 \psi = u$, for many fields."""
    grid = fields.shape[1:]
    along_y, along_x, inverse = (
        np.broadcast_to(symbol, half_shape(grid)).ravel() for symbol in _symbols(grid, lengths)
    )
    spectra = to_spectrum(fields, grid)
    flow = [to_grid(symbol * inverse * spectra, grid) for symbol in (along_x, along_y)]
    slopes = [to_grid(symbol * spectra, grid) for symbol in (along_y, along_x)]
    return flow[0] * slopes[0] - flow[1] * slopes[1]


def _symbols(grid: tuple[int, ...], lengths: Sequence[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Symbols of the derivatives along y and x (zero at the Nyquist wavenumber) and of the inverse Laplacian."""
    ky, kx = wavenumbers(grid, lengths)
    squared = ky**2 + kx**2
    inverse = -np.where(squared > 0, 1 / np.where(squared > 0, squared, 1.0), 0.0)
    along_y, along_x = derivatives(grid, lengths)
    return along_y, along_x, inverse


def _change(functions: CarriedField, field: Array, direction: Array) -> Array:
    """The derivative of the carried fields along a direction."""
    return jax.jvp(functions.carried, (field,), (direction,))[1]
