"""Pushes and conjugate observables: directions, divergences, and the identity that defines the conjugate."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fluctua.features import Polynomials, Whitening
from fluctua.response import (
    ComponentPush,
    DelayedPush,
    PushVectors,
    ResponseFunctions,
    VariableBlocks,
    VectorFieldPush,
)
from fluctua.scores import GaussianScore


def test_a_component_push_is_a_unit_vector_without_divergence() -> None:
    push = ComponentPush("speed", 2)
    state = jnp.array([3.0, 1.0, 4.0])
    assert push.name == "speed"
    np.testing.assert_array_equal(push(state), [0.0, 0.0, 1.0])
    assert push.divergence(state) == 0.0


@pytest.mark.parametrize(
    ("function", "divergence"),
    [
        (lambda x: -x, lambda x: -3.0),
        (lambda x: jnp.array([x[0] ** 2, x[0] * x[1], jnp.sin(x[2])]), lambda x: 3 * x[0] + jnp.cos(x[2])),
        (lambda x: jnp.array([x[1], x[2], x[0]]), lambda x: 0.0),
        (lambda x: [1, 2, 3], lambda x: 0.0),
    ],
)
def test_the_divergence_of_a_field_is_the_trace_of_its_derivative(function, divergence) -> None:  # type: ignore[no-untyped-def]
    push = VectorFieldPush("field", function)
    for state in np.random.default_rng(0).standard_normal((5, 3)):
        assert push.divergence(jnp.asarray(state)) == pytest.approx(float(divergence(state)), abs=1e-12)


def test_a_push_moves_the_present_alone_of_a_state_with_its_history() -> None:
    """Three variables and two earlier states of each, which neither the vectors nor the divergence see."""
    pushes = ComponentPush("speed", 2), VectorFieldPush("swirl", lambda x: jnp.array([x[0] ** 2, x[0] * x[1], x[2]]))
    states = np.random.default_rng(0).standard_normal((5, 9))
    delayed = tuple(DelayedPush(push, 3) for push in pushes)
    for many in (delayed, delayed[:1]):
        vectors, divergence = PushVectors(many, 9)(states)
        expected, slopes = PushVectors(pushes[: len(many)], 3)(states[:, :3])
        np.testing.assert_array_equal(vectors[..., :3], expected)
        np.testing.assert_array_equal(vectors[..., 3:], 0.0)
        np.testing.assert_array_equal(divergence, slopes)
    assert PushVectors(delayed[:1], 9).constant is not None


def test_the_conjugate_observable_is_the_riesz_representer_of_the_average_derivative() -> None:
    """E[B g] = E[u . grad g], by Gauss quadrature under a standard Gaussian, for a push that depends on the state."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    grid = np.stack(np.meshgrid(nodes, nodes, indexing="ij"), axis=-1).reshape(-1, 2)
    weight = np.outer(weights, weights).ravel() / (2 * np.pi)
    pushes = (
        ComponentPush("first", 0),
        VectorFieldPush("swirl", lambda x: jnp.array([x[1] ** 2, x[0] * x[1]])),
        VectorFieldPush("damping", lambda x: -x),
    )
    score = GaussianScore.of(np.zeros(2), np.eye(2))
    functions = Polynomials(Whitening.of(np.zeros(2), np.eye(2)), 1)
    blocks = VariableBlocks(grid[None], grid[None], PushVectors(pushes, 2), ResponseFunctions(functions, 2, 2), score)
    conjugate = blocks.conjugate(score, 0, 0, len(grid))[:, 0]
    assert conjugate.shape == (len(grid), 3)

    def g(state: jax.Array) -> jax.Array:
        return state[0] ** 3 * state[1] + state[1] ** 2 - 2 * state[0]

    values, slopes = jax.vmap(jax.value_and_grad(g))(jnp.asarray(grid))
    for column, push in enumerate(pushes):
        along = np.sum(np.asarray(jax.vmap(push)(jnp.asarray(grid))) * np.asarray(slopes), axis=1)
        assert weight @ (conjugate[:, column] * values) == pytest.approx(weight @ along, abs=1e-9)
        assert weight @ conjugate[:, column] == pytest.approx(0.0, abs=1e-9)
