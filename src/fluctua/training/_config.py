"""Every choice of a training run, in one frozen object that refuses what it does not use."""

import dataclasses
from typing import Literal

from ._loop_options import LoopOptions
from ._options import AbstractConfiguration, is_number


@dataclasses.dataclass(frozen=True)
class TrainingConfig(AbstractConfiguration):
    r"""How a network score is trained; the defaults serve 1 to 10 variables and $10^4$ to $10^6$ states.

    The defaults were chosen on a quartic well, a mixture and a curved density with known scores: about ten
    seconds on two processor cores, whatever the number of states.

    Args:
        width: Units in each hidden layer.
        depth: Hidden layers.
        activation: ``"silu"`` or ``"tanh"``; the first was up to twice as accurate.
        residual: Whether hidden layers are added to what they are given; worth it for deep networks only.
        noise: The noise law, as on the command line (``fluctua.noise.noise_law_named``), such as
            ``"generalised-normal:beta=1.5"``; of unit variance in the whitened record unless it says otherwise.
        tail_index: Index $\nu$ of power-law tails of the record, $P(|z| > u) \sim u^{-\nu}$, or ``"estimate"`` to have
            it estimated (``fluctua.scores.hill``, outermost per cent of the norm). What the network is built on then
            falls off as the score of such a tail does, instead of growing as that of a Gaussian. None: no power law.
        sigma_min: Smallest noise level, in units of the whitened record; under Gaussian noise the bias it leaves is of
            order $\sigma^2$, or $\sigma^4$ when extrapolated; noise with power-law tails of a small index leaves more
            (``fluctua.scores``). Smaller ones cost variance.
        sigma_max: Largest noise level; at 10 the noised record is the noise for every purpose, so samplers can
            start there, and the larger range does not cost accuracy at the small levels.
        emphasis: How much more often small levels are drawn (``fluctua.noise.draw_log_uniform_levels``).
        levels: Number of levels the held-out loss is evaluated at.
        extrapolate: Whether the score at level zero is extrapolated from two levels.
        batch_size: States per step; each is used with a noise vector and its mirror image.
        steps: Optimiser steps at most; a multiple of ``evaluate_every``.
        learning_rate: Peak rate of Adam, reached after ``warm_up`` steps, then falling to a hundredth as a
            cosine.
        warm_up: Steps of linear warm-up.
        gradient_clip: Largest gradient norm; longer gradients are shortened and counted.
        ema_decay: Decay per step of the running average of the parameters, which is what is evaluated and
            kept.
        patience: Evaluations without improvement after which training stops.
        evaluate_every: Steps between evaluations on the held-out states.
        heldout_fraction: Part of the record held out.
        heldout_blocks: Number of contiguous blocks held out, spread over the record.
        gap: Steps left out on both sides of each held-out block; by default the time after which every
            variable's autocorrelation has fallen below a tenth.

    Raises:
        OptionError: A value is out of its range; the message names it.

    Example:
        >>> TrainingConfig(width=32).steps
        6000
    """

    width: int = 64
    depth: int = 3
    activation: Literal["silu", "tanh"] = "silu"
    residual: bool = False
    noise: str = "gaussian"
    tail_index: float | Literal["estimate"] | None = None
    sigma_min: float = 0.07
    sigma_max: float = 10.0
    emphasis: float = 1.0
    levels: int = 6
    extrapolate: bool = True
    batch_size: int = 512
    steps: int = 6000
    learning_rate: float = 5e-3
    warm_up: int = 100
    gradient_clip: float = 10.0
    ema_decay: float = 0.999
    patience: int = 20
    evaluate_every: int = 100
    heldout_fraction: float = 0.1
    heldout_blocks: int = 8
    gap: int | None = None

    def __post_init__(self) -> None:
        self._need("noise", isinstance(self.noise, str) and bool(self.noise), "the text of a noise law")
        index = self.tail_index
        known = index is None or index == "estimate" or (is_number(index) and float(index) > 0.0)
        self._need("tail_index", known, "a positive number, 'estimate' or None")
        for name in ("width", "depth"):
            self._need_count(name)
        self._need("activation", self.activation in ("silu", "tanh"), "'silu' or 'tanh'")
        self._need("residual", isinstance(self.residual, bool), "True or False")
        self._need("ema_decay", is_number(self.ema_decay) and 0.0 <= self.ema_decay < 1.0, "a number in [0, 1)")
        self._check_common()

    @property
    def loop(self) -> LoopOptions:
        """The part that the training loop reads."""
        names = {field.name for field in dataclasses.fields(LoopOptions)} - {"ema_decays"}
        return LoopOptions(ema_decays=(self.ema_decay,), **{name: getattr(self, name) for name in names})
