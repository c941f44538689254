"""The multilayer perceptron and the naming of its parameters."""

import dataclasses
import itertools
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest

from fluctua.core import OptionError
from fluctua.networks import (
    FEATURE_COUNT,
    MultilayerPerceptron,
    compressed,
    condition_features,
    count_parameters,
    parameters_from_arrays,
    parameters_to_arrays,
)

CASES = list(itertools.product(["silu", "tanh"], [False, True], [1, 3]))


def _trained(network: MultilayerPerceptron) -> MultilayerPerceptron:
    """The network with a last layer that is not zero."""
    weight = jax.random.normal(jax.random.key(9), network.layers[-1].weight.shape, jnp.float32)
    return eqx.tree_at(lambda tree: tree.layers[-1].weight, network, weight)


def _make(activation: Literal["silu", "tanh"] = "silu", residual: bool = False, depth: int = 2) -> MultilayerPerceptron:
    return MultilayerPerceptron(
        3,
        2,
        width=8,
        depth=depth,
        activation=activation,
        residual=residual,
        key=jax.random.key(0),  # pyright: ignore
    )


@pytest.mark.parametrize(("activation", "residual", "depth"), CASES)
def test_a_new_network_is_zero_and_a_trained_one_is_not(
    activation: Literal["silu", "tanh"], residual: bool, depth: int
) -> None:
    network = _make(activation, residual, depth)
    x, condition = jnp.array([1.0, -2.0, 0.5], jnp.float32), jnp.asarray(0.3, jnp.float32)
    assert network(x, condition).tolist() == [0.0, 0.0]
    trained = _trained(network)(x, condition)
    assert trained.dtype == jnp.float32
    assert np.all(trained != 0.0)


@pytest.mark.parametrize(("activation", "residual", "depth"), CASES)
def test_it_is_the_formula_it_states(activation: Literal["silu", "tanh"], residual: bool, depth: int) -> None:
    network = _trained(_make(activation, residual, depth))
    act = {"silu": lambda v: v / (1 + np.exp(-v)), "tanh": np.tanh}[activation]
    x, condition = np.array([1.0, -2.0, 0.5]), 0.3
    hidden = np.concatenate([x, np.asarray(condition_features(jnp.asarray(condition)))])
    for index, layer in enumerate(network.layers[:-1]):
        new = act(np.asarray(layer.weight, float) @ hidden + np.asarray(layer.bias, float))
        hidden = hidden + new / np.sqrt(depth) if residual and index else new
    wanted = np.asarray(network.layers[-1].weight, float) @ hidden
    value = network(jnp.asarray(x, jnp.float32), jnp.asarray(condition, jnp.float32))
    np.testing.assert_allclose(value, wanted, rtol=1e-4, atol=1e-5)


def test_it_depends_on_the_condition_and_batches_by_vmap() -> None:
    network = _trained(_make())
    x = jax.random.normal(jax.random.key(1), (7, 3), jnp.float32)
    conditions = jnp.linspace(-1.0, 1.0, 7, dtype=jnp.float32)
    batch = jax.vmap(network)(x, conditions)
    one_by_one = jnp.stack([network(a, b) for a, b in zip(x, conditions, strict=True)])
    np.testing.assert_allclose(batch, one_by_one, rtol=1e-4, atol=1e-5)
    at_one_state = jax.jit(jax.vmap(network, (None, 0)))(x[0], conditions)
    assert np.abs(np.diff(at_one_state, axis=0)).min() > 1e-4


def test_features_are_smooth_and_as_many_as_stated() -> None:
    conditions = jnp.linspace(-1.0, 1.0, 201)
    features = jax.jit(jax.vmap(condition_features))(conditions)
    assert features.shape == (201, FEATURE_COUNT)
    assert np.abs(np.diff(features, axis=0)).max() <= np.pi * 0.01 + 1e-12


@pytest.mark.parametrize(("activation", "residual", "depth"), CASES)
def test_configuration_and_arrays_restore_it(activation: Literal["silu", "tanh"], residual: bool, depth: int) -> None:
    network = _trained(_make(activation, residual, depth))
    empty = MultilayerPerceptron(**network.config(), key=jax.random.key(5))
    restored = parameters_from_arrays(empty, parameters_to_arrays(network, "net."), "net.")
    assert bool(eqx.tree_equal(network, restored))
    assert "net.layers.0.weight" in parameters_to_arrays(network, "net.")
    sizes = [3 + FEATURE_COUNT, *[8] * depth, 2]
    assert count_parameters(network) == sum((a + 1) * b for a, b in itertools.pairwise(sizes))


def test_missing_and_misshapen_arrays_are_refused_by_name() -> None:
    network = _make()
    arrays = parameters_to_arrays(network)
    with pytest.raises(KeyError, match=r"layers\.1\.bias"):
        parameters_from_arrays(network, {name: value for name, value in arrays.items() if name != "layers.1.bias"})
    with pytest.raises(ValueError, match=r"layers\.1\.bias is float32\(3,\), but float32\(8,\) is needed"):
        parameters_from_arrays(network, arrays | {"layers.1.bias": np.zeros(3, np.float32)})


def test_parameter_names_are_those_of_the_fields() -> None:
    @dataclasses.dataclass
    class Pair:
        a: jax.Array
        b: list

    jax.tree_util.register_dataclass(Pair, ["a", "b"], [])
    names = parameters_to_arrays(Pair(jnp.zeros(1), [jnp.zeros(2), "text"]), "state.")
    assert sorted(names) == ["state.a", "state.b.0"]


def test_sizes_and_activations_that_make_no_network_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(OptionError, match=r"width=0; a positive number is needed\. Give width of 1 or more"):
        MultilayerPerceptron(3, 3, width=0, key=jax.random.key(0))
    with pytest.raises(OptionError, match=r"activation is 'gelu'; one of silu, tanh is needed\. Choose"):
        MultilayerPerceptron(3, 3, activation="gelu", key=jax.random.key(0))  # pyright: ignore


def test_compressed_inputs_are_the_inverse_hyperbolic_sine_with_its_slope_and_finite_far_out() -> None:
    values = jnp.concatenate([jnp.linspace(-50.0, 50.0, 1001), jnp.array([-1e12, 1e12])])
    np.testing.assert_allclose(compressed(values), jnp.arcsinh(values), rtol=1e-12, atol=1e-14)
    slopes = jax.jit(jax.vmap(jax.grad(compressed)))(values)
    np.testing.assert_allclose(slopes, 1.0 / jnp.sqrt(1.0 + values**2), rtol=1e-10)
    far = compressed(jnp.array([1e38, -1e38], jnp.float32))
    assert far.dtype == jnp.float32
    assert np.isfinite(far).all()
