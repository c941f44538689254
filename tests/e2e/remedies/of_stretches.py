"""Remedies for what was done to parts of a record: spikes that were taken out, an instrument that was changed."""

import numpy as np
import pandas as pd

from .following import Row, edits, takes
from .records import ASKED, csv, linear

_LONG = 6000
_SPLIT = (*ASKED, "--gaps", "split")


def _despiked(table: pd.DataFrame) -> None:
    moves = np.abs(np.r_[0.0, np.diff(table.x)])
    table.loc[moves > np.quantile(moves, 0.96), "x"] = np.nan


def _louder(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**{name: np.where(table.index < 2000, 3.0, 1.0) * table[name] for name in ("x", "y")})


ROWS: tuple[Row, ...] = (
    Row(
        "spikes that were the system's own",
        csv(_despiked, _LONG),
        _SPLIT,
        "give the record with them",
        (edits("give the record with them", csv(lambda table: None, _LONG)),),
        linear(),
    ),
    Row("an instrument that was changed", csv(_louder, _LONG), ASKED, "--skip", (takes("skip"),), linear()),
)
