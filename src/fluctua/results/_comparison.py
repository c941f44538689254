"""The comparison of drawn states with their record: diagnostics, a table for a file and one for the terminal."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..certify import QUANTILE_LEVELS, Agreement
from ._diagnostics import FEW, AbstractDiagnostic, Said

if TYPE_CHECKING:
    import pandas as pd

_MOST_SENTENCES = 6
_MOST_LINES = 12
_COLUMNS = ("variable", "statistic", "record", "drawn", "lowest", "highest", "agrees")
_ALL_PAIRS = 50  # variables up to which every pair is listed
_LARGEST_CORRELATION = 1.0 - 1e-9  # of which the Fisher transform is finite
_REMEDY = (
    "Where drawn states differ, a longer record, more --levels, another --sampler or another --noise may help: noise "
    "with power-law tails for a record that has them."
)


@dataclass(frozen=True)
class FewStates(AbstractDiagnostic):
    """A record that is worth few independent states says little of its density."""

    size: float

    def say(self) -> Said:
        warning = (
            f"The record is worth only about {self.size:.0f} independent states: what is drawn knows no more of the "
            "density, whatever the number of drawn states."
        )
        return Said("warning", warning=warning)


@dataclass(frozen=True)
class UnlearnedNetwork(AbstractDiagnostic):
    """A network that was set to zero, because it was no better than what it is built on.

    Args:
        noise: Text of the noise law.
        gaussian: Whether the noise is Gaussian.
    """

    noise: str
    gaussian: bool

    def say(self) -> Said:
        beginning = (
            "On held-out parts of the record the network was no better than linear predictions, which are used: "
        )
        if self.gaussian:
            end = "the drawn states are Gaussian, with the mean and the covariance of the record."
        else:
            end = (
                f"under {self.noise} noise the drawn states then have the shape of the noise and not of the record. "
                "Leave --noise out, or give a longer record."
            )
        return Said("warning", warning=beginning + end)


@dataclass(frozen=True)
class LightNoise(AbstractDiagnostic):
    """A record with extremes that noise with all moments does not reach."""

    noise: str

    def say(self) -> Said:
        warning = (
            "The record has states beyond six standard deviations: if its tails are power laws, too few extremes are "
            f"drawn under {self.noise} noise, beyond the quantiles that are compared. Noise with such tails, as "
            "--noise student-t:df=4, draws more of them."
        )
        return Said("warning", warning=warning)


@dataclass(frozen=True)
class Difference(AbstractDiagnostic):
    """Drawn states and record differ by more than sampling explains.

    Args:
        names: The variable, or the pair of variables whose rank correlation differs; none for how many more there are
            and for what to do.
        sentence: By how much.
    """

    names: tuple[str, ...]
    sentence: str

    def say(self) -> Said:
        return Said("warning", warning=self.sentence)


def size_diagnostics(effective_size: float) -> list[AbstractDiagnostic]:
    """What there is to say of the length of a record."""
    return [] if effective_size >= FEW else [FewStates(effective_size)]


def differences(agreement: Agreement, names: tuple[str, ...]) -> list[AbstractDiagnostic]:
    """Each variable or pair in which drawn states and record differ by more than sampling explains."""
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
        sentence = (
            f"Drawn '{names[index]}' differs from the record (worth {agreement.effective_size[index]:,.0f} independent "
            f"states): {'; '.join(parts)}."
        )
        found.append(Difference((names[index],), sentence))
    for one, other in np.argwhere(np.triu(agreement.uncorrelated, 1)):
        sentence = (
            f"The rank correlation of '{names[one]}' and '{names[other]}' is "
            f"{agreement.drawn_correlation[one, other]:.3f} in the drawn states and "
            f"{agreement.record_correlation[one, other]:.3f} in the record, more apart than sampling explains."
        )
        found.append(Difference((names[one], names[other]), sentence))
    if len(found) > _MOST_SENTENCES:
        rest = len(found) - _MOST_SENTENCES
        found = [*found[:_MOST_SENTENCES], Difference((), f"{rest} more differences are listed in the comparison.")]
    return [*found, Difference((), _REMEDY)] if found else []


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
    """One sentence that says whether drawn states and record can be distinguished."""
    size = agreement.effective_size.min()
    if not agreement.agrees:
        return "Drawn states and record differ by more than sampling explains."
    return (
        "Drawn states and record cannot be distinguished, variable by variable and pair by pair: the record is worth "
        f"{size:,.0f} independent states."
    )


def terminal_table(agreement: Agreement, names: tuple[str, ...]) -> str:
    """Record and drawn states in two lines for each variable, the most distant variables first where they are many."""
    order = range(len(names))
    if len(names) > _MOST_LINES:
        order = np.argsort(-agreement.distance / agreement.distance_limit)[:_MOST_LINES]
    width = max(8, *(len(names[index]) for index in order))
    titles = [title for title, *_ in _pairs(agreement, 0)]
    lines = [" " * (width + 8) + "".join(f"{title:>11}" for title in titles) + "   distance (limit)"]
    for index in order:
        _, *sides = zip(*_pairs(agreement, index), strict=True)
        for side, numbers, name in zip(("record", "drawn"), sides, (names[index], ""), strict=True):
            # What is zero to rounding is said to be zero.
            zero = 1e-9 * agreement.record_deviation[index]
            shown = "".join(f"{0.0 if abs(number) < zero else number:>11.4g}" for number in numbers)
            lines.append(f"{name:<{width}}  {side:<6}{shown}")
        lines[-1] += f"   {agreement.distance[index]:.3f} ({agreement.distance_limit[index]:.3f})"
    if len(names) > _MOST_LINES:
        lines.append(f"and {len(names) - _MOST_LINES} more variables")
    return "\n".join(lines)


def comparison_table(agreement: Agreement, names: tuple[str, ...]) -> "pd.DataFrame":
    """One row for each statistic: its value in the record, in the drawn states, and what sampling leaves open."""
    import pandas as pd

    rows = []
    for index, name in enumerate(names):
        for title, *pair in _pairs(agreement, index):
            rows.append((name, f"quantile {title}" if title.endswith("%") else title, *pair, None, None, None))
        for place, level in enumerate(QUANTILE_LEVELS):
            at = (index, place)
            shares = (agreement.record_share, agreement.drawn_share, agreement.lowest_share, agreement.highest_share)
            found = (share[at] for share in shares)
            rows.append((name, f"share up to the record's {level:.0%}", *found, not agreement.misplaced[at]))
        distance, limit = agreement.distance[index], agreement.distance_limit[index]
        rows.append((name, "Kolmogorov-Smirnov distance", 0.0, distance, 0.0, limit, not agreement.distant[index]))
        rows.append((name, "effective number of states", agreement.effective_size[index], None, None, None, None))
    return pd.DataFrame([*rows, *_pair_rows(agreement, names)], columns=list(_COLUMNS))


def _pairs(agreement: Agreement, index: int) -> list[tuple[str, float, float]]:
    """Mean, deviation and quantiles of a variable: what each is called, and its value on both sides."""
    titles = ("mean", "deviation", *(f"{level:.0%}" for level in QUANTILE_LEVELS))
    record = (agreement.record_mean[index], agreement.record_deviation[index], *agreement.record_quantiles[index])
    drawn = (agreement.drawn_mean[index], agreement.drawn_deviation[index], *agreement.drawn_quantiles[index])
    return list(zip(titles, record, drawn, strict=True))


def _pair_rows(agreement: Agreement, names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """The rank correlations: all of them, or where the pairs are too many to list those that differ."""
    listed = np.triu(np.ones_like(agreement.uncorrelated) if len(names) <= _ALL_PAIRS else agreement.uncorrelated, 1)
    one, other = np.nonzero(listed)
    record, drawn = agreement.record_correlation[one, other], agreement.drawn_correlation[one, other]
    middle, limit = (
        np.arctanh(np.clip(record, -_LARGEST_CORRELATION, _LARGEST_CORRELATION)),
        agreement.correlation_limit[one, other],
    )
    numbers = zip(record, drawn, np.tanh(middle - limit), np.tanh(middle + limit), strict=True)
    agrees = ~agreement.uncorrelated[one, other]
    return [
        (names[first], f"rank correlation with {names[second]}", *pair, bool(well))
        for first, second, pair, well in zip(one, other, numbers, agrees, strict=True)
    ]
