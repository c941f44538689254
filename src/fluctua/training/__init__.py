"""Training networks: one objective, one configuration, one loop with checkpoints, for all network scores."""

from ._checkpoint import Checkpoint as Checkpoint
from ._config import FieldTrainingConfig as FieldTrainingConfig, TrainingConfig as TrainingConfig
from ._crossfit import (
    CrossFit as CrossFit,
    crossfit as crossfit,
    heldout_losses as heldout_losses,
    of_one_fold_each as of_one_fold_each,
)
from ._field_family import (
    FIELD_DEGREE as FIELD_DEGREE,
    FieldFit as FieldFit,
    Train as Train,
    default_training as default_training,
    family_of as family_of,
    filter_losses as filter_losses,
    fit_field_score as fit_field_score,
    probed_losses as probed_losses,
)
from ._heldout import Split as Split, split_blocks as split_blocks
from ._network_family import fit_network_family as fit_network_family
from ._objective import Denoising as Denoising, check_target as check_target
from ._record import TrainingData as TrainingData
from ._record_folds import RecordFolds as RecordFolds
from ._report import TrainingReport as TrainingReport
from ._step import HeldOut as HeldOut, advance as advance, initial_state as initial_state
from ._train import (
    fit_field_network_score as fit_field_network_score,
    fit_network_score as fit_network_score,
    fit_noised_score as fit_noised_score,
)
