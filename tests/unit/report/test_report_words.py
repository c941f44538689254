"""The sentences follow the numbers."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, strategies as st

from fluctua.report import number_text, read_pair, reading, title

RESPONSES = ("impulse_response", "impulse_response_lower", "impulse_response_upper", "gaussian_response")


def test_the_title_says_what_was_asked(make_result: Callable, make_field: Callable) -> None:
    assert title(make_result(("tau",), ("u1", "u2"))) == "How u1, u2 respond to a unit push on tau"
    assert title(make_result(("tau", "q"), ("u1",))) == "How u1 responds to a unit push on tau, q"
    assert title(make_field((16, 16))) == "How the field u responds to a unit push at u[y=5,x=4]"
    many = title(make_result(("tau",), [f"x{i}" for i in range(9)], densities=False))
    assert many == "How x0, x1, x2, x3, x4, x5 and 3 more respond to a unit push on tau"


def test_a_pair_is_read_from_its_curve(result: xr.Dataset) -> None:
    # 0.6 (t/4) exp(1 - t/4) is largest, 0.6, at t = 4, where the band is 0.6 -+ (0.06 (1 - exp(-2)) + 0.02).
    pair = read_pair(result, "tau", "u1")
    assert pair.peak == pytest.approx(0.6)
    assert pair.peak_lag == 4.0
    assert pair.differs_from_zero
    for number in ("0.600", "0.528 to 0.672", "0.270"):
        assert number in pair.text
    assert pair.differs_from_gaussian == "0.5 to 14.5 months"


def test_the_agreement_of_the_gaussian_estimate_is_said(result: xr.Dataset) -> None:
    pair = read_pair(result, "tau", "u2")
    assert pair.differs_from_gaussian == ""
    assert "agrees within the band" in pair.text


def test_a_gaussian_estimate_outside_a_narrow_band_does_not_agree_within_it(result: xr.Dataset) -> None:
    off = result.copy(deep=True)
    off["gaussian_response"] = result["impulse_response_upper"] + 0.1
    for side, sign in (("lower", -1), ("upper", 1)):
        off[f"gaussian_response_{side}"] = off["gaussian_response"] + sign * 0.5
    pair = read_pair(off, "tau", "u2")
    assert pair.differs_from_gaussian == ""
    assert "lies outside the band at lags 0 to 30 months, by no more than its own error explains" in pair.text


def test_an_identity_is_not_an_estimate(result: xr.Dataset) -> None:
    assert "It moves at once by 1.00 (exactly)" in read_pair(result, "tau", "tau").text


def test_a_mirrored_response_is_read_with_the_other_sign(result: xr.Dataset) -> None:
    mirrored = result.copy()
    mirrored["impulse_response"] = -result["impulse_response"]
    mirrored["impulse_response_lower"] = -result["impulse_response_upper"]
    mirrored["impulse_response_upper"] = -result["impulse_response_lower"]
    mirrored["gaussian_response"] = -result["gaussian_response"]
    pair, other = read_pair(result, "tau", "u1"), read_pair(mirrored, "tau", "u1")
    assert other.peak == -pair.peak
    assert other.peak_lag == pair.peak_lag
    assert "−0.672 to −0.528" in other.text


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_units_do_not_change_the_verdict(result: xr.Dataset, unit: float) -> None:
    scaled = result.assign({name: unit * result[name] for name in RESPONSES})
    for observable in ("u1", "u2", "tau"):
        pair, other = read_pair(result, "tau", observable), read_pair(scaled, "tau", observable)
        assert other.differs_from_zero == pair.differs_from_zero
        assert other.differs_from_gaussian == pair.differs_from_gaussian
        assert other.clarity == pytest.approx(pair.clarity)


@pytest.mark.parametrize(("lags_off_zero", "differs"), [(2, False), (3, True)])
def test_as_many_lags_as_chance_gives_are_no_response(make_result: Callable, lags_off_zero: int, differs: bool) -> None:
    # 50 lags at 95 %: chance alone puts 2.5 of them off zero.
    result = make_result(("tau",), ("u1",), size=50, densities=False)
    value = np.zeros(50)
    value[10 : 10 + lags_off_zero] = 1.0
    for suffix, shift in (("", 0.0), ("_lower", -0.5), ("_upper", 0.5)):
        result[f"impulse_response{suffix}"] = (("push", "lag", "observable"), (value + shift)[None, :, None])
    assert read_pair(result, "tau", "u1").differs_from_zero is differs


def test_the_reading_names_the_clearest_response_and_the_gaussian_failure(result: xr.Dataset) -> None:
    said = reading(result)
    assert "u1 to tau: 0.600 at lag 4 months" in said
    assert "1 of 3 (u1 to tau)" in said


def test_the_reading_admits_that_nothing_was_found(result: xr.Dataset) -> None:
    nothing = result.copy()
    for suffix, value in (("", 0.0), ("_lower", -1.0), ("_upper", 1.0)):
        nothing[f"impulse_response{suffix}"] = xr.full_like(result["impulse_response"], value)
    assert not any(read_pair(nothing, "tau", observable).differs_from_zero for observable in ("u1", "u2", "tau"))
    assert " at lag " not in reading(nothing)


def test_a_travelling_field_is_followed_across_the_border(make_field: Callable) -> None:
    result = make_field((32,))
    said = reading(result)
    assert "35 days" in said
    assert "4 points along +x" in said
    # The same response pushed near the border: the way round is the short one.
    rolled = result.roll(x=26).assign_coords(push=["u[x=30]"])
    assert "4 points along +x" in reading(rolled)


@given(st.floats(min_value=-1e12, max_value=1e12, allow_nan=False).filter(lambda value: abs(value) > 1e-9))
def test_a_number_is_written_to_three_digits(value: float) -> None:
    written = float(number_text(value).replace("\N{MINUS SIGN}", "-"))
    assert written == pytest.approx(value, rel=0.0051)
    assert "-" not in number_text(value).replace("e-", "")


def test_numbers_that_are_none_are_said_to_be() -> None:
    assert number_text(float("nan")) == "not available"
    assert number_text(0.0) == "0"


def test_a_noisy_gaussian_estimate_beside_a_narrow_band_says_nothing_of_the_record() -> None:
    """The same two curves: with a wide band of its own the Gaussian one agrees, with a narrow one it does not."""
    lag, dims = np.arange(13.0), ("push", "lag", "observable")
    decay = np.exp(-lag / 4).reshape(1, -1, 1)
    found = {}
    for own in (0.2, 0.01):
        tables = {
            "impulse_response": decay, "impulse_response_lower": decay - 0.05, "impulse_response_upper": decay + 0.05,
            "gaussian_response": decay + 0.1, "gaussian_response_lower": decay + 0.1 - own,
            "gaussian_response_upper": decay + 0.1 + own,
        }  # fmt: skip
        result = xr.Dataset(
            {name: (dims, table) for name, table in tables.items()},
            {"push": ["x"], "lag": lag, "observable": ["y"]},
        )
        found[own] = read_pair(result, "x", "y").differs_from_gaussian
    assert found[0.2] == ""
    assert found[0.01] != ""


@pytest.mark.parametrize(("times", "said"), [(1.2, ""), (2.5, "3 to 5 months")])
def test_a_few_lags_just_outside_are_chance_where_the_whole_curve_would_hold_them(times: float, said: str) -> None:
    lag, dims = np.arange(21.0), ("push", "lag", "observable")
    decay = np.exp(-lag / 4).reshape(1, -1, 1)
    away = times * np.hypot(0.05, 0.05) * np.isin(lag, [3, 4, 5]).reshape(1, -1, 1)
    tables = {
        "impulse_response": (decay, 0.05),
        "simultaneous": (decay, 0.075),
        "gaussian_response": (decay + away, 0.05),
    }
    found = {name: (dims, middle) for name, (middle, _) in tables.items() if name != "simultaneous"}
    for name, (middle, half) in tables.items():
        found |= {f"{name}_lower": (dims, middle - half), f"{name}_upper": (dims, middle + half)}
    coordinates = {"push": ["x"], "lag": ("lag", lag, {"units": "months"}), "observable": ["y"]}
    assert read_pair(xr.Dataset(found, coordinates), "x", "y").differs_from_gaussian == said
