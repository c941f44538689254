"""Diagnostics of a homogeneous field in words."""

from collections.abc import Sequence

from ..response import Responses
from ..training import TrainingReport
from ._homogeneous import HomogeneousField
from ._words import FEW, calibration_sentence, choice_sentence, lag_caution, stein_caution


def field_cautions(found: Responses, field: HomogeneousField, steps: int) -> list[str]:
    """Warnings of the estimate itself, each a sentence."""
    record, notes = field.record, []
    size = found.times.effective_size
    if size < FEW:
        notes.append(
            f"At its largest scales the record is worth only about {size:.0f} independent states "
            f"({_slowest(found)} decorrelates over {found.times.decorrelation * record.dt:.3g} "
            f"{record.time_units}): bands are wide and rough there."
        )
    return [*notes, *lag_caution(record, steps), *stein_caution(float(found.defect_after.max()))]


def field_diagnoses(found: Responses, field: HomogeneousField) -> list[dict[str, str]]:
    """What the report says about the fit, good news included: level and text."""
    record, size = field.record, found.times.effective_size
    before, after = float(found.defect_before.max()), float(found.defect_after.max())
    return [
        _choice(found),
        *_advection(found),
        calibration_sentence(before, after, "at the scales of the field "),
        {
            "level": "good" if size >= 10 * FEW else "caution" if size >= FEW else "warning",
            "text": f"The record is worth about {size:,.0f} independent states at its slowest scale: "
            f"{_slowest(found)} decorrelates over {found.times.decorrelation * record.dt:.3g} "
            f"{record.time_units}. Smaller scales are worth more, for their many waves.",
        },
    ]


def _advection(found: Responses) -> list[dict[str, str]]:
    flow = found.details.advection
    if flow is None or not flow.times:
        return []
    text = (
        "The field is carried along by the flow whose vorticity it is (or is proportional to): that explains "
        f"{flow.share:.0%} of what a linear forecast of one step leaves, {abs(flow.strength / flow.stderr):.0f} "
        "standard errors from nothing. The field carried so for "
        f"{', '.join(f'{time:.3g}' for time in flow.times)} (inverse units of the field) serves as further functions."
    )
    return [{"level": "good", "text": text}]


def _choice(found: Responses) -> dict[str, str]:
    method, _, loss, stderr, gaussian = found.score
    if method != "dictionary" or gaussian - loss > stderr:
        return choice_sentence(method, loss, stderr, gaussian)
    # Functions are chosen scale by scale, so that a few scales take some by chance: no reason for a warning.
    return {
        "level": "good",
        "text": f"A Gaussian score describes the record as well as the dictionary (held-out losses {gaussian:.4g} "
        f"and {loss:.4g}, standard error {stderr:.2g}): only a few scales use more than linear functions.",
    }


def _slowest(found: Responses) -> str:
    shell = found.details.slowest_shell
    return "the mean over the grid" if shell == 0 else f"wavenumber {shell}"


def training_diagnoses(reports: Sequence[TrainingReport]) -> list[dict[str, str]]:
    """Whether the networks, one for each fold, found anything that the score they build on lacks."""
    if not reports:
        return []
    accepted = sum(report.accepted for report in reports)
    if accepted == len(reports):
        text = "The network improves on the score that it builds on, on states that it was not trained on."
        return [{"level": "good", "text": text}]
    return [
        {
            "level": "caution",
            "text": f"In {len(reports) - accepted} of {len(reports)} folds the network did not improve on the score "
            "that it builds on, which was used alone there.",
        }
    ]
