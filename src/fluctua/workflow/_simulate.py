"""Records of systems with known answers."""

import jax
import xarray as xr

from ..core import AbstractProgress, OptionError, named_key, version
from ..data import Record, record_to_dataset
from ..dynamics import AbstractSystem, simulate as simulate_system, system_named


def simulate(
    system: "str | AbstractSystem",
    *,
    duration: float = 1000.0,
    members: int = 1,
    seed: int = 0,
    dt: float | None = None,
    save_every: int | None = None,
    progress: AbstractProgress | None = None,
) -> xr.Dataset:
    """Simulate a system left alone and return its record.

    Args:
        system: Name of a system (``fluctua simulate --help`` lists them), or a system.
        duration: Time covered by each member after the spin-up, in the system's time units.
        members: Number of independent members.
        seed: Seed of the noise; member k does not depend on the number of members.
        dt: Time step of the integrator; by default the system's own.
        save_every: Steps between saved states; by default the system's own.
        progress: Where progress is shown.

    Returns:
        One variable per state variable over ``(member,) time``.

    Raises:
        FluctuaError: An unknown system, or sizes that make no sense.

    Example:
        >>> import fluctua
        >>> sorted(fluctua.simulate("enso-triad", duration=10.0).data_vars)
        ['tau', 'u1', 'u2']
    """
    if seed < 0:
        raise OptionError(f"the seed is {seed}", "a seed is zero or a positive whole number", "give --seed 0")
    model = system_named(system) if isinstance(system, str) else system
    values = simulate_system(
        model,
        key=named_key(jax.random.key(seed), "simulate"),
        members=members,
        duration=duration,
        dt=dt,
        save_every=save_every,
        progress=progress,
    )
    step = (model.dt if dt is None else dt) * (model.save_every if save_every is None else save_every)
    name = system if isinstance(system, str) else type(model).__name__
    record = Record(values, dt=float(step), names=tuple(model.names), source=f"fluctua simulate {name}")
    return record_to_dataset(record, {"seed": seed, "fluctua_version": version(), "title": f"{name}, left alone"})
