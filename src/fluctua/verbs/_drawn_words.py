"""The comparison of drawn states with their record in words, and as a table for the terminal."""

import numpy as np

from ..certify import QUANTILE_LEVELS, Agreement
from ._words import FEW

_MOST_SENTENCES = 6
_MOST_LINES = 12
_REMEDY = (
    "Where drawn states differ, a longer record, more --levels, another --sampler or another --noise may help: noise "
    "with power-law tails for a record that has them."
)


def size_caution(effective_size: float) -> list[str]:
    """A warning about a record that says little of its density."""
    if effective_size >= FEW:
        return []
    return [
        f"The record is worth only about {effective_size:.0f} independent states: what is drawn knows no more of the "
        "density, whatever the number of drawn states."
    ]


def differences(agreement: Agreement, names: tuple[str, ...]) -> list[str]:
    """A sentence for each variable or pair in which drawn states and record differ by more than sampling explains."""
    found = []
    for index in map(int, np.flatnonzero(agreement.distant | agreement.misplaced.any(axis=1))):
        parts = []
        if agreement.distant[index]:
            parts.append(
                f"its Kolmogorov-Smirnov distance is {agreement.distance[index]:.3f}, and sampling leaves at most "
                f"{agreement.distance_limit[index]:.3f}"
            )
        parts += [
            _share_text(agreement, index, place) for place in map(int, np.flatnonzero(agreement.misplaced[index]))
        ]
        found.append(
            f"Drawn '{names[index]}' differs from the record (worth {agreement.effective_size[index]:,.0f} independent "
            f"states): {'; '.join(parts)}."
        )
    for one, other in np.argwhere(np.triu(agreement.uncorrelated, 1)):
        found.append(
            f"The rank correlation of '{names[one]}' and '{names[other]}' is "
            f"{agreement.drawn_correlation[one, other]:.3f} in the drawn states and "
            f"{agreement.record_correlation[one, other]:.3f} in the record, more apart than sampling explains."
        )
    if len(found) > _MOST_SENTENCES:
        rest = len(found) - _MOST_SENTENCES
        found = [*found[:_MOST_SENTENCES], f"{rest} more differences are listed in the comparison."]
    return [*found, _REMEDY] if found else []


def _share_text(agreement: Agreement, index: int, place: int) -> str:
    level = QUANTILE_LEVELS[place]
    shares = (agreement.drawn_share, agreement.lowest_share, agreement.highest_share)
    drawn, lowest, highest = (float(share[index, place]) for share in shares)
    side = "below"
    if level > 0.5:
        side, drawn, lowest, highest = "above", 1.0 - drawn, 1.0 - highest, 1.0 - lowest
    return (
        f"{drawn:.2%} of it lie {side} the record's {level:.0%} quantile, and sampling leaves {lowest:.2%} to "
        f"{highest:.2%}"
    )


def verdict(agreement: Agreement) -> str:
    """One sentence that says whether drawn states and record can be told apart."""
    size = agreement.effective_size.min()
    if not agreement.agrees:
        return "Drawn states and record differ by more than sampling explains."
    return (
        "Drawn states and record cannot be told apart, variable by variable and pair by pair: the record is worth "
        f"{size:,.0f} independent states."
    )


def terminal_table(agreement: Agreement, names: tuple[str, ...]) -> str:
    """Record and drawn states in two lines for each variable, the most distant variables first where they are many."""
    order = range(len(names))
    if len(names) > _MOST_LINES:
        order = np.argsort(-agreement.distance / agreement.distance_limit)[:_MOST_LINES]
    width = max(8, *(len(names[index]) for index in order))
    titles = ["mean", "deviation", *(f"{level:.0%}" for level in QUANTILE_LEVELS)]
    lines = [" " * (width + 8) + "".join(f"{title:>11}" for title in titles) + "   distance (limit)"]
    for index in order:
        for side in ("record", "drawn"):
            numbers = [
                getattr(agreement, f"{side}_mean")[index],
                getattr(agreement, f"{side}_deviation")[index],
                *getattr(agreement, f"{side}_quantiles")[index],
            ]
            spread = agreement.record_deviation[index]
            # What is zero to rounding is said to be zero.
            numbers = [0.0 if abs(number) < 1e-9 * spread else number for number in numbers]
            name = names[index] if side == "record" else ""
            lines.append(f"{name:<{width}}  {side:<6}" + "".join(f"{number:>11.4g}" for number in numbers))
        lines[-1] += f"   {agreement.distance[index]:.3f} ({agreement.distance_limit[index]:.3f})"
    if len(names) > _MOST_LINES:
        lines.append(f"and {len(names) - _MOST_LINES} more variables")
    return "\n".join(lines)
