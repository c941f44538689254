"""Cells that are no numbers in columns of numbers: traces of rain are read, all else is refused with what to write."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fluctua.core import DataError
from fluctua.data import Record, dataset_from_table, read_record, record_from_dataset

DRAWN = np.random.default_rng(0)
STEPS = 200
RAIN = np.round(np.where(DRAWN.random(STEPS) < 0.5, 0, DRAWN.gamma(1, 5, STEPS)), 2)
CHOSEN = np.flatnonzero(DRAWN.random(STEPS) < 0.1)


def table(write: Callable[[float], str], values: np.ndarray = RAIN) -> pd.DataFrame:
    cells = [f"{value}" for value in values]
    for place in CHOSEN:
        cells[place] = write(values[place])
    return pd.DataFrame({"time": np.arange(STEPS), "x": cells, "y": DRAWN.standard_normal(STEPS)})


def read(folder: Path, *given: object) -> Record:
    table(*given).to_csv(folder / "a.csv", index=False)  # type: ignore[arg-type]
    return read_record(folder / "a.csv")


@pytest.mark.parametrize("word", ["T", "t", "Tr", "trace", "TRACE", "T."])
def test_a_trace_of_rain_is_zero(word: str, tmp_path: Path) -> None:
    record = read(tmp_path, lambda value: word)
    known = RAIN.copy()
    known[CHOSEN] = 0
    np.testing.assert_array_equal(record.values[0, :, 0], known)
    assert f"'{word}' in {len(CHOSEN)} cells of 'x', a trace, is 0" in record.notices[0]


def test_a_trace_in_memory_and_with_decimal_commas(tmp_path: Path) -> None:
    record = record_from_dataset(dataset_from_table(table(lambda value: "T")))
    assert (record.values[0, CHOSEN, 0] == 0).all()
    text = table(lambda value: "T").astype(str).replace(r"\.", ",", regex=True).to_csv(index=False, sep=";")
    (tmp_path / "a.csv").write_text(text)
    assert (read_record(tmp_path / "a.csv").values[0, CHOSEN, 0] == 0).all()


def test_the_same_letter_among_other_numbers_is_no_trace(tmp_path: Path) -> None:
    for values in (RAIN - 5, RAIN + 50):  # temperatures, say
        with pytest.raises(DataError, match=rf"Leave the {len(CHOSEN)} cells with 'T' empty"):
            read(tmp_path, lambda value: "T", values)


CELLS: dict[str, tuple[Callable[[float], str], str]] = {
    "a flag": (
        lambda value: f"{value}A",
        r"a number with 'A'; .* Write [\d.]+ there, .* a flag of quality in one",
    ),
    "an exponent": (lambda value: f"{value}e", r"a number with 'e'; .* Write [\d.]+ there"),
    "flags": (
        lambda value: f"{value}{'Ae'[int(100 * value) % 2]}",
        r"and other cells with '[Ae]'; .* alone if these are",
    ),
    "below": (
        lambda value: "<0.5",
        rf"'<0.5' .*\({len(CHOSEN)} cells .* only large .* limit there \(0.5\) .* half of it \(0.25\)",
    ),
    "above": (lambda value: "> 40", r"'> 40' in row .* only small .* Write the limit there \(40\)"),
    "below zero": (lambda value: "<-3.5", r"Write the limit there \(-3.5\), and so on"),
    "a word": (lambda value: "Ice", rf"holds text: 'Ice' in row .* Leave the {len(CHOSEN)} cells with 'Ice' empty"),
    "brackets": (lambda value: f"({value + 1})", r"in brackets; .* Write ([\d.]+) there, or -\1 if brackets mean less"),
    "about": (lambda value: f"~{value}", r"a number with '~'; .* Write [\d.]+ there, and so on"),
}


@pytest.mark.parametrize("kind", CELLS)
def test_what_is_to_be_written_is_said(kind: str, tmp_path: Path) -> None:
    write, said = CELLS[kind]
    with pytest.raises(DataError, match=said):
        read(tmp_path, write)
