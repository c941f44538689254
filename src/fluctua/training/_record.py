"""Training data: a record in contiguous parts, read in place and never copied as a whole."""

import hashlib
import math
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np
from jaxtyping import Float

from ..core import DataError, array_hash
from ..statistics import timescales

_BATCH = 1 << 24  # numbers looked at a time
_LONGEST = 1 << 17  # states of the longest part that the memory of the record is taken from
_NUMBERS = 1 << 18  # numbers of a field that it is taken from
_POINTS = 64  # grid points it is taken at


class TrainingData:
    """Parts of a record, each ``(n, d)`` in the order of time, numbered through.

    Parts may be float32 or float64, in memory or mapped from a file; they are read in place, and only the states that
    are asked for are copied.

    Args:
        states: One part or a list of them.
        dimension: Number of variables, or of grid points, where it is known.
        constant: Whether variables may have one value throughout.

    Raises:
        DataError: The states have another shape or are not finite, or a variable is constant where none may be.
    """

    def __init__(self, states: Any, *, dimension: int | None = None, constant: bool = True):
        single = isinstance(states, np.ndarray | jax.Array)
        self.parts = [_floats(part) for part in ([states] if single else states)]
        shapes = [part.shape for part in self.parts]
        size = dimension or (shapes[0][-1] if shapes and shapes[0] else 0)
        if not shapes or size == 0 or any(len(shape) != 2 or shape[1] != size for shape in shapes):
            raise DataError(
                f"the states have the shapes {shapes[:8]}",
                f"arrays of the shape (states, {dimension or 'variables'}) are needed, with the same variables or flat "
                "fields on the grid",
                "give one array of this shape, or a list of them",
            )
        self.dimension = size
        self._ends = np.cumsum([len(part) for part in self.parts])
        self._check_finite()
        if not constant:
            self._check_varying()

    def __len__(self) -> int:
        return int(self._ends[-1])

    def __getitem__(self, indices: np.ndarray) -> Float[np.ndarray, "m d"]:
        """The states of these indices, float64."""
        part = np.searchsorted(self._ends, indices, side="right")
        states = np.empty((len(indices), self.dimension))
        for index in np.unique(part):
            own = part == index
            states[own] = self.parts[index][indices[own] - (self._ends[index - 1] if index else 0)]
        return states

    def hash(self) -> str:
        """SHA-256 of all parts."""
        return hashlib.sha256("".join(array_hash(part) for part in self.parts).encode()).hexdigest()

    def memory(self, *, homogeneous: bool = False) -> int:
        """Twice the integrated autocorrelation time, rounded up, in steps: how far apart states are independent.

        Taken from the longest part, and from its slowest variable.

        Args:
            homogeneous: Whether the variables are the points of a homogeneous field: their autocovariances are then
                added up, which takes the scatter out of them.
        """
        longest = max(self.parts, key=len)
        if not homogeneous:
            values = np.asarray(longest[:_LONGEST], np.float64)[None]
        else:
            stride = max(1, self.dimension // _POINTS)
            # An odd stride does not run along one row of the grid.
            points = longest[: _NUMBERS // _POINTS, :: stride + (stride + 1) % 2]
            values = np.asarray(points, np.float64).T[:, :, None]
        values = values[:, :, np.ptp(values, axis=(0, 1)) > 0.0]
        return math.ceil(2.0 * timescales(values).decorrelation) if min(values.shape) and values.shape[1] > 2 else 1

    def _batches(self) -> Iterator[tuple[int, int, np.ndarray]]:
        step = max(1, _BATCH // self.dimension)
        for index, part in enumerate(self.parts):
            for start in range(0, len(part), step):
                yield index, start, part[start : start + step]

    def _check_finite(self) -> None:
        for index, start, batch in self._batches():
            bad = np.argwhere(~np.isfinite(batch))
            if len(bad):
                state, variable = bad[0]
                raise DataError(
                    f"state {start + state} of part {index} has the value {batch[state, variable]} in variable "
                    f"{variable}",
                    "finite values are needed",
                    "cut the record into parts at its gaps",
                )

    def _check_varying(self) -> None:
        lowest = np.full(self.dimension, np.inf)
        highest = -lowest
        for _, _, batch in self._batches():
            lowest, highest = np.minimum(lowest, batch.min(axis=0)), np.maximum(highest, batch.max(axis=0))
        varies = highest > lowest
        if not varies.all():
            raise DataError(
                f"variable {int(np.argmin(varies))} has the same value in all {len(self)} states",
                "a score exists only where every variable varies",
                "leave this variable out",
            )


def _floats(part: Any) -> np.ndarray:
    array = np.asarray(part)
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
