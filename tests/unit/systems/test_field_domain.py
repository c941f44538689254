"""Periodic domains: spectra, derivatives and sums agree with what is known on the grid."""

import jax
import numpy as np
import pytest

from fluctua.core import OptionError
from fluctua.systems import PeriodicDomain

DOMAINS = [PeriodicDomain((16,)), PeriodicDomain((9,)), PeriodicDomain((8, 12), (2.0, 5.0)), PeriodicDomain((7, 10))]


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: str(domain.shape))
def test_there_and_back(domain: PeriodicDomain) -> None:
    fields = np.asarray(jax.random.normal(jax.random.key(0), (3, *domain.shape)))
    spectra = domain.forward(fields)
    assert spectra.shape == (3, *domain.half_shape)
    np.testing.assert_allclose(domain.backward(spectra), fields, atol=1e-13)
    squares = (domain.weights() * np.abs(spectra) ** 2).sum(axis=tuple(range(1, fields.ndim))) / domain.size
    np.testing.assert_allclose(squares, (fields**2).sum(axis=tuple(range(1, fields.ndim))), rtol=1e-12)


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: str(domain.shape))
def test_derivatives_of_waves(domain: PeriodicDomain) -> None:
    """Sines and cosines of two waves per length, along each axis."""
    grids = np.meshgrid(*domain.coordinates(), indexing="ij")
    for axis, (position, length) in enumerate(zip(grids, domain.lengths, strict=True)):
        wave = 4.0 * np.pi / length
        slope = domain.backward(domain.derivative(axis) * domain.forward(np.sin(wave * position)))
        np.testing.assert_allclose(slope, wave * np.cos(wave * position), atol=1e-11)
        curvature = domain.backward(-domain.squared_wavenumber() * domain.forward(np.sin(wave * position)))
        np.testing.assert_allclose(curvature, -(wave**2) * np.sin(wave * position), atol=1e-10)


def test_the_nyquist_wave_has_no_slope_but_a_curvature() -> None:
    domain = PeriodicDomain((8, 8))
    assert domain.derivative(1)[0, -1] == 0.0
    assert domain.derivative(0)[4, 0] == 0.0
    assert domain.derivative(0)[4, 1] == 0.0
    assert domain.squared_wavenumber()[4, 4] == 32.0


def test_a_third_of_the_wavenumbers_is_cut() -> None:
    """The square of a field cut at two thirds has, below the cut, the coefficients it has on a finer grid."""
    coarse, fine = PeriodicDomain((18,)), PeriodicDomain((36,))
    mask = coarse.dealiased(2 / 3)
    assert mask.tolist() == [True] * 6 + [False] * 4
    spectrum = mask * np.asarray(coarse.forward(jax.random.normal(jax.random.key(1), (18,))))
    padded = np.zeros(fine.half_shape, complex)
    padded[:10] = 2.0 * spectrum
    squared = np.asarray(coarse.forward(coarse.backward(spectrum) ** 2))
    expected = np.asarray(fine.forward(fine.backward(padded) ** 2))[:10] / 2.0
    np.testing.assert_allclose(squared[mask], expected[mask], atol=1e-12)
    assert coarse.dealiased(1.0).all()


def test_names_and_spacing() -> None:
    domain = PeriodicDomain((4, 10), (1.0, 5.0))
    assert (domain.dims, domain.size, domain.spacing) == (("y", "x"), 40, (0.25, 0.5))
    assert PeriodicDomain((4,)).dims == ("x",)
    assert hash(domain) == hash(PeriodicDomain((4, 10), (1.0, 5.0)))


@pytest.mark.parametrize(("shape", "lengths"), [((2, 8), None), ((8, 8, 8), None), ((), None)])
def test_grids_that_are_refused(shape: tuple[int, ...], lengths: None) -> None:
    with pytest.raises(OptionError, match=r"grid of shape .* was given; one or two dimensions .*Give a shape"):
        PeriodicDomain(shape, lengths)


@pytest.mark.parametrize("lengths", [(1.0,), (1.0, -2.0), (1.0, float("inf"))])
def test_lengths_that_are_refused(lengths: tuple[float, ...]) -> None:
    with pytest.raises(OptionError, match=r"[Tt]he lengths \(1.0.*\(8, 8\); every axis needs one positive length"):
        PeriodicDomain((8, 8), lengths)
