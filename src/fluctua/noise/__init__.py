"""Noise laws and noise levels: what is added to a record so that its score can be learned."""

from .laws import (
    SCALE_CONVENTIONS as SCALE_CONVENTIONS,
    AbstractNoiseLaw as AbstractNoiseLaw,
    Gaussian as Gaussian,
    GeneralisedNormal as GeneralisedNormal,
    StudentT as StudentT,
    noise_law_named as noise_law_named,
    noise_law_text as noise_law_text,
    restore_noise_law as restore_noise_law,
    scaled as scaled,
)
from .levels import (
    cosine_levels as cosine_levels,
    draw_log_uniform_levels as draw_log_uniform_levels,
    geometric_levels as geometric_levels,
    norm_spaced_levels as norm_spaced_levels,
    norm_spacing as norm_spacing,
    polynomial_levels as polynomial_levels,
)
