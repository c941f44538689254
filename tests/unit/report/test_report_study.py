"""The page of a study: the published layout, the table beside the published numbers, and the notes."""

from pathlib import Path

import numpy as np
import pytest

from fluctua.core import OutputError
from fluctua.report import save_figure, study_figure, write_study_report
from fluctua.studies import FieldStudyResult, error_norms, field_study_rows


def measured(system: str = "allen-cahn", points: int = 32, noise: float = 0.001) -> FieldStudyResult:
    lags = np.linspace(0.0, 100.0, 21)
    x = np.arange(points)
    pulse = np.exp(-lags[:, None] / 60.0 - 0.5 * (x - lags[:, None] / 9.8) ** 2)
    truth = pulse[:, None, :] * np.exp(-0.5 * x**2)[None, :, None]
    responses = {"gaussian": 1.5 * truth, "default": 1.1 * truth, "<b>bold</b>": 1.2 * truth}
    widths = {"default": 0.02 + 0 * truth}
    return FieldStudyResult(system, lags, truth, np.full_like(truth, noise), responses, widths, ["a <short> run"])


def test_each_system_is_a_row_of_four_responses_and_two_errors() -> None:
    results = [measured(system) for system in ("ou", "allen-cahn", "navier-stokes")]
    figure = study_figure(results)
    assert len(figure.axes) == 18
    assert [ax.get_title(loc="left").split(":")[0] for ax in figure.axes[:4]] == ["R11", "R31", "R51", "R71"]
    assert [figure.axes[row].get_ylabel() for row in (0, 6, 12)] == [
        "Ornstein-Uhlenbeck",
        "Allen-Cahn",
        "Navier-Stokes",
    ]
    shown = {text.get_text() for text in figure.legends[0].get_texts()}
    assert {"default", "gaussian", "Gaussian, published", "learned score, published"} <= shown


def test_what_is_drawn_is_what_was_measured() -> None:
    result = measured()
    figure = study_figure([result])
    drawn = [np.asarray(line.get_ydata()) for line in figure.axes[1].lines]
    assert any(np.array_equal(curve, result.responses["default"][:, 0, 2]) for curve in drawn if len(curve) == 21)
    norms = [np.asarray(line.get_ydata()) for line in figure.axes[5].lines]
    assert any(np.array_equal(curve, error_norms(result, "default")["L2"].value) for curve in norms)
    # The published values of the Gaussian response, at times 10 to 90.
    assert any(np.allclose(curve, [0.359, 0.321, 0.256, 0.216, 0.166]) for curve in norms if len(curve) == 5)


def test_another_grid_has_no_published_marks(tmp_path: Path) -> None:
    figure = study_figure([measured(points=6)])
    assert not any("published" in text.get_text() for text in figure.legends[0].get_texts())
    assert not figure.axes[3].axison  # six points from the push do not exist
    save_figure(figure, tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 10_000


@pytest.mark.parametrize("method", ["default", "gaussian"])
def test_an_exact_answer_and_an_exact_truth_are_drawn(method: str) -> None:
    result = measured(noise=0.0)
    exact = result._replace(responses={method: result.truth}, half_widths={})
    assert study_figure([exact]).axes[5].get_yscale() == "linear"


def test_the_page_holds_figure_numbers_and_notes(tmp_path: Path) -> None:
    result = measured()
    page = write_study_report([result], field_study_rows(result), tmp_path / "report.html").read_text()
    assert page.count("<img") == 1
    assert 'src="data:image/svg+xml;base64,' in page
    assert "a &lt;short&gt; run" in page
    assert "<b>bold</b>" not in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "modified Allen-Cahn" in page
    assert "published 0.069" in page
    assert "arXiv 2402.01029, Fig. 1 (read off)" in page
    assert "R71 peak" in page
    assert "<script" not in page
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_page_that_cannot_be_written_is_an_error_in_three_parts(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot be written to .*absent.*; the folder must exist.*\. Create"):
        write_study_report([measured(points=8)], [], tmp_path / "absent" / "report.html")
