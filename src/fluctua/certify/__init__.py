"""How far a result can be trusted: effective sample size, long-run variance, Stein identities of a score, and
whether drawn states agree with a record."""

from ._agreement import (
    QUANTILE_LEVELS as QUANTILE_LEVELS,
    Agreement as Agreement,
    compare_states as compare_states,
)
from ._score_check import ScoreCheck as ScoreCheck, Tail as Tail, check_score as check_score
