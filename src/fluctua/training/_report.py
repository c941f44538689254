"""What happened during a training run."""

import dataclasses

import numpy as np
from jaxtyping import Float


@dataclasses.dataclass(frozen=True)
class TrainingReport:
    r"""What a training run did, and whether its result can be trusted.

    The held-out loss is the gain over the Gaussian score (or another base): 0 for it, $-E|F^*|^2$ for the true
    score, and the difference of two losses is the difference of two mean squared errors, per state, in whitened
    units.

    Attributes:
        accepted: Whether the network was better than the Gaussian score (or another base) by two standard errors
            on the held-out states; if not, the score returned is that one.
        heldout_levels: Noise levels of the held-out loss, ascending.
        heldout_loss: Held-out loss at each level, of the parameters that were kept.
        heldout_stderr: Its standard errors, from the scatter of the held-out blocks.
        steps: Steps that were run.
        best_step: Step after which the parameters that were kept were reached.
        best_ema_decay: Decay per step of the running average that was kept.
        stopped_early: Whether training ended because the held-out loss no longer improved.
        clipped_steps: Steps whose gradient was shortened.
        training_loss: Mean training loss between evaluations, over all drawn levels.
        heldout_history: Held-out loss at the smallest level, after each evaluation.
        training_states: Number of states trained on.
        heldout_states: Number of states held out.
        gap: Steps left out on both sides of each held-out block.
        parameters: Number of parameters of the network.
        states_per_second: States trained on per second, after the first chunk; not a number for a run of one chunk.
    """

    accepted: bool
    heldout_levels: Float[np.ndarray, " levels"]
    heldout_loss: Float[np.ndarray, " levels"]
    heldout_stderr: Float[np.ndarray, " levels"]
    steps: int
    best_step: int
    best_ema_decay: float
    stopped_early: bool
    clipped_steps: int
    training_loss: Float[np.ndarray, " evaluations"]
    heldout_history: Float[np.ndarray, " evaluations"]
    training_states: int
    heldout_states: int
    gap: int
    parameters: int
    states_per_second: float
