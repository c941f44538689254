"""Records and results on disk: reading, validating, preparing and writing.

A ``Record`` holds equally spaced states of an unperturbed system, with their names. It comes from
``read_record`` (CSV, NetCDF, Zarr), ``record_from_dataset`` (xarray) or ``record_from_array`` (NumPy);
``validate`` says whether it can be used; ``remove_seasonal_cycle``, ``remove_cycles``, ``detrend`` and ``standardise``
make it stationary.
Everything is written completely or not at all; a simulated record too large for memory is streamed
(``open_record_stream``), and goes on where it was after a kill.
"""

# The files of one format each, which register themselves; messages name them in this order.
from . import _csv as _csv, _netcdf as _netcdf, _zarr as _zarr  # isort: skip
from ._artefacts import load_arrays as load_arrays, save_arrays as save_arrays, write_json as write_json
from ._atomic import (
    RESULT_MARK as RESULT_MARK,
    atomic_folder as atomic_folder,
    atomic_path as atomic_path,
    refuse_existing_file as refuse_existing_file,
)
from ._cells import Grid as Grid, goes_by_labels as goes_by_labels, with_cell_names as with_cell_names
from ._check_cycles import remedy_for_cycle as remedy_for_cycle
from ._check_gaps import fair_pieces as fair_pieces
from ._codes import no_codes as no_codes
from ._cycles import Season as Season, remove_cycles as remove_cycles, remove_seasonal_cycle as remove_seasonal_cycle
from ._dates import even_dates as even_dates
from ._excerpt import excerpt_of as excerpt_of
from ._frame import dataset_from_table as dataset_from_table
from ._labelled import record_from_dataset as record_from_dataset
from ._layout import Precision as Precision, RecordLayout as RecordLayout
from ._modes import Modes as Modes
from ._pieces import end_to_end as end_to_end, in_equal_members as in_equal_members
from ._preparation import Preparation as Preparation
from ._prepare import Spread as Spread, detrend as detrend, standardise as standardise
from ._read import read_record as read_record
from ._record import Record as Record, record_from_array as record_from_array
from ._reduction import reduce_to_modes as reduce_to_modes
from ._selection import Chosen as Chosen, Gaps as Gaps, Selection as Selection
from ._stream import (
    RecordStream as RecordStream,
    open_record_stream as open_record_stream,
    partial_folder as partial_folder,
)
from ._survey import standard_deviation as standard_deviation
from ._time import even_numbers as even_numbers
from ._validate import (
    FEWEST_STEPS as FEWEST_STEPS,
    made_up_values as made_up_values,
    sound_values as sound_values,
    validate as validate,
)
from ._write import (
    labelled_states as labelled_states,
    record_to_dataset as record_to_dataset,
    write_record as write_record,
)
