"""Small records that the tests of the verbs share."""

import pytest
import xarray as xr

import fluctua


@pytest.fixture(scope="session")
def triad() -> xr.Dataset:
    """Three variables, 15,000 states."""
    return fluctua.simulate("ornstein-uhlenbeck", duration=1500.0, seed=3)


@pytest.fixture(scope="session")
def well() -> xr.Dataset:
    """One variable, four members of 2000 states."""
    return fluctua.simulate("quartic", duration=200.0, members=4, seed=4)


@pytest.fixture(scope="session")
def short_well(well: xr.Dataset) -> xr.Dataset:
    """The same, four members of 800 states, for fits that take long."""
    return well.isel(time=slice(0, 800))
