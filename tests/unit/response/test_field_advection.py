"""Whether a field carries itself along is found from the record, with its strength and sense."""

import math

import jax
import numpy as np
import pytest

from fluctua.response import FieldValues, find_self_advection, respond_to_field_pushes
from fluctua.scores import CarriedField, FieldPolynomials, self_advection

GRID = (16, 16)
SIDES = (2 * math.pi, 2 * math.pi)


def smooth(count: int, seed: int = 0) -> np.ndarray:
    """Random smooth fields, shape ``(count, 16, 16)``."""
    noise = np.fft.rfft2(np.random.default_rng(seed).standard_normal((count, *GRID)))
    ky, kx = np.fft.fftfreq(16, 1 / 16)[:, None], np.fft.rfftfreq(16, 1 / 16)
    return np.fft.irfft2(noise * np.exp(-(ky**2 + kx**2) / 20) * ((ky != 0) | (kx != 0)), s=GRID)


def pairs(strength: float, noise: float = 0.0, count: int = 400, seed: int = 0) -> FieldValues:
    """Members of two states: a field, and the same moved on by a uniform flow and by its own."""
    now = smooth(count, seed)
    moved = now + strength * self_advection(now, SIDES) + noise * smooth(count, seed + 1)
    record = np.stack([now, np.roll(moved, 1, axis=2)], axis=1)[:, :, None]
    return FieldValues(record, GRID)


@pytest.mark.parametrize("strength", [0.02, -0.05])
def test_strength_and_sense_are_found(strength: float) -> None:
    found = find_self_advection(pairs(strength), SIDES, max_lag=1000)
    # The linear prediction takes a little of J by chance, one coefficient a wavenumber from 400 pairs.
    assert found.strength == pytest.approx(strength, rel=0.02)
    assert found.share > 0.9
    assert len(found.times) == 4
    assert all(math.copysign(1.0, time) == math.copysign(1.0, strength) for time in found.times)


def test_no_time_goes_beyond_the_largest_lag() -> None:
    found = find_self_advection(pairs(0.02), SIDES, max_lag=3)
    assert abs(found.times[-1]) == pytest.approx(3 * abs(found.strength))


def test_a_field_that_only_moves_and_decays_does_not_carry_itself() -> None:
    # 8 standard errors from zero: a failure probability of about 1e-15 for a Gaussian statistic.
    found = find_self_advection(pairs(0.0, noise=0.3), SIDES, max_lag=100)
    assert found.times == ()
    assert abs(found.strength) < 8 * found.stderr


def test_the_other_sense_is_the_flow_of_the_negative_field() -> None:
    fields = smooth(8)[:, None]
    forward = CarriedField(FieldPolynomials.of(fields, GRID, degree=1), (0.5,), key=jax.random.key(0))
    backward = CarriedField(FieldPolynomials.of(-fields, GRID, degree=1), (-0.5,), key=jax.random.key(0))
    np.testing.assert_allclose(np.asarray(backward(-fields[0])), -np.asarray(forward(fields[0])), atol=1e-12)


def test_the_pipeline_uses_what_it_finds_unless_told_otherwise() -> None:
    values = pairs(0.05, count=16).values.repeat(20, axis=1)
    found = respond_to_field_pushes(values, grid=GRID, max_lag=2, key=jax.random.key(0))
    assert found.details.advection is not None
    assert found.details.functions.count == 7 + len(found.details.advection.times)
    plain = respond_to_field_pushes(values, grid=GRID, max_lag=2, key=jax.random.key(0), transport=())
    assert plain.details.advection is None
    assert plain.details.functions.count == 7
