"""How far a result can be trusted: effective sample size, long-run variance, Stein identities of a score, and
whether drawn states agree with a record."""

from ._agreement import (
    QUANTILE_LEVELS as QUANTILE_LEVELS,
    Agreement as Agreement,
    compare_states as compare_states,
)
from ._long_run import (
    Uncertainty as Uncertainty,
    cosine_weights as cosine_weights,
    long_run_uncertainty as long_run_uncertainty,
    running_integral as running_integral,
)
from ._score_check import ScoreCheck as ScoreCheck, Tail as Tail, check_score as check_score
from ._timescales import Timescales as Timescales, timescales as timescales
