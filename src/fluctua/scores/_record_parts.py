"""What a family of scores is fitted to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from ..features import Whitening

Pieces = Sequence[Float[np.ndarray, "_ d"]]


@dataclass(frozen=True)
class RecordParts:
    """Parts of a record, with what is known of it and asked of the fit.

    Args:
        pieces: The parts in order of time, each one or several contiguous pieces ``(n, d)``; several fits may share
            some of the pieces.
        effective_size: Effective number of independent states in all of them.
        far_tails: Whether the record visits far tails, where high powers are decided by a handful of states.
        degree: Total degree of the polynomials of a dictionary score, or None to choose.
        noise: The noise law a network is trained with; the other families have none.
        tail_index: Index of the power-law tails of the record for a network, or ``"estimate"``.
        checkpoint: Folder in which the training of a network is kept, so that it can be resumed; none by default.
        whitening: Coordinates for the functions of a dictionary; those of the parts by default.
        sums: Where sums over pieces are kept for other fits that share them.
    """

    pieces: Sequence[Pieces]
    effective_size: float
    far_tails: bool = False
    degree: int | None = None
    noise: str = "gaussian"
    tail_index: float | Literal["estimate"] | None = None
    checkpoint: Path | None = None
    whitening: Whitening | None = None
    sums: dict[Any, Any] = field(default_factory=dict)

    @property
    def dimension(self) -> int:
        """Number of state variables."""
        return self.pieces[0][0].shape[1]

    @cached_property
    def parts(self) -> list[Float[np.ndarray, "_ d"]]:
        """The parts, pieces joined."""
        return [np.concatenate(list(part)) for part in self.pieces]

    def states(self) -> Float[np.ndarray, "n d"]:
        """All states, parts joined."""
        return np.concatenate([piece for part in self.pieces for piece in part])
