"""Remedies for what was done to parts of a record: spikes taken out, gaps filled, an instrument changed."""

from pathlib import Path

import numpy as np
import pandas as pd

from .following import Advice, Arguments, Row, edits, takes
from .records import ASKED, columns, csv, linear

_LONG = 6000
_SPLIT = (*ASKED, "--gaps", "split")


def both(first: Advice, second: Advice) -> Advice:
    """Two pieces of advice in one line, followed together."""

    def follow(line: str, asked: Arguments, folder: Path) -> Arguments | None:
        begun = first(line, asked, folder)
        return None if begun is None else second(line, begun, folder)

    return follow


def _despiked(table: pd.DataFrame) -> None:
    moves = np.abs(np.r_[0.0, np.diff(table.x)])
    table.loc[moves > np.quantile(moves, 0.96), "x"] = np.nan


def _louder(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**{name: np.where(table.index < 2000, 3.0, 1.0) * table[name] for name in ("x", "y")})


_AWAY = np.concatenate([np.arange(start, start + 3 + start % 6) for start in range(50, _LONG - 50, 90)])


def _interpolated(table: pd.DataFrame) -> pd.DataFrame:
    table.loc[_AWAY, "x"] = np.nan
    return table.interpolate()


def _filled(table: pd.DataFrame) -> pd.DataFrame:
    table.loc[_AWAY, "x"] = np.nan
    return table.round(2).ffill()


def _trials(table: pd.DataFrame, away: float = 0.0) -> pd.DataFrame:
    """Two hundred runs of thirty steps, which start so far from where they settle."""
    step = table.index % 30
    return table.assign(x=table.x + away * 0.5**step, time=step, trial=table.index // 30)


def _emptied(folder: Path) -> None:
    columns(lambda table: table.assign(x=table.x.where(~table.index.isin(_AWAY))))(folder)


ROWS: tuple[Row, ...] = (
    Row(
        "trials that are short",
        csv(_trials, _LONG),
        (*ASKED, "--member", "trial"),
        "--gaps split",
        (takes("gaps"),),
        linear(),
    ),
    Row(
        "trials that start from one state",
        csv(lambda table: _trials(table, 12.0), _LONG),
        (*_SPLIT, "--member", "trial"),
        "--skip",
        (takes("skip"),),
        linear(),
    ),
    Row(
        "spikes that were the system's own",
        csv(_despiked, _LONG),
        _SPLIT,
        "give the record with them",
        (edits("give the record with them", csv(lambda table: None, _LONG)),),
        linear(),
    ),
    Row(
        "gaps filled by interpolation",
        csv(_interpolated, _LONG),
        ASKED,
        "leave these values empty",
        (both(edits("leave these values empty", _emptied), takes("gaps")),),
        linear(),
    ),
    Row(
        "gaps filled with the last value",
        csv(_filled, _LONG),
        ASKED,
        "Leave them empty",
        (both(edits("Leave them empty", _emptied), takes("gaps")),),
        linear(),
    ),
    Row(
        "a file that was pasted twice",
        csv(lambda t: pd.concat([t, t]).drop(columns="time")),
        ASKED,
        "--skip 1200",
        (takes("skip"),),
        linear(),
    ),
    Row(
        "a stretch never written",
        csv(lambda t: t.assign(x=t.x.where(~t.index.isin(range(300, 500)), 0.0))),
        ASKED,
        "make a gap of them",
        (takes("missing", "gaps"),),
        linear(),
    ),
    Row("an instrument that was changed", csv(_louder, _LONG), ASKED, "--skip", (takes("skip"),), linear()),
)
