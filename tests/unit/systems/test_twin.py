"""Twin runs: linear systems are exact, blocks change nothing, and impossible requests are refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from runaway import Runaway

from fluctua.core import OptionError, SimulationError
from fluctua.systems import (
    AbstractSystem,
    AllenCahn,
    EulerMaruyama,
    NavierStokes,
    OrnsteinUhlenbeck,
    OrnsteinUhlenbeckField,
    PeriodicDomain,
    QuarticWell,
    RungeKutta4Noise,
    twin_response,
)

KEY = jax.random.key(21)
WELL = QuarticWell()
GRID = PeriodicDomain((8, 8))
OU_FIELD = OrnsteinUhlenbeckField(GRID)
PUSH = {"push": jnp.ones_like, "amplitude": 0.05, "observables": lambda x: jnp.stack([x[0], x[0] ** 2])}


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


@pytest.mark.parametrize(
    "limits",
    [{"VALUES_PER_BATCH": 6, "WORK_PER_CHUNK": 1000}, pytest.param({"NORMALS_PER_SWEEP": 30}, marks=pytest.mark.slow)],
)
def test_how_twins_are_cut_changes_no_number(limits: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = {"key": KEY, "lags": [0.0, 0.1, 0.35, 0.8], "members": 7, "spin_up": 0.5, **PUSH}
    whole = twin_response(QuarticWell(), **arguments)
    for name, value in limits.items():
        monkeypatch.setattr(f"fluctua.systems._advance.{name}", value)
    cut = twin_response(QuarticWell(), **arguments)
    np.testing.assert_allclose(cut.response, whole.response, rtol=1e-9)
    np.testing.assert_allclose(cut.stderr, whole.stderr, rtol=1e-9, atol=1e-12)


def test_other_lags_change_no_number() -> None:
    arguments = {"key": KEY, "members": 6, "spin_up": 0.5, **PUSH}
    few = twin_response(QuarticWell(), lags=[0.64], **arguments)
    many = twin_response(QuarticWell(), lags=[0.0, 0.03, 0.64, 0.65], **arguments)
    np.testing.assert_allclose(many.response[2], few.response[0], rtol=1e-9)


@pytest.mark.slow
def test_the_standard_error_falls_as_the_root_of_the_members() -> None:
    """Stated errors with 500 and 4500 members: their ratio is 3 up to a few per cent of sampling scatter."""
    few, many = (
        twin_response(QuarticWell(), key=KEY, lags=[0.5], members=members, spin_up=2.0, **PUSH)
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


@pytest.mark.parametrize("work", [pytest.param(20_000_000, marks=pytest.mark.slow), 1000])
def test_a_linear_field_has_its_exact_response_without_noise(work: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The noise of the two copies cancels: one pair is enough, wherever the push is, however the run is cut."""
    system = OrnsteinUhlenbeckField(GRID)
    monkeypatch.setattr("fluctua.systems._advance.WORK_PER_CHUNK", work)
    lags = np.arange(0.0, 41.0, 10.0)
    truth = twin_response(system, key=KEY, amplitude=0.03, members=3, resets=2, lags=lags, push=(3, 5), between=15.0)
    np.testing.assert_allclose(truth.lags, lags)
    np.testing.assert_allclose(truth.response, system.response(lags), atol=1e-11)
    assert truth.stderr.max() < 1e-11
    assert truth.realisations == 6


def test_a_push_of_all_grid_points_and_an_observable_of_a_field() -> None:
    """The mean of a linear field decays by itself, at the rate of wavenumber zero."""
    system = OrnsteinUhlenbeckField(GRID)
    truth = twin_response(
        system, key=KEY, push=jnp.ones_like, amplitude=0.03, observables=jnp.mean, lags=[0.0, 7.0], members=2
    )
    np.testing.assert_allclose(truth.response[:, 0], np.exp(-0.04 * truth.lags), atol=1e-11)


def test_resets_of_a_vector() -> None:
    """Several pairs in each run: the same mean of a linear system, the number of pairs is told."""
    system = OrnsteinUhlenbeck([[-0.5]], [[1.0]])
    truth = twin_response(
        system, key=KEY, push=jnp.ones_like, amplitude=0.1, lags=[0.0, 0.5], members=3, resets=4, between=0.3,
        spin_up=1.0,
    )  # fmt: skip
    np.testing.assert_allclose(truth.response[:, 0], [1.0, np.exp(-0.25)], rtol=1e-10)
    assert (truth.members, truth.realisations) == (3, 12)


def test_the_standard_error_is_that_of_independent_repeats() -> None:
    """Repeats with other keys scatter as the standard error says; few members, so that no group has two."""
    system = AllenCahn(GRID, spin_up=20.0)
    settings = {"members": 16, "resets": 2, "lags": [0.0, 4.0, 8.0], "dt": 1 / 8, "between": 4.0, "amplitude": 1 / 32}
    repeats = [twin_response(system, key=jax.random.key(seed), **settings) for seed in range(12)]
    spread = np.std([repeat.response for repeat in repeats], axis=0, ddof=1)[1:]
    claimed = np.sqrt(np.mean([repeat.stderr**2 for repeat in repeats], axis=0))[1:]
    # 64 strongly correlated grid points and two lags, 11 degrees of freedom each: as if there were a single one, the
    # ratio of variances leaves [0.13, 4] with a probability below 1e-6 by the chi-squared law.
    ratio = (spread**2).sum() / (claimed**2).sum()
    assert 0.13 < ratio < 4.0
    np.testing.assert_allclose(repeats[0].norm_stderr, np.sqrt((repeats[0].stderr ** 2).sum((1, 2))))
    assert repeats[0].response[0, 0, 0] == pytest.approx(1.0)
    assert abs(repeats[0].response[0]).sum() == pytest.approx(1.0)


@pytest.mark.slow
def test_groups_of_members_have_the_same_mean_and_a_like_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """40 members in 32 groups, unequal in size, against every member its own group."""
    system = AllenCahn(GRID, spin_up=5.0)
    settings = {"key": KEY, "members": 40, "lags": [0.0, 4.0], "dt": 1 / 8, "amplitude": 1 / 32}
    grouped = twin_response(system, **settings)
    monkeypatch.setattr("fluctua.systems._twin._GROUPS", 40)
    single = twin_response(system, **settings)
    np.testing.assert_allclose(grouped.response, single.response, atol=1e-12)
    # The same numbers, 31 against 39 degrees of freedom: a factor of two is out of reach.
    assert 0.5 < grouped.norm_stderr[1] / single.norm_stderr[1] < 2.0


@pytest.mark.parametrize("integrator", [None, pytest.param(RungeKutta4Noise(), marks=pytest.mark.slow)])
def test_twins_share_their_hidden_variables(integrator: RungeKutta4Noise | None) -> None:
    """Over two steps the pulse hardly changes; other phases would separate the copies by the forcing at once."""
    system = NavierStokes(GRID, spin_up=0.1, advection=0.0)
    pulse = np.zeros((8, 8))
    pulse[0, 0] = 1.0
    truth = twin_response(system, key=KEY, members=2, lags=[0.0, 2 * system.dt], amplitude=5e-4, integrator=integrator)
    np.testing.assert_allclose(truth.response[1], pulse, atol=0.05)


@pytest.mark.slow
def test_an_amplitude_half_as_large_measures_the_same() -> None:
    system = AllenCahn(GRID, spin_up=5.0)
    large, small, smaller = (
        twin_response(system, key=KEY, members=4, lags=[0.0, 1.0], dt=1 / 8, amplitude=amplitude).response
        for amplitude in (0.04, 0.02, 0.01)
    )
    # Second order in the amplitude: halving it takes three quarters of what is left.
    assert abs(small - smaller).max() == pytest.approx(0.25 * abs(large - small).max(), rel=0.1)


@pytest.mark.parametrize(
    ("system", "changes", "message"),
    [
        (WELL, {"lags": [0.0, 0.015]}, r"lag 0\.015.*time step of 0\.01.*multiple.*[Uu]se 0\.02"),
        (WELL, {"lags": [0.5, 0.1]}, r"\[0\.5, 0\.1\].*increasing.*\[0\.0, 0\.5, 1\.0\]"),
        (WELL, {"lags": [-0.5]}, r"zero or more"),
        (WELL, {"members": 1}, r"1 members and 1 resets.*at least 2.*thousand"),
        (WELL, {"resets": 0}, r"4 members and 0 resets"),
        (WELL, {"amplitude": 0.0}, r"amplitude of 0.*positive"),
        (WELL, {"between": -1.0}, r"pause of -1"),
        (WELL, {"dt": 0.0}, r"time step 0.*positive"),
        (WELL, {"initial_states": np.zeros((3, 2))}, r"\(3, 2\).*\(4, 1\)"),
        (WELL, {"push": (0,)}, r"push \(0,\) was given, for the system QuarticWell; .*function.*ones_like"),
        (
            OU_FIELD,
            {"push": (8, 0)},
            r"position \(8, 0\) was given; OrnsteinUhlenbeckField has a grid of shape \(8, 8\)",
        ),
        (OU_FIELD, {"push": (1,)}, r"position \(1,\)"),
        (OU_FIELD, {"lags": [0.0, 4_294_967_290.0]}, r"time steps of one member were asked for; .*fewer resets"),
    ],
)
def test_what_makes_no_sense_is_refused(system: AbstractSystem, changes: dict, message: str) -> None:
    push = jnp.ones_like if system is WELL else None
    arguments = {"push": push, "amplitude": 0.1, "lags": [0.0, 1.0], "members": 4, **changes}
    with pytest.raises(OptionError, match=message):
        twin_response(system, key=KEY, **arguments)
