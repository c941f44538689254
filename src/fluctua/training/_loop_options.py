"""The options that the training loop itself reads, whatever is trained."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class LoopOptions:
    """A part of a configuration, hashable, on which the compiled loop depends; the names are those of the
    configurations.

    Args:
        batch_size: States per step.
        steps: Optimiser steps at most.
        learning_rate: Peak rate of Adam.
        warm_up: Steps of linear warm-up.
        gradient_clip: Largest gradient norm.
        ema_decays: Decays per step of the running averages of the parameters; the best average is kept.
        evaluate_every: Steps between evaluations.
        patience: Evaluations without improvement after which training stops.
        sigma_min: Smallest noise level.
        sigma_max: Largest noise level.
        emphasis: How much more often small levels are drawn.
    """

    batch_size: int
    steps: int
    learning_rate: float
    warm_up: int
    gradient_clip: float
    ema_decays: tuple[float, ...]
    evaluate_every: int
    patience: int
    sigma_min: float
    sigma_max: float
    emphasis: float
