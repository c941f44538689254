"""Records of fields: in memory, or streamed to disk so that a killed run goes on where it was."""

import json
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import jax
import numpy as np
import xarray as xr

from ..core import AbstractProgress, FluctuaWarning, OptionError, OutputError, named_key, run_chunks, version, versions
from ..data import FieldLayout, Precision, atomic_path, open_field_stream
from ..networks import parameters_from_arrays, parameters_to_arrays
from ..systems.fields import (
    AbstractFieldIntegrator,
    AbstractFieldSystem,
    FieldRungeKutta4Noise,
    FieldSimulation,
    FieldState,
    PeriodicDomain,
    default_field_integrator,
    field_system_named,
)

Scheme = Literal["exponential", "published"]

CHECKPOINT_SECONDS = 10.0
"""Time between two checkpoints: what a kill can cost. A checkpoint itself takes some milliseconds."""

LARGEST_IN_MEMORY = 10**9
"""Bytes of a field record that is still written to NetCDF, which holds it in memory."""

# Time step and steps between saved states of the published runs, where the defaults differ.
_PUBLISHED_STEPS = {"OrnsteinUhlenbeckField": (1.0 / 32.0, 32), "AllenCahn": (1.0 / 32.0, 32)}

Sink = Callable[[int, FieldState, np.ndarray], None]


class FieldOptions(NamedTuple):
    """What a user asks for; together with the versions it determines every number."""

    system: str
    size: int | None
    duration: float
    members: int
    seed: int
    dt: float | None
    save_every: int | None
    spin_up: float | None
    scheme: Scheme
    precision: Precision


def simulate_field_record(
    system: "str | AbstractFieldSystem",
    options: FieldOptions,
    *,
    out: Path | None,
    overwrite: bool,
    progress: AbstractProgress | None,
) -> xr.Dataset:
    """Simulate a field left alone: a dataset in memory, or written to ``out`` and opened."""
    _check_choices(options)
    simulation = _plan(system, options)
    layout, run = _layout(simulation, options), _run_description(simulation, options)
    if out is None:
        return _in_memory(simulation, layout, progress)
    suffix = out.suffix.lower()
    if suffix == ".zarr":
        return _streamed(simulation, layout, run, out, overwrite, progress)
    _refuse_suffix(out, suffix, layout)
    with atomic_path(out, overwrite) as temporary:  # refuses before the work, not after it
        dataset = _in_memory(simulation, layout, progress)
        dataset.to_netcdf(temporary, engine="h5netcdf")
    return dataset


def _plan(system: "str | AbstractFieldSystem", options: FieldOptions) -> FieldSimulation:
    model = field_system_named(system) if isinstance(system, str) else system
    if options.size is not None:
        model = replace(model, domain=PeriodicDomain((options.size,) * len(model.domain.shape)))
    integrator: AbstractFieldIntegrator = default_field_integrator(model)
    dt, save_every = options.dt, options.save_every
    if options.scheme == "published":
        integrator = FieldRungeKutta4Noise()
        if dt is None and save_every is None:
            dt, save_every = _PUBLISHED_STEPS.get(type(model).__name__, (None, None))
    return FieldSimulation(
        model,
        key=named_key(jax.random.key(options.seed), "simulate"),
        members=options.members,
        duration=options.duration,
        dt=dt,
        save_every=save_every,
        spin_up=options.spin_up,
        integrator=integrator,
    )


def _layout(simulation: FieldSimulation, options: FieldOptions) -> FieldLayout:
    domain = simulation.system.domain
    identity = simulation.identity()
    return FieldLayout(
        simulation.system.name,
        members=simulation.members,
        steps=simulation.saved,
        dt=simulation.interval,
        coords=dict(zip(domain.dims, domain.coordinates(), strict=True)),
        precision=options.precision,
        attrs={
            "title": f"{options.system}, left alone",
            "source": f"fluctua simulate {options.system}",
            "system": options.system,
            "parameters": json.dumps(identity["system"]),
            "scheme": options.scheme,
            "integrator": json.dumps(identity["integrator"]),
            "dt": simulation.dt,
            "save_every": simulation.save_every,
            "spin_up": simulation.spin_up,
            "seed": options.seed,
            "fluctua_version": version(),
        },
    )


def _run_description(simulation: FieldSimulation, options: FieldOptions) -> dict[str, Any]:
    """What determines the bits, in the order in which a difference is told."""
    return {
        "options": options._asdict(),
        "simulation": simulation.identity(),
        "versions": {**versions(), "platform": jax.default_backend()},
    }


def _in_memory(simulation: FieldSimulation, layout: FieldLayout, progress: AbstractProgress | None) -> xr.Dataset:
    values = np.empty(layout.shape, layout.precision)

    def keep(index: int, state: FieldState, states: np.ndarray) -> None:
        rows = simulation.saved_range(index)
        values[:, rows.start : rows.stop] = states

    _run(simulation, simulation.start(), 0, "simulating", keep, progress)
    return layout.dataset(values)


def _streamed(
    simulation: FieldSimulation,
    layout: FieldLayout,
    run: dict[str, Any],
    out: Path,
    overwrite: bool,
    progress: AbstractProgress | None,
) -> xr.Dataset:
    with open_field_stream(out, layout, run, overwrite=overwrite) as stream:
        last = time.monotonic()

        def keep(index: int, state: FieldState, states: np.ndarray) -> None:
            nonlocal last
            stream.append(states)
            if time.monotonic() - last >= CHECKPOINT_SECONDS:
                stream.checkpoint(index + 1, parameters_to_arrays(state))
                last = time.monotonic()

        if stream.finished:
            warnings.warn(
                f"'{out}' is complete already, from the same options; it was left as it is.",
                FluctuaWarning,
                stacklevel=4,
            )
        else:
            state, words = simulation.start(), "simulating"
            if stream.chunk > 0:
                state = parameters_from_arrays(state, stream.state)
                words = f"simulating, from {stream.chunk / simulation.chunks:.0%} on"
            _run(simulation, state, stream.chunk, words, keep, progress)
            stream.finish()
    # Read when it is used: only what is asked for comes into memory.
    return xr.open_dataset(out, engine="zarr", chunks=None, backend_kwargs={"consolidated": False})


def _run(
    simulation: FieldSimulation,
    state: FieldState,
    first: int,
    description: str,
    keep: Sink,
    progress: AbstractProgress | None,
) -> None:
    def chunk(state: FieldState, index: int) -> tuple[FieldState, Any]:
        state, saved, finite = simulation.advance(state, index)
        return state, (saved, finite)

    def store(index: int, state: FieldState, output: Any) -> None:
        saved, finite = (np.asarray(array) for array in output)
        if not finite.all():
            raise simulation.failure(index, finite)
        keep(index, state, saved.swapaxes(0, 1))

    run_chunks(chunk, state, simulation.chunks, first=first, description=description, progress=progress, on_chunk=store)


def _refuse_suffix(out: Path, suffix: str, layout: FieldLayout) -> None:
    if suffix != ".nc":
        raise OutputError(
            f"'{out}' has the suffix '{suffix}'" if suffix else f"'{out}' has no suffix",
            "a record of a field is written to .zarr or .nc",
            f"give the name {out.stem}.zarr",
        )
    if layout.size_in_bytes > LARGEST_IN_MEMORY:
        raise OutputError(
            f"'{out}' would hold {layout.size_in_bytes / 1e9:.2f} GB",
            f"above {LARGEST_IN_MEMORY / 1e9:g} GB a record is written piece by piece, which a .zarr store allows",
            f"give the name {out.stem}.zarr",
        )


def _check_choices(options: FieldOptions) -> None:
    """Refuse choices that do not exist."""
    if options.size is not None and options.size < 4:
        raise OptionError(
            f"a grid of size {options.size} was asked for", "at least 4 points a side are needed", "give --size 32"
        )
    for name, value, choices in (
        ("scheme", options.scheme, get_args(Scheme)),
        ("precision", options.precision, get_args(Precision)),
    ):
        if value not in choices:
            raise OptionError(
                f"the {name} '{value}' was asked for",
                f"the {name} is one of {', '.join(choices)}",
                f"give {choices[0]}",
            )
