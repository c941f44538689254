"""Records and arguments in every form that Python has them in: the same answer, or one sentence of advice."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import fluctua
from fluctua.core import DataError, FluctuaError, OptionError
from fluctua.data import record_from_array
from fluctua.verbs import to_lag, to_record

pytestmark = pytest.mark.filterwarnings("ignore::fluctua.FluctuaWarning")  # a short record is enough here
QUICK: dict[str, Any] = {"push": "x", "max_lag": 5, "score": "gaussian", "dictionary_degree": 1}


def _table(seed: int = 0, steps: int = 300) -> pd.DataFrame:
    noise = np.random.default_rng(seed).standard_normal((steps, 2))
    states = np.zeros((steps, 2))
    for step in range(1, steps):
        states[step] = np.array([[0.7, 0.2], [-0.2, 0.6]]) @ states[step - 1] + noise[step]
    return pd.DataFrame(states, columns=["x", "y"], index=pd.date_range("2001-01-01", periods=steps, name="time"))


TABLE = _table()
VALUES = TABLE.to_numpy()[None]

# The same states in other forms, with the unit of their steps.
FORMS: dict[str, tuple[Callable[[], Any], str]] = {
    "dataset": (lambda: TABLE.to_xarray(), "days"),
    "table": (lambda: TABLE, "days"),
    "time as a column": (lambda: TABLE.reset_index(), "days"),
    "times as text": (lambda: TABLE.set_index(TABLE.index.astype(str)), "days"),
    "no times": (lambda: TABLE.reset_index(drop=True), "steps"),
    "numbers as times": (lambda: TABLE.set_index(np.arange(300) * 1.0), "time units"),
    "nullable numbers": (lambda: TABLE.convert_dtypes(), "days"),
    "a time zone": (lambda: TABLE.tz_localize("Europe/Paris"), "days"),
    "a time zone in a dataset": (lambda: TABLE.tz_localize("UTC").to_xarray(), "days"),
    "periods": (lambda: TABLE.to_period("D"), "days"),
    "periods in a dataset": (lambda: TABLE.to_period("D").to_xarray(), "days"),
    "a record array": (lambda: TABLE.to_records(index=False), "steps"),
    "columns of other libraries": (lambda: type("Frame", (), {"to_pandas": lambda self: TABLE})(), "days"),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_states_in_another_form(form: str) -> None:
    make, units = FORMS[form]
    record = to_record(make())
    np.testing.assert_array_equal(record.values, VALUES)
    assert (record.names, record.dt, record.time_units) == (("x", "y"), 1.0, units)


def test_arrays_and_series() -> None:
    for given in (TABLE.to_numpy(), TABLE.to_numpy().tolist(), VALUES):
        record = to_record(given)
        np.testing.assert_array_equal(record.values, VALUES)
        assert (record.names, record.time_units) == (("x0", "x1"), "steps")
    assert to_record(TABLE["y"]).names == ("y",)
    assert to_record(TABLE["y"].to_numpy()).names == ("x",)
    named = record_from_array(TABLE.to_numpy(), dt=0.5, names=("x", "y"))
    assert to_record(named) is named


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_an_array_that_lies_on_its_side_is_to_be_turned(rows: int) -> None:
    values = np.random.default_rng(0).standard_normal((rows, 300))
    with pytest.raises(DataError, match=r"\(time, variable\) is needed.*transpose it \(values\.T\)"):
        to_record(values)
    assert to_record(values.T).dimension == rows


def test_members_of_a_table_and_of_lists(tmp_path: Path) -> None:
    other = _table(1)
    both = np.stack([TABLE.to_numpy(), other.to_numpy()])
    long = pd.concat([TABLE.assign(member="a"), other.assign(member="b")])
    for number, each in enumerate((TABLE, other)):
        each.to_csv(tmp_path / f"run{number}.csv")
    paths = [tmp_path / "run0.csv", tmp_path / "run1.csv"]
    for given in (
        long,
        long.reset_index(),
        [TABLE, other],
        [TABLE.to_numpy(), other.to_numpy()],
        paths,
        [*map(str, paths)],
    ):
        np.testing.assert_allclose(to_record(given).values, both, rtol=1e-12)
    by_pattern = to_record(str(tmp_path / "run*.csv"))
    np.testing.assert_allclose(by_pattern.values, both, rtol=1e-12)
    assert by_pattern.member_names == ("run0.csv", "run1.csv")


def test_pieces_that_follow_one_another_are_one_record(tmp_path: Path) -> None:
    pieces = [TABLE[:100], TABLE[100:180], TABLE[180:]]
    for number, piece in enumerate(pieces):
        piece.to_csv(tmp_path / f"year{number}.csv")
    for given in (pieces, str(tmp_path / "year*.csv")):
        record = to_record(given)
        np.testing.assert_allclose(record.values, VALUES, rtol=1e-12)
        assert record.dates is not None
        assert len(record.dates) == 300
    with pytest.raises(FluctuaError, match=r"Record 2 of 2 has 120 steps from 2001-06-30, and the first 100 from"):
        to_record([pieces[0], pieces[2]])


def test_hours_of_a_local_clock_are_even_in_universal_time() -> None:
    clock = pd.date_range("2001-03-20", periods=300, freq="h", tz="Europe/Paris")  # over the change to summer time
    record = to_record(TABLE.set_index(clock))
    assert (record.dt, record.time_units) == (1.0, "hours")
    assert record.time_label(0) == "2001-03-19T23:00:00"


def test_a_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    TABLE.to_csv(tmp_path / "record.csv")
    assert to_record("~/record.csv").steps == 300


NO_RECORDS: dict[str, tuple[Any, str]] = {
    "nothing": (None, r"data are None"),
    "a number": (3, r"data are 3"),
    "a file": (open, r"data are <built-in function open>"),
    "an address": ("https://example.org/record.csv", r"is an address.*[Dd]ownload it"),
    "a pattern of nothing": ("/nowhere/*.csv", r"no file fits"),
    "an empty list": ([], r"shape \(0,\)"),
    "text": (np.array(["a", "b"]), r"not an array of numbers"),
    "other variables": ([TABLE, TABLE.rename(columns={"y": "z"})], r"record 2 of 2 has the variables x, z"),
    "copies": ([TABLE, TABLE], r"records 1 and 2 of 2 are equal"),
    "two columns of one name": (TABLE.rename(columns={"y": "x"}), r"two columns called 'x'"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("case", NO_RECORDS)
def test_what_is_no_record_is_refused(case: str) -> None:
    given, message = NO_RECORDS[case]
    with pytest.raises(FluctuaError, match=f"(?i){message}") as caught:
        fluctua.respond(given, **QUICK)
    assert all((caught.value.given, caught.value.needed, caught.value.remedy))


@pytest.fixture(scope="module")
def plain() -> Any:
    return fluctua.respond(TABLE, **QUICK)


def test_numbers_of_numpy_are_numbers_and_durations_are_lags(plain: Any) -> None:
    options = {
        "push": np.str_("x"),
        "max_lag": pd.Timedelta("5D"),
        "seed": np.int64(0),
        "confidence": np.array(0.95),
        "dictionary_degree": np.int32(1),
        "detrend": np.bool_(False),
    }
    result = fluctua.respond(TABLE, **(QUICK | options))
    np.testing.assert_array_equal(result.impulse_response, plain.impulse_response)
    config = json.loads(result.attrs["config"])
    assert (config["max_lag"], config["seed"], config["confidence"]) == (5.0, 0, 0.95)


DURATIONS = ("5 days", "5D", "120 h", pd.Timedelta("5D"), np.timedelta64(5, "D"), timedelta(days=5), "5", 5.0)


@pytest.mark.parametrize("lag", DURATIONS, ids=str)
def test_durations_are_lags(lag: Any) -> None:
    assert to_lag(lag, to_record(TABLE)) == 5.0
    hours = record_from_array(VALUES, dt=6.0, time_units="hours")
    assert to_lag(lag, hours) == (5.0 if lag in ("5", 5.0) else 120.0)


def test_months_and_years_are_told_in_one_another() -> None:
    months = record_from_array(VALUES, time_units="months")
    assert to_lag("2 years", months) == 24.0
    assert to_lag("6 months", record_from_array(VALUES, time_units="years")) == 0.5
    assert to_lag("2 quarters", months) == to_lag("2 qtr", months) == to_lag("0.5 yrs", months) == 6.0
    assert to_lag("5hrs", record_from_array(VALUES, time_units="hours")) == 5.0
    with pytest.raises(FluctuaError, match="in months, which this cannot be told in"):
        to_lag(pd.Timedelta("30D"), months)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no seed": ({"seed": None}, r"argument seed is None.*whole number.*leave it out, which is seed=0"),
    "half a seed": ({"seed": 1.5}, r"argument seed is 1\.5"),
    "a boolean seed": ({"seed": True}, r"argument seed is True"),
    "homogeneous": ({"homogeneous": True}, r"argument homogeneous is True.*a text, or a list"),
    "detrend": ({"detrend": "yes"}, r"argument detrend is 'yes'.*True or False"),
    "confidence": ({"confidence": "high"}, r"argument confidence is 'high'.*a number"),
    "a wrong name": ({"maxlag": 3}, r"argument 'maxlag'.*[Dd]id you mean 'max_lag'"),
    "a list of lags": ({"max_lag": [1, 2]}, r"largest lag is \[1, 2\]"),
    "no lag": ({"max_lag": None}, r"largest lag is None.*number of days.*max_lag=10"),
    "a lag before the push": ({"max_lag": "-3 days"}, r"largest lag is -3 days.*from the push on.*max_lag=3, without"),
    "a word as lag": ({"max_lag": "long"}, r"largest lag is 'long'"),
    "months of days": ({"max_lag": "2 months"}, r"largest lag is 2 months.*in days"),
    "observable": ({"observe": 3}, r"observable is 3"),
    "observables": ({"observe": [3, "x"]}, r"observable is \[3, 'x'\]"),
    "observable that stops": (
        {"observe": {"m": lambda s: s[..., 7]}},
        r"observable 'm' stopped with IndexError.*try it",
    ),
    "score in NumPy": ({"score": lambda s: -np.asarray(s)}, r"score turns the state.*write it with jax\.numpy"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_arguments_that_do_not_fit_are_named(case: str) -> None:
    options, message = REFUSED[case]
    with pytest.raises(FluctuaError, match=f"(?i){message}") as caught:
        fluctua.respond(TABLE, **(QUICK | options))
    assert all((caught.value.given, caught.value.needed, caught.value.remedy))


def test_one_function_and_lists_of_one(plain: Any) -> None:
    result = fluctua.respond(TABLE, **(QUICK | {"observe": lambda states: states[..., 0], "push": ["x"]}))
    np.testing.assert_allclose(result.impulse_response[..., 0], plain.impulse_response[..., 0], atol=1e-12)
    with pytest.raises(FluctuaError, match=r"push 'y' is not a state variable .* are 'x'"):
        fluctua.respond(TABLE, **(QUICK | {"variable": ["x"], "push": "y"}))


def test_packages_are_there_without_an_import() -> None:
    assert fluctua.noise.geometric_levels is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = fluctua.nonsense


def test_runs_of_any_length_are_pieces(tmp_path: Path) -> None:
    """In one table, in several, and in several files: the same pieces, each without its beginning."""
    values = np.random.default_rng(3).standard_normal(100)
    parts = [pd.DataFrame({"t": np.arange(n) + 0.0, "x": values[a : a + n]}) for a, n in ((0, 40), (40, 60))]
    for place, part in enumerate(parts):
        part.to_csv(tmp_path / f"run{place}.csv", index=False)
    together = pd.concat([part.assign(case=place) for place, part in enumerate(parts)])
    for data, more in ((parts, {}), (str(tmp_path / "run*.csv"), {}), (together, {"member": "case"})):
        with pytest.raises(DataError, match=r"gaps(='| )split"):
            to_record(data, rename="t=time", **more)
        record = to_record(data, rename="t=time", gaps="split", skip=5, **more)
        assert (record.borders, record.dt, record.time_units) == ((35,), 1.0, "time units")
        np.testing.assert_array_equal(record.values[0, :, 0], np.r_[values[5:40], values[45:]])
        assert record.time_label(35).startswith("5 ")
    ongoing = [parts[0], parts[1].assign(t=parts[1].t + 40)]
    np.testing.assert_array_equal(to_record(ongoing, rename="t=time", skip=5).values[0, :, 0], values[5:])
    with pytest.raises(OptionError, match=r"Skip was given beside a record that is read already"):
        to_record(record, skip=3)
