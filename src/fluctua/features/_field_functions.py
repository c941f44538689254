"""Functions of a homogeneous field: maps of the field to fields that a translation carries along."""

import abc
import math
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

_STATES = 4_000  # states that standardise the functions
_FAR = 8.0  # standard deviations beyond which functions are bounded


class AbstractFieldFunctions(eqx.Module):
    r"""Functions $\varphi_f$ of a homogeneous field, each a field itself, equivariant under translations.

    A homogeneous field has *channels* (levels, or several variables) on a periodic grid along which it is homogeneous.
    There are ``count`` functions of each channel, numbered $f = (p, c)$ with the channel last; the first is linear.
    Together with a filter per wavenumber they are an *equivariant dictionary*.
    """

    grid: eqx.AbstractVar[tuple[int, ...]]

    @property
    @abc.abstractmethod
    def polynomials(self) -> "FieldPolynomials":
        """The polynomials among the functions, which know the mean and the scale of each channel."""

    @property
    @abc.abstractmethod
    def nested(self) -> tuple[int, ...]:
        """Sizes, per channel, of the leading sets among which a fit may choose; the last is all of them."""

    @property
    @abc.abstractmethod
    def parity(self) -> tuple[int, ...]:
        """For each function of a channel, its sign when the field changes sign: 1 for even, -1 for odd."""

    @abc.abstractmethod
    def mirrored(self, axis: int) -> tuple[int, ...]:
        """For each function of a channel, its sign when the grid is reflected along one of its axes."""

    @abc.abstractmethod
    def __call__(self, field: Float[Array, "channels ..."]) -> Float[Array, "count channels ..."]:
        """The functions of one field, shape ``(count, channels, *grid)``."""

    @abc.abstractmethod
    def tables(self, fields: Float[np.ndarray, "n channels ..."], index: int = 0) -> tuple[np.ndarray, np.ndarray]:
        r"""The functions of many fields in NumPy, and their mean slopes.

        The slope of $\varphi_{(p,c)}$ is the mean over states and translations of its derivative with respect to the
        value of channel c at another point, as a function of the offset between the two, by wavenumber: one number
        where the function depends on its own point alone.

        Args:
            fields: Shape ``(n, channels, *grid)``, float64.
            index: Tells apart calls that need random numbers of their own.

        Returns:
            Functions, shape ``(count, n, channels, *grid)``; slopes, shape ``(wavenumbers or 1, count, channels)``.
        """

    @abc.abstractmethod
    def arrays(self) -> dict[str, np.ndarray]:
        """Everything numerical that defines the functions."""

    @abc.abstractmethod
    def config(self) -> dict[str, Any]:
        """Everything else that defines them, as values that JSON can hold."""

    @property
    def channels(self) -> int:
        """Number of channels."""
        return len(self.polynomials.centre)

    @property
    def count(self) -> int:
        """Number of functions of each channel."""
        return self.nested[-1]

    @property
    def size(self) -> int:
        """Number of functions: count times channels."""
        return self.count * self.channels


class FieldPolynomials(AbstractFieldFunctions):
    r"""Hermite polynomials $\varphi_p = He_p(v) - \overline{He_p}$ of the standardised field $v = (u - m) / s$.

    They act on every channel alike, point by point. Their dictionary contains the score of every gradient system with
    a local nonlinearity.

    Args:
        grid: Shape of the periodic grid.
        centre: Mean m of each channel.
        scale: Standard deviation s of each channel.
        degree: Highest degree p.
        saturation: Beyond about so many standard deviations the functions are bounded:
            $v \to c \tanh(v / c)$; infinite for none.
        offset: Mean of each function and channel, shape ``(degree, channels)``.

    Example:
        >>> import numpy as np
        >>> functions = FieldPolynomials.of(np.array([[[0.0, 2.0, 0.0, -2.0]]]), (4,), degree=3)
        >>> functions(np.array([[0.0, 2.0, 0.0, -2.0]])).shape
        (3, 1, 4)
    """

    grid: tuple[int, ...] = eqx.field(static=True)
    degree: int = eqx.field(static=True)
    saturation: float = eqx.field(static=True)
    centre: Float[Array, " channels"]
    scale: Float[Array, " channels"]
    offset: Float[Array, "degree channels"]

    @classmethod
    def of(
        cls,
        fields: Float[np.ndarray, "n channels ..."],
        grid: tuple[int, ...],
        *,
        degree: int,
        saturation: float = math.inf,
    ) -> "FieldPolynomials":
        """The polynomials of a record's fields, standardised by them."""
        axes = (0, *range(2, fields.ndim))
        centre, scale = fields.mean(axes, dtype=np.float64), fields.std(axes, dtype=np.float64)
        offset = jnp.zeros((degree, len(centre)))
        start = cls(grid, degree, saturation, jnp.asarray(centre), jnp.asarray(scale), offset)
        values, _ = start.tables(np.asarray(fields, dtype=np.float64))
        means = values.mean(axis=(1, *range(3, values.ndim)))
        return eqx.tree_at(lambda f: f.offset, start, jnp.asarray(means))

    @property
    def polynomials(self) -> "FieldPolynomials":
        return self

    @property
    def nested(self) -> tuple[int, ...]:
        return tuple(range(1, self.degree + 1))

    @property
    def parity(self) -> tuple[int, ...]:
        return tuple(-1 if p % 2 else 1 for p in self.nested)

    def mirrored(self, axis: int) -> tuple[int, ...]:
        return (1,) * self.degree

    def __call__(self, field: Float[Array, "channels ..."]) -> Float[Array, "degree channels ..."]:
        column = (slice(None), *[None] * len(self.grid))
        values = hermite(self.standard(field), self.degree)
        return jnp.stack([value - self.offset[p][column] for p, value in enumerate(values[1:])])

    def standard(self, field: Float[Array, "channels ..."]) -> Float[Array, "channels ..."]:
        """The standardised field v, bounded where the record visits far tails."""
        column = (slice(None), *[None] * len(self.grid))
        v = (field - self.centre[column]) / self.scale[column]
        return self.saturation * jnp.tanh(v / self.saturation) if math.isfinite(self.saturation) else v

    def standardised(self, fields: Float[np.ndarray, "n channels ..."]) -> tuple[np.ndarray, np.ndarray]:
        """``standard`` of many fields in NumPy, and its derivative in units of 1/s, both of the shape of the fields."""
        column = (slice(None), *[None] * len(self.grid))
        v = (fields - np.asarray(self.centre)[column]) / np.asarray(self.scale)[column]
        if not math.isfinite(self.saturation):
            return v, np.ones_like(v)
        bounded = np.tanh(v / self.saturation)
        return self.saturation * bounded, 1 - bounded**2

    def tables(self, fields: Float[np.ndarray, "n channels ..."], index: int = 0) -> tuple[np.ndarray, np.ndarray]:
        column = (slice(None), *[None] * len(self.grid))
        scale, offset = np.asarray(self.scale), np.asarray(self.offset)
        v, slope = self.standardised(fields)
        values = hermite(v, self.degree)
        axes = (0, *range(2, fields.ndim))
        slopes = [(p + 1) * np.mean(values[p] * slope, axis=axes) / scale for p in range(self.degree)]
        functions = np.stack([value - offset[p][column] for p, value in enumerate(values[1:])])
        return functions, np.stack([np.broadcast_to(s, (self.channels,)) for s in slopes])[None]

    def arrays(self) -> dict[str, np.ndarray]:
        return {name: np.asarray(getattr(self, name)) for name in ("centre", "scale", "offset")}

    def config(self) -> dict[str, Any]:
        saturation = self.saturation if math.isfinite(self.saturation) else None
        return {"grid": list(self.grid), "degree": self.degree, "saturation": saturation}

    @classmethod
    def restore(cls, arrays: dict[str, np.ndarray], config: dict[str, Any]) -> "FieldPolynomials":
        """The functions whose ``arrays()`` and ``config()`` these are."""
        saturation = math.inf if config["saturation"] is None else float(config["saturation"])
        parts = [jnp.asarray(arrays[name]) for name in ("centre", "scale", "offset")]
        return cls(tuple(config["grid"]), int(config["degree"]), saturation, *parts)


def field_polynomials(
    values: Float[np.ndarray, "member time channels ..."], grid: tuple[int, ...], degree: int
) -> FieldPolynomials:
    """Polynomials standardised by a sample of a record, and bounded where the record visits far tails."""
    stride = max(1, values.shape[0] * values.shape[1] // _STATES)
    sample = np.concatenate([np.asarray(member[::stride], dtype=np.float64) for member in values])
    axes = (0, *range(2, sample.ndim))
    reach = np.abs(sample - sample.mean(axes, keepdims=True)).max(axes) / np.maximum(sample.std(axes), 1e-300)
    saturation = _FAR / 2 if degree > 1 and float(reach.max()) > _FAR else math.inf
    return FieldPolynomials.of(sample, grid, degree=degree, saturation=saturation)


def hermite(v: Any, degree: int) -> list[Any]:
    """Hermite polynomials (of the standard normal law) of degree 0 to ``degree``, by their recurrence."""
    values = [v * 0 + 1.0, v]
    for p in range(1, degree):
        values.append(v * values[p] - p * values[p - 1])
    return values[: degree + 1]
