"""Noise laws and noise levels: what is added to a record so that its score can be learned."""

from .laws._base import AbstractNoiseLaw as AbstractNoiseLaw
from .laws._gaussian import Gaussian as Gaussian
from .laws._generalised_normal import GeneralisedNormal as GeneralisedNormal
from .laws._names import (
    noise_law_choices as noise_law_choices,
    noise_law_examples as noise_law_examples,
    noise_law_named as noise_law_named,
    noise_law_text as noise_law_text,
    restore_noise_law as restore_noise_law,
)
from .laws._scales import SCALE_CONVENTIONS as SCALE_CONVENTIONS, scaled as scaled
from .laws._student_t import StudentT as StudentT
from .levels._random_levels import draw_log_uniform_levels as draw_log_uniform_levels
from .levels._schedules import (
    cosine_levels as cosine_levels,
    geometric_levels as geometric_levels,
    polynomial_levels as polynomial_levels,
)
from .levels._spacing import norm_spaced_levels as norm_spaced_levels, norm_spacing as norm_spacing
