"""Noise laws and noise levels: what is added to a record so that its score can be learned."""

from ._base import AbstractNoiseLaw as AbstractNoiseLaw
from ._gaussian import Gaussian as Gaussian
from ._levels import draw_log_uniform_levels as draw_log_uniform_levels, geometric_levels as geometric_levels
