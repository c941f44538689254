"""The maximum mean discrepancy against closed forms and against the sums written out."""

import numpy as np
import pytest
import scipy.spatial.distance

from studies.heavy_tails import discrepancy
from studies.heavy_tails.discrepancy import median_distance, squared_discrepancy


def exact(dimension: int, shift: float, deviations: tuple[float, float], scale: float) -> float:
    """Of N(0, a^2 I) and N(m, b^2 I): a Gaussian kernel averaged over Gaussians is a Gaussian of the summed widths."""

    def mean(width: float, apart: float) -> float:
        total = scale**2 + width
        return (scale**2 / total) ** (dimension / 2) * np.exp(-(apart**2) / (2 * total))

    one, two = deviations[0] ** 2, deviations[1] ** 2
    return mean(2 * one, 0.0) + mean(2 * two, 0.0) - 2 * mean(one + two, shift)


@pytest.mark.parametrize(
    ("shift", "deviations", "scale"), [(0.0, (1.0, 1.0), 1.5), (1.0, (1.0, 1.0), 1.0), (0.5, (1.0, 2.0), 0.7)]
)
def test_its_mean_is_that_of_two_gaussians(shift: float, deviations: tuple[float, float], scale: float) -> None:
    # 600 pairs of samples of 30 and 20: the mean is normal to good precision, six of its standard errors have a
    # chance below 1e-8. A sum with the pairs of a state with itself would be too large by 1/30 + 1/20 less what is
    # taken off, more than 0.03, which is over ten standard errors.
    generator = np.random.default_rng(1)
    found = []
    for _ in range(600):
        real = deviations[0] * generator.standard_normal((30, 3))
        drawn = deviations[1] * generator.standard_normal((20, 3)) + [shift, 0.0, 0.0]
        found.append(squared_discrepancy(real, drawn, scale))
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    assert error < 0.003
    assert np.mean(found) == pytest.approx(exact(3, shift, deviations, scale), abs=6 * error)


def test_blocks_are_the_sums_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discrepancy, "_BLOCK", 7)
    generator = np.random.default_rng(2)
    real, drawn = generator.standard_cauchy((23, 4)), 0.5 + generator.standard_cauchy((31, 4))

    def mean(one: np.ndarray, two: np.ndarray, same: bool) -> float:
        values = np.exp(-0.5 * scipy.spatial.distance.cdist(one, two, "sqeuclidean") / 3.0**2)
        return values[~np.eye(len(values), dtype=bool)].mean() if same else values.mean()

    expected = mean(real, real, True) + mean(drawn, drawn, True) - 2 * mean(real, drawn, False)
    assert squared_discrepancy(real, drawn, 3.0) == pytest.approx(expected, rel=1e-10)


def test_states_that_overflow_are_far_from_all_others() -> None:
    real = np.random.default_rng(3).standard_normal((50, 2))
    far = np.array([[1e200, 0.0], [0.0, -1e200], [1e308, 1e308]])
    within = squared_discrepancy(real, real + 1e3, 1.0) / 2.0
    assert squared_discrepancy(real, far, 1.0) == pytest.approx(within)


def test_the_scale_is_the_median_distance_whatever_the_tails() -> None:
    generator = np.random.default_rng(4)
    states = generator.standard_cauchy((40, 3))
    expected = np.median(scipy.spatial.distance.pdist(states))
    assert median_distance(states) == pytest.approx(expected)
    assert median_distance(np.concatenate([states, generator.standard_normal((9, 3))]), 40) == pytest.approx(expected)
