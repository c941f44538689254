"""Tables as people bring them: what is understood, what is said of it, and what is refused by its place."""

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fluctua.core import DataError
from fluctua.data import Record, read_record, validate
from fluctua.verbs import to_record

STEPS = 240
VALUES = np.random.default_rng(0).standard_normal((STEPS, 2)).round(3)
DAYS = [datetime.date(2001, 1, 1) + datetime.timedelta(days=day) for day in range(STEPS)]
MONTHS = [(1990 + month // 12, 1 + month % 12) for month in range(STEPS)]


def read(folder: Path, text: str | bytes, name: str = "a.csv") -> Record:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_record(path)


def written(separator: str = ",", decimal: str = ".", header: str = "time,x,y", date: str = "%Y-%m-%d") -> str:
    lines = [header.replace(",", separator)]
    for day, row in zip(DAYS, VALUES, strict=True):
        cells = [f"{value:.3f}".replace(".", decimal) for value in row]
        quoted = [f'"{cell}"' if decimal == separator else cell for cell in cells]
        lines.append(separator.join([day.strftime(date), *quoted]))
    return "\n".join(lines) + "\n"


PLAIN = written()
HEADER, BODY = PLAIN.split("\n", 1)

UNDERSTOOD: dict[str, tuple[str | bytes, str]] = {
    "plain": (PLAIN, ""),
    "byte-order mark, Windows line ends": (("\ufeff" + PLAIN).replace("\n", "\r\n"), ""),
    "blank lines at the end": (PLAIN + "\n\n \n", ""),
    "empty rows at the end": (PLAIN + ",,\n" * 10, "10 empty rows at the end"),
    "separators at the end": ("\n".join(line + "," for line in PLAIN.splitlines()), "1 empty column"),
    "comments": ("# one, two\n#\n# three\n" + PLAIN, "3 comment lines"),
    "comments as spreadsheets write them": ('"# one, two"\n  # three\n' + PLAIN, "2 comment lines"),
    "names in a comment": ("# made by hand\n# time, x, y\n" + BODY, "names of the columns from the last comment line"),
    "units": (f"{HEADER}\n,degC,m/s\n{BODY}", "second line is taken for units"),
    "tabs": (written("\t"), "separated by tabs"),
    "blanks": (written("   "), "separated by blanks"),
    "semicolons": (written(";"), "separated by semicolons"),
    "European": (
        written(";", ",", "Datum,x,y", "%d.%m.%Y"),
        "decimal commas; times such as 01.01.2001 read with the day",
    ),
    "quoted decimal commas": (written(",", ","), "decimal commas"),
    "month first": (written(date="%m/%d/%Y"), "with the month before day"),
    "typographic minus": (PLAIN.replace("-0.", "\u22120."), "minus"),
    "dashes as minus": (PLAIN.replace("-0.", "\u20130."), "minus"),
    "old line ends, an end mark": (PLAIN.replace("\n", "\r") + "\x1a", ""),
    "UTF-16 without a mark": (PLAIN.encode("utf-16-le"), "UTF-16"),
    "Latin-1": (written(header="time,x,y").encode() + "2001-08-29,0.5,0.25\n# °".encode("latin-1"), "Latin-1"),
    "UTF-16": (PLAIN.encode("utf-16"), "UTF-16"),
    "unit of time": (PLAIN.replace("time", "Time [UTC]"), ""),
    "a row counter": (
        "\n".join(f"{k - 1 if k else ''},{line}" for k, line in enumerate(PLAIN.splitlines())),
        "it counts",
    ),
    "whole numbers as dates": (written(date="%Y%m%d"), "such as 20010101 are read as dates"),
    "a date beside its clock": (
        "\n".join(
            line.replace("time", "Date,Time") if not k else line.replace(",", ",12:30:00,", 1)
            for k, line in enumerate(PLAIN.splitlines())
        ),
        "the time is 'Date' with the clock beside it",
    ),
    "a local time": (PLAIN.replace("time", "Local time"), "the time is 'Local time'"),
    "dates in a column of any name": (PLAIN.replace("time", "valid"), "the time is 'valid'"),
    "dates in a column without a name": (PLAIN.replace("time", ""), "the time is column 1, which has no name"),
    "dates beside those of the end": (
        "\n".join(
            line.replace("time", "TIMESTAMP_START,TIMESTAMP_END")
            if not k
            else f"{line[:8]}0000,{line[:8]}2359{line[8:]}"
            for k, line in enumerate(written(date="%Y%m%d").splitlines())
        ),
        "the time is 'TIMESTAMP_START'",
    ),
    "the day of the year behind the year": (written(date="%Y%j"), "such as 2001001 are read as dates"),
    "months by name before the day": (written(date='"%b %d, %Y"'), ""),
    "months by name and a clock": (written(date="%d-%b-%Y 12:30:00"), ""),
    "the day of the week before the date": (written(date='"%A, %d %B %Y"'), ""),
    "day, month and year between blanks": (written(date="%d %m %Y 00:00"), "with the day before month"),
    "exponents as Fortran has them": (
        HEADER
        + "\n"
        + "\n".join(f"{day},{x:.9E},{y:.9E}".replace("E", "D") for day, (x, y) in zip(DAYS, VALUES, strict=True)),
        "",
    ),
    "a date by its name": (PLAIN.replace("time", "observation_date"), "the time is 'observation_date'"),
}


@pytest.mark.parametrize("case", UNDERSTOOD)
def test_tables_are_understood(case: str, tmp_path: Path) -> None:
    text, said = UNDERSTOOD[case]
    record = read(tmp_path, text)
    assert (record.names, record.dt, record.time_units) == (("x", "y"), 1.0, "days")
    np.testing.assert_array_equal(record.values[0, :STEPS], VALUES)
    assert said in "; ".join(record.notices)
    assert bool(said) == bool(record.notices)


def calendar(form: str, header: str) -> str:
    """A monthly table; ``form`` writes its calendar from year, month and quarter."""
    rows = [
        form.format(year=year, month=month, decimal=f"{year + (month - 0.5) / 12:.3f}") + f",{x},{y}"
        for (year, month), (x, y) in zip(MONTHS, VALUES, strict=True)
    ]
    return "\n".join([f"{header},x,y", *rows])


@pytest.mark.parametrize(
    ("form", "header"),
    [
        ("{year},{month}", "year,month"),
        ("{year}.0,{month}.0", "Year,Mon"),
        ("{year},{month},{decimal}", "year,month,decimal date"),
        ("{year}-{month:02d},{year},{month}", "time,year,month"),
        ("{year}{month:02d}", "time"),
        ("{year}{month:02d}", "date"),
        ("{year}M{month:02d}", "date"),
        ("{month}/1/{year}", "sasdate"),
        ("01.{month:02d}.{year}", "Datum"),
        ("{year},{month},1,0", "yr,mo,dd,hr"),
    ],
)
def test_calendars_make_dates_and_no_states(form: str, header: str, tmp_path: Path) -> None:
    record = read(tmp_path, calendar(form, header))
    assert (record.names, record.dt, record.time_units) == (("x", "y"), 1.0, "months")
    assert record.time_label(13).startswith("1991-02-01")
    assert record.notices


@pytest.mark.parametrize("first", ["1.5", "MM"])
def test_buoys_name_their_columns_in_the_first_of_two_comments(first: str, tmp_path: Path) -> None:
    times = pd.date_range("2001-01-01", periods=STEPS, freq="10min")
    rows = [f"{time:%Y %m %d %H %M} {x:7.3f}  {y:7.3f}" for time, (x, y) in zip(times, VALUES, strict=True)]
    rows[0] = f"2001 01 01 00 00 {first} 0.5"
    text = "\n".join(["#YY  MM DD hh mm  WSPD  PRES", "#yr  mo dy hr mn  m/s   hPa", *rows])
    (tmp_path / "a.txt").write_text(text)
    record = read_record(tmp_path / "a.txt", gaps="split" if first == "MM" else None)
    assert (record.names, record.time_units) == (("WSPD", "PRES"), "minutes")
    assert record.dt == 10.0
    np.testing.assert_array_equal(record.values[0, -5:], VALUES[-5:])


@pytest.mark.parametrize("labels", [("US1", "US2"), (10147, 10148)])
@pytest.mark.parametrize("in_turns", [False, True])
def test_series_in_one_column_are_told_by_their_labels(labels: tuple, in_turns: bool, tmp_path: Path) -> None:
    parts = [pd.DataFrame({"station": label, "date": DAYS, "x": VALUES[:, k]}) for k, label in enumerate(labels)]
    table = pd.concat(parts)
    if in_turns:
        table = table.sort_values("date", kind="stable")
    with pytest.raises(DataError, match=r"2 series in the same columns, which 'station' .*Give --member station if"):
        read(tmp_path, table.to_csv(index=False))
    record = read_record(tmp_path / "a.csv", member="station")
    np.testing.assert_array_equal(record.values[..., 0], VALUES.T)


@pytest.mark.parametrize("form", ["{}", "{} [YR{}]"])
def test_a_column_for_each_year_is_no_record(form: str, tmp_path: Path) -> None:
    header = ",".join(["Country Name", *(form.format(year, year) for year in range(1960, 1990))])
    rows = [",".join([f"C{k}", *(f"{v:.3f}" for v in row)]) for k, row in enumerate(VALUES[:180].reshape(-1, 30))]
    with pytest.raises(DataError, match=r"a column for each year from 1960 to 1989.*a row for each year"):
        read(tmp_path, "\n".join([header, *rows]))


def test_numbers_in_units_of_their_own_are_written_out(tmp_path: Path) -> None:
    lines = [f"{line},{abs(3 * k - 9) + 1}.5{'MK'[k % 2]}" for k, line in enumerate(BODY.splitlines())]
    with pytest.raises(DataError, match=r"holds '10\.5M' .*other cells with 'K'.*one unit.*1500000.*--drop v"):
        read(tmp_path, "\n".join([f"{HEADER},v", *lines]))


def test_a_second_line_that_is_no_data_is_not_made_a_gap(tmp_path: Path) -> None:
    units = "year,month,x,y\nYYYY,MM,10^6 km,1\n"
    rows = "".join(f"{year},{month},{x},{y}\n" for (year, month), (x, y) in zip(MONTHS, VALUES, strict=True))
    with pytest.raises(DataError, match=r"'YYYY' in row 1 \(line 2 of the file\).*Delete this row if it holds units"):
        read(tmp_path, units + rows)


def test_what_is_true_now_and_then_is_no_counter(tmp_path: Path) -> None:
    text = "\n".join(["on,x", *(f"{int(k % 7 == 0)},{x}" for k, x in enumerate(VALUES[:, 0]))])
    assert read(tmp_path, text).names == ("on", "x")


def test_quarters_and_years_make_dates(tmp_path: Path) -> None:
    rows = [f"{1950 + k // 4},{1 + k % 4}.0,{x}" for k, x in enumerate(VALUES[:, 0])]
    record = read(tmp_path, "\n".join(["year,quarter,x", *rows]))
    assert (record.dt, record.time_units, record.time_label(1)) == (3.0, "months", "1950-04-01")
    for form, name in (("{0}Q{1}", "time"), ("{0}-Q{1}", "TIME_PERIOD"), ("Q{1} {0}", "Quarter")):
        texts = [f"{form.format(1950 + k // 4, 1 + k % 4)},{x}" for k, x in enumerate(VALUES[:, 0])]
        np.testing.assert_array_equal(read(tmp_path, "\n".join([f"{name},x", *texts])).dates, record.dates)
    rows = [f"{1700 + k},{x}" for k, x in enumerate(VALUES[:, 0])]
    assert read(tmp_path, "\n".join(["year,x", *rows])).time_units == "years"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            calendar("{month}", "month"),
            r"'month' of 'a\.csv' counts from 1 to 12 and begins again.*Add a column 'year'.*'time'",
        ),
        (calendar("{decimal}", "when"), r"'when' of 'a\.csv' goes up in equal steps.*call it 'time'"),
        (
            PLAIN.replace(DAYS[7].isoformat(), "Transform:"),
            r"time of row 8 \(line 9 of the file\) .* 'Transform:'.*Correct",
        ),
        ("###,a block\nmade by,hand\n###,end\n" + PLAIN, r"first line .*'made by,hand'.*below it: 'time,x,y'.*'#'"),
        ("Station 1\nHeight,52.1\n" + PLAIN, r"first line .*'Station 1'.*below it: 'time,x,y'.*Delete the lines"),
        ("time,x,y\n2001-01-01,1,5,2,5\n", r"5 values under 3 names.*semicolons"),
        (PLAIN.replace(DAYS[58].isoformat(), "2001-02-30"), r"'2001-02-30'.*360 days.*--steps"),
        (
            "year,x\n" + "".join(f"{1950 + k // 73},{x}\n" for k, x in enumerate(VALUES[:, 0])),
            r"73 rows of the year 1950",
        ),
        (written().replace(f"{VALUES[3, 0]:.3f}", '"1,234"'), r"column 'x'.*'1,234' in row 4 \(line 5 .*thousands"),
        (
            PLAIN.replace(f"{VALUES[3, 0]:.3f},{VALUES[3, 1]:.3f}", "1,storm"),
            r"column 'y'.*text: 'storm' in row 4 .*leave the cell empty",
        ),
        ("x,,y\n1,2,3\n2,3,3\n", r"column 2 of 'a\.csv' has no name.*index=False"),
        (",y\n1,2\n3,3\n4,4\n", r"column 1 of 'a\.csv' has no name"),
        (
            "Year,Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec\n1990" + ",1.5" * 12 + "\n1991" + ",2.5" * 12,
            r"table of years by months.*one row for each month.*'time' \(such as 1990-03\)",
        ),
        (
            " 1990 1992\n" + "".join(f" {1990 + k}" + " 0.5" * 12 + "\n" for k in range(3)) + " -99.9\n an index\n",
            r"table of years by months: a row for each year from 1990 on",
        ),
        (
            "time,x\n" + "".join(f"0{1 + k}/0{2 + k}/2001,{k}\n" for k in range(8)),
            r"day before month or the month before day.*ISO",
        ),
    ],
)
def test_what_is_no_record_is_refused_by_its_place(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"(?is){message}"):
        read(tmp_path, text)


def test_steps_take_rows_with_times_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(PLAIN.replace(DAYS[58].isoformat(), "2001-02-30"))
    np.testing.assert_array_equal(read_record(path, steps=True).values[0], VALUES)


@pytest.mark.parametrize("order", ["in blocks", "in turns"])
@pytest.mark.parametrize("name", ["run", "member_id", "ens"])
def test_runs_are_known_by_the_name_of_their_column(name: str, order: str, tmp_path: Path) -> None:
    runs, rest = np.repeat([3, 1, 2], STEPS // 3), VALUES
    if order == "in turns":
        runs, rest = runs.reshape(3, -1).T.ravel(), VALUES.reshape(3, -1, 2).transpose(1, 0, 2).reshape(-1, 2)
    table = pd.DataFrame({name: runs, "x": rest[:, 0], "y": rest[:, 1]})
    table.to_csv(tmp_path / "a.csv", index=False)
    record = read_record(tmp_path / "a.csv")
    np.testing.assert_array_equal(record.values, VALUES.reshape(3, -1, 2))
    assert (record.names, record.member_names) == (("x", "y"), ("3", "1", "2"))
    assert f"'{name}' tells 3 runs apart" in record.notices[0]
    assert read(tmp_path, PLAIN.replace("x", name)).names == (
        name,
        "y",
    )  # numbers of something, with values of any kind


def test_runs_side_by_side_are_no_state() -> None:
    runs = VALUES.reshape(-1, 4)
    table = pd.DataFrame(runs, columns=[f"run_{k}" for k in range(4)])
    table.insert(0, "time", np.arange(len(runs)))
    with pytest.raises(DataError, match=r"'run_0' to 'run_3', are called like .*melt\('time', .*give --member none"):
        to_record(table)
    assert to_record(table, member="none").names == ("run_0", "run_1", "run_2", "run_3")
    stacked = to_record(table.melt("time", var_name="member", value_name="x"))
    np.testing.assert_array_equal(stacked.values[..., 0], runs.T)
    money = table.rename(columns={f"run_{k}": f"M{k}" for k in range(4)})
    assert to_record(money).names == ("M0", "M1", "M2", "M3")


@pytest.mark.parametrize("order", ["by times", "by places"])
@pytest.mark.parametrize("steps", [False, True])
def test_places_below_one_another_are_no_steps(order: str, steps: bool) -> None:
    """Each row counted as a step interleaved the cells, in silence."""
    count = np.arange(STEPS)
    table = pd.DataFrame({"time": count // 4, "lat": 2.5 * (count % 4 // 2), "lon": count % 2, "sst": VALUES[:, 0]})
    table = table if order == "by times" else table.sort_values(["lat", "lon", "time"])
    with pytest.raises(DataError, match=r"4 series .* 'lat', 'lon' tell apart \(0.0/0.*write a column for each"):
        to_record(table, steps=steps)
    one = table.assign(station=2 * (table.lat > 0) + table.lon).drop(columns=["lat", "lon"])
    with pytest.raises(DataError, match=r"'station' tells apart .*--member station"):
        to_record(one, steps=steps)
    assert to_record(one, member="station").values.shape == (4, STEPS // 4, 1)


@pytest.mark.parametrize("label", ["S{:02d}", "{}"])
def test_a_count_within_runs_is_not_taken_for_runs_in_turns(label: str, tmp_path: Path) -> None:
    """Of 20 labels that count up twelve times, either reading is a record."""
    turns, count = 12, 20
    table = pd.DataFrame({"x": VALUES[: turns * count, 0], "y": VALUES[: turns * count, 1]})
    table.insert(0, "trial", np.tile(np.arange(count), turns))
    table.to_csv(tmp_path / "alone.csv", index=False)
    with pytest.raises(
        DataError, match=r"'trial' .* counts from 0 to 19 .*--member trial if it tells.*column 'member'"
    ):
        read_record(tmp_path / "alone.csv")
    table.insert(0, "subject", np.repeat([label.format(k) for k in range(turns)], count))
    table.to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(DataError, match=r"--member trial if .*; .* steps, give --member subject --rename trial=time"):
        read_record(tmp_path / "a.csv")
    record = read_record(tmp_path / "a.csv", member="subject", rename="trial=time")
    np.testing.assert_array_equal(record.values, VALUES[: turns * count].reshape(turns, count, 2))
    record = read_record(tmp_path / "a.csv", member="trial", drop="subject")
    np.testing.assert_array_equal(record.values, VALUES[: turns * count].reshape(turns, count, 2).transpose(1, 0, 2))
    table.rename(columns={"subject": "time"}).to_csv(tmp_path / "timed.csv", index=False)
    if label == "{}":
        assert read_record(tmp_path / "timed.csv").values.shape == (count, turns, 2)


def test_the_remedy_for_years_by_months_is_right(tmp_path: Path) -> None:
    wide = pd.DataFrame(
        VALUES[:, 0].reshape(-1, 12), columns=pd.date_range("2000", periods=12, freq="MS").strftime("%b")
    )
    wide.insert(0, "Year", range(1990, 1990 + len(wide)))
    wide.to_csv(tmp_path / "wide.csv", index=False)
    with pytest.raises(DataError, match="Write two columns"):
        read_record(tmp_path / "wide.csv")
    long = wide.melt("Year", var_name="month", value_name="x")
    long["time"] = pd.to_datetime(long.Year.astype(str) + long.month, format="%Y%b")
    long.sort_values("time")[["time", "x"]].to_csv(tmp_path / "long.csv", index=False)
    np.testing.assert_array_equal(read_record(tmp_path / "long.csv").values[0, :, 0], VALUES[:, 0])


@pytest.mark.parametrize("word", ["NA", ".", "-", "***", "null", "n/a", "", "NaN"])
def test_words_for_missing_values_are_gaps(word: str, tmp_path: Path) -> None:
    lines = PLAIN.splitlines()
    lines[101] = f"{DAYS[100].isoformat()},{word},0.5"
    record = read(tmp_path, "\n".join(lines))
    assert np.flatnonzero(np.isnan(record.values)).tolist() == [200]
    with pytest.raises(DataError, match=r"1 missing .*'x' at time step 101 \(2001-04-11\)"):
        validate(record)


def test_columns_that_only_have_the_names_of_counters_are_data(tmp_path: Path) -> None:
    record = read(tmp_path, PLAIN.replace("time,x,y", "time,min,day"))
    assert record.names == ("min", "day")
    np.testing.assert_array_equal(record.values[0], VALUES)


@pytest.mark.parametrize("suffix", ["txt", "tsv", "dat", "data"])
def test_text_tables_have_other_suffixes(suffix: str, tmp_path: Path) -> None:
    np.testing.assert_array_equal(read(tmp_path, written("\t"), f"a.{suffix}").values[0], VALUES)


def test_a_last_column_that_is_often_empty_is_cut_at_its_commas(tmp_path: Path) -> None:
    """Times with a blank between day and clock would make two columns of rows whose value is missing."""
    times = pd.date_range("2001-01-01", periods=STEPS, freq="h")
    cells = np.where((times.hour < 8) | (times.hour > 19), "", VALUES[:, 0].astype(str))
    rows = [f"{time:%Y-%m-%d %H:%M:%S},{cell}" for time, cell in zip(times, cells, strict=True)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["time,x", *rows]))
    record = read_record(path, gaps="split")
    np.testing.assert_array_equal(record.values.ravel(), VALUES[cells != "", 0])
