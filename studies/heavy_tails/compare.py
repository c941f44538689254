"""Is the number of a law smaller than that of Gaussian noise, larger, or is the difference one of chance?

The laws of a seed are given the same states to learn from, so that what is special about them is common to all laws:
seeds are compared one by one, by the logarithm of the ratio of the two numbers where all are positive (an error is
larger by a factor, not by a term) and by their difference otherwise. A seed for which a number is not finite counts as
larger than any number; since nothing can then be averaged, the sign of the differences is all that is tested.
"""

import math
from collections.abc import Sequence

import numpy as np
import scipy.stats
from jaxtyping import Float

from .names import is_law
from .rows import HeavyTailRow

CHANCE = 0.01
"""How often a difference is called one by chance: the level of the test of each comparison."""


def compare(row: HeavyTailRow, baseline: HeavyTailRow) -> str:
    """``"smaller"``, ``"larger"`` or ``"not resolved"``: Student's paired test over the seeds, two-sided.

    Args:
        row: The number of a law.
        baseline: What it is compared with, from the same seeds.

    Example:
        >>> one = HeavyTailRow("T1", "", "a", "error", 1.4, 0.8, 3, None, "", (1.0, 3.0, 0.1))
        >>> compare(one, one._replace(by_seed=(1.101, 3.301, 0.1099)))  # a tenth below, however much the seeds differ
        'smaller'

    References:
        Student, *The probable error of a mean*, Biometrika 6, 1 (1908).
    """
    pairs = np.array([row.by_seed, baseline.by_seed]) if len(row.by_seed) == len(baseline.by_seed) else np.empty((2, 0))
    if pairs.shape[1] < 2:
        return "not resolved"
    sign, chance = _by_differences(pairs) if np.isfinite(pairs).all() else _by_signs(pairs)
    return "not resolved" if sign == 0.0 or chance >= CHANCE else "smaller" if sign < 0.0 else "larger"


def against_gaussian(rows: Sequence[HeavyTailRow]) -> list[tuple[HeavyTailRow, HeavyTailRow, str]]:
    """Every law, the Gaussian row of the same task, setting and quantity, and the verdict."""
    baseline = {(row.task, row.setting, row.quantity): row for row in rows if row.law == "gaussian"}
    others = [row for row in rows if row.law != "gaussian" and is_law(row.law)]
    pairs = [(row, baseline.get((row.task, row.setting, row.quantity))) for row in others]
    return [(row, beside, compare(row, beside)) for row, beside in pairs if beside is not None]


def _by_differences(pairs: Float[np.ndarray, "2 seed"]) -> tuple[float, float]:
    differences = np.log(pairs[0] / pairs[1]) if np.all(pairs > 0.0) else pairs[0] - pairs[1]
    mean, stderr = float(differences.mean()), float(differences.std(ddof=1)) / math.sqrt(len(differences))
    chance = 0.0 if stderr == 0.0 else 2.0 * float(scipy.stats.t.sf(abs(mean) / stderr, len(differences) - 1))
    return mean, chance


def _by_signs(pairs: Float[np.ndarray, "2 seed"]) -> tuple[float, float]:
    """The sign test. The runs that ended well are no fair sample of a law's runs, and are not compared alone."""
    ordered = np.where(np.isfinite(pairs), pairs, np.inf)
    below, above = int(np.sum(ordered[0] < ordered[1])), int(np.sum(ordered[0] > ordered[1]))
    if below == above:
        return 0.0, 1.0
    return float(above - below), float(scipy.stats.binomtest(below, below + above).pvalue)
