"""Noise laws: what they are, how they are named and scaled, and what Gaussian laws they are mixtures of."""

from ._base import AbstractNoiseLaw as AbstractNoiseLaw
from ._gaussian import Gaussian as Gaussian
from ._generalised_normal import GeneralisedNormal as GeneralisedNormal
from ._names import (
    noise_law_named as noise_law_named,
    noise_law_text as noise_law_text,
    restore_noise_law as restore_noise_law,
)
from ._scales import SCALE_CONVENTIONS as SCALE_CONVENTIONS, scaled as scaled
from ._student_t import StudentT as StudentT
