"""Simulate, fit, respond: the runs behind the study of field responses."""

import time
from typing import Any

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from fluctua.core import AbstractProgress, named_key
from fluctua.response import Responses, respond_to_field_pushes
from fluctua.scores import AbstractScore
from fluctua.statistics import Estimate
from fluctua.systems import HasExactScore
from fluctua.training import FieldTrainingConfig, fit_field_network_score

from .plan import FieldPlan, field_plan
from .published_estimator import circular_gaussian_response, normalised_response
from .record import record_of, spun_up
from .result import FieldStudyResult
from .truth import exact_score, find_truth, mirrored


def measure_fields(
    system: str, preset: str, *, seed: int, network: bool = True, progress: AbstractProgress | None
) -> FieldStudyResult:
    """Run one system and answer by every method.

    Args:
        system: ``"ou"``, ``"allen-cahn"`` or ``"navier-stokes"``.
        preset: ``"quick"`` (ten minutes on two cores, and its notes say what it leaves out) or ``"full"``.
        seed: Seed of every random choice.
        network: Whether the network is one of the methods: its training takes most of the time.
        progress: Where progress is shown.

    Returns:
        Truth and responses at the same lags on the same grid, index 0 of every space dimension being the pushed
        point.
    """
    plan = field_plan(system, preset)
    if not network:
        plan = plan._replace(network_steps=0)
    key = jax.random.key(seed)
    clock = time.perf_counter()
    starts = spun_up(plan, named_key(key, "spin-up"), progress)
    record = record_of(plan, starts, named_key(key, "record"), progress)
    simulated, clock = time.perf_counter() - clock, time.perf_counter()
    steps = round(plan.max_lag / (plan.dt * plan.save_every))
    lags = np.arange(steps + 1) * plan.dt * plan.save_every
    responses, half_widths = _answers(plan, record, steps, key, progress)
    estimated, clock = time.perf_counter() - clock, time.perf_counter()
    truth = find_truth(plan, starts, lags, named_key(key, "truth"), progress)
    notes = [
        *plan.left_out,
        *([] if network else ["The network was left out."]),
        *truth.notes,
        f"Simulation took {simulated:.0f} s, all estimates {estimated:.0f} s, the truth "
        f"{time.perf_counter() - clock:.0f} s on {jax.default_backend()}.",
    ]
    return FieldStudyResult(system, lags, truth.response, truth.stderr, responses, half_widths, notes)


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

    def keep(name: str, estimate: Estimate) -> None:
        responses[name] = estimate.value[0, :, 0]
        half_widths[name] = estimate.half_width(0.95)[0, :, 0]

    plain = ask("auto")
    keep("default", plain.impulse)
    keep("default_robust", plain.robust)
    responses["dictionary"] = plain.plug_in[0, :, 0]
    responses["gaussian"] = plain.gaussian.value[0, :, 0]
    responses["gaussian_circular"] = circular_gaussian_response(record, steps)
    # What the reflections would add to the fits is less than the noise: the answer itself is averaged over them.
    factor = np.stack([mirrored(row[0, :, 0], plan.reflections) for row in plain.impulse.factor])
    responses["default_mirrored"] = mirrored(responses["default"], plan.reflections)
    half_widths["default_mirrored"] = plain.impulse._replace(factor=factor).half_width(0.95)
    if isinstance(plan.system, HasExactScore):
        exact = ask(exact_score(plan))
        responses["exact"] = exact.plug_in[0, :, 0]
        responses["exact_normalised"] = normalised_response(responses["exact"])
        keep("exact_robust", exact.robust)

    if plan.network_steps == 0:
        return responses, half_widths

    def train(states: np.ndarray, base: AbstractScore, own: PRNGKeyArray) -> AbstractScore:
        config = FieldTrainingConfig(steps=plan.network_steps)
        return fit_field_network_score([states], grid, key=own, config=config, progress=progress)[0]

    network = ask("network", plan.network_members, train=train)
    responses["network"] = network.plug_in[0, :, 0]
    responses["network_normalised"] = normalised_response(responses["network"])
    keep("network_robust", network.robust)
    return responses, half_widths
