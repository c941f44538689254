"""What every message advises is followed to its end: the answer is right, or refused for another true reason."""

from pathlib import Path
from typing import Any

import pytest
from remedies import SLOW
from remedies.following import Right, Row
from remedies.of_calls import ROWS as CALLS
from remedies.of_cells import ROWS as CELLS
from remedies.of_clocks import ROWS as CLOCKS
from remedies.of_cycles import ROWS as CYCLES
from remedies.of_files import ROWS as FILES
from remedies.of_roles import ROWS as ROLES
from remedies.of_stores import ROWS as STORES
from remedies.of_stretches import ROWS as STRETCHES
from remedies.of_times import ROWS as TIMES
from remedies.of_values import ROWS as VALUES
from remedies.of_verbs import ROWS as VERBS

ROWS = (*VALUES, *STRETCHES, *CYCLES, *TIMES, *CLOCKS, *CELLS, *FILES, *ROLES, *STORES, *CALLS, *VERBS)
MOST_STEPS = 4


@pytest.mark.parametrize(
    "row", [pytest.param(row, marks=[pytest.mark.slow] * (row.name in SLOW), id=row.name) for row in ROWS]
)
def test_the_advice_is_followed_to_its_end(
    row: Row, fluctua_command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("fluctua.report.write_report", lambda *_: None)  # half of the time, and of no concern here
    row.make(tmp_path)
    asked, followed, told = row.asked, [], ""
    done = fluctua_command(*asked, *_out(asked))
    for _ in range(MOST_STEPS):
        told += done.errors
        found = None
        for line in done.errors.splitlines():
            for advice in row.advice:
                found = advice(line, asked, tmp_path)
                if found is not None:
                    break
            if found is not None:
                assert line not in followed, f"a circle: {followed}"
                followed.append(line)
                break
        if found is None:
            break
        asked = found
        done = fluctua_command(*asked, *_out(asked), *(["--overwrite"] if (tmp_path / "out").exists() else []))
    assert row.says.lower() in told.lower(), told
    assert followed or not row.advice, f"nothing was advised: {told}"
    assert not set(done.errors.splitlines()) & set(followed), f"a circle: {followed}"
    if isinstance(row.end, Right):
        assert done.status == 0, (asked, done.errors)
        warned = [line for line in done.errors.splitlines() if line.startswith("Warning:")]
        assert not [line for line in warned if not any(left in line for left in row.left)], (asked, warned)
        row.end.check(tmp_path)
    else:
        assert (done.status, row.end in done.errors) == (2, True), (asked, done.errors)


def test_no_two_rows_have_one_name() -> None:
    names = {row.name for row in ROWS}
    assert len(names) == len(ROWS) >= 60
    assert set(SLOW) < names


def _out(asked: tuple[str, ...]) -> tuple[str, ...]:
    return () if "--out" in asked else ("--out", "out")
