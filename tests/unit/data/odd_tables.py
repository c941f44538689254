"""Text tables as no one should write them: strategies for the laws that hold for every input."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from scipy.signal import lfilter

HEADERS = [
    *("time", "Time", "x", "y", "z", "member", "year", "month", "day", "hour", "date", "index", "id", "", " ", "x y"),
    *(
        '"x"',
        '"x,y"',
        '"line\nend"',
        "'",
        "#",
        "1",
        "2.5",
        "nan",
        "NA",
        "ä",
        "\u2603",
        "x\u0301",
        "time (days)",
        "x[0]",
    ),
    *("Jan", "Unnamed: 0", "run", "number", "log(x)", "%", "\\", "x/y", "time [days since 2000-01-01]", "decimal_year"),
]
DATES = [
    *("%Y-%m-%d", "%Y%m%d", "%Y-%m", "%Y%m", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y-%m-%dT%H:%M:%SZ"),
    *("%Y-%m-%d %H:%M", "%b %Y", "%Y", "%j", "%H:%M", "%Y-%m-%dT%H:%M:%S+02:00", "%yQ1", "%Y:%m", "%s"),
    *("%d-%b-%y", "%y-%m-%d", "%b-%y", "%m/%d/%y %H:%M", "%c", "%Y-%m-%d %H:%M CET", "%H:%M %d/%m/%Y", "%y%m%d"),
]
CELLS = [
    *("", " ", "0", "1", "-1", "1e20", "1e308", "1e309", "-1e400", "inf", "-inf", "nan", "NaN", "NA", ".", "-", "***"),
    *(
        "-99.99",
        "9.96921e36",
        "1,5",
        "1.234,5",
        "1,234.5",
        "1 000",
        "true",
        "False",
        "text",
        "0x1F",
        "1_000",
        "1e",
        "e5",
        "T",
        "1.2A",
        "0.5e",
        "<0.5",
        "(1.5)",
    ),
    *(
        '"',
        '"1"',
        '"1',
        "\u22121",
        "\u00b5",
        "\u0663",
        "2001-02-30",
        "9999-12-31",
        "0000-00-00",
        "300000-01-01",
        "24:00",
    ),
    *(
        "1+2j",
        "5e-324",
        "99999999999999999999999",
        "-0",
        "+1",
        "1.",
        ".5",
        "1..2",
        "#N/A",
        "#",
        "None",
        "[1, 2]",
        "\x00",
    ),
]
KINDS = [*["noise"] * 5, "count", "dates", "dates", "same", "bits", "blocks", "turns", "cells"]
SEPARATORS = [",", ";", "\t", "|", " ", "  ", ", ", ",,", ":"]
ENCODINGS = ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp037"]
ENDS = ["\n", "\r\n", "\r", "\n\n", "\x0b", "\u2028"]
LINES = [
    "# a comment",
    "#",
    "",
    ",,",
    "units,m,s",
    "-----",
    "a title",
    "Transform:,5,5",
    "[1 rows x 2 columns]",
    '"',
    ";",
]


def _columns(draw: st.DrawFn, rows: int) -> list[list[str]]:
    """A header and the cells below it, column by column."""
    noise = np.random.default_rng(draw(st.integers(0, 3)))
    start = np.datetime64(draw(st.sampled_from(["1990-01-31", "2000-01-01", "0001-01-01", "2399-12-01"])), "s")
    step = draw(st.sampled_from([1, 3600, 86400, 7 * 86400, 30 * 86400, 365 * 86400, -86400]))
    dates = (start + step * np.arange(rows)).tolist()
    columns = []
    usual = ["x", "y", "z", "u", "v"]
    for place in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(KINDS))
        name = usual[place]
        if draw(st.integers(0, 3)) == 0:
            name = draw(st.one_of(st.sampled_from(HEADERS), st.text(max_size=5)))
        if kind == "dates":
            form = draw(st.sampled_from(DATES))
            name, cells = draw(st.sampled_from(["time", "date", name])), [_text(date, form) for date in dates]
        elif kind == "cells":
            some = draw(st.lists(st.sampled_from(CELLS), min_size=1, max_size=4))
            cells = [some[row % len(some)] for row in range(rows)]
        else:
            made: Any = {
                "noise": noise.standard_normal(rows).round(draw(st.integers(0, 6))),
                "count": np.arange(rows),
                "same": np.full(rows, 3.5),
                "bits": noise.integers(0, 2, rows),
                "blocks": np.arange(rows) // max(1, rows // 2),
                "turns": np.arange(rows) % 2,
            }[kind]
            cells = [str(value) for value in made]
        columns.append([name, *cells])
    return columns


def _text(date: Any, form: str) -> str:
    """A date as text; before the year 1 NumPy has numbers for it."""
    return date.strftime(form) if hasattr(date, "strftime") else str(date)


@st.composite
def usable_tables(draw: st.DrawFn) -> bytes:
    """Tables most of which make a record of 200 steps, with at most one odd cell and at most one odd column."""
    noise = np.random.default_rng(draw(st.integers(0, 9)))
    days = np.datetime64("2001-01-01") + np.arange(200)
    times = {"": [], "time": np.arange(200) / 10, "date": days, "year": 1801 + np.arange(200)}
    name = draw(st.sampled_from(sorted(times)))
    columns = [[name, *map(str, times[name])]] if name else []
    for name in ("x", "y", "z")[: draw(st.integers(1, 3))]:
        values = lfilter([1], [1, -draw(st.sampled_from([0.0, 0.8, 0.8, 0.99]))], noise.standard_normal(200))
        if draw(st.integers(0, 4)) == 0:
            shape = draw(
                st.sampled_from(
                    [
                        np.exp,
                        np.abs,
                        np.sign,
                        np.rint,
                        np.cbrt,
                        np.cumsum,
                        np.sinh,
                        np.sort,
                        np.isnan,
                        np.positive,
                        np.positive,
                    ]
                )
            )
            with np.errstate(all="ignore"):
                values = shape(np.multiply(draw(st.sampled_from([1, 1, 1e-3, 30, 1e-50, 1e50, 1e100])), values))
        columns.append([name, *map(str, values)])
    grid = [list(row) for row in zip(*columns, strict=True)]
    if draw(st.integers(0, 3)) == 0:
        grid[draw(st.integers(1, 200))][-1] = draw(st.sampled_from(CELLS))
    return "\n".join(",".join(row) for row in grid).encode()


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """The bytes of a file: nothing, anything, or a table with some faults."""
    if draw(st.integers(0, 19)) == 0:
        return draw(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(lambda text: text.encode())))
    rows = draw(st.sampled_from([0, 1, 2, 5, 60, 60, 60, 60, 60]))
    grid = [list(row) for row in zip(*_columns(draw, rows), strict=True)]
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2, 4]))):
        row = grid[draw(st.integers(0, len(grid) - 1))]
        fault = draw(st.sampled_from(["cell", "short", "long", "line", "double", "swap"]))
        if fault == "cell" and row:
            row[draw(st.integers(0, len(row) - 1))] = draw(st.sampled_from(CELLS))
        elif fault == "short" and row:
            row.pop()
        elif fault == "long":
            row.append(draw(st.sampled_from(CELLS)))
        elif fault == "line":
            grid.insert(draw(st.integers(0, len(grid))), [draw(st.sampled_from(LINES))])
        elif fault == "double":
            grid.insert(draw(st.integers(0, len(grid))), list(row))
        else:
            row.reverse()
    separator = draw(st.sampled_from(SEPARATORS if draw(st.integers(0, 3)) == 0 else [","]))
    text = draw(st.sampled_from(ENDS if draw(st.integers(0, 4)) == 0 else ["\n"])).join(
        separator.join(row) for row in grid
    )
    if draw(st.integers(0, 14)) == 0:
        text = text.replace(".", ",")
    encoding = draw(st.sampled_from(ENCODINGS)) if draw(st.integers(0, 4)) == 0 else "utf-8"
    content = text.encode(encoding, "replace")
    return mutated(draw, content) if draw(st.integers(0, 6)) == 0 else content


def mutated(draw: st.DrawFn, data: bytes) -> bytes:
    """Bytes of which some are lost, doubled, swapped or others."""
    for _ in range(draw(st.integers(1, 3))):
        place, size = draw(st.integers(0, len(data))), draw(st.sampled_from([1, 2, 8, 64, 4096]))
        piece = data[place : place + size]
        kind = draw(st.sampled_from(["lost", "doubled", "swapped", "zeros", "other", "cut"]))
        if kind == "cut":
            data = data[:place]
            continue
        new = {"lost": b"", "doubled": piece + piece, "swapped": piece[::-1], "zeros": bytes(len(piece))}.get(kind)
        new = draw(st.binary(min_size=1, max_size=4)) if new is None else new
        data = data[:place] + new + data[place + size :]
    return data
