"""The repository as others get it: no trace of one machine, and the real records it says it ships."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fluctua.core import OptionError
from fluctua.data.shipped import shipped_record_names, shipped_record_path

ROOT = Path(__file__).parents[2]
# Written in two parts, so that this file does not hold what it looks for.
HOME = re.compile("/" + r"(?:home|Users)/\w|" + "/" + r"root/\w|[A-Z]:\\+" + r"Users\\")


def repository_files() -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip("not a git checkout")
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_file_names_a_home_folder() -> None:
    files = repository_files()
    assert len(files) > 10
    guilty = []
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        guilty += [f"{path.relative_to(ROOT)}: {found.group()}" for found in HOME.finditer(text)]
    assert not guilty, "\n".join(guilty)


def test_the_shipped_record_is_the_one_its_note_describes() -> None:
    record = pd.read_csv(shipped_record_path(), parse_dates=["time"])
    assert list(record.columns) == ["time", "nino34", "soi"]
    months = pd.date_range("1951-01-01", "2019-12-01", freq="MS")
    assert record["time"].tolist() == months.tolist()
    values = record[["nino34", "soi"]].to_numpy()
    by_year = values.reshape(69, 12, 2)
    anomaly = (by_year - by_year.mean(axis=0)).reshape(-1, 2)
    spread = anomaly.std(axis=0)
    assert np.corrcoef(anomaly.T)[0, 1] == pytest.approx(-0.719, abs=0.001)
    np.testing.assert_allclose(spread, [0.866, 0.936], atol=0.002)
    np.testing.assert_allclose(np.mean((anomaly / spread) ** 3, axis=0), [0.35, -0.20], atol=0.002)
    # Raw temperatures, not anomalies: the annual cycle is still there.
    assert values[:, 0].mean() == pytest.approx(26.92, abs=0.01)
    assert np.ptp(by_year.mean(axis=0)[:, 0]) > 1.0


@pytest.mark.parametrize("name", shipped_record_names())
def test_every_shipped_record_has_a_note_on_its_origin(name: str) -> None:
    note = shipped_record_path(name).with_suffix(".md").read_text(encoding="utf-8")
    for word in ("Where it comes from", "public domain", "What was done", "Figures it must reproduce"):
        assert word in note


def test_an_unknown_record_is_refused_by_name() -> None:
    with pytest.raises(OptionError, match=r"no shipped record named 'enso'; .*nino34_soi\. Take one of these"):
        shipped_record_path("enso")
