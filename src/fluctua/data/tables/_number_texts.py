"""Cells that hold text where numbers are needed: decimal commas, percent signs and traces of rain are read.

All else is refused by its place, with what is to be written there.
"""

import re

import numpy as np
import pandas as pd

from ...core import DataError, option
from ..times import as_text
from ._runs import Place
from ._table import comma_numbers

_NUMBER = r"[-+]?(?:\d[\d.,'\u2019]*|[.,]\d+)(?:[eE][-+]?\d+)?"
_WITH_UNIT = rf"\s*({_NUMBER})\s*([^\d\s.,:;/+-][^:;]*)"
_FORTRAN = r"(?<=[\d.])[dD](?=[-+]\d{1,3}\s*$)"
"""The letter of exponents in double precision."""

_CURRENCY = (
    r"[$\u00a2\u00a3\u00a5\u20a0-\u20c0]|(?:US|C|A|R|HK|NZ)\$|USD|EUR|GBP|JPY|CHF|CNY|INR|AUD|CAD|BRL|Rs\.?|kr\.?"
)
_LIKE_A_NUMBER = rf"\s*[-+]?\s*(?:{_CURRENCY})?\s*[-+]?[.,]?\d"
_TRACE = r"(?i:\s*(?:T|Tr|trace)\.?\s*)"
"""What observers write for rain too little to be measured."""

_LIMIT = rf"\s*([<>\u2264\u2265])=?\s*({_NUMBER})\s*"
_SMALL = 0.1
_OFTEN = 4  # cells with one text: fewer may be corrected one by one
_CLOCK = re.compile(r"\s*\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(\s*[AaPp]\.?[Mm]\.?)?\s*|\s*\d{1,2}\s*[AaPp]\.?[Mm]\.?\s*")


def numbers_of(columns: dict[str, pd.Series], where: str, place: Place, notes: list[str]) -> dict[str, np.ndarray]:
    """The values of the columns: as they are where none begins like a number, for that is text.

    Text among numbers is refused by its place, unless its commas can only be decimal ones.
    """
    columns = {name: _without_percent(name, column, notes) for name, column in columns.items()}
    text = {name: column for name, column in columns.items() if column.dtype.kind in "OSUT"}
    commas = comma_numbers(list(text.values()))
    if commas == "decimal":
        notes.append("decimal commas")
    values = {}
    for name, column in columns.items():
        if name in text and column.astype(str).str.match(_LIKE_A_NUMBER).any():
            cells = as_text(column)
            cells = cells.str.replace(",", ".") if commas == "decimal" else cells
            cells = cells.str.replace(_FORTRAN, "e", regex=True)
            numbers = np.array(pd.to_numeric(cells, errors="coerce"), dtype=np.float64)
            wrong = np.isnan(numbers) & column.notna().to_numpy()
            traces = wrong & cells.str.fullmatch(_TRACE).fillna(False).to_numpy(dtype=bool)
            if traces.any() and (traces == wrong).all() and _begin_at_zero(numbers):
                notes.append(f"'{cells[traces].iloc[0]}' in {_cells(traces.sum())} of '{name}', a trace, is 0")
                numbers[traces], wrong = 0.0, np.zeros_like(wrong)
            if wrong.any():
                _refuse_text(name, column, wrong, where, place)
            values[name] = numbers
        else:
            values[name] = column.astype(str).to_numpy(dtype=str) if name in text else column.to_numpy()
    return values


def _without_percent(name: str, column: pd.Series, notes: list[str]) -> pd.Series:
    """The column without percent signs, if all of its cells have one."""
    if column.dtype.kind not in "OSUT":
        return column
    given = column.dropna().astype(str)
    if not len(given) or not given.str.fullmatch(rf"\s*{_NUMBER}\s*%\s*").all():
        return column
    notes.append(f"'{name}' is in percent")
    return as_text(column).str.replace("%", "", regex=False).str.strip()


def _begin_at_zero(numbers: np.ndarray) -> bool:
    """Whether numbers are amounts: none is below zero, and some are small beside the largest."""
    return bool(0 <= np.nanmin(numbers) <= _SMALL * np.nanmax(numbers))


def _cells(count: int) -> str:
    return f"{count} cell{'' if count == 1 else 's'}"


def _refuse_text(name: str, column: pd.Series, wrong: np.ndarray, where: str, place: Place) -> None:
    """Refuse a column for its first cell that is no number; ``wrong`` says which of them are none."""
    row, few = int(np.argmax(wrong)), bool(wrong.sum() < _OFTEN)
    cell = str(column.iloc[row])
    if re.fullmatch(r"\s*[-+]?\d+(,\d+)+(\.\d+)?\s*|\s*[-+]?\d{1,3}([.'\u2019\s]\d{3})+(,\d+|\.\d+)?\s*", cell):
        raise DataError(
            f"column '{name}' of {where} holds '{cell}' in {place(row)}",
            "numbers need a decimal point and nothing between their thousands",
            "write it without marks between thousands (1234567), or with a point as decimal mark (1234.567)",
        )
    _refuse_units(name, column, cell, few, where, place(row))
    if _CLOCK.fullmatch(cell):
        raise DataError(
            f"column '{name}' of {where} holds times of day: '{cell}' in {place(row)}",
            "a time of day is no state of a system, and a clock needs the days beside it",
            f"add a column 'date' of the days, or pass over it with {option('drop', name)} and give --steps if every "
            "row is one step",
        )
    _refuse_limits(name, column, wrong, where, place)
    if re.fullmatch(rf"\s*{_NUMBER}(?:[-+]\d+\.\d+)+\s*", cell):
        raise DataError(
            f"column '{name}' of {where} holds '{cell.strip()}' in {place(row)}: numbers without a blank between them",
            "columns need a mark between them, in every row",
            "write the table with commas, or read it by the widths of its columns (pandas.read_fwf in Python) and give "
            "the DataFrame",
        )
    again = wrong & (column.astype(str) == cell).to_numpy()
    if few and row == 0:
        remedy = (
            "delete this row if it holds units or codes and no values of the record, else correct the cell (the rest "
            f"of '{name}' is numbers)"
        )
    elif few:
        remedy = f"correct it, or leave the cell empty if the value is missing (the rest of '{name}' is numbers)"
    elif again.sum() >= _OFTEN and 2 * np.count_nonzero(wrong) <= column.notna().sum():
        remedy = (
            f"leave the {again.sum()} cells with '{cell}' empty if the values are missing, or write the number that it "
            f"stands for; else pass over the column with {option('drop', name)}"
        )
    else:
        remedy = (
            f"drop it with {option('drop', name)}, or convert it (a column of dates is named with "
            f"{option('rename', name + '=time')})"
        )
    raise DataError(
        f"column '{name}' of {where} holds text: '{cell}' in {place(row)}",
        "every column but time and member must hold numbers",
        remedy,
    )


def _refuse_limits(name: str, column: pd.Series, wrong: np.ndarray, where: str, place: Place) -> None:
    """Refuse values of which only is known that they are below or above what could be measured."""
    cells = column.astype(str).loc[wrong]
    found = re.fullmatch(_LIMIT, cells.iloc[0])
    if found is None:
        return
    below = found[1] in "<\u2264"
    number = float(found[2].replace(",", "."))
    count = int(cells.str.fullmatch(_LIMIT).sum())
    raise DataError(
        f"column '{name}' of {where} holds '{cells.iloc[0].strip()}' in {place(int(np.argmax(wrong)))}, a limit and no "
        f"value ({_cells(count)} of this kind)",
        f"a cell is a number; without these rows only {'large' if below else 'small'} values would remain",
        f"write the limit there ({number:g})"
        + (f" or, of amounts that begin at zero, half of it ({number / 2:g})" if below and number > 0 else "")
        + ", and so on; pushes on a column in which one value is frequent may be refused, but it can be observed",
    )


def _refuse_units(name: str, column: pd.Series, cell: str, few: bool, where: str, row: str) -> None:
    """Refuse a number with a unit, a flag, a sign of a currency or one of percent beside it, or in brackets."""
    behind = re.fullmatch(_WITH_UNIT, cell)
    before = re.fullmatch(rf"\s*[-+]?\s*({_CURRENCY}|~|\u2248|ca?\.)\s*{_NUMBER}\s*", cell)
    if (within := re.fullmatch(rf"\s*[\[(]\s*({_NUMBER})\s*[\])]\s*", cell)) is not None:
        raise DataError(
            f"column '{name}' of {where} holds '{cell.strip()}' in {row}, a number in brackets",
            "a cell is a number and nothing else",
            f"write {within[1]} there, or -{within[1]} if brackets mean less than zero, as accounts have it, and so on",
        )
    if behind is None and before is None:
        return
    sign = (behind[2] if behind else before[1] if before else "").strip()
    signs = column.dropna().astype(str).str.extract(_WITH_UNIT)[1].dropna().str.strip().unique()
    if behind and len(signs) > 1:
        raise DataError(
            f"column '{name}' of {where} holds '{cell.strip()}' in {row}, and other cells with '{signs[1]}'",
            "all numbers of a column are in one unit, and flags of quality stand in a column of their own",
            "write the numbers alone if these are flags ('1.5A' as 1.5); of units write all out in one ('1.5M' as "
            f"1500000, say), or pass over them ({option('drop', name)})",
        )
    number = re.sub(r"\s", "", cell.replace(sign, "", 1))
    if re.fullmatch(r"[-+]?\d{1,3}([,'\u2019]\d{3})+\.\d+", number):
        number = re.sub(r"[,'\u2019]", "", number)
    raise DataError(
        f"column '{name}' of {where} holds '{cell.strip()}' in {row}, a number with '{sign}'",
        "all cells of a column have a percent sign, or none" if sign == "%" else "a cell is a number and nothing else",
        f"write {number} there, in the same unit as the rest of the column"
        if few
        else f"write {number} there, and so on (a unit may stand in the name of the column, a flag of quality in one "
        f"of its own), or pass over it with {option('drop', name)}",
    )
