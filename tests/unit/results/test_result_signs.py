"""What is said of signs that a record cannot carry the answer: with the variable, the number and what to do."""

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import scipy.signal

from fluctua.data import Preparation, Record, remedy_for_cycle
from fluctua.response import Headline, look_for_signs
from fluctua.results import (
    AbstractDiagnostic,
    MeasurementNoise,
    NotMarkov,
    PeriodicForcing,
    SingularDensity,
    TooLittleNoise,
    sign_attributes,
    sign_diagnostics,
)
from fluctua.statistics import Estimate, atoms_and_walls


def linear(seed: int, members: int, steps: int, variables: int = 2, kept: float = 0.95) -> np.ndarray:
    """Independent Ornstein-Uhlenbeck processes of variance one."""
    noise = np.random.default_rng(seed).standard_normal((members, steps + 200, variables))
    return np.asarray(scipy.signal.lfilter([np.sqrt(1 - kept**2)], [1, -kept], noise, axis=1))[:, -steps:]


def headline(p_value: float = 1.0) -> Headline:
    """A headline whose test has this p-value."""
    nothing = Estimate(np.zeros((1, 2, 1)), np.zeros((4, 1, 2, 1)), 4)
    no = np.zeros((1, 1), bool)
    return Headline(nothing, nothing, np.ones((1, 1), int), no, no, np.array([[p_value]]))


def said_of(
    record: Record, pushed: str = "rain", p_value: float = 1.0, step: int = 4
) -> tuple[dict[str, tuple[AbstractDiagnostic, ...]], dict[str, Any]]:
    """The diagnostics and the attributes of a record of variables of which one is pushed."""
    signs = look_for_signs(record.flat, step, np.array(record.names) == pushed)
    return sign_diagnostics(signs, headline(p_value), record), sign_attributes(signs, headline(p_value), record)


def record_of(values: np.ndarray, **known: Any) -> Record:
    return Record(values, dt=0.5, time_units="days", names=("wind", "rain")[: values.shape[2]], **known)


def test_of_a_clean_record_nothing_is_said() -> None:
    found, attributes = said_of(record_of(linear(0, 4, 1000)))
    assert found == {}
    assert attributes["signs"] == "[]"
    assert set(attributes) == {
        "nugget", "nugget_stderr", "nugget_variable", "memory_p_value", "markov_p_value", "spectral_line_p_value",
        "signs",
    }  # fmt: skip
    assert abs(float(attributes["nugget"])) < 0.02
    assert attributes["nugget_variable"] in ("wind", "rain")
    assert 0.05 < float(attributes["markov_p_value"]) <= 1


def test_measurement_noise_is_named_with_its_share() -> None:
    values = linear(1, 4, 4000)
    values[..., 0] += 0.5 * np.random.default_rng(2).standard_normal(values.shape[:2])
    found, attributes = said_of(record_of(values))
    assert set(found) == {"measurement noise", "memory"}
    assert json.loads(str(attributes["signs"])) == list(found)
    (noise,) = found["measurement noise"]
    assert isinstance(noise, MeasurementNoise)
    assert noise.variable == "wind"
    assert noise.others == ()
    assert noise.share == attributes["nugget"] == pytest.approx(0.2, abs=0.02)
    assert attributes["nugget_variable"] == "wind"
    assert attributes["nugget_stderr"] == noise.stderr
    assert f"Of the variance of wind {noise.share:.1%} (standard error {noise.stderr:.1%})" in noise.text
    assert "--measurement-noise" in noise.text
    pieces = record_of(values.reshape(1, -1, 2), borders=(4000, 8000, 12000))
    (noise,) = said_of(pieces)[0]["measurement noise"]
    assert "averages over two to four steps" in noise.text  # there the option is refused
    assert "--measurement-noise" not in noise.text
    assert noise.level == "warning"
    assert noise.warning == noise.text
    (memory,) = found["memory"]
    assert isinstance(memory, NotMarkov)
    assert memory.known == "the noise of the measurement"
    assert "something that is not recorded" not in memory.text
    assert "past of wind" in memory.text


def test_what_may_be_noise_is_said_where_the_record_is_too_short_to_tell() -> None:
    """A fifth of the variance in 3000 states: there is a nugget, and no test of memory that finds it."""
    values = linear(1, 1, 3000, kept=0.8)
    values[..., 0] += 0.5 * np.random.default_rng(2).standard_normal(values.shape[:2])
    found, attributes = said_of(record_of(values), step=1)
    (noise,) = found["possible noise"]
    assert "of the variance of wind" in noise.text
    assert "--measurement-noise" in noise.text
    assert 0.1 < float(attributes["nugget"]) < 0.3
    assert (noise.level, noise.warning) == ("caution", "")


def test_memory_is_said_with_the_variable_and_the_time() -> None:
    slow = linear(3, 4, 4200, 1, kept=0.98)
    noise = np.random.default_rng(4).standard_normal(slow.shape)
    driven = np.asarray(scipy.signal.lfilter([1.0], [1, -0.8], 0.3 * slow + 0.6 * noise, axis=1))[:, -4000:]
    found, attributes = said_of(record_of(np.concatenate([linear(5, 4, 4000, 1), driven], axis=2)))
    assert set(found) == {"memory"}
    (memory,) = found["memory"]
    assert isinstance(memory, NotMarkov)
    assert memory.memory
    assert memory.variable == memory.before == "rain"
    assert memory.p_value == attributes["markov_p_value"] == 2 * float(attributes["memory_p_value"]) < 1e-4
    assert "the past of rain still helps to forecast rain over" in memory.text
    assert memory.time in ("0.5 days", "2 days")
    assert "something that is not recorded takes part" in memory.text
    assert "may differ" in memory.text
    assert f"give --delays 4,{memory.time.removesuffix(' days')}: " in memory.text
    asked = replace(memory, held=4, step="")
    assert "Given the present state and 4 earlier ones, the past" in asked.text
    assert "--delays" not in asked.text


def test_a_constant_variable_does_not_shift_the_names() -> None:
    values = linear(6, 4, 2000)
    values[..., 0] = 3.0
    values[..., 1] += 0.6 * np.random.default_rng(7).standard_normal(values.shape[:2])
    (memory,) = said_of(record_of(values))[0]["memory"]
    assert isinstance(memory, NotMarkov)
    assert memory.variable == memory.before == "rain"


def test_what_the_response_itself_refuses_is_said() -> None:
    found, attributes = said_of(record_of(linear(0, 4, 1000)), p_value=1e-4)
    assert set(found) == {"memory"}
    assert attributes["markov_p_value"] == 2e-4
    assert "Carried forward step by step" in found["memory"][0].text
    assert "0.0002" in found["memory"][0].text
    assert "give --delays 4,0.5: " in found["memory"][0].text  # the step of the Markov estimate
    pieces = record_of(linear(0, 1, 4000), borders=(1500, 2500))
    assert "--delays" not in said_of(pieces, p_value=1e-4)[0]["memory"][0].text  # which it is refused
    assert said_of(record_of(linear(0, 4, 1000)), p_value=0.03)[0] == {}  # twice that is more than five in a hundred


def test_a_line_by_chance_that_matters_little_is_not_named() -> None:
    """Of 32 clean records of 300 to 5000 states one in two hundred may be spoken of: two are met once in 80."""
    told = 0
    for seed in range(32):
        steps = (300, 600, 1500, 5000)[seed % 4]
        values = linear(100 + seed, 1, steps, 1, (0.0, 0.5, 0.9, 0.95)[seed // 4 % 4])
        signs = look_for_signs(values, 4, np.array([True]))
        told += "spectral line" in sign_diagnostics(signs, headline(), Record(values, dt=1.0, names=("x",)))
    assert told <= 1


@pytest.mark.parametrize(("size", "named"), [(0.03, False), (0.2, True)])
def test_a_cycle_of_a_white_variable_is_named_where_it_matters(size: float, named: bool) -> None:
    values = linear(9, 1, 20_000, 1, 0.0)
    values[..., 0] += size * np.cos(2 * np.pi * np.arange(20_000) / 37)
    signs = look_for_signs(values, 4, np.array([True]))
    assert ("spectral line" in sign_diagnostics(signs, headline(), Record(values, dt=1.0, names=("x",)))) == named


def test_a_cycle_is_named_with_its_period_in_time_units() -> None:
    values = linear(8, 4, 1500, kept=0.9)
    values[..., 1] += 0.5 * np.cos(2 * np.pi * np.arange(1500) / 37)
    found, attributes = said_of(record_of(values))
    (line,) = found["spectral line"]
    assert isinstance(line, PeriodicForcing)
    assert float(attributes["spectral_line_p_value"]) == line.p_value < 1e-4
    assert line.period == pytest.approx(18.5, rel=2e-3)
    assert line.share == pytest.approx(0.111, abs=0.05)
    assert f"rain has a strictly periodic part of period {line.period:.4g} days, {line.share:.1%}" in line.text
    assert re.search(r"Take it out first: --cycle 18\.5\d*\.$", line.text)


@pytest.mark.parametrize(
    ("period", "units", "dt", "cure"),
    [
        (3.4998, "days", 1.0, "--cycle 7"),
        (6.9996, "days", 1.0, "--cycle 7"),
        (84.0, "hours", 6.0, "--cycle 168"),
        (3.6, "days", 1.0, "--cycle 3.6"),
        (3.4998, "time units", 1.0, "--cycle 3.4998"),
        (0.5, "time units", 0.1, "--cycle 0.5"),
    ],
)
def test_a_part_of_the_week_is_taken_for_it(period: float, units: str, dt: float, cure: str) -> None:
    record = Record(linear(9, 1, 3000, 1), dt=dt, time_units=units)
    assert str(remedy_for_cycle(record, period)) == cure


@pytest.mark.parametrize(
    ("period", "prepared", "cure"),
    [
        (12, Preparation(), "--anomaly month"),
        (6, Preparation(), "--anomaly month"),
        (17, Preparation(), "--cycle 17"),
        (17, Preparation(anomaly=("month",)), "--anomaly month --cycle 17"),
        (6.2, Preparation(cycle=(31.0,)), "--harmonics 5 --cycle 31"),
    ],
)
def test_the_options_against_a_cycle_are_named_with_those_that_were_given(
    period: float, prepared: Preparation, cure: str
) -> None:
    values = linear(9, 1, 1200, 1, kept=0.8)
    values[..., 0] += np.cos(2 * np.pi * np.arange(1200) / period)
    dates = np.datetime64("1800-01", "M") + np.arange(1200)
    record = Record(values, dt=1.0, time_units="months", names=("rain",), dates=dates, prepared=prepared)
    (line,) = said_of(record)[0]["spectral line"]
    assert isinstance(line, PeriodicForcing)
    assert line.remedy == cure
    assert line.text.endswith(f"Take it out first: {cure}.")


def test_a_singular_density_is_said_of_what_is_pushed_and_of_what_stands_beside_it() -> None:
    few = look_for_signs(linear(10, 2, 200), 1, np.array([False, True]))

    def said(rain: np.ndarray, pushed: int = 1) -> list[str]:
        values = np.concatenate([linear(11, 4, 10_000, 1, kept=0.3), rain], axis=2)
        found = few._replace(densities=tuple(atoms_and_walls(values)), pushed=np.arange(2) == pushed)
        every = sign_diagnostics(found, headline(), record_of(values)).get("singular density", ())
        assert all(isinstance(each, SingularDensity) and each.level == "caution" for each in every)
        return [each.text for each in every]

    free = linear(12, 4, 10_000, 1, kept=0.3)
    assert said(free) == []
    dry = np.maximum(free, 0.0)
    (text,) = said(dry)
    assert f"rain is exactly 0 in {np.mean(dry == 0):.1%} of all states and ends abruptly at 0" in text
    assert "does not define the answer to a push on rain" in text
    (text,) = said(dry, pushed=0)
    assert "a part of the state, which has no density" in text
    assert "--state wind --observe rain" in text
    (text,) = said(np.sign(free))
    assert "rain has only 2 different values" in text
    (text,) = said(2 + np.abs(free))
    assert "rain ends abruptly at 2" in text
    assert "exactly" not in text


def test_too_little_noise_is_said_with_what_to_do() -> None:
    angle = 0.2 * np.arange(1500.0)[None, :, None] + np.arange(3.0)[:, None, None]
    (small,) = said_of(record_of(np.concatenate([np.cos(angle), np.sin(angle)], axis=2)))[0]["too little noise"]
    assert isinstance(small, TooLittleNoise)
    assert small.smooth
    assert f"the power {small.number:.1f}" in small.text
    assert "nearly deterministic" in small.text
    assert "Add the noise" in small.text
    bound = TooLittleNoise(smooth=False, number=2.4e-4)
    assert "at most 0.0002 of what the state moves" in bound.text
    assert "record more coarsely" in bound.text
