"""Response: pushes, observables, the conjugate observable and its calibration, lagged sums, bands."""

from ..statistics import Block as Block, BlockPlan as BlockPlan, plan_blocks as plan_blocks
from ._classical import gaussian_response as gaussian_response
from ._combine import Combination as Combination, combine as combine
from ._conjugate import ConjugateObservable as ConjugateObservable
from ._estimate import ResponseEstimate as ResponseEstimate, estimate_response as estimate_response
from ._expressions import Observable as Observable
from ._lagged import lagged_sums as lagged_sums, pair_counts as pair_counts
from ._pipeline import (
    Pipeline as Pipeline,
    calibration_dictionary as calibration_dictionary,
    cut_folds as cut_folds,
    has_far_tails as has_far_tails,
    respond_to_pushes as respond_to_pushes,
)
from ._pushes import (
    AbstractPush as AbstractPush,
    ComponentPush as ComponentPush,
    VectorFieldPush as VectorFieldPush,
)
