"""The record, and what is known of its values: extremes, codes for missing ones, a part of a long one."""

from ._cells import Grid as Grid, goes_by_labels as goes_by_labels, with_cell_names as with_cell_names
from ._codes import (
    declared_gaps as declared_gaps,
    gaps_beyond_limits as gaps_beyond_limits,
    no_codes as no_codes,
    with_gaps as with_gaps,
)
from ._excerpt import excerpt_of as excerpt_of, piece_of as piece_of
from ._homogeneous import (
    evenly_spread as evenly_spread,
    first_states as first_states,
    pencils as pencils,
    sample_series as sample_series,
    some_series as some_series,
)
from ._modes import Modes as Modes
from ._preparation import Preparation as Preparation
from ._record import (
    Record as Record,
    common_source as common_source,
    precision as precision,
    record_from_array as record_from_array,
)
from ._survey import STRIDE as STRIDE, standard_deviation as standard_deviation
from ._values import (
    FEWEST_STEPS as FEWEST_STEPS,
    drop_options as drop_options,
    enough_steps as enough_steps,
    finite_values as finite_values,
    values_that_can_be_added as values_that_can_be_added,
    varying_throughout as varying_throughout,
    varying_variables as varying_variables,
)
