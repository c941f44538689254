"""Forecasts by lead time are refused by their cause, whatever the dimension is called; what is alike is not."""

from typing import Any

import numpy as np
import pytest
import xarray as xr

from fluctua.core import DataError
from fluctua.data import record_from_dataset

STARTS = np.arange("2000-01-01", "2000-07-01", dtype="M8[D]").astype("M8[ns]")


def forecasts(start: str, lead: str, leads: Any, attrs: dict[str, str] | None = None) -> xr.Dataset:
    """Forecasts of x over starts and lead times; their starts are dates."""
    size = len(STARTS), 4 if leads is None else len(leads)
    values = np.random.default_rng(0).standard_normal(size)
    coords = {start: STARTS} | ({} if leads is None else {lead: (lead, leads, attrs or {})})
    return xr.Dataset({"x": ((start, lead), values)}, coords)


LEADS = {
    "init and lead": forecasts("init", "lead", [1, 2, 3]),
    "time and step of GRIB": forecasts("time", "step", np.arange(3).astype("m8[h]").astype("m8[ns]")),
    "fxx": forecasts("time", "fxx", [0, 6, 12]),
    "S and L": forecasts("S", "L", [0.5, 1.5, 2.5]),
    "without coordinate": forecasts("init_time", "lead", None),
    "lead_time": forecasts("time", "lead_time", [1, 2]),
    "marked": forecasts("time", "hours", [1, 2], {"standard_name": "forecast_period"}),
    "start_date": forecasts("start_date", "forecast_month", [1, 2]),
}


@pytest.mark.parametrize("name", LEADS)
def test_lead_times_are_neither_runs_nor_parts_of_a_state(name: str) -> None:
    data = LEADS[name]
    lead = str(data["x"].dims[1])
    asked: list[dict[str, Any]] = [{}, {"member": lead}, {"member": "none"}, {"variable": "x", "member": "none"}]
    for options in asked:
        with pytest.raises(DataError, match=rf"'{lead}' .*forecasts by lead time.*isel\({lead}=0\)"):
            record_from_dataset(data, **options)
    assert record_from_dataset(data.isel({lead: 0})).names == ("x",)
    assert record_from_dataset(data.isel({lead: [0]})).names == ("x",)


@pytest.mark.parametrize(
    ("dim", "labels"), [("lead", ["I", "II", "V1"]), ("step", [0, 1, 2]), ("level", [1, 2, 3]), ("lead", [1, 2, 3])]
)
def test_what_is_alike_is_no_forecast(dim: str, labels: list[Any]) -> None:
    record = record_from_dataset(forecasts("time", dim, labels), variable="x", member="none")
    assert record.dimension == 3
