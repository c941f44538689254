"""Whatever is in a file or in memory: a record or a refusal in three parts, never a traceback or a library's warning.

Inputs are drawn by hypothesis without a random seed and without a database of earlier failures: every run has the same.
The larger numbers are those of the slow tests.
"""

import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from odd_frames import tables_in_memory
from odd_labelled import damaged, in_memory, odd, write_classic, write_netcdf4, write_zarr
from odd_tables import tables, usable_tables
from typer.testing import CliRunner

import fluctua
from fluctua.cli import app
from fluctua.core import FluctuaError, FluctuaWarning
from fluctua.data import Record, validate
from fluctua.verbs import to_record

OPTIONS = st.one_of(
    st.just({}),
    st.just({"gaps": "split"}),
    st.fixed_dictionaries(
        {},
        optional={
            "variable": st.sampled_from(["x", "y", "u", "time", "x[0]", "nothing", ["x", "y"]]),
            "missing": st.sampled_from([(-99.99,), (0.0,), (float("nan"),), (1e20, 3.0)]),
            "gaps": st.just("split"),
            "steps": st.booleans(),
            "skip": st.sampled_from([0, 1, 5, 1000, -1]),
            "anomaly": st.sampled_from(["month", "hour", "dayofyear"]),
            "detrend": st.just(True),
            "cycle": st.sampled_from([(3.0,), (12.0,), (0.0,)]),
            "standardise": st.sampled_from(["month", "hour"]),
            "homogeneous": st.sampled_from(["lat", "x", "lon", ["lat", "lon"]]),
            "member": st.sampled_from(["none", "x", "number", "lat", "run"]),
            "drop": st.sampled_from(["x", "time", "nothing"]),
            "rename": st.sampled_from(["x=time", "t=time", "x=y", "time=x"]),
        },
    ),
)
WRITERS = {
    "netcdf4.nc": write_netcdf4,
    "classic.nc": write_classic,
    "two.zarr": lambda path, made: write_zarr(path, made, 2),
    "three.zarr": lambda path, made: write_zarr(path, made, 3),
}


QUESTIONS = st.fixed_dictionaries(
    {
        "push": st.sampled_from(
            ["x", "x", "x", "sd(x)", "y", "x + y", "nothing", "x=-x", "u[x=0]", "a: 1e300*x", "0*x"]
        ),
        "max_lag": st.sampled_from([3.0, 3.0, 3.0, 0.0, -1.0, 1e9, float("nan"), 30.0]),
    },
    optional={
        "observe": st.sampled_from(["x", "x**2", "x > 0", "log(x)", "1/y", "nope", "y"]),
        "missing": st.sampled_from([(-99.99,), (1e20, 3.0)]),
        "gaps": st.just("split"),
        "detrend": st.just(True),
        "cycle": st.sampled_from([(3.0,), (12.0,), (0.0,), (1e9,), (float("inf"),)]),
        "anomaly": st.sampled_from(["month", "dayofyear"]),
        "skip": st.sampled_from([0, 5, 199, 1000]),
        "keep_outliers": st.just(True),
        "allow_unreliable": st.just(True),
    },
)


def typed(name: str, value: Any) -> list[Any]:
    """An option as it is typed."""
    flag = f"--{name.replace('_', '-')}"
    if value is True:
        return [flag]
    return [word for each in (value if isinstance(value, tuple) else (value,)) for word in (flag, each)]


def written(write: Callable[[Path, Any], None], path: Path, made: Any) -> bool:
    """Whether the library that writes a format can write such a file."""
    try:
        write(path, made)
    except (OSError, KeyError, ValueError, TypeError, AttributeError):
        return False
    return True


def runs(few: int, many: int) -> Any:
    """Marks for a test with few examples in a fast run, and many in a slow one."""
    return pytest.mark.parametrize("examples", [few, pytest.param(many, marks=pytest.mark.slow)])


def holds_for(examples: int, law: Callable[..., None], *drawn: st.SearchStrategy[Any]) -> None:
    """Try a law on so many examples, the same in every run."""
    tried = settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )(given(*drawn)(law))
    tried()


def answered_or_refused(call: Callable[[], Any]) -> Any:
    """What a call returns, or None where it refuses in three parts and in one line."""
    refusal: FluctuaError | None = None
    answer = None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", FluctuaWarning)
        try:
            answer = call()
        except FluctuaError as error:
            refusal = error
    assert refusal is None or all((refusal.given, refusal.needed, refusal.remedy))
    assert "\n" not in str(refusal)
    assert "defect of" not in str(refusal)
    return answer


def is_record_or_refused(data: Any, options: dict[str, Any]) -> None:
    """A record that passes all checks has finite values over members, steps and variables."""
    record = answered_or_refused(lambda: to_record(data, **options))
    if record is None:
        return
    assert isinstance(record, Record)
    assert record.flat.shape == (record.members, record.steps, len(record.names))
    assert record.dt > 0
    if answered_or_refused(lambda: validate(record)) is not None:
        assert np.isfinite(record.values).all()


@runs(500, 20_000)
def test_text_tables(examples: int, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"

    def law(content: bytes, options: dict[str, Any]) -> None:
        path.write_bytes(content)
        is_record_or_refused(path, options)

    holds_for(examples, law, tables(), OPTIONS)


@runs(80, 4000)
@pytest.mark.parametrize("name", WRITERS)
def test_labelled_files(name: str, examples: int, tmp_path: Path) -> None:
    path = tmp_path / name

    def law(made: Any, options: dict[str, Any], harm: int, draw: Any) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of those who write such files
            if not written(WRITERS[name], path, made):
                return
        if harm == 0:
            damaged(draw.draw, path)
        is_record_or_refused(path, options)

    holds_for(examples, law, odd(), OPTIONS, st.integers(0, 3), st.data())


@runs(150, 8000)
def test_labelled_data_in_memory(examples: int) -> None:
    holds_for(examples, is_record_or_refused, in_memory(), OPTIONS)


@runs(250, 10_000)
def test_tables_and_arrays_in_memory(examples: int) -> None:
    holds_for(examples, is_record_or_refused, tables_in_memory(), OPTIONS)


@runs(25, 1000)
def test_responses(examples: int, tmp_path: Path) -> None:
    """Without a single number in them that is not finite, where there is an answer."""
    path = tmp_path / "table.csv"

    def law(content: bytes, asked: dict[str, Any]) -> None:
        path.write_bytes(content)
        result = answered_or_refused(lambda: fluctua.respond(path, score="gaussian", **asked))
        if result is not None:
            assert np.isfinite(result.impulse_response).all()
            assert np.isfinite(result.impulse_response_stderr).all()

    holds_for(examples, law, usable_tables(), QUESTIONS)


@runs(25, 1000)
def test_the_command_line(examples: int, tmp_path: Path) -> None:
    """Exit status 0 with a result, or 2 with nothing but a message."""
    out = tmp_path / "out"

    def law(content: bytes, asked: dict[str, Any]) -> None:
        (tmp_path / "table.csv").write_bytes(content)
        words = [str(word) for name, value in asked.items() for word in typed(name, value)]
        result = CliRunner().invoke(
            app, ["respond", str(tmp_path / "table.csv"), "--score=gaussian", "--out", str(out), *words]
        )
        assert isinstance(result.exception, SystemExit | None)
        assert result.exit_code in (0, 2)
        assert "Traceback" not in result.output
        assert "defect of" not in result.output
        left = {path.name for path in tmp_path.iterdir()} - {"table.csv"}
        assert left == ({"out"} if result.exit_code == 0 else set())
        shutil.rmtree(out, ignore_errors=True)

    holds_for(examples, law, usable_tables(), QUESTIONS)
