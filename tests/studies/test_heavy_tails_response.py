"""Response of tail events by noise law: the truth, what is said about errors, and the whole task at a tiny size."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fluctua.scores import FunctionScore
from studies.heavy_tails.plan import NetworkSize
from studies.heavy_tails.quantities import SCORE_ERROR_BULK, SCORE_ERROR_TAIL
from studies.heavy_tails.rows import EXACT
from studies.heavy_tails.tail_response import (
    CLASSICAL,
    DEFAULT_ERROR,
    NO_TAILS,
    PLUG_IN_ERROR,
    PLUG_IN_START,
    SCORE_PART,
    TailResponsePlan,
    Truth,
    known_truth,
    score_errors,
    tail_response,
    tail_response_plan,
)

pytestmark = pytest.mark.slow

TINY = TailResponsePlan(NetworkSize(16, 1, 200, 128), ("gaussian",), seeds=2, members=20, duration=40.0, max_lag=1.0)


@pytest.fixture(scope="module")
def truth() -> Truth:
    return known_truth(TINY)


def test_the_truth(truth: Truth) -> None:
    assert truth.labels == ("x", "x > q99", "x < q01")
    np.testing.assert_allclose(truth.response[:, 0], np.exp(-truth.lags), rtol=1e-4)
    np.testing.assert_allclose(truth.generator.average(truth.observe), [0.0, 0.01, 0.01], atol=1e-5)
    assert truth.lags[-1] == pytest.approx(1.0)


def test_the_exact_score_has_no_error(truth: Truth) -> None:
    errors = score_errors(truth, FunctionScore(truth.system.score, variables=1), "exact")
    assert max(measured.value for measured in errors) < 2e-4


def test_an_error_in_the_bulk_is_not_seen_at_lag_zero_and_one_in_the_tail_is(truth: Truth) -> None:
    """What the notes say: at lag zero the relative error is E[delta | x > q] / E[s | x > q]."""
    generator, (low, high) = truth.generator, truth.edges
    density = float(truth.response[0, 1])

    def start(change) -> float:
        def factor(x):
            return -truth.system.score(x)[0] - change(x[0])

        return float(generator.correlation(truth.observe, factor, [0.0])[0, 1])

    inside = start(lambda x: jnp.where((x > low) & (x < high - 0.01), jnp.sin(3.0 * x), 0.0))
    assert inside == pytest.approx(density, rel=1e-4)
    # E[s | x > q] = -rho(q) / 0.01.
    assert start(lambda x: jnp.where(x > high, 0.1, 0.0)) == pytest.approx(density - 0.1 * 0.01, rel=2e-3)


def test_the_error_that_lasts_is_the_stein_defect(truth: Truth) -> None:
    """An error delta = x / 10 is one of -E[x delta] = -0.1 in the response of x at every lag, times e^-t."""
    errors = score_errors(truth, FunctionScore(lambda x: truth.system.score(x) + 0.1 * x, variables=1), "wrong")
    found = {(measured.setting, measured.quantity): measured.value for measured in errors}
    assert found["observable=x", SCORE_PART] == pytest.approx(0.1, rel=1e-3)
    assert found["", SCORE_ERROR_TAIL] > found["", SCORE_ERROR_BULK]


def test_the_whole_task_at_a_tiny_size() -> None:
    rows = tail_response(TINY, jax.random.key(1))
    found = {(row.setting, row.law, row.quantity): row for row in rows}
    assert len(found) == len(rows) == 3 * (4 + 2 + 2 * 5) + 2 * 2
    assert all(row.task == "T8" and row.seeds == 2 and row.stderr is not None for row in rows)
    event = "observable=x > q99"
    assert {row.law for row in rows} == {EXACT, CLASSICAL, NO_TAILS, "gaussian"}
    start = found[event, EXACT, PLUG_IN_START]
    # The mean of two records of 800 time units scatters by 6 to 8 per cent: six standard errors, 2e-9.
    assert start.reference is not None
    assert start.value == pytest.approx(start.reference, rel=0.5)
    # The Gaussian score is wrong in the tail by 1.5, far beyond the sampling error of 800 time units, 0.5 +- 0.1.
    assert found[event, CLASSICAL, PLUG_IN_ERROR].value > found[event, EXACT, PLUG_IN_ERROR].value
    assert found[event, "gaussian", DEFAULT_ERROR].value < found[event, CLASSICAL, PLUG_IN_ERROR].value


def test_the_sizes() -> None:
    full, quick = tail_response_plan(full=True), tail_response_plan(full=False)
    assert full.laws == quick.laws
    assert full.seeds == quick.seeds == 5
    assert full.members * full.duration == 10 * quick.members * quick.duration
