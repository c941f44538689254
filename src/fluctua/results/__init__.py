"""What the verbs return: labelled values with bands, typed diagnostics, summaries, figures, files and reports."""

from ._base import AbstractLabelledResult as AbstractLabelledResult, provenance as provenance
from ._comparison import (
    Difference as Difference,
    FewStates as FewStates,
    LightNoise as LightNoise,
    UnlearnedNetwork as UnlearnedNetwork,
    comparison_table as comparison_table,
    differences as differences,
    size_diagnostics as size_diagnostics,
    terminal_table as terminal_table,
    verdict as verdict,
)
from ._concat import concat as concat
from ._delays import DelayMovement as DelayMovement
from ._diagnostics import (
    WANDERING as WANDERING,
    WANDERS as WANDERS,
    AbstractDiagnostic as AbstractDiagnostic,
    Calibration as Calibration,
    EffectiveSize as EffectiveSize,
    FollowedTails as FollowedTails,
    HeavyTails as HeavyTails,
    LongLags as LongLags,
    MissedTail as MissedTail,
    NetworkGain as NetworkGain,
    Remark as Remark,
    Said as Said,
    ScoreChoice as ScoreChoice,
    ScoreOrigin as ScoreOrigin,
    SelfTransport as SelfTransport,
    ThinnedRegression as ThinnedRegression,
    warned as warned,
)
from ._drawn import (
    SAMPLE as SAMPLE,
    DrawnStates as DrawnStates,
    check_output as check_output,
    comparison_path as comparison_path,
    states_dataset as states_dataset,
)
from ._files import load_response as load_response, table_text as table_text
from ._labels import HomogeneousField as HomogeneousField, Labels as Labels
from ._leading import LeadingEstimate as LeadingEstimate, PulledEstimate as PulledEstimate
from ._response import response_result as response_result
from ._response_curves import MEANINGS as MEANINGS, response_curves as response_curves
from ._response_result import Kind as Kind, ResponseResult as ResponseResult
from ._score import FittedScore as FittedScore, load_score as load_score, save_score as save_score
from ._signs import (
    REFUSED as REFUSED,
    MeasurementNoise as MeasurementNoise,
    NotMarkov as NotMarkov,
    PeriodicForcing as PeriodicForcing,
    SingularDensity as SingularDensity,
    TooLittleNoise as TooLittleNoise,
    sign_attributes as sign_attributes,
    sign_diagnostics as sign_diagnostics,
)
