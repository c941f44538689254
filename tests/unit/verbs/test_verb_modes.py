"""Fields by their leading modes: answers as maps, of a system whose answer is known and as when done by hand."""

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
import xarray as xr

import fluctua
from fluctua.cli import app
from fluctua.core import FluctuaError
from fluctua.data import record_from_array, record_from_dataset, reduce_to_modes
from fluctua.results import ResponseResult

xeofs: Any = pytest.importorskip("xeofs", exc_type=ImportError)

MEMORY = np.array([0.7, 0.4, 0.1])  # of the amplitudes, from one step to the next
STEPS = 2000
OPTIONS: dict[str, Any] = {"modes": 3, "max_lag": 6.0, "score": "gaussian", "features": "linear"}


def patterns() -> xr.DataArray:
    """Three maps, neither orthogonal nor of one size, and land at five cells."""
    lat, lon = np.linspace(60.0, -20.0, 5), np.arange(0.0, 60.0, 10.0)
    maps = np.random.default_rng(0).standard_normal((3, 5, 6)) * np.array([3.0, 2.0, 1.0])[:, None, None]
    maps[:, 1:, 0] = maps[:, 2, 5] = np.nan
    return xr.DataArray(maps, {"lat": lat, "lon": lon}, ("pattern", "lat", "lon"), name="sst", attrs={"units": "K"})


@pytest.fixture(scope="module")
def sst() -> xr.DataArray:
    """Three independent processes, each with a map: what starts along a map stays along it."""
    rng = np.random.default_rng(1)
    amplitudes = rng.standard_normal((STEPS, 3))
    for step in range(1, STEPS):
        amplitudes[step] = MEMORY * amplitudes[step - 1] + np.sqrt(1 - MEMORY**2) * amplitudes[step]
    series = xr.DataArray(amplitudes, {"time": np.arange(float(STEPS))}, ("time", "pattern"))
    field = 20 + xr.dot(series, patterns(), dim="pattern")
    return field.transpose("time", "lat", "lon").rename("sst").assign_attrs(units="K")


@pytest.fixture(scope="module")
def answer(sst: xr.DataArray) -> ResponseResult:
    """To each of the maps."""
    return fluctua.respond(sst, {f"map{n}": patterns()[n] for n in range(3)}, **OPTIONS)


def test_a_push_along_a_map_decays_along_it(answer: ResponseResult) -> None:
    """Ten standard errors at any of 375 numbers: a chance below 1e-6 with twenty cosines, of which there are more."""
    maps, error = answer.sst_impulse_response, answer.sst_impulse_response_stderr
    for n, memory in enumerate(MEMORY):
        exact = memory**maps.lag * patterns()[n]
        found = maps.sel(push=f"map{n}")
        np.testing.assert_allclose(found[0], exact.transpose(*found.dims)[0], atol=1e-9)
        far = np.abs(found - exact) / np.maximum(error.sel(push=f"map{n}"), 1e-9)
        assert float(far.max()) < 10
    assert answer.attrs["modes_variance_share"] == pytest.approx(1.0)
    assert maps.attrs["units"] == "K"
    assert maps.dims == ("push", "lag", "lat", "lon")
    assert np.array_equal(np.isnan(maps[0, 0]), np.isnan(patterns()[0]))


def test_modes_of_a_stored_field_are_those_in_memory(
    sst: xr.DataArray, answer: ResponseResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLUCTUA_IN_MEMORY_GIB", "0")
    found = fluctua.respond(sst.chunk(time=300), {f"map{n}": patterns()[n] for n in range(3)}, **OPTIONS)
    for name in ("sst_impulse_response", "sst_impulse_response_stderr", "mode_variance_share"):
        np.testing.assert_allclose(found[name], answer[name], atol=1e-8, err_msg=name)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Carried forward")  # modes that are left out take part
def test_modes_of_two_stored_fields_without_their_trends(sst: xr.DataArray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLUCTUA_IN_MEMORY_GIB", "0")
    both = xr.Dataset({"sst": sst, "height": 10 * sst.isel(lat=slice(0, 3)).rename(lat="y") ** 2})
    asked: dict[str, Any] = {"variable": ["sst", "height"], "push": "PC1", "detrend": True, **OPTIONS}
    found, expected = (fluctua.respond(data, **asked) for data in (both.chunk(time=300), both))
    for name in ("sst_impulse_response", "height_impulse_response"):
        np.testing.assert_allclose(found[name], expected[name], atol=1e-6, err_msg=name)


def by_hand(field: xr.DataArray, latitude: str, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Amplitudes and maps of one standard deviation, as xeofs has them, and the weights of the cells."""
    model = xeofs.single.EOF(n_modes=count, use_coslat=True, solver="full")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of xarray, on dimensions that xeofs has stacked
        model.fit(field, dim="time")
        scores, components = model.scores().transpose("time", "mode").values, model.components()
    size = np.sqrt(np.mean(scores**2, axis=0))
    area = np.sqrt(np.cos(np.deg2rad(field[latitude])))
    maps = (components * xr.DataArray(size, dims="mode") / area).sel({latitude: field[latitude]})
    return scores / size, maps.transpose("mode", *field.dims[1:]).values, area.values


def test_maps_are_those_of_doing_it_by_hand(sst: xr.DataArray, answer: ResponseResult) -> None:
    amplitudes, maps, area = by_hand(sst, "lat", 3)
    flat = np.nan_to_num(maps * area[:, None]).reshape(3, -1)
    pushed = np.linalg.lstsq(flat.T, np.nan_to_num(patterns() * area[:, None]).reshape(3, -1).T, rcond=None)[0]
    record = record_from_array(amplitudes, names=["PC1", "PC2", "PC3"])
    push = {f"map{n}": dict(zip(record.names, pushed[:, n], strict=True)) for n in range(3)}
    expected = fluctua.respond(record, push, max_lag=6.0, score="gaussian", features="linear")
    np.testing.assert_allclose(answer.impulse_response, expected.impulse_response, atol=1e-9)
    np.testing.assert_allclose(answer.sst_mode, maps, atol=1e-9)
    for name in ("impulse_response", "step_response", "gaussian_response"):
        np.testing.assert_allclose(answer[f"sst_{name}"], np.einsum("qtk,kyx->qtyx", expected[name], maps), atol=1e-9)


def test_units_and_order_of_fields_change_nothing(sst: xr.DataArray) -> None:
    slp = (1e3 * sst.isel(lat=slice(0, 3)) ** 2).rename("slp", lat="y").assign_attrs(units="Pa")
    fields, others = [record_from_dataset(field) for field in (sst, slp)], [record_from_dataset(1e-4 * slp)]
    one, other = reduce_to_modes(fields, 3), reduce_to_modes([*others, fields[0]], 3)
    np.testing.assert_allclose(np.abs(np.mean(one.values * other.values, axis=(0, 1))), 1.0)
    assert one.modes is not None
    assert other.modes is not None
    np.testing.assert_allclose(one.modes.shares, other.modes.shares)
    found, again = (np.abs(record.modes.patterns[:, record.modes.of("slp")]) for record in (one, other))
    np.testing.assert_allclose(found, 1e4 * again, rtol=1e-6)


@pytest.mark.filterwarnings("ignore:Carried forward")  # modes that are left out take part
def test_a_map_of_several_fields_moves_the_one_of_its_name(sst: xr.DataArray) -> None:
    slp = (1e3 * sst.isel(lat=slice(0, 3)) ** 2).rename("slp", lat="y").assign_attrs(units="Pa")
    both, asked = xr.merge([sst, slp], join="outer"), OPTIONS | {"variable": ["sst", "slp"], "max_lag": 2.0}
    result = fluctua.respond(both, "PC1", **asked)
    assert result.slp_impulse_response.dims == ("push", "lag", "y", "lon")
    assert result.map_fields == ["sst", "slp"]
    with pytest.raises(FluctuaError, match=r"map called 'wave'.*whose name it has: sst, slp.*rename\('sst'\)"):
        fluctua.respond(both, patterns()[0].rename("wave"), **asked)


@pytest.mark.filterwarnings("ignore::fluctua.FluctuaWarning")
def test_a_map_is_pushed_as_far_as_the_modes_hold_it(sst: xr.DataArray) -> None:
    area = np.cos(np.deg2rad(sst.lat))
    held = fluctua.respond(sst, "PC1", **OPTIONS | {"modes": 1, "max_lag": 2.0}).sst_mode[0]
    noise = (patterns()[1] - held * (area * held * patterns()[1]).sum() / (area * held**2).sum()).rename("noise")
    noise *= np.sqrt((area * held**2).sum() / (area * noise**2).sum())  # as large, and across
    options = OPTIONS | {"modes": 1, "max_lag": 2.0}
    with pytest.warns(fluctua.FluctuaWarning, match=r"80\.0% of the push 'mixed' .* lies in the 1 modes"):
        result = fluctua.respond(sst, {"mixed": held + 0.5 * noise}, **options)
    np.testing.assert_allclose(result.sst_impulse_response[0, 0], held, atol=1e-9)
    with pytest.raises(FluctuaError, match=r"20\.0% of the push 'across'.*at least 50%.*[Gg]ive more modes"):
        fluctua.respond(sst, {"across": held + 2.0 * noise}, **options)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "too many": ({"modes": 26}, r"26 modes.*2000 states of 25 cells.*from 1 to 25"),
    "more than vary": ({"modes": 5}, r"5 modes.*of which 3 hold all the variance.*modes=3 or fewer"),
    "none": ({"modes": 0}, r"0 modes.*from 1 to 25.*modes=10"),
    "homogeneous": ({"homogeneous": ["lon"]}, r"modes=3 .*homogeneous.*Leave one of the two out"),
    "part of the state": ({"state": ["PC1"]}, r"state was to be PC1 of 3 modes.*smaller number of modes"),
    "an empty map": ({"push": 0 * patterns()[0]}, r"is zero in every cell of sst"),
    "a map with holes": ({"push": patterns()[0].where(patterns()[0] > 0)}, r"no finite value at .* of 25 places"),
    "another grid": ({"push": patterns()[0].isel(lon=[0, 1])}, r"2 places .* along lon"),
    "another variable": ({"push": "sst"}, r"'sst'.*PC1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_answered_is_refused(case: str, sst: xr.DataArray) -> None:
    asked, message = REFUSED[case]
    with pytest.raises(FluctuaError, match=message):
        fluctua.respond(sst, **{"push": "PC1"} | OPTIONS | asked)


def test_a_list_of_variables_and_a_missing_package_are_refused(
    sst: xr.DataArray, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = sst.stack(cell=("lat", "lon")).dropna("cell").values
    with pytest.raises(FluctuaError, match=r"list of 25 variables.*on a grid"):
        fluctua.respond(table, "PC1", **OPTIONS)
    monkeypatch.setitem(sys.modules, "xeofs", None)
    with pytest.raises(FluctuaError, match=r"xeofs is not installed.*pip install \"fluctua\[modes\]\""):
        fluctua.respond(sst, "PC1", **OPTIONS)


def test_a_record_too_short_for_its_modes_answers_for_none_but_says_how_many(sst: xr.DataArray) -> None:
    short = (sst + np.random.default_rng(2).standard_normal(sst.shape)).isel(time=slice(0, 60))
    with pytest.raises(FluctuaError, match=r"20 modes were asked for .*carries (\d+) functions.*modes=\1") as caught:
        fluctua.respond(short, "PC1", **OPTIONS | {"modes": 20, "features": "auto"})
    modes = int(caught.value.remedy.split("=")[-1])
    with pytest.warns(fluctua.FluctuaWarning):
        result = fluctua.respond(short, "PC1", **OPTIONS | {"modes": modes, "features": "auto"})
    np.testing.assert_allclose(result.sst_impulse_response[0, 0], result.sst_mode[0], atol=1e-9)


def test_files_in_and_maps_out(sst: xr.DataArray, tmp_path: Path) -> None:
    sst.to_netcdf(tmp_path / "sst.nc", engine="h5netcdf")
    patterns()[0].to_netcdf(tmp_path / "warm.nc", engine="h5netcdf")
    words = f"respond {tmp_path}/sst.nc --variable sst --modes 3 --push-file {tmp_path}/warm.nc --observe PC1**2"
    words += f" --max-lag 4 --score gaussian --features linear --out {tmp_path}/out --quiet"
    typer.main.get_command(app)(words.split(), standalone_mode=False)
    result = ResponseResult.of(xr.load_dataset(tmp_path / "out" / "response.nc", decode_timedelta=False))
    assert result.pushes == ["warm"]
    assert result.observables == ["PC1", "PC2", "PC3", "PC1**2"]
    assert result.of_map("sst").is_whole_field
    page = (tmp_path / "out" / "report.html").read_text()
    for said in ("Response of sst to a push on warm", "reduced to 3 modes", "100.0% of the push", "xeofs"):
        assert said in page


@pytest.mark.filterwarnings("ignore::fluctua.FluctuaWarning")  # fifty winters are few for ten modes, and have a trend
def test_a_real_set_that_comes_with_a_package_is_answered_as_by_hand() -> None:
    path = pytest.importorskip("eofs.examples").example_data_path("sst_ndjfm_anom.nc")
    result = fluctua.respond(path, "PC1", variable="sst", modes=10, max_lag=3.0, score="gaussian")
    with xr.open_dataset(path, engine="scipy") as data:
        field = data.sst.load()
    field = field.assign_coords(latitude=field.latitude.astype(float))
    amplitudes, maps, _ = by_hand(field, "latitude", 10)
    record = record_from_array(amplitudes, names=result.observables, time_units="years")
    expected = fluctua.respond(record, "PC1", max_lag=3.0, score="gaussian")
    for name in ("impulse_response", "robust_response", "step_response"):
        np.testing.assert_allclose(result[f"sst_{name}"], np.einsum("qtk,kyx->qtyx", expected[name], maps), atol=1e-7)
    np.testing.assert_allclose(result.sst_impulse_response[0, 0], maps[0], atol=1e-9)
    warmest = abs(result.sst_mode[0].sel(longitude=slice(180, None))).idxmax("latitude")
    assert float(abs(warmest).median()) < 10  # El Niño
    assert 0.85 < result.attrs["modes_variance_share"] < 0.95
