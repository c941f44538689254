"""Confidence limits and uncertainties are passed over with a notice, unless they are named or measured."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

from fluctua.data import Record, dataset_from_table, read_record, record_from_dataset

DRAWN = np.random.default_rng(0)
STEPS = 400
ANOMALY = lfilter([0.1], [1, -0.8], DRAWN.standard_normal(STEPS))
WIDTH = 0.05 + 0.03 * np.exp(-np.arange(STEPS) / 100) + 0.005 * DRAWN.random(STEPS)
OTHER = DRAWN.standard_normal(STEPS)


def read(folder: Path, name: str = "x", /, **columns: np.ndarray) -> Record:
    pd.DataFrame({"time": np.arange(STEPS), name: ANOMALY, **columns}).to_csv(folder / "a.csv", index=False)
    return read_record(folder / "a.csv")


LIMITS = [
    ("Anomaly (deg C)", "Lower confidence limit (2.5%)", "Upper confidence limit (97.5%)"),
    ("x", "x_lower", "x_upper"),
    ("x", "x_lo", "x_hi"),
    ("x", "lower", "upper"),
    ("x", "Lower Bound", "Upper Bound"),
    ("x", "ci_lower", "ci_upper"),
    ("x", "lower_ci", "upper_ci"),
    ("x", "x_lcl", "x_ucl"),
    ("x", "CI low", "CI high"),
    ("x", "x lower 95 CI", "x upper 95 CI"),
]


@pytest.mark.parametrize(("name", "below", "above"), LIMITS)
@pytest.mark.parametrize("width", [0.1, WIDTH])
def test_limits_are_no_states(name: str, below: str, above: str, width: np.ndarray, tmp_path: Path) -> None:
    columns = {below: ANOMALY - width, above: ANOMALY + width}
    record = read(tmp_path, name, **columns)
    assert record.names == (name,)
    assert f"{below}, {above} (confidence limit) are passed over" in record.notices[-1]
    assert read_record(tmp_path / "a.csv", variable=[name, below]).names == (name, below)
    assert read(tmp_path, name, y=OTHER, **columns).names == (name, "y")


@pytest.mark.parametrize("name", ["uncertainty", "x_unc", "x_err", "x_se", "Standard error", "stderr", "Monthly Unc."])
def test_uncertainties_are_no_states(name: str, tmp_path: Path) -> None:
    record = read(tmp_path, **{name: WIDTH})
    assert record.names == ("x",)
    assert f"{name} (uncertainty)" in record.notices[-1]
    assert f"--variable {name}" in record.notices[-1].replace("'", "")
    assert read(tmp_path, **{name: OTHER}).names == ("x", name)  # below zero as well


@pytest.mark.parametrize(
    "columns",
    [
        {"low": ANOMALY - WIDTH, "high": ANOMALY + 2 * DRAWN.random(STEPS)},  # prices of a day
        {"x_min": ANOMALY - DRAWN.random(STEPS), "x_max": ANOMALY + DRAWN.random(STEPS)},
        {"lower": OTHER, "upper": OTHER[::-1].copy()},  # layers
        {"lower": 90 + OTHER, "upper": 99 + OTHER[::-1]},
        {"se": np.abs(OTHER), "err": OTHER},  # selenium; nothing is called so without an x before it
        {"error": OTHER, "terror": OTHER[::-1].copy(), "y_err": np.abs(OTHER + ANOMALY)},
    ],
)
def test_what_may_be_measured_is_a_state(columns: dict[str, np.ndarray], tmp_path: Path) -> None:
    assert read(tmp_path, **columns).names == ("x", *columns)


def test_nothing_is_left_out_where_nothing_would_remain(tmp_path: Path) -> None:
    assert read(tmp_path, "lower", upper=ANOMALY + WIDTH).names == ("lower", "upper")


def test_limits_with_gaps_and_of_several_runs() -> None:
    table = pd.DataFrame({"x": ANOMALY, "x_lower": ANOMALY - WIDTH, "x_upper": ANOMALY + WIDTH})
    table["member"] = np.repeat(["a", "b"], STEPS // 2)
    assert record_from_dataset(dataset_from_table(table)).names == ("x",)
    table.loc[30:40, "x_lower"] = np.nan
    assert record_from_dataset(dataset_from_table(table)).names == ("x",)
