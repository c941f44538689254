"""What a network is: a conditional map between vectors, or between fields on a grid, that knows its configuration."""

import abc
from collections.abc import Mapping
from typing import Any

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import OptionError, named


class AbstractNetwork(eqx.Module):
    """A map ``(x, condition) -> y`` from one float32 vector and one number to one float32 vector.

    The condition is dimensionless and lies between -1 and 1. Batches are made by ``jax.vmap``, which turns
    the layers into matrix products. ``kind`` names the family in files.
    """

    kind: eqx.AbstractClassVar[str]

    @abc.abstractmethod
    def __call__(self, x: Float[Array, " inputs"], condition: Float[Array, ""]) -> Float[Array, " outputs"]:
        """The output at one input."""

    @abc.abstractmethod
    def config(self) -> dict[str, Any]:
        """The keyword arguments, but the key, that build a network of the same shape; values that JSON can
        hold."""


class AbstractFieldNetwork(AbstractNetwork):
    """A network whose input and output are flat fields, channel first, on one periodic grid.

    The input has the length ``inputs * size`` and the output ``outputs * size``, where ``size`` is the number of
    points of ``grid``; both are in C order: channel, then the axes of the grid.
    """

    grid: eqx.AbstractVar[tuple[int, ...]]
    inputs: eqx.AbstractVar[int]
    outputs: eqx.AbstractVar[int]


def make_network(kind: str, options: Mapping[str, Any], key: PRNGKeyArray) -> AbstractNetwork:
    """A new network of a registered family.

    Args:
        kind: Name of the family.
        options: Its arguments.
        key: Random key of the weights.

    Raises:
        OptionError: The family is not known, or an option is not one of its own.

    Example:
        >>> import jax
        >>> make_network("multilayer_perceptron", {"inputs": 2, "outputs": 2, "width": 8}, jax.random.key(0)).config()
        {'inputs': 2, 'outputs': 2, 'width': 8, 'depth': 3, 'activation': 'silu', 'residual': False}
    """
    make = named("network", kind).member
    try:
        return make(**options, key=key)
    except TypeError as error:
        raise OptionError(
            f"the network {kind!r} was given the options {', '.join(options)}",
            f"it takes none of these names or kinds ({error})",
            "see the arguments of the network",
        ) from error


def check_sizes(**sizes: int) -> None:
    """Refuse sizes that are not positive."""
    for name, value in sizes.items():
        if value < 1:
            raise OptionError(
                f"the network was given {name}={value}", "a positive number is needed", f"give {name} of 1 or more"
            )


def check_grid(grid: tuple[int, ...], **sizes: int) -> None:
    """Refuse what is no periodic grid of one or two dimensions, and sizes that are not positive."""
    if len(grid) not in (1, 2) or min(grid, default=0) < 4:
        raise OptionError(
            f"the grid of the network is {grid}",
            "one or two dimensions of 4 points or more are needed",
            "give the shape of the field, such as (32, 32)",
        )
    check_sizes(**sizes)
