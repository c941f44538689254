"""Training networks: one objective, one configuration, one loop with checkpoints, for all network scores."""

from ._checkpoint import Checkpoint as Checkpoint
from ._config import FieldTrainingConfig as FieldTrainingConfig, TrainingConfig as TrainingConfig
from ._crossfit import (
    CrossFit as CrossFit,
    Fold as Fold,
    crossfit as crossfit,
    heldout_losses as heldout_losses,
)
from ._fit import fit_denoiser as fit_denoiser
from ._heldout import Split as Split, split_blocks as split_blocks
from ._methods import METHODS as METHODS, Sample as Sample
from ._objective import Denoising as Denoising, check_target as check_target
from ._record import TrainingData as TrainingData
from ._report import TrainingReport as TrainingReport
from ._train import (
    fit_field_network_score as fit_field_network_score,
    fit_network_score as fit_network_score,
    fit_noised_score as fit_noised_score,
)
