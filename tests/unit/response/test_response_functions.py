"""Functions of a list of variables: laws of the dictionary, and which functions which record gets."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fluctua.core import OptionError
from fluctua.features import FarTails, Joined, Terms, mixed, powers, steps
from fluctua.response import ComponentPush, PushVectors, ResponseFunctions, response_functions

STATES = np.random.default_rng(0).standard_normal((500, 3)) @ np.array(
    [[1.0, 0.3, 0.0], [0.0, 2.0, 0.1], [0.0, 0.0, 0.5]]
)


@pytest.mark.parametrize("tails", [None, FarTails(np.array([3.0, 6.5, 20.0]), 500)], ids=["plain", "bounded"])
def test_tables_are_the_functions_and_their_mean_slopes(tails: FarTails | None) -> None:
    """In NumPy what the functions are state by state in JAX, and the slopes what their derivatives are."""
    terms = Terms.linear(STATES, tails).with_products(powers(3, range(2, 4)) + mixed(3, 2) + mixed(3, 3))
    assert terms.size == 3 + 6 + 3 + 7
    vectors = np.random.default_rng(1).standard_normal((1, 2, 3))
    values, slopes = terms.tables(STATES, vectors)
    np.testing.assert_allclose(values, jax.vmap(terms)(jnp.asarray(STATES)), rtol=0, atol=1e-10)
    for push in range(2):
        along = jax.vmap(lambda x, u=vectors[0, push]: jax.jvp(terms, (x,), (jnp.asarray(u),))[1])
        np.testing.assert_allclose(slopes[:, push], along(jnp.asarray(STATES)).mean(0), rtol=0, atol=1e-10)
    np.testing.assert_allclose(values[:, :3], (STATES - STATES.mean(0)) / STATES.std(0), rtol=0, atol=1e-12)


def test_what_no_single_state_decides_about_stays_plain() -> None:
    """The square of a variable that goes far, and even a fifth power of one that does not; a fifth power of it not."""
    tails = FarTails(np.array([4.0, 8.0]), 500_000)
    products = [((0, 2),), ((1, 2),), ((0, 1), (1, 1)), ((0, 5),), ((1, 5),)]
    terms = Terms.linear(STATES[:, :2], tails).with_products(products)
    assert terms.bounded.tolist() == [False, False, False, False, False, False, True]
    assert terms.alone(products[1:]).bounded.tolist() == [False, False, False, False, False, True]


def test_steps_lie_at_quantiles_and_move_with_their_variable_alone() -> None:
    found = steps(STATES, Terms.linear(STATES).whitening, [1], 9, 3.0)
    values, slopes = found.tables(STATES, np.eye(3)[None])
    assert np.all(np.abs(slopes[:, [0, 2]]) < 1e-12)
    assert np.all(slopes[:, 1] > 0)
    below = np.mean(values < 0, axis=0)
    np.testing.assert_allclose(below, np.arange(1, 10) / 10, atol=0.01)


def _autoregressive(keep: np.ndarray, steps: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    record = np.empty((1, steps, len(keep)))
    state = rng.standard_normal(len(keep))
    for n in range(steps):
        state = keep * state + np.sqrt(1 - keep**2) * rng.standard_normal(len(keep))
        record[0, n] = state
    return record


def _functions(record: np.ndarray, push: int = 0, **options) -> ResponseFunctions:  # type: ignore[no-untyped-def]
    vectors = PushVectors((ComponentPush("x", push),), record.shape[2])
    return response_functions(record, record, vectors, **options)


def _sizes(record: np.ndarray, push: int = 0, **options) -> int:  # type: ignore[no-untyped-def]
    return _functions(record, push, **options).dictionary.size


def test_a_slow_column_takes_no_functions_from_the_others() -> None:
    """It adds itself; what is pushed has all functions that it has alone."""
    both = _autoregressive(np.array([0.5, 0.9995]), 6000, 2)
    alone = _sizes(both[:, :, :1])
    assert alone > 10
    assert _sizes(both) == alone + 1


def test_a_short_record_has_few_functions() -> None:
    assert _sizes(_autoregressive(np.array([0.9]), 300, 3)) < _sizes(_autoregressive(np.array([0.9]), 20_000, 3))


def test_a_degree_that_is_asked_for_is_used_however_short_the_record() -> None:
    assert _sizes(_autoregressive(np.array([0.9, 0.9]), 400, 4), degree=3) == 9


def test_products_that_the_conjugate_observable_misses_are_added() -> None:
    """The score of y is -y / s(x)^2 where x decides about its spread; t-value above 10, 3.5 are needed."""
    x = _autoregressive(np.array([0.9]), 40_000, 5)[0, :, 0]
    y = _autoregressive(np.array([0.5]), 40_000, 6)[0, :, 0] * (1 + np.tanh(2 * x) + 0.2)
    spread = np.stack([x, y], axis=1)[None]
    plain = _autoregressive(np.array([0.9, 0.5]), 40_000, 7)
    assert _functions(spread, 1).dictionary.size > _functions(plain, 1).dictionary.size


def test_products_that_it_does_not_miss_are_not() -> None:
    """Of three products of degree four one is added in .3 % of records; five in 20 with a probability of 3e-9."""
    records = [_autoregressive(np.array([0.9, 0.5]), 5000, 100 + seed) for seed in range(20)]
    sizes = [_sizes(record, 1) for record in records]
    assert sum(size > min(sizes) for size in sizes) < 5


def test_products_of_the_fifth_degree_are_seen_where_a_reflection_hides_the_fourth() -> None:
    """The score of y is -y / s(|x|)^2: with x and y of either sign every identity of degree four is met."""
    x = _autoregressive(np.array([0.9]), 40_000, 5)[0, :, 0]
    y = _autoregressive(np.array([0.5]), 40_000, 6)[0, :, 0] * np.where(np.abs(x) > 1, 1.0, 0.3)
    plain = _autoregressive(np.array([0.9, 0.5]), 40_000, 7)
    assert _functions(np.stack([x, y], axis=1)[None], 1).dictionary.size > _functions(plain, 1).dictionary.size


def _thin_cycle(steps: int, seed: int) -> np.ndarray:
    """Van der Pol's oscillator, by Euler's method at a fifth of the record's step of 0.1."""
    rng = np.random.default_rng(seed)
    x, v = np.array([2.0]), np.array([0.0])
    found = np.empty((steps, 2))
    for n in range(-50, steps):
        for _ in range(5):
            x, v = (
                x + 0.02 * v + 0.1 * 0.02**0.5 * rng.standard_normal(),
                v + 0.02 * (2 * (1 - x**2) * v - x) + 0.5 * 0.02**0.5 * rng.standard_normal(),
            )
        found[max(n, 0)] = x[0], v[0]
    return found[None]


def test_a_thin_cycle_has_products_of_high_degrees_and_slanted_steps() -> None:
    """B and the regressions of both variables need them; of a Gaussian of the same memory neither does."""
    functions = _functions(_thin_cycle(8000, 0), 1)
    first = functions.dictionary
    while isinstance(first, Joined):
        first = first.parts[0]
    assert isinstance(first, Terms)
    assert np.asarray(first.orders).sum(axis=1).max() >= 7
    assert functions.dictionary.size - 40 > functions.coarser >= first.size
    plain = _functions(_autoregressive(np.array([0.8, 0.6]), 8000, 1), 1)
    assert plain.dictionary.size < 40


def _short(seed: int) -> np.ndarray:
    """About 90 independent states of two variables: there is room for three functions, or for four that are missing."""
    return _autoregressive(np.array([0.9, 0.9]), 1600, seed)


def test_a_short_record_has_the_products_that_it_shows_to_be_missing() -> None:
    """x decides about the spread of y; what there is no room for is one more row of the band."""
    found = []
    for seed in range(20):
        x, y = _short(200 + seed)[0].T
        found.append(_functions(np.stack([x, y * np.exp(x)], axis=1)[None]))
    assert np.mean([each.dictionary.size > each.linear for each in found]) > 0.5
    assert any(each.coarser < each.dictionary.size for each in found)


def test_a_short_gaussian_record_has_none() -> None:
    """Of eighteen one is added in 1 % of records, and in three of 20 with a probability of .001."""
    assert sum(_sizes(_short(300 + seed)) > 2 for seed in range(20)) < 3


def test_functions_that_are_asked_for_are_used() -> None:
    record = _autoregressive(np.array([0.9, 0.9, 0.9]), 500, 4)
    sizes = [_sizes(record, kind=kind) for kind in ("linear", "additive", "pairs", "triples")]
    assert sizes == [3, 9, 12, 19]
    with pytest.raises(OptionError, match="19 functions of 3 variables"):
        _sizes(record[:, :80], kind="triples")


def test_fine_steps_are_for_a_rough_density_alone() -> None:
    """Where the density has ripples of a fifth of a standard deviation, every second of them apart from the others."""
    rng = np.random.default_rng(5)
    smooth = rng.standard_normal((1, 60_000, 1))
    candidates = rng.standard_normal(240_000)
    kept = candidates[rng.random(240_000) < (1 + 0.9 * np.cos(30 * candidates)) / 1.9][:60_000]
    rough = kept.reshape(1, -1, 1)
    assert _sizes(rough) == _sizes(smooth) + 160
    assert _functions(rough).coarser == _sizes(rough) - 80


def test_products_that_matter_are_found_among_many_variables() -> None:
    """x1 is carried by the product of x0 and x2: of 36 pairs that one is taken, and hardly another."""
    rng = np.random.default_rng(6)
    steps_of, dimension = 20_000, 9
    record = np.empty((1, steps_of, dimension))
    state = rng.standard_normal(dimension)
    for n in range(steps_of):
        noise = 0.5 * rng.standard_normal(dimension)
        nudge = np.zeros(dimension)
        nudge[1] = 0.4 * state[0] * state[2]
        nudge[0] = -0.1 * state[0] * state[1] * state[2]
        state = np.clip(0.8 * state + nudge + noise, -5, 5)
        record[0, n] = state
    vectors = PushVectors((ComponentPush("x0", 0),), dimension)
    functions, linear, _ = response_functions(record, record, vectors)
    assert linear == dimension
    assert isinstance(functions, Terms)
    added = {tuple(sorted(pair)) for pair in np.asarray(functions.variables)[dimension + 2 * dimension :, :2].tolist()}
    assert (0, 2) in added or (1, 2) in added
    assert len(added) <= 6
