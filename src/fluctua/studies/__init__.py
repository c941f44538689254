"""Studies: published experiments and the demonstration, from system to table."""

from ._demo import DemoPart as DemoPart, run_demo as run_demo
from ._reference_figures import (
    PUBLISHED_RANGE as PUBLISHED_RANGE,
    PUBLISHED_SHAPE as PUBLISHED_SHAPE,
    REFERENCE_FIGURES as REFERENCE_FIGURES,
    ReferenceFigure as ReferenceFigure,
    published_method as published_method,
    reference_figure as reference_figure,
)
from ._response_fields import (
    FIELD_STUDY_PRESETS as FIELD_STUDY_PRESETS,
    FIELD_STUDY_SYSTEMS as FIELD_STUDY_SYSTEMS,
    response_fields as response_fields,
)
from ._response_fields_norms import (
    NORMS as NORMS,
    Series as Series,
    error_norms as error_norms,
    truth_noise as truth_noise,
)
from ._response_fields_result import NORMAL_95 as NORMAL_95, OFFSETS as OFFSETS, FieldStudyResult as FieldStudyResult
from ._response_fields_table import (
    StudyRow as StudyRow,
    field_study_rows as field_study_rows,
    write_table as write_table,
)
from .heavy_tails import (
    HEAVY_TAIL_PRESETS as HEAVY_TAIL_PRESETS,
    HeavyTailResult as HeavyTailResult,
    HeavyTailRow as HeavyTailRow,
    heavy_tail_findings as heavy_tail_findings,
    heavy_tail_study as heavy_tail_study,
)
