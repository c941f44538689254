"""Records and results on disk: reading, validating, preparing and writing.

A ``Record`` holds equally spaced states of an unperturbed system, with their names. It comes from
``read_record`` (CSV, NetCDF, Zarr), ``record_from_dataset`` (xarray) or ``record_from_array`` (NumPy);
``validate`` says whether it can be used; ``remove_seasonal_cycle``, ``remove_cycles``, ``detrend`` and ``standardise``
make it stationary.
Everything is written completely or not at all; a simulated record too large for memory is streamed
(``open_record_stream``), and goes on where it was after a kill.

The folders, each of which imports only those before it: ``files`` (opened and written), ``times`` (dates and clocks as
equal steps), ``record`` (what it is, and what is known of its values), ``preparing`` (cycles, trends, pieces, modes),
``checks``, ``labelled`` (xarray to a record), ``tables`` (CSV and data frames to xarray), ``formats`` (readers, writers
and the stream).
"""

from .checks import (
    fair_pieces as fair_pieces,
    made_up_values as made_up_values,
    remedy_for_cycle as remedy_for_cycle,
    sound_values as sound_values,
    steady_within_pieces as steady_within_pieces,
    validate as validate,
)
from .files import (
    RESULT_MARK as RESULT_MARK,
    atomic_folder as atomic_folder,
    atomic_path as atomic_path,
    load_arrays as load_arrays,
    refuse_existing_file as refuse_existing_file,
    save_arrays as save_arrays,
    write_json as write_json,
)
from .formats import (
    Precision as Precision,
    RecordLayout as RecordLayout,
    RecordStream as RecordStream,
    labelled_states as labelled_states,
    open_record_stream as open_record_stream,
    partial_folder as partial_folder,
    read_record as read_record,
    record_to_dataset as record_to_dataset,
    write_record as write_record,
)
from .labelled import Chosen as Chosen, Gaps as Gaps, Selection as Selection, record_from_dataset as record_from_dataset
from .preparing import (
    Season as Season,
    Spread as Spread,
    detrend as detrend,
    end_to_end as end_to_end,
    in_equal_members as in_equal_members,
    reduce_to_modes as reduce_to_modes,
    remove_cycles as remove_cycles,
    remove_seasonal_cycle as remove_seasonal_cycle,
    standardise as standardise,
)
from .record import (
    FEWEST_STEPS as FEWEST_STEPS,
    Grid as Grid,
    Modes as Modes,
    Preparation as Preparation,
    Record as Record,
    common_source as common_source,
    excerpt_of as excerpt_of,
    goes_by_labels as goes_by_labels,
    no_codes as no_codes,
    record_from_array as record_from_array,
    standard_deviation as standard_deviation,
    with_cell_names as with_cell_names,
)
from .tables import dataset_from_table as dataset_from_table
from .times import even_dates as even_dates, even_numbers as even_numbers
