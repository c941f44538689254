"""Samplers: new states from noised scores, level by level."""

from ._annealed import AnnealedLangevin as AnnealedLangevin
from ._base import AbstractLevelSampler as AbstractLevelSampler, Level as Level, Vector as Vector
from ._draw import draw_states as draw_states
from ._ends import (
    noised_states as noised_states,
    posterior_mean_step as posterior_mean_step,
    tweedie_mean as tweedie_mean,
    tweedie_step as tweedie_step,
)
from ._flow import ProbabilityFlow as ProbabilityFlow
from ._registry import (
    check_law as check_law,
    check_posterior_mean as check_posterior_mean,
    check_score as check_score,
    sampler_named as sampler_named,
)
from ._two_headed import TwoHeadedDiffusion as TwoHeadedDiffusion
