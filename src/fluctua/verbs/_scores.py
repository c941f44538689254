"""Scores as options: the name of a family, a file, a fitted score or a function."""

from os import PathLike
from typing import Any

import numpy as np

from ..core import Choice, ScoreError, map_states
from ..data import Record
from ..results import FittedScore, ScoreOrigin, load_score
from ..scores import AbstractScore, FunctionScore
from ._user_functions import given_function

_EVERY = Choice("score family", also=("auto",))
_OF_FIELDS = Choice("score family", also=("auto",), fact="fields")


def check_method(method: str, *, fields: bool = False) -> None:
    """Refuse a name that is no family of scores, or not one for homogeneous fields."""
    if method not in _EVERY.names:
        raise ScoreError(
            f"the score '{method}' was asked for",
            f"a score is one of {', '.join(_EVERY.names)}, or the file of a fitted score",
            "choose one of these, or check the path",
        )
    if fields and method not in _OF_FIELDS.names:
        raise ScoreError(
            f"the score '{method}' was asked for a field with homogeneous dimensions",
            f"for such a field a score is one of {', '.join(_OF_FIELDS.names)}, or the file of a fitted score",
            "choose one of these, or leave --homogeneous out to have the field treated cell by cell",
        )


def check_same_variables(score: FittedScore, names: tuple[str, ...], record: Record, title: str, remedy: str) -> None:
    """Refuse a score of other variables, of the same in another order, or of a record that was prepared otherwise."""
    if score.names != names:
        raise ScoreError(
            f"{title} was fitted on the variables {', '.join(score.names[:12])}",
            f"the record has {', '.join(names[:12])}, and both must be the same in the same order",
            f"{remedy}, or select the same variables",
        )
    if score.prepared not in (None, str(record.prepared)):
        ways = [f"with {way}" if way else "as it is" for way in (score.prepared, str(record.prepared))]
        raise ScoreError(
            f"{title} was fitted to its record {ways[0]}, and this record is taken {ways[1]}",
            "a score holds for states from which the same was taken out",
            f"give {score.prepared} here as well, or {remedy}"
            if score.prepared
            else f"{remedy}, with {record.prepared} (fluctua fit-score)",
        )


def score_for(
    score: Any, names: tuple[str, ...], states: np.ndarray, record: Record
) -> tuple[str | AbstractScore, ScoreOrigin]:
    """What the estimate needs of whatever was given as score, and whether it has seen the record.

    Args:
        score: What was given.
        names: Names of the state variables, in the order of the states.
        states: The first states of the record, shape ``(n, d)``, on which a given score is tried.
        record: The record.

    Returns:
        A family's name, or a score that fits the record. A function is taken to be known, not fitted.
    """
    fields = bool(record.homogeneous)
    if isinstance(score, str) and score in (_OF_FIELDS if fields else _EVERY).names:
        return score, "held out"
    origin: ScoreOrigin = "given"
    if isinstance(score, str | PathLike):
        if isinstance(score, str) and "." not in score and "/" not in score:
            check_method(score, fields=fields)
        score = load_score(score)
    if isinstance(score, FittedScore):
        check_same_variables(score, names, record, "the score", "fit the score again on this record")
        origin = _origin(score.data_hash, record)
        score = score.score
    elif isinstance(score, AbstractScore) and not isinstance(score, FunctionScore):
        origin = "not known"
    if not isinstance(score, AbstractScore):
        if not callable(score):
            raise ScoreError(
                f"the score is a {type(score).__name__}",
                f"a score is one of {', '.join(_EVERY.names)}, a file, a fitted score or a function of one state",
                "give one of these",
            )
        score = FunctionScore(score, len(names))
    if score.dimension != len(names):
        raise ScoreError(
            f"the score is for {score.dimension} variables but the record has {len(names)}",
            "both must have the same state variables",
            "fit the score again on this record",
        )
    takes = f"it maps one state, shape ({len(names)},), to the same shape"
    with given_function("the score", takes, f"one state, as in f(jnp.zeros({len(names)}))"):
        values = map_states(score, states, width=64)
    if values.shape != states.shape or not np.isfinite(values).all():
        raise ScoreError(
            f"the score of the first states has shape {values.shape[1:]} and finite values: "
            f"{np.isfinite(values).all()}",
            f"it must be a finite vector of shape ({len(names)},) at every state",
            "check the function on the states of the record",
        )
    return score, origin


def _origin(data_hash: str | None, record: Record) -> ScoreOrigin:
    if data_hash is None:
        return "not known"
    return "seen" if data_hash == record.data_hash else "given"
