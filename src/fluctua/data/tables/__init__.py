"""Tables as labelled data: text and data frames, their columns, times and runs."""

from ._frame import dataset_from_table as dataset_from_table
from ._series import series_of as series_of
from ._table import read_table as read_table
