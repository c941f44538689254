"""Single systems: what they refuse, and the values they must reproduce."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm

from fluctua.core import OptionError
from fluctua.systems import (
    EnsoTriad,
    Lorenz96,
    MultiplicativeReducedClimate,
    OrnsteinUhlenbeck,
    non_normal_ornstein_uhlenbeck,
    system_named,
)


def test_the_covariance_balances_drift_and_noise() -> None:
    system = non_normal_ornstein_uhlenbeck()
    drift, noise, covariance = (
        np.asarray(matrix) for matrix in (system.drift_matrix, system.noise_matrix, system.covariance)
    )
    np.testing.assert_allclose(drift @ covariance + covariance @ drift.T, -noise @ noise.T, atol=1e-12)
    np.testing.assert_allclose(covariance @ np.asarray(system.precision), np.eye(3), atol=1e-10)
    np.testing.assert_allclose(system.response([0.7, 3.0]), [expm(0.7 * drift), expm(3.0 * drift)], rtol=1e-10)
    # Non-normal: the drift and its transpose do not commute.
    assert np.abs(drift @ drift.T - drift.T @ drift).max() > 1.0


@pytest.mark.parametrize(
    ("drift", "noise", "names", "message"),
    [
        ([[0.2]], [[1.0]], None, r"eigenvalues 0\.2.*negative real part.*signs"),
        ([[0.0, 1.0], [-1.0, 0.0]], np.eye(2), None, r"eigenvalues .*1j.*negative"),
        ([[-1.0, 0.0]], [[1.0]], None, r"\(1, 2\).*square.*\(d, d\) and \(d, m\)"),
        (-np.eye(2), [[1.0]], None, r"\(1, 1\).*as many rows"),
        (
            -np.eye(2),
            [[1.0], [0.0]],
            None,
            r"covariance with the eigenvalues.*positive.*every state variable",
        ),
        ([[np.nan]], [[1.0]], None, r"not finite"),
        (-np.eye(2), np.eye(2), ("a", "a"), r"\('a', 'a'\).*2 state variables.*2 different names"),
    ],
)
def test_matrices_without_a_stationary_score_are_refused(drift, noise, names, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        OrnsteinUhlenbeck(drift, noise, names)


def test_noise_may_reach_a_variable_through_the_drift() -> None:
    """A damped oscillator with noise on its velocity alone: 1/(2 c k) and 1/(2 c)."""
    friction, stiffness = 0.4, 2.0
    system = OrnsteinUhlenbeck([[0.0, 1.0], [-stiffness, -friction]], [[0.0], [1.0]], ("position", "velocity"))
    variances = [1.0 / (2 * friction * stiffness), 1.0 / (2 * friction)]
    np.testing.assert_allclose(system.covariance, np.diag(variances), atol=1e-12)
    assert system.noise_dimension == 1
    assert system.names == ("position", "velocity")


def test_the_reduced_coefficients_are_the_published_ones() -> None:
    published = [-0.04, -1.8091667, -0.0666667, 0.1666667, 0.1264911, -0.6324555, 0.0632456]
    np.testing.assert_allclose(MultiplicativeReducedClimate().coefficients, published, atol=5e-8)


def test_the_wind_bursts_grow_with_temperature() -> None:
    system = EnsoTriad()
    amplitudes = [float(system.diffusion(jnp.array([u, 0.0, 0.0]))[2, 2]) for u in (-20.0, 0.0, 20.0)]
    np.testing.assert_allclose(amplitudes, [0.0, 1.5, 3.0], atol=1e-10)


def test_a_ring_needs_four_variables() -> None:
    with pytest.raises(OptionError, match=r"ring of 3.*at least 4.*size=4"):
        Lorenz96(size=3)


def test_systems_are_found_by_name() -> None:
    assert system_named("lorenz96").variables[:2] == ("x0", "x1")
    assert system_named("ornstein-uhlenbeck").variables == ("x1", "x2", "x3")
    assert system_named("navier-stokes").variables == ("u",)


@pytest.mark.parametrize(("name", "nearest"), [("lorentz63", "'lorenz63'"), ("enso", "'enso-triad'"), ("%", "one of")])
def test_an_unknown_name_is_answered_with_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(OptionError, match=rf"'{name}'.*allen-cahn, .*ornstein-uhlenbeck, .*[Uu]se {nearest}"):
        system_named(name)
