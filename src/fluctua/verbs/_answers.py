"""The answers of ``respond``: of a list of variables, and of a homogeneous field."""

from typing import Any, NamedTuple

from ..data import Record
from ..response import AbstractPush, Reflections, Responses, respond_to_field_pushes, respond_to_pushes
from ..results import HomogeneousField, ScoreOrigin
from ._homogeneous import check_channels, to_field_observables
from ._inputs import Observe, check_degree
from ._observables import to_observables
from ._respond_options import check_noisy, check_size, check_with_delays
from ._scores import score_for


class Answer(NamedTuple):
    """An estimate with the names of pushes and observables, which of its pushes each is, and the score's origin."""

    found: Responses
    pushes: list[str]
    names: list[str]
    picks: list[int] | None
    origin: ScoreOrigin


def answer_of_variables(
    record: Record,
    whole: Record,
    pushes: tuple[AbstractPush, ...],
    observe: Observe,
    score: Any,
    options: dict[str, Any],
) -> Answer:
    """The response of a list of variables, or of a field cell by cell; what is observed may be no part of the state."""
    names, observables = to_observables(observe, whole)
    check_size(len(pushes), options["max_lag"], len(names))
    delays = options["delays"]
    check_degree(options["degree"], record.dimension * (1 if delays is None else 1 + delays.count))
    if options["noisy"]:
        check_noisy(pushes, record, score)
    known, origin = score_for(score, record.names, record.flat[0, :16], record)
    if delays is not None:
        check_with_delays(known, options["noisy"])
    found = respond_to_pushes(record.flat, observables, pushes=pushes, score=known, borders=record.borders, **options)
    return Answer(found, [each.name for each in pushes], names, None, origin)


def answer_of_field(
    field: HomogeneousField,
    pushed: tuple[list[str], list[int]],
    observe: Observe,
    score: Any,
    reflections: Reflections,
    options: dict[str, Any],
) -> Answer:
    """The response of the whole field, over the offset from the push; each channel is pushed once."""
    pushes, channels = pushed
    named = to_field_observables(observe, field, reflections)
    check_size(len(pushes), options["max_lag"], field.record.dimension * max(1, len(named)))
    check_degree(options["degree"])
    check_channels(score, field)
    known, origin = score_for(score, field.names, field.some_states(), field.record)
    cells = sorted(set(channels))
    found = respond_to_field_pushes(
        field.values,
        grid=field.grid,
        pushed=cells,
        score=known,
        observables=list(named.values()) or None,
        reflections=reflections,
        lengths=[abs(step) * size for step, size in zip(field.spacing, field.grid, strict=True)],
        **options,
    )
    picks = [cells.index(channel) for channel in channels]
    return Answer(found, pushes, list(named) or [str(field.record.field)], picks, origin)
