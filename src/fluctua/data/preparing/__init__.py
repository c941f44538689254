"""What makes a record steady, and cuts or reduces it: cycles, trends, spreads, pieces, modes."""

from ._cycles import (
    HARMONICS as HARMONICS,
    Season as Season,
    elapsed as elapsed,
    is_below_a_day as is_below_a_day,
    is_fine as is_fine,
    remove_cycles as remove_cycles,
    remove_seasonal_cycle as remove_seasonal_cycle,
    resolved_harmonics as resolved_harmonics,
    steps_grouped as steps_grouped,
)
from ._pieces import (
    axis_in_pieces as axis_in_pieces,
    end_to_end as end_to_end,
    in_equal_members as in_equal_members,
    in_pieces as in_pieces,
    without_first as without_first,
)
from ._prepare import Spread as Spread, detrend as detrend, standardise as standardise
from ._reduction import reduce_to_modes as reduce_to_modes
