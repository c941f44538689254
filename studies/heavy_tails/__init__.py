"""Which noise law learns a score best, in the bulk, in the tails, among modes; samplers that only this study needs."""

from .compare import against_gaussian as against_gaussian, compare as compare
from .consistent import ConsistentAnnealed as ConsistentAnnealed
from .figure import heavy_tail_figure as heavy_tail_figure
from .jump_chain import LaplaceJumpChain as LaplaceJumpChain
from .laplace_chain import laplace_ancestral_step as laplace_ancestral_step
from .plan import TASKS as TASKS, heavy_tail_plan as heavy_tail_plan
from .rows import (
    HeavyTailRow as HeavyTailRow,
    setting_parts as setting_parts,
    setting_text as setting_text,
    write_heavy_tail_table as write_heavy_tail_table,
)
from .study import (
    HeavyTailResult as HeavyTailResult,
    measure_heavy_tails as measure_heavy_tails,
    with_seeds as with_seeds,
)
from .summary import heavy_tail_summary as heavy_tail_summary
