"""What a field network is: a conditional map between fields on one periodic grid."""

import abc
import math

import equinox as eqx
from jaxtyping import Array, Float

from ..core import OptionError
from ._base import AbstractNetwork


class AbstractFieldNetwork(AbstractNetwork):
    """A network whose input and output are flat fields, channel first, on one periodic grid.

    The input has the length ``inputs * size`` and the output ``outputs * size``, where ``size`` is the number of
    points of ``grid``; both are in C order: channel, then the axes of the grid.
    """

    grid: eqx.AbstractVar[tuple[int, ...]]
    inputs: eqx.AbstractVar[int]
    outputs: eqx.AbstractVar[int]

    @abc.abstractmethod
    def __call__(self, x: Float[Array, " inputs"], condition: Float[Array, ""]) -> Float[Array, " outputs"]:
        """The output fields, flat, at one state."""


def check_grid(grid: tuple[int, ...], **sizes: int) -> None:
    """Refuse what is no periodic grid of one or two dimensions, and sizes that are not positive."""
    if len(grid) not in (1, 2) or min(grid, default=0) < 4:
        raise OptionError(
            f"the grid of the network is {grid}",
            "one or two dimensions of 4 points or more are needed",
            "give the shape of the field, such as (32, 32)",
        )
    for name, value in sizes.items():
        if value < 1:
            raise OptionError(
                f"the network was given {name}={value}",
                "a positive number is needed",
                f"give {name} of 1 or more",
            )


def grid_size(grid: tuple[int, ...]) -> int:
    """Number of points of a grid."""
    return math.prod(grid)
