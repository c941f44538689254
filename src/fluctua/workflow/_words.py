"""Diagnostics in words: what the numbers mean for the use of the result."""

from ..data import Record
from ..response import Pipeline

_FEW = 100  # effective states below which bands are rough


def cautions(pipeline: Pipeline, record: Record, steps: int) -> list[str]:
    """Warnings of the estimate itself, each a sentence."""
    notes = []
    size = pipeline.times.effective_size
    slowest = record.names[pipeline.times.slowest]
    if size < _FEW:
        notes.append(
            f"The record is worth only about {size:.0f} independent states ('{slowest}' decorrelates over "
            f"{pipeline.times.decorrelation * record.dt:.3g} {record.time_units}): bands are wide and rough."
        )
    if steps > 0.2 * record.steps:
        notes.append(
            f"The largest lag spans {steps / record.steps:.0%} of the record: few pairs are left at long lags."
        )
    if pipeline.heavy_tails:
        notes.append(
            "Some variables have heavy tails: the responses of their high powers are decided by a few states and "
            "should not be trusted."
        )
    after = float(pipeline.estimate.defect_after.max())
    if after > 0.2:
        notes.append(
            f"After calibration the score still misses its identities by {after:.0%}: treat the responses with care, "
            "and give a longer record if there is one."
        )
    return notes


def diagnose(pipeline: Pipeline, record: Record) -> list[dict[str, str]]:
    """What the report says about the fit, good news included: level and text."""
    sentences = [_choice(pipeline), _stein(pipeline), *_tails(pipeline, record)]
    size = pipeline.times.effective_size
    sentences.append(
        {
            "level": "good" if size >= 10 * _FEW else "caution" if size >= _FEW else "warning",
            "text": f"The record is worth about {size:,.0f} independent states; its slowest variable, "
            f"{record.names[pipeline.times.slowest]}, decorrelates over "
            f"{pipeline.times.decorrelation * record.dt:.3g} {record.time_units}.",
        }
    )
    return sentences


def _choice(pipeline: Pipeline) -> dict[str, str]:
    loss, stderr, gaussian = pipeline.heldout_loss, pipeline.heldout_stderr, pipeline.gaussian_loss
    if pipeline.method == "gaussian":
        text = "No richer score beat the Gaussian one on held-out parts of the record, so the Gaussian score is used."
        return {"level": "good", "text": text}
    better = gaussian - loss
    text = (
        f"The {pipeline.method} score has the held-out loss {loss:.4g} (standard error {stderr:.2g}), "
        f"the Gaussian score {gaussian:.4g}: "
    )
    if better > 0:
        return {"level": "good", "text": text + "it describes the record better than a Gaussian."}
    return {"level": "warning", "text": text + "it describes the record no better than a Gaussian."}


def _stein(pipeline: Pipeline) -> dict[str, str]:
    before = float(pipeline.estimate.defect_before.max())
    after = float(pipeline.estimate.defect_after.max())
    level = "good" if after < 0.05 else "caution" if after < 0.2 else "warning"
    return {
        "level": level,
        "text": f"Identities that every true score obeys are missed by {before:.1%} before calibration "
        f"and by {after:.1%} after it.",
    }


def _tails(pipeline: Pipeline, record: Record) -> list[dict[str, str]]:
    missed = [tail for tail in pipeline.check.tails if abs(tail.significance) > 4 and abs(tail.defect) > 0.1]
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
