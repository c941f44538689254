"""Noise levels: drawn at random for training, or in order for samplers."""

from ._random_levels import draw_log_uniform_levels as draw_log_uniform_levels
from ._schedules import (
    cosine_levels as cosine_levels,
    geometric_levels as geometric_levels,
    polynomial_levels as polynomial_levels,
)
from ._spacing import norm_spaced_levels as norm_spaced_levels, norm_spacing as norm_spacing
