"""A multilayer perceptron conditional on one number."""

import math
from collections.abc import Callable
from typing import Any, ClassVar, Literal, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import OptionError, register
from ._base import AbstractNetwork, check_sizes
from ._features import FEATURE_COUNT, condition_features

Activation = Literal["silu", "tanh"]

_ACTIVATIONS: dict[str, Callable[[Array], Array]] = {"silu": jax.nn.silu, "tanh": jnp.tanh}


@register("network", "multilayer_perceptron", summary="layers of units, for a few variables")
class MultilayerPerceptron(AbstractNetwork):
    r"""A fully connected network $y = W_L h_L + b_L$, float32 throughout, that is exactly zero when new.

    $h_1 = a(W_0 [x, \phi(c)] + b_0)$ with the features $\phi$ of the condition $c$ (``condition_features``),
    then $h_{l+1} = a(W_l h_l + b_l)$, or with ``residual`` $h_{l+1} = h_l + a(W_l h_l + b_l) / \sqrt{L}$,
    which keeps the size of the signal without normalisation layers. The last layer starts at zero: a network
    that models what is left over by something else starts by leaving it as it is.

    Smooth activations only, since the divergence of the network is used. ``gelu`` is not offered: its
    gradient is several times slower on CPUs.

    Args:
        inputs: Length of $x$.
        outputs: Length of $y$.
        width: Number of units in each hidden layer.
        depth: Number of hidden layers $L \ge 1$.
        activation: $a$, ``"silu"`` or ``"tanh"``.
        residual: Whether hidden layers are added to what they are given.
        key: Random key of the weights, which are Gaussian with variance 1 / (number of inputs of the layer).

    Raises:
        OptionError: When a size is not positive or the activation is not known.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> network = MultilayerPerceptron(3, 3, width=16, depth=2, key=jax.random.key(0))
        >>> network(jnp.ones(3, jnp.float32), jnp.asarray(0.5, jnp.float32)).tolist()
        [0.0, 0.0, 0.0]
    """

    kind: ClassVar[str] = "multilayer_perceptron"
    layers: tuple[eqx.nn.Linear, ...]
    activation: Activation = eqx.field(static=True)
    residual: bool = eqx.field(static=True)

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        width: int = 64,
        depth: int = 3,
        activation: Activation = "silu",
        residual: bool = False,
        key: PRNGKeyArray,
    ):
        check_sizes(inputs=inputs, outputs=outputs, width=width, depth=depth)
        if activation not in _ACTIVATIONS:
            raise OptionError(
                f"the activation is {activation!r}",
                f"one of {', '.join(get_args(Activation))} is needed",
                "choose one of them",
            )
        sizes = [inputs + FEATURE_COUNT, *[width] * depth, outputs]
        keys = jax.random.split(key, depth)
        hidden = [_linear(a, b, k) for a, b, k in zip(sizes[:-2], sizes[1:-1], keys, strict=True)]
        self.layers = (*hidden, _linear(width, outputs, None))
        self.activation = activation
        self.residual = residual

    def __call__(self, x: Float[Array, " inputs"], condition: Float[Array, ""]) -> Float[Array, " outputs"]:
        activate = _ACTIVATIONS[self.activation]
        first, *middle, last = self.layers
        hidden = activate(first(jnp.concatenate([x, condition_features(condition)])))
        for layer in middle:
            update = activate(layer(hidden))
            hidden = hidden + update / math.sqrt(len(middle) + 1) if self.residual else update
        return last(hidden)

    def config(self) -> dict[str, Any]:
        return {
            "inputs": self.layers[0].weight.shape[1] - FEATURE_COUNT,
            "outputs": self.layers[-1].weight.shape[0],
            "width": self.layers[0].weight.shape[0],
            "depth": len(self.layers) - 1,
            "activation": self.activation,
            "residual": self.residual,
        }


def _linear(inputs: int, outputs: int, key: PRNGKeyArray | None) -> eqx.nn.Linear:
    """A layer with Gaussian weights of variance 1 / inputs, or with zero weights where no key is given."""
    layer = eqx.filter_eval_shape(eqx.nn.Linear, inputs, outputs, dtype=jnp.float32, key=jax.random.key(0))
    zero = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), layer)
    if key is None:
        return zero
    weight = jax.random.normal(key, (outputs, inputs), jnp.float32) / math.sqrt(inputs)
    return eqx.tree_at(lambda where: where.weight, zero, weight)
