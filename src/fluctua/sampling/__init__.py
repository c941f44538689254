"""Samplers: new states from a score, or from noised scores level by level."""

from ..core import declare_kind
from ._annealed import AnnealedLangevin as AnnealedLangevin
from ._base import AbstractLevelSampler as AbstractLevelSampler
from ._consistent import ConsistentAnnealed as ConsistentAnnealed
from ._draw import draw_states as draw_states
from ._ends import (
    noised_states as noised_states,
    posterior_mean_step as posterior_mean_step,
    tweedie_step as tweedie_step,
)
from ._flow import ProbabilityFlow as ProbabilityFlow
from ._jump_chain import LaplaceJumpChain as LaplaceJumpChain
from ._langevin import langevin as langevin
from ._laplace import laplace_ancestral_step as laplace_ancestral_step
from ._two_headed import TwoHeadedDiffusion as TwoHeadedDiffusion

declare_kind("sampler", "fluctua.sampling")
