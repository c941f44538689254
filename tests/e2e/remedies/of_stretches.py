"""Remedies for what was done to parts of a record: spikes that were taken out."""

import numpy as np
import pandas as pd

from .following import Row, edits
from .records import ASKED, csv, linear

_LONG = 6000
_SPLIT = (*ASKED, "--gaps", "split")


def _despiked(table: pd.DataFrame) -> None:
    moves = np.abs(np.r_[0.0, np.diff(table.x)])
    table.loc[moves > np.quantile(moves, 0.96), "x"] = np.nan


ROWS: tuple[Row, ...] = (
    Row(
        "spikes that were the system's own",
        csv(_despiked, _LONG),
        _SPLIT,
        "give the record with them",
        (edits("give the record with them", csv(lambda table: None, _LONG)),),
        linear(),
    ),
)
