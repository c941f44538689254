"""Records in files: a reader and a writer for each format, which register themselves, and a stream."""

# The files of one format each, which register themselves; messages name them in this order.
from . import _csv as _csv, _netcdf as _netcdf, _zarr as _zarr  # isort: skip
from ._layout import Precision as Precision, RecordLayout as RecordLayout
from ._read import read_record as read_record
from ._stream import (
    RecordStream as RecordStream,
    open_record_stream as open_record_stream,
    partial_folder as partial_folder,
)
from ._write import (
    labelled_states as labelled_states,
    record_to_dataset as record_to_dataset,
    write_record as write_record,
)
