"""The verb that makes records: the same numbers in memory and on disk, and only options that mean something."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import fluctua
from fluctua.core import FluctuaWarning, OptionError, OutputError, SimulationError
from fluctua.data import read_record
from fluctua.systems import AllenCahn, PeriodicDomain

SMALL: dict[str, Any] = {"size": 8, "members": 2, "duration": 60.0, "seed": 3}


@pytest.fixture(scope="module")
def memory() -> xr.Dataset:
    return fluctua.simulate("ou-field", **SMALL)


def test_a_field_in_memory(memory: xr.Dataset) -> None:
    assert memory.u.dims == ("member", "time", "y", "x")
    assert memory.u.shape == (2, 60, 8, 8)
    assert memory.u.dtype == np.float32
    np.testing.assert_allclose(memory.x, np.arange(8) * 2 * np.pi / 8)
    np.testing.assert_array_equal(memory.time, np.arange(60.0))
    assert memory.time.attrs["units"] == "time units"
    assert (memory.attrs["system"], memory.attrs["scheme"], memory.attrs["dt"]) == ("ou-field", "exponential", 1.0)


@pytest.fixture(scope="module")
def well() -> xr.Dataset:
    return fluctua.simulate("quartic", duration=20.0, members=2)


@pytest.mark.parametrize("suffix", ["zarr", "nc"])
def test_the_disk_holds_the_same(memory: xr.Dataset, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"ou.{suffix}"
    with fluctua.simulate("ou-field", **SMALL, out=path) as dataset:
        xr.testing.assert_equal(dataset, memory)
    record = read_record(path, variable="u")
    np.testing.assert_array_equal(record.values, memory.u)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_the_rounding_is_that_of_single_precision(memory: xr.Dataset) -> None:
    double = fluctua.simulate("ou-field", **SMALL, precision="float64").u.values
    np.testing.assert_array_equal(memory.u.values, double.astype(np.float32))
    assert np.max(np.abs(memory.u.values - double) / np.abs(double)) < 6e-8


def test_a_system_of_ones_own(tmp_path: Path) -> None:
    system = AllenCahn(PeriodicDomain((16,), (3.0,)), reaction=8.0)
    dataset = fluctua.simulate(system, duration=50.0, spin_up=2.0, out=tmp_path / "ac.zarr")
    assert dataset.u.dims == ("member", "time", "x")
    assert dataset.u.shape == (1, 50, 16)
    assert float(dataset.x[1]) == 3.0 / 16
    assert '"reaction": 8.0' in dataset.attrs["parameters"]
    # The same options, another parameter: not the same record.
    with pytest.raises(OutputError, match="exists already"):
        fluctua.simulate(AllenCahn(system.domain), duration=50.0, spin_up=2.0, out=tmp_path / "ac.zarr")
    with pytest.warns(FluctuaWarning, match="complete already"):
        fluctua.simulate(system, duration=50.0, spin_up=2.0, out=tmp_path / "ac.zarr")


def test_the_published_scheme_has_the_published_step() -> None:
    published = fluctua.simulate("ou-field", **SMALL, scheme="published")
    assert (published.attrs["dt"], published.attrs["save_every"]) == (1 / 32, 32)
    assert "RungeKutta4Noise" in published.attrs["integrator"]
    assert published.u.shape == (2, 60, 8, 8)


def test_a_run_that_explodes_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match=r"[Mm]ember \d .*time step.*smaller"):
        fluctua.simulate(
            "allen-cahn", **SMALL, dt=4.0, save_every=1, scheme="published", out=tmp_path / "deep" / "ac.zarr"
        )
    assert list(tmp_path.iterdir()) == []


def test_no_file_is_simulated_for_in_vain(memory: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in the way is said before the work."""
    monkeypatch.setattr("fluctua.systems.Simulation.advance", None)
    for name in ("ou.nc", "ou.zarr"):
        (tmp_path / name).write_text("")
        with pytest.raises(OutputError, match="exists already"):
            fluctua.simulate("ou-field", **SMALL, out=tmp_path / name)


@pytest.mark.parametrize("suffix", ["zarr", "nc", "csv"])
def test_vectors_are_written_too(well: xr.Dataset, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"q.{suffix}"
    with fluctua.simulate("quartic", duration=20.0, members=2, out=path) as dataset:
        xr.testing.assert_equal(dataset, well)
        assert dataset.x.dtype == np.float64
        assert dataset.attrs["system"] == "quartic"
    record = read_record(path)
    np.testing.assert_array_equal(record.values[..., 0], well.x)
    assert (record.names, record.dt) == (("x",), 0.1)
    with pytest.raises(OutputError, match=r"written to \.csv, \.zarr or \.nc"):
        fluctua.simulate("quartic", out=tmp_path / "q.mat")


def test_one_member_has_no_dimension_of_its_own(tmp_path: Path) -> None:
    memory = fluctua.simulate("lorenz63", duration=5.0, spin_up=0.0)
    assert {name: variable.dims for name, variable in memory.items()} == dict.fromkeys(("x", "y", "z"), ("time",))
    with fluctua.simulate("lorenz63", duration=5.0, spin_up=0.0, out=tmp_path / "l.zarr") as dataset:
        xr.testing.assert_equal(dataset, memory)
    assert read_record(tmp_path / "l.zarr").names == ("x", "y", "z")


@pytest.mark.parametrize("option", [{"size": 8}, {"scheme": "published"}, {"precision": "float64"}])
def test_options_of_fields_alone(option: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match=r"system 'quartic' was given with .*; only a field has a \w+\. Leave it out"):
        fluctua.simulate("quartic", **option)
