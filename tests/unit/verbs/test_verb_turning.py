"""Angles that jump by a whole turn: refused as pushes, told of otherwise, and right once the advice is followed."""

import re
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.signal import lfilter

import fluctua
from fluctua.core import FluctuaWarning, OptionError
from fluctua.statistics import angle_turn

STEPS = 4000


def memory(keeps: float, deviation: float, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal(STEPS)
    return deviation * np.sqrt(1 - keeps**2) * np.asarray(lfilter([1], [1, -keeps], noise))


def wind(mean: float = 350.0, deviation: float = 25.0) -> pd.DataFrame:
    return pd.DataFrame({"speed": 5 + memory(0.8, 1, 0), "angle": (mean + memory(0.8, deviation, 1)) % 360})


def asked(table: pd.DataFrame | xr.DataArray, push: Any, **options: Any) -> tuple[Any, list[str]]:
    """The answer, and what is said of angles."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FluctuaWarning)
        answer = fluctua.respond(table, push=push, max_lag=2, score="gaussian", **options)
    return answer, [str(each.message) for each in caught if "an angle" in str(each.message)]


def test_an_angle_about_north_is_not_pushed_and_is_right_from_another_place_on() -> None:
    table = wind()
    with pytest.raises(OptionError, match=r"jumps between 360 and 0 .*write 'angle' from") as refused:
        asked(table, "angle")
    cut = float(re.findall(r"from all values above (\d+)", str(refused.value))[0])
    moved = table.assign(angle=np.where(table.angle > cut, table.angle - 360, table.angle))
    answer, said = asked(moved, "angle")
    found = answer.impulse_response.sel(observable="angle")[0, 1]
    assert not said
    assert abs(float(found) - 0.8) < 0.04


def test_one_that_is_observed_or_part_of_the_state_is_told_of() -> None:
    table = wind()
    assert len(asked(table, "speed")[1]) == 1
    assert len(asked(table, "speed", state=["speed"], observe=["angle"])[1]) == 1
    assert len(asked(table, "speed", state=["speed"], observe={"mine": "angle + speed"})[1]) == 1
    assert not asked(table, "speed", state=["speed"], observe=["sin(angle * 0.0174533)"])[1]
    assert len(asked(table, "angle", allow_unreliable=True)[1]) == 1


def test_one_that_turns_all_the_way_is_given_by_its_components() -> None:
    table = wind(0.0, 120.0)
    table["angle"] = np.cumsum(3.0 + 8.0 * np.random.default_rng(3).standard_normal(STEPS)) % 360
    with pytest.raises(OptionError, match="components"):
        asked(table, "angle")
    radians = np.radians(table.angle)
    assert not asked(pd.DataFrame({"u": table.speed * np.sin(radians), "v": table.speed * np.cos(radians)}), "u")[1]


@pytest.mark.parametrize("limits", [(0, 360), (-180, 180), (0, 2 * np.pi), (-np.pi, np.pi)])
def test_every_usual_circle_is_known(limits: tuple[float, float]) -> None:
    low, size = limits[0], limits[1] - limits[0]
    turned = (low + size * (1 + memory(0.9, 0.08, 5)) - low) % size + low
    found = angle_turn(turned[None])
    assert found is not None
    assert (found.low, found.high) == pytest.approx(limits)
    assert angle_turn(np.unwrap(turned, period=size)[None]) is None


def test_what_has_the_same_limits_and_does_not_turn_is_none() -> None:
    slow, wells = memory(0.98, 1.0, 6), np.sign(memory(0.95, 1.0, 7))
    ranks = np.argsort(np.argsort(slow)) / STEPS
    for series in (
        360 * ranks,
        360 * np.random.default_rng(8).random(STEPS),
        2.6 * wells + 0.5 * slow / np.abs(slow).max(),
        180 + 150 * wells + 28 * slow / np.abs(slow).max(),
        np.clip(285 + 20 * slow, 0, 360),
        np.minimum(np.random.default_rng(9).gamma(0.5, 100, STEPS), 359),
        np.random.default_rng(10).integers(0, 361, STEPS) * 1.0,
    ):
        assert angle_turn(series[None]) is None


def test_one_of_many_variables_is_known() -> None:
    table = wind().assign(**{f"v{number}": memory(0.5, 1, 20 + number) for number in range(24)})
    with pytest.raises(OptionError, match=r"'angle', an angle that jumps between 360 and 0"):
        asked(table, "angle")
    assert len(asked(table, "speed")[1]) == 1
    assert not asked(table.drop(columns="angle"), "speed")[1]


def test_many_angles_are_told_of_together() -> None:
    table = pd.DataFrame({f"a{number}": (350 + memory(0.8, 25.0, number)) % 360 for number in range(8)})
    table["speed"] = memory(0.8, 1.0, 30)
    said = asked(table, "speed")[1]
    assert len(said) == 3
    assert any("5 other variables are such angles" in text for text in asked(table, "speed")[0].warnings)


CELLS = 6


def directions(mean: float, deviation: float) -> xr.DataArray:
    """A direction on a ring of cells that have nothing to do with one another."""
    values = np.stack([(mean + memory(0.8, deviation, 40 + cell)) % 360 for cell in range(CELLS)], axis=1)
    return xr.DataArray(values.astype(np.float32), dims=("time", "x"), name="angle")


@pytest.mark.parametrize("options", [{"homogeneous": ["x"]}, {}])
def test_fields_of_angles_are_not_pushed_and_are_right_from_another_place_on(options: Any) -> None:
    field = directions(350.0, 25.0)
    with pytest.raises(OptionError, match=r"jumps between 360 and 0 .*write .* from") as refused:
        asked(field, "angle[x=0]", **options)
    cut = float(re.findall(r"from all values above (\d+)", str(refused.value))[0])
    answer, said = asked(xr.where(field > cut, field - 360, field).rename("angle"), "angle[x=0]", **options)
    assert not said
    assert abs(float(answer.impulse_response[0, 1].sel(x=0)) - 0.8) < 0.05


def test_a_homogeneous_field_of_angles_is_told_of() -> None:
    field = directions(350.0, 25.0)
    assert len(asked(field, "angle[x=0]", homogeneous=["x"], allow_unreliable=True)[1]) == 1
    moves = np.random.default_rng(3).standard_normal((STEPS, CELLS))
    whole = xr.DataArray(np.cumsum(3.0 + 8.0 * moves, axis=0) % 360, dims=("time", "x"), name="angle")
    with pytest.raises(OptionError, match="a direction without a speed cannot be pushed"):
        asked(whole, "angle[x=0]", homogeneous=["x"])


MODES = {"modes": 2, "features": "linear"}


def in_few_cells() -> xr.DataArray:
    """Angles that turn in six cells, and do not in forty others."""
    quiet = xr.DataArray(180 + np.arange(40.0) + memory(0.8, 5.0, 9)[:, None], dims=("time", "x"), name="angle")
    return xr.concat([quiet, directions(350.0, 25.0)], "x").rename("angle")


def test_a_field_of_angles_has_no_modes() -> None:
    pytest.importorskip("xeofs", exc_type=ImportError)
    with pytest.raises(OptionError, match=r"'angle' is an angle that jumps .*write 'angle' from .*allow_unreliable"):
        asked(directions(350.0, 25.0), "PC1", **MODES)
    whole = xr.DataArray(np.cumsum(3 + 8 * np.random.default_rng(3).standard_normal((STEPS, CELLS)), axis=0) % 360)
    with pytest.raises(OptionError, match="as two fields that are reduced together"):
        asked(whole.rename(dim_0="time", dim_1="x").rename("angle"), "PC1", **MODES)


@pytest.mark.slow
def test_a_field_of_angles_has_modes_from_another_place_on() -> None:
    pytest.importorskip("xeofs", exc_type=ImportError)
    field = in_few_cells()
    with pytest.raises(OptionError, match=r"'angle' is an angle that jumps .*allow_unreliable") as refused:
        asked(field, "PC1", **MODES)
    cut = float(re.findall(r"from all values above (\d+)", str(refused.value))[0])
    answer, said = asked(xr.where(field > cut, field - 360, field).rename("angle"), "PC1", **MODES)
    assert not said
    assert abs(float(answer.impulse_response.sel(observable="PC1")[0, 1]) - 0.8) < 0.05
    assert len(asked(field, "PC1", allow_unreliable=True, **MODES)[1]) == 1
