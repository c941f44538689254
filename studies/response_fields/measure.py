"""Simulate, fit, respond: the runs behind the study of field responses."""

import time
from pathlib import Path
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

from .kept import Arrays, Kept
from .plan import FieldPlan, field_plan
from .published_estimator import circular_gaussian_response, normalised_response
from .record import record_of, spun_up
from .result import FieldStudyResult, check_field_study
from .truth import exact_score, find_truth, mirrored

_HALF_WIDTH = " half-width"


def measure_fields(
    system: str,
    preset: str,
    *,
    seed: int,
    network: bool = True,
    keep: Path | None = None,
    progress: AbstractProgress | None,
) -> FieldStudyResult:
    """Run one system and answer by every method.

    Args:
        system: ``"ou"``, ``"allen-cahn"`` or ``"navier-stokes"``.
        preset: ``"quick"`` (ten minutes on two cores, and its notes say what it leaves out) or ``"full"``.
        seed: Seed of every random choice.
        network: Whether the network is one of the methods: its training takes most of the time.
        keep: Folder where finished parts are kept, to go on from when the study is stopped.
        progress: Where progress is shown.

    Returns:
        Truth and responses at the same lags on the same grid, index 0 of every space dimension being the pushed
        point.
    """
    plan = field_plan(system, preset)
    if not network:
        plan = plan._replace(network_steps=0)
    key, kept = jax.random.key(seed), Kept(keep, plan, seed)
    clock = time.perf_counter()
    starts = spun_up(plan, named_key(key, "spin-up"), progress)
    steps = round(plan.max_lag / (plan.dt * plan.save_every))
    lags = np.arange(steps + 1) * plan.dt * plan.save_every
    # One table of arrays for the file: what is a half-width says so.
    found = kept.arrays("answers", lambda: _answers(plan, starts, steps, key, progress))
    responses = {name: values for name, values in found.items() if not name.endswith(_HALF_WIDTH)}
    half_widths = {name.removesuffix(_HALF_WIDTH): found[name] for name in found if name.endswith(_HALF_WIDTH)}
    answered, clock = time.perf_counter() - clock, time.perf_counter()
    nothing = np.zeros((len(lags), *plan.system.domain.shape))
    check_field_study(FieldStudyResult(system, lags, nothing, nothing, responses, half_widths, []))  # the truth is dear
    truth = find_truth(plan, starts, lags, named_key(key, "truth"), kept, progress)
    notes = [
        *plan.left_out,
        *([] if network else ["The network was left out."]),
        *truth.notes,
        f"Simulation and all estimates took {answered:.0f} s, the truth "
        f"{time.perf_counter() - clock:.0f} s on {jax.default_backend()}"
        + ("." if keep is None else ", less what an earlier run had kept."),
    ]
    return FieldStudyResult(system, lags, truth.response, truth.stderr, responses, half_widths, notes)


def _answers(
    plan: FieldPlan, starts: np.ndarray | None, steps: int, key: PRNGKeyArray, progress: AbstractProgress | None
) -> Arrays:
    """Responses by method, and the half-widths of their 95 % bands under a name that says so."""
    record = record_of(plan, starts, named_key(key, "record"), progress)
    grid = plan.system.domain.shape
    responses: Arrays = {}

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
        responses[name + _HALF_WIDTH] = estimate.half_width(0.95)[0, :, 0]

    plain = ask("auto")
    keep("default", plain.impulse)
    keep("default_robust", plain.robust)
    responses["dictionary"] = plain.plug_in[0, :, 0]
    responses["gaussian"] = plain.gaussian.value[0, :, 0]
    responses["gaussian_circular"] = circular_gaussian_response(record, steps)
    # What the reflections would add to the fits is less than the noise: the answer itself is averaged over them.
    axes = len(grid)
    own = plain.impulse.map(lambda curve: np.squeeze(np.squeeze(curve, -axes - 1), -axes - 2), selects=True)
    factor = np.stack([mirrored(row, plan.reflections) for row in own.factor])
    responses["default_mirrored"] = mirrored(own.value, plan.reflections)
    responses["default_mirrored" + _HALF_WIDTH] = own._replace(factor=factor).half_width(0.95)
    if isinstance(plan.system, HasExactScore):
        exact = ask(exact_score(plan))
        responses["exact"] = exact.plug_in[0, :, 0]
        responses["exact_normalised"] = normalised_response(responses["exact"])
        keep("exact_robust", exact.robust)

    if plan.network_steps == 0:
        return responses

    def train(states: np.ndarray, base: AbstractScore, own: PRNGKeyArray) -> AbstractScore:
        config = FieldTrainingConfig(steps=plan.network_steps)
        return fit_field_network_score([states], grid, key=own, config=config, progress=progress)[0]

    network = ask("network", plan.network_members, train=train)
    responses["network"] = network.plug_in[0, :, 0]
    responses["network_normalised"] = normalised_response(responses["network"])
    keep("network_robust", network.robust)
    return responses
