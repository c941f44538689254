"""The table of the field study follows from truth and responses, and the published numbers stand where they belong."""

import csv
import re
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from fluctua.core import DataError, FluctuaError, OutputError
from fluctua.response import Reflections
from fluctua.systems import AllenCahn, ExponentialHeun, PeriodicDomain
from studies.response_fields import (
    PUBLISHED,
    FieldStudyResult,
    StudyRow,
    error_norms,
    field_study_rows,
    field_study_summary,
    published_number,
    study_figure,
    truth_noise,
)
from studies.response_fields.__main__ import main
from studies.response_fields.kept import Kept
from studies.response_fields.measure import measure_fields
from studies.response_fields.plan import FieldPlan
from studies.response_fields.truth import find_truth
from studies.tables import write_csv

LAGS = np.arange(0.0, 100.5, 0.5)


def exact_ou(lags: np.ndarray = LAGS, points: int = 32) -> np.ndarray:
    """Exact response of the published linear field, from its rates: shape ``(lag, points, points)``."""
    index = points * np.fft.fftfreq(points)
    ky, kx = np.meshgrid(index, index, indexing="ij")
    square, along = kx**2 + ky**2, np.where(kx == -points // 2, 0.0, kx)
    rate = 0.04 / (1 + square) + 2.5e-4 * square + 0.02j * along
    return np.fft.ifft2(np.exp(-lags[:, None, None] * rate)).real


def study(system: str = "ou", lags: np.ndarray = LAGS, noise: float = 0.0, **responses: np.ndarray) -> FieldStudyResult:
    truth = exact_ou(lags)
    return FieldStudyResult(system, lags, truth, np.full_like(truth, noise), responses, {}, [])


def values(result: FieldStudyResult) -> dict[tuple[str, str], float]:
    return {(row.quantity, row.method): row.value for row in field_study_rows(result)}


def test_the_truth_of_the_linear_field_peaks_where_it_was_published() -> None:
    found = values(study())
    # Exact values (0.492 at 18.25, 0.285 at 38.0, 0.187 at 57.5, minimum -0.050 at 15.5), to half a time step.
    for name, value, time in (
        ("R31 peak", 0.492, 18.25), ("R51 peak", 0.285, 38.0), ("R71 peak", 0.187, 57.5), ("R11 minimum", -0.050, 15.5),
    ):  # fmt: skip
        assert found[name, "truth"] == pytest.approx(value, abs=1e-3)
        assert found[f"{name} time", "truth"] == pytest.approx(time, abs=0.26)
        published = published_number("ou", "truth", name)
        assert published is not None
        assert found[name, "truth"] == pytest.approx(published.value, abs=published.accuracy)


def test_norms_are_those_of_the_difference_over_all_points() -> None:
    truth = exact_ou()
    difference = np.zeros_like(truth)
    difference[:, 0, 0], difference[:, 3, 5] = 0.03 * LAGS / 100, -0.04 * LAGS / 100
    found = values(study(dictionary=truth + difference))
    assert found["L2 max", "dictionary"] == pytest.approx(0.05)
    assert found["L2 mean", "dictionary"] == pytest.approx(0.025)
    assert found["rms mean", "dictionary"] == pytest.approx(0.025 / 32)
    assert found["Linf max", "dictionary"] == pytest.approx(0.04)
    assert found["Linf mean", "dictionary"] == pytest.approx(0.02)


def test_means_are_over_the_published_time_only() -> None:
    lags = np.arange(0.0, 201.0)
    wrong = exact_ou(lags)
    wrong[lags > 100] += 9.0
    rows = field_study_rows(study(lags=lags, gaussian=wrong))
    means = [row for row in rows if row.quantity == "L2 mean" and row.method == "gaussian"]
    assert means[0].value == pytest.approx(0.0, abs=1e-12)
    assert means[0].reference == 0.013


def test_a_shorter_time_is_named_and_has_no_published_mean() -> None:
    lags = np.arange(0.0, 51.0)
    rows = field_study_rows(study(lags=lags, gaussian=exact_ou(lags)))
    found = [row for row in rows if row.quantity == "L2 mean to t=50"]
    assert {row.method for row in found} == {"gaussian", "truth_noise"}
    assert all(row.reference is None for row in found)
    assert not [row for row in rows if row.quantity == "L2 mean"]


def test_the_noise_of_the_truth_bounds_the_error_of_the_norms() -> None:
    # 400 truths with independent noise: the spread of the measured norm stays within the quoted standard error, and
    # its mean square is that of the difference plus the noise. The spread of 400 draws is known to 3.5 %, and the
    # quoted bound is sum |d| s / |d| = 8 s here, against s for independent points: no chance of a false alarm.
    generator, points, noise = np.random.default_rng(3), 64, 0.01
    lags = np.array([0.0, 1.0])
    clean = np.zeros((2, 8, 8))
    response = clean + 0.05
    norms = []
    for _ in range(400):
        truth = clean + noise * generator.standard_normal(clean.shape)
        drawn = FieldStudyResult("ou", lags, truth, np.full_like(truth, noise), {"a": response}, {}, [])
        norms.append(error_norms(drawn, "a")["L2"].value[1])
    quoted = error_norms(FieldStudyResult("ou", lags, clean, clean + noise, {"a": response}, {}, []), "a")["L2"]
    assert np.std(norms) <= quoted.stderr[1] == pytest.approx(noise * 8)
    # Mean of |d + e|^2 is |d|^2 + 64 s^2 = 0.1664, with standard error sqrt(4 |d|^2 s^2 + 2 * 64 s^4) / 20 = 4.1e-4:
    # six of them are a chance of 2e-9.
    assert np.mean(np.square(norms)) == pytest.approx(points * (0.05**2 + noise**2), abs=6 * 4.1e-4)


def test_the_noise_of_the_truth_is_a_row_of_its_own() -> None:
    result = study(noise=0.001, gaussian=exact_ou() + 0.002)
    found = values(result)
    assert found["L2 mean", "truth_noise"] == pytest.approx(0.032)
    assert found["rms mean", "truth_noise"] == pytest.approx(0.001)
    assert found["Linf max", "truth_noise"] == pytest.approx(0.001)
    assert found["noise / L2 mean", "gaussian"] == pytest.approx(0.5)
    assert truth_noise(result)["L2"].value == pytest.approx(np.full(len(LAGS), 0.032))


def test_the_error_of_a_peak_is_that_of_the_response() -> None:
    truth = exact_ou()
    result = study(noise=0.004, gaussian=truth, exact=truth)._replace(
        half_widths={"gaussian": np.full_like(truth, 1.959964 * 0.02)}
    )
    errors = {row.method: row.stderr for row in field_study_rows(result) if row.quantity == "R31 peak"}
    assert errors == {"truth": pytest.approx(0.004), "gaussian": pytest.approx(0.02), "exact": None}


def small_plan() -> FieldPlan:
    """A bistable field of 4 x 4 points, measured as the published one is but for its size and the network."""
    return FieldPlan(
        system=AllenCahn(domain=PeriodicDomain((4, 4))), integrator=ExponentialHeun(), dt=1 / 32, save_every=1,
        reflections=Reflections((0,)), left_out=(), network_steps=0, network_members=0, resets=1, truth_records=3,
        members=8, duration=40.0, spin_up=20.0, max_lag=0.25, truth_members=32,
    )  # fmt: skip


@pytest.mark.slow
def test_every_method_answers_and_a_stopped_study_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studies.response_fields.measure.field_plan", lambda *_: small_plan())
    options: dict[str, Any] = {"network": False, "keep": tmp_path / "kept", "progress": None}
    first = measure_fields("allen-cahn", "quick", seed=0, **options)
    assert {"default", "default_mirrored", "default_robust", "exact_robust"} <= set(first.half_widths)
    assert ("exact" in first.responses, "network" in first.responses) == (True, False)
    assert np.all(first.truth_stderr[1:] > 0)
    assert first.truth[0, 0, 0] == pytest.approx(1.0, abs=1e-6)
    assert len(field_study_rows(first)) > 100
    files = sorted(path.name for path in (tmp_path / "kept").iterdir())
    assert files == ["answers.npz", "truth-0.npz", "truth-1.npz", "truth-2.npz", "twins.npz"]
    (tmp_path / "kept" / "truth-1.npz").unlink()
    again = measure_fields("allen-cahn", "quick", seed=0, **options)
    for one, other in ((first.responses, again.responses), (first.half_widths, again.half_widths)):
        assert one.keys() == other.keys()
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])
    np.testing.assert_allclose(again.truth, first.truth, rtol=1e-12)
    with pytest.raises(FluctuaError, match=r"answers.npz is a part of another study"):
        measure_fields("allen-cahn", "quick", seed=1, **options)
    (tmp_path / "kept" / "answers.npz").write_bytes(b"half a file")
    with pytest.raises(FluctuaError, match=r"answers.npz cannot be read .* Give an empty folder with --keep"):
        measure_fields("allen-cahn", "quick", seed=0, **options)


@pytest.mark.slow
def test_the_two_truths_agree() -> None:
    """Within six times what the noise of both makes of their distance; one that is half as large again does not.

    Nine tenths of that variance are the noise of 32 members of twins. A distance of six of its root mean squares has a
    probability of 1e-6 were all points one (Student's t of 31 degrees of freedom), and far less as they are.
    """
    plan, lags = small_plan()._replace(members=48, duration=60.0), np.arange(9) / 32
    found = find_truth(plan, None, lags, jax.random.key(1), Kept(None, plan, 1), None)
    assert np.all(found.apart <= 6 * found.noise)
    assert np.all(0.5 * np.linalg.norm(found.response.reshape(9, -1), axis=1)[1:] > 7 * found.noise)


def test_published_numbers_stand_beside_the_methods_they_belong_to() -> None:
    truth = exact_ou()
    methods = {"gaussian": truth + 0.01, "exact": truth, "dictionary": truth, "default": truth}
    rows = field_study_rows(study("allen-cahn", **methods))
    beside = {(row.quantity, row.method): row.reference for row in rows}
    assert beside["L2 mean", "gaussian"] == 0.250
    assert beside["L2 mean", "exact"] == 0.054
    assert beside["L2 mean", "dictionary"] == beside["L2 mean", "default"] == 0.069
    assert beside["rms at t=90", "dictionary"] == pytest.approx(0.088 / 32)
    assert beside["Linf at t=11", "gaussian"] == 0.279
    assert beside["Linf at t=11", "dictionary"] is None
    assert beside["R31 peak", "truth"] == 0.197
    assert beside["R21 norm over 50 times", "gaussian"] == 0.99
    assert all(bool(row.reference_source) == (row.reference is not None) for row in rows)


def test_another_grid_has_no_published_numbers_beside_it() -> None:
    truth = exact_ou(points=16)
    result = FieldStudyResult("ou", LAGS, truth, 0 * truth, {"gaussian": truth}, {}, [])
    assert all(row.reference is None for row in field_study_rows(result))


def test_the_norm_over_fifty_times_is_that_of_the_first_fifty_units() -> None:
    truth = exact_ou()
    shifted = truth.copy()
    shifted[LAGS <= 49, 0, 1] += 0.1
    shifted[LAGS > 49, 0, 1] += 7.0
    found = values(study("allen-cahn", dictionary=shifted))
    assert found["R21 norm over 50 times", "dictionary"] == pytest.approx(0.1 * np.sqrt(50))
    assert found["R11 norm over 50 times", "dictionary"] == 0.0


def test_every_published_number_has_a_source_and_appears_once() -> None:
    keys = [figure[:3] for figure in PUBLISHED]
    assert len(keys) == len(set(keys))
    assert all("2402.01029" in figure.source and figure.accuracy > 0 for figure in PUBLISHED)
    # A mean over time is not above the largest value.
    for figure in PUBLISHED:
        if figure.quantity.endswith(" mean"):
            most = published_number(figure.system, figure.method, figure.quantity.replace("mean", "max"))
            assert most is None or most.value >= figure.value


def test_the_table_is_read_back_as_written(tmp_path: Path) -> None:
    rows = field_study_rows(
        study("navier-stokes", lags=np.linspace(0.0, 4.0, 9), gaussian=exact_ou(np.linspace(0, 4, 9)))
    )
    write_csv(StudyRow._fields, rows, tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(newline="") as file:
        read = list(csv.DictReader(file))
    assert list(read[0]) == ["system", "quantity", "method", "value", "stderr", "reference", "reference_source"]
    assert len(read) == len(rows)
    for line, row in zip(read, rows, strict=True):
        assert float(line["value"]) == pytest.approx(row.value, rel=1e-5)
        assert line["stderr"] == "" or float(line["stderr"]) == pytest.approx(row.stderr, rel=1e-5)
        assert line["reference_source"] == row.reference_source
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_a_table_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "table.csv").write_text("old")

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fluctua.data.files._atomic.os.replace", full_disk)
    with pytest.raises(OutputError, match="No space left on device"):
        write_csv(StudyRow._fields, [], tmp_path / "table.csv")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lags": LAGS + 1}, r"lags of the study of ou are .*; two lags or more are needed, rising from 0\. Measure"),
        ({"responses": {"a": np.zeros((201, 8))}}, r"response of 'a' .* has shape \(201, 8\), .*; every .*\. Compute"),
        ({"responses": {"a": np.full((201, 32, 32), np.nan)}}, r"has 205824 values that are not numbers; .*\. Look"),
        ({"half_widths": {"b": np.zeros((201, 32, 32))}}, r"bands of b, and no such response; .*\. Give"),
    ],
)
def test_responses_that_cannot_be_compared_are_refused(change: dict, message: str) -> None:
    with pytest.raises(DataError, match=message):
        field_study_rows(study()._replace(**change))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--system", "alen-cahn"], r"system 'alen-cahn' was asked for; the systems are ou, .*\. Use 'allen-cahn'"),
        (["--system", "ou", "--preset", "tiny"], r"preset 'tiny' was asked for; the presets are quick, full\. Use"),
        (["--system", "ou", "--seed", "-1"], r"The seed is -1; .*\. Give --seed 0"),
    ],
)
def test_options_are_checked_first(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert re.search(message, line), line
    assert list(tmp_path.iterdir()) == []


def test_the_study_writes_its_tables_and_its_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured = study(gaussian=exact_ou())
    monkeypatch.setattr("studies.response_fields.measure.measure_fields", lambda *_, **__: measured)
    assert main(["--system", "ou", "--out", str(tmp_path / "out"), "--quiet"]) == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["figure.png", "run.json", "summary.md", "table.csv"]
    assert (tmp_path / "out" / "table.csv").read_text().startswith("system,quantity,method,value,stderr,reference,")
    assert "| R31 peak |" in (tmp_path / "out" / "summary.md").read_text()
    assert main(["--system", "ou", "--out", str(tmp_path / "out"), "--quiet"]) == 2


def test_what_is_drawn_is_what_was_measured() -> None:
    result = study("allen-cahn", noise=0.001, gaussian=exact_ou(), default=0.9 * exact_ou())
    axes = study_figure(result).axes
    assert len(axes) == 6
    np.testing.assert_allclose(axes[1].lines[1].get_ydata(), 0.9 * result.truth[:, 0, 2])
    # Published values stand on the published grid alone: Gaussian and generative ones, of the largest error.
    assert sum(line.get_linestyle() == "None" for line in axes[4].lines) == 5
    small = FieldStudyResult(
        "allen-cahn", LAGS, exact_ou(points=16), exact_ou(points=16), {"default": exact_ou(points=16)}, {}, []
    )
    assert not any(line.get_linestyle() == "None" for ax in study_figure(small).axes for line in ax.lines)
    assert "Published" not in field_study_summary(small, field_study_rows(small))
