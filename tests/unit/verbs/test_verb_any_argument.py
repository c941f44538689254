"""Whatever is given for an argument: an answer or a refusal in three parts, never another exception."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import fluctua
from fluctua.core import FluctuaError, Specification
from fluctua.data import record_from_array
from fluctua.response import Observable
from fluctua.verbs import to_lag, to_pushes, to_record

STATES = np.random.default_rng(0).standard_normal((20, 2))
RECORD = record_from_array(STATES, names=("x", "y"))
TEXTS = ["x", "y", "X", "x + y", "x, y", "2x", "a: x", "x=-x", "x=", ":", "=", "sd(x)", "log(x)", "time"]
NAMES = st.sampled_from(TEXTS)
ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 10),
    st.floats(allow_nan=True, allow_infinity=True),
    NAMES,
    st.text(max_size=6),
    st.binary(max_size=4),
    st.just(object()),
    st.just(lambda state: state),
    st.just(np.float32(0.5)),
    st.just(np.datetime64("2001-01-01")),
    st.just(np.timedelta64(3, "D")),
    st.just(pd.Timedelta("3h")),
    st.just(np.array("x")),
    st.just(np.zeros((2, 2))),
    st.just(pd.DataFrame({"x": [1.0, 2.0]})),
    st.just(1j),
)
ANYTHING = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(NAMES, st.integers(0, 3)), inner, max_size=3),
    ),
    max_leaves=4,
)
OPTIONS = [argument.name for argument in Specification.of(fluctua.respond).arguments if argument.name != "data"]


def answers_or_refuses(call: Callable[[], Any]) -> None:
    error: FluctuaError | None = None
    try:
        call()
    except FluctuaError as found:
        error = found
    assert error is None or all((error.given, error.needed, error.remedy))
    assert "\n" not in str(error)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(option=st.sampled_from(OPTIONS), value=ANYTHING)
@pytest.mark.filterwarnings("ignore")
def test_options(option: str, value: Any) -> None:
    """The record is too short for an answer: what is left when all options fit is refused for that."""
    answers_or_refuses(lambda: fluctua.respond(RECORD, **({"push": "x", "max_lag": 2.0} | {option: value})))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=ANYTHING)
@pytest.mark.filterwarnings("ignore")
def test_data_pushes_and_lags(value: Any) -> None:
    for call in (to_record, lambda given: to_pushes(given, RECORD), lambda given: to_lag(given, RECORD)):
        answers_or_refuses(lambda call=call: call(value))


@settings(max_examples=500, deadline=None)
@given(text=st.text(alphabet="xysd ()*+-<>=.,:;[]2e^/logandrt'²", max_size=16))
def test_texts_as_pushes_and_observables(text: str) -> None:
    answers_or_refuses(lambda: to_pushes(text, RECORD))
    answers_or_refuses(lambda: Observable(text, RECORD.names).along(STATES))
