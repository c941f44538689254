"""The verbs: labelled data in, results out."""

from ..results import (
    DrawnStates as DrawnStates,
    FittedScore as FittedScore,
    ResponseResult as ResponseResult,
    load_score as load_score,
    save_score as save_score,
)
from ._demo import DemoPart as DemoPart, run_demo as run_demo
from ._fit_score import fit_score as fit_score
from ._inputs import to_record as to_record
from ._respond import respond as respond
from ._sample import sample as sample
from ._simulate import simulate as simulate
