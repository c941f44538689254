"""The estimator on a list of variables: formula (1) block by block in plain NumPy, its corners, and a field as one."""

import jax
import numpy as np

from fluctua.core import SilentProgress
from fluctua.features import Polynomials, Whitening, moments, total
from fluctua.response import (
    METHODS,
    ComponentPush,
    Conjugates,
    VariableBlocks,
    VectorFieldPush,
    average,
    learn,
    respond_to_field_pushes,
    respond_to_pushes,
)
from fluctua.scores import FunctionScore, fit_gaussian
from fluctua.statistics import cosine_weights, plan_folds
from fluctua.training import RecordFolds, crossfit

LAG = 6
FOLDS = 4
SIZE = 100.0


def _record(members: int = 2, steps: int = 150, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = np.zeros((members, 2))
    record = np.empty((members, steps, 2))
    for step in range(-50, steps):
        x = 0.7 * x + 0.2 * x[:, ::-1] ** 2 * np.sign(x) * (np.abs(x) < 2) + 0.5 * rng.standard_normal(x.shape)
        if step >= 0:
            record[:, step] = x
    return record + 1.0


RECORD = _record()
OBSERVED = np.concatenate([RECORD, RECORD[..., :1] ** 2], axis=2)
SCORE = FunctionScore(lambda x: 1.5 * (1.0 - x), 2)


def _blocks(pushes=(ComponentPush("x", 0), ComponentPush("y", 1))) -> VariableBlocks:  # type: ignore[no-untyped-def]
    flat = RECORD.reshape(-1, 2)
    functions = Polynomials(Whitening.of(*moments(flat)), 2)
    return VariableBlocks(RECORD, OBSERVED, pushes, functions, [2, 5], fit_gaussian(flat), SIZE)


def test_every_method_is_the_formula_in_plain_numpy() -> None:
    """K = <u . grad g> + <B (A_t - g)>, with B = B0 + w phi and g = beta phi given to each fold by the other folds."""
    blocks = _blocks()
    plan = plan_folds(2, 150, max_lag=LAG, memory=4.0, folds=FOLDS, target=32)
    rng = np.random.default_rng(1)
    weights = [0.1 * rng.standard_normal((1, 6, 2)) for _ in range(FOLDS)]
    learned = learn(blocks, plan, np.arange(LAG + 1), SilentProgress())
    blocks.fit_gaussian(total(learned.parts(blocks, None)))
    conjugates = Conjugates([SCORE] * FOLDS, weights)
    found = average(blocks, plan, LAG, METHODS, conjugates, learned, SIZE, SilentProgress())

    mean = OBSERVED.reshape(-1, 3).mean(0)
    everything = [blocks.functions(m, 0, 150)[0][:, 0] for m in range(2)]
    b0 = [-(1.5 * (1.0 - RECORD[m])) for m in range(2)]
    gaussian = [-fit_gaussian(RECORD.reshape(-1, 2)).values(RECORD[m]) for m in range(2)]
    influences = {m.name: np.zeros((len(plan.blocks), LAG + 1, 3, 2)) for m in METHODS}
    counts = np.zeros((len(plan.blocks), LAG + 1))
    for index, block in enumerate(plan.blocks):
        training = [b for b in plan.blocks if b.trains(block.fold)]
        phi = np.concatenate([everything[b.member][b.start : b.stop] for b in training])
        gram = phi.T @ phi / len(phi)
        own = everything[block.member]
        slopes = blocks.functions(block.member, block.start, block.stop)[1][0]
        for lag in range(LAG + 1):
            rows = range(block.start, min(block.stop, 150 - lag))
            counts[index, lag] = len(rows)
            later = np.array([OBSERVED[block.member, n + lag] - mean for n in rows]).reshape(-1, 3)
            features = own[list(rows)]
            kinds = {
                "none": np.zeros((len(rows), 2)),
                "gaussian": gaussian[block.member][list(rows)],
                "score": b0[block.member][list(rows)],
                "calibrated": b0[block.member][list(rows)] + features @ weights[block.fold][0],
            }
            pairs = [(b.member, n) for b in training for n in range(b.start, min(b.stop, 150 - lag))]
            right = sum(np.outer(everything[m][n], OBSERVED[m, n + lag] - mean) for m, n in pairs) / len(pairs)
            for method in METHODS:
                used = {"none": 0, "linear": 3, "all": 6}[method.functions]
                scale = np.sqrt(np.diag(gram)[:used])
                ridge = np.where(np.arange(used) < 3, 1e-12, 1 / SIZE) * scale**2
                beta = np.linalg.solve(gram[:used, :used] + np.diag(ridge), right[:used]) if used else np.zeros((0, 3))
                conjugate = kinds[method.conjugate]
                regression = features[:, :used] @ beta
                value = later.T @ conjugate - regression.T @ conjugate + len(rows) * (slopes[:used].T @ beta).T
                influences[method.name][index, lag] = value
    for method in METHODS:
        pairs_of = counts.sum(0)[:, None, None]
        expected = influences[method.name].sum(0) / pairs_of
        estimate = found.means[method.name].estimate()
        np.testing.assert_allclose(estimate.value[:, 0], expected, rtol=0, atol=1e-9, err_msg=method.name)
        if method.bands:
            centred = influences[method.name] - expected * counts[:, :, None, None]
            factor = np.tensordot(cosine_weights(len(plan.blocks), SIZE), centred, 1) / pairs_of
            np.testing.assert_allclose(estimate.factor[:, :, 0], factor, rtol=0, atol=1e-9, err_msg=method.name)


def test_one_grid_point_is_one_variable() -> None:
    """A field on a grid of one point, without bounds between its channels, is a variable: the same plug-in response."""
    values = _record(4, 1500)[:, :, :1]
    score = FunctionScore(lambda x: 1.5 * (1.0 - x), 1)
    options = {"max_lag": LAG, "score": score, "key": jax.random.key(0)}
    as_variable = respond_to_pushes(values, values, pushes=(ComponentPush("x", 0),), degree=3, **options)
    as_field = respond_to_field_pushes(values[..., None], grid=(1,), **options)
    np.testing.assert_allclose(as_field.plug_in[0, :, 0, 0], as_variable.plug_in[0, :, 0], rtol=0, atol=1e-9)
    np.testing.assert_allclose(
        as_field.gaussian.value[0, :, 0, 0], as_variable.gaussian.value[0, :, 0], rtol=0, atol=1e-9
    )
    stderr = as_variable.robust.stderr()[0, :, 0]
    assert np.all(np.abs(as_field.impulse.value[0, :, 0, 0] - as_variable.robust.value[0, :, 0]) < stderr + 1e-6)


def test_the_gaussian_answer_to_a_push_that_depends_on_the_state_obeys_the_linear_identities() -> None:
    """At lag zero <u> exactly, although the Gaussian conjugate observable alone would miss it."""
    push = VectorFieldPush("stretch", lambda x: x**3)
    found = respond_to_pushes(RECORD, RECORD, pushes=(push,), max_lag=2, score="gaussian", key=jax.random.key(0))
    np.testing.assert_allclose(found.gaussian.value[0, 0], (RECORD**3).reshape(-1, 2).mean(0), rtol=1e-8)


def test_fields_observe_functions_of_themselves() -> None:
    """The field itself as an observable among others gives what it gives alone; its square is the square's own."""
    rng = np.random.default_rng(3)
    state, record = np.zeros((4, 1, 6)), np.empty((4, 120, 1, 6))
    for step in range(120):
        state = 0.5 * state + 0.3 * np.roll(state, 1, -1) + rng.standard_normal(state.shape) + 0.5
        record[:, step] = state
    options = {"grid": (6,), "max_lag": 5, "score": "dictionary", "key": jax.random.key(0)}
    alone = respond_to_field_pushes(record, **options)
    both = respond_to_field_pushes(record, observables=(lambda u: u, lambda u: u**2), **options)
    assert both.impulse.value.shape == (1, 6, 2, 6)
    np.testing.assert_allclose(both.impulse.value[:, :, :1], alone.impulse.value, rtol=0, atol=1e-3)
    # d<u^2>/du at the pushed point is 2 <u>, nothing elsewhere.
    square = both.impulse.value[0, 0, 1]
    stderr = np.maximum(both.impulse.stderr()[0, 0, 1], 1e-9)
    expected = 2 * record.mean() * np.eye(6)[0]
    assert np.all(np.abs(square - expected) < 8 * stderr + 1e-6)


def test_scores_for_calibration_have_not_seen_the_states_they_are_calibrated_on() -> None:
    """Far states planted in one fold: the scores that are calibrated there are what they were, the others are not."""
    values = _record(1, 4000, seed=5)
    plan = plan_folds(1, 4000, max_lag=5, memory=5.0, folds=4)
    moved = values.copy()
    moved[0, np.concatenate([np.arange(b.start, b.stop) for b in plan.blocks if b.fold == 2])] *= 3.0
    fit, again = (
        crossfit(lambda folds, v=v: RecordFolds(v, plan, 500.0), "gaussian", key=jax.random.key(0))
        for v in (values, moved)
    )
    states = values[0, :50]
    for fold in (0, 1, 3):
        one, other = fit.nested[fold][2], again.nested[fold][2]
        np.testing.assert_allclose(other.values(states), one.values(states), rtol=0, atol=1e-9)
        assert np.abs(again.scores[fold].values(states) - fit.scores[fold].values(states)).max() > 0.2
