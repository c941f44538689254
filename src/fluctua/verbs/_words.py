"""Diagnostics in words: what the numbers mean for the use of the result."""

from ..data import Record
from ..response import Responses

FEW = 100
"""Effective states below which bands are rough."""


def cautions(found: Responses, record: Record, steps: int) -> list[str]:
    """Warnings of the estimate itself, each a sentence."""
    notes = []
    size = found.times.effective_size
    slowest = record.names[found.times.slowest]
    if size < FEW:
        notes.append(
            f"The record is worth only about {size:.0f} independent states ('{slowest}' decorrelates over "
            f"{found.times.decorrelation * record.dt:.3g} {record.time_units}): bands are wide and rough."
        )
    notes += lag_caution(record, steps)
    if found.details.heavy_tails:
        notes.append(
            "Some variables have heavy tails: the responses of their high powers are decided by a few states and "
            "should not be trusted."
        )
    return [*notes, *stein_caution(float(found.defect_after.max()))]


def lag_caution(record: Record, steps: int) -> list[str]:
    """A warning about lags that are long for the record."""
    if steps <= 0.2 * record.steps:
        return []
    return [f"The largest lag spans {steps / record.steps:.0%} of the record: few pairs are left at long lags."]


def stein_caution(after: float) -> list[str]:
    """A warning about a score that calibration did not mend."""
    if after <= 0.2:
        return []
    return [
        f"After calibration the score still misses its identities by {after:.0%}: treat the responses with care, "
        "and give a longer record if there is one."
    ]


def diagnose(found: Responses, record: Record) -> list[dict[str, str]]:
    """What the report says about the fit, good news included: level and text."""
    before, after = (float(defect.max()) for defect in (found.defect_before, found.defect_after))
    sentences = [
        choice_sentence(found.score.method, found.score.loss, found.score.loss_stderr, found.score.gaussian_loss),
        calibration_sentence(before, after),
        *_tails(found, record),
    ]
    size = found.times.effective_size
    sentences.append(
        {
            "level": "good" if size >= 10 * FEW else "caution" if size >= FEW else "warning",
            "text": f"The record is worth about {size:,.0f} independent states; its slowest variable, "
            f"{record.names[found.times.slowest]}, decorrelates over "
            f"{found.times.decorrelation * record.dt:.3g} {record.time_units}.",
        }
    )
    return sentences


def choice_sentence(method: str, loss: float, stderr: float, gaussian: float) -> dict[str, str]:
    """Which score was used, and whether it describes the record better than a Gaussian."""
    if method == "gaussian":
        text = "No richer score beat the Gaussian one on held-out parts of the record, so the Gaussian score is used."
        return {"level": "good", "text": text}
    text = (
        f"The {method} score has the held-out loss {loss:.4g} (standard error {stderr:.2g}), "
        f"the Gaussian score {gaussian:.4g}: "
    )
    if gaussian > loss:
        return {"level": "good", "text": text + "it describes the record better than a Gaussian."}
    return {"level": "warning", "text": text + "it describes the record no better than a Gaussian."}


def calibration_sentence(before: float, after: float, where: str = "") -> dict[str, str]:
    """How well the score obeys the identities that every true one does."""
    level = "good" if after < 0.05 else "caution" if after < 0.2 else "warning"
    return {
        "level": level,
        "text": f"Identities that every true score obeys {where}are missed by {before:.1%} before calibration "
        f"and by {after:.1%} after it.",
    }


def _tails(found: Responses, record: Record) -> list[dict[str, str]]:
    missed = [tail for tail in found.details.check.tails if abs(tail.significance) > 4 and abs(tail.defect) > 0.1]
    if not missed:
        return [{"level": "good", "text": "The score follows the tails of every variable that was checked."}]
    sentences = []
    for tail in missed:
        sign = ">" if tail.side > 0 else "<"
        name = record.names[tail.variable]
        side = "upper" if tail.side > 0 else "lower"
        sentences.append(
            {
                "level": "caution",
                "text": f"The score misses the {side} tail of {name} by {abs(tail.defect):.0%}: "
                f"treat {name} {sign} {tail.threshold:.3g} with care.",
            }
        )
    return sentences
