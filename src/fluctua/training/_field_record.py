"""A record of fields as training reads it: in parts, never copied as a whole."""

import hashlib
import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from ..core import DataError, array_hash
from ._heldout import decorrelation_steps

_LONGEST = 4096  # states of a part that the autocorrelation is taken from
_POINTS = 64  # grid points it is taken at
_BATCH = 1 << 24  # numbers looked at a time


class FieldRecord:
    """Parts of a record of flat fields, each ``(n, d)`` in the order of time, numbered through.

    Parts may be float32 or float64, in memory or mapped from a file; they are read in place, and only the states that
    are asked for are copied.

    Args:
        parts: The parts.
        grid: Shape of the grid, ``d`` points in all.

    Raises:
        DataError: The states are not finite, do not vary, or do not fit the grid.
    """

    def __init__(self, parts: Sequence[np.ndarray], grid: tuple[int, ...]):
        self.parts = list(parts)
        self.grid = grid
        self._ends = np.cumsum([len(part) for part in self.parts])
        size, shapes = math.prod(grid), [part.shape for part in self.parts]
        if not self.parts or any(len(shape) != 2 or shape[1] != size for shape in shapes):
            raise DataError(
                f"the states have the shapes {shapes[:8]}",
                f"arrays of the shape (states, {size}) are needed, flat fields on the grid {grid}",
                "give a list of such arrays",
            )
        step = max(1, _BATCH // size)
        for index, part in enumerate(self.parts):
            for start in range(0, len(part), step):
                bad = np.argwhere(~np.isfinite(part[start : start + step]))
                if len(bad):
                    state, point = start + bad[0][0], bad[0][1]
                    raise DataError(
                        f"state {state} of part {index} has the value {part[state, point]} at grid point {point}",
                        "finite values are needed",
                        "cut the record into parts at its gaps",
                    )

    def __len__(self) -> int:
        return int(self._ends[-1])

    def __getitem__(self, indices: np.ndarray) -> Float[np.ndarray, "m d"]:
        """The states of these indices, float64."""
        part = np.searchsorted(self._ends, indices, side="right")
        states = np.empty((len(indices), math.prod(self.grid)))
        for index in np.unique(part):
            own = part == index
            states[own] = self.parts[index][indices[own] - (self._ends[index - 1] if index else 0)]
        return states

    def hash(self) -> str:
        """SHA-256 of all parts."""
        return hashlib.sha256("".join(array_hash(part) for part in self.parts).encode()).hexdigest()

    def decorrelation_steps(self) -> int:
        """First lag at which the field's autocorrelation at a point has fallen below a tenth."""
        longest = max(self.parts, key=len)[:_LONGEST]
        stride = max(1, longest.shape[1] // _POINTS)
        # An odd stride does not run along one row of the grid.
        points = longest[:, :: stride + (stride + 1) % 2]
        return decorrelation_steps([np.asarray(points, np.float64)], pooled=True)
