r"""Grids of a line for densities of one variable: even where that resolves the bulk, stretched for far tails.

A density with power-law tails reaches a thousand times as far as it is wide before it is negligible, and an even grid
leaves its bulk to a handful of cells. The stretched grid is even in v, $x = m + c \sinh v$, with the median m and the
interquartile range c of the density: even within the bulk and logarithmic in the tails. A diffusion in x is a
diffusion in v, with the density $\rho\,x'(v)$ and the squared noise $g^2 / x'(v)^2$, so the same chain of jumps and
the same order of error serve; where noise is proportional to the state, its rates are those of a walk with even steps.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

# An even grid is kept where it leaves at least this share of its cells to the middle half of the states. A Gaussian
# density cut at e^-40 leaves 0.075, an exponential one 0.017.
_SHARE = 0.05


@dataclass(frozen=True, eq=False)
class ScalarGrid:
    """An increasing map from even coordinates v to places x of the line, and the cells that it makes.

    Attributes:
        middle: Where x has the coordinate zero.
        stretch: The length c, or zero for the even grid x = m + v.
        half: Coordinates of the half grid (face, centre, ..., face), evenly spaced, shape ``(2 n + 1,)``.
    """

    middle: float
    stretch: float
    half: Float[np.ndarray, " half"]

    @classmethod
    def over(cls, low: float, high: float, middle: float, width: float, points: int) -> "ScalarGrid":
        """The grid of ``points`` cells between the ends of a density with this median and interquartile range."""
        stretch = width if width < _SHARE * (high - low) else 0.0
        middle = middle if stretch else 0.0
        map_only = cls(middle, stretch, np.empty(0))
        ends = map_only.coordinates(np.array([low, high]))
        return cls(middle, stretch, np.linspace(ends[0], ends[1], 2 * points + 1))

    @property
    def spacing(self) -> float:
        """Width of a cell in the even coordinate."""
        return float((self.half[-1] - self.half[0]) / (len(self.half) // 2))

    def places(self, coordinates: np.ndarray) -> np.ndarray:
        """x(v)."""
        return self.middle + (self.stretch * np.sinh(coordinates) if self.stretch else coordinates)

    def slopes(self, coordinates: np.ndarray) -> np.ndarray:
        """dx/dv."""
        return self.stretch * np.cosh(coordinates) if self.stretch else np.ones_like(coordinates)

    def coordinates(self, places: np.ndarray) -> np.ndarray:
        """v(x)."""
        away = places - self.middle
        return np.arcsinh(away / self.stretch) if self.stretch else away
