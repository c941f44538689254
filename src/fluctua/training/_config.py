"""Every choice of a training run, in one frozen object that refuses what it does not use."""

import dataclasses
import difflib
import math
from collections.abc import Mapping
from typing import Any, Literal

from ..core import OptionError
from ._loop_options import LoopOptions


@dataclasses.dataclass(frozen=True)
class TrainingConfig:
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
        sigma_min: Smallest noise level, in units of the whitened record; the bias it leaves is of order
            $\sigma^2$, or $\sigma^4$ when extrapolated. Smaller ones cost variance.
        sigma_max: Largest noise level; at 10 the noised record is Gaussian for every purpose, so samplers can
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
        for name in ("width", "depth", "levels", "batch_size", "steps", "patience", "evaluate_every"):
            self._need(
                name,
                is_whole(getattr(self, name)) and getattr(self, name) >= 1,
                "a whole number of 1 or more",
            )
        self._need("warm_up", is_whole(self.warm_up) and self.warm_up >= 0, "a whole number, 0 or more")
        self._need("heldout_blocks", is_whole(self.heldout_blocks) and self.heldout_blocks >= 2, "2 blocks or more")
        self._need("activation", self.activation in ("silu", "tanh"), "'silu' or 'tanh'")
        for name in ("residual", "extrapolate"):
            self._need(name, isinstance(getattr(self, name), bool), "True or False")
        for name in ("sigma_min", "sigma_max", "learning_rate", "gradient_clip"):
            self._need(name, is_number(getattr(self, name)) and getattr(self, name) > 0.0, "a positive number")
        self._need("sigma_max", self.sigma_max > 2.0 * self.sigma_min, f"more than twice sigma_min={self.sigma_min}")
        self._need("emphasis", is_number(self.emphasis) and self.emphasis >= 0.0, "a number, 0 or more")
        self._need("ema_decay", is_number(self.ema_decay) and 0.0 <= self.ema_decay < 1.0, "a number in [0, 1)")
        fraction = self.heldout_fraction
        self._need("heldout_fraction", is_number(fraction) and 0.0 < fraction <= 0.5, "a fraction in (0, 0.5]")
        self._need("gap", self.gap is None or (is_whole(self.gap) and self.gap >= 0), "None or 0 or more steps")
        self._need("warm_up", self.warm_up < self.steps, f"fewer than steps={self.steps}")
        self._need(
            "steps",
            self.steps % self.evaluate_every == 0,
            f"a multiple of evaluate_every={self.evaluate_every}",
        )

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> "TrainingConfig":
        """The configuration with these options, such as those read from a file.

        Raises:
            OptionError: A name is not an option (the nearest one is suggested) or a value is out of range.

        Example:
            >>> TrainingConfig.from_options({"width": 32}).width
            32
        """
        known = [field.name for field in dataclasses.fields(cls)]
        for name in options:
            if name not in known:
                nearest = difflib.get_close_matches(name, known, n=1)
                raise OptionError(
                    f"the training option {name!r} was given",
                    f"it must be one of {', '.join(known)}",
                    f"write {nearest[0]!r} instead" if nearest else "leave it out",
                )
        return cls(**options)

    def to_options(self) -> dict[str, Any]:
        """Every option and its value, as JSON can hold them."""
        return dataclasses.asdict(self)

    @property
    def loop(self) -> LoopOptions:
        """The part that the training loop reads."""
        names = {field.name for field in dataclasses.fields(LoopOptions)} - {"ema_decays"}
        return LoopOptions(ema_decays=(self.ema_decay,), **{name: getattr(self, name) for name in names})

    def _need(self, name: str, fits: bool, needed: str) -> None:
        if not fits:
            raise OptionError(
                f"the training option {name} is {getattr(self, name)!r}",
                f"{needed} is needed",
                f"change {name}, or leave it out to get {type(self).__dataclass_fields__[name].default!r}",
            )


def is_whole(value: object) -> bool:
    """Whether an option is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Whether an option is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
