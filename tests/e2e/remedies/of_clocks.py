"""Remedies for clocks, weeks and times without dates, for units in cells, and for names that are numbers."""

import numpy as np
import pandas as pd

from .following import Row, asks, edits, instead, takes, without, writes
from .records import ASKED, columns, csv, dataset, edited, frame, linear, same

OBSERVED = (*ASKED, "--observe", "x*2")


def _hours(table: pd.DataFrame) -> pd.DataFrame:
    """Days and hours from 1 to 24, of which one is 25."""
    count = np.arange(len(table))
    days = np.datetime_as_string(np.datetime64("2001-01-01") + count // 24)
    return table.assign(date=days, hour=np.where(count == 300, 25, count % 24 + 1)).drop(columns="time")


def _corrected(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(hour=table.hour.where(table.hour < 25, 13))


def _of_twelve(table: pd.DataFrame) -> pd.DataFrame:
    """Days, and hours from 1 to 12 twice a day."""
    times = pd.date_range("2001-01-01", periods=len(table), freq="h")
    return table.assign(date=times.strftime("%Y-%m-%d"), hour=(times.hour + 11) % 12 + 1).drop(columns="time")


def _with_halves(table: pd.DataFrame) -> pd.DataFrame:
    half = np.where(np.arange(len(table)) % 24 < 12, "AM", "PM")
    return table.assign(hour=[f"{hour} {of}" for hour, of in zip(table.hour, half, strict=True)])


def _weeks(table: pd.DataFrame) -> pd.DataFrame:
    weeks = pd.date_range("2001-01-01", periods=len(table), freq="7D").isocalendar()
    return table.assign(year=weeks.year.to_numpy(), week=weeks.week.to_numpy()).drop(columns="time")


def _of_52(table: pd.DataFrame) -> pd.DataFrame:
    """Weeks of which the last of 2001 is called the 53rd."""
    made = _weeks(table)
    made.loc[51, "week"] = 53
    return made


def _in_mm(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(x=[f"{value:.4f} mm" for value in table.x])


def _paid(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(y=[f"{'-' * (value < 0)}${abs(value):.4f}" for value in table.y])


def _in_percent(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(x=[f"{value:.4f}{'%' * (row != 7)}" for row, value in enumerate(table.x)])


def _named_2(table: pd.DataFrame) -> pd.DataFrame:
    return table.rename(columns={"y": "2"})


def _without_years(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(time=pd.date_range("1950-01-01", periods=len(table)).strftime("%b-%d"))


def _with_years(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(time=pd.date_range("1950-01-01", periods=len(table)).strftime("%d-%b-%Y"))


def _at_the_end_of_summer(table: pd.DataFrame, zone: str = "") -> pd.DataFrame:
    hours = pd.date_range("2018-10-01", periods=len(table), freq="h", tz="Europe/Berlin")
    return table.assign(time=hours.strftime(f"%Y-%m-%d %H:%M{zone}"))


def _zones_without_a_name(table: pd.DataFrame) -> pd.DataFrame:
    return _at_the_end_of_summer(table, " %Z").replace({"time": {"CE": "XX"}}, regex=True)


def _lag(text: str) -> tuple[str, ...]:
    return (*without(ASKED, "--max-lag"), "--max-lag", text)


def _lag_row(name: str, text: str) -> Row:
    return Row(name, csv(lambda t: t), _lag(text), "--max-lag 10", (instead("max-lag"),), linear())


def _with_holes(table: pd.DataFrame) -> pd.DataFrame:
    """What is left of a table of which a tenth of the rows was dropped, with the count of rows it had."""
    kept = np.random.default_rng(5).random(len(table)) > 0.1
    return table.drop(columns="time").reset_index().loc[kept]


ROWS: tuple[Row, ...] = (
    Row(
        "a count of rows with holes",
        csv(_with_holes),
        ASKED,
        "--rename index=time --gaps split",
        (takes("rename", "gaps"),),
        linear(),
    ),
    Row(
        "an hour that is none",
        csv(_hours),
        ASKED,
        "holds 25 in row 301",
        (edits("correct it", columns(_corrected)),),
        linear(),
    ),
    Row("a clock of twelve hours by steps", csv(_of_twelve), ASKED, "do not sort", (takes("steps"),), linear()),
    Row(
        "a clock of twelve hours",
        csv(_of_twelve),
        ASKED,
        "AM or PM behind the hours",
        (edits("AM or PM behind the hours", columns(_with_halves)),),
        linear(),
    ),
    Row("hours that are dropped", csv(_hours), ASKED, "--drop hour --steps", (takes("drop", "steps"),), linear()),
    Row(
        "a clock without days",
        csv(lambda t: t.assign(at="10:30").drop(columns="time")),
        ASKED,
        "--drop at",
        (takes("drop", "steps"),),
        linear(),
    ),
    Row(
        "years with their weeks",
        csv(lambda t: _weeks(t).assign(time=lambda w: 100 * w.year + w.week).drop(columns=["year", "week"])),
        (*without(ASKED, "--max-lag"), "--max-lag", "28"),
        "--rename time=yearweek",
        (takes("rename"),),
        linear(),
    ),
    Row("a week that is none", csv(_of_52), ASKED, "2001, week 53", (takes("steps"),), linear()),
    Row(
        "a week that is corrected",
        csv(_of_52),
        (*without(ASKED, "--max-lag"), "--max-lag", "28"),
        "correct the row",
        (edits("correct the row", columns(lambda t: t.assign(week=t.week.where(t.index != 51, 52)))),),
        linear(),
    ),
    Row(
        "months without dates",
        dataset(lambda d: d.assign_coords(time=("time", np.arange(d.sizes["time"]) * 1.0, {"units": "months"}))),
        ("respond", "a.nc", *ASKED[2:], "--anomaly", "month"),
        "--cycle 12",
        (asks("instead of --anomaly, with --cycle 12", lambda a: (*without(a, "--anomaly"), "--cycle", "12")),),
        linear(),
    ),
    Row(
        "a unit in cells",
        csv(_in_mm),
        ASKED,
        "a number with 'mm'",
        (edits("and so on", edited(lambda s: s.replace(" mm", ""))),),
        linear(),
    ),
    Row(
        "a unit in cells passed over",
        csv(lambda t: _in_mm(t).assign(z=t.x)),
        ("respond", "a.csv", "--push", "z", *ASKED[4:]),
        "--drop x",
        (takes("drop"),),
        same(lambda: frame().set_index("time").loc[:, ["y", "x"]].set_axis(["y", "z"], axis=1), push="z"),
    ),
    Row(
        "a sign of a currency",
        csv(_paid),
        ASKED,
        "a number with '$'",
        (edits("and so on", edited(lambda s: s.replace("$", ""))),),
        linear(),
    ),
    Row(
        "percent in some cells",
        csv(_in_percent),
        ASKED,
        "a percent sign, or none",
        (edits("and so on", edited(lambda s: s.replace("%", ""))),),
        linear(),
    ),
    Row(
        "a name that is a number",
        csv(_named_2),
        OBSERVED,
        "'x*`2`' with backquotes for the variable",
        (writes("--observe"),),
        same(lambda: frame().set_index("time"), observe=["x*y"]),
    ),
    Row(
        "a number that is a name",
        csv(_named_2),
        OBSERVED,
        "'x*2.0' for the number",
        (asks("'x*2.0' for the number", lambda a: (*a[:-1], "x*2.0")),),
        same(lambda: frame().set_index("time"), observe=["x*2"]),
    ),
    _lag_row("a lag in parsecs", "3 parsecs"),
    Row(
        "a lag below zero",
        csv(lambda t: t),
        _lag("-3"),
        "give --max-lag 3, without the sign",
        (instead("max-lag"),),
        linear(),
    ),
    Row(
        "days without years",
        csv(_without_years),
        ASKED,
        "Write years of four digits",
        (edits("Write years of four digits", columns(_with_years)),),
        linear(),
    ),
    Row("days without years by steps", csv(_without_years), ASKED, "give --steps", (takes("steps"),), linear()),
    Row(
        "zones without a name",
        csv(_zones_without_a_name),
        ASKED,
        "write offsets",
        (edits("write offsets", columns(lambda t: _at_the_end_of_summer(t, "%z"))),),
        linear(),
    ),
    _lag_row("no lag", "0"),
    _lag_row("a lag of all time", "1e9"),
    _lag_row("a lag without end", "inf"),
    _lag_row("a lag with a decimal comma", "1,5"),
)
