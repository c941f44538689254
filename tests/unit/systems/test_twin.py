"""Twin runs: linear systems are exact, blocks change nothing, and impossible requests are refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from runaway import Runaway

from fluctua.core import OptionError, SimulationError
from fluctua.systems import EulerMaruyama, OrnsteinUhlenbeck, QuarticWell, twin_response

KEY = jax.random.key(21)
WELL = {"push": jnp.ones_like, "amplitude": 0.05, "observables": lambda x: jnp.stack([x[0], x[0] ** 2])}


def test_a_linear_observable_of_a_linear_system_has_no_error() -> None:
    system = OrnsteinUhlenbeck([[-0.5]], [[1.0]])
    lags = np.array([0.0, 0.3, 1.7])
    truth = twin_response(
        system, key=KEY, push=lambda x: 2.0 * jnp.ones_like(x), amplitude=0.3, observables=lambda x: x[0],
        lags=lags, members=5, spin_up=1.0,
    )  # fmt: skip
    np.testing.assert_allclose(truth.response[:, 0], 2.0 * np.exp(-0.5 * lags), rtol=1e-10)
    assert truth.stderr.max() < 1e-10
    np.testing.assert_allclose(truth.lags, lags)
    assert truth.members == 5


def test_at_lag_zero_the_response_is_the_gradient_along_the_push() -> None:
    """The antithetic difference of x^2 is exactly 2 x u, which is 2 x^2 for u = x."""
    starts = np.linspace(-2.0, 2.0, 50)[:, None]
    truth = twin_response(
        QuarticWell(), key=KEY, push=lambda x: x, amplitude=0.1, observables=lambda x: x[0] ** 2, lags=[0.0],
        members=50, initial_states=starts,
    )  # fmt: skip
    values = 2.0 * starts[:, 0] ** 2
    assert truth.response[0, 0] == pytest.approx(values.mean(), rel=1e-12)
    assert truth.stderr[0, 0] == pytest.approx(values.std(ddof=1) / np.sqrt(50), rel=1e-12)


@pytest.mark.parametrize("numbers", [30, 450])
def test_blocks_change_no_number(numbers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = {"key": KEY, "lags": [0.0, 0.1, 0.35, 0.8], "members": 7, "spin_up": 0.5, **WELL}
    whole = twin_response(QuarticWell(), **arguments)
    monkeypatch.setattr("fluctua.systems._blocks.NORMALS_PER_CHUNK", numbers)
    cut = twin_response(QuarticWell(), **arguments)
    np.testing.assert_allclose(cut.response, whole.response, rtol=1e-9)
    np.testing.assert_allclose(cut.stderr, whole.stderr, rtol=1e-9, atol=1e-12)


def test_other_lags_change_no_number() -> None:
    arguments = {"key": KEY, "members": 6, "spin_up": 0.5, **WELL}
    few = twin_response(QuarticWell(), lags=[0.64], **arguments)
    many = twin_response(QuarticWell(), lags=[0.0, 0.03, 0.64, 0.65], **arguments)
    np.testing.assert_allclose(many.response[2], few.response[0], rtol=1e-9)


def test_the_standard_error_falls_as_the_root_of_the_members() -> None:
    """Stated errors with 500 and 4500 members: their ratio is 3 up to a few per cent of sampling scatter."""
    few, many = (
        twin_response(QuarticWell(), key=KEY, lags=[0.5], members=members, spin_up=2.0, **WELL)
        for members in (500, 4500)
    )
    # The variance of 500 draws of kurtosis below 30 is known to 24 %, its root to 12 %; six of them.
    assert 3.0 / 1.8 < few.stderr[0, 0] / many.stderr[0, 0] < 3.0 * 1.8


def test_a_pushed_run_that_does_not_stay_finite_is_named() -> None:
    with pytest.raises(SimulationError, match=r"Member 1 of Runaway.*height.*finite.*smaller time step"):
        twin_response(
            Runaway(), key=KEY, push=jnp.ones_like, amplitude=0.1, observables=lambda x: x, lags=[0.0, 3.0],
            members=2, initial_states=np.array([[0.1], [3.0]]), integrator=EulerMaruyama(),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lags": [0.0, 0.015]}, r"lag 0\.015.*time step of 0\.01.*multiple.*[Uu]se 0\.02"),
        ({"lags": [0.5, 0.1]}, r"\[0\.5, 0\.1\].*increasing.*\[0\.0, 0\.5, 1\.0\]"),
        ({"lags": [-0.5]}, r"zero or more"),
        ({"members": 1}, r"1 members.*at least 2.*thousand"),
        ({"amplitude": 0.0}, r"amplitude of 0.*positive"),
        ({"dt": 0.0}, r"time step 0.*positive"),
        ({"initial_states": np.zeros((3, 2))}, r"\(3, 2\).*\(4, 1\)"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict, message: str) -> None:
    arguments = {"lags": [0.0, 0.1], "members": 4, **WELL, **changes}
    with pytest.raises(OptionError, match=message):
        twin_response(QuarticWell(), key=KEY, **arguments)
