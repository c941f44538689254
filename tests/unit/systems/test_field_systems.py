"""Field systems: their equations against slow, direct formulas, and their exact scores and responses."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fluctua.core import OptionError
from fluctua.systems import (
    AllenCahn,
    NavierStokes,
    OrnsteinUhlenbeckField,
    PeriodicDomain,
    system_named,
)

FIELD = np.asarray(jax.random.normal(jax.random.key(2), (32, 32)))
NOTHING = jnp.zeros(0)


def full_symbols(points: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Derivatives along y and x, zero at Nyquist, and |k|^2, over the whole spectrum."""
    wave = np.fft.fftfreq(points, 1.0 / points)
    slope = np.where(np.abs(wave) == points // 2, 0.0, 1j * wave)
    return slope[:, None], slope[None, :], wave[:, None] ** 2 + wave[None, :] ** 2


def drift(
    system: OrnsteinUhlenbeckField | AllenCahn | NavierStokes, field: np.ndarray, hidden: np.ndarray
) -> np.ndarray:
    spectrum = system.domain.forward(field)
    return np.asarray(system.domain.backward(system.linear() * spectrum + system.nonlinear(spectrum, hidden)))


def test_ornstein_uhlenbeck_has_the_published_response() -> None:
    """Peaks read off the published curves agree with these values of the closed form to three digits."""
    system = OrnsteinUhlenbeckField()
    response = np.asarray(system.response([18.25, 38.0, 57.5, 15.5]))
    values = [response[0, 0, 2], response[1, 0, 4], response[2, 0, 6], response[3, 0, 0]]
    np.testing.assert_allclose(values, [0.492, 0.285, 0.187, -0.050], atol=6e-4)
    norms = np.sqrt((np.asarray(system.response([0.25, 1.0, 5.0, 20.0])) ** 2).sum((1, 2)))
    np.testing.assert_allclose(norms, [0.989, 0.958, 0.818, 0.525], atol=6e-4)


def test_ornstein_uhlenbeck_score_is_the_published_operator() -> None:
    system = OrnsteinUhlenbeckField(advection=3.0)
    squared = full_symbols(32)[2]
    operator = 2.0 / 4e-3 * (-0.04 - 2.5e-4 * squared - 2.5e-4 * squared**2) / 1024
    expected = np.fft.ifft2(operator * np.fft.fft2(FIELD)).real
    np.testing.assert_allclose(system.score(FIELD), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("shape", [(8,), (6, 8)])
def test_ornstein_uhlenbeck_matrices_close_the_lyapunov_equation(shape: tuple[int, ...]) -> None:
    """Drift and noise as plain matrices: A C + C A^T + Q = 0, the score is -C^-1 u, the response exp(A t)."""
    system = OrnsteinUhlenbeckField(PeriodicDomain(shape))
    domain, n = system.domain, system.domain.size
    units = np.eye(n).reshape(n, *shape)
    spectra = domain.forward(units)
    matrix = np.asarray(domain.backward(system.linear() * spectra)).reshape(n, n).T
    noise = np.asarray(domain.backward(system.noise() ** 2 * spectra)).reshape(n, n)
    covariance = np.asarray(domain.backward(system.variance() * spectra)).reshape(n, n)
    np.testing.assert_allclose(matrix @ covariance + covariance @ matrix.T, -noise, atol=1e-12)
    scores = np.asarray(jax.jit(jax.vmap(system.score))(units)).reshape(n, n)
    np.testing.assert_allclose(scores @ covariance, -np.eye(n), atol=1e-10)
    flow = jax.scipy.linalg.expm(3.0 * matrix)
    np.testing.assert_allclose(np.asarray(system.response([3.0]))[0].ravel(), flow[:, 0], atol=1e-12)


def test_allen_cahn_drift_is_the_published_one() -> None:
    system = AllenCahn()
    _, along_x, squared = full_symbols(32)
    spectrum = np.fft.fft2(FIELD)
    reaction = 16.0 / (1.0 + squared) * np.fft.fft2(FIELD * (1.0 - FIELD**2))
    expected = np.fft.ifft2(-2.5e-4 * squared * spectrum - 0.02 * along_x * spectrum + reaction).real
    np.testing.assert_allclose(drift(system, FIELD, NOTHING), expected, atol=1e-10)


@pytest.mark.parametrize("dealias", [1.0, 0.5])
def test_allen_cahn_score_is_the_slope_of_its_potential(dealias: float) -> None:
    system = AllenCahn(dealias=dealias)
    squared, weights = system.domain.squared_wavenumber(), system.domain.weights()

    def log_density(field: jax.Array) -> jax.Array:
        spectrum = system.domain.forward(field)
        u = system.domain.backward(system.domain.dealiased(dealias) * spectrum)
        wells = jnp.sum((1.0 - u**2) ** 2) * 16.0 / 4.0
        smooth = 0.5 * 2.5e-4 * jnp.sum(weights * (squared + squared**2) * jnp.abs(spectrum) ** 2) / 1024
        return -2.0 / (1024 * 4e-3) * (wells + smooth)

    np.testing.assert_allclose(system.score(FIELD), jax.grad(log_density)(jnp.asarray(FIELD)), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("dealias", [1.0, 0.5])
def test_allen_cahn_drift_is_its_score_filtered_by_the_noise(dealias: float) -> None:
    """Without advection the dynamics are a gradient flow: drift = Q s / 2, with the noise covariance Q."""
    system = AllenCahn(advection=0.0, dealias=dealias)
    filtered = system.domain.backward(0.5 * system.noise() ** 2 * system.domain.forward(system.score(FIELD)))
    np.testing.assert_allclose(drift(system, FIELD, NOTHING), filtered, atol=1e-10)


def test_navier_stokes_drift_is_the_published_one() -> None:
    """The whole complex spectrum, as the published code has it: half advective, half conservative."""
    system = NavierStokes()
    phases = np.asarray(system.initial_hidden(jax.random.key(5)))
    along_y, along_x, squared = full_symbols(32)
    inverse = np.where(squared > 0, -1.0 / np.where(squared > 0, squared, 1.0), 0.0)

    def grid(spectrum: np.ndarray) -> np.ndarray:
        return np.fft.ifft2(spectrum).real

    u, psi = np.fft.fft2(FIELD), inverse * np.fft.fft2(FIELD)
    advective = grid(along_x * psi) * grid(along_y * u) - grid(along_x * u) * grid(along_y * psi)
    conservative = grid(
        along_y * np.fft.fft2(grid(along_x * psi) * FIELD) - along_x * np.fft.fft2(grid(along_y * psi) * FIELD)
    )
    dissipation = grid((-1e-2 * inverse**2 - 1e-5 * squared**2) * u) - FIELD.mean()
    mask = squared <= 2.0 * 7.5**2
    waves = np.zeros((32, 32), complex)
    waves[mask] = 300.0 * (32 / 128) ** 2 * np.exp(1j * phases)
    forcing = grid(waves)
    forcing -= 0.9 * forcing.mean()
    expected = 0.5 * (advective + conservative) - np.pi * grid(along_x * u) + dissipation + forcing
    np.testing.assert_allclose(drift(system, FIELD, phases), expected, atol=1e-10)


def test_both_forms_of_the_advection_agree_without_aliasing() -> None:
    plain, cut = NavierStokes(), NavierStokes(dealias=2 / 3)
    mask = cut.domain.dealiased(2 / 3)
    spectrum = mask * plain.domain.forward(FIELD)
    phases = plain.initial_hidden(jax.random.key(5))
    forcing = plain.forcing_spectrum(phases)
    both = [system.nonlinear(spectrum, phases) - forcing for system in (plain, cut)]
    np.testing.assert_allclose(mask * both[0], both[1], atol=1e-9)


def test_the_forcing_does_not_depend_on_the_grid() -> None:
    """Every wave of a 32 x 32 grid is on the 64 x 64 one, in the same order of wavenumbers, with the same amplitude."""
    coarse, fine = NavierStokes(), NavierStokes(PeriodicDomain((64, 64)))
    assert coarse.hidden_noise_size == fine.hidden_noise_size
    first, second = (system.forcing_spectrum(jnp.zeros(349)) for system in (coarse, fine))
    np.testing.assert_allclose(np.abs(second[:16, :11]), 4.0 * np.abs(first[:16, :11]), rtol=1e-12)
    # A coarser grid than the forcing reaches loses the waves it cannot show.
    assert NavierStokes(PeriodicDomain((16, 16))).hidden_noise_size == 225


def test_navier_stokes_needs_two_dimensions() -> None:
    with pytest.raises(OptionError, match=r"shape \(32,\); the stream function needs two dimensions.*PeriodicDomain"):
        NavierStokes(PeriodicDomain((32,)))


@pytest.mark.parametrize("name", ["ou-field", "allen-cahn", "navier-stokes"])
def test_every_system_starts_from_a_real_field(name: str) -> None:
    system = system_named(name)
    start = np.asarray(system.initial_state(jax.random.key(0)))
    assert start.shape == system.domain.shape
    assert np.isfinite(start).all()
    assert start.std() > 0.05
    assert system.interval == system.dt * system.save_every
    # A field that is real has conjugate pairs, and so must have every symbol that multiplies it.
    symbols = np.asarray(system.linear())[:, [0, -1]]
    np.testing.assert_allclose(symbols, np.conj(np.roll(symbols[::-1], 1, 0)), atol=1e-12)
    assert (symbols.real < 0.0).all()


def test_a_wrong_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        OptionError, match=r"'allen-kahn' was asked for; .*allen-cahn, .*ou-field, .*[Uu]se 'allen-cahn'"
    ):
        system_named("allen-kahn")
