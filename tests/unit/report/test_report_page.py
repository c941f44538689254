"""The page is whole, safe, and written completely or not at all."""

import base64
import io
import os
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pandas as pd
import pytest
import xarray as xr

import fluctua
from fluctua.core import DataError, OutputError
from fluctua.report import write_report
from fluctua.results import ResponseResult


class Page(HTMLParser):
    """Tags, addresses and visible text of a page."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.links: list[str] = []
        self.alternatives: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = [value or "" for name, value in attrs if name in ("src", "href", "action", "srcset")]
        (self.links if tag == "a" else self.addresses).extend(found)
        self.alternatives += [value or "" for name, value in attrs if name == "alt"]

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(result: xr.Dataset, folder: Path) -> Page:
    return Page(write_report(result, folder / "report.html").read_text(encoding="utf-8"))


def test_the_page_is_one_file_that_asks_for_nothing(result: xr.Dataset, tmp_path: Path) -> None:
    page = page_of(result, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert page.tags.count("img") == 3  # impulse response, step response, densities
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    assert all(address.startswith("data:image/svg+xml;base64,") for address in page.addresses)
    assert all(link.startswith("data:text/csv;base64,") for link in page.links)
    assert all(len(alternative) > 20 for alternative in page.alternatives)
    style = re.search(r"<style>.*?</style>", (tmp_path / "report.html").read_text(), re.DOTALL)
    assert style is not None
    assert "url(" not in style.group()
    assert "@import" not in style.group()


def test_all_numbers_can_be_taken_along(result: xr.Dataset, tmp_path: Path) -> None:
    (link,) = page_of(result, tmp_path).links
    downloaded = base64.b64decode(link.partition(",")[2])
    table = pd.read_csv(io.BytesIO(downloaded), comment="#")
    own = ResponseResult.of(result).to_dataframe()
    assert list(table.columns) == list(own.columns)
    np.testing.assert_allclose(table["impulse_response_upper"], own["impulse_response_upper"], rtol=1e-6, atol=1e-12)
    (tmp_path / "response.csv").write_bytes(downloaded)
    again = fluctua.load_response(tmp_path / "response.csv")
    np.testing.assert_allclose(again.dataset.impulse_response, result.impulse_response, rtol=1e-6, atol=1e-12)
    assert (again.confidence, again.lag_units) == (ResponseResult.of(result).confidence, result.lag.attrs["units"])


def test_many_responses_are_shown_at_a_glance_and_all_of_them(
    make_result: Callable[..., xr.Dataset], tmp_path: Path
) -> None:
    pushes, observables = [f"p{i}" for i in range(6)], [f"o{j}" for j in range(20)]
    many = page_of(make_result(pushes, observables, densities=False), tmp_path)
    assert "All responses at a glance" in many.text
    for name in (*(f"to {push}" for push in pushes), *observables):
        assert name in many.text
    few = page_of(make_result(["p"], ["o"], densities=False), tmp_path)
    assert "All responses at a glance" not in few.text


def test_every_figure_is_a_well_formed_picture(result: xr.Dataset, tmp_path: Path) -> None:
    for address in page_of(result, tmp_path).addresses:
        root = ElementTree.fromstring(base64.b64decode(address.partition(",")[2]))
        assert root.tag.endswith("svg")
        assert len(list(root.iter())) > 100


def test_the_page_holds_what_a_reader_needs(result: xr.Dataset, tmp_path: Path) -> None:
    text = page_of(result, tmp_path).text
    for expected in (
        "How u1, u2, tau respond to a unit push on tau",
        "12 of 828 states lie beyond six standard deviations.",
        "worth about 130 independent states",
        "@article{leith1975climate",
        "dictionary, degree 3",
        "nino34_soi.csv",
        "0.137",
        "131",
        "lag",
    ):
        assert expected in text


def test_names_from_the_file_are_text_and_nothing_else(make_result: Callable, tmp_path: Path) -> None:
    names = ["<script>alert(1)</script>", "a & b $x_1$", "x > 2.5"]
    page = page_of(make_result(("<b>tau</b>",), names), tmp_path)
    assert "script" not in page.tags
    assert "<script>alert(1)</script>" in page.text
    assert "a & b $x_1$" in page.text
    assert "<b>tau</b>" in page.text


def test_the_same_result_gives_the_same_bytes(small: xr.Dataset, tmp_path: Path) -> None:
    first = write_report(small, tmp_path / "first.html").read_bytes()
    assert write_report(small, tmp_path / "second.html").read_bytes() == first


def test_a_result_read_from_its_file_gives_the_same_page(result: xr.Dataset, tmp_path: Path) -> None:
    result.to_netcdf(tmp_path / "response.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "response.nc", engine="h5netcdf") as stored:
        again = write_report(stored.load(), tmp_path / "again.html").read_bytes()
    assert again == write_report(result, tmp_path / "direct.html").read_bytes()


def test_only_the_estimate_and_its_band_are_needed(make_result: Callable, tmp_path: Path) -> None:
    result = make_result(("x",), ("x",), truth=False, densities=False)
    bare = result[["impulse_response", "impulse_response_lower", "impulse_response_upper"]]
    bare.attrs = {}
    page = page_of(bare, tmp_path)
    assert page.tags.count("img") == 1
    assert "Gaussian" not in page.text.replace("Generative", "").partition("How to cite")[0]
    assert "carries no diagnostics" in page.text


def test_one_lag_is_enough(make_result: Callable, tmp_path: Path) -> None:
    assert page_of(make_result(("x",), ("x",)).isel(lag=[3]), tmp_path).tags.count("img") == 3


def test_a_long_list_is_cut_and_said_to_be(make_result: Callable, tmp_path: Path) -> None:
    pushes, observables = [f"p{i}" for i in range(5)], [f"a{i:02}" for i in range(14)]
    text = page_of(make_result(pushes, observables, size=5, truth=False, densities=False), tmp_path).text
    assert "the first 4 of 5 pushes and the first 12 of 14 observables" in text
    assert "a11 ← p3" in text
    assert "a12 ←" not in text
    assert "← p4" not in text


@pytest.mark.parametrize("sizes", [(32,), (10, 12), (3, 8, 8)])
def test_fields_have_maps_and_a_curve(make_field: Callable, sizes: tuple[int, ...], tmp_path: Path) -> None:
    result = make_field(sizes[-2:], size=7)
    if len(sizes) == 3:
        result = result.expand_dims({"level": sizes[0]}, axis=2)
        result = result.assign_coords(push=["u[level=1,y=5,x=4]"])
    page = page_of(result, tmp_path)
    assert page.tags.count("img") == 1
    assert "How the field u responds to a unit push at u[" in page.text
    assert "at the pushed place" in page.text


def test_drawing_leaves_the_settings_of_matplotlib_alone(small: xr.Dataset, tmp_path: Path) -> None:
    with matplotlib.rc_context({"font.size": 17, "lines.linewidth": 5}):
        before = dict(matplotlib.rcParams)
        write_report(small, tmp_path / "report.html")
        assert dict(matplotlib.rcParams) == before


def test_a_dataset_that_is_no_result_is_refused() -> None:
    with pytest.raises(DataError, match=r"temperature.*impulse_response"):
        write_report(xr.Dataset({"temperature": ("time", np.zeros(3))}), "report.html")


def test_a_missing_folder_is_an_error_in_three_parts(small: xr.Dataset, tmp_path: Path) -> None:
    target = tmp_path / "absent" / "report.html"
    with pytest.raises(OutputError, match="absent"):
        write_report(small, target)


def test_a_failure_leaves_the_earlier_page_and_nothing_else(
    small: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report.html"
    target.write_text("earlier")

    def full_disk(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(OutputError, match="No space left on device"):
        write_report(small, target)
    assert target.read_text() == "earlier"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
