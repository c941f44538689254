"""What a sampler is: a rule that takes states noised at one level to states noised at the next smaller one."""

import abc

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from ..scores.noised import AbstractNoisedScore


class AbstractLevelSampler(eqx.Module):
    r"""One step of a sampler, from noise level $\sigma$ to the next smaller level, for one state.

    The loop over levels is ``draw_states``, the same for every sampler. A sampler is valid for some noise laws only,
    and refuses the others before anything is drawn.
    """

    @abc.abstractmethod
    def check(self, noised: AbstractNoisedScore) -> None:
        """Refuse a noised score whose law the sampler is not valid for.

        Raises:
            OptionError: The sampler is not valid for the law; the message names one that is.
        """

    @abc.abstractmethod
    def step(
        self,
        noised: AbstractNoisedScore,
        state: Float[Array, " d"],
        level: Float[Array, ""],
        following: Float[Array, ""],
        key: PRNGKeyArray,
    ) -> Float[Array, " d"]:
        """Take one state noised at ``level`` to one noised at ``following``, the next smaller level."""
