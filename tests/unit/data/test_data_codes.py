"""Codes for missing values and frozen values: found by name, and rarely where there are none."""

import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy.signal import lfilter

from fluctua.core import DataError, OptionError
from fluctua.data import Record, no_codes, read_record, record_from_dataset, record_to_dataset, validate


def record(steps: int = 3000, decimals: int = 9) -> Record:
    noise = np.random.default_rng(0).standard_normal((1, steps, 2))
    values = np.round(lfilter([1.0], [1.0, -0.8], noise, axis=1), decimals)
    return Record(values, dt=1.0, names=("x", "y"), source="a.csv")


def planted(code: float, rows: list[int], decimals: int = 9) -> Record:
    values = record(decimals=decimals).values.copy()
    values[0, rows, 0] = code
    return Record(values, dt=1.0, names=("x", "y"), source="a.csv")


CODES = [-99.99, 999.9, -999.0, 32767.0, 1e20, 9.969209968386869e36, float(np.float32(1e38))]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("rows", [[700], [700, 701, 1500]])
@pytest.mark.parametrize("decimals", [1, 9])
def test_codes_are_refused_with_a_cure_that_makes_gaps(code: float, rows: list[int], decimals: int) -> None:
    bad = planted(code, rows, decimals)
    times = "once" if len(rows) == 1 else "3 times"
    with pytest.raises(
        DataError, match=rf"'x' of 'a\.csv' has the value .* {times}, first at time step 701 \(700"
    ) as found:
        validate(bad)
    advised = [float(word) for word in re.findall(r"--missing (\S+)", found.value.remedy)]
    data = record_to_dataset(bad)
    cured = record_from_dataset(data, missing=advised)
    assert np.flatnonzero(np.isnan(cured.values[0, :, 0])).tolist() == rows
    with pytest.raises(DataError, match=rf"{len(rows)} missing or infinite value.*--gaps split"):
        validate(cured)
    pieces = record_from_dataset(data, missing=advised, gaps="split")
    assert validate(pieces) == []
    np.testing.assert_array_equal(pieces.values[0], np.delete(bad.values[0], rows, axis=0))
    assert np.isin(rows[0], pieces.borders)


@pytest.mark.parametrize("code", [-888.0, 9.969209968386869e36])
@pytest.mark.parametrize("share", [0.51, 0.8])
def test_a_code_is_known_where_most_of_a_record_is_missing(code: float, share: float) -> None:
    rows = np.random.default_rng(3).permutation(3000)[: int(share * 3000)]
    with pytest.raises(DataError, match=rf"has the value .* {len(rows)} times"):
        validate(planted(code, rows.tolist()))


def test_a_code_near_the_data_is_known_by_its_repetition() -> None:
    with pytest.raises(DataError, match=r"has the value -16 2 times"):
        validate(planted(-16.0, [5, 900]))
    assert validate(planted(-16.0, [5])) == []


def test_all_codes_are_named_at_once_and_can_be_kept() -> None:
    values = record().values.copy()
    values[0, [3, 9, 11], 0], values[0, [50, 60], 0], values[0, 7, 1] = -999, -99.9, 1e20
    bad = Record(values, dt=1.0, names=("x", "y"))
    with pytest.raises(DataError, match=r"--missing -999 --missing -99\.9 --missing 1e\+20 .*--keep-outliers"):
        validate(bad)
    with pytest.raises(DataError, match=r"at time step 4 "):
        no_codes(bad)
    assert not any("code" in warning for warning in validate(planted(-99.99, [70]), keep_outliers=True))


def test_words_are_no_codes() -> None:
    with pytest.raises(OptionError, match=r"--missing NA was given; .*is a number.*Give"):
        record_from_dataset(record_to_dataset(record()), missing="NA")  # pyright: ignore[reportArgumentType]


def test_heavy_tails_are_no_codes() -> None:
    """Of 200 records, with full and with few digits, none was refused; nominally 1e-5 a tail.

    At a rate below 1e-4, four or more of 200 have a probability of 7e-9.
    """
    rng = np.random.default_rng()
    refused = 0
    for index in range(200):
        values = rng.standard_t((2, 3, 5)[index % 3], (1, 1000, 1))
        values = lfilter([1.0], [1.0, -0.5], values, axis=1) if index % 2 else np.round(values, 1)
        try:
            no_codes(Record(values, dt=1.0))
        except DataError:
            refused += 1
    assert refused <= 3


@pytest.mark.parametrize(("dtype", "declared"), [("f4", np.float64(1e38)), ("f8", np.float32(-999.9))])
def test_declared_codes_are_gaps_whatever_type_declares_them(tmp_path: Path, dtype: str, declared: float) -> None:
    values = record().values[0, :, 0].astype(dtype)
    values[[20, 40]] = declared
    variable = xr.Variable("time", values, {"missing_value": declared})
    xr.Dataset({"u": variable}).to_netcdf(tmp_path / "u.nc", engine="h5netcdf")
    with pytest.raises(DataError, match=r"has 2 missing .*'u' at time step 21 "):
        validate(read_record(tmp_path / "u.nc"))


@pytest.mark.parametrize("level", [0.0, 0.25])
def test_frozen_values_are_warned_about(level: float) -> None:
    values = record(decimals=2).values.copy()
    values[0, 1000:1400, 1] = level
    (warning,) = validate(Record(values, dt=1.0, names=("x", "y")))
    assert f"'y' stays at {level:g} for 400 steps from time step 1001" in warning


def test_dry_spells_are_not_frozen() -> None:
    """Wet and dry days follow one another as a chain; the longest spell of 200 is no stranger among its own."""
    rng = np.random.default_rng(3)
    wet = np.repeat(np.arange(400) % 2 == 0, rng.geometric(0.1, 400))
    rain = np.where(wet, np.round(rng.gamma(0.5, 8.0, wet.size), 1), 0.0)
    assert not any("stays at" in warning for warning in validate(Record(rain[None, :, None], dt=1.0)))
