"""Times: dates, counts and clocks as they are written, as equal steps in one unit."""

from ._ages import age_attributes as age_attributes, are_ages as are_ages
from ._calendar_columns import (
    bare_name as bare_name,
    calendar_columns as calendar_columns,
    counter_columns as counter_columns,
    date_column as date_column,
    dates_of as dates_of,
    months_by_name as months_by_name,
    note_on_columns as note_on_columns,
    says_when as says_when,
)
from ._clock_texts import elapsed_clock as elapsed_clock
from ._counted import counted_days as counted_days, counted_time as counted_time
from ._counters import refuse_counters as refuse_counters, refuse_holes as refuse_holes
from ._date_texts import as_text as as_text, numbered_dates as numbered_dates, text_dates as text_dates
from ._dates import (
    day_phase as day_phase,
    days_of_month as days_of_month,
    even_dates as even_dates,
    microseconds as microseconds,
    month_numbers as month_numbers,
    year_phase as year_phase,
)
from ._decode import time_axis as time_axis
from ._known_steps import seconds_in as seconds_in
from ._time import (
    GAP as GAP,
    STEP_TOLERANCE as STEP_TOLERANCE,
    TimeAxis as TimeAxis,
    even_numbers as even_numbers,
    refuse_missing as refuse_missing,
    refuse_short as refuse_short,
    show_time as show_time,
    written_unit as written_unit,
)
from ._time_coordinate import plain_times as plain_times, with_time_coordinate as with_time_coordinate
from ._weeks import (
    is_epidemiological as is_epidemiological,
    names_weeks as names_weeks,
    numbered_weeks as numbered_weeks,
    week_dates as week_dates,
)
