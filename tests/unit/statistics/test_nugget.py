"""Measurement noise: its share, what is at least noise, and that neither fast nor coarse motion is taken for it.

Numbers of alarms are bounded so that each bound fails by chance with probability 1e-7 at the stated rates.
"""

from collections.abc import Callable

import numpy as np
import pytest
from small_records import fewest, linear, most, oscillator, spiral, well, with_noise

from fluctua.statistics import Nugget, nugget

Maker = Callable[[int], np.ndarray]


def two_parts(seed: int) -> np.ndarray:
    return np.sqrt(0.7) * linear(seed, 4, 2000, 0.95) + np.sqrt(0.3) * linear(seed + 5000, 4, 2000, 0.3)


MARKOV: dict[str, tuple[Maker, int]] = {
    "linear": (lambda seed: linear(seed, 4, 1500, 0.9), 60),
    "slow": (lambda seed: linear(seed, 4, 1500, 0.995), 60),
    "coarse": (lambda seed: linear(seed, 4, 1500, 0.3), 60),
    "at the border of coarse": (lambda seed: linear(seed, 4, 1500, 0.65), 60),
    "well": (lambda seed: well(seed, 60, 150), 12),
    "coarse well": (lambda seed: well(seed, 60, 150, dt=1.5, within=20), 4),
    "oscillator": (lambda seed: oscillator(seed, 4, 1500), 60),
    "fast oscillator": (lambda seed: oscillator(seed, 4, 1500, period=5, coherence=10), 60),
    "spiral": (lambda seed: spiral(seed, 60, 150), 8),
    "slow and fast part": (two_parts, 60),
}


@pytest.mark.parametrize("name", MARKOV)
def test_motion_is_not_noise(name: str) -> None:
    make, records = MARKOV[name]
    alarms = sum(nugget(make(seed)).overall() < 0.05 for seed in range(records))
    assert alarms <= most(records, 0.06)


def test_noise_of_half_the_spread_is_found() -> None:
    found = [nugget(with_noise(linear(seed, 4, 4000), 0.5, seed)) for seed in range(30)]
    assert sum(each.overall() < 0.01 for each in found) >= fewest(30, 0.95)


def test_noise_on_a_well_is_found() -> None:
    found = [nugget(with_noise(well(seed, 200, 400), 1 / 3, seed)) for seed in range(3)]
    # Nine of ten records of this length, and so with probability 1e-3 none of three.
    assert sum(each.overall() < 0.05 for each in found) >= 1
    assert all(abs(each.share[0] - 0.1) < 6 * each.stderr[0] for each in found)


@pytest.mark.parametrize("spread", [0.0, 0.2, 1 / 3, 0.5])
def test_the_share_and_its_error(spread: float) -> None:
    found = [nugget(with_noise(linear(seed, 4, 1500), spread, seed)) for seed in range(40)]
    shares, errors = (np.array([getattr(each, name)[0] for each in found]) for name in ("share", "stderr"))
    share = spread**2 / (1 + spread**2)
    assert abs(shares.mean() - share) < 6 * shares.std() / np.sqrt(40) + 1e-4
    # The spread over 40 records is known to 11 %.
    assert errors.mean() == pytest.approx(shares.std(), rel=0.6)


def test_what_is_at_least_noise_is_below_what_there_is() -> None:
    found = [nugget(with_noise(linear(seed, 4, 6000), 0.5, seed)) for seed in range(30)]
    least = np.array([each.least[0] for each in found])
    assert least.mean() < 0.2
    assert least.mean() > 0.08


def test_each_variable_has_its_own_verdict() -> None:
    clean, fast = linear(0, 4, 4000), linear(2, 4, 4000, 0.2)
    found = nugget(np.concatenate([clean, with_noise(linear(1, 4, 4000), 0.5), fast, np.ones_like(clean)], axis=2))
    assert found.resolved.tolist() == [True, True, False, False]
    assert found.least[[0, 2, 3]].tolist() == [0.0, 0.0, 0.0]
    assert found.pvalue[[2, 3]].tolist() == [1.0, 1.0]
    assert found.pvalue[1] < 1e-3
    assert np.isfinite(np.concatenate(found[:4])).all()
    assert found.overall() == 4 * found.pvalue.min()


def test_units_and_offsets_do_not_matter() -> None:
    record = with_noise(linear(3, 4, 1500), 0.4)
    first, second = nugget(record), nugget(1e4 + 1e-3 * record)
    for one, other in zip(first, second, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4)


def test_many_short_members_are_one_record() -> None:
    found = nugget(with_noise(linear(4, 500, 60), 0.5))
    assert isinstance(found, Nugget)
    assert found.overall() < 0.01  # 30 000 states: found in more than 99.9 % of records
    with pytest.raises(ValueError, match="40 steps"):
        nugget(np.zeros((3, 39, 1)))
