"""Pushes as they are given: sums, weights, patterns, expressions of the state and functions mean what they say."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

import fluctua
from fluctua.core import OptionError
from fluctua.data import Record, record_from_array, record_from_dataset
from fluctua.verbs import to_pushes

QUICK: dict[str, Any] = {"max_lag": 5.0, "score": "gaussian"}


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    """Three coupled variables, 2000 states, the last one positive."""
    noise = np.random.default_rng(3).standard_normal((2000, 3))
    states = np.zeros((2000, 3))
    for step in range(1, 2000):
        x, y, z = states[step - 1]
        states[step] = np.array([0.7 * x + 0.2 * y, 0.6 * y - 0.2 * x, 0.5 * z]) + 0.5 * noise[step]
    states[:, 2] = np.exp(states[:, 2])
    return states


@pytest.fixture(scope="module")
def record(values: np.ndarray) -> Record:
    return record_from_array(values, names=("x", "y", "z"))


STATE = jnp.array([0.3, -1.2, 2.0])
# What is given, its name, and its vector and divergence at that state; sd(x) is that of the record.
MEANT: dict[str, tuple[Any, str, list[float], float]] = {
    "a name": ("x", "x", [1, 0, 0], 0),
    "a name of NumPy": (np.str_("y"), "y", [0, 1, 0], 0),
    "a sum": ("x + 2*y", "x + 2*y", [1, 2, 0], 0),
    "scaled": ("0.1*x", "0.1*x", [0.1, 0, 0], 0),
    "parentheses": ("-(x - y)/4", "-(x - y)/4", [-0.25, 0.25, 0], 0),
    "labelled": ("warming: x + 2*y", "warming", [1, 2, 0], 0),
    "labelled by =": ("warm = x + 2*y", "warm", [1, 2, 0], 0),
    "damping": ("damping: x=-0.1*x", "damping", [-0.03, 0, 0], -0.1),
    "without a label": ("x=-0.1*x", "x=-0.1*x", [-0.03, 0, 0], -0.1),
    "two components": ("x=x*y, y=tanh(y)*z", "x=x*y, y=tanh(y)*z", [-0.36, 2 * np.tanh(-1.2), 0], 0.0),
    "numbers": ("kick: x=0.5; z=-1", "kick", [0.5, 0, -1], 0),
    "logarithm": ("z=log(z)", "z=log(z)", [0, 0, np.log(2)], 0.5),
    "weights": ({"x": 1, "y": 2.0}, "x + 2*y", [1, 2, 0], 0),
    "labelled weights": ({"warming": {"x": 1, "y": np.float32(2)}}, "warming", [1, 2, 0], 0),
    "labelled expressions": ({"damping": {"x": "-0.1*x"}}, "damping", [-0.03, 0, 0], -0.1),
    "an array": (np.array([1.0, 2.0, -0.5]), "x + 2*y - 0.5*z", [1, 2, -0.5], 0),
    "a labelled array": ({"p": np.array([1, 2, 0])}, "p", [1, 2, 0], 0),
    "a list of numbers": ([1, 2, 0], "x + 2*y", [1, 2, 0], 0),
    "a function": (lambda s: -s, "push", [-0.3, 1.2, -2.0], -3.0),
    "a constant function": ({"p": lambda s: [1, 2, 0]}, "p", [1, 2, 0], 0),
    "numbers by NumPy": ({"p": lambda s: np.array([1, 2, 0])}, "p", [1, 2, 0], 0),
}


@pytest.mark.parametrize("case", MEANT)
def test_what_is_given_is_what_is_pushed(case: str, record: Record) -> None:
    given, name, vector, divergence = MEANT[case]
    (push,) = to_pushes(given, record)
    if case == "two components":
        _, y, z = np.asarray(STATE)
        divergence = y + z / np.cosh(y) ** 2
    assert push.name == name
    np.testing.assert_allclose(push(STATE), vector, rtol=1e-12)
    np.testing.assert_allclose(push.divergence(STATE), divergence, rtol=1e-12)


def test_a_standard_deviation_is_that_of_the_record(record: Record) -> None:
    (push,) = to_pushes("2*sd(x) - y", record)
    np.testing.assert_allclose(push(STATE), [2 * record.flat[..., 0].std(), -1.0, 0.0])


def test_several_at_once_and_the_same_twice_is_one(record: Record) -> None:
    found = to_pushes(["x", "x", "damping: y=-y", {"warming": {"x": 1, "y": 2}}, " x "], record)
    assert [push.name for push in found] == ["x", "damping", "warming"]


def test_the_answer_to_a_pattern_is_the_weighted_sum_of_answers(values: np.ndarray) -> None:
    """The classical one to rounding. What leads is chosen for each push by itself: the sum is well within the bands.

    An amplitude is exact, with its bands.
    """
    record = xr.Dataset({name: ("time", values[:, place]) for place, name in enumerate(("x", "y"))})
    result = fluctua.respond(record, ["x", "y", "x + 2*y", "-3*x"], observe=["x", "x*y"], **QUICK)
    one, other, pattern, _ = result.gaussian_response.values
    np.testing.assert_allclose(pattern, one + 2 * other, atol=1e-12)
    for name in ("impulse_response", "step_response", "robust_response", "markov_response", "gaussian_response"):
        np.testing.assert_allclose(result[name][3], -3 * result[name][0], atol=1e-12)
    lower, upper = (result[f"impulse_response_{side}"].values for side in ("lower", "upper"))
    np.testing.assert_allclose(lower[3], -3 * upper[0], atol=1e-12)
    one, other, pattern, _ = result.impulse_response.values
    room = result.impulse_response_stderr.values
    assert np.all(np.abs(pattern - one - 2 * other) <= room[2] + room[0] + 2 * room[1] + 1e-12)


def test_a_push_that_depends_on_the_state_is_the_function_that_it_says(values: np.ndarray) -> None:
    record = xr.Dataset({name: ("time", values[:, place]) for place, name in enumerate(("x", "y"))})
    pushes = {"written": "x=-0.1*x", "given": lambda state: jnp.array([-0.1, 0.0]) * state}
    result = fluctua.respond(record, pushes, observe="x", **QUICK)
    written, given = result.impulse_response.values
    np.testing.assert_allclose(written, given, atol=1e-10)


REFUSED: dict[str, tuple[Any, str]] = {
    "a list in one text": (
        "x,y",
        r"unexpected ','.*--push x --push y for each of them by itself, or 'x \+ y' for one push on both",
    ),
    "a power": ("x**2", r"not a sum of state variables.*[Ww]rite 'x=x\*\*2'"),
    "a product": ("x*y", r"not a sum of state variables.*[Ww]rite 'x=x\*y'"),
    "a number": ("x + 2", r"number that no state variable stands beside"),
    "a number alone": ("3", r"number that no state variable"),
    "nothing": ("", r"push '' is empty"),
    "zero": ("0*x", r"push '0\*x' is zero"),
    "a division by zero": ("x/0", r"not finite"),
    "another case": ("X", r"push 'X' is not a state variable.*[Dd]id you mean 'x'"),
    "another case left of =": ("X = -0.1*x", r"'X' left of '='.*[Dd]id you mean 'x=-0\.1\*x', or 'X: -0\.1\*x'"),
    "a comparison": ("x=(x > 0)*x", r"holds a comparison.*tanh"),
    "two deviations": ("sd(x + y)", r"sd\(\).*one variable"),
    "a variable twice": ("x=1, x=2", r"names a variable twice"),
    "one name for two": (["a: x", "a: y"], r"two pushes are called 'a'"),
    "a number in Python": (0, r"push is 0, an int"),
    "a boolean": (True, r"push is True"),
    "nothing in Python": (None, r"no push was given"),
    "a number by name": ({"p": 3.0, "q": "x"}, r"push 'p' is 3\.0"),
    "an unknown weight": ({"p": {"Y": 1}}, r"moves 'Y'.*[Dd]id you mean 'y'"),
    "a short array": (np.ones(2), r"shape \(2,\)"),
    "a scalar function": (lambda s: s[0], r"has shape \(\).*[Rr]eturn one value for each"),
    "NumPy of the state": ({"p": lambda s: np.tanh(np.asarray(s))}, r"[Ww]rite it with jax\.numpy"),
    "a number of the state": ({"p": lambda s: float(s[0]) * s}, r"[Ww]rite it with jax\.numpy"),
    "if": ({"p": lambda s: s if s[0] > 0 else 0 * s}, r"[Ww]rite it with jax\.numpy: jnp\.where"),
    "an error": ({"p": lambda s: s[0].nonsense}, r"push 'p' stopped with AttributeError.*try it on one state"),
    "complex numbers": ({"p": lambda s: 1j * s}, r"push 'p' stopped with TypeError .*complex numbers"),
    "a superscript": ("x²", r"[Ww]rite 'x=x\*\*2'"),
    "no value somewhere": ("x=log(x)", r"no finite value or slope at [\d,]+ of 2,000 states, the first at time step"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_push_is_refused_with_what_to_write(case: str, record: Record) -> None:
    given, message = REFUSED[case]
    with pytest.raises(OptionError, match=re.compile(message, re.IGNORECASE)) as caught:
        to_pushes(given, record)
    assert all((caught.value.given, caught.value.needed, caught.value.remedy))


def test_observables_are_real_numbers(record: Record) -> None:
    with pytest.raises(OptionError, match=r"observable 'b' stopped with TypeError .*complex numbers"):
        fluctua.respond(record, "x", {"b": lambda s: 1j * s[..., 0]}, **QUICK)


def test_advice_on_pushes_leads_to_a_push(record: Record) -> None:
    for given in ("x,y", "x**2", "x*y", "X", "0*x", "x + 2"):
        with pytest.raises(OptionError) as caught:
            to_pushes(given, record)
        for written in re.findall(r"'([^']*)'", caught.value.remedy):
            assert to_pushes(written, record)


@pytest.fixture(scope="module")
def field() -> xr.DataArray:
    noise = np.random.default_rng(5).standard_normal((400, 2, 3))
    coords = {"time": np.arange(400.0), "lat": [10.0, 20.0], "lon": [0.0, 1.0, 2.0]}
    return xr.DataArray(noise, dims=("time", "lat", "lon"), coords=coords, name="t")


PATTERN = np.array([[1.0, 0.0, 2.0], [0.0, -1.0, 0.5]])
LAYOUTS: dict[str, Callable[[xr.DataArray], xr.DataArray]] = {
    "as it is": lambda pattern: pattern,
    "turned": lambda pattern: pattern.transpose("lon", "lat"),
    "from north to south": lambda pattern: pattern.isel(lat=[1, 0]),
    "single precision": lambda pattern: pattern.assign_coords(lon=pattern.lon.astype("f4")).astype("f4"),
    "a time of one": lambda pattern: pattern.expand_dims(time=[0.0]),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_map_is_pushed_place_by_place(layout: str, field: xr.DataArray, tmp_path: Path) -> None:
    pattern = xr.DataArray(PATTERN, dims=("lat", "lon"), coords={"lat": field.lat, "lon": field.lon})
    xr.Dataset({"warming": LAYOUTS[layout](pattern)}).to_netcdf(tmp_path / "pattern.nc", engine="h5netcdf")
    record = record_from_dataset(field)
    (push,) = to_pushes(None, record, [tmp_path / "pattern.nc"])
    assert push.name == "warming"
    np.testing.assert_array_equal(push(jnp.zeros(6)), PATTERN.ravel())
    (again,) = to_pushes({"other": LAYOUTS[layout](pattern)}, record)
    np.testing.assert_array_equal(again(jnp.zeros(6)), PATTERN.ravel())


def test_maps_that_do_not_fit_are_refused(field: xr.DataArray, tmp_path: Path) -> None:
    record = record_from_dataset(field)
    pattern = xr.DataArray(PATTERN, dims=("lat", "lon"), coords={"lat": field.lat, "lon": field.lon}, name="warming")
    for given, message in (
        (
            pattern.assign_coords(lon=[5.0, 6.0, 7.0]),
            r"3 places from 5\.0 to 7\.0 along lon.*from 0\.0 to 2\.0.*no place in common",
        ),
        (pattern.isel(lon=[0, 1]), r"2 places .* along lon.*interp\(lon=record\['lon'\]\)\.fillna\(0\)"),
        (pattern.rename(lat="y"), r"map over \(y, lon\).*\(lat, lon\).*[Rr]ename"),
        (pattern.where(pattern != 0), r"no finite value at 2 of 6 places.*fillna\(0\)"),
        (0 * pattern, r"is zero"),
    ):
        with pytest.raises(OptionError, match=message):
            to_pushes(given, record)
    with pytest.raises(OptionError, match="does not exist"):
        to_pushes(None, record, [tmp_path / "nothing.nc"])


def test_a_homogeneous_field_is_pushed_at_one_cell(field: xr.DataArray) -> None:
    options: dict[str, Any] = {"homogeneous": ["lon"], "max_lag": 2.0, "score": "gaussian"}
    for push in ("2*t[lat=0,lon=0]", {"p": lambda s: s}, {"t[lat=0,lon=0]": 1.0, "t[lat=1,lon=0]": 1.0}):
        with pytest.raises(OptionError, match="pushed at one cell, with unit amplitude"):
            fluctua.respond(field, push, **options)
