"""The main verb for a field that is homogeneous along periodic dimensions."""

from ..response import Reflections, respond_to_field_pushes
from ._answer import Answer, Request, check_size
from ._homogeneous import HomogeneousField, check_channels, check_field_degree, check_observe, to_channels
from ._result_field import field_result_dataset
from ._scores import field_methods, score_for
from ._words_field import field_cautions, field_diagnoses, training_diagnoses


def answer_for_field(request: Request, field: HomogeneousField, reflections: Reflections) -> Answer:
    """The response of the whole field, over the offset from the push."""
    pushes, channels = to_channels(request.push, field)
    check_observe(request.observe, field)
    check_size(len(pushes), request.steps, field.record.dimension)
    check_field_degree(request.degree)
    check_channels(request.score, field)
    score = score_for(request.score, field.names, field.some_states(), field_methods())
    pushed = sorted(set(channels))
    found = respond_to_field_pushes(
        field.values,
        grid=field.grid,
        pushed=pushed,
        max_lag=request.steps,
        score=score,
        key=request.key,
        degree=request.degree,
        reflections=reflections,
        transport=request.transport,
        lengths=[abs(step) * size for step, size in zip(field.spacing, field.grid, strict=True)],
        progress=request.progress,
    )
    result = field_result_dataset(
        found,
        field,
        pushes,
        [pushed.index(channel) for channel in channels],
        request.steps,
        request.confidence,
        reflections,
    )
    return Answer(
        result,
        [str(field.record.field)],
        found.score.method,
        field_cautions(found, field, request.steps),
        [*field_diagnoses(found, field), *training_diagnoses(found.details.reports)],
    )
