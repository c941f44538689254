"""Mass at single values, ends of densities and rounding; smooth tails and fine or coarse rounding are neither."""

import numpy as np
import pytest
from small_records import linear, oscillator, spiral, well

from fluctua.statistics import atoms_and_walls

SMOOTH = {
    "linear": lambda seed: linear(seed, 4, 3000),
    "slow": lambda seed: linear(seed, 1, 10_000, 0.999),
    "well": lambda seed: well(seed, 40, 150),
    "spiral": lambda seed: spiral(seed, 40, 150),
    "oscillator": lambda seed: oscillator(seed, 4, 2000),
    "skewed": lambda seed: np.exp(linear(seed, 4, 3000)),
    "vanishing linearly": lambda seed: np.random.default_rng(seed).beta(2, 2, (4, 3000, 1)),
    "single precision": lambda seed: linear(seed, 4, 10_000).astype(np.float32).astype(float),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_densities_have_neither(name: str) -> None:
    # Four standard errors above 0.35, where a quarter or less is true: below 1e-7 for each end.
    for seed in range(5):
        for found in atoms_and_walls(SMOOTH[name](seed)):
            assert found.atoms == ()
            assert (found.lower_wall, found.upper_wall, found.rounding) == (None, None, 0.0)


@pytest.mark.parametrize("step", [0.001, 0.01, 0.1, 0.5])
def test_rounding_is_no_atom(step: float) -> None:
    for seed in range(3):
        (found,) = atoms_and_walls(np.round(linear(seed, 4, 3000, 0.99) / step) * step)
        assert found.rounding == pytest.approx(step, rel=1e-6)
        assert (found.lower_wall, found.upper_wall) == (None, None)
        assert found.distinct <= 12 or found.atoms == ()


@pytest.mark.parametrize("digits", [2, 12])
def test_a_value_of_its_own_is_an_atom(digits: int) -> None:
    record = np.round(linear(0, 4, 3000), digits)
    record[:, ::20] = 0.7
    (found,) = atoms_and_walls(record)
    assert len(found.atoms) == 1
    assert found.atoms[0][0] == 0.7
    assert found.atoms[0][1] == pytest.approx(0.05, abs=0.01)
    assert found.lower_wall is None


@pytest.mark.parametrize("seed", range(3))
def test_walls_are_found_at_the_end_where_they_are(seed: int) -> None:
    # 1600 and more values in the tails: 0.5 lies ten standard errors above 0.35, four are asked for.
    reflected = np.abs(linear(seed, 4, 20_000))
    rounded = np.round(np.abs(linear(seed, 4, 20_000)), 2)
    found = atoms_and_walls(np.concatenate([reflected, -reflected, np.maximum(reflected, 0.5)], axis=2))
    assert found[0].lower_wall == reflected.min()
    assert found[0].upper_wall is None
    assert found[1].upper_wall == -reflected.min()
    assert found[1].lower_wall is None
    assert found[2].lower_wall == found[2].atoms[0][0] == 0.5
    assert atoms_and_walls(rounded)[0].lower_wall == 0.0
    uniform = np.random.default_rng(seed).uniform(size=(1, 100_000, 1))
    assert None not in (atoms_and_walls(uniform)[0].lower_wall, atoms_and_walls(uniform)[0].upper_wall)


def test_a_variable_of_few_values_is_all_atoms() -> None:
    (found,) = atoms_and_walls((linear(0, 4, 1000) > 0.5).astype(float))
    assert {value for value, _ in found.atoms} == {0.0, 1.0}
    assert sum(share for _, share in found.atoms) == pytest.approx(1.0)
    assert found.distinct == 2
