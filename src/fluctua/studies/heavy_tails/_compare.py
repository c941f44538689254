"""Is a law better than the Gaussian one, worse, or not told apart? By what the seeds say.

The laws of a seed are given the same states to learn from, so that what is special about them is common to all laws:
seeds are compared one by one, by the logarithm of the ratio of the two numbers where all are positive (an error is
larger by a factor, not by a term) and by their difference otherwise. A seed for which a number is not finite counts as
worse than any number; since nothing can then be averaged, the sign of the differences is all that is tested.
"""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import scipy.stats
from jaxtyping import Float

from ._names import is_law
from ._rows import HeavyTailRow

Verdict = Literal["better", "worse", "not told apart"]

CHANCE = 0.01
"""How often a difference is called one by chance: the level of the test of each comparison."""


class Comparison(NamedTuple):
    """One number of a law beside that of Gaussian noise in the same setting; smaller is better.

    Attributes:
        row: The number of the law.
        baseline: That of Gaussian noise.
        verdict: What the standard errors allow to say.
    """

    row: HeavyTailRow
    baseline: HeavyTailRow
    verdict: Verdict

    @property
    def ratio(self) -> float:
        """The law's number over the Gaussian one."""
        return self.row.value / self.baseline.value if self.baseline.value else math.inf


def compare(row: HeavyTailRow, baseline: HeavyTailRow, chosen_from: int = 1) -> Comparison:
    """The verdict by Student's paired test over the seeds, two-sided, or by Welch's test where the numbers of single
    seeds are not known; undecided where a spread is not known.

    Args:
        row: The number of a law.
        baseline: What it is compared with.
        chosen_from: Number of laws that this one was picked from because its number is the smallest: the level of the
            test is divided by it (Bonferroni), since the best of many is often better by chance.

    Example:
        >>> row = HeavyTailRow("T1", "", "a", "error", 0.10, 0.01, 5, None, "")
        >>> compare(row, row._replace(law="b", value=0.30)).verdict
        'better'
        >>> compare(row, row._replace(law="b", value=0.11)).verdict
        'not told apart'
        >>> one = row._replace(by_seed=(1.0, 3.0, 0.1))  # always a tenth below, however much the seeds differ
        >>> compare(one, one._replace(by_seed=(1.101, 3.301, 0.1099))).verdict
        'better'

    References:
        Student, *The probable error of a mean*, Biometrika 6, 1 (1908).
        Welch, *The generalization of Student's problem when several different population variances are involved*,
        Biometrika 34, 28 (1947).
    """
    paired = len(row.by_seed) == len(baseline.by_seed) > 1
    test = _by_pairs if paired else _by_means
    return Comparison(row, baseline, test(row, baseline, CHANCE / chosen_from))


def _by_pairs(row: HeavyTailRow, baseline: HeavyTailRow, chance: float) -> Verdict:
    pairs = np.array([row.by_seed, baseline.by_seed])
    if not np.isfinite(pairs).all():
        return _by_signs(pairs, chance)
    differences = np.log(pairs[0] / pairs[1]) if np.all(pairs > 0.0) else pairs[0] - pairs[1]
    mean, stderr = differences.mean(), differences.std(ddof=1) / math.sqrt(len(differences))
    return _told(mean, stderr, len(differences) - 1, chance)


def _by_signs(pairs: Float[np.ndarray, "2 seed"], chance: float) -> Verdict:
    """The sign test. The runs that ended well are no fair sample of a law's runs, and are not compared alone."""
    ordered = np.where(np.isfinite(pairs), pairs, np.inf)
    below, above = int(np.sum(ordered[0] < ordered[1])), int(np.sum(ordered[0] > ordered[1]))
    if below == above or scipy.stats.binomtest(below, below + above).pvalue >= chance:
        return "not told apart"
    return "better" if below > above else "worse"


def _told(difference: float, stderr: float, freedom: float, chance: float) -> Verdict:
    """The verdict on a difference with its standard error."""
    certain = difference != 0.0 if stderr == 0.0 else 2.0 * scipy.stats.t.sf(abs(difference) / stderr, freedom) < chance
    if not certain:
        return "not told apart"
    return "better" if difference < 0.0 else "worse"


def _by_means(row: HeavyTailRow, baseline: HeavyTailRow, chance: float) -> Verdict:
    if row.stderr is None or baseline.stderr is None or not math.isfinite(row.value - baseline.value):
        return "not told apart"
    difference = row.value - baseline.value
    parts = row.stderr**2, baseline.stderr**2
    if sum(parts) == 0.0:
        return _told(difference, 0.0, 1.0, chance)
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (row.seeds - 1) + parts[1] ** 2 / (baseline.seeds - 1))
    return _told(difference, math.sqrt(sum(parts)), freedom, chance)


def against_gaussian(rows: Sequence[HeavyTailRow], *quantities: str, transforms: bool = False) -> list[Comparison]:
    """Every law beside Gaussian noise, of one task, wherever both were measured in one setting.

    Args:
        rows: Rows of one task.
        quantities: The quantities to compare, smaller being better.
        transforms: Whether what is no law but stands in its place (a transform of the data) is compared too.
    """
    baseline = {(row.setting, row.quantity): row for row in rows if row.law == "gaussian"}
    found = []
    for row in rows:
        if row.quantity not in quantities or row.law == "gaussian" or (not is_law(row.law) and not transforms):
            continue
        beside = baseline.get((row.setting, row.quantity))
        if beside is not None:
            found.append(compare(row, beside))
    return found
