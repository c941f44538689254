"""What the panel holds the estimator against is itself right, in so far as a few seconds can tell.

Statistical comparisons are at five standard errors: each fails by chance with a probability of 6e-7 (of 4e-4 where the
standard error comes from few groups, which is said), all of them together with less than 1e-3.
"""

import jax
import numpy as np
import pytest
from panel.dynamics import Dynamics, heun, twin_truth
from panel.efficient import efficient_response, of_chain, of_linear
from panel.entry import PanelSystem, generators
from panel.exact import exact_estimates
from panel.hidden import seen_alone
from panel.measure import draw
from panel.summary import head, line, pooled
from panel.table import SYSTEMS, system_of
from panel.truths import truth_of
from panel.wells import TILT, TILTED, bent_well, observables, seen_through_noise, solved, truth_from
from scipy.linalg import expm, solve_continuous_lyapunov

from fluctua.response import ComponentPush
from fluctua.systems import Lorenz96, QuarticWell, ScalarGenerator, twin_response

_EXACT = [name for name in SYSTEMS if system_of(name).exact_truth]
# Spinning these up takes longer than a fast test may.
_DEAR = {"allen-cahn", "lorenz96-two-levels", "conserved-mean", "enso-long", "ring-36", "lorenz96-noise-1.5"}


def at_lag_zero(system: PanelSystem, groups: int = 2) -> dict[str, float]:
    truth = system.find_truth(groups)
    return {label: float(row[0, 0]) for label, row in zip(system.labels, truth.impulse, strict=True)}


@pytest.mark.parametrize("name", [*_EXACT, "ring-20"])
def test_the_pushed_variable_responds_by_one_at_lag_zero(name: str) -> None:
    system = system_of(name)
    found = at_lag_zero(system)
    for index, variable in enumerate(system.variables):
        if variable in found:
            # A grid of a rough potential has forty cells a ripple, whose shares do not quite add up to one.
            assert found[variable] == pytest.approx(float(index == system.push), abs=1e-4)


def test_wells_agree_with_the_generator_of_the_package() -> None:
    lags = np.array([0.0, 0.3, 1.0, 3.0])
    system = QuarticWell(a1=TILT[0], a2=TILT[1], a3=TILT[2], a4=TILT[3], b1=1.1, b3=0.0)
    observe = observables(("x", "x**2"))
    generator = ScalarGenerator.of(system, points=1500)
    ours = truth_from(TILTED, observe, lags)
    for row, function in enumerate((lambda x: x[0], lambda x: x[0] ** 2)):
        np.testing.assert_allclose(ours.impulse[row][:, 0], generator.response(function, lags), rtol=1e-3)
        np.testing.assert_allclose(ours.step[row][:, 0], generator.step_response(function, lags), rtol=1e-3, atol=1e-6)


def test_wells_agree_with_twin_runs() -> None:
    """12 groups: five of their standard errors are exceeded with a probability of 4e-4."""
    start = system_of("tilted-well").draw

    def states(rng: np.random.Generator, count: int) -> np.ndarray:
        return start([rng], count, 1).values[0, :, 0]

    dynamics = Dynamics(heun(TILTED.drift, 1.1, 0.025), 1, 20, 0.5, states, 0)
    observe = observables(("x", "x**2"))
    twins = twin_truth(dynamics, observe, push=0, amplitude=0.05, max_lag=2, groups=12, states=2000)
    exact = truth_from(TILTED, observe, np.array([0.0, 0.5, 1.0]))
    for row in range(2):
        for ours, other in ((twins.impulse, exact.impulse), (twins.step, exact.step)):
            assert np.all(np.abs(ours[row] - other[row])[1:] <= 5 * twins.stderr[row][1:] + 2e-3)


def test_what_a_noisy_record_of_a_linear_variable_can_tell_is_known() -> None:
    """The score of the recorded variable is linear: the response falls at once by the share of the noise."""
    lags = np.array([0.0, 0.1, 1.0])
    seen = seen_through_noise(bent_well(0.0), 0.5, observables(("x", "x > 0.8")), lags)
    np.testing.assert_allclose(seen.impulse[0][:, 0], [1.0, *np.exp(-lags[1:]) / 1.25], rtol=1e-4)


def test_what_one_of_two_linear_variables_can_tell_is_its_correlation() -> None:
    """Six groups, whose standard errors are exceeded by ten with a probability of 2e-4."""
    drift = np.array([[-1.0, 1.0], [0.0, -0.2]])
    dynamics = Dynamics(heun(lambda x: x @ drift.T, 1.0, 0.05), 2, 2, 0.1, lambda rng, n: np.zeros((n, 2)), 200)
    seen = seen_alone(dynamics, observables(("x",)), 20, groups=6)
    covariance = solve_continuous_lyapunov(drift, -np.eye(2))
    for lag in (1, 10, 20):
        exact = (expm(drift * lag * 0.1) @ covariance)[0, 0] / covariance[0, 0]
        assert abs(seen.impulse[0][lag, 0] - exact) <= 10 * seen.stderr[0][lag, 0]


@pytest.mark.slow
def test_the_wind_moves_the_mean_temperature_as_without_its_noise() -> None:
    """The mean of the El Niño triad is linear, whatever the wind's noise depends on."""
    truth = truth_of(system_of("enso-short"))
    drift = np.array([[-0.2, -0.4, 1.0], [0.4, -0.2, 0.0], [0.0, 0.0, -2.0]])
    for lag in (5, 20, 60):
        exact = expm(drift * lag * 0.1)[0, 2]
        assert abs(truth.impulse[0][lag, 0] - exact) <= 5 * truth.stderr[0][lag, 0] + 1e-3


@pytest.mark.slow
def test_a_ring_responds_as_its_score_says() -> None:
    system = system_of("ring-20")
    truth = truth_of(system)
    drawn = draw(system, 5, range(1))
    assert drawn.conjugate is not None
    values = drawn.values[0]
    _, estimate = exact_estimates(system.observe(values), drawn.conjugate[0], values, system.push, system.max_lag)
    for row in range(3):
        error = np.hypot(estimate.stderr()[:, row], truth.stderr[row][:, 0])
        assert np.all(np.abs(estimate.value[:, row] - truth.impulse[row][:, 0])[[2, 10, 20]] <= 5 * error[[2, 10, 20]])


@pytest.mark.slow
def test_lorenz96_responds_as_in_the_package() -> None:
    ours = truth_of(system_of("lorenz96-noise-4"))
    system = Lorenz96(noise=4.0)
    theirs = twin_response(
        system,
        key=jax.random.key(0),
        push=ComponentPush("x0", 0),
        amplitude=0.2,
        observables=lambda x: x[0],
        lags=[0.1, 0.2],
        members=2000,
        spin_up=6.0,
    )
    error = np.hypot(theirs.stderr[:, 0], ours.stderr[0][[2, 4], 0])
    assert np.all(np.abs(theirs.response[:, 0] - ours.impulse[0][[2, 4], 0]) <= 5 * error)


@pytest.mark.parametrize("name", [name for name in SYSTEMS if name not in _DEAR])
def test_records_are_stationary(name: str) -> None:
    """Mean and mean square of every variable are the same at both ends of 60 steps, at five standard errors."""
    values = system_of(name).draw(generators(name, 9, range(1)), 600, 60).values[0]
    first, last = (np.concatenate([values[:, time], values[:, time] ** 2], axis=-1) for time in (0, -1))
    moved = last - first
    error = moved.std(axis=0) / np.sqrt(len(moved))
    assert np.all(np.abs(moved.mean(axis=0)) <= 5 * error)


@pytest.mark.parametrize("name", ["coarse-1.5", "measurement-noise", "slow-spectator", "hidden-slow"])
def test_a_record_does_not_depend_on_those_made_with_it(name: str) -> None:
    system = system_of(name)
    together = system.draw(generators(name, 0, [3, 4]), 3, 20).values[1]
    alone = system.draw(generators(name, 0, [4]), 3, 20).values[0]
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-12)


def test_lagged_products_of_the_exact_score_are_sums_over_all_pairs() -> None:
    rng = np.random.default_rng(0)
    values = rng.standard_normal((3, 101, 2))
    conjugate = rng.standard_normal((3, 101))
    plain, _ = exact_estimates(values, conjugate, values, 0, 7)
    centred = values - values.mean(axis=(0, 1))
    for lag in (0, 1, 7):
        sums = np.einsum("mtp,mt->p", centred[:, lag:], conjugate[:, : 101 - lag]) / (3 * (101 - lag))
        np.testing.assert_allclose(plain.value[lag], sums)


def test_the_exact_score_finds_the_truth_of_a_linear_system() -> None:
    system = system_of("linear-4").sized(8, 4000)
    drawn, truth = draw(system, 1, range(1)), system.find_truth()
    assert drawn.conjugate is not None
    values = drawn.values[0]
    for found in exact_estimates(system.observe(values), drawn.conjugate[0], values, system.push, system.max_lag):
        for row in range(len(system.labels)):
            error = np.abs(found.value[:, row] - truth.impulse[row][:, 0])
            assert np.all(error[1::15] <= 5 * found.stderr()[1::15, row])


def test_exact_functions_of_a_chain_on_a_grid_are_those_of_the_linear_formula() -> None:
    """A harmonic well is both: forecasts, their slopes, and what is carried."""
    harmonic, lags, states = bent_well(0.0), np.arange(5) * 0.3, np.linspace(-1.5, 1.5, 7)[:, None]
    # Its drift is -x and its noise 1.1.
    variance, kept = 1.1**2 / 2, np.exp(-0.3)
    chain = solved(harmonic)
    above = np.flatnonzero(chain.centres > 0.8)[0]
    edge = str(chain.centres[above - 1 : above + 1].mean())  # a threshold between two cells is the same for both
    line_of = of_linear(np.array([[kept]]), np.array([[variance]]), 0, [(0, []), (0, [edge])], len(lags))
    nearest = chain.centres[np.abs(states - chain.centres).argmin(axis=1)][:, None]
    grid = of_chain(chain, observables(("x", f"x > {edge}")), lags)
    np.testing.assert_allclose(grid.forecast(nearest)[1:], line_of.forecast(nearest)[1:], rtol=0, atol=1e-4)
    np.testing.assert_allclose(grid.slope(nearest)[1:], line_of.slope(nearest)[1:], rtol=0, atol=1e-3)
    np.testing.assert_allclose(grid.carried(nearest), line_of.carried(nearest), rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", ["tilted-well", "linear-4"])
def test_the_efficient_estimate_is_right_and_quieter_than_the_exact_score(name: str) -> None:
    """Over 40 records: the mean error within 5 of its standard errors, at each of some lags."""
    system = system_of(name).sized(4, 2000)
    drawn, truth = draw(system, 3, range(40)), system.find_truth()
    assert system.known is not None
    assert drawn.conjugate is not None
    known = system.known()
    found = np.array([efficient_response(values, known) for values in drawn.values])
    right = np.concatenate(truth.impulse, axis=1)
    errors = (found - right)[:, [1, 10, 30, 60]]
    assert np.all(np.abs(errors.mean(axis=0)) <= 5 * errors.std(axis=0) / np.sqrt(40) + 1e-4)
    exact = [
        exact_estimates(system.observe(v), b, v, system.push, system.max_lag)[1].value - right
        for v, b in zip(drawn.values[:10], drawn.conjugate[:10], strict=True)
    ]
    assert np.all(np.square(found - right).mean(axis=(0, 1)) < np.square(exact).mean(axis=(0, 1)))


def test_a_row_of_the_table_takes_the_worst_lag() -> None:
    row = {
        "error": {"headline": 0.3, "robust": 0.4, "gaussian": 0.5},
        "step error": {"headline": 0.1},
        "inside": {"headline": [1.0, 0.0, 1.0], "outer": [1.0, 1.0, 1.0]},
        "step inside": [1.0, 1.0, 1.0],
        "truth stderr": 0.0,
        "half width": [1.0, 1.0, 2.0],
    }
    other = row | {"half width": [1.0, 9.0, 2.0], "inside": {"headline": [1.0, 1.0, 1.0], "outer": [1.0, 0.0, 1.0]}}
    records = [{"rows": {"x": each}, "p_value": p, "seconds": 1.0} for each, p in ((row, 0.01), (other, 0.5))]
    found = pooled(records, "x")
    assert found["inner"] == pytest.approx(5 / 6)
    assert (found["inner worst"], found["inner worst at"], found["flagged"]) == (0.5, 2.0, 0.5)
    assert found["widest"] == 9.0 / 5.0
    assert len(line("system", "x", 2, found)) == len(head().splitlines()[-1])
