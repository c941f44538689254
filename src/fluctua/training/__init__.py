"""Training networks: objectives, configuration, the loop, checkpoints."""

from ._checkpoint import Checkpoint as Checkpoint
from ._config import TrainingConfig as TrainingConfig
from ._crossfit import (
    CrossFit as CrossFit,
)
from ._crossfit import (
    Fold as Fold,
)
from ._crossfit import (
    crossfit as crossfit,
)
from ._crossfit import (
    heldout_losses as heldout_losses,
)
from ._heldout import Split as Split
from ._heldout import decorrelation_steps as decorrelation_steps
from ._heldout import split_blocks as split_blocks
from ._methods import METHODS as METHODS
from ._methods import Sample as Sample
from ._objectives import (
    implicit_score_matching_loss as implicit_score_matching_loss,
)
from ._objectives import (
    residual_denoising_loss as residual_denoising_loss,
)
from ._report import TrainingReport as TrainingReport
from ._train import fit_network_score as fit_network_score
