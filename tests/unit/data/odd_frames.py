"""Tables and arrays in memory as no one should make them: strategies for the laws that hold for every input."""

import datetime
import decimal
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

NAMES: list[Any] = [
    *("x", "y", "time", "member", "year", "month", "date", "index", "id", "", 0, 1, None, 2.5, ("a", "b"), np.nan, "X"),
    *(pd.Timestamp("2001"), True, "run", "level_0", "hour", "x y", "x[0]", "variable", "ä\n", b"x"),
]
DTYPES = [
    *("Int64", "boolean", "string", "category", "object", "complex128", "datetime64[ns]", "timedelta64[s]", "float16"),
    *("Float32", "Sparse[float]", "uint8", ">f8", "str", "period[D]", "decimal", "lists", "dates", "mixed", "zoned"),
]


def _index(draw: st.DrawFn, rows: int) -> Any:
    kind = draw(
        st.sampled_from(["range"] * 4 + ["dates"] * 3 + ["zoned", "periods", "deltas", "floats", "texts", "odd"])
    )
    start = draw(st.sampled_from(["1990-01-01", "2018-10-27", "1677-09-22", "2262-03-01", "0500-01-01"]))
    step = draw(st.sampled_from(["D", "h", "MS", "ME", "YE", "QE", "B", "2h", "17min", "s", "us", "W", "30D"]))
    name = draw(st.sampled_from([None, None, "time", "date", "member", "x", 0, ("a", 1)]))
    if kind == "range":
        return pd.RangeIndex(rows, name=name)
    if kind == "periods":
        span = draw(st.sampled_from(["D", "M", "Y", "Q", "W", "h"]))
        return pd.period_range("1990-01-01", periods=rows, freq=span, name=name)
    if kind == "deltas":
        return pd.timedelta_range("1 days", periods=rows, freq="6h", name=name)
    if kind == "floats":
        return pd.Index(np.arange(rows) * draw(st.sampled_from([0.1, -1.0, 1e300, np.nan])), name=name)
    if kind == "texts":
        form = draw(st.sampled_from(["2001-01-{:02d}", "row {}", "{}", "{}Q1", "2001M{}"]))
        return pd.Index([form.format(row + 1) for row in range(rows)], name=name)
    if kind == "odd":
        values = [
            [row % 2, None, "x", 1.5, datetime.date(2001, 1, 1)][row % draw(st.integers(1, 5))] for row in range(rows)
        ]
        return pd.Index(values, name=name)
    zone = draw(st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns"])) if kind == "zoned" else None
    dates = pd.date_range("2018-10-27" if zone else start, periods=rows, freq=step, unit="us", tz=zone, name=name)
    fault = draw(st.sampled_from(["none"] * 5 + ["back", "twice", "missing", "object"]))
    if fault == "back":
        return dates[::-1]
    if fault == "object":
        return pd.Index([date.date() for date in dates], name=name)
    if fault != "none" and rows > 3:
        others = dates.to_list()
        others[rows // 2] = others[rows // 2 - 1] if fault == "twice" else pd.NaT
        return pd.Index(others, name=name)
    return dates


def _column(draw: st.DrawFn, rows: int) -> Any:
    noise = np.random.default_rng(draw(st.integers(0, 3)))
    values: Any = draw(
        st.sampled_from([noise.standard_normal(rows)] * 3 + [np.arange(rows), np.ones(rows), np.full(rows, np.nan)])
    )
    if draw(st.integers(0, 3)):
        return values
    kind = draw(st.sampled_from(DTYPES))
    whole = np.nan_to_num(np.rint(values)).astype(np.int64)
    made: dict[str, Any] = {
        "decimal": lambda: [decimal.Decimal(str(value)) for value in values],
        "lists": lambda: [[1, 2]] * rows,
        "dates": lambda: [datetime.date(2001, 1, 1) + datetime.timedelta(int(value)) for value in whole],
        "mixed": lambda: [[1.0, "x", None, "2.5", True, 1j][row % draw(st.integers(1, 6))] for row in range(rows)],
        "zoned": lambda: pd.date_range("2001", periods=rows, tz="UTC"),
        "period[D]": lambda: pd.period_range("2001", periods=rows, freq="D"),
        "Int64": lambda: pd.array([None if value > 1 else int(value) for value in whole], dtype="Int64"),
        "boolean": lambda: pd.array([None if value > 1 else value > 0 for value in whole], dtype="boolean"),
        "uint8": lambda: whole.astype("uint8"),
        "datetime64[ns]": lambda: whole.astype("datetime64[D]").astype("datetime64[ns]"),
        "timedelta64[s]": lambda: whole.astype("timedelta64[s]"),
    }
    return made[kind]() if kind in made else pd.Series(values).astype(kind)


@st.composite
def tables_in_memory(draw: st.DrawFn) -> Any:
    """A DataFrame, a Series, arrays of several kinds, or lists of these."""
    rows = draw(st.sampled_from([0, 1, 2, 4, *[60] * 6]))
    columns = [
        pd.Series(_column(draw, rows), dtype=object if rows == 0 else None) for _ in range(draw(st.integers(1, 3)))
    ]
    names = ["x", "y", "z"][: len(columns)]
    if draw(st.booleans()):
        names = [draw(st.sampled_from(NAMES)) for _ in columns]
    index = _index(draw, rows)
    table = pd.concat([column.set_axis(index) for column in columns], axis=1).set_axis(
        pd.Index(names, dtype=object), axis=1
    )
    form = draw(
        st.sampled_from(["frame"] * 6 + ["series", "runs", "wide", "numpy", "masked", "records", "list", "dataset"])
    )
    if form == "series":
        return table.iloc[:, 0]
    if form == "runs":
        return pd.concat({"a": table, draw(st.sampled_from(["b", 1, None])): table if rows > 4 else table.head(1)})
    if form == "wide":
        return table.T
    if form == "numpy":
        return draw(
            st.sampled_from([table.to_numpy(), table.to_numpy()[:, :1].T, np.zeros((2, 2, 2, 2)), np.array("x")])
        )
    if form == "masked":
        return np.ma.masked_invalid(np.random.default_rng(0).standard_normal((rows, 2)))
    if form == "records":
        return np.zeros(rows, dtype=[("time", float), ("x", draw(st.sampled_from(["f8", "i4", "U3", "O", "?"])))])
    if form == "list":
        other = draw(
            st.sampled_from([table, table.head(3), table.iloc[:, :1], 3, "x", None, [table], table.to_numpy()])
        )
        return [table, other] if draw(st.booleans()) else [other]
    if form == "dataset":
        return table.rename_axis("time").to_xarray() if table.columns.is_unique and table.index.nlevels == 1 else table
    return table
