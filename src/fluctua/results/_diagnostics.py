"""What was found about a result: frozen values, each with its level and the sentences made of it.

A diagnostic says something in the report (``text``), gives a warning when the result is made (``warning``), or both; an
empty sentence is not said. In files they are lists of sentences, read back as `Remark`.
"""

import abc
from dataclasses import dataclass
from typing import Literal

Level = Literal["good", "caution", "warning"]
ScoreOrigin = Literal["held out", "seen", "not known"]
"""Whether the loss of a score is on states that it was not fitted to."""

FEW = 100
"""Effective states below which bands are rough."""


class AbstractDiagnostic(abc.ABC):
    """One thing that was found."""

    @property
    @abc.abstractmethod
    def level(self) -> Level:
        """How serious it is."""

    @property
    def text(self) -> str:
        """What the report says."""
        return ""

    @property
    def warning(self) -> str:
        """What is said at once, and kept among the warnings of the result."""
        return ""


@dataclass(frozen=True)
class Remark(AbstractDiagnostic):
    """A diagnostic read from a file, where it is a sentence with its level, or a warning."""

    severity: Level
    said: str = ""
    warned: str = ""

    @property
    def level(self) -> Level:
        """As in the file."""
        return self.severity

    @property
    def text(self) -> str:
        """As in the file."""
        return self.said

    @property
    def warning(self) -> str:
        """As in the file."""
        return self.warned


@dataclass(frozen=True)
class ScoreChoice(AbstractDiagnostic):
    """Which score was used, and whether it describes the record better than a Gaussian.

    Args:
        method: Family of the score.
        loss: Its held-out loss.
        stderr: Standard error of the loss.
        gaussian_loss: The loss of the Gaussian score.
        by_scale: Whether functions were chosen scale by scale, as for a homogeneous field.
        origin: Whether the score has seen the record; then no loss is on states that it has not.
    """

    method: str
    loss: float
    stderr: float
    gaussian_loss: float
    by_scale: bool = False
    origin: ScoreOrigin = "held out"

    @property
    def _few_scales(self) -> bool:
        # A few scales take some functions by chance: no reason for a warning.
        return self.by_scale and self.method == "dictionary" and self.gaussian_loss - self.loss <= self.stderr

    @property
    def level(self) -> Level:
        """A warning where a Gaussian describes the record as well."""
        if self.origin != "held out":
            return "caution"
        good = self.method == "gaussian" or self._few_scales or self.gaussian_loss > self.loss
        return "good" if good else "warning"

    @property
    def text(self) -> str:
        """Both losses."""
        if self.origin != "held out":
            seen = "was fitted to this record" if self.origin == "seen" else "may have been fitted to this record"
            return f"The {self.method} score was given and {seen}: nothing was held out to compare it with a Gaussian."
        if self.method == "gaussian":
            return (
                "No richer score beat the Gaussian one on held-out parts of the record, so the Gaussian score is used."
            )
        if self._few_scales:
            return (
                f"A Gaussian score describes the record as well as the dictionary (held-out losses "
                f"{self.gaussian_loss:.4g} and {self.loss:.4g}, standard error {self.stderr:.2g}): only a few scales "
                "use more than linear functions."
            )
        how = "better" if self.gaussian_loss > self.loss else "no better"
        return (
            f"The {self.method} score has the held-out loss {self.loss:.4g} (standard error {self.stderr:.2g}), "
            f"the Gaussian score {self.gaussian_loss:.4g}: it describes the record {how} than a Gaussian."
        )


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

    @property
    def level(self) -> Level:
        """By the number of states."""
        return "good" if self.size >= 10 * FEW else "caution" if self.size >= FEW else "warning"

    @property
    def text(self) -> str:
        """The number, and the slowest variable."""
        worth = f"The record is worth about {self.size:,.0f} independent states"
        if self.by_scale:
            return (
                f"{worth} at its slowest scale: {self.slowest} decorrelates over {self.time}. Smaller scales are worth "
                "more, for their many waves."
            )
        return f"{worth}; its slowest variable, {self.slowest}, decorrelates over {self.time}."

    @property
    def warning(self) -> str:
        """Where the bands are rough."""
        if self.size >= FEW:
            return ""
        where = ("At its largest scales the", " there") if self.by_scale else ("The", "")
        slowest = self.slowest if self.by_scale else f"'{self.slowest}'"
        return (
            f"{where[0]} record is worth only about {self.size:.0f} independent states ({slowest} decorrelates over "
            f"{self.time}): bands are wide and rough{where[1]}."
        )


@dataclass(frozen=True)
class LongLags(AbstractDiagnostic):
    """The largest lag, as a share of the record."""

    share: float

    @property
    def level(self) -> Level:
        """A warning from a fifth of the record on."""
        return "warning" if self.share > 0.2 else "good"

    @property
    def warning(self) -> str:
        """Few pairs are left at long lags."""
        if self.level == "good":
            return ""
        return f"The largest lag spans {self.share:.0%} of the record: few pairs are left at long lags."


@dataclass(frozen=True)
class ThinnedRegression(AbstractDiagnostic):
    """The regression was learned at some lags alone, because it would not fit into memory at all of them."""

    lags: int
    every: int

    @property
    def level(self) -> Level:
        """A caution."""
        return "caution"

    @property
    def text(self) -> str:
        """How many lags."""
        return (
            f"The regression was learned at {self.lags} of {self.every} lags and taken as linear between them, because "
            "of its size: features of the response that are shorter than that rest on the score alone."
        )

    @property
    def warning(self) -> str:
        """The same."""
        return self.text


@dataclass(frozen=True)
class HeavyTails(AbstractDiagnostic):
    """Some variables have heavy tails."""

    @property
    def level(self) -> Level:
        """Always a warning."""
        return "warning"

    @property
    def warning(self) -> str:
        """High powers are not to be trusted."""
        return (
            "Some variables have heavy tails: the responses of their high powers are decided by a few states and "
            "should not be trusted."
        )


@dataclass(frozen=True)
class Calibration(AbstractDiagnostic):
    """How far the score misses identities that every true score obeys, before and after calibration."""

    before: float
    after: float
    by_scale: bool = False

    @property
    def level(self) -> Level:
        """By what is left after calibration."""
        return "good" if self.after < 0.05 else "caution" if self.after < 0.2 else "warning"

    @property
    def text(self) -> str:
        """Both defects."""
        where = "at the scales of the field " if self.by_scale else ""
        return (
            f"Identities that every true score obeys {where}are missed by {self.before:.1%} before calibration and by "
            f"{self.after:.1%} after it."
        )

    @property
    def warning(self) -> str:
        """Where calibration did not mend the score."""
        if self.after <= 0.2:
            return ""
        return (
            f"After calibration the score still misses its identities by {self.after:.0%}: treat the responses with "
            "care, and give a longer record if there is one."
        )


@dataclass(frozen=True)
class FollowedTails(AbstractDiagnostic):
    """The score follows all tails that were checked."""

    @property
    def level(self) -> Level:
        """Good."""
        return "good"

    @property
    def text(self) -> str:
        """Just that."""
        return "The score follows the tails of every variable that was checked."


@dataclass(frozen=True)
class MissedTail(AbstractDiagnostic):
    """One tail that the score misses: beyond the threshold its mean pull is wrong by the defect."""

    variable: str
    upper: bool
    threshold: float
    defect: float

    @property
    def level(self) -> Level:
        """A caution."""
        return "caution"

    @property
    def text(self) -> str:
        """Which states to treat with care."""
        side, sign = ("upper", ">") if self.upper else ("lower", "<")
        return (
            f"The score misses the {side} tail of {self.variable} by {abs(self.defect):.0%}: "
            f"treat {self.variable} {sign} {self.threshold:.3g} with care."
        )


@dataclass(frozen=True)
class SelfTransport(AbstractDiagnostic):
    """The field is carried along by its own flow: share of the linear forecast's error explained, standard errors."""

    share: float
    significance: float
    times: tuple[float, ...]

    @property
    def level(self) -> Level:
        """Good."""
        return "good"

    @property
    def text(self) -> str:
        """What that explains."""
        return (
            "The field is carried along by the flow whose vorticity it is (or is proportional to): that explains "
            f"{self.share:.0%} of what a linear forecast of one step leaves, {abs(self.significance):.0f} standard "
            f"errors from nothing. The field carried so for {', '.join(f'{time:.3g}' for time in self.times)} (inverse "
            "units of the field) serves as further functions."
        )


@dataclass(frozen=True)
class NetworkGain(AbstractDiagnostic):
    """In how many folds the network improved on the score that it builds on."""

    accepted: int
    folds: int

    @property
    def level(self) -> Level:
        """A caution where it did not in some."""
        return "good" if self.accepted == self.folds else "caution"

    @property
    def text(self) -> str:
        """The number of folds."""
        if self.level == "good":
            return "The network improves on the score that it builds on, on states that it was not trained on."
        return (
            f"In {self.folds - self.accepted} of {self.folds} folds the network did not improve on the score that it "
            "builds on, which was used alone there."
        )


@dataclass(frozen=True)
class RecordNote(AbstractDiagnostic):
    """What the validation of the record had to say."""

    sentence: str

    @property
    def level(self) -> Level:
        """A warning."""
        return "warning"

    @property
    def warning(self) -> str:
        """The sentence."""
        return self.sentence
