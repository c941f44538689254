"""The study in words: when heavy-tailed noise helps, when it hurts, and what papers that disagree saw.

No verdict is written down here. Every sentence is chosen by comparing measured numbers with their standard errors
(``compare``), and holds the numbers it rests on; other rows give other sentences.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ._compare import CHANCE, Comparison, Verdict, against_gaussian
from ._disputes import disputes
from ._names import law_name, lighter_than_gaussian, setting_words
from ._plan import TASKS
from ._quantities import (
    COVERAGE_ERROR,
    DISCREPANCY,
    MARGINAL_DISTANCE,
    QUANTILES_AVERAGED,
    RARE_ERROR,
    SCORE_ERROR,
    SCORE_ERROR_TAIL,
    SHARE_ERROR,
    SLICED_DISTANCE,
    TAIL_DISTANCE,
    TAIL_INDEX_ERROR,
    TOTAL_VARIATION,
)
from ._response_words import response_of_extremes
from ._rows import HeavyTailRow, setting_parts
from ._sentences import counted, with_error

HEADLINES = {
    "T1": (SCORE_ERROR, SCORE_ERROR_TAIL),
    "T2": (SHARE_ERROR,),
    "T3": (QUANTILES_AVERAGED, TAIL_DISTANCE),
    "T4": (TOTAL_VARIATION, SLICED_DISTANCE),
    "T5": (SLICED_DISTANCE, COVERAGE_ERROR, DISCREPANCY),
    "T6": (TAIL_DISTANCE, TAIL_INDEX_ERROR, MARGINAL_DISTANCE),
    "T7": (RARE_ERROR,),
}
"""The quantities by which laws are compared with Gaussian noise, by task; all are better when smaller."""


_HEADINGS: dict[Verdict, str] = {"better": "When heavy-tailed noise helps", "worse": "When heavy-tailed noise hurts"}


class Finding(NamedTuple):
    """A heading and what stands under it, one sentence or a few to each entry.

    Example:
        >>> Finding("When it helps", ["In none of 3 comparisons."]).heading
        'When it helps'
    """

    heading: str
    sentences: list[str]


def heavy_tail_findings(rows: Sequence[HeavyTailRow]) -> list[Finding]:
    """What the rows say, in words.

    Laws are compared with Gaussian noise in the same setting, at matched scale, seed by seed with a test; a
    difference is called one where it would arise by chance less than once in a hundred comparisons.

    Args:
        rows: The rows of the study; tasks that are not there are not spoken of.

    Returns:
        Headings with sentences: in short, when it helps, when it hurts, for the response, what the papers saw.

    Example:
        >>> gaussian = HeavyTailRow("T4", "sampler=flow", "gaussian", TOTAL_VARIATION, 0.10, 0.01, 5, None, "")
        >>> other = gaussian._replace(law="generalised-normal:beta=1", value=0.30)
        >>> [finding.heading for finding in heavy_tail_findings([gaussian, other])]
        ['In short', 'When heavy-tailed noise hurts']
        >>> heavy_tail_findings([gaussian, other])[1].sentences[0]
        'T4, nine modes of different weights: worse in 1 of 1 comparison. Most so GN 1: total variation of the mode
        weights 0.3 ± 0.01, 3 times that of Gaussian noise, 0.1 ± 0.01 (sampler flow).'
    """
    found = matched_comparisons(rows)
    findings = []
    if found:
        findings.append(Finding("In short", [_summary(found)]))
        for verdict, heading in _HEADINGS.items():
            sentences = [text for task in TASKS if (text := _task(task, found, verdict))]
            if sentences:
                findings.append(Finding(heading, sentences))
    for heading, say in (
        ("For the response of extremes", response_of_extremes),
        ("What the papers that disagree saw", disputes),
    ):
        if sentences := say(rows):
            findings.append(Finding(heading, sentences))
    return findings


def matched_comparisons(rows: Sequence[HeavyTailRow]) -> list[Comparison]:
    """Every heavier-tailed law beside Gaussian noise by the headlines, at matched scale, of learned scores."""
    found = []
    for task in TASKS:
        mine = [row for row in rows if row.task == task and _fair(row)]
        found += against_gaussian(mine, *_headlines(task, mine))
    return found


def _headlines(task: str, rows: Sequence[HeavyTailRow]) -> tuple[str, ...]:
    """The quantities of a task; those of the response are its errors, whatever the observable."""
    if task in HEADLINES:
        return HEADLINES[task]
    return tuple(dict.fromkeys(row.quantity for row in rows if "error" in row.quantity))


def _fair(row: HeavyTailRow) -> bool:
    parts = setting_parts(row.setting)
    matched = parts.get("scale", "deviation") == "deviation" and "scale=released" not in row.law
    # Chains that start on both sides of a gap and few levels measure how they move, not the score.
    faithful = row.task != "T2" or (parts.get("score") == "learned" and parts.get("levels") != "2")
    return matched and faithful and not lighter_than_gaussian(row.law)


def _summary(found: Sequence[Comparison]) -> str:
    counts = Counter(one.verdict for one in found)
    seeds = sorted({one.row.seeds for one in found})
    spread = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    return (
        "Beside Gaussian noise of the same size, with the same network, training and levels, heavier-tailed laws were "
        f"better in {counts['better']} of {counted(len(found), 'comparison')}, worse in {counts['worse']}, not told "
        f"apart in {counts['not told apart']} (Student's paired test over {spread} seeds, "
        f"chance {100 * CHANCE:g} % each)."
    )


def _task(task: str, found: Sequence[Comparison], verdict: Verdict) -> str | None:
    mine = [one for one in found if one.row.task == task]
    such = [one for one in mine if one.verdict == verdict]
    if not such:
        return None
    most = (min if verdict == "better" else max)(such, key=lambda one: one.ratio)
    where = setting_words(most.row.setting) or "all observables"
    return (
        f"{task}, {TASKS[task]}: {verdict} in {len(such)} of {counted(len(mine), 'comparison')}"
        f"{_laws(such)}. Most so {law_name(most.row.law)}: {most.row.quantity} {with_error(most.row)}, "
        f"{most.ratio:.2g} times that of Gaussian noise, {with_error(most.baseline)} ({where})."
    )


def _laws(such: Sequence[Comparison]) -> str:
    """How often each law is among them, where there are several."""
    laws = [law_name(one.row.law) for one in such]
    names = sorted(set(laws), key=lambda law: -laws.count(law))
    return "" if len(names) < 2 else " (" + ", ".join(f"{name}: {laws.count(name)}" for name in names) + ")"
