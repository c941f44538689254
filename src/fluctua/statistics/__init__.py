"""Statistics of correlated records: times, folds, long-run variance, what they cannot carry."""

from ._atoms_and_walls import AtomsAndWalls as AtomsAndWalls, atoms_and_walls as atoms_and_walls
from ._autocorrelation import (
    Timescales as Timescales,
    integrated_time as integrated_time,
    timescales as timescales,
)
from ._combination import combined as combined
from ._delays import Delays as Delays
from ._estimate import Estimate as Estimate, running_integral as running_integral
from ._folds import Block as Block, FoldPlan as FoldPlan, counted as counted, plan_folds as plan_folds
from ._gap_increments import (
    IncrementDependence as IncrementDependence,
    increment_dependence as increment_dependence,
)
from ._gaps import GapDependence as GapDependence, gap_dependence as gap_dependence
from ._infinite_variance import has_infinite_variance as has_infinite_variance
from ._long_run import (
    LongRunMean as LongRunMean,
    cosine_weights as cosine_weights,
    long_run_mean as long_run_mean,
    with_flat_spectrum as with_flat_spectrum,
)
from ._noise_too_small import SmallNoise as SmallNoise, noise_too_small as noise_too_small
from ._nugget import Nugget as Nugget, nugget as nugget
from ._pieces import equal_members as equal_members, equal_runs as equal_runs
from ._previous_state import PreviousState as PreviousState, previous_state_test as previous_state_test
from ._rank_functions import (
    RankFunctions as RankFunctions,
    normal_scores as normal_scores,
    rank_functions as rank_functions,
    ranks_of as ranks_of,
)
from ._spectral_lines import (
    KnownLines as KnownLines,
    SpectralLines as SpectralLines,
    known_lines as known_lines,
    spectral_lines as spectral_lines,
)
from ._stretches import MOST_NUMBERS as MOST_NUMBERS, stretch_places as stretch_places, stretches as stretches
from ._tails import (
    FAR as FAR,
    has_far_tails as has_far_tails,
    has_heavy_tails as has_heavy_tails,
    hill as hill,
    reach as reach,
)
from ._turns import Turn as Turn, angle_turn as angle_turn, may_turn as may_turn
