"""What was found about a result: frozen values, each with what it says.

A diagnostic says something in the report (``text``), gives a warning when the result is made (``warning``), or both; an
empty sentence is not said. In files they are lists of sentences, read back as `Remark`.
"""

import abc
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Level = Literal["good", "caution", "warning"]
_UNFIT = 0.1
"""Part of a Gaussian's loss by which that of a score made for the same values is not above it."""

_BY_CHANCE = 3.0
"""Root mean squares of a defect beyond which it is not one of chance."""

ScoreOrigin = Literal["held out", "given", "seen", "not known"]
"""Whether the loss of a score is on states that it was not fitted to."""

FEW = 100
"""Effective states below which bands are rough."""

WANDERS = 50
"""Effective states of a record that is a random walk, or hardly more than one."""

WANDERING = (
    "variables that wander and do not come back, as a random walk or a price does, have no density to push",
    "take differences (of prices, the returns), or a record that is many times as long",
)
"""What such a record lacks, and what to do."""


class Said(NamedTuple):
    """How serious something is, what the report says of it, and what is said at once."""

    level: Level
    text: str = ""
    warning: str = ""


class AbstractDiagnostic(abc.ABC):
    """One thing that was found."""

    @abc.abstractmethod
    def say(self) -> Said:
        """What there is to say of it."""

    @property
    def level(self) -> Level:
        """How serious it is."""
        return self.say().level

    @property
    def text(self) -> str:
        """What the report says."""
        return self.say().text

    @property
    def warning(self) -> str:
        """What is said at once, and kept among the warnings of the result."""
        return self.say().warning


def as_attributes(diagnostics: Sequence[AbstractDiagnostic]) -> dict[str, str]:
    """All that they say, as attributes of a file: lists of sentences in JSON."""
    return {
        "warnings": json.dumps([each.warning for each in diagnostics if each.warning]),
        "diagnostics": json.dumps([{"level": each.level, "text": each.text} for each in diagnostics if each.text]),
    }


@dataclass(frozen=True)
class Remark(AbstractDiagnostic):
    """A diagnostic as a sentence: read from a file, or found by the validation of a record."""

    said: Said

    def say(self) -> Said:
        return self.said


def share_text(share: float, digits: int = 0) -> str:
    """A share as a percentage; beyond 1000 % it is far beyond, and no more digits say so better.

    Example:
        >>> share_text(0.25), share_text(-0.051, 1), share_text(7.6e73)
        ('25%', '-5.1%', 'far more than 1000%')
    """
    return f"{share:.{digits}%}" if abs(share) <= 10 else "far more than 1000%"


def warned(sentences: Iterable[str]) -> list[Remark]:
    """Warnings of somebody else, such as those of the validation of a record."""
    return [Remark(Said("warning", warning=sentence)) for sentence in sentences]


@dataclass(frozen=True)
class ScoreChoice(AbstractDiagnostic):
    """Which score was used, and whether it describes the record better than a Gaussian.

    Args:
        method: Family of the score.
        loss: Its held-out loss.
        stderr: Standard error of the loss.
        gaussian_loss: The loss of the Gaussian score.
        by_scale: Whether functions were chosen scale by scale, as for a homogeneous field.
        origin: Whether the score was fitted for the record on other parts of it, or was given; and whether it has seen
            the record then, so that no loss is on states that it has not.
        asked: Whether a Gaussian score was asked for, so that no other was tried.
    """

    method: str
    loss: float
    stderr: float
    gaussian_loss: float
    by_scale: bool = False
    origin: ScoreOrigin = "held out"
    asked: bool = False

    def say(self) -> Said:
        worse = self.loss - self.gaussian_loss
        if self.origin in ("given", "not known") and worse > max(_UNFIT * abs(self.gaussian_loss), 5 * self.stderr):
            text = (
                f"The {self.method} score that was given does not describe this record: its loss on it is "
                f"{self.loss:.4g} (standard error {self.stderr:.2g}), that of a Gaussian {self.gaussian_loss:.4g}. Was "
                "it made for other values, such as ones with their seasonal cycle, or in another unit? Fit one to "
                "the record as it is used here."
            )
            return Said("warning", text, text)
        if self.origin in ("seen", "not known"):
            seen = "was fitted to this record" if self.origin == "seen" else "may have been fitted to this record"
            text = f"The {self.method} score was given and {seen}: nothing was held out to compare it with a Gaussian."
            return Said("caution", text)
        if self.method == "gaussian" and self.asked:
            return Said("good", "The Gaussian score was asked for: no other was tried.")
        if self.method == "gaussian":
            text = (
                "No richer score beat the Gaussian one on held-out parts of the record, so the Gaussian score is used."
            )
            return Said("good", text)
        if self.by_scale and self.method == "dictionary" and -worse <= self.stderr:
            # A few scales take some functions by chance: no reason for a warning.
            text = (
                f"A Gaussian score describes the record as well as the dictionary (held-out losses "
                f"{self.gaussian_loss:.4g} and {self.loss:.4g}, standard error {self.stderr:.2g}): only a few scales "
                "use more than linear functions."
            )
            return Said("good", text)
        text = (
            f"The {self.method} score has the held-out loss {self.loss:.4g} (standard error {self.stderr:.2g}), "
            f"the Gaussian score {self.gaussian_loss:.4g}: it describes the record "
        )
        return Said("good" if worse < 0 else "warning", f"{text}{'' if worse < 0 else 'no '}better than a Gaussian.")


@dataclass(frozen=True)
class EffectiveSize(AbstractDiagnostic):
    """How many independent states the record is worth.

    Args:
        size: That number.
        slowest: What decorrelates most slowly.
        time: Over which time, with its unit.
        by_scale: Whether that is a wave of a homogeneous field.
    """

    size: float
    slowest: str
    time: str
    by_scale: bool = False

    def say(self) -> Said:
        worth = f"The record is worth about {self.size:,.0f} independent states"
        few = f"record is worth only about {self.size:.0f} independent states"
        if self.by_scale:
            text = (
                f"{worth} at its slowest scale: {self.slowest} decorrelates over {self.time}. Smaller scales are worth "
                "more, for their many waves."
            )
            warning = (
                f"At its largest scales the {few} ({self.slowest} decorrelates over {self.time}): bands are rough "
                "there."
            )
        else:
            text = f"{worth}; its slowest variable, {self.slowest}, decorrelates over {self.time}."
            warning = f"The {few} ('{self.slowest}' decorrelates over {self.time}): bands are rough."
        if self.size < FEW:
            return Said("warning", text, warning)
        return Said("good" if self.size >= 10 * FEW else "caution", text)


@dataclass(frozen=True)
class LongLags(AbstractDiagnostic):
    """The largest lag, as a share of the record: too long from a fifth on."""

    share: float

    def say(self) -> Said:
        if self.share <= 0.2:
            return Said("good")
        warning = f"The largest lag spans {self.share:.0%} of the record: few pairs are left at long lags."
        return Said("warning", warning=warning)


@dataclass(frozen=True)
class ThinnedRegression(AbstractDiagnostic):
    """The regression was learned at some lags alone, because it would not fit into memory at all of them."""

    lags: int
    every: int

    def say(self) -> Said:
        text = (
            f"The regression was learned at {self.lags} of {self.every} lags and taken as linear between them, because "
            "of its size: features of the response that are shorter than that rest on the score alone."
        )
        return Said("caution", text, text)


@dataclass(frozen=True)
class LeadingModesOnly(AbstractDiagnostic):
    """A record that is too short for all of its variables was answered by its leading modes.

    Args:
        modes: How many.
        dimension: Number of variables.
        states: Number of independent states.
        field: Whether the variables are the cells of a field.
    """

    modes: int
    dimension: int
    states: float
    field: bool

    def say(self) -> Said:
        text = (
            f"A record worth about {self.states:.0f} independent states carries {self.modes} leading modes of its "
            f"{self.dimension} variables alone: the part of a push that lies beyond them is lost. "
        )
        if self.field:
            text += f"Reduce the field to them (--modes {self.modes}), which says how much of a push they hold."
        else:
            text += "Leave out variables that do not matter (--drop), or give a longer record."
        return Said("warning", text, text)


@dataclass(frozen=True)
class HeavyTails(AbstractDiagnostic):
    """Some variables have heavy tails."""

    def say(self) -> Said:
        warning = (
            "Some variables have heavy tails: the responses of their high powers are decided by a few states and "
            "should not be trusted."
        )
        return Said("warning", warning=warning)


@dataclass(frozen=True)
class Calibration(AbstractDiagnostic):
    """How far the score misses identities that every true score obeys, before and after calibration."""

    before: float
    after: float
    by_scale: bool = False
    states: float = float("inf")
    """How many independent states the record is worth."""
    chance: float = 0.0
    """By how much the identities are missed by chance in a record like this, root mean square."""

    def say(self) -> Said:
        where = "at the scales of the field " if self.by_scale else ""
        text = (
            f"Identities that every true score obeys {where}are missed by {share_text(self.before, 1)} before "
            f"calibration and by {share_text(self.after, 1)} after it."
        )
        if self.after <= 0.2:
            return Said("good" if self.after < 0.05 else "caution", text)
        wanders = self.states < WANDERS and not self.by_scale
        if self.after <= _BY_CHANCE * self.chance and not wanders:
            return Said("caution", f"{text} A record like this misses them by {share_text(self.chance)} by chance.")
        misses = f"After calibration the score still misses its identities by {share_text(self.after)}: "
        if wanders:
            lacks, remedy = WANDERING
            warning = f"{misses}{lacks}. {remedy[0].upper()}{remedy[1:]}."
        elif self.after <= 1:
            warning = f"{misses}treat the responses with care, and give a longer record if there is one."
        else:
            warning = (
                f"{misses}no smooth density fits. Look for discrete or clipped values, for very skewed ones (take "
                "their logarithm), for a variable that is a function of others, or for a system without noise; a "
                "longer record does not help."
            )
        return Said("warning", text, warning)


@dataclass(frozen=True)
class FollowedTails(AbstractDiagnostic):
    """The score follows all tails that were checked."""

    def say(self) -> Said:
        return Said("good", "The score follows the tails of every variable that was checked.")


@dataclass(frozen=True)
class MissedTail(AbstractDiagnostic):
    """One tail that the score misses: beyond the threshold its mean pull is wrong by the defect."""

    variable: str
    upper: bool
    threshold: float
    defect: float

    def say(self) -> Said:
        side, sign = ("upper", ">") if self.upper else ("lower", "<")
        text = (
            f"The score misses the {side} tail of {self.variable} by {share_text(abs(self.defect))}: "
            f"treat {self.variable} {sign} {self.threshold:.3g} with care."
        )
        return Said("caution", text)


@dataclass(frozen=True)
class SelfTransport(AbstractDiagnostic):
    """The field is carried along by its own flow: share of the linear forecast's error explained, standard errors."""

    share: float
    significance: float
    times: tuple[float, ...]

    def say(self) -> Said:
        text = (
            "The field is carried along by the flow whose vorticity it is (or is proportional to): that explains "
            f"{self.share:.0%} of what a linear forecast of one step leaves, {abs(self.significance):.0f} standard "
            f"errors from nothing. The field carried so for {', '.join(f'{time:.3g}' for time in self.times)} (inverse "
            "units of the field) serves as further functions."
        )
        return Said("good", text)


@dataclass(frozen=True)
class NetworkGain(AbstractDiagnostic):
    """In how many folds the network improved on the score that it builds on."""

    accepted: int
    folds: int

    def say(self) -> Said:
        if self.accepted == self.folds:
            text = "The network improves on the score that it builds on, on states that it was not trained on."
            return Said("good", text)
        text = (
            f"In {self.folds - self.accepted} of {self.folds} folds the network did not improve on the score that it "
            "builds on, which was used alone there."
        )
        return Said("caution", text)
