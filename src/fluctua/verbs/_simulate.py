"""Records of systems with known answers: in memory, or streamed to disk so that a killed run goes on where it was."""

import json
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, get_args

import jax
import numpy as np
import xarray as xr

from ..core import (
    AbstractProgress,
    Choice,
    FluctuaWarning,
    OptionError,
    OutputError,
    Unrecorded,
    checked,
    named_key,
    registered,
    unknown_choice,
    version,
    versions,
)
from ..data import Precision, Record, RecordLayout, atomic_path, open_record_stream, write_record
from ..networks import parameters_from_arrays, parameters_to_arrays
from ..systems import (
    AbstractFieldSystem,
    AbstractSystem,
    PeriodicDomain,
    RungeKutta4Noise,
    Simulation,
    State,
    system_named,
)
from ._inputs import check_seed

Scheme = Literal["exponential", "published"]

CHECKPOINT_SECONDS = 10.0
"""Time between two checkpoints: what a kill can cost. A checkpoint itself takes some milliseconds."""

LARGEST_IN_MEMORY = 10**9
"""Bytes of a field record that is still written to NetCDF, which holds it in memory."""


class Options(NamedTuple):
    """What a user asks for; together with the versions it determines every number."""

    system: str
    size: int | None
    duration: float
    members: int
    seed: int
    dt: float | None
    save_every: int | None
    spin_up: float | None
    scheme: Scheme | None
    precision: Precision


@checked
def simulate(
    system: Annotated[str | AbstractSystem, Choice("system")],
    *,
    duration: float = 1000.0,
    members: int = 1,
    seed: int = 0,
    dt: float | None = None,
    save_every: int | None = None,
    spin_up: float | None = None,
    size: int | None = None,
    scheme: Scheme | None = None,
    precision: Precision | None = None,
    out: Annotated[str | Path | None, Unrecorded()] = None,
    overwrite: Annotated[bool, Unrecorded()] = False,
    progress: Annotated[AbstractProgress | None, Unrecorded()] = None,
) -> xr.Dataset:
    """Simulate an unperturbed system and return its record.

    To a ``.zarr`` path it is written piece by piece as it is made, so that it need not fit into memory, with a
    checkpoint about every ten seconds: a run that was killed goes on where it was when it is started again with the
    same options, and gives the same bytes.

    Args:
        system: Name of a system, or a system.
        duration: Time covered by each member after the spin-up, in the system's time units.
        members: Number of independent members.
        seed: Seed of the noise; member k does not depend on the number of members.
        dt: Time step of the integrator; by default the system's own.
        save_every: Steps between saved states; by default the system's own.
        spin_up: Time before the first saved state; by default the system's own.
        size: Grid points along each side of a field; by default the system's own, mostly 32.
        scheme: How a field is integrated: ``"exponential"`` (linear part and noise exact, the default), or
            ``"published"`` (Runge-Kutta with a noise increment after it, at the published time step).
        precision: Type of a field's numbers in the record, ``"float32"`` by default (it rounds by at most
            6e-8 of a value, in half the space) or ``"float64"``. The dynamics are float64 always.
        out: Where to write the record: ``.zarr`` or ``.nc``, or ``.csv`` for a system that is no field.
        overwrite: Whether an existing record, or an unfinished one of other options, may be replaced.
        progress: Where progress is shown.

    Returns:
        One variable per state variable over ``(member,) time``, or a field over ``member, time`` and its grid.
        A record streamed to Zarr is opened, and its values are read when they are used.

    Raises:
        FluctuaError: An unknown system, sizes that make no sense, or a path that cannot be written.

    Example:
        >>> import fluctua
        >>> sorted(fluctua.simulate("enso-triad", duration=10.0).data_vars)
        ['tau', 'u1', 'u2']
        >>> fluctua.simulate("ou-field", duration=10.0, members=2, size=8).u.dims
        ('member', 'time', 'y', 'x')
    """
    check_seed(seed)
    model = system_named(system) if isinstance(system, str) else system
    name = system if isinstance(system, str) else type(model).__name__
    if isinstance(model, AbstractFieldSystem):
        _check_choices(size, scheme, precision)
        scheme, precision = scheme or "exponential", precision or "float32"
    else:
        _refuse_field_options(name, size=size, scheme=scheme, precision=precision)
        precision = "float64"
    options = Options(name, size, duration, members, seed, dt, save_every, spin_up, scheme, precision)
    simulation = _plan(model, options)
    layout = _layout(simulation, options)
    if out is None:
        return layout.dataset(simulation.record(precision, progress))
    path = Path(out)
    suffix = path.suffix.lower()
    if suffix == ".zarr":
        return _streamed(simulation, layout, options, path, overwrite, progress)
    _refuse_path(path, suffix, layout)
    with atomic_path(path, overwrite) as temporary:  # refuses before the work, not after it
        states = simulation.record(precision, progress)
        dataset = layout.dataset(states)
        if suffix == ".csv":
            write_record(temporary, Record(states, dt=layout.dt, names=layout.variables), overwrite=True)
        else:
            dataset.to_netcdf(temporary, engine="h5netcdf")
    return dataset


def _plan(model: AbstractSystem, options: Options) -> Simulation:
    if options.size is not None:
        assert isinstance(model, AbstractFieldSystem)
        model = replace(model, domain=PeriodicDomain((options.size,) * len(model.shape)))  # pyright: ignore[reportCallIssue]
    times = {"dt": options.dt, "save_every": options.save_every}
    published = options.scheme == "published"
    if published and options.dt is None and options.save_every is None:
        entries = registered("system").values()
        times |= next((entry.facts.get("published", {}) for entry in entries if entry.member is type(model)), {})
    return Simulation(
        model,
        key=named_key(jax.random.key(options.seed), "simulate"),
        members=options.members,
        duration=options.duration,
        spin_up=options.spin_up,
        integrator=RungeKutta4Noise() if published else None,
        **times,  # pyright: ignore[reportArgumentType]
    )


def _layout(simulation: Simulation, options: Options) -> RecordLayout:
    model, identity = simulation.system, simulation.identity()
    attrs = {
        "title": f"{options.system}, unperturbed",
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
    }
    field = model.domain if isinstance(model, AbstractFieldSystem) else None
    return RecordLayout(
        model.variables,
        members=simulation.members,
        steps=simulation.saved,
        dt=simulation.interval,
        coords=dict(zip(field.dims, field.coordinates(), strict=True)) if field else {},
        units="1" if field else "",
        precision=options.precision,
        attrs={name: value for name, value in attrs.items() if value is not None},
    )


def _streamed(
    simulation: Simulation,
    layout: RecordLayout,
    options: Options,
    out: Path,
    overwrite: bool,
    progress: AbstractProgress | None,
) -> xr.Dataset:
    # What determines the bits, in the order in which a difference is told.
    run = {
        "options": options._asdict(),
        "simulation": simulation.identity(),
        "versions": {**versions(), "platform": jax.default_backend()},
    }
    with open_record_stream(out, layout, run, overwrite=overwrite) as stream:
        last = time.monotonic()

        def keep(index: int, state: State, states: np.ndarray) -> None:
            nonlocal last
            stream.append(states)
            if time.monotonic() - last >= CHECKPOINT_SECONDS:
                stream.checkpoint(index + 1, parameters_to_arrays(state))
                last = time.monotonic()

        if stream.finished:
            warnings.warn(
                f"'{out}' is complete already, from the same options; it was left as it is.",
                FluctuaWarning,
                stacklevel=3,
            )
        else:
            state, words = simulation.start(), "simulating"
            if stream.chunk > 0:
                state = parameters_from_arrays(state, stream.state)
                words = f"simulating, from {stream.chunk / simulation.chunks:.0%} on"
            simulation.run(keep, state=state, first=stream.chunk, description=words, progress=progress)
            stream.finish()
    # Read when it is used: only what is asked for comes into memory.
    return xr.open_dataset(out, engine="zarr", chunks=None, backend_kwargs={"consolidated": False})


def _refuse_path(out: Path, suffix: str, layout: RecordLayout) -> None:
    if suffix != ".nc" and (layout.is_field or suffix != ".csv"):
        raise OutputError(
            f"'{out}' has the suffix '{suffix}'" if suffix else f"'{out}' has no suffix",
            f"a record {'of a field ' if layout.is_field else ''}is written to "
            f"{'' if layout.is_field else '.csv, '}.zarr or .nc",
            f"give the name {out.stem}.zarr",
        )
    if layout.is_field and layout.size_in_bytes > LARGEST_IN_MEMORY:
        raise OutputError(
            f"'{out}' would hold {layout.size_in_bytes / 1e9:.2f} GB",
            f"above {LARGEST_IN_MEMORY / 1e9:g} GB a record is written piece by piece, which a .zarr store allows",
            f"give the name {out.stem}.zarr",
        )


def _check_choices(size: int | None, scheme: str | None, precision: str | None) -> None:
    """Refuse choices that do not exist."""
    if size is not None and size < 4:
        raise OptionError(
            f"a grid of size {size} was asked for", "at least 4 points a side are needed", "give --size 32"
        )
    for name, value, choices in (("scheme", scheme, get_args(Scheme)), ("precision", precision, get_args(Precision))):
        if value is not None and value not in choices:
            raise unknown_choice(name, str(value), choices)


def _refuse_field_options(system: str, **options: object) -> None:
    for name, value in options.items():
        if value is not None:
            raise OptionError(
                f"the system '{system}' was given with {name} = {value}", f"only a field has a {name}", "leave it out"
            )
