"""A record in pieces: no pair of states crosses a border."""

import jax
import numpy as np
import pytest

from fluctua.response import ComponentPush, Responses, respond_to_pushes
from fluctua.statistics import plan_folds, timescales

LAG = 6
RNG = np.random.default_rng(0)
MATRIX = np.array([[0.6, 0.3], [0.0, 0.5]])


@pytest.fixture(scope="module")
def states() -> np.ndarray:
    """Two coupled variables, shape ``(3000, 2)``."""
    noise = RNG.standard_normal((3000, 2)) @ np.array([[1.0, 0.8], [0.0, 0.6]])
    for step in range(1, len(noise)):
        noise[step] += MATRIX @ noise[step - 1]
    return noise


def respond(values: np.ndarray, borders: tuple[int, ...] = ()) -> Responses:
    push = ComponentPush("x", 0)
    options = {"max_lag": LAG, "score": "gaussian", "key": jax.random.key(0)}
    return respond_to_pushes(values, values, pushes=(push,), borders=borders, **options)  # type: ignore[arg-type]


def test_equal_pieces_are_members(states: np.ndarray) -> None:
    pieces, members = respond(states[None], (1000, 2000)), respond(states.reshape(3, 1000, 2))
    for name in ("impulse", "gaussian", "markov", "robust"):
        if hasattr(pieces, name):
            one, other = getattr(pieces, name), getattr(members, name)
            np.testing.assert_allclose(one.value, other.value, rtol=1e-12, atol=1e-12)
            np.testing.assert_allclose(one.stderr(), other.stderr(), rtol=1e-9, atol=1e-12)


def test_the_classical_response_is_that_of_the_pieces_by_hand(states: np.ndarray) -> None:
    borders = (2, 3, 8, 900, 1500, 1504, 2999)
    found = respond(states[None], borders).gaussian.value[0]
    centred = states - states.mean(axis=0)
    inverse = np.linalg.inv(centred.T @ centred / len(centred))
    pieces = np.split(centred, borders)
    for lag in range(LAG + 1):
        pairs = sum(max(0, len(piece) - lag) for piece in pieces)
        products = sum(piece[lag:].T @ piece[: max(0, len(piece) - lag)] for piece in pieces)
        np.testing.assert_allclose(found[lag], (products / pairs @ inverse)[:, 0], atol=1e-12)


def test_blocks_end_at_borders_and_hold_every_state() -> None:
    borders = (7, 300, 301)
    plan = plan_folds(1, 1000, max_lag=10, memory=5.0, folds=4, target=64, borders=borders)
    assert sum(block.length for block in plan.blocks) == 1000
    for block in plan.blocks:
        inside = [border for border in (*borders, 1000) if border > block.start]
        assert block.stop <= block.end == inside[0]
        assert block.length > 0


def test_times_know_borders() -> None:
    # Pieces that are each the mirror image of the next: across a border the record would look slower than it is.
    pieces = RNG.standard_normal((40, 50, 1)).cumsum(axis=1)
    pieces -= pieces.mean(axis=1, keepdims=True)
    borders = tuple(range(50, 2000, 50))
    apart, members = timescales(pieces.reshape(1, -1, 1), borders), timescales(pieces)
    assert apart == members
