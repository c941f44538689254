"""What a sampler is: a rule that takes states noised at one level to states noised at the next smaller one."""

import abc

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ..scores.noised import AbstractNoisedScore

Vector = Float[Array, " d"]
Level = Float[Array, ""]


class AbstractLevelSampler(eqx.Module):
    r"""One step of a sampler, from noise level $\sigma$ to the next smaller level, for one state.

    The loop over levels is ``draw_states``, the same for every sampler. A sampler is valid for some noise laws only,
    and refuses the others before anything is drawn.

    Attributes:
        ends_at_zero: Whether the last level may be 0, so that the states end without noise.
    """

    ends_at_zero: eqx.AbstractClassVar[bool]

    @abc.abstractmethod
    def check(self, noised: AbstractNoisedScore) -> None:
        """Refuse a noised score whose law the sampler is not valid for; the message names a sampler that is."""

    def check_levels(self, levels: Float[np.ndarray, " levels"], dimension: int) -> None:
        """Refuse levels in order that are too far apart for the sampler in that dimension; most samplers take any."""

    @abc.abstractmethod
    def step(
        self, noised: AbstractNoisedScore, state: Vector, level: Level, following: Level, key: PRNGKeyArray
    ) -> Vector:
        """Take one state noised at ``level`` to one noised at ``following``, the next smaller level."""
