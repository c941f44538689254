"""Is a law better than the Gaussian one, worse, or not told apart? By the standard errors over seeds."""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

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
    """The verdict by Welch's test, two-sided, with the seeds of each; undecided where a spread is not known.

    Example:
        >>> row = HeavyTailRow("T1", "", "a", "error", 0.10, 0.01, 5, None, "")
        >>> compare(row, row._replace(law="b", value=0.30)).verdict
        'better'
        >>> compare(row, row._replace(law="b", value=0.11)).verdict
        'not told apart'

    References:
        Welch, *The generalization of Student's problem when several different population variances are involved*,
        Biometrika 34, 28 (1947).
    """
    return Comparison(row, baseline, _verdict(row, baseline))


def _verdict(row: HeavyTailRow, baseline: HeavyTailRow) -> Verdict:
    if row.stderr is None or baseline.stderr is None or not math.isfinite(row.value - baseline.value):
        return "not told apart"
    difference = row.value - baseline.value
    parts = row.stderr**2, baseline.stderr**2
    if sum(parts) == 0.0:
        return "not told apart" if difference == 0.0 else ("better" if difference < 0.0 else "worse")
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (row.seeds - 1) + parts[1] ** 2 / (baseline.seeds - 1))
    statistic = difference / math.sqrt(sum(parts))
    if 2.0 * scipy.stats.t.sf(abs(statistic), freedom) >= CHANCE:
        return "not told apart"
    return "better" if difference < 0.0 else "worse"


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
