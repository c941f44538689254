"""Text tables as they are brought: encoding, comments, separator, decimal sign, units and empty rows.

How a file is written is found in its first lines, and pandas parses it. What was understood beyond the plain form,
values between commas with a decimal point in UTF-8, is said in notes.
"""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...core import DataError
from ._across import refuse_days_across, refuse_years_across, years_across

_HEAD = 60
_SEPARATORS = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars", " ": "blanks"}
_GAPS = (".", "..", "...", "-", "--", "---", "*", "**", "***", "****", "?", "/", "//", "///", "////", ":", "M", "MM")
_GAPS += ("na", "NAN", "Nan", "-NAN", "N.A.", "n.a.", "none", "NONE", "Null", "nil", "nd", "ND", "n.d.", "missing")
_GAPS += ("Missing", "MISSING", "No Data", "no data", "NoData", "NODATA", "#VALUE!", "#REF!", "#DIV/0!", "#NUM!")
"""Words for a missing value beside those that pandas knows."""

_COMMA = r"[-+]?\d+(?:,\d+)+"
_DECIMAL_COMMA = r"[-+]?(?:0\d*,\d+|\d{4,},\d+|\d+,(?:\d{1,2}|\d{4,}))"
"""What cannot be a number with a comma between thousands."""

_YEAR_ABOVE, _YEARS = r"((?:1[5-9]|20)\d{2})(?: \[YR\d{4}\])?", 10
_PANDAS = tuple(int(part) for part in pd.__version__.split(".")[:2])
# Later versions read every number exactly and deprecate the option to ask for it.
_EXACT: dict[str, Any] = {} if _PANDAS >= (3, 1) else {"float_precision": "round_trip"}
_MINUS = "\u2212|(?<![\\w.])[\u2012\u2013\uff0d](?=[\\d.,])"
"""The minus sign, and dashes in its place."""

_CONTROLS = bytes([*range(9), *range(14, 32)])
_HEADER = "the first line must name the columns, each once"


@dataclass(frozen=True)
class Table:
    """The columns of a file, by position, with the names that stand above them and what was understood."""

    columns: pd.DataFrame
    names: list[str]
    notes: list[str]
    first_line: int
    """Line of the file in which the first row stands, from 1; 0 where lines were passed over among the rows."""


def read_table(path: Path) -> Table:
    """The table in a text file; columns of numbers are numbers.

    Raises:
        DataError: The file is no table below one header, or one of years by months.
    """
    text, notes = _decoded(path)
    text, count = re.subn(_MINUS, "-", text)
    if count:
        notes.append("typographic minus signs are read as '-'")
    lines = text.split("\n")
    comments = [line for line in lines if _is_comment(line)] if "#" in text else []
    if comments:
        lines = [line for line in lines if not _is_comment(line)]
        notes.append(f"{len(comments)} comment line{'' if len(comments) == 1 else 's'} passed over")
    lines, joined = _whole_header(lines)
    places = [place for place, line in enumerate(lines[: 4 * _HEAD]) if line.strip()][:_HEAD]
    separator = _separator([lines[place] for place in places])
    rows = [_cells(lines[place], separator) for place in places]
    if not rows:
        raise DataError(f"'{path.name}' does not start with a header", _HEADER, "add a header such as 'time,x,y'")
    _refuse_years_by_months(rows, path)
    refuse_days_across(rows, path.name)
    _refuse_preamble(rows, separator, path)
    names, first = _names(rows, comments, separator, path, notes)
    start = places[first] if first < len(places) else len(lines)
    if separator != ",":
        notes.append(f"columns separated by {_SEPARATORS[separator]}")
    decimal = _decimal([cell for row in rows[first:] for cell in row], separator)
    if decimal == ",":
        notes.append("decimal commas")
    names = _surplus(names, rows[first:], path)
    columns = _parsed(lines, start, len(names), separator, decimal, path)
    empty = columns.isna().all(axis=1).to_numpy()
    if len(empty) and empty[-1]:
        last = len(empty) - int(np.argmin(empty[::-1])) if not empty.all() else 0
        notes.append(f"{len(empty) - last} empty rows at the end passed over")
        columns = columns.head(last)
    nowhere = columns.isna().all().to_numpy()
    unnamed = [place for place, name in enumerate(names) if not name and nowhere[place]]
    if unnamed and len(unnamed) < len(names):
        notes.append(f"{len(unnamed)} empty column{'' if len(unnamed) == 1 else 's'} passed over")
        kept = [place for place in range(len(names)) if place not in unnamed]
        names = [names[place] for place in kept]
        columns = columns.iloc[:, kept].set_axis(range(len(kept)), axis=1)
    while len(lines) > start and not lines[-1].strip():
        lines.pop()
    plain = not comments and len(lines) - start == len(empty)  # no blank line among the rows
    return Table(columns, names, notes, start + joined + 1 if plain else 0)


def _decoded(path: Path) -> tuple[str, list[str]]:
    data = path.read_bytes()
    notes: list[str] = []
    try:
        zeros = data[:1000].count(0) > len(data[:1000]) / 4  # of UTF-16 without a mark
        if zeros or data.startswith((b"\xff\xfe", b"\xfe\xff")):
            text = data.decode("utf-16-be" if zeros and data[:1] == b"\0" else "utf-16")
            notes = ["text in UTF-16"]
        else:
            text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
        notes = ["text in Windows-1252 (Latin-1), for it is not in UTF-8"]
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\x1a")
    plain = text.encode()
    control = len(plain.translate(None, _CONTROLS)) < len(plain)
    if control or "\ufffd" in text or ("\n" not in text and not text.replace("\t", " ").rstrip().isprintable()):
        raise DataError(
            f"'{path.name}' is not a text file in UTF-8, UTF-16 or Latin-1",
            "a CSV file with a header and numbers is needed",
            "export the record as comma-separated values in UTF-8",
        )
    return text, notes


def _whole_header(lines: list[str]) -> tuple[list[str], int]:
    """The lines with the first one whole, if a name in quotation marks goes on below, over how many further ones."""
    first = next((place for place, line in enumerate(lines) if line.strip()), 0)
    for last in range(first, min(first + _HEAD, len(lines))):
        header = " ".join(lines[first : last + 1])
        if header.count('"') % 2 == 0:
            return [*lines[:first], header, *lines[last + 1 :]], last - first
    return lines, 0


def _is_comment(line: str) -> bool:
    """Whether a line begins with '#', in quotation marks perhaps, as spreadsheets write one with commas."""
    return line.lstrip(' \t"').startswith("#")


def _separator(head: list[str]) -> str:
    """The mark that cuts the most lines into the same number of parts, two or more, the last of which may be empty."""
    best, most = ",", 0.4 * len(head)
    for mark in _SEPARATORS:
        rows = [_cells(line, mark) for line in head]
        widths = [len(_trimmed(row)) for row in rows]
        full = [width for width in widths if width > 1]
        usual = max(set(full), key=full.count) if full else 0
        count = sum(usual in (len(row), width) for row, width in zip(rows, widths, strict=True))
        if usual and count > most:
            best, most = mark, count
    return best


def _cells(line: str, separator: str) -> list[str]:
    if separator == " ":
        return line.split()
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])]
    except csv.Error:
        return [line]


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells


def is_number(text: str) -> bool:
    """Whether a cell is a number, with a point or a comma before its decimals."""
    try:
        float(text.replace(",", ".", 1))
    except ValueError:
        return False
    return True


def _given(row: list[str]) -> list[str]:
    """The cells that hold something, and no word for a missing value."""
    return [
        cell for cell in row if cell and cell not in _GAPS and cell.lower() not in ("nan", "na", "n/a", "null", "none")
    ]


def _is_text(row: list[str]) -> bool:
    """Whether a row has words and no number."""
    words = _given(row)
    return bool(words) and not any(cell[:1].isdigit() or is_number(cell) for cell in words)


def _refuse_preamble(rows: list[list[str]], separator: str, path: Path) -> None:
    """Refuse lines of fewer cells above the line that names the columns."""
    widths = [len(_trimmed(row)) for row in rows]
    usual = max(set(widths), key=widths.count)
    header = next((place for place, row in enumerate(rows) if widths[place] == usual and _is_text(row)), 0)
    if widths[0] < usual and header:
        raise DataError(
            f"the first line of '{path.name}' is '{separator.join(rows[0])[:60]}', and the columns are named below it: "
            f"'{separator.join(rows[header])[:60]}'",
            _HEADER,
            "delete the lines before the header, or start each of them with '#'",
        )


def _names(
    rows: list[list[str]], comments: list[str], separator: str, path: Path, notes: list[str]
) -> tuple[list[str], int]:
    """Names of the columns, from the header or a comment in its place, and which line is the first row."""
    header = rows[0]
    given = _given(header)
    if all(is_number(cell) or re.match(r"\d{1,4}[-./]\d{1,2}[-./]\d", cell) for cell in given or header if cell):
        named = [_cells(comment.lstrip("# \t"), separator) for comment in comments[-2:]]
        # Buoys name the columns in one comment line (YY MM DD) and give the units in the next one (yr mo dy).
        in_two = len(named) == 2 and len(named[0]) == len(named[1]) and named[0][:1] in (["YY"], ["YYYY"])
        named = named[0 if in_two else -1] if named else []
        if len(named) != len(_trimmed(header)) or any(is_number(name) for name in named):
            raise DataError(
                f"the first line of '{path.name}' holds numbers ({', '.join(header[:3])})",
                _HEADER,
                "add a header such as 'time,x,y'",
            )
        notes.append(f"names of the columns from the last comment line ({', '.join(named[:4])})")
        return named, 0
    first = next((place for place, row in enumerate(rows) if place and not _is_text(row)), len(rows))
    if first == len(rows):
        return header, 1
    if first == 2 and len(rows[1]) == len(header):
        notes.append(f"the second line is taken for units ({', '.join(rows[1][:4])})")
    elif first > 1:
        raise DataError(
            f"'{path.name}' has {first} lines of text before its first row of numbers: the first is "
            f"'{separator.join(header)[:60]}', the last '{separator.join(rows[first - 1])[:60]}'",
            "one line must name the columns, and a second one may give their units",
            "keep the line that names the columns, and delete the others above the first row of numbers, or start each "
            "of them with '#'",
        )
    return header, first


def _surplus(names: list[str], rows: list[list[str]], path: Path) -> list[str]:
    """The names, with empty ones for what trailing separators make; pandas would take surplus columns for labels."""
    width = max((len(_trimmed(row)) for row in rows[:1]), default=0)
    if width > len(names):
        raise DataError(
            f"the first row of '{path.name}' has {width} values under {len(names)} names",
            "every row needs as many values as the header has names",
            "name or drop the other columns; if the commas are those of decimals (12,34), write the file with "
            "semicolons between the values, or with decimal points",
        )
    widths = [len(row) for row in rows if len(_trimmed(row)) <= len(names)]
    return names + [""] * (max(widths, default=0) - len(names))


def _decimal(cells: list[str], separator: str) -> str:
    if separator == "," or any(re.fullmatch(r"[-+]?\d*\.\d+", cell) for cell in cells):
        return "."
    return "," if any(re.fullmatch(r"[-+]?\d+,\d+", cell) for cell in cells) else "."


def _parsed(lines: list[str], start: int, width: int, separator: str, decimal: str, path: Path) -> pd.DataFrame:
    if start >= len(lines):
        return pd.DataFrame(columns=range(width))
    try:
        return pd.read_csv(
            io.StringIO("\n".join(lines)),
            sep=r"\s+" if separator == " " else separator,
            decimal=decimal,
            names=range(width),
            header=None,
            skiprows=start,
            na_values=_GAPS,
            low_memory=False,
            skipinitialspace=True,
            **_EXACT,
        )
    except (ValueError, OverflowError) as error:
        raise DataError(
            f"'{path.name}' cannot be read as a table ({str(error).strip()})",
            "every row needs as many values as the header has names",
            "correct the rows that differ",
        ) from error


def comma_numbers(texts: list[pd.Series]) -> str | None:
    """What commas in columns of text are: ``"decimal"``, or a cell that cannot be told; None where there are none."""
    doubtful = None
    decided = False
    for column in texts:
        cells = column.dropna().astype(str).str.strip()
        with_comma = cells[cells.str.fullmatch(_COMMA)]
        if with_comma.empty:
            continue
        decided = decided or bool(with_comma.str.fullmatch(_DECIMAL_COMMA).any())
        twice = with_comma[with_comma.str.count(",") > 1]
        if len(twice):
            return str(twice.iloc[0])
        doubtful = doubtful or str(with_comma.iloc[0])
    return "decimal" if decided else doubtful


def _refuse_years_by_months(rows: list[list[str]], path: Path) -> None:
    """Refuse a table with a row for each year and a column for each month, and one with a column for each year."""
    across = [int(found[1]) for found in (re.fullmatch(_YEAR_ABOVE, cell) for cell in rows[0]) if found]
    if len(across) >= _YEARS and across == list(range(across[0], across[0] + len(across))):
        raise DataError(
            f"'{path.name}' has a column for each year from {across[0]} to {across[-1]}",
            "a row for each time is needed, in the order in which they came, and a column for each variable",
            "turn the table: write a row for each year, with a column 'year' and one for each series",
        )
    years = [row[0] for row in rows if len(row) == 13 and all(is_number(cell) for cell in row)]
    count = len(years)
    numbered = count >= 2 and len(rows[0]) in (2, 13) and all(is_number(cell) for cell in rows[0])
    numbered = numbered and all(re.fullmatch(r"[12]\d{3}", year) for year in years)
    refuse_years_across(rows[0], f"'{path.name}'", years)
    if numbered and int(years[-1]) - int(years[0]) == count - 1:
        raise years_across("month", f"'{path.name}'", years)
