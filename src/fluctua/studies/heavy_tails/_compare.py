"""Is a law better than the Gaussian one, worse, or not told apart? By what the seeds say.

The laws of a seed are given the same states to learn from, so that what is special about them is common to all laws:
seeds are compared one by one, by the logarithm of the ratio of the two numbers where all are positive (an error is
larger by a factor, not by a term) and by their difference otherwise.
"""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import scipy.stats

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


def compare(row: HeavyTailRow, baseline: HeavyTailRow) -> Comparison:
    """The verdict by Student's paired test over the seeds, two-sided, or by Welch's test where the numbers of single
    seeds are not known; undecided where a spread is not known.

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
    return Comparison(row, baseline, _by_pairs(row, baseline) if paired else _by_means(row, baseline))


def _by_pairs(row: HeavyTailRow, baseline: HeavyTailRow) -> Verdict:
    pairs = np.array([row.by_seed, baseline.by_seed])
    pairs = pairs[:, np.isfinite(pairs).all(axis=0)]
    if pairs.shape[1] < 2:
        return "not told apart"
    differences = np.log(pairs[0] / pairs[1]) if np.all(pairs > 0.0) else pairs[0] - pairs[1]
    mean, stderr = differences.mean(), differences.std(ddof=1) / math.sqrt(len(differences))
    return _told(mean, stderr, len(differences) - 1)


def _told(difference: float, stderr: float, freedom: float) -> Verdict:
    """The verdict on a difference with its standard error."""
    certain = difference != 0.0 if stderr == 0.0 else 2.0 * scipy.stats.t.sf(abs(difference) / stderr, freedom) < CHANCE
    if not certain:
        return "not told apart"
    return "better" if difference < 0.0 else "worse"


def _by_means(row: HeavyTailRow, baseline: HeavyTailRow) -> Verdict:
    if row.stderr is None or baseline.stderr is None or not math.isfinite(row.value - baseline.value):
        return "not told apart"
    difference = row.value - baseline.value
    parts = row.stderr**2, baseline.stderr**2
    if sum(parts) == 0.0:
        return _told(difference, 0.0, 1.0)
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (row.seeds - 1) + parts[1] ** 2 / (baseline.seeds - 1))
    return _told(difference, math.sqrt(sum(parts)), freedom)


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
