"""The estimator on a list of variables: formula (1) block by block in plain NumPy, its corners, and a field as one."""

import jax
import numpy as np
import pytest

from fluctua.core import SilentProgress
from fluctua.features import Polynomials, Whitening, moments, total
from fluctua.response import (
    METHODS,
    ComponentPush,
    Conjugates,
    PushVectors,
    ResponseFunctions,
    VariableBlocks,
    VectorFieldPush,
    average,
    carry,
    learn,
    markov_name,
    respond_to_field_pushes,
    respond_to_pushes,
)
from fluctua.scores import FunctionScore, fit_gaussian
from fluctua.statistics import cosine_weights, plan_folds
from fluctua.training import RecordFolds, crossfit

LAG = 6
FOLDS = 4


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


RIDGE = 1e-4


def _blocks(pushes=(ComponentPush("x", 0), ComponentPush("y", 1))) -> VariableBlocks:  # type: ignore[no-untyped-def]
    flat = RECORD.reshape(-1, 2)
    functions = Polynomials(Whitening.of(*moments(flat)), 2)
    return VariableBlocks(
        RECORD, OBSERVED, PushVectors(pushes, 2), ResponseFunctions(functions, 2, functions.size), fit_gaussian(flat)
    )


def _solved(gram: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The regression on functions of which the first three, the constant and linear ones, have no ridge."""
    ridge = np.where(np.arange(len(gram)) < 3, 1e-12, RIDGE) * np.diag(gram)
    return np.linalg.solve(gram + np.diag(ridge), right)


def _setting():  # type: ignore[no-untyped-def]
    blocks = _blocks()
    plan = plan_folds(2, 150, max_lag=LAG, memory=4.0, folds=FOLDS, target=32)
    rng = np.random.default_rng(1)
    *weights, whole = [0.1 * rng.standard_normal((1, 6, 2)) for _ in range(FOLDS + 1)]
    learned = learn(blocks, plan, np.arange(LAG + 1), SilentProgress())
    blocks.fit_gaussian(total(learned.parts(blocks, None)), plan, SilentProgress())
    return blocks, plan, learned, Conjugates([SCORE] * FOLDS, weights, whole)


def _functions(blocks: VariableBlocks) -> list[np.ndarray]:
    return [blocks.functions(m, 0, 150)[0][:, 0] for m in range(2)]


def _learners(plan, fold: int):  # type: ignore[no-untyped-def]
    """Blocks from which coefficients are learned and how much they count: all alike, or a third in and near a fold."""
    return {
        "whole": [(b, 1.0) for b in plan.blocks],
        "shared": [(b, 1.0 if b.trains(fold) else 1 / 3) for b in plan.blocks],
    }


def _regressed(everything, training, lag: int) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[no-untyped-def]
    """G and <phi A_lag> over the origins that have a partner."""
    mean = OBSERVED.reshape(-1, 3).mean(0)
    gram = _weighed_mean(everything, training)
    pairs = [(b.member, n, share) for b, share in training for n in range(b.start, min(b.stop, 150 - lag))]
    right = sum(share * np.outer(everything[m][n], OBSERVED[m, n + lag] - mean) for m, n, share in pairs)
    return gram, right / sum(share for *_, share in pairs)


def _weighed_mean(everything, training) -> np.ndarray:  # type: ignore[no-untyped-def]
    """G of blocks that count by shares."""
    found = sum(
        s * everything[b.member][b.start : b.stop].T @ everything[b.member][b.start : b.stop] for b, s in training
    )
    return found / sum(s * b.length for b, s in training)


def test_every_method_is_the_formula_in_plain_numpy() -> None:
    """K = <u . grad g> + <B (A_t - g)>, B = B0 + w phi, g = beta phi: values with coefficients of the whole record,
    influences with those for which states of the own fold, and near it, count by a third."""
    blocks, plan, learned, conjugates = _setting()
    found = average(blocks, plan, LAG, METHODS, conjugates, learned, SilentProgress())
    mean = OBSERVED.reshape(-1, 3).mean(0)
    everything = _functions(blocks)
    b0 = [-(1.5 * (1.0 - RECORD[m])) for m in range(2)]
    gaussian = [-fit_gaussian(RECORD.reshape(-1, 2)).values(RECORD[m]) for m in range(2)]
    influences = {m.name: np.zeros((2, len(plan.blocks), LAG + 1, 3, 2)) for m in METHODS}
    counts = np.zeros((len(plan.blocks), LAG + 1))
    for index, block in enumerate(plan.blocks):
        own = everything[block.member]
        slopes = blocks.functions(block.member, block.start, block.stop)[1][0]
        for place, (learner, training) in enumerate(_learners(plan, block.fold).items()):
            weights = conjugates.whole[0] if learner == "whole" else conjugates.weights[block.fold][0]
            for lag in range(LAG + 1):
                rows = list(range(block.start, min(block.stop, 150 - lag)))
                counts[index, lag] = len(rows)
                later = np.array([OBSERVED[block.member, n + lag] - mean for n in rows]).reshape(-1, 3)
                features = own[rows]
                kinds = {
                    "none": np.zeros((len(rows), 2)),
                    "gaussian": gaussian[block.member][rows],
                    "score": b0[block.member][rows],
                    "calibrated": b0[block.member][rows] + features @ weights,
                }
                gram, right = _regressed(everything, training, lag)
                for method in METHODS:
                    used = {"none": 0, "linear": 3, "all": 6}[method.functions]
                    beta = _solved(gram[:used, :used], right[:used]) if used else np.zeros((0, 3))
                    conjugate = kinds[method.conjugate]
                    regression = features[:, :used] @ beta
                    value = later.T @ conjugate - regression.T @ conjugate + len(rows) * (slopes[:used].T @ beta).T
                    influences[method.name][place, index, lag] = value
    pairs_of = counts.sum(0)[:, None, None]
    for method in METHODS:
        whole, shared = influences[method.name]
        expected = whole.sum(0) / pairs_of
        estimate = found.means[method.name].estimate()
        np.testing.assert_allclose(estimate.value[:, 0], expected, rtol=0, atol=1e-9, err_msg=method.name)
        shift = found.means[method.name].offset()
        np.testing.assert_allclose(shift[:, 0], (whole - shared).sum(0) / pairs_of, rtol=0, atol=1e-9)
        if method.bands:
            centred = shared - shared.sum(0) / pairs_of * counts[:, :, None, None]
            factor = np.tensordot(cosine_weights(len(plan.blocks), np.inf), centred, 1) / pairs_of
            np.testing.assert_allclose(estimate.factor[:, :, 0], factor, rtol=0, atol=1e-9, err_msg=method.name)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_the_markov_average_is_formula_2_in_plain_numpy(step: int) -> None:
    """Term by term over j and origins, with gamma = G^-1 <phi_js B> and the last term with A itself."""
    blocks, plan, learned, conjugates = _setting()
    carried = carry(blocks, plan, conjugates, LAG, SilentProgress())
    methods = tuple(m for m in METHODS if m.name == "doubly robust")
    found = average(blocks, plan, LAG, methods, conjugates, learned, SilentProgress(), carried, (step,))
    mean = OBSERVED.reshape(-1, 3).mean(0)
    everything = _functions(blocks)
    along = [-(1.5 * (1.0 - RECORD[m])) + everything[m] @ conjugates.whole[0] for m in range(2)]
    every = [(block, 1.0) for block in plan.blocks]
    gram, _ = _regressed(everything, every, 0)
    beta = [_solved(gram, _regressed(everything, every, lag)[1]) for lag in range(LAG + 1)]
    gamma = {}
    for j in range(1, LAG // step):
        pairs = [(m, n) for m in range(2) for n in range(150 - j * step)]
        right = sum(np.outer(everything[m][n + j * step], along[m][n]) for m, n in pairs) / len(pairs)
        gamma[j] = _solved(gram, right)
    reach = min(2 * step - 1, LAG)
    total_of, count = np.zeros((LAG + 1, 3, 2)), 0
    for block in plan.blocks:
        slopes = blocks.functions(block.member, block.start, block.stop)[1][0]
        origins = range(block.start, min(block.stop, 150 - max(reach, step)))
        count += len(origins)
        phi = everything[block.member]
        for n in origins:
            b = [along[block.member][n], *(phi[n] @ gamma[j] for j in sorted(gamma))]
            for lag in range(LAG + 1):
                steps = max(lag // step, 1)
                value = beta[lag].T @ slopes
                for j in range(steps):
                    now = beta[lag - j * step].T @ phi[n]
                    if j < steps - 1:
                        then = beta[lag - (j + 1) * step].T @ phi[n + step]
                    else:
                        then = OBSERVED[block.member, n + lag - j * step] - mean
                    value = value + np.outer(then - now, b[j])
                total_of[lag] += value
    estimate = found.means[markov_name(step)].estimate()
    np.testing.assert_allclose(estimate.value[:, 0], total_of / count, rtol=0, atol=1e-9)


def test_one_state_that_decides_about_a_function_does_not_widen_the_band() -> None:
    """A state 5.5 standard deviations out has all the weight in the fifth power, and coefficients without its fold say
    nothing about it (the mean of residuals with and without its fold was up to 16 times as wide)."""
    rng = np.random.default_rng(8)
    values = np.zeros((1, 4000, 1))
    for step in range(1, 4000):
        values[0, step] = 0.8 * values[0, step - 1] + 0.6 * rng.standard_normal(1)
    planted = values.copy()
    planted[0, 1000] = 5.5
    options = {
        "pushes": (ComponentPush("x", 0),),
        "max_lag": 8,
        "degree": 5,
        "score": "gaussian",
        "key": jax.random.key(0),
    }
    alone, beside = (respond_to_pushes(v, v, **options) for v in (values, planted))
    for estimate in ("robust", "markov"):
        widths = getattr(beside, estimate).stderr() / getattr(alone, estimate).stderr().clip(1e-9)
        assert np.all(widths[:, 1:] < 1.6), (estimate, widths)


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
