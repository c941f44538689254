"""Spacing of noise levels from the norm law, and the norm law itself."""

import math

import jax
import numpy as np
import pytest
import scipy.special as special
import scipy.stats

from fluctua.core import OptionError
from fluctua.noise import (
    AbstractNoiseLaw,
    Gaussian,
    GeneralisedNormal,
    StudentT,
    norm_spaced_levels,
    norm_spacing,
)

BETAS = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 3.0, 4.0)
# Numbers of levels between a ratio of 5000 (100 in the last row), and the ratio in 3072 dimensions, as printed.
EXACT = {
    64: (13, 17.4, 20.9, 23.8, 26.3, 28.4, 30.2, 35.1, 37.9),
    784: (38.4, 56.7, 71.9, 84.4, 94.7, 103.3, 110.5, 130.6, 142.3),
    3072: (71.1, 109.8, 141.6, 167.3, 188.4, 205.9, 220.7, 261.3, 285.2),
    12288: (136.0, 217.1, 282.4, 334.9, 377.8, 413.4, 443.2, 525.6, 573.9),
}
RATIO_3072 = (1.12918, 1.08139, 1.06245, 1.05254, 1.04649, 1.04243, 1.03953, 1.03326, 1.03043)
NORMAL_3072 = (60.6, 103.7, 137.4, 164.3, 186.1, 204.1, 219.2, 261.0, 285.4)
EXACT_784_RATIO_100 = (21.2, 31.1, 39.3, 46.1, 51.7, 56.3, 60.2, 71.1, 77.4)
SPHERICAL = {784: (56.5, 79.1, 96.2, 110.5, 154.2), 3072: (111.6, 156.9, 191.6, 220.7, 310.0)}
# One unit in the last printed digit: some of the rows round values that end in 5.
PRINTED, PRINTED_RATIO = 0.1, 1.01e-5
# The print rounds the first to a whole number and is off by 1.5 units in the second, and by a little more than one in
# the ratio for beta = 3/4: there are 216.95 levels and the ratio is 1.081404, by our quantiles and by the check of them
# below, which shares nothing with their inversion.
OFF_IN_PRINT = {(0.5, 64): (13, 0.5), (0.75, 12288): (217.1, 0.16)}
OFF_IN_RATIO = {0.75: 1.4e-5}


def count(law: AbstractNoiseLaw, dimension: int, range_: float = 5000.0, method: str = "exact") -> float:
    return 1.0 + math.log(range_) / math.log(norm_spacing(law, dimension, method=method))


@pytest.mark.parametrize(("index", "beta"), list(enumerate(BETAS)))
def test_numbers_of_levels_are_those_of_the_table(index: int, beta: float) -> None:
    law = GeneralisedNormal(beta)
    for dimension, row in EXACT.items():
        printed, tolerance = OFF_IN_PRINT.get((beta, dimension), (row[index], PRINTED))
        assert printed == row[index]
        assert count(law, dimension) == pytest.approx(printed, abs=tolerance)
    ratio = norm_spacing(law, 3072)
    assert ratio == pytest.approx(RATIO_3072[index], abs=OFF_IN_RATIO.get(beta, PRINTED_RATIO))
    assert count(law, 3072, method="normal") == pytest.approx(NORMAL_3072[index], abs=PRINTED)
    assert count(law, 784, 100.0) == pytest.approx(EXACT_784_RATIO_100[index], abs=PRINTED)


def real_inversion(beta: float, dimension: int, norm: float) -> float:
    r"""$P(|n|^2 < v)$ by the formula of Gil-Pelaez, an integral along the real axis.

    It is $1/2 - \frac1\pi \int_0^\infty {\rm Im}[e^{-itv} \phi(t)^d] dt/t$; $\phi(t) = E e^{itn^2}$ of a coordinate is
    a plain sum. The error of the midpoint rule in $t$ is the chance of being further from $v$ than $2\pi$ over its
    step: 200 standard deviations, less than 1e-10 here.
    """
    position = np.arange(-4.0, math.log(42.0) / beta + 0.1, 2e-3)
    size = np.exp(position - np.exp(-position))
    weight = np.exp(-(size**beta)) * size * (1.0 + np.exp(-position))
    weight /= weight.sum()
    deviation = math.sqrt(dimension * (weight @ size**4 - (weight @ size**2) ** 2))
    step = 2.0 * math.pi / (200.0 * deviation)
    total, first, last = 0.0, 0, 1.0
    while last > 1e-13:
        time = step * (np.arange(first, first + 200) + 0.5)
        transform = (np.exp(1j * time[:, None] * size**2) @ weight) ** dimension
        total += float(np.sum(np.imag(np.exp(-1j * time * norm**2) * transform) / time)) * step
        first, last = first + 200, abs(transform[-1])
    return 0.5 - total / math.pi


@pytest.mark.parametrize(
    ("beta", "dimension", "levels"), [(0.5, 64, 13.2), (0.75, 12288, 216.95), (0.75, 3072, 109.8), (1.0, 3072, 141.6)]
)
def test_numbers_of_levels_rest_on_quantiles_that_another_inversion_confirms(
    beta: float, dimension: int, levels: float
) -> None:
    law = GeneralisedNormal(beta)
    for probability in (0.5, float(special.ndtr(-3.0))):
        found = real_inversion(beta, dimension, law.norm_quantile(probability, dimension))
        assert found == pytest.approx(probability, abs=1e-9)
    assert count(law, dimension) == pytest.approx(levels, abs=0.051)


@pytest.mark.parametrize("dimension", [784, 3072])
def test_numbers_of_levels_of_the_spherical_form(dimension: int) -> None:
    for beta, wanted in zip((0.5, 1.0, 1.5, 2.0, 4.0), SPHERICAL[dimension], strict=True):
        assert count(GeneralisedNormal(beta, 1.0, "spherical"), dimension) == pytest.approx(wanted, abs=PRINTED)


def test_the_normal_rule_is_the_published_one_for_gaussian_noise() -> None:
    ratio, root = norm_spacing(Gaussian(), 3072, method="normal"), math.sqrt(2.0 * 3072)
    overlap = special.ndtr(root * (ratio - 1.0) + 3.0 * ratio) - special.ndtr(root * (ratio - 1.0) - 3.0 * ratio)
    assert overlap == pytest.approx(0.5, abs=1e-10)
    assert ratio == pytest.approx(norm_spacing(GeneralisedNormal(2.0, 1.0, "spherical"), 3072, method="normal"))


def test_ratios_fall_with_the_dimension_and_grow_with_the_weight_of_the_tails() -> None:
    ratios = np.array([[norm_spacing(GeneralisedNormal(beta), d) for d in (2, 20, 200)] for beta in (2.0, 1.0, 0.5)])
    assert np.all(np.diff(ratios, axis=1) < 0.0)
    assert np.all(np.diff(ratios, axis=0) > 0.0)
    # Norms that do not concentrate leave the shells wide in every dimension.
    assert norm_spacing(StudentT(10.0), 2000) == pytest.approx(norm_spacing(StudentT(10.0), 200), rel=0.05)


def test_levels_are_the_fewest_with_ratios_up_to_the_spacing() -> None:
    ratio = norm_spacing(Gaussian(), 64)
    levels = norm_spaced_levels(Gaussian(3.0), 64, 0.01, 1.0)
    steps = len(levels) - 1
    assert levels[0] == 0.01
    assert levels[-1] == 1.0
    assert ratio**steps >= 100.0 > ratio ** (steps - 1)
    assert len(norm_spaced_levels(Gaussian(), 64, 0.01, 0.01 * ratio**3)) == 4
    assert norm_spaced_levels(Gaussian(), 64, 0.3, 0.3).tolist() == [0.3]


def test_what_cannot_be_spaced_is_refused() -> None:
    with pytest.raises(OptionError, match=r"in dimension 2 is about 2 times.*above 3\. Use method='exact'"):
        norm_spacing(Gaussian(), 2, method="normal")
    with pytest.raises(OptionError, match=r"student-t noise; .* concentrates .* Use method='exact'"):
        norm_spacing(StudentT(3.0), 100, method="normal")
    with pytest.raises(OptionError, match=r"method 'exat'.*exact, normal\. Use 'exact'"):
        norm_spacing(Gaussian(), 10, method="exat")
    for overlap in (0.0, 1.0, math.nan):
        with pytest.raises(OptionError, match=rf"with probability {overlap}; a number above 0.*Give 0\.5"):
            norm_spacing(Gaussian(), 10, overlap=overlap)
    with pytest.raises(OptionError, match=r"from 2\.0 to 1\.0; a positive smallest level"):
        norm_spaced_levels(Gaussian(), 10, 2.0, 1.0)


@pytest.mark.parametrize("dimension", [2, 3, 50, 12288])
def test_the_inverted_norm_law_is_the_chi_law_for_the_exponent_two(dimension: int) -> None:
    for probability in (0.001, 0.5, 0.999):
        wanted = scipy.stats.chi.ppf(probability, dimension)
        law = GeneralisedNormal(2.0, math.sqrt(2.0))
        assert law.norm_quantile(probability, dimension) == pytest.approx(wanted, rel=1e-7)


@pytest.mark.parametrize(("beta", "dimension"), [(0.3, 2), (0.5, 10), (1.0, 50), (8.0, 3), (1.5, 784)])
def test_quantiles_of_the_product_form_are_met_by_samples(beta: float, dimension: int) -> None:
    """Counts below a quantile are binomial; 15 comparisons at 5.9 standard errors fail with less than 1e-7."""
    size = 4_000_000 // (dimension + 20)
    norms = np.linalg.norm(
        jax.jit(lambda key: GeneralisedNormal(beta).sample(key, (size, dimension), "float32"))(jax.random.key(1)),
        axis=1,
    )
    for probability in (0.01, 0.5, 0.99):
        below = np.mean(norms < GeneralisedNormal(beta).norm_quantile(probability, dimension))
        assert abs(below - probability) < 5.9 * math.sqrt(probability * (1.0 - probability) / size)


@pytest.mark.parametrize(
    ("beta", "spread", "skew"),
    [(0.5, 2.44, 20.8), (1.0, 1.1180, 3.265), (1.5, 0.8310, 1.361), (2.0, 0.7071, 0.7071), (4.0, 0.5451, -0.092)],
)
def test_coefficient_of_variation_and_skew_of_the_norm(beta: float, spread: float, skew: float) -> None:
    """Times the root of the dimension, in 3072 dimensions: limits of high dimension, but for beta = 1/2."""
    dimension = 3072
    deviates, weights = np.polynomial.legendre.leggauss(40)
    deviates, weights = 6.0 * deviates, 6.0 * weights * np.exp(-18.0 * deviates**2) / math.sqrt(2.0 * math.pi)
    norms = np.array([GeneralisedNormal(beta).norm_quantile(float(special.ndtr(z)), dimension) for z in deviates])
    mean = weights @ norms
    deviation = math.sqrt(weights @ (norms - mean) ** 2)
    third = weights @ (norms - mean) ** 3 / deviation**3
    # Corrections to the limits are of the relative order 1/d, times 20 or so.
    assert math.sqrt(dimension) * deviation / mean == pytest.approx(spread, rel=0.003)
    assert math.sqrt(dimension) * third == pytest.approx(skew, rel=0.01, abs=0.003)


def test_coefficient_of_variation_and_skew_of_the_norm_of_the_spherical_form() -> None:
    """From three quantiles by Cornish and Fisher, Q(z) = mean + sd [z + skew (z^2 - 1) / 6 + ...]."""
    dimension = 10**6
    for beta, spread, skew in ((0.5, 1.4142, 3.536), (1.0, 1.0, 2.0), (1.5, 0.8165, 1.225), (3.0, 0.5774, 0.0)):
        law = GeneralisedNormal(beta, 1.0, "spherical")
        low, middle, high = (law.norm_quantile(float(special.ndtr(z)), dimension) for z in (-1.0, 0.0, 1.0))
        assert math.sqrt(dimension) * (high - low) / (2.0 * middle) == pytest.approx(spread, rel=1e-4)
        assert math.sqrt(dimension) * 6.0 * (high + low - 2.0 * middle) / (high - low) == pytest.approx(skew, abs=1e-3)
