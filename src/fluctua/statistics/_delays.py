"""A state with its history: the present one and some earlier ones, equally spaced."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ..core import AbstractStored, DerivedStored


class Delays(NamedTuple):
    """How many earlier states a state is extended by, and how many time steps they are apart."""

    count: int = 0
    step: int = 1

    @property
    def span(self) -> int:
        """Time steps from the earliest of them to the present."""
        return self.count * self.step

    def extended(
        self, values: Float[np.ndarray, "member time d"] | AbstractStored
    ) -> Float[np.ndarray, "member rest extended"] | AbstractStored:
        """The states with their history, the present first; the first ``span`` steps of a member have none.

        Of a stored record they are put together when they are read.

        Example:
            >>> Delays(2, 3).extended(np.arange(8.0).reshape(1, 8, 1)).tolist()
            [[[6.0, 3.0, 0.0], [7.0, 4.0, 1.0]]]
        """
        if self.count == 0:
            return values
        if isinstance(values, AbstractStored):
            return _Extended(values, self)
        rest = values.shape[1] - self.span
        starts = [self.span - number * self.step for number in range(self.count + 1)]
        return np.concatenate([values[:, start : start + rest] for start in starts], axis=2)


class _Extended(DerivedStored):
    """Stored states with their history."""

    def __init__(self, source: AbstractStored, delays: Delays):
        members, steps, dimension = source.shape
        super().__init__(source, (members, steps - delays.span, dimension * (delays.count + 1)))
        self.delays = delays

    def read(self, member: int, start: int, stop: int) -> np.ndarray:
        return np.asarray(self.delays.extended(self.source.read(member, start, stop + self.delays.span)[None]))[0]
