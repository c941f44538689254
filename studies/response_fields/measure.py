"""Simulate, fit, respond: the runs behind the study of field responses."""

import time
from typing import Any

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from fluctua.core import AbstractProgress, named_key
from fluctua.response import Responses, respond_to_field_pushes
from fluctua.scores import AbstractScore, FunctionScore
from fluctua.systems import ExponentialHeun, HasExactResponse, HasExactScore, simulate, twin_response
from fluctua.training import FieldTrainingConfig, fit_field_network_score

from .plan import FieldPlan, field_plan
from .published_estimator import circular_gaussian_response, normalised_response
from .result import FieldStudyResult

_SETTLE = 8.0  # time units after a coarse spin-up


class _FlatScore:
    """The exact score of a field system as a function of flat states."""

    def __init__(self, system: Any, grid: tuple[int, ...]):
        self.system, self.grid = system, grid

    def __call__(self, state: jax.Array) -> jax.Array:
        return self.system.score(state.reshape(self.grid)).ravel()


def measure_fields(system: str, preset: str, *, seed: int, progress: AbstractProgress | None) -> FieldStudyResult:
    """Run one system and answer by every method.

    Args:
        system: ``"ou"``, ``"allen-cahn"`` or ``"navier-stokes"``.
        preset: ``"quick"`` (ten minutes on two cores, and its notes say what it leaves out) or ``"full"``.
        seed: Seed of every random choice.
        progress: Where progress is shown.

    Returns:
        Truth and responses at the same lags on the same grid, index 0 of every space dimension being the pushed
        point.
    """
    plan = field_plan(system, preset)
    key = jax.random.key(seed)
    clock = time.perf_counter()
    starts = _spun_up(plan, named_key(key, "spin-up"), progress)
    record = _record(plan, starts, named_key(key, "record"), progress)
    simulated, clock = time.perf_counter() - clock, time.perf_counter()
    steps = round(plan.max_lag / (plan.dt * plan.save_every))
    lags = np.arange(steps + 1) * plan.dt * plan.save_every
    responses, half_widths = _answers(plan, record, steps, key, progress)
    estimated, clock = time.perf_counter() - clock, time.perf_counter()
    truth, stderr = _truth(plan, starts, lags, named_key(key, "truth"), progress)
    notes = [
        *plan.left_out,
        f"Simulation took {simulated:.0f} s, all estimates {estimated:.0f} s, the truth "
        f"{time.perf_counter() - clock:.0f} s on {jax.default_backend()}.",
    ]
    return FieldStudyResult(system, lags, truth, stderr, responses, half_widths, notes)


def _spun_up(plan: FieldPlan, key: PRNGKeyArray, progress: AbstractProgress | None) -> np.ndarray | None:
    """Fields after the coarse part of the spin-up, or nothing where there is none."""
    if plan.coarse is None:
        return None
    fields = simulate(
        plan.system,
        key=key,
        members=max(plan.members, plan.truth_members),
        duration=1.0,
        dt=plan.coarse,
        save_every=round(1 / plan.coarse),
        spin_up=plan.spin_up,
        integrator=ExponentialHeun(),
        progress=progress,
    )
    return fields[:, -1]


def _record(
    plan: FieldPlan, starts: np.ndarray | None, key: PRNGKeyArray, progress: AbstractProgress | None
) -> np.ndarray:
    fields = simulate(
        plan.system,
        key=key,
        members=plan.members,
        duration=plan.duration,
        dt=plan.dt,
        save_every=plan.save_every,
        spin_up=plan.spin_up if starts is None else _SETTLE,
        integrator=plan.integrator,
        state=None if starts is None else starts[: plan.members],
        progress=progress,
    )
    return fields.astype(np.float32)


def _truth(
    plan: FieldPlan,
    starts: np.ndarray | None,
    lags: np.ndarray,
    key: PRNGKeyArray,
    progress: AbstractProgress | None,
) -> tuple[np.ndarray, np.ndarray]:
    """The true response and its standard error, averaged over the reflections of the system."""
    if isinstance(plan.system, HasExactResponse):
        exact = np.asarray(plan.system.response(lags))
        return exact, np.zeros_like(exact)
    found = twin_response(
        plan.system,
        key=key,
        members=plan.truth_members,
        resets=plan.resets,
        lags=lags,
        amplitude=plan.amplitude / 2,
        spin_up=plan.spin_up if starts is None else _SETTLE,
        between=plan.between,
        dt=plan.dt,
        integrator=plan.integrator,
        initial_states=None if starts is None else starts[: plan.truth_members],
        progress=progress,
    )
    # Neighbours of the axis of reflection are correlated with their mirror images: the standard error is left as it is.
    return _mirrored(found.response, plan), found.stderr


def _mirrored(field: np.ndarray, plan: FieldPlan) -> np.ndarray:
    for axis in plan.reflections.axes:
        field = 0.5 * (field + np.roll(np.flip(field, 1 + axis), 1, axis=1 + axis))
    return field


def _answers(
    plan: FieldPlan, record: np.ndarray, steps: int, key: PRNGKeyArray, progress: AbstractProgress | None
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Responses by method, and the half-widths of their 95 % bands."""
    grid = plan.system.domain.shape
    responses: dict[str, np.ndarray] = {}
    half_widths: dict[str, np.ndarray] = {}

    def ask(score: str | AbstractScore, members: int | None = None, **options: Any) -> Responses:
        return respond_to_field_pushes(
            record[:members, :, None],
            grid=grid,
            max_lag=steps,
            score=score,
            key=named_key(key, "respond"),
            progress=progress,
            **options,
        )

    def keep(name: str, pipeline: Responses) -> None:
        responses[name] = pipeline.impulse.value[0, :, 0]
        half_widths[name] = pipeline.impulse.half_width(0.95)[0, :, 0]

    plain = ask("auto")
    keep("default", plain)
    responses["dictionary"] = plain.plug_in[0, :, 0]
    responses["gaussian"] = plain.gaussian.value[0, :, 0]
    responses["gaussian_circular"] = circular_gaussian_response(record, steps)
    # What the reflections would add to the fits is less than the noise: the answer itself is averaged over them.
    factor = np.stack([_mirrored(row[0, :, 0], plan) for row in plain.impulse.factor])
    responses["default_mirrored"] = _mirrored(responses["default"], plan)
    half_widths["default_mirrored"] = plain.impulse._replace(factor=factor).half_width(0.95)
    if isinstance(plan.system, HasExactScore):
        exact = ask(FunctionScore(_FlatScore(plan.system, grid), int(np.prod(grid))))
        responses["exact"] = exact.plug_in[0, :, 0]
        responses["exact_normalised"] = normalised_response(responses["exact"])
        keep("exact_robust", exact)

    def train(states: np.ndarray, base: AbstractScore, own: PRNGKeyArray) -> AbstractScore:
        config = FieldTrainingConfig(steps=plan.network_steps)
        return fit_field_network_score([states], grid, key=own, config=config, progress=progress)[0]

    network = ask("network", plan.network_members, train=train)
    responses["network"] = network.plug_in[0, :, 0]
    responses["network_normalised"] = normalised_response(responses["network"])
    keep("network_robust", network)
    return responses, half_widths
