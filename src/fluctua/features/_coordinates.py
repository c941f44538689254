"""What coordinates of a state are: an affine map and its inverse, for states and for scores."""

import abc

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float


class AbstractCoordinates(eqx.Module):
    r"""Linear coordinates $z = W (x - m)$ of a state, such as whitened ones.

    A score in these coordinates goes back by $s_x = W^T s_z$. Maps take one state each, and work in its precision;
    calling the coordinates is the same as ``coordinates``.
    """

    @abc.abstractmethod
    def coordinates(self, state: Float[Array, " d"]) -> Float[Array, " modes"]:
        """The coordinates $z$ of one state."""

    @abc.abstractmethod
    def inverse(self, coordinates: Float[Array, " modes"]) -> Float[Array, " d"]:
        """The state that has these coordinates."""

    @abc.abstractmethod
    def to_score(self, score: Float[Array, " modes"]) -> Float[Array, " d"]:
        """A score in these coordinates as a score of the state."""

    @abc.abstractmethod
    def from_score(self, score: Float[Array, " d"]) -> Float[Array, " modes"]:
        """A score of the state in these coordinates; the inverse of ``to_score``."""

    @abc.abstractmethod
    def arrays(self) -> dict[str, np.ndarray]:
        """The numbers by the names that they have in the file of a score."""

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " modes"]:
        return self.coordinates(state)
