"""What is known of the modes whose amplitudes are state variables: their maps, on the grids of their fields."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ._cells import Grid


@dataclass(frozen=True, eq=False)
class Modes:
    """The maps whose amplitudes are state variables.

    Args:
        grids: The grids of the fields, whose cells follow one another.
        patterns: What an amplitude of one standard deviation is in every cell, in units of its field.
        weights: The weights of the cells, the root of their area and of the scale of their field included.
        shares: Share of the weighted variance in each mode.
        weighted: Whether all fields have a latitude that their cells are weighted by.
    """

    grids: tuple[Grid, ...]
    patterns: Float[np.ndarray, "modes cells"]
    weights: Float[np.ndarray, " cells"]
    shares: Float[np.ndarray, " modes"]
    weighted: bool

    @property
    def names(self) -> tuple[str, ...]:
        """``PC1, PC2, ...``"""
        return tuple(f"PC{number}" for number in range(1, len(self.patterns) + 1))

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields."""
        return tuple(grid.field for grid in self.grids)

    def of(self, field: str) -> slice:
        """The cells of a field."""
        sizes = [grid.kept.size for grid in self.grids]
        start = sum(sizes[: self.fields.index(field)])
        return slice(start, start + sizes[self.fields.index(field)])

    def project(self, vector: Float[np.ndarray, " cells"]) -> tuple[Float[np.ndarray, " modes"], float]:
        """By how much a move of the cells moves the amplitudes, and the share of its weighted square that they hold."""
        moved = self.weights * vector
        basis = (self.weights * self.patterns).T
        amplitudes = np.linalg.lstsq(basis, moved, rcond=None)[0]
        size = float(moved @ moved)
        return amplitudes, float(np.sum((basis @ amplitudes) ** 2)) / size if size > 0 else 0.0
