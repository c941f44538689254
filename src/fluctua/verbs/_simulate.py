"""Records of systems with known answers."""

from pathlib import Path

import jax
import xarray as xr

from ..core import AbstractProgress, OptionError, named_key, unknown_choice, version
from ..data import Precision, Record, record_to_dataset, write_record
from ..systems import SYSTEMS, AbstractSystem, simulate as simulate_system, system_named
from ..systems.fields import FIELD_SYSTEMS, AbstractFieldSystem
from ._simulate_field import FieldOptions, Scheme, simulate_field_record


def simulate(
    system: "str | AbstractSystem | AbstractFieldSystem",
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
    out: str | Path | None = None,
    overwrite: bool = False,
    progress: AbstractProgress | None = None,
) -> xr.Dataset:
    """Simulate a system left alone and return its record.

    A field system gives one variable on a grid. To a ``.zarr`` path it is written piece by piece as it is
    made, so that it need not fit into memory, with a checkpoint about every ten seconds: a run that was
    killed goes on where it was when it is started again with the same options, and gives the same bytes.

    Args:
        system: Name of a system (``fluctua simulate --help`` lists them), or a system.
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
        A field streamed to Zarr is opened, and its values are read when they are used.

    Raises:
        FluctuaError: An unknown system, sizes that make no sense, or a path that cannot be written.

    Example:
        >>> import fluctua
        >>> sorted(fluctua.simulate("enso-triad", duration=10.0).data_vars)
        ['tau', 'u1', 'u2']
        >>> fluctua.simulate("ou-field", duration=10.0, members=2, size=8).u.dims
        ('member', 'time', 'y', 'x')
    """
    if seed < 0:
        raise OptionError(f"the seed is {seed}", "a seed is zero or a positive whole number", "give --seed 0")
    path = None if out is None else Path(out)
    if isinstance(system, AbstractFieldSystem) or (isinstance(system, str) and system in FIELD_SYSTEMS):
        options = FieldOptions(
            system=system if isinstance(system, str) else type(system).__name__,
            size=size,
            duration=duration,
            members=members,
            seed=seed,
            dt=dt,
            save_every=save_every,
            spin_up=spin_up,
            scheme=scheme or "exponential",
            precision=precision or "float32",
        )
        return simulate_field_record(system, options, out=path, overwrite=overwrite, progress=progress)
    _refuse_field_options(system, size=size, scheme=scheme, precision=precision)
    model = _system_named(system) if isinstance(system, str) else system
    values = simulate_system(
        model,
        key=named_key(jax.random.key(seed), "simulate"),
        members=members,
        duration=duration,
        dt=dt,
        save_every=save_every,
        spin_up=spin_up,
        progress=progress,
    )
    step = (model.dt if dt is None else dt) * (model.save_every if save_every is None else save_every)
    name = system if isinstance(system, str) else type(model).__name__
    record = Record(values, dt=float(step), names=tuple(model.names), source=f"fluctua simulate {name}")
    about = {"seed": seed, "fluctua_version": version(), "title": f"{name}, left alone"}
    if path is not None:
        write_record(path, record, attrs=about, overwrite=overwrite)
    return record_to_dataset(record, about)


def _system_named(name: str) -> AbstractSystem:
    if name in SYSTEMS:
        return system_named(name)
    listed = f"{', '.join(SYSTEMS)}, and the fields {', '.join(FIELD_SYSTEMS)}"
    raise unknown_choice("system", name, [*SYSTEMS, *FIELD_SYSTEMS], listed)


def _refuse_field_options(system: object, **options: object) -> None:
    for name, value in options.items():
        if value is not None:
            title = f"'{system}'" if isinstance(system, str) else type(system).__name__
            raise OptionError(
                f"the system {title} was given with {name} = {value}",
                f"only a field has a {name}: {', '.join(FIELD_SYSTEMS)}",
                "leave it out",
            )
