"""Networks among the families of scores."""

import warnings

import numpy as np
from jaxtyping import PRNGKeyArray

from ..core import AbstractProgress, FluctuaWarning, named_key, register
from ..scores import AbstractScore, RecordParts
from ._config import TrainingConfig
from ._train import fit_network_score


@register("score family", "network", summary="a network, by denoising", cites=("network",), fields=True)
def fit_network_family(data: RecordParts, key: PRNGKeyArray, progress: AbstractProgress | None) -> AbstractScore:
    """A network score with as many steps as the training data support."""
    # A record worth few states supports few steps before the network learns its accidents; from 2000 on, the default.
    steps = int(np.clip(3 * data.effective_size, 1500, 6000) // 100) * 100
    config = TrainingConfig(steps=steps, noise=data.noise, tail_index=data.tail_index)
    with warnings.catch_warnings():
        # Families are compared by their held-out loss, not by how a training went.
        warnings.simplefilter("ignore", FluctuaWarning)
        score, _ = fit_network_score(
            [piece for part in data.pieces for piece in part],
            key=named_key(key, "network"),
            config=config,
            progress=progress,
            checkpoint=data.checkpoint,
        )
        return score
