"""Training networks: objectives, configuration, the loop, checkpoints."""

from ..core import declare_kind
from ._checkpoint import Checkpoint as Checkpoint
from ._config import TrainingConfig as TrainingConfig
from ._crossfit import CrossFit as CrossFit, crossfit as crossfit, heldout_losses as heldout_losses
from ._field_config import FIELD_NETWORKS as FIELD_NETWORKS, FieldTrainingConfig as FieldTrainingConfig
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
from ._field_train import fit_field_network_score as fit_field_network_score
from ._heldout import Split as Split, decorrelation_steps as decorrelation_steps, split_blocks as split_blocks
from ._network_family import fit_network_family as fit_network_family
from ._noised_train import fit_noised_score as fit_noised_score
from ._objectives import (
    AbstractObjective as AbstractObjective,
    Denoising as Denoising,
    check_target as check_target,
    residual_denoising_loss as residual_denoising_loss,
)
from ._record_folds import RecordFolds as RecordFolds
from ._report import TrainingReport as TrainingReport
from ._train import fit_network_score as fit_network_score
from ._two_heads import DenoisingTwoHeads as DenoisingTwoHeads

declare_kind("score family", "fluctua.training")
