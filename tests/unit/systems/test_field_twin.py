"""Twin runs of fields: the truth where it is known, and honest standard errors where it is not."""

from unittest import mock

import jax
import numpy as np
import pytest

from fluctua.core import OptionError
from fluctua.systems import (
    AllenCahn,
    FieldRungeKutta4Noise,
    NavierStokes,
    OrnsteinUhlenbeckField,
    PeriodicDomain,
    twin_field_response,
)

KEY = jax.random.key(6)
SMALL = PeriodicDomain((8, 8))


@pytest.mark.parametrize("work", [20_000_000, 1000])
def test_a_linear_field_has_its_exact_response_without_noise(work: int) -> None:
    """The noise of the two copies cancels: one pair is enough, wherever the push is, however the run is cut."""
    system = OrnsteinUhlenbeckField(SMALL)
    with mock.patch("fluctua.systems.fields._blocks.WORK_PER_CHUNK", work):
        truth = twin_field_response(
            system, key=KEY, members=3, resets=2, lag_steps=40, save_every=10, position=(3, 5), between=15.0
        )
    np.testing.assert_allclose(truth.lags, [0.0, 10.0, 20.0, 30.0, 40.0])
    np.testing.assert_allclose(truth.mean, system.response(truth.lags), atol=1e-11)
    assert truth.stderr.max() < 1e-11
    assert truth.realisations == 6


def test_the_standard_error_is_that_of_independent_repeats() -> None:
    """Repeats with other keys scatter as the standard error says; few members, so that no group has two."""
    system = AllenCahn(SMALL, spin_up=20.0)
    settings = {"members": 16, "resets": 2, "lag_steps": 64, "dt": 1 / 8, "save_every": 32, "between": 4.0}
    repeats = [twin_field_response(system, key=jax.random.key(seed), **settings) for seed in range(12)]
    spread = np.std([repeat.mean for repeat in repeats], axis=0, ddof=1)[1:]
    claimed = np.sqrt(np.mean([repeat.stderr**2 for repeat in repeats], axis=0))[1:]
    # 64 strongly correlated grid points and two lags, 11 degrees of freedom each: as if there were a single one, the
    # ratio of variances leaves [0.13, 4] with a probability below 1e-6 by the chi-squared law.
    ratio = (spread**2).sum() / (claimed**2).sum()
    assert 0.13 < ratio < 4.0
    for repeat in repeats[:1]:
        np.testing.assert_allclose(repeat.norm_stderr, np.sqrt((repeat.stderr**2).sum((1, 2))))
        assert repeat.mean[0, 0, 0] == pytest.approx(1.0)
        assert abs(repeat.mean[0]).sum() == pytest.approx(1.0)


def test_groups_of_members_have_the_same_mean_and_a_like_standard_error() -> None:
    """40 members in 32 groups, unequal in size, against every member its own group."""
    system = AllenCahn(SMALL, spin_up=5.0)
    settings = {"key": KEY, "members": 40, "resets": 1, "lag_steps": 32, "dt": 1 / 8, "save_every": 32}
    grouped = twin_field_response(system, **settings)
    with mock.patch("fluctua.systems.fields._twin._GROUPS", 40):
        single = twin_field_response(system, **settings)
    np.testing.assert_allclose(grouped.mean, single.mean, atol=1e-12)
    # The same numbers, 31 against 39 degrees of freedom: a factor of two is out of reach.
    assert 0.5 < grouped.norm_stderr[1] / single.norm_stderr[1] < 2.0


def test_twins_share_their_hidden_variables() -> None:
    """Over two steps the pulse hardly changes; other phases would separate the copies by the forcing at once."""
    system = NavierStokes(SMALL, spin_up=0.1, advection=0.0)
    for integrator in (None, FieldRungeKutta4Noise()):
        truth = twin_field_response(
            system, key=KEY, members=2, resets=1, lag_steps=2, amplitude=1e-3, integrator=integrator
        )
        pulse = np.zeros((8, 8))
        pulse[0, 0] = 1.0
        np.testing.assert_allclose(truth.mean[2], pulse, atol=0.05)


def test_an_amplitude_half_as_large_measures_the_same() -> None:
    system = AllenCahn(SMALL, spin_up=5.0)
    settings = {"key": KEY, "members": 4, "resets": 1, "lag_steps": 8, "dt": 1 / 8, "save_every": 8}
    large, small, smaller = (
        twin_field_response(system, amplitude=amplitude, **settings).mean for amplitude in (0.08, 0.04, 0.02)
    )
    # Second order in the amplitude: halving it takes three quarters of what is left.
    assert abs(small - smaller).max() == pytest.approx(0.25 * abs(large - small).max(), rel=0.1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"members": 1}, r"1 members and 2 resets were given; .*at least 2 members"),
        ({"resets": 0}, r"4 members and 0 resets"),
        ({"lag_steps": 35}, r"35 lag steps were given, with a lag every 10 steps; .*multiple.*[Uu]se 40 lag steps"),
        ({"amplitude": 0.0}, r"amplitude of 0 and a pause of 0 were given; .*positive"),
        ({"between": -1.0}, r"pause of -1"),
        ({"position": (8, 0)}, r"position \(8, 0\) was given; OrnsteinUhlenbeckField has a grid of shape \(8, 8\)"),
        ({"position": (1,)}, r"position \(1,\)"),
        ({"dt": 0.0}, r"time step 0"),
        ({"lag_steps": 4_294_967_290}, r"time steps of one member were asked for; .*fewer resets"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, object], message: str) -> None:
    settings = {"key": KEY, "members": 4, "resets": 2, "lag_steps": 40, "save_every": 10, **changes}
    with pytest.raises(OptionError, match=message):
        twin_field_response(OrnsteinUhlenbeckField(SMALL), **settings)
