"""Remedies for cells that are no numbers in columns of numbers: flags, words limits of what is measured, and names."""

import re
from collections.abc import Callable

import pandas as pd

from .following import Row, edits, takes
from .records import ASKED, csv, edited, frame, linear, same


def _with_cells(table: pd.DataFrame, write: Callable[[float], str]) -> pd.DataFrame:
    """Every hundredth value of x as it is written."""
    cells = [write(value) if place % 100 == 7 else f"{value}" for place, value in enumerate(table.x)]
    return table.assign(x=cells)


ROWS: tuple[Row, ...] = (
    Row(
        "flags behind numbers",
        csv(lambda t: _with_cells(t, lambda value: f"{value:.4f}A")),
        ASKED,
        "a flag of quality in one",
        (edits("and so on", edited(lambda s: s.replace("A", ""))),),
        same(lambda: _with_cells(frame(), lambda value: f"{value:.4f}").astype(float).set_index("time")),
    ),
    Row(
        "two flags behind numbers",
        csv(lambda t: _with_cells(t, lambda value: f"{value:.4f}{'Ae'[value > 0]}")),
        ASKED,
        "write the numbers alone if these are flags",
        (edits("write the numbers alone", edited(lambda s: re.sub(r"(?<=\d)[Ae](?=,)", "", s))),),
        same(lambda: _with_cells(frame(), lambda value: f"{value:.4f}").astype(float).set_index("time")),
    ),
    Row(
        "a word in many cells",
        csv(lambda t: _with_cells(t, lambda value: "Ice")),
        ASKED,
        "cells with 'Ice' empty",
        (edits("cells with 'Ice' empty", edited(lambda s: s.replace("Ice", ""))), takes("gaps")),
        same(
            lambda: _with_cells(frame(), lambda value: "nan").astype(float).set_index("time"),
            gaps="split",
        ),
    ),
    Row(
        "a limit of what is measured",
        csv(lambda t: t.assign(y=t.y.round(6).astype(str).where(t.y > -2.5, "<-2.5"))),
        ASKED,
        "write the limit there (-2.5)",
        (edits("write the limit there", edited(lambda s: s.replace("<-2.5", "-2.5"))),),
        same(lambda: frame().assign(y=lambda t: t.y.where(t.y > -2.5, -2.5)).set_index("time")),
        left=("exactly -2.5 in",),
    ),
    Row(
        "a name that ends in points",
        csv(lambda t: t.assign(**{"Vol..": 2 * t.x + 1})),
        ASKED,
        "--drop 'Vol..'.",
        (takes("drop"),),
        linear(),
    ),
)
