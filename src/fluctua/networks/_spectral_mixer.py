"""The field network for CPUs: filters in wavenumber space, channels mixed by matrix products."""

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float, PRNGKeyArray

from ..core import register
from ._base import AbstractFieldNetwork, check_grid, check_sizes
from ._features import FEATURE_COUNT, condition_features
from ._spectral_filters import filter_functions, radial_count, radial_functions


class _Block(eqx.Module):
    """A filter for each channel (none in the first block), then a perceptron with one hidden layer at every point."""

    filters: Float[Array, "channels functions"] | None
    rise: Float[Array, "hidden channels"]
    bias: Float[Array, " hidden"]
    gain: Float[Array, "hidden features"]
    shift: Float[Array, "hidden features"]
    fall: Float[Array, "channels hidden"]

    def __call__(
        self,
        fields: Float[Array, "channels *grid"],
        features: Float[Array, " features"],
        functions: Float[Array, "parts functions *half"],
    ) -> Float[Array, "channels *grid"]:
        mixed = fields
        if self.filters is not None:
            axes = tuple(range(1, fields.ndim))
            spectrum = jnp.fft.rfftn(fields, axes=axes) * _filter(self.filters, functions)
            mixed = fields + jnp.fft.irfftn(spectrum, fields.shape[1:], axes=axes)
        flat = mixed.reshape(len(mixed), -1)
        weight = self.rise * (1.0 + self.gain @ features)[:, None]
        offset = self.bias + self.shift @ features
        # The weight depends on the condition, and so belongs to each state of a batch: a batched product of small
        # matrices with contiguous fields, three times faster on CPUs than one product over all states.
        hidden = jax.nn.silu(weight @ flat + offset[:, None])
        fall = self.fall * (1.0 + 0.0 * features[0])
        return mixed + (fall @ hidden).reshape(mixed.shape)


@register(
    "network", "spectral_mixer", summary="filters by wavenumber and a perceptron at every point, for fields on CPUs"
)
class SpectralMixer(AbstractFieldNetwork):
    r"""A periodic network that commutes with translations, made of FFT filters and matrix products.

    Every input field is filtered into ``width`` channels; each block filters every channel (from the second block on)
    and then mixes the channels point by point by a perceptron with one hidden layer and ``silu``,

    $$ g = h + K * h, \qquad h' = g + W_2\, a\!\left( [1 + G \phi(c)] W_1 g + b + B \phi(c) \right), $$

    and filters of all channels are added up to the output fields. Filters are smooth functions of the wavenumber of
    few numbers (hat functions of its length times harmonics of its direction), so one filter reaches the whole domain
    and the number of parameters does not grow with the grid. The condition $c$ (``condition_features`` $\phi$)
    scales and shifts the hidden layers, and turns the filters at both ends up and down by length of the wavenumber,
    as noise asks for. The last filters start at zero, and so does the output.

    The default on CPUs, where convolutions are slow and Fourier transforms and matrix products fast. One block is a
    function of filtered fields, filtered: it holds the scores of gradient systems with a local potential, such as
    Allen-Cahn.

    Args:
        grid: Shape of the grid, one or two periodic dimensions.
        inputs: Number of input fields.
        outputs: Number of output fields.
        width: Number of channels.
        depth: Number of blocks.
        expansion: Hidden units at every point, per channel.
        radial: Number of hat functions of a filter; by default as many as the grid has half octaves.
        key: Random key of the weights.

    Raises:
        OptionError: A size is not positive, or the grid has not one or two dimensions.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> network = SpectralMixer((8, 8), width=4, depth=1, key=jax.random.key(0))
        >>> output = network(jnp.ones(64, jnp.float32), jnp.asarray(0.5, jnp.float32))
        >>> output.shape, float(abs(output).max())
        ((64,), 0.0)
    """

    kind: ClassVar[str] = "spectral_mixer"
    grid: tuple[int, ...] = eqx.field(static=True)
    inputs: int = eqx.field(static=True)
    outputs: int = eqx.field(static=True)
    radial: int = eqx.field(static=True)
    expansion: int = eqx.field(static=True)
    entry: Float[Array, "width inputs functions"]
    entry_gain: Float[Array, "inputs radial features"]
    blocks: tuple[_Block, ...]
    exit_gain: Float[Array, "outputs radial features"]
    exit: Float[Array, "outputs width functions"]

    def __init__(
        self,
        grid: Sequence[int],
        *,
        inputs: int = 1,
        outputs: int = 1,
        width: int = 8,
        depth: int = 2,
        expansion: int = 4,
        radial: int | None = None,
        key: PRNGKeyArray,
    ):
        self.grid = tuple(grid)
        check_grid(self.grid, inputs=inputs, outputs=outputs, width=width, depth=depth, expansion=expansion)
        self.inputs, self.outputs, self.expansion = inputs, outputs, expansion
        self.radial = radial_count(self.grid) if radial is None else radial
        check_sizes(radial=self.radial)
        functions = filter_functions(self.grid, self.radial).shape[1]
        keys = jax.random.split(key, depth + 1)
        # A common part of all hat functions is the field itself; the rest makes every channel its own filter.
        common, own = jax.random.split(keys[0])
        is_hat = jnp.arange(functions)[None, None] < self.radial
        shared = jnp.where(is_hat, _normal(common, (width, inputs, 1), inputs), 0.0)
        self.entry = shared + 0.3 * _normal(own, (width, inputs, functions), inputs)
        self.entry_gain = jnp.zeros((inputs, self.radial, FEATURE_COUNT), jnp.float32)
        self.blocks = tuple(
            _block(width, expansion * width, functions if index else None, keys[index + 1]) for index in range(depth)
        )
        self.exit_gain = jnp.zeros((outputs, self.radial, FEATURE_COUNT), jnp.float32)
        self.exit = jnp.zeros((outputs, width, functions), jnp.float32)

    def __call__(self, x: Float[Array, " inputs"], condition: Float[Array, ""]) -> Float[Array, " outputs"]:
        # A condition common to a batch would be taken out of it, and with it the layout that makes batches fast.
        features = condition_features(condition + 0.0 * x[0])
        functions = jnp.asarray(filter_functions(self.grid, self.radial))
        radial = jnp.asarray(radial_functions(self.grid, self.radial))
        axes = tuple(range(1, len(self.grid) + 1))

        spectrum = jnp.fft.rfftn(x.reshape(self.inputs, *self.grid), axes=axes)
        spectrum = spectrum * (1.0 + jnp.tensordot(self.entry_gain @ features, radial, 1))
        entry = _filter(self.entry, functions)
        fields = jnp.fft.irfftn(jnp.sum(entry * spectrum, axis=1), self.grid, axes=axes)
        for block in self.blocks:
            fields = block(fields, features, functions)
        spectrum = jnp.sum(_filter(self.exit, functions) * jnp.fft.rfftn(fields, axes=axes), axis=1)
        spectrum = spectrum * (1.0 + jnp.tensordot(self.exit_gain @ features, radial, 1))
        return jnp.fft.irfftn(spectrum, self.grid, axes=axes).reshape(self.outputs * math.prod(self.grid))

    def config(self) -> dict[str, Any]:
        return {
            "grid": list(self.grid),
            "inputs": self.inputs,
            "outputs": self.outputs,
            "width": self.entry.shape[0],
            "depth": len(self.blocks),
            "expansion": self.expansion,
            "radial": self.radial,
        }


def _filter(
    numbers: Float[Array, "*channels functions"], functions: Float[Array, "parts functions *half"]
) -> Complex[Array, "..."]:
    """The filters that the numbers stand for."""
    real, imaginary = (jnp.tensordot(numbers, part, 1) for part in functions)
    return jax.lax.complex(real, imaginary)


def _block(width: int, hidden: int, functions: int | None, key: PRNGKeyArray) -> _Block:
    first, second, third, fourth = jax.random.split(key, 4)
    zeros = jnp.zeros((hidden, FEATURE_COUNT), jnp.float32)
    return _Block(
        filters=None if functions is None else 0.3 * _normal(first, (width, functions), 1),
        rise=_normal(second, (hidden, width), width),
        bias=0.5 * _normal(third, (hidden,), 1),
        gain=zeros,
        shift=zeros,
        fall=_normal(fourth, (width, hidden), hidden),
    )


def _normal(key: PRNGKeyArray, shape: tuple[int, ...], inputs: int) -> Float[Array, "*shape"]:
    return jax.random.normal(key, shape, jnp.float32) / math.sqrt(inputs)
