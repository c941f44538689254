"""The main verb for a field that is homogeneous along periodic dimensions."""

import numpy as np
from jaxtyping import PRNGKeyArray

from ..response.fields import FIELD_METHODS, Reflections, respond_to_field_pushes
from ..scores import AbstractScore
from ..training import TrainingReport
from ._answer import Answer, Request, check_size
from ._fit_field import check_channels, check_field_degree, train_field_network
from ._homogeneous import HomogeneousField, check_observe, to_channels
from ._result_field import field_result_dataset
from ._scores import score_for
from ._words_field import field_cautions, field_diagnoses, training_diagnoses


def answer_for_field(request: Request, field: HomogeneousField, reflections: Reflections) -> Answer:
    """The response of the whole field, over the offset from the push."""
    pushes, channels = to_channels(request.push, field)
    check_observe(request.observe, field)
    check_size(len(pushes), request.steps, field.record.dimension)
    check_field_degree(request.degree)
    check_channels(request.score, field)
    score = score_for(request.score, field.names, field.some_states(), FIELD_METHODS)
    pushed = sorted(set(channels))
    reports: list[TrainingReport] = []

    def train(states: np.ndarray, base: AbstractScore, key: PRNGKeyArray) -> AbstractScore:
        trained, report = train_field_network([states], field.grid, base, key, request.progress)
        reports.append(report)
        return trained

    pipeline = respond_to_field_pushes(
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
        train=train,
        progress=request.progress,
    )
    result = field_result_dataset(
        pipeline,
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
        pipeline.method,
        field_cautions(pipeline, field, request.steps),
        [*field_diagnoses(pipeline, field), *training_diagnoses(reports)],
    )
