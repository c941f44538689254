"""The verbs: labelled data in and out."""

from ._demo import DemoPart as DemoPart, run_demo as run_demo
from ._drawn import DrawnStates as DrawnStates
from ._inputs import to_record as to_record
from ._respond import respond as respond
from ._sample import SAMPLERS as SAMPLERS, sample as sample
from ._scores import (
    SCORE_METHODS as SCORE_METHODS,
    FittedScore as FittedScore,
    fit_score as fit_score,
    load_score as load_score,
    save_score as save_score,
)
from ._simulate import simulate as simulate
