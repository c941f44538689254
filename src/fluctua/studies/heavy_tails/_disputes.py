"""What papers that disagree about heavy-tailed noise saw, each held against the measured rows."""

from collections.abc import Callable, Sequence

from ._compare import against_gaussian, compare
from ._names import SECOND_SAMPLE, is_law, law_name, lighter_than_gaussian, setting_words
from ._plan import LOG_TRANSFORM, TASKS
from ._published import MINORITY_SHARE, PUBLISHED_MSLE
from ._quantities import (
    QUANTILES_AVERAGED,
    RARE_ERROR,
    RARE_SHARE,
    SCORE_ERROR,
    SHARE,
    TAIL_DISTANCE,
)
from ._released_toy import RELEASED_SAMPLER
from ._rows import HeavyTailRow, setting_parts
from ._sentences import counted, find, in_percent, number, with_error

_ERRORS = 3.0  # standard errors from a known value beyond which a number is not that value


def disputes(rows: Sequence[HeavyTailRow]) -> list[str]:
    """One entry for each claim that the rows can speak to.

    Args:
        rows: The rows of the study.
    """
    parts: tuple[Callable[[Sequence[HeavyTailRow]], str | None], ...] = (
        _balance, _faithful, _scale, _gaussian_is_best, _stable, _transform, _images,
    )  # fmt: skip
    return [text for part in parts if (text := part(rows))]


def _balance(rows: Sequence[HeavyTailRow]) -> str | None:
    """The released toy: chains from both sides, two levels."""
    found = [
        row
        for row in rows
        if row.task == "T2" and setting_parts(row.setting).get("sampler") == RELEASED_SAMPLER and row.seeds
    ]
    if not found:
        return None
    shares = [f"{law_name(row.law)}, {_released_words(row)}: {in_percent(row)}" for row in found]
    text = (
        "A more balanced toy (Deasy, Simidjievski and Lio, arXiv 2112.09788): its chains start evenly over a square "
        "and go down two levels. Sampled as in its notebook, exact scores, for which nothing was learned, end with "
        f"these shares in the smaller mode: {'; '.join(shares)}. The true share is {100 * MINORITY_SHARE:.1f} %. "
    )
    if all(_is_off(row, MINORITY_SHARE) and row.value > 2.0 * MINORITY_SHARE for row in found):
        return text + (
            "So balance there needs no learned score and is none of its virtues: chains move too little between the "
            "modes, the less the narrower the noise, and injected noise of another variance moves the density itself."
        )
    return text + "So some exact score is not balanced there, and chains that move too little do not explain it all."


def _released_words(row: HeavyTailRow) -> str:
    parts = setting_parts(row.setting)
    scale = "matched deviation, " if parts["scale"] == "deviation" else ""
    return f"{scale}noise injected {'as in the notebook' if 'notebook' in parts['injection'] else 'normal'}"


def _faithful(rows: Sequence[HeavyTailRow]) -> str | None:
    """The same toy with many levels, where shares can be right."""
    found = [
        row
        for row in rows
        if row.task == "T2" and row.quantity == SHARE and setting_parts(row.setting).get("levels") == "40" and row.seeds
    ]
    if not found:
        return None
    entries = []
    for score in ("exact", "learned"):
        mine = [row for row in found if setting_parts(row.setting).get("score") == score]
        if mine:
            worst = max(mine, key=lambda row: abs(row.value - MINORITY_SHARE))
            least, most = (100 * bound(row.value for row in mine) for bound in (min, max))
            entries.append(
                f"{score} scores end between {least:.1f} and {most:.1f} % in the smaller mode over "
                f"{counted(len(mine), 'run')} (the farthest: {law_name(worst.law)}, {setting_words(worst.setting)}, "
                f"{in_percent(worst)})"
            )
    return f"The same toy with 40 levels, where the share can be right: {'; '.join(entries)}."


def _scale(rows: Sequence[HeavyTailRow]) -> str | None:
    """The scale of the released code, which grows with the weight of the tails."""
    for row in rows:
        parts = setting_parts(row.setting)
        if row.task != "T1" or row.quantity != SCORE_ERROR or parts.get("scale") != "released" or not row.seeds:
            continue
        if parts.get("level") == "0":
            same = {name: value for name, value in parts.items() if name != "scale"}
            matched = find(rows, "T1", SCORE_ERROR, row.law, scale="deviation", **same)
            gaussian = find(rows, "T1", SCORE_ERROR, "gaussian", scale="deviation", **same)
            if matched is not None and gaussian is not None:
                scale, law = compare(row, matched), compare(matched, gaussian)
                return (
                    f"Scale is mistaken for law: with the scale of the released code, the same number for every law, "
                    f"{law_name(row.law)} noise is wider than Gaussian noise of the same level. Its error of the score "
                    f"without noise was {with_error(row)} at that scale and {with_error(matched)} at matched deviation "
                    f"(the scale alone: {_told(scale.verdict, 'worse', 'better')}), Gaussian noise "
                    f"{with_error(gaussian)} (the law alone: {_told(law.verdict, 'worse', 'better')}); "
                    f"{setting_words(row.setting)}."
                )
    return None


def _gaussian_is_best(rows: Sequence[HeavyTailRow]) -> str | None:
    """Two papers that found Gaussian noise best."""
    found = [
        one
        for one in against_gaussian([row for row in rows if row.task == "T1"], SCORE_ERROR)
        if setting_parts(one.row.setting).get("scale") == "deviation" and not lighter_than_gaussian(one.row.law)
    ]
    if not found:
        return None
    better, worse = (sum(one.verdict == verdict for one in found) for verdict in ("better", "worse"))
    said = (
        "Gaussian noise is best (Jolicoeur-Martineau et al., arXiv 2304.05907), heavy tails make estimation harder "
        "(Cherkaoui, Halconruy and Ocello, arXiv 2605.13175): at matched deviation, laws with heavier tails had a "
        f"larger error of the score in {worse} of {counted(len(found), 'comparison')}, a smaller one in {better}."
    )
    if better == 0 and worse > 0:
        return f"{said} The rows agree with both papers."
    if worse > better:
        return f"{said} The rows agree for the most part; the exceptions stand above under what helps."
    if better > worse:
        return f"{said} The rows do not bear this out for the error of the score."
    return f"{said} The rows do not decide."


def _stable(rows: Sequence[HeavyTailRow]) -> str | None:
    """Stable noise for stable data."""
    mine = [row for row in rows if row.task == "T3" and row.quantity == QUANTILES_AVERAGED and row.seeds]
    laws = [row for row in mine if is_law(row.law)]
    if not laws:
        return None
    best = min(laws, key=lambda row: row.value)
    published = min(reference.value for reference in PUBLISHED_MSLE.values())
    below = best.value + 2.0 * (best.stderr or 0.0) < published
    text = (
        "Stable noise for stable data (Shariatian, Simsekli and Durmus, arXiv 2407.18609): the best of our laws, "
        f"{law_name(best.law)} ({setting_words(best.setting)}), has a squared log error of {with_error(best)}, the "
        f"best published one is {number(published)}: {'ours is smaller' if below else 'ours is not clearly smaller'}."
    )
    gaussian = find(rows, "T3", QUANTILES_AVERAGED, "gaussian", **setting_parts(best.setting))
    if gaussian is not None and gaussian != best:
        verdict = compare(best, gaussian, chosen_from=len(laws) - 1).verdict
        told = {"better": "smaller than", "worse": "larger than", "not told apart": "not told apart from"}[verdict]
        text += f" It is {told} that of Gaussian noise, {with_error(gaussian)}."
    floor = find(rows, "T3", QUANTILES_AVERAGED, SECOND_SAMPLE)
    return text if floor is None else f"{text} Two real samples differ by {with_error(floor)}."


def _transform(rows: Sequence[HeavyTailRow]) -> str | None:
    """A transform of the data in the place of a law."""
    entries = []
    for task, quantity in (("T3", QUANTILES_AVERAGED), ("T6", TAIL_DISTANCE)):
        mine = [row for row in rows if row.task == task and row.quantity == quantity and row.seeds]
        for setting in dict.fromkeys(row.setting for row in mine if row.law == LOG_TRANSFORM):
            here = [row for row in mine if row.setting == setting]
            transform = next(row for row in here if row.law == LOG_TRANSFORM)
            laws = [row for row in here if is_law(row.law) and row.law != "gaussian"]
            if laws:
                best = min(laws, key=lambda row: row.value)
                verdict = _told(
                    compare(transform, best, len(laws)).verdict, "worse than", "better than", "not told apart from"
                )
                entries.append(
                    f"{task} ({setting_words(setting)}) {with_error(transform)}, {verdict} the best law, "
                    f"{law_name(best.law)} with {with_error(best)}"
                )
    if not entries:
        return None
    return (
        "No heavy-tailed noise needed (Pachebat, arXiv 2605.20068; Baule, arXiv 2503.06558): logarithms of the states, "
        f"learned with Gaussian noise: {'; '.join(entries)}."
    )


def _images(rows: Sequence[HeavyTailRow]) -> str | None:
    """Fairer images."""
    mine = [row for row in rows if row.task == "T7"]
    found = against_gaussian(mine, RARE_ERROR)
    if not found:
        return None
    better, worse = (sum(one.verdict == verdict for one in found) for verdict in ("better", "worse"))
    shares = []
    for row in mine:
        if row.quantity == RARE_SHARE and setting_parts(row.setting).get("sampler") == "flow" and row.seeds:
            shares.append(f"{law_name(row.law)} {in_percent(row)}")
    truth = next((row.reference for row in mine if row.quantity == RARE_SHARE and row.reference is not None), None)
    told = (
        "" if truth is None else f" The record has {100 * truth:.1f} % of the rare class; drawn: {', '.join(shares)}."
    )
    return (
        f"Fairer images (arXiv 2112.09788; {TASKS['T7']}): the share of the rare class was closer to that of the "
        f"record than with Gaussian noise in {better} of {counted(len(found), 'comparison')}, farther in {worse}.{told}"
    )


def _is_off(row: HeavyTailRow, truth: float) -> bool:
    return abs(row.value - truth) > _ERRORS * (row.stderr or 0.0)


def _told(verdict: str, worse: str, better: str, same: str = "not told apart") -> str:
    return {"worse": worse, "better": better}.get(verdict, same)
