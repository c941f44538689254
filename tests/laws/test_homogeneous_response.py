"""Responses of homogeneous linear fields, known in closed form: estimates lie within their own bands of them."""

import functools
from typing import NamedTuple

import jax
import numpy as np
import pytest

from fluctua.response import Reflections, Responses, respond_to_field_pushes
from fluctua.scores import half_shape

# With the 16 and more degrees of freedom that are asserted below, a Student variable beyond 10 has a probability below
# 1e-11; a response here has fewer than 3000 lags and points.
MOST = 10.0


class LinearField(NamedTuple):
    r"""$u_{t+1}(k) = A_k u_t(k) + q_k w_k$ with white w: the response after t steps is $A_k^t$, whatever q.

    Attributes:
        channels: Number of channels.
        grid: Shape of the grid.
        mirrored: Whether there is no drift, so that every axis is a mirror.
    """

    channels: int
    grid: tuple[int, ...]
    mirrored: bool = False

    def propagator(self) -> np.ndarray:
        """A, shape ``(*half spectrum, channels, channels)``: slow large scales, a drift, channels that feed others."""
        size = [*half_shape(self.grid)]
        angle, decay = np.zeros(size), np.zeros(size)
        for axis, points in enumerate(self.grid):
            index = np.arange(size[axis])
            signed = np.where(2 * index > points, index - points, index)
            drifting = np.where(2 * signed == points, 0, signed)  # a real field has no drift at the Nyquist wavenumber
            shape = [1] * len(size)
            shape[axis] = -1
            decay = decay + (2 * np.sin(np.pi * signed / points) ** 2).reshape(shape)
            angle = angle + (2 * np.pi * drifting / points * (0.7 + axis)).reshape(shape)
        factor = np.exp(-0.25 - 0.2 * decay - (0.0 if self.mirrored else 1j) * angle)
        coupling = np.eye(self.channels) + 0.3 * np.eye(self.channels, k=-1)
        return factor[..., None, None] * coupling

    def response(self, max_lag: int) -> np.ndarray:
        """Shape ``(channels pushed, lags, channels, *grid)``."""
        matrix = self.propagator()
        powers = [np.broadcast_to(np.eye(self.channels), matrix.shape)]
        for _ in range(max_lag):
            powers.append(matrix @ powers[-1])
        spectrum = np.moveaxis(np.array(powers), -1, 0)  # (pushed, lags, *half, channels)
        spectrum = np.moveaxis(spectrum, -1, 2)
        return np.fft.irfftn(spectrum, s=self.grid, axes=range(-len(self.grid), 0))

    def record(self, seed: int, members: int, steps: int) -> np.ndarray:
        """A stationary record, shape ``(members, steps, channels, *grid)``, with a mean of its own."""
        rng = np.random.default_rng(seed)
        axes = tuple(range(-len(self.grid), 0))
        matrix = self.propagator()
        amplitude = 1 / (0.5 + np.abs(matrix[..., 0, 0]))
        state = np.zeros((members, self.channels, *half_shape(self.grid)), complex)
        record = np.empty((members, steps, self.channels, *self.grid))
        for step in range(-60, steps):
            white = rng.standard_normal((members, self.channels, *self.grid))
            state = np.einsum("...cd,nd...->nc...", matrix, state) + amplitude * np.fft.rfftn(white, axes=axes)
            if step >= 0:
                record[:, step] = np.fft.irfftn(state, s=self.grid, axes=axes)
        return record + 5.0


def _respond(field: LinearField, record: np.ndarray, max_lag: int, **options) -> Responses:  # type: ignore[no-untyped-def]
    settings = {"pushed": tuple(range(field.channels)), "score": "gaussian", **options}
    return respond_to_field_pushes(record, grid=field.grid, max_lag=max_lag, key=jax.random.key(0), **settings)


def _errors(found: Responses, truth: np.ndarray) -> np.ndarray:
    """Errors in standard errors, beside an error of rounding."""
    return np.abs(found.impulse.value - truth) / np.maximum(found.impulse.stderr(), 1e-6)


FIELDS = [
    LinearField(1, (16,)),
    LinearField(1, (9,)),
    LinearField(2, (7,)),
    LinearField(2, (8,)),
    LinearField(1, (6, 8)),
    LinearField(1, (5, 6)),
    LinearField(2, (4, 5)),
]


@pytest.mark.parametrize("score", ["gaussian", "auto"])
@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f"{f.channels}x{'x'.join(map(str, f.grid))}")
def test_linear_fields_respond_as_they_must(field: LinearField, score: str) -> None:
    truth, record = field.response(8), field.record(1, members=8, steps=600)
    found = _respond(field, record, 8, score=score)
    assert np.min(found.impulse.freedom) >= 16
    assert _errors(found, truth).max() < MOST
    identity = np.zeros_like(truth[:, 0])
    for channel in range(field.channels):
        identity[(channel, channel, *[0] * len(field.grid))] = 1.0
    np.testing.assert_allclose(found.impulse.value[:, 0], identity, rtol=0, atol=1e-9)
    # The bands are small enough for this to say something: the response one step later is half a unit.
    assert found.impulse.stderr()[:, 1].max() < 0.05


def test_functions_that_are_not_needed_do_no_harm() -> None:
    """A linear field that is no vorticity, with the functions of one that is carried along by its own flow."""
    field = LinearField(1, (5, 6))
    found = _respond(field, field.record(1, members=8, steps=500), 8, score="auto", transport=(0.25, 0.5))
    assert np.min(found.impulse.freedom) >= 16
    assert _errors(found, field.response(8)).max() < MOST


@pytest.mark.parametrize("odd", [False, True])
@pytest.mark.parametrize(
    ("grid", "axes"),
    [((8,), (0,)), *(pytest.param((5, 6), axes, marks=pytest.mark.slow) for axes in ((0,), (1,))), ((5, 6), (0, 1))],
)
def test_mirrors_of_a_system_are_used_rightly(grid: tuple[int, ...], axes: tuple[int, ...], odd: bool) -> None:
    """A linear system without drift is symmetric whether its field is taken as even or as odd."""
    field = LinearField(1, grid, mirrored=True)
    record = field.record(2, members=8, steps=500) - 5.0
    found = _respond(field, record, 8, score="auto", reflections=Reflections(axes, odd))
    assert np.min(found.impulse.freedom) >= 16
    assert _errors(found, field.response(8)).max() < MOST


def _odd_record(axes: tuple[int, ...]) -> np.ndarray:
    """A field that is odd under the mirror of each axis but not even: a derivative of its square along them pushes it.

    Each mirror changes the sign of the field and of one derivative, so that the push changes sign as the field does.
    It couples even with odd functions of the field.
    """
    rng = np.random.default_rng(3)
    state, record = np.zeros((16, 1, 6, 6)), np.empty((16, 400, 1, 6, 6))
    for step in range(-50, 400):
        push = 0.25 * np.clip(state, -3, 3) ** 2
        for axis in axes:
            push = np.roll(push, -1, axis=2 + axis) - np.roll(push, 1, axis=2 + axis)
        state = 0.6 * state + push + rng.standard_normal(state.shape)
        if step >= 0:
            record[:, step] = state
    return record


@pytest.mark.parametrize("axes", [*(pytest.param(axes, marks=pytest.mark.slow) for axes in ((0,), (1,))), (0, 1)])
def test_the_right_parity_helps_a_score_and_the_wrong_one_hurts(axes: tuple[int, ...]) -> None:
    """Products of even with odd functions change sign with the mirror; averaged with the wrong sign they vanish.

    All losses are of the same held-out states, so that their differences scatter much less than each of them.
    """
    record = _odd_record(axes)
    respond = functools.partial(respond_to_field_pushes, record, grid=(6, 6), max_lag=1, key=jax.random.key(0))
    none, odd, even = (
        respond(),
        respond(reflections=Reflections(axes, odd=True)),
        respond(reflections=Reflections(axes)),
    )
    assert odd.score.loss < none.score.loss
    # What the nonlinear functions gain over the linear ones is mostly lost with the wrong parity.
    assert even.score.gaussian_loss - even.score.loss < 0.5 * (odd.score.gaussian_loss - odd.score.loss)
    assert odd.impulse.stderr()[0, 1].mean() < 1.02 * none.impulse.stderr()[0, 1].mean()


def test_bands_cover_as_often_as_they_say() -> None:
    """20 records of about 70 decorrelation times; the share of lags and points inside is averaged over records.

    Records are independent, so their mean is off by more than 7.3 of its standard errors with a probability below
    1e-6 (Student, 19 degrees of freedom); 2 % are allowed for the few cosines of records so short.
    """
    field = LinearField(1, (32,))
    truth = field.response(12)[:, 1:]
    shares = []
    for seed in range(20):
        estimate = _respond(field, field.record(100 + seed, members=2, steps=250), 12).impulse
        inside = np.abs(estimate.value[:, 1:] - truth) <= estimate.half_width(0.95)[:, 1:]
        shares.append(inside.mean())
    stderr = np.std(shares, ddof=1) / np.sqrt(len(shares))
    assert stderr < 0.012
    assert abs(np.mean(shares) - 0.95) < 7.3 * stderr + 0.02
