"""Dictionaries: the functions they say they are, as many as they say, with the right slopes."""

import itertools
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

from fluctua.core import map_states
from fluctua.scores import (
    AbstractDictionary,
    Joined,
    Polynomials,
    Ridges,
    Whitening,
    polynomial_size,
)


def _hermite(order: int, z: np.ndarray) -> np.ndarray:
    return scipy.special.eval_hermitenorm(order, z) / math.sqrt(math.factorial(order))


def _whitening(dimension: int) -> Whitening:
    root = np.eye(dimension) + 0.4 * np.tri(dimension, k=-1)
    return Whitening.of(np.arange(dimension) - 1.0, 4.0 * root @ root.T)


def _whitened(whitening: Whitening, states: np.ndarray) -> np.ndarray:
    return (states - np.asarray(whitening.mean)) @ np.asarray(whitening.matrix).T


def test_in_one_variable_they_are_the_hermite_polynomials() -> None:
    whitening = Whitening.of(np.array([2.0]), np.array([[9.0]]))
    states = np.linspace(-10.0, 14.0, 50)[:, None]
    values = map_states(Polynomials(whitening, 6), states)
    expected = np.stack([_hermite(order, (states[:, 0] - 2.0) / 3.0) for order in range(1, 7)], axis=1)
    np.testing.assert_allclose(values, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("dimension", "degree"), [(2, 4), (3, 3), (5, 2), (2, 1)])
def test_in_several_variables_they_are_the_products_in_order_of_degree(dimension: int, degree: int) -> None:
    whitening = _whitening(dimension)
    states = np.random.default_rng(0).normal(size=(20, dimension))
    z = _whitened(whitening, states)
    values = map_states(Polynomials(whitening, degree), states)
    first = 0
    for total in range(1, degree + 1):
        orders = [k for k in itertools.product(range(total + 1), repeat=dimension) if sum(k) == total]
        expected = np.stack([np.prod([_hermite(k, z[:, i]) for i, k in enumerate(o)], axis=0) for o in orders], axis=1)
        found = values[:, first : first + len(orders)]
        # The order within one degree is free: compare as sets, sorted by the value at the first state.
        np.testing.assert_allclose(found[:, np.argsort(found[0])], expected[:, np.argsort(expected[0])], atol=1e-9)
        first += len(orders)
    assert first == values.shape[1]


def test_the_functions_are_orthonormal_under_a_gaussian() -> None:
    nodes, weights = np.polynomial.hermite_e.hermegauss(12)
    grid = np.stack(np.meshgrid(nodes, nodes), axis=-1).reshape(-1, 2)
    weight = np.outer(weights, weights).ravel() / (2 * np.pi)
    values = map_states(Polynomials(Whitening.of(np.zeros(2), np.eye(2)), 4), grid)
    np.testing.assert_allclose(values.T @ (weight[:, None] * values), np.eye(values.shape[1]), atol=1e-10)
    np.testing.assert_allclose(weight @ values, 0.0, atol=1e-10)


@pytest.mark.parametrize("dimension", [1, 2, 3, 7])
@pytest.mark.parametrize("degree", [1, 2, 3, 5])
def test_their_number_is_the_number_of_monomials(dimension: int, degree: int) -> None:
    dictionary = Polynomials(Whitening.of(np.zeros(dimension), np.eye(dimension)), degree)
    assert dictionary.size == polynomial_size(dimension, degree) == math.comb(dimension + degree, degree) - 1
    assert jax.eval_shape(dictionary, jnp.ones(dimension)).shape == (dictionary.size,)


def _dictionaries() -> dict[str, AbstractDictionary]:
    whitening = _whitening(3)
    ridges = Ridges.random(jax.random.key(3), whitening, 20)
    polynomials = Polynomials(whitening, 3)
    return {
        "polynomials": polynomials,
        "bounded": Polynomials(whitening, 3, saturation=3.0),
        "ridges": ridges,
        "joined": Joined(polynomials, ridges),
    }


@pytest.mark.parametrize("name", ["polynomials", "bounded", "ridges", "joined"])
def test_directional_derivatives_are_differences(name: str) -> None:
    dictionary = _dictionaries()[name]
    push, step = jnp.array([1.0, -2.0, 0.5]), 1e-5
    value = eqx.filter_jit(dictionary)
    along = jax.jit(lambda state, push: jax.jvp(dictionary, (state,), (push,))[1])
    for state in np.random.default_rng(1).normal(size=(6, 3)):
        slope = along(state, push)
        difference = (value(state + step * push) - value(state - step * push)) / (2 * step)
        assert slope.shape == (dictionary.size,)
        # Truncation of order the step squared, rounding 1e-16 / step.
        np.testing.assert_allclose(slope, difference, rtol=1e-6, atol=1e-7)
        np.testing.assert_allclose(along(state, 3 * push), 3 * slope)


def test_bounded_polynomials_are_bounded_and_agree_near_the_middle() -> None:
    whitening = Whitening.of(np.zeros(1), np.eye(1))
    bounded, plain = Polynomials(whitening, 3, saturation=3.0), Polynomials(whitening, 3)
    # The linear function stays linear, so that the classical response is always contained.
    np.testing.assert_allclose(map_states(bounded, np.array([[1e6]]))[0, 0], 1e6)
    far = map_states(bounded, np.array([[1e3], [1e6], [1e12]]))[:, 1:]
    assert np.abs(far).max() < 30
    np.testing.assert_allclose(far[0], far[2], rtol=1e-4)
    middle = np.linspace(-0.05, 0.05, 5)[:, None]
    np.testing.assert_allclose(map_states(bounded, middle), map_states(plain, middle), atol=1e-4)


def test_joined_is_one_after_the_other() -> None:
    parts = _dictionaries()
    state = jnp.array([0.3, -1.0, 2.0])
    expected = np.concatenate([parts["polynomials"](state), parts["ridges"](state)])
    np.testing.assert_array_equal(parts["joined"](state), expected)
    assert parts["joined"].size == parts["polynomials"].size + parts["ridges"].size


@pytest.mark.parametrize(("dimension", "size"), [(1, 10), (2, 9), (3, 40), (6, 8)])
def test_ridges_are_steps_of_both_signs_and_repeatable(dimension: int, size: int) -> None:
    whitening = Whitening.of(np.zeros(dimension), np.eye(dimension))
    ridges = Ridges.random(jax.random.key(0), whitening, size)
    again, other = (Ridges.random(jax.random.key(k), whitening, size) for k in (0, 1))
    assert ridges.size == size
    np.testing.assert_array_equal(ridges.directions, again.directions)
    assert dimension == 1 or size <= dimension or not np.array_equal(ridges.directions, other.directions)
    values = map_states(ridges, np.random.default_rng(2).normal(size=(4000, dimension)))
    assert np.abs(values).max() <= 1.0
    # Steps lie within three standard deviations: none is constant on the data.
    assert values.std(axis=0).min() > 1e-3


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("name", ["polynomials", "bounded", "ridges", "joined"])
def test_tables_are_the_functions_and_their_mean_slopes(name: str, many: bool) -> None:
    """For pushes that are the same in every state, and for those that are not."""
    dictionary, rng = _dictionaries()[name], np.random.default_rng(4)
    states, directions = rng.normal(size=(300, 3)), rng.normal(size=(300 if many else 1, 2, 3))
    values, slopes = dictionary.tables(states, directions)
    np.testing.assert_allclose(values, map_states(dictionary, states), rtol=1e-9, atol=1e-12)
    jacobian = np.asarray(jax.jit(jax.vmap(jax.jacfwd(dictionary)))(jnp.asarray(states)))
    along = np.einsum("nfd,nqd->nfq", jacobian, np.broadcast_to(directions, (300, 2, 3)))
    np.testing.assert_allclose(slopes, along.mean(axis=0), rtol=1e-9, atol=1e-10)
    assert dictionary.tables(states, directions[:, :0])[1].shape == (dictionary.size, 0)
