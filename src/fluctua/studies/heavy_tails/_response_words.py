"""What the rows say to somebody who wants the response of extremes."""

from collections.abc import Callable, Sequence

from ._compare import against_gaussian, compare
from ._names import is_law, law_name, lighter_than_gaussian, setting_words
from ._quantities import SCORE_ERROR_TAIL
from ._rows import EXACT, HeavyTailRow, setting_parts
from ._sentences import find, with_error
from ._tail_response import DEFAULT_ERROR, NO_TAILS, PLUG_IN_ERROR


def response_of_extremes(rows: Sequence[HeavyTailRow]) -> list[str]:
    """Which law learns the score in the tails, and what that does to the response of tail events.

    Args:
        rows: The rows of the study.
    """
    parts: tuple[Callable[[Sequence[HeavyTailRow]], list[str]], ...] = (_tails_of_the_score, _base, _responses)
    return [text for part in parts for text in part(rows)]


def _tails_of_the_score(rows: Sequence[HeavyTailRow]) -> list[str]:
    """Where a response of extremes is decided: the score without noise, in the tail."""
    mine = [
        row
        for row in rows
        if row.task == "T1"
        and (parts := setting_parts(row.setting)).get("level") == "0"
        and parts.get("scale") == "deviation"
        and not lighter_than_gaussian(row.law)
    ]
    found = against_gaussian(mine, SCORE_ERROR_TAIL)
    if not found:
        return []
    entries = []
    for data in dict.fromkeys(setting_parts(one.row.setting)["data"] for one in found):
        such = [one for one in found if setting_parts(one.row.setting)["data"] == data]
        better, worse = ([one for one in such if one.verdict == verdict] for verdict in ("better", "worse"))
        entry = f"on {data} data better in {len(better)} and worse in {len(worse)} of {len(such)}"
        if better:
            best = min(better, key=lambda one: one.ratio)
            entry += (
                f" (most: {law_name(best.row.law)}, {with_error(best.row)} beside {with_error(best.baseline)}, "
                f"{setting_words(best.row.setting)})"
            )
        entries.append(entry)
    return [
        "The tail of the score without noise, which decides the response of extremes (T1): laws with heavier tails "
        f"than Gaussian were {'; '.join(entries)}."
    ]


def _base(rows: Sequence[HeavyTailRow]) -> list[str]:
    """What power-law tails gain that are built into the network, and what the noise gains beyond (T8)."""
    mine = [row for row in rows if row.task == "T8" and row.quantity == SCORE_ERROR_TAIL and row.seeds]
    plain = next((row for row in mine if row.law == NO_TAILS), None)
    gaussian = next((row for row in mine if row.law == "gaussian"), None)
    if plain is None or gaussian is None:
        return []
    verdict = compare(gaussian, plain).verdict
    told = {"better": "smaller", "worse": "larger"}.get(verdict, "not told apart")
    text = (
        "Tails without another noise (T8): under Gaussian noise the error of the score in the tails is "
        f"{with_error(gaussian)} with the power-law tails of the record built into the network and {with_error(plain)} "
        f"without them: {told}."
    )
    others = [row for row in mine if is_law(row.law) and row is not gaussian]
    if others:
        best = min(others, key=lambda row: row.value)
        told = {"better": "smaller still", "worse": "larger"}.get(
            compare(best, gaussian, chosen_from=len(others)).verdict, "not told apart from the former"
        )
        text += f" Of the other laws, all with the tails built in, {law_name(best.law)} has {with_error(best)}: {told}."
    return [text]


def _responses(rows: Sequence[HeavyTailRow]) -> list[str]:
    """The response of every observable by every estimate (T8)."""
    texts = []
    mine = [row for row in rows if row.task == "T8" and row.seeds]
    for setting in dict.fromkeys(row.setting for row in mine if row.quantity == DEFAULT_ERROR):
        for quantity, name in ((PLUG_IN_ERROR, "plugged in"), (DEFAULT_ERROR, "doubly robust")):
            laws = [row for row in mine if (row.setting, row.quantity) == (setting, quantity) and is_law(row.law)]
            gaussian = next((row for row in laws if row.law == "gaussian"), None)
            if gaussian is None or len(laws) < 2:
                continue
            best = min((row for row in laws if row is not gaussian), key=lambda row: row.value)
            verdict = compare(best, gaussian, chosen_from=len(laws) - 1).verdict
            told = {"better": "smaller than", "worse": "larger than"}.get(verdict, "not told apart from")
            text = (
                f"Response of {setting_parts(setting).get('observable', setting)}, {name} (T8): the smallest relative "
                f"error of the other laws, {law_name(best.law)} with {with_error(best)}, is {told} that of Gaussian "
                f"noise, {with_error(gaussian)}"
            )
            floor = find(mine, "T8", quantity, EXACT, **setting_parts(setting))
            texts.append(text + ("." if floor is None else f"; the exact score has {with_error(floor)}."))
    return texts
