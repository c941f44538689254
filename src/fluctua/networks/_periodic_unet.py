"""A convolutional U-Net on a periodic grid, for GPUs; the network of the published field responses is its default."""

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import OptionError, register
from ._base import AbstractFieldNetwork, check_grid


class _Stage(eqx.Module):
    """Convolution, a shift by the embedded condition, normalisation in groups, ``silu``."""

    convolution: eqx.nn.Conv
    shift: eqx.nn.Linear
    norm: eqx.nn.GroupNorm

    def __call__(self, fields: Float[Array, "a *grid"], embedding: Float[Array, " e"]) -> Float[Array, "b *half"]:
        return jax.nn.silu(self.norm(_shifted(self.convolution(fields), self.shift(embedding))))


class _Residual(eqx.Module):
    """Two normalised convolutions whose result is added to what they are given."""

    norms: tuple[eqx.nn.GroupNorm, eqx.nn.GroupNorm]
    convolutions: tuple[eqx.nn.Conv, eqx.nn.Conv]
    shift: eqx.nn.Linear

    def __call__(self, fields: Float[Array, "a *grid"], embedding: Float[Array, " e"]) -> Float[Array, "a *grid"]:
        hidden = self.convolutions[0](jax.nn.silu(self.norms[0](fields)))
        hidden = _shifted(hidden, self.shift(embedding))
        return fields + self.convolutions[1](jax.nn.silu(self.norms[1](hidden)))


@register(
    "network", "periodic_unet", summary="convolutions on ever coarser grids, for fields on GPUs", cites=("response",)
)
class PeriodicUNet(AbstractFieldNetwork):
    r"""A U-Net with circular convolutions, exactly zero when new.

    A convolution to ``widths[0]`` channels, a convolution of stride 2 to each of the other widths,
    ``residual_blocks`` residual blocks on the coarsest grid, and back by nearest-neighbour doubling and convolutions,
    with the stage of the same grid beside it. All are three points wide. The condition $c$ enters every stage through
    $\sin$ and $\cos$ of $2 \pi w_i t$, $t = (1 + c)/2$, with fixed random frequencies $w_i$ and a dense layer.

    The defaults are the published network on 32 x 32 points; its channels were later doubled. It commutes with
    translations by multiples of 8 points only. Convolutions run at a tenth of the speed of matrix products on CPUs:
    use it on GPUs, and ``SpectralMixer`` elsewhere.

    Args:
        grid: Shape of the grid, one or two periodic dimensions, divisible by 2 for each width after the first.
        inputs: Number of input fields.
        outputs: Number of output fields.
        widths: Channels of each grid, finest first.
        residual_blocks: Residual blocks on the coarsest grid.
        groups: Groups of the normalisation.
        frequencies: Half the length of the embedding of the condition.
        frequency_scale: Standard deviation of the frequencies.
        key: Random key of the weights.

    Raises:
        OptionError: A size is not positive, the grid cannot be halved often enough, or the groups do not divide a
            width.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> network = PeriodicUNet((8,), widths=(4, 8), residual_blocks=1, groups=4, key=jax.random.key(0))
        >>> network(jnp.ones(8, jnp.float32), jnp.asarray(0.5, jnp.float32)).tolist()
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]

    References:
        Giorgini, Deck, Bischoff and Souza, *Response theory via generative score modeling*, Phys. Rev. Lett. 133,
        267302 (2024).
        Song et al., *Score-based generative modeling through stochastic differential equations* (2021), appendix C,
        for the embedding.
    """

    kind: ClassVar[str] = "periodic_unet"
    grid: tuple[int, ...] = eqx.field(static=True)
    inputs: int = eqx.field(static=True)
    outputs: int = eqx.field(static=True)
    widths: tuple[int, ...] = eqx.field(static=True)
    groups: int = eqx.field(static=True)
    frequency_scale: float = eqx.field(static=True)
    frequencies: Float[Array, " frequencies"]
    embedding: eqx.nn.Linear
    down: tuple[_Stage, ...]
    middle: tuple[_Residual, ...]
    up: tuple[_Stage, ...]
    last: eqx.nn.Conv

    def __init__(
        self,
        grid: Sequence[int],
        *,
        inputs: int = 1,
        outputs: int = 1,
        widths: Sequence[int] = (32, 64, 128, 256),
        residual_blocks: int = 8,
        groups: int = 32,
        frequencies: int = 128,
        frequency_scale: float = 30.0,
        key: PRNGKeyArray,
    ):
        self.grid, self.widths, self.groups = tuple(grid), tuple(widths), groups
        self.inputs, self.outputs, self.frequency_scale = inputs, outputs, frequency_scale
        smallest = min(self.widths, default=0)
        check_grid(
            self.grid, inputs=inputs, outputs=outputs, widths=smallest, groups=groups, residual_blocks=residual_blocks
        )
        halvings = len(self.widths) - 1
        if any(points % 2**halvings or points < 2 ** (halvings + 1) for points in self.grid):
            raise OptionError(
                f"the grid {self.grid} was given with {len(self.widths)} widths",
                f"a U-Net with these halves the grid {halvings} times, to 2 points or more",
                "give fewer widths, or a network of spectral filters",
            )
        if any(width % groups for width in self.widths):
            raise OptionError(
                f"the widths {self.widths} were given with groups={groups}",
                "the groups must divide every width",
                "give fewer groups",
            )
        keys = iter(jax.random.split(key, 2 * (2 * len(self.widths) + 2 * residual_blocks) + 4))
        dimensions, length = len(self.grid), 2 * frequencies
        self.frequencies = frequency_scale * jax.random.normal(next(keys), (frequencies,), jnp.float32)
        self.embedding = eqx.nn.Linear(length, length, dtype=jnp.float32, key=next(keys))

        def convolution(before: int, after: int, stride: int = 1) -> eqx.nn.Conv:
            return eqx.nn.Conv(
                dimensions,
                before,
                after,
                3,
                stride,
                padding=1,
                padding_mode="CIRCULAR",
                dtype=jnp.float32,
                key=next(keys),
            )

        def stage(before: int, after: int, stride: int = 1) -> _Stage:
            shift = eqx.nn.Linear(length, after, dtype=jnp.float32, key=next(keys))
            return _Stage(convolution(before, after, stride), shift, norm(after))

        def norm(channels: int) -> eqx.nn.GroupNorm:
            return eqx.nn.GroupNorm(groups, channels, dtype=jnp.float32)

        def residual(channels: int) -> _Residual:
            shift = eqx.nn.Linear(length, channels, dtype=jnp.float32, key=next(keys))
            pair = (convolution(channels, channels), convolution(channels, channels))
            return _Residual((norm(channels), norm(channels)), pair, shift)

        pairs = list(zip(self.widths[:-1], self.widths[1:], strict=True))
        self.down = (stage(inputs, self.widths[0]), *(stage(a, b, 2) for a, b in pairs))
        self.middle = tuple(residual(self.widths[-1]) for _ in range(residual_blocks))
        # The first stage on the way up sees the coarsest grid alone, the others their neighbour on the way down too.
        self.up = tuple(stage(b if index == 0 else 2 * b, a) for index, (a, b) in enumerate(reversed(pairs)))
        last = convolution((2 if pairs else 1) * self.widths[0], outputs)
        self.last = jax.tree.map(lambda leaf: jnp.zeros_like(leaf) if eqx.is_array(leaf) else leaf, last)

    def __call__(self, x: Float[Array, " inputs"], condition: Float[Array, ""]) -> Float[Array, " outputs"]:
        # The frequencies are drawn once and are no parameters.
        angles = math.pi * (1.0 + condition) * jax.lax.stop_gradient(self.frequencies)
        embedding = jax.nn.silu(self.embedding(jnp.concatenate([jnp.sin(angles), jnp.cos(angles)])))
        fields, beside = x.reshape(self.inputs, *self.grid), []
        for stage in self.down:
            fields = stage(fields, embedding)
            beside.append(fields)
        beside.pop()
        for block in self.middle:
            fields = block(fields, embedding)
        for stage in self.up:
            fields = jnp.concatenate([stage(_doubled(fields), embedding), beside.pop()])
        return self.last(fields).reshape(self.outputs * math.prod(self.grid))

    def config(self) -> dict[str, Any]:
        return {
            "grid": list(self.grid),
            "inputs": self.inputs,
            "outputs": self.outputs,
            "widths": list(self.widths),
            "residual_blocks": len(self.middle),
            "groups": self.groups,
            "frequencies": len(self.frequencies),
            "frequency_scale": self.frequency_scale,
        }


def _shifted(fields: Float[Array, "channels *grid"], shift: Float[Array, " channels"]) -> Array:
    return fields + shift.reshape(-1, *[1] * (fields.ndim - 1))


def _doubled(fields: Float[Array, "channels *grid"]) -> Array:
    """The fields on a grid twice as fine, every value repeated."""
    for axis in range(1, fields.ndim):
        fields = jnp.repeat(fields, 2, axis=axis)
    return fields
