"""Two bands and the estimate that leads: said in words, drawn as shades, written as a table."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from fluctua.report import read_pair, response_figure, write_report
from fluctua.results import LeadingEstimate, PulledEstimate, ResponseResult

EVERY = ("x to x", "x**2 to x", "y to x")


def test_the_markov_estimate_leads_where_the_test_lets_it_stand() -> None:
    said = LeadingEstimate(EVERY, (), 0.34)
    assert (said.level, said.warning) == ("good", "")
    assert "agrees with the robust one as far as this record tells (p = 0.34)" in said.text


@pytest.mark.parametrize("markov", [(), EVERY[:2]])
def test_where_the_robust_estimate_leads_both_reasons_are_given(markov: tuple[str, ...]) -> None:
    said = LeadingEstimate(markov, EVERY[len(markov) :], 2e-6)
    assert said.level == "caution"
    for part in ("p < 0.0001", "missing from the record", "recorded with noise", "not carried over", "add it"):
        assert part in said.text
    assert ("2 of 3" in said.text) == bool(markov)
    assert ("y to x" in said.text) == bool(markov)
    assert "--" not in said.text  # no option that does not exist


def test_what_else_there_is_to_say() -> None:
    assert LeadingEstimate((), EVERY, 1.0, tested=False).level == "good"
    assert "p =" not in LeadingEstimate((), EVERY, 1.0, tested=False).text
    assert "x**2 to x" in PulledEstimate(("x**2 to x",)).text


def test_summary_and_sentences_name_both_bands(result: xr.Dataset) -> None:
    # At lag 4 the half width is 0.06 (1 - exp(-2)) + 0.02 = 0.0719, and 1.5 and 1.25 times that outside.
    bands = "95 % band 0.528 to 0.672; outer band 0.492 to 0.690"
    assert bands in ResponseResult.of(result).summary()
    assert "as far as this record tells (p = 0.75)" in ResponseResult.of(result).summary()
    assert bands in read_pair(result, "tau", "u1").text
    for kind in ("impulse", "step"):
        bare = result.drop_vars([f"{kind}_response_outer_{side}" for side in ("lower", "upper")])
        assert read_pair(bare, "tau", "u1").text.count("; outer band") == 1


@pytest.mark.parametrize("kind", ["impulse", "step"])
def test_both_bands_are_drawn_the_outer_one_lighter(result: xr.Dataset, kind: Any) -> None:
    ax = ResponseResult.of(result).plot(Figure().subplots(), push="tau", observable="u2", kind=kind)
    outer, inner = (each for each in ax.collections if isinstance(each, PolyCollection))
    shade = [np.asarray(each.get_facecolor())[0, 3] for each in (outer, inner)]
    assert shade[0] < shade[1]
    for band, suffix in ((outer, "_outer"), (inner, "")):
        corners = np.asarray(band.get_paths()[0].vertices)[:, 1]
        chosen = result.sel(push="tau", observable="u2")
        assert corners.max() == pytest.approx(float(chosen[f"{kind}_response{suffix}_upper"].max()))
        assert corners.min() == pytest.approx(float(chosen[f"{kind}_response{suffix}_lower"].min()))
    labels = [text.get_text() for text in response_figure(result).legends[0].get_texts()]
    assert labels == ["estimate", "its band", "outer band (stationarity alone)", "Gaussian (classical)", "truth"]


def test_the_page_says_what_leads_for_every_response(make_result: Callable, tmp_path: Path) -> None:
    result = make_result(("a", "b"), ("u1", "u2"), size=5, densities=False)
    result["headline"][1, 0] = "robust"
    result["markov_p_value"][1, 0] = 0.0042
    result["markov_step"][1, 0] = 3.5
    page = write_report(result, tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("Markov<small>p = 0.25, step 2.00 months</small>") == 3
    assert page.count("robust<small>p = 0.0042, step 3.50 months</small>") == 1
    assert (
        "Light: the 95 % outer band, which holds the dark one and assumes only that the record is stationary." in page
    )


def test_a_whole_field_has_one_row(make_homogeneous: Callable, tmp_path: Path) -> None:
    result = make_homogeneous((6, 6), size=3)
    for name, value in (("headline", "robust"), ("markov_p_value", 0.001), ("markov_step", 0.0)):
        result[name] = ("push", np.array([value]))
    page = write_report(result, tmp_path / "report.html").read_text(encoding="utf-8")
    assert '<td>the field</td><td class="n">robust<small>no step</small></td>' in page
