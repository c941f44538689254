"""The estimate by wavenumber is the ordinary one with d x d matrices, averaged over all translations."""

from collections.abc import Iterator

import jax
import numpy as np
import pytest

from fluctua.core import SilentProgress
from fluctua.features import field_functions, total
from fluctua.response import (
    METHODS,
    Conjugates,
    FieldBlocks,
    FieldValues,
    Reflections,
    Responses,
    average,
    learn,
    respond_to_field_pushes,
)
from fluctua.statistics import cosine_weights, plan_folds

KEY = jax.random.key(0)
CASES = [(1, (5,)), (2, (4,)), (1, (3, 4)), (2, (2, 3))]
MAX_LAG = 7


def record_of(channels: int, grid: tuple[int, ...], members: int = 3, steps: int = 90, seed: int = 0) -> np.ndarray:
    """A skewed record that drifts along both axes, with a mean, and channels that drive each other."""
    rng = np.random.default_rng(seed)
    state, record = np.zeros((members, channels, *grid)), np.empty((members, steps, channels, *grid))
    for step in range(-30, steps):
        noise = rng.standard_normal(state.shape)
        state = 0.6 * np.roll(state, 1, axis=-1) + 0.2 * np.roll(state, (1, 1), axis=(1, 2)) + noise + 0.3 * noise**2
        if step >= 0:
            record[:, step] = state + 2.0
    return record


def respond(record: np.ndarray, channels: int, grid: tuple[int, ...], **options) -> Responses:  # type: ignore[no-untyped-def]
    settings = {"score": "gaussian", "max_lag": MAX_LAG, "pushed": tuple(range(channels)), **options}
    return respond_to_field_pushes(record, grid=grid, key=KEY, **settings)


def translations(channels: int, grid: tuple[int, ...]) -> Iterator[np.ndarray]:
    """For each translation of the grid, where the flat state's values come from."""
    places = np.arange(channels * int(np.prod(grid))).reshape(channels, *grid)
    for shift in np.ndindex(grid):
        yield np.roll(places, shift, tuple(range(1, 1 + len(grid)))).ravel()


def averaged(matrix: np.ndarray, channels: int, grid: tuple[int, ...]) -> np.ndarray:
    """A matrix over pairs of flat states averaged over translations of both."""
    return np.mean([matrix[..., order[:, None], order[None, :]] for order in translations(channels, grid)], axis=0)


def columns(matrices: np.ndarray, channels: int, grid: tuple[int, ...]) -> np.ndarray:
    """From ``(lags, d, d)`` to the response to a push of each channel's first point."""
    points = int(np.prod(grid))
    picked = matrices[..., np.arange(channels) * points]  # (..., lags, d, pushed)
    return np.moveaxis(picked, -1, -3).reshape(*matrices.shape[:-3], channels, -1, channels, *grid)


def flat(record: np.ndarray) -> np.ndarray:
    """Flat states less the mean of each channel."""
    members, steps = record.shape[:2]
    mean = record.mean(axis=(0, 1, *range(3, record.ndim)), keepdims=True)
    return (record - mean).reshape(members, steps, -1)


def lagged(later: np.ndarray, earlier: np.ndarray, start: int, length: int, lag: int) -> tuple[np.ndarray, int]:
    """Sum over the pairs whose origin lies in a block of one member, and their number."""
    count = max(0, min(length, len(later) - start - lag))
    ends = later[start + lag : start + lag + count]
    return ends.T @ earlier[start : start + count], count


@pytest.mark.parametrize(("channels", "grid"), CASES)
def test_the_classical_response_is_the_dense_one(channels: int, grid: tuple[int, ...]) -> None:
    """C(t) C(0)^-1 with every pair of the record once, within members only, in every translated copy."""
    record = record_of(channels, grid)
    states = flat(record)
    covariance = averaged(
        np.sum([x.T @ x for x in states], axis=0) / (states.shape[0] * states.shape[1]), channels, grid
    )
    inverse = np.linalg.inv(covariance)
    expected = np.zeros((MAX_LAG + 1, *covariance.shape))
    for lag in range(MAX_LAG + 1):
        sums = [lagged(x, x, 0, len(x), lag) for x in states]
        expected[lag] = (
            averaged(np.sum([s for s, _ in sums], axis=0) / sum(n for _, n in sums), channels, grid) @ inverse
        )
    found = respond(record, channels, grid).gaussian.value
    np.testing.assert_allclose(found, columns(expected, channels, grid), rtol=0, atol=1e-9)


@pytest.mark.parametrize(("channels", "grid"), CASES)
def test_the_doubly_robust_response_is_the_dense_one(channels: int, grid: tuple[int, ...]) -> None:
    """The same blocks and folds with matrices over whole states, and B a multiple of the pushed channel: the estimate,
    and the factor of its covariance from influences with coefficients in which the own fold counts by a third."""
    record = record_of(channels, grid)
    functions = field_functions(record, grid, 1)
    blocks = FieldBlocks(FieldValues(record, grid), functions, tuple(range(channels)))
    plan = plan_folds(3, 90, max_lag=MAX_LAG, memory=4.0, folds=3, target=30)
    learned = learn(blocks, plan, np.arange(MAX_LAG + 1), SilentProgress())
    sizes = [0.5, 0.7, 0.9, 1.1]  # of each fold, and of all
    units = np.diag(1 / np.diagonal(blocks.functions(0, 0, 1)[1][0]).real).astype(complex)  # functions are standardised
    weights = [np.broadcast_to(size * units, (blocks.shape[0], channels, channels)) for size in sizes]
    conjugates = Conjugates(None, weights[:3], weights[3])
    methods = tuple(method for method in METHODS if method.name == "doubly robust")
    blocks.fit_gaussian(total(learned.parts(blocks, None)), plan, SilentProgress())
    mean = average(blocks, plan, MAX_LAG, methods, conjugates, learned, SilentProgress()).means["doubly robust"]
    states = flat(record)
    size = states.shape[2]

    def regressions(shares: list[float]) -> np.ndarray:
        taught = [(b, states[b.member, b.start : b.stop], share) for b, share in zip(plan.blocks, shares, strict=True)]
        gram = np.sum([s * x.T @ x for _, x, s in taught], axis=0) / sum(s * len(x) for _, x, s in taught)
        inverse = np.linalg.inv(averaged(gram, channels, grid))
        table = []
        for lag in range(MAX_LAG + 1):
            sums = [(s, *lagged(states[b.member], states[b.member], b.start, b.length, lag)) for b, _, s in taught]
            found = np.sum([s * x for s, x, _ in sums], axis=0) / sum(s * n for s, _, n in sums)
            table.append(averaged(found, channels, grid) @ inverse)
        return np.array(table)

    whole = regressions([1.0] * len(plan.blocks))
    shared = [regressions([1.0 if b.trains(fold) else 1 / 3 for b in plan.blocks]) for fold in range(3)]
    influence = np.zeros((2, len(plan.blocks), MAX_LAG + 1, size, size))
    counts = np.zeros((len(plan.blocks), MAX_LAG + 1))
    for index, b in enumerate(plan.blocks):
        for place, (table, scale) in enumerate(((whole, sizes[3]), (shared[b.fold], sizes[b.fold]))):
            x, y = states[b.member], scale * states[b.member]
            for lag in range(MAX_LAG + 1):
                product, count = lagged(x, y, b.start, b.length, lag)
                matched = x[b.start : b.start + count].T @ y[b.start : b.start + count]
                defect = count * np.eye(size) - matched
                influence[place, index, lag] = averaged(product + table[lag] @ defect, channels, grid)
                counts[index, lag] = count
    pairs = counts.sum(0)[:, None, None]
    found = mean.estimate().map(blocks.curves)
    np.testing.assert_allclose(found.value, columns(influence[0].sum(0) / pairs, channels, grid), rtol=0, atol=1e-9)
    own = influence[1]
    centred = own - own.sum(0) / pairs * counts[:, :, None, None]
    factor = np.tensordot(cosine_weights(len(plan.blocks), np.inf), centred, 1) / pairs
    np.testing.assert_allclose(found.factor, columns(factor, channels, grid), rtol=0, atol=1e-9)


@pytest.mark.parametrize("score", ["gaussian", "auto"])
@pytest.mark.parametrize(("channels", "grid"), CASES)
def test_at_lag_zero_the_response_is_the_push(channels: int, grid: tuple[int, ...], score: str) -> None:
    found = respond(record_of(channels, grid), channels, grid, score=score)
    expected = np.eye(channels * int(np.prod(grid)))[None]
    for estimate in (found.impulse.value, found.gaussian.value):
        np.testing.assert_allclose(estimate[:, :1], columns(expected, channels, grid), rtol=0, atol=1e-9)
    assert np.abs(found.impulse.factor[:, :, 0]).max() < 1e-9


@pytest.mark.parametrize("score", ["gaussian", "auto"])
def test_one_pushed_channel_is_what_it_is_among_several(score: str) -> None:
    record = record_of(2, (2, 3))
    both, second = (respond(record, 2, (2, 3), score=score, pushed=pushed) for pushed in ((0, 1), (1,)))
    for one, other in (
        (second.impulse.value, both.impulse.value[1:]),
        (second.impulse.factor, both.impulse.factor[:, 1:]),
        (second.gaussian.value, both.gaussian.value[1:]),
        (second.plug_in, both.plug_in[1:]),
    ):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-10)


@pytest.mark.parametrize("odd", [False, True])
@pytest.mark.parametrize(
    ("channels", "grid", "axes"),
    [
        pytest.param(1, (6,), (0,), marks=pytest.mark.slow),
        (2, (5,), (0,)),
        pytest.param(1, (3, 4), (0,), marks=pytest.mark.slow),
        pytest.param(1, (3, 4), (1,), marks=pytest.mark.slow),
        pytest.param(2, (2, 3), (1,), marks=pytest.mark.slow),
        (1, (3, 4), (0, 1)),
    ],
)
def test_mirrors_double_the_record(channels: int, grid: tuple[int, ...], axes: tuple[int, ...], odd: bool) -> None:
    """The classical response with mirrors is that of the record with all its mirror images as further members."""
    record = record_of(channels, grid)
    if odd:
        record = record - record.mean(axis=(0, 1, *range(3, record.ndim)), keepdims=True)
    every = record
    for axis in axes:
        order = -np.arange(grid[axis]) % grid[axis]
        image = np.take(every, order, axis=3 + axis)
        every = np.concatenate([every, -image if odd else image])
    found, expected = (
        respond(record, channels, grid, reflections=Reflections(axes, odd)),
        respond(every, channels, grid),
    )
    np.testing.assert_allclose(found.gaussian.value, expected.gaussian.value, rtol=0, atol=1e-9)
    for axis in axes:
        order = -np.arange(grid[axis]) % grid[axis]
        for curve in (found.impulse.value, found.impulse.factor, found.plug_in):
            np.testing.assert_allclose(np.take(curve, order, axis=axis - len(grid)), curve, rtol=0, atol=1e-10)
    unit = respond(record, channels, grid, reflections=Reflections(axes, odd), score="auto").impulse.value[:, :1]
    identity = columns(np.eye(channels * int(np.prod(grid)))[None], channels, grid)
    np.testing.assert_allclose(unit, identity, rtol=0, atol=1e-9)
