"""The study of heavy-tailed noise: which noise law learns a score best, in the bulk, in the tails, among modes."""

from ._names import is_law as is_law, law_beta as law_beta, law_name as law_name, setting_words as setting_words
from ._plan import HEAVY_TAIL_PRESETS as HEAVY_TAIL_PRESETS, TASKS as TASKS
from ._quantities import (
    ACCURACY as ACCURACY,
    COVERAGE_ERROR as COVERAGE_ERROR,
    DISCREPANCY as DISCREPANCY,
    KURTOSIS_ERROR as KURTOSIS_ERROR,
    MARGINAL_DISTANCE as MARGINAL_DISTANCE,
    MODE_PRECISION as MODE_PRECISION,
    MODE_RECALL as MODE_RECALL,
    NEAREST_IMAGE as NEAREST_IMAGE,
    QUANTILES_AVERAGED as QUANTILES_AVERAGED,
    QUANTILES_INTEGRAL as QUANTILES_INTEGRAL,
    RARE_ERROR as RARE_ERROR,
    RARE_SHARE as RARE_SHARE,
    SCORE_ERROR as SCORE_ERROR,
    SCORE_ERROR_BULK as SCORE_ERROR_BULK,
    SCORE_ERROR_TAIL as SCORE_ERROR_TAIL,
    SHARE as SHARE,
    SHARE_ERROR as SHARE_ERROR,
    SKEWNESS_ERROR as SKEWNESS_ERROR,
    SLICED_DISTANCE as SLICED_DISTANCE,
    TAIL_DISTANCE as TAIL_DISTANCE,
    TAIL_INDEX as TAIL_INDEX,
    TAIL_INDEX_ERROR as TAIL_INDEX_ERROR,
    TOTAL_VARIATION as TOTAL_VARIATION,
    WIDTH as WIDTH,
)
from ._rows import (
    HeavyTailRow as HeavyTailRow,
    setting_parts as setting_parts,
    setting_text as setting_text,
    write_heavy_tail_table as write_heavy_tail_table,
)
from ._study import HeavyTailResult as HeavyTailResult, heavy_tail_study as heavy_tail_study
from ._tail_response import (
    DEFAULT_ERROR as DEFAULT_ERROR,
    PLUG_IN_ERROR as PLUG_IN_ERROR,
)
from ._words import Finding as Finding, heavy_tail_findings as heavy_tail_findings
