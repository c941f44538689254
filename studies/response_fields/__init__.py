"""The three published stochastic partial differential equations: every method beside the truth and the paper.

Giorgini, Deck, Bischoff and Souza, *Response theory via generative score modeling*, Physical Review Letters 133,
267302 (2024), arXiv 2402.01029.
"""

from .figure import study_figure as study_figure
from .norms import NORMS as NORMS, Series as Series, error_norms as error_norms, truth_noise as truth_noise
from .plan import FIELD_STUDY_SYSTEMS as FIELD_STUDY_SYSTEMS
from .published import (
    PUBLISHED as PUBLISHED,
    PUBLISHED_SHAPE as PUBLISHED_SHAPE,
    Published as Published,
    published_method as published_method,
    published_number as published_number,
)
from .result import NORMAL_95 as NORMAL_95, OFFSETS as OFFSETS, FieldStudyResult as FieldStudyResult
from .table import (
    StudyRow as StudyRow,
    field_study_rows as field_study_rows,
    field_study_summary as field_study_summary,
)
