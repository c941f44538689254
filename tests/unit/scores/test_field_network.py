"""The field network score: its base when untrained, whitened by wavenumber, free of blur at level zero, restorable."""

import math
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fluctua.core import OptionError, ScoreError, map_states
from fluctua.features import SpectralWhitening, fit_spectral_whitening, sums_of_fields
from fluctua.networks import AbstractFieldNetwork, MultilayerPerceptron, SpectralMixer
from fluctua.scores import (
    AbstractScore,
    FieldPolynomials,
    FieldPreconditioning,
    FunctionScore,
    GaussianScore,
    NetworkScore,
    fit_field_dictionary,
)
from fluctua.scores.noised import Denoiser

GRID = (6, 8)
SMALLEST, LARGEST = 0.1, 10.0


def _spectrum(grid: tuple[int, ...]) -> np.ndarray:
    """A steep half spectrum of standard deviations."""
    axes = [np.fft.fftfreq(n, 1 / n) for n in grid[:-1]] + [np.fft.rfftfreq(grid[-1], 1 / grid[-1])]
    return 3.0 / (1.0 + sum(np.meshgrid(*(axis**2 for axis in axes), indexing="ij")))


def _fields(count: int, grid: tuple[int, ...] = GRID, seed: int = 0) -> np.ndarray:
    """Homogeneous Gaussian fields with this spectrum and the mean 5."""
    white, axes = np.random.default_rng(seed).standard_normal((count, *grid)), tuple(range(1, len(grid) + 1))
    return 5.0 + np.fft.irfftn(np.fft.rfftn(white, axes=axes) * _spectrum(grid), grid, axes=axes).reshape(count, -1)


def _whitening(grid: tuple[int, ...] = GRID) -> SpectralWhitening:
    return SpectralWhitening(jnp.asarray(5.0), jnp.asarray(_spectrum(grid)), grid)


def _covariance(whitening: SpectralWhitening) -> np.ndarray:
    """The full covariance that the whitening stands for."""
    root = jax.jit(jax.vmap(lambda z: whitening.inverse(z) - whitening.mean))(jnp.eye(math.prod(whitening.grid)))
    return np.asarray(root) @ np.asarray(root).T


def _network(grid: tuple[int, ...] = GRID, trained: bool = False) -> SpectralMixer:
    network = SpectralMixer(grid, inputs=2, outputs=2, width=3, depth=1, key=jax.random.key(0))
    if not trained:
        return network
    exit = 0.3 * jax.random.normal(jax.random.key(1), network.exit.shape, jnp.float32)
    return eqx.tree_at(lambda tree: tree.exit, network, exit)


def _score(network: AbstractFieldNetwork, base: AbstractScore | None = None, extrapolate: bool = True) -> NetworkScore:
    whitening = _whitening()
    denoiser = Denoiser(network, FieldPreconditioning(whitening, base), SMALLEST, LARGEST)
    return NetworkScore(whitening, denoiser, extrapolate=extrapolate)


class _Blurred(AbstractFieldNetwork):
    """Makes the residual 2 - 5 sigma^2 at every point, up to the fourth power of sigma."""

    kind: ClassVar[str] = "blurred"
    grid: tuple[int, ...] = eqx.field(static=True, default=GRID)
    inputs: int = eqx.field(static=True, default=2)
    outputs: int = eqx.field(static=True, default=2)

    def __call__(self, x: jax.Array, condition: jax.Array) -> jax.Array:
        level = jnp.exp(0.5 * math.log(SMALLEST * LARGEST) + 0.5 * math.log(LARGEST / SMALLEST) * condition)
        white = (1.0 + level**2) ** 2 * (2.0 - 5.0 * level**2) * jnp.ones(x.size // 2, x.dtype)
        return jnp.concatenate([white, jnp.zeros_like(white)])

    def config(self) -> dict[str, Any]:
        return {}


@pytest.mark.parametrize("grid", [(6, 8), (5, 7), (9,), (8,)])
def test_the_whitening_is_that_of_the_record(grid: tuple[int, ...]) -> None:
    whitening = _whitening(grid)
    states = jnp.asarray(_fields(4, grid))
    whitened = jax.jit(jax.vmap(whitening))(states)
    np.testing.assert_allclose(jax.jit(jax.vmap(whitening.inverse))(whitened), states, rtol=1e-12)
    np.testing.assert_allclose(
        jax.jit(jax.vmap(whitening.from_score))(jax.jit(jax.vmap(whitening.to_score))(states)), states, rtol=1e-12
    )
    covariance = _covariance(whitening)
    np.testing.assert_allclose(whitening.point_deviation, np.sqrt(np.diag(covariance)), rtol=1e-12)
    np.testing.assert_allclose(
        jax.jit(jax.vmap(whitening.colour))(whitened), (states - 5.0) / whitening.point_deviation, rtol=1e-9, atol=1e-12
    )
    # Fitted: the mean of |u_k|^2 of n fields has the relative deviation sqrt(2 / n) at most (at real wavenumbers).
    # Six of them, over some 100 wavenumbers and grids, fail once in 1e7 runs; the root halves the error.
    count = 4000
    fields = _fields(count, grid)
    fitted = fit_spectral_whitening([fields[:1000].astype(np.float32), fields[1000:]], grid)
    assert np.abs(np.asarray(fitted.deviation / whitening.deviation) - 1.0).max() < 3.0 * np.sqrt(2 / count)
    mean_error = float(_spectrum(grid).reshape(-1)[0]) / np.sqrt(math.prod(grid) * count)
    assert abs(float(fitted.mean) - 5.0) < 6.0 * mean_error


def test_a_field_that_does_not_vary_is_refused() -> None:
    with pytest.raises(ScoreError, match=r"no variance at 30 of 30 wavenumbers; a score exists only .* Coarsen"):
        fit_spectral_whitening([np.ones((10, 48))], GRID)
    smooth = np.repeat(np.random.default_rng(0).standard_normal((50, 1)), 48, axis=1)
    with pytest.raises(ScoreError, match=r"no variance at 29 of 30 wavenumbers"):
        fit_spectral_whitening([smooth], GRID)


@pytest.mark.parametrize("extrapolate", [True, False])
def test_an_untrained_network_is_exactly_its_base(extrapolate: bool) -> None:
    whitening, states = _whitening(), _fields(20)
    gaussian = GaussianScore.of(np.full(48, 5.0), _covariance(whitening))
    score = _score(_network(), extrapolate=extrapolate)
    assert score.dimension == 48
    assert score.levels == (SMALLEST, LARGEST)
    np.testing.assert_allclose(map_states(score, states), map_states(gaussian, states), rtol=1e-9, atol=1e-9)
    cubic = FunctionScore(lambda u: -((u - 5.0) ** 3), 48)
    on_cubic = _score(_network(), cubic, extrapolate)
    np.testing.assert_allclose(map_states(on_cubic, states), -((states - 5.0) ** 3), rtol=1e-12)


@pytest.mark.parametrize("level", [0.05, 1.0, 30.0])
def test_at_a_level_the_noise_has_the_spectrum_of_the_record(level: float) -> None:
    """Noise of the covariance sigma^2 C added to Gaussian fields: -(1 + sigma^2)^-1 C^-1 (u - m), also on a Gaussian
    base that is given."""
    whitening, states = _whitening(), _fields(20)
    gaussian = GaussianScore.of(np.full(48, 5.0), _covariance(whitening))
    for base in (None, gaussian):
        score = _score(_network(), base)
        values = jax.jit(jax.vmap(lambda state, score=score: score.at_level(state, jnp.asarray(level))))(
            jnp.asarray(states)
        )
        wanted = map_states(gaussian, states) / (1.0 + level**2)
        np.testing.assert_allclose(values, wanted, rtol=1e-9, atol=1e-9)


def test_the_skip_dilutes_third_cumulants_as_noise_does() -> None:
    """A weakly skewed density, score -z + a (z^2 - 1) at every point: noised by sigma, its score is
    -z / (1 + sigma^2) + a (y^2 - 1) (1 + sigma^2)^-2 with y = z / sqrt(1 + sigma^2), to first order in a."""
    flat = SpectralWhitening(jnp.asarray(0.0), jnp.ones((6, 5)), GRID)
    around = FieldPreconditioning(flat, FunctionScore(lambda z: -z + 0.01 * (z**2 - 1.0), 48))
    noised, level = jnp.asarray(np.random.default_rng(0).standard_normal(48)), jnp.asarray(0.8)
    gain = 1.0 + level**2
    wanted = -noised / gain + 0.01 * (noised**2 / gain - 1.0) / gain**2
    np.testing.assert_allclose(around.parts(noised, level)[0].skip, wanted, rtol=1e-9, atol=1e-12)


def test_extrapolation_takes_the_quadratic_blur_away() -> None:
    states = _fields(5)
    base = map_states(_score(_network()), states)
    for extrapolate, left in ((False, 2.0 - 5.0 * SMALLEST**2), (True, 2.0)):
        score = _score(_Blurred(), extrapolate=extrapolate)
        # A constant is wavenumber zero alone.
        np.testing.assert_allclose(map_states(score, states) - base, left / _spectrum(GRID)[0, 0], rtol=1e-5)


def test_the_score_commutes_with_translations_and_is_float64() -> None:
    score = _score(_network(trained=True))
    states = _fields(5)
    moved = np.roll(states.reshape(-1, *GRID), (2, 3), (1, 2)).reshape(5, -1)
    values, there = map_states(score, states), map_states(score, moved)
    assert values.dtype == np.float64
    # Rounding of float32 in the network, enlarged by the extrapolation and the whitening of the smallest scale.
    tolerance = 1e-5 * np.abs(values).max() / _spectrum(GRID).min()
    np.testing.assert_allclose(there, np.roll(values.reshape(-1, *GRID), (2, 3), (1, 2)).reshape(5, -1), atol=tolerance)
    value, slope = jax.jvp(score, (jnp.asarray(states[0]),), (jnp.asarray(states[1] - 5.0),))
    assert value.dtype == slope.dtype == jnp.float64


@pytest.mark.parametrize("with_base", [False, True])
def test_it_restores_from_its_arrays_and_configuration(with_base: bool) -> None:
    base = None
    if with_base:
        fields = _fields(400).reshape(-1, 1, *GRID)
        functions = FieldPolynomials.of(fields, GRID, degree=2)
        base = fit_field_dictionary([sums_of_fields(fields[start::4], functions) for start in range(4)], functions)
    score = _score(_network(trained=True), base, False)
    restored = NetworkScore.restore(score.arrays(), score.config())
    states = _fields(10)
    assert map_states(score, states).tobytes() == map_states(restored, states).tobytes()
    assert restored.config() == score.config()
    missing = {name: array for name, array in score.arrays().items() if name != "deviation"}
    with pytest.raises(ScoreError, match=r"do not fit .*'deviation'.*; every array .* Fit the score again"):
        NetworkScore.restore(missing, score.config())
    for role, kind in (("network", "network"), ("base", "score")):
        with pytest.raises(OptionError, match=rf"The {kind} 'other' was asked for; the {kind}s are .*gauss|multi"):
            NetworkScore.restore(score.arrays(), {**score.config(), role: {"kind": "other"}})


def test_what_does_not_fit_the_grid_is_refused() -> None:
    assert not isinstance(MultilayerPerceptron(2, 2, key=jax.random.key(0)), AbstractFieldNetwork)
    with pytest.raises(
        ScoreError, match=r"has grid=\[8, 8\], .*; grid=\[6, 8\], inputs=2, outputs=2 are needed .* Build"
    ):
        _score(_network((8, 8)))
    with pytest.raises(ScoreError, match=r"for 3 variables; the grid \(6, 8\) has 48 points, .* Fit the base"):
        _score(_network(), FunctionScore(lambda x: x, 3))
