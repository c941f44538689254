"""The page of the study of heavy-tailed noise: words first, one figure, a table for each task, and nothing else."""

import html
import re
from pathlib import Path

import numpy as np
import pytest

from fluctua.core import OutputError
from fluctua.report import heavy_tail_figure, save_figure, write_heavy_tail_report
from fluctua.studies import heavy_tails as study
from fluctua.studies.heavy_tails import HeavyTailResult, HeavyTailRow, setting_text

NORMAL = "generalised-normal:beta={:g}"
LAWS = ("gaussian", NORMAL.format(1), NORMAL.format(1.5), "symmetric-stable:alpha=1.7")


def row(task: str, law: str, quantity: str, value: float, setting: str, reference: float | None = None) -> HeavyTailRow:
    source = "" if reference is None else "arXiv 2407.18609, a table"
    return HeavyTailRow(task, setting, law, quantity, value, 0.05 * value, 5, reference, source)


def every_task() -> list[HeavyTailRow]:
    """Made-up rows of every task."""
    rows = []
    for dimension in (2, 8):
        for beta in (0.75, 1.0, 1.5, 2.0, 3.0):
            law = "gaussian" if beta == 2.0 else NORMAL.format(beta)
            for level in (0.0, 0.1, 0.5, 2.0):
                where = setting_text(
                    data="mixture", dimension=dimension, states=4000, scale="deviation", level=float(level)
                )
                error = 0.02 * dimension * (1 + (beta - 2) ** 2) / (0.5 + level)
                for quantity, factor in (
                    (study.SCORE_ERROR, 1.0), (study.SCORE_ERROR_BULK, 0.8), (study.SCORE_ERROR_TAIL, 2.0),
                ):  # fmt: skip
                    rows.append(row("T1", law, quantity, factor * error, where))
    for score in ("exact", "learned"):
        for index, law in enumerate(LAWS[:3]):
            for sampler, start, levels, share in (
                ("annealed Langevin", "uniform", 2, 0.47), ("annealed Langevin", "record", 40, 0.092),
                ("flow", "noise", 40, 0.085), ("two-headed diffusion", "noise", 40, 0.088),
            ):  # fmt: skip
                where = setting_text(score=score, sampler=sampler, start=start, levels=levels)
                rows.append(row("T2", law, study.SHARE, share * (1 + 0.05 * index), where, 1 / 11))
    for sampler in ("flow", "two-headed diffusion"):
        for index, law in enumerate((*LAWS, "log transform, gaussian")):
            known = 0.071 if "1.7" in law else None
            rows.append(row("T3", law, study.QUANTILES_AVERAGED, 0.3 / (1 + index**2), f"sampler={sampler}", known))
            rows.append(row("T4", law, study.TOTAL_VARIATION, 0.05 + 0.01 * index, f"sampler={sampler}"))
            rows.append(row("T4", law, study.SLICED_DISTANCE, 0.02 + 0.01 * index, f"sampler={sampler}"))
            for data in ("Student-t", "funnel"):
                where = setting_text(data=data, sampler=sampler)
                rows.append(row("T6", law, study.TAIL_DISTANCE, 0.4 / (1 + index), where))
            where = setting_text(data="handwritten digits, 8 x 8", sampler=sampler)
            rows.append(row("T7", law, study.RARE_SHARE, 0.07 + 0.01 * index, where, 0.089))
            rows.append(row("T7", law, study.RARE_ERROR, 0.02 + 0.01 * index, where))
    for observable in ("x", "x > q99"):
        where = setting_text(observable=observable)
        for index, law in enumerate(("exact", *LAWS)):
            rows.append(row("T8", law, study.DEFAULT_ERROR, 0.05 + 0.02 * index, where))
            rows.append(row("T8", law, study.PLUG_IN_ERROR, 0.08 + 0.04 * index, where))
    floor = row("T3", "second real sample", study.QUANTILES_AVERAGED, 0.0078, "sampler=none")
    return [*rows, floor]


@pytest.fixture(scope="module")
def result() -> HeavyTailResult:
    return HeavyTailResult("quick", every_task(), ["Quick: small networks <& few seeds."], {"T1": 3.0})


@pytest.fixture(scope="module")
def page(result: HeavyTailResult, tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_heavy_tail_report(result, tmp_path_factory.mktemp("page") / "report.html").read_text(encoding="utf-8")


def test_the_words_come_first(page: str) -> None:
    order = [page.index(text) for text in ("In short", "When heavy-tailed noise helps", "By noise law", "What to know")]
    assert order == sorted(order)
    assert "Quick: small networks &lt;&amp; few seeds." in page


def test_every_task_has_its_table_and_every_number_its_place(page: str, result: HeavyTailResult) -> None:
    for task in ("T1", "T2", "T3", "T4", "T6", "T7", "T8"):
        assert f"<h2>{task}: {study.TASKS[task]}</h2>" in html.unescape(page)
    assert "T5" not in re.sub(r"<h2>By noise law.*?</section>", "", page, flags=re.DOTALL)
    assert page.count('<td class="n">0.300<small>± 0.015</small>') >= 1
    assert "published 0.071" in page
    assert "arXiv 2407.18609, a table" in page


def test_the_page_is_self_contained(page: str) -> None:
    assert page.count("<img") == 1
    assert 'src="data:image/svg+xml;base64,' in page
    assert "http" not in re.sub(r"http-equiv|http://www\.w3\.org\S*", "", page.split("How to cite")[0])
    assert "not available" not in page


def test_panels_are_those_of_the_tasks_that_were_run(result: HeavyTailResult) -> None:
    titles = [ax.get_title(loc="left") for ax in heavy_tail_figure(result.rows).axes]
    assert len(titles) == 4 + 2 + 1 + 2 + 2 + 1 + 2
    assert titles[0] == "T1: error of the score without noise, bulk"
    only = [row for row in result.rows if row.task == "T3"]
    assert [ax.get_title(loc="left")[:2] for ax in heavy_tail_figure(only).axes] == ["T3"]
    assert heavy_tail_figure([]).axes == []


def test_lines_and_marks_are_the_numbers(result: HeavyTailResult) -> None:
    axes = {ax.get_title(loc="left"): ax for ax in heavy_tail_figure(result.rows).axes}
    line = axes["T1: error of the score without noise, tail"].containers[0].lines[0]
    assert np.asarray(line.get_xdata()).tolist() == [0.75, 1.0, 1.5, 2.0, 3.0]
    expected = [2.0 * 0.02 * 2 * (1 + (beta - 2) ** 2) / 0.5 for beta in (0.75, 1.0, 1.5, 2.0, 3.0)]
    np.testing.assert_allclose(np.asarray(line.get_ydata(), float), expected)
    stable = axes["T3: stable data, squared log error of quantiles"]
    marks = [line.get_xdata() for line in stable.lines if line.get_marker() == "o"]
    assert [list(values) for values in marks] == [[0.071]]
    assert [line.get_xdata()[0] for line in stable.lines if line.get_linestyle() == "--"] == [0.0078]


def test_numbers_that_are_missing_do_not_stop_the_page(tmp_path: Path) -> None:
    diverged = HeavyTailRow("T3", "sampler=flow", "gaussian", study.QUANTILES_AVERAGED, float("nan"), None, 0, None, "")
    text = write_heavy_tail_report(HeavyTailResult("quick", [diverged], [], {}), tmp_path / "r.html").read_text()
    assert "not available" in text


def test_the_figure_can_be_saved(result: HeavyTailResult, tmp_path: Path) -> None:
    save_figure(heavy_tail_figure(result.rows[:40]), tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 10_000


def test_a_page_that_cannot_be_written_is_refused(result: HeavyTailResult, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"report cannot be written to .*; the folder must exist.*\. Create"):
        write_heavy_tail_report(result._replace(rows=result.rows[:3]), tmp_path / "none" / "report.html")
