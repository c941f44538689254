"""The one place where the study fits two heads for a law, and draws states from them."""

import math
from typing import Literal, NamedTuple

import jax
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from fluctua.core import SimulationError, named_key
from fluctua.noise import AbstractNoiseLaw, geometric_levels
from fluctua.sampling import AbstractLevelSampler, draw_states, noised_states, posterior_mean_step
from fluctua.scores.noised import AbstractNoisedScore, Denoiser
from fluctua.training import TrainingConfig, fit_noised_score

from .plan import NetworkSize

Tails = Literal["light", "heavy"]


class Range(NamedTuple):
    """Noise levels, smallest and largest, in units of the spread of a record unless said otherwise.

    In such units they are the same for every seed, and what is compiled for the first serves all.
    """

    smallest: float
    largest: float

    def ladder(self, count: int) -> np.ndarray:
        """So many levels in constant ratio, largest first."""
        return geometric_levels(self.smallest, self.largest, count)[::-1]


def training_config(size: NetworkSize, noise: Range, law: str = "gaussian") -> TrainingConfig:
    """The configuration of one size, with levels in units of the record's spread; nothing else differs between laws.

    The states of the study are independent of one another: no gap is left around those held out.
    """
    return TrainingConfig(
        width=size.width,
        depth=size.depth,
        steps=size.steps,
        batch_size=size.batch,
        residual=size.residual,
        emphasis=size.emphasis,
        noise=law,
        sigma_min=noise.smallest,
        sigma_max=noise.largest,
        gap=0,
    )


def fit_two_heads(
    states: Float[np.ndarray, "n d"],
    law: AbstractNoiseLaw,
    size: NetworkSize,
    noise: Range,
    key: PRNGKeyArray,
    tails: Tails = "light",
) -> Denoiser:
    """Score and posterior mean of the states noised by a law, learned by one network.

    Args:
        states: The states.
        law: The law.
        size: The network and the training.
        noise: Noise levels, in units of the spread of the states.
        key: Random key.
        tails: ``"heavy"`` for states with power-law tails, whatever the law; laws without a variance are always
            treated so.
    """
    tails = tails if math.isinf(law.moment_order) else "heavy"
    return fit_noised_score(states, law, key=key, config=training_config(size, noise), tails=tails)[0]


def start_from_noise(
    record: Float[np.ndarray, "n d"], count: int, level: float, law: AbstractNoiseLaw, key: PRNGKeyArray
) -> Float[np.ndarray, "count d"]:
    """Pure noise around the mean of the record."""
    centre = np.tile(record.mean(axis=0), (count, 1))
    return noised_states(centre, level, law, key)


def start_from_record(
    record: Float[np.ndarray, "n d"], count: int, level: float, law: AbstractNoiseLaw, key: PRNGKeyArray
) -> Float[np.ndarray, "count d"]:
    """States of the record, drawn with replacement, with noise."""
    chosen = jax.random.randint(named_key(key, "states"), (count,), 0, len(record))
    return noised_states(record[np.asarray(chosen)], level, law, key)


def draw(
    sampler: AbstractLevelSampler,
    noised: AbstractNoisedScore,
    start: Float[np.ndarray, "n d"],
    levels: Float[np.ndarray, " levels"],
    key: PRNGKeyArray,
    *,
    last_step: bool = True,
) -> Float[np.ndarray, "n d"]:
    """States from a sampler, ended by the posterior mean; all of them not a number where the sampler diverged."""
    try:
        states = draw_states(sampler, noised, start, levels, key=key)
        return posterior_mean_step(noised, states, float(levels[-1])) if last_step else states
    except SimulationError:
        return np.full_like(start, math.nan)
