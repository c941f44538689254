r"""Responses to several pushes from those to each of a few by itself.

The response is linear in the push, $K_{a u + b v} = a K_u + b K_v$. What is chosen along the way (functions, the step
of the Markov estimate, which estimate leads) is not, so each push is answered by itself, as if it had been asked alone,
and a pattern of a few variables by the sum of the answers to its variables: no answer depends on what else is asked,
and amplitudes and sums are exact. The rows of all factors belong to the same blocks of time, so that bands of sums hold
what their parts have in common.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from ..statistics import Estimate
from ._headline import Headline
from ._response import Responses
from .expressions import AbstractPush, ComponentPush

MOST_APART = 8
"""Pushes that are answered each by itself; with more of them all share one choice, at the price of one."""


def parts_of(
    pushes: Sequence[AbstractPush], dimension: int
) -> tuple[tuple[AbstractPush, ...], Float[np.ndarray, "pushes parts"]]:
    """The pushes that are answered by themselves, and what each push is made of.

    Example:
        >>> from fluctua.response import ConstantPush
        >>> parts, weights = parts_of([ConstantPush("both", np.array([1.0, 2.0])), ComponentPush("x", 0)], 2)
        >>> len(parts), weights.tolist()
        (2, [[1.0, 2.0], [1.0, 0.0]])
    """
    found: dict[int, AbstractPush] = {}
    rows: list[dict[int, float]] = []
    for place, push in enumerate(pushes):
        vector = push.constant(dimension)
        moved = [] if vector is None else np.flatnonzero(vector).tolist()
        if vector is None or not 0 < len(moved) <= MOST_APART:
            found[-1 - place] = push
            rows.append({-1 - place: 1.0})
        else:
            found |= {variable: ComponentPush(push.name, variable) for variable in moved}
            rows.append({variable: float(vector[variable]) for variable in moved})
    if len(found) > MOST_APART:
        return tuple(pushes), np.eye(len(pushes))
    names = list(found)
    weights = np.array([[row.get(name, 0.0) for name in names] for row in rows])
    return tuple(found.values()), weights


def superposed(answers: Sequence[Responses], weights: Float[np.ndarray, "pushes parts"]) -> Responses:
    """The answers to pushes that are sums of parts.

    Args:
        answers: The answer to each part alone, or one to all of them.
        weights: What each push is made of.
    """
    first = answers[0]
    if len(answers) == 1 and np.array_equal(weights, np.eye(len(weights))):
        return first
    used = weights != 0
    leading = [answer.headline for answer in answers]

    def each(tables: list[np.ndarray], together: np.ufunc) -> np.ndarray:
        table = np.concatenate(tables)
        return np.stack([together.reduce(table[own]) for own in used])

    p_values = np.concatenate([headline.p_values for headline in leading])
    headline = Headline(
        _sums([headline.impulse for headline in leading], weights),
        _sums([headline.markov for headline in leading], weights),
        each([headline.steps for headline in leading], np.maximum),
        each([headline.leads for headline in leading], np.logical_and),
        each([headline.pulled for headline in leading], np.logical_or),
        np.stack([np.minimum(1.0, own.sum() * p_values[own].min(axis=0)) for own in used]),
    )
    return first._replace(
        headline=headline,
        robust=_sums([answer.robust for answer in answers], weights),
        gaussian=_sums([answer.gaussian for answer in answers], weights),
        plug_in=np.tensordot(weights, np.concatenate([answer.plug_in for answer in answers]), 1),
        functions=max(answer.functions for answer in answers),
        defect_before=each([answer.defect_before for answer in answers], np.maximum),
        defect_after=each([answer.defect_after for answer in answers], np.maximum),
        defect_chance=each([answer.defect_chance for answer in answers], np.maximum),
    )


def sums_of_observables(answer: Responses, weights: Float[np.ndarray, "observables sums"]) -> Responses:
    """The answer for sums of observables, such as a map that is a sum of modes, with what they have in common.

    Bands have the fewest degrees of freedom of the observables. What leads, and why, stays that of the observables.
    """

    def sums(one: Estimate) -> Estimate:
        freedom = np.broadcast_to(one.freedom, (one.value.shape[0], 1, one.value.shape[2]))
        return Estimate(one.value @ weights, one.factor @ weights, freedom.min(axis=-1, keepdims=True))

    leading = answer.headline
    return answer._replace(
        headline=leading._replace(impulse=sums(leading.impulse), markov=sums(leading.markov)),
        robust=sums(answer.robust),
        gaussian=sums(answer.gaussian),
        plug_in=answer.plug_in @ weights,
    )


def _sums(estimates: Sequence[Estimate], weights: Float[np.ndarray, "pushes parts"]) -> Estimate:
    """Sums of estimates of one push each, with the fewest degrees of freedom of their parts."""
    rows = max(len(estimate.factor) for estimate in estimates)
    padded = [np.pad(one.factor, [(0, rows - len(one.factor)), *[(0, 0)] * one.value.ndim]) for one in estimates]
    freedom = np.concatenate(
        [np.reshape(one.freedom, np.shape(one.freedom) or [1] * one.value.ndim) for one in estimates]
    )
    return Estimate(
        np.tensordot(weights, np.concatenate([one.value for one in estimates]), 1),
        np.moveaxis(np.tensordot(weights, np.concatenate(padded, axis=1), (1, 1)), 0, 1),
        np.stack([freedom[own].min(axis=0) for own in weights != 0]),
    )
