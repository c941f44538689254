"""Many pushes and observables at a glance, and all numbers of a page to take along."""

import base64
from typing import NamedTuple

import numpy as np

from ..results import ResponseResult, table_text
from ._numbers import number_text
from ._words import read_pair

_FEW = 6  # responses that a figure shows well enough
_MOST = 400  # responses that a table shows
_LARGEST = 1_000_000  # bytes of a table inside the page


class OverviewCell(NamedTuple):
    """The largest value of one response and its lag; ``sure`` where its bands exclude zero at more lags than chance."""

    value: str
    lag: str
    sure: bool


class OverviewRow(NamedTuple):
    """All responses of one observable."""

    label: str
    cells: list[OverviewCell]


def overview(result: ResponseResult) -> list[OverviewRow]:
    """A row for every observable and a cell for every push, where there are more than a figure shows well."""
    count = len(result.pushes) * len(result.observables)
    if result.is_whole_field or not _FEW < count <= _MOST:
        return []
    return [
        OverviewRow(observable, [_cell(result, push, observable) for push in result.pushes])
        for observable in result.observables
    ]


def _cell(result: ResponseResult, push: str, observable: str) -> OverviewCell:
    pair = read_pair(result, push, observable)
    return OverviewCell(number_text(pair.peak), f"at {pair.peak_lag:.3g}", pair.differs_from_zero)


def table_link(result: ResponseResult) -> str:
    """All curves and bands as the address of a table inside the page; empty where they are too many."""
    rows = np.prod(list(result.dataset["impulse_response"].sizes.values()))
    if rows * len(result.dataset.data_vars) * 8 > 4 * _LARGEST:
        return ""
    text = table_text(result.dataset, 7).encode()
    return f"data:text/csv;base64,{base64.b64encode(text).decode()}" if len(text) <= _LARGEST else ""
