"""A system from outside the package is one file: registered, it is known wherever systems are."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from jaxtyping import Array
from system_checks import LAWS, a_step_is_the_same_eager_compiled_and_mapped, schemes
from typer.testing import CliRunner

import fluctua
from fluctua.cli import app
from fluctua.core import forget, members_table, register, registered
from fluctua.data import read_record
from fluctua.systems import (
    AbstractFieldSystem,
    AbstractSystem,
    AbstractVectorSystem,
    HasExactScore,
    PeriodicDomain,
    system_named,
    twin_response,
)


class Pendulum(AbstractVectorSystem, HasExactScore):
    """A damped oscillator in equilibrium: the density is exp(-x^2 - v^2) up to a constant."""

    names: tuple[str, ...] = eqx.field(static=True, default=("x", "v"))
    dt: float = eqx.field(static=True, default=0.05)
    save_every: int = eqx.field(static=True, default=2)
    spin_up: float = eqx.field(static=True, default=5.0)

    @property
    def noise_dimension(self) -> int:
        return 1

    def drift(self, x: Array) -> Array:
        return jnp.stack([x[1], -x[0] - x[1]])

    def diffusion(self, x: Array) -> Array:
        return jnp.array([[0.0], [1.0]])

    def score(self, x: Array) -> Array:
        return -2.0 * x


class Ripples(AbstractFieldSystem):
    """A field on a line that decays towards small waves and is stirred at every grid point, cubic beside."""

    domain: PeriodicDomain = eqx.field(default=PeriodicDomain((8,)))
    name: str = eqx.field(static=True, default="height")
    dt: float = eqx.field(static=True, default=0.1)
    save_every: int = eqx.field(static=True, default=2)
    spin_up: float = eqx.field(static=True, default=5.0)

    def linear(self) -> Array:
        return jnp.asarray(-1.0 - 0.1 * self.domain.squared_wavenumber() + 0.0j)

    def nonlinear(self, spectrum: Array, hidden: Array) -> Array:
        return self.domain.forward(-(self.domain.backward(spectrum) ** 3))

    def noise(self) -> Array:
        return jnp.full(self.domain.half_shape, 0.5)

    def initial_state(self, key: Array | None = None) -> Array:
        return jnp.cos(self.domain.coordinates()[0])


TOYS: dict[str, type[AbstractSystem]] = {"toy-pendulum": Pendulum, "toy-ripples": Ripples}
BOTH = pytest.mark.parametrize("name", TOYS)


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    for name, toy in TOYS.items():
        register("system", name, summary=f"a toy called {name}", published={"dt": 0.01, "save_every": 20})(toy)
    yield
    for name in TOYS:
        forget("system", name)


@BOTH
def test_it_is_listed_everywhere(name: str) -> None:
    assert name in registered("system")
    assert name in CliRunner().invoke(app, ["simulate", "--help"]).output
    assert f"| `{name}` | a toy called {name} |" in members_table("system")
    assert name in CliRunner().invoke(app, ["simulate", "--help"]).output.replace("\n", "")
    assert isinstance(system_named(name), TOYS[name])
    with pytest.raises(fluctua.FluctuaError, match=f"Use '{name}'"):
        fluctua.simulate(f"{name}x")


@BOTH
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_it_keeps_the_laws(name: str, law: Callable[[AbstractSystem], None]) -> None:
    law(TOYS[name]())


@BOTH
def test_integrators_take_it(name: str) -> None:
    taken = {key for key, one in schemes().items() if a_step_is_the_same_eager_compiled_and_mapped(TOYS[name](), one)}
    assert ("stochastic-heun" in taken, "exponential-heun" in taken) == (name == "toy-pendulum", name == "toy-ripples")


@BOTH
def test_it_is_simulated_written_and_read_back(name: str, tmp_path: Path) -> None:
    options: dict[str, Any] = {"duration": 30.0, "members": 2}
    memory = fluctua.simulate(name, **options)
    for path in (tmp_path / "toy.zarr", tmp_path / "toy.nc"):
        with fluctua.simulate(name, **options, out=path) as dataset:
            xr.testing.assert_equal(dataset, memory)
        variables = list(memory.data_vars)
        record = read_record(path, variable=None if name == "toy-pendulum" else "height")
        expected = memory[variables[0]].values if len(variables) == 1 else np.stack(list(memory.values()), axis=-1)
        np.testing.assert_array_equal(record.values, expected)
    arguments = ["simulate", name, "--duration", "30", "--members", "2", "--out", str(tmp_path / "shell.zarr")]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    with xr.open_zarr(tmp_path / "shell.zarr", chunks=None, consolidated=False) as dataset:
        xr.testing.assert_equal(dataset, memory)
    if name == "toy-ripples":
        assert fluctua.simulate(name, **options, scheme="published").attrs["dt"] == 0.01


@BOTH
def test_its_response_is_measured(name: str) -> None:
    toy = TOYS[name]()
    push = jnp.ones_like if isinstance(toy, Pendulum) else None
    truth = twin_response(toy, key=jax.random.key(0), push=push, amplitude=0.01, lags=[0.0, 0.2], members=2)
    assert truth.response.shape == (2, *toy.shape)
    np.testing.assert_allclose(truth.response[0], [1.0, 1.0] if push else np.eye(8)[0], atol=1e-9)
