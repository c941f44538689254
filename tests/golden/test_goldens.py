"""Numbers that are kept: every one within a tenth of its own standard error.

Scores, drawn states and simulated records are those of the first edition; responses are those of the Markov estimator
when it came, which moved them on purpose.

``mended.json`` lists faults of the first edition that were mended since. What they move is printed with both values and
held to a bound of its own; ``python tests/golden/report.py`` prints how far every golden moved.
"""

from collections.abc import Callable

import pytest
from comparison import Move, compare, read
from goldens import FOLDER, GOLDENS, calm
from mended import MENDED, Mended


def mending(move: Move) -> Mended | None:
    """The fault whose mending moved a quantity."""
    return MENDED.get(move.golden, {}).get(move.quantity.partition("[")[0])


def allowed(move: Move) -> float:
    """The largest change that passes, in units of what is allowed without an entry of the table."""
    found = mending(move)
    return 1.0 if found is None else 10.0 * found.bound  # a tenth of a unit is allowed


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if GOLDENS[name].slow else ()) for name in GOLDENS]
)
def test_the_numbers_are_those_that_are_kept(name: str, record_property: Callable[[str, object], None]) -> None:
    golden = GOLDENS[name]
    moves = compare(name, golden.kind, read(FOLDER / f"{name}.npz"), calm(golden.run))
    whys = {move: found.reason for move in moves if (found := mending(move)) is not None}
    record_property("moved", [(move.allowed, str(move), whys.get(move, "")) for move in moves])
    failed = [str(move) for move in moves if not move.allowed <= allowed(move)]
    assert not failed, "\n" + "\n".join(failed)


def test_every_golden_is_stored() -> None:
    assert {path.stem for path in FOLDER.glob("*.npz")} == set(GOLDENS)


def test_every_mended_fault_names_a_golden() -> None:
    assert MENDED.keys() <= GOLDENS.keys()


def test_what_is_not_a_number_must_stay_so() -> None:
    before = {"stein_before": [0.1, float("nan")]}
    same, lost = ({"stein_before": [0.1, last]} for last in (float("nan"), 0.2))
    assert [move.allowed for move in compare("golden", "response", before, same)] == [0.0]
    assert not compare("golden", "response", before, lost)[0].allowed <= 1.0
