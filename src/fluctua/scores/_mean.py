"""The mean of several scores."""

from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ._base import AbstractScore


class MeanScore(AbstractScore):
    """The mean of scores that were fitted to different parts of a record; it lives in memory only."""

    kind: ClassVar[str] = "mean"
    scores: tuple[AbstractScore, ...]

    @property
    def dimension(self) -> int:
        return self.scores[0].dimension

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        return jnp.mean(jnp.stack([score(state) for score in self.scores]), axis=0)

    def values(self, states: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        return np.mean([score.values(states) for score in self.scores], axis=0)

    def arrays(self) -> dict[str, np.ndarray]:
        raise TypeError("the mean of several scores is not saved")

    def config(self) -> dict[str, Any]:
        raise TypeError("the mean of several scores is not saved")

    @classmethod
    def restore(cls, arrays: dict[str, np.ndarray], config: dict[str, Any]) -> "MeanScore":
        raise TypeError("the mean of several scores is not saved")
