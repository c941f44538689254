"""Files: opened without surprises, and written completely or not at all."""

from ._artefacts import load_arrays as load_arrays, save_arrays as save_arrays, write_json as write_json
from ._atomic import (
    PLACE_ERRORS as PLACE_ERRORS,
    RESULT_MARK as RESULT_MARK,
    SPACE_ERRORS as SPACE_ERRORS,
    atomic_folder as atomic_folder,
    atomic_path as atomic_path,
    make_parents as make_parents,
    refuse_existing_file as refuse_existing_file,
)
from ._opened import open_dataset as open_dataset, open_group as open_group, readable as readable, unopened as unopened
from ._packing import refuse_packed as refuse_packed, unpacked as unpacked
from ._suffixes import member_for as member_for
