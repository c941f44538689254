"""Statistics of correlated records: integrated autocorrelation times, folds with gaps, long-run variance, bands."""

from ._blocks import Block as Block, BlockPlan as BlockPlan, plan_blocks as plan_blocks
from ._long_run import (
    Uncertainty as Uncertainty,
    cosine_weights as cosine_weights,
    long_run_uncertainty as long_run_uncertainty,
    running_integral as running_integral,
)
from ._tail_index import hill as hill
from ._timescales import Timescales as Timescales, timescales as timescales
