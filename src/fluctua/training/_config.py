"""Every choice of a training run, in one frozen object that refuses what it does not use."""

import dataclasses
import difflib
import math
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from ..core import OptionError, registered

_FIELDS: dict[str, Any] = {
    "network": "spectral_mixer",
    "sigma_min": 0.01,
    "emphasis": 2.0,
    "batch_size": 32,
    "steps": 1500,
    "learning_rate": 2e-2,
    "warm_up": 50,
    "gradient_clip": 100.0,
    "ema_decays": (0.98, 0.998),
    "evaluate_every": 50,
    "heldout_states": 256,
}


class LoopOptions(NamedTuple):
    """The options on which the compiled loop depends, by their names in ``TrainingConfig``."""

    batch_size: int
    steps: int
    learning_rate: float
    warm_up: int
    gradient_clip: float
    ema_decays: tuple[float, ...]
    evaluate_every: int
    sigma_min: float
    sigma_max: float
    emphasis: float


@dataclasses.dataclass(frozen=True)
class TrainingConfig:
    r"""How a network is trained; the defaults serve 1 to 10 variables and $10^4$ to $10^6$ states.

    The defaults were chosen on a quartic well, a mixture and a curved density with known scores: about ten
    seconds on two processor cores, whatever the number of states. ``for_fields`` has those for homogeneous fields.

    Args:
        width: Width of the network: units in each hidden layer, or channels; by default the network's own, as for the
            next three.
        depth: Its hidden layers or blocks.
        activation: ``"silu"`` or ``"tanh"``; the first was up to twice as accurate.
        residual: Whether hidden layers are added to what they are given; worth it for deep networks only.
        network: Family of the network: ``"multilayer_perceptron"``, for fields ``"spectral_mixer"`` or
            ``"periodic_unet"``, or another registered one.
        network_options: Further arguments of the network; inputs, outputs and grid are filled in.
        noise: The noise law, as on the command line (``fluctua.noise.noise_law_named``), such as
            ``"generalised-normal:beta=1.5"``; of unit variance in the whitened record unless it says otherwise.
        tail_index: Index $\nu$ of power-law tails of the record, $P(|z| > u) \sim u^{-\nu}$, or ``"estimate"`` to have
            it estimated (``fluctua.statistics.hill``, outermost per cent of the norm). What the network is built on
            then falls off as the score of such a tail does, instead of growing as that of a Gaussian. None: no power
            law.
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
        gradient_clip: Largest gradient norm (of the loss per grid point for a field); longer gradients are shortened
            and counted.
        ema_decays: Decays per step of running averages of the parameters; at every evaluation the best of them on the
            held-out states is a candidate to be kept.
        patience: Evaluations without improvement after which training stops.
        evaluate_every: Steps between evaluations on the held-out states, and between checkpoints.
        heldout_fraction: Part of the record held out.
        heldout_blocks: Number of contiguous blocks held out, spread over the record.
        heldout_states: Held-out states that are evaluated, spread evenly over the blocks; fewer are used several times,
            with noise of their own.
        gap: Steps left out on both sides of each held-out block; by default twice the integrated autocorrelation time
            of the slowest variable (of a field at a point).

    Raises:
        OptionError: A value is out of its range; the message names it.

    Example:
        >>> TrainingConfig(width=32).steps
        6000
    """

    width: int | None = None
    depth: int | None = None
    activation: Literal["silu", "tanh"] | None = None
    residual: bool | None = None
    network: str = "multilayer_perceptron"
    network_options: Mapping[str, Any] = dataclasses.field(default_factory=dict, hash=False)
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
    ema_decays: tuple[float, ...] = (0.999,)
    patience: int = 20
    evaluate_every: int = 100
    heldout_fraction: float = 0.1
    heldout_blocks: int = 8
    heldout_states: int = 4096
    gap: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "network_options", dict(self.network_options))
        networks = registered("network")
        self._need("network", self.network in networks, f"one of {', '.join(networks)}")
        for name in ("width", "depth"):
            self._need_whole(name, optional=True)
        for name in ("residual", "extrapolate"):
            optional = name == "residual" and self.residual is None
            self._need(name, optional or isinstance(getattr(self, name), bool), "True or False")
        self._need("activation", self.activation in ("silu", "tanh", None), "'silu' or 'tanh'")
        self._need("noise", isinstance(self.noise, str) and bool(self.noise), "the text of a noise law")
        index = self.tail_index
        known = index is None or index == "estimate" or (_is_number(index) and float(index) > 0.0)
        self._need("tail_index", known, "a positive number, 'estimate' or None")
        for name in ("levels", "batch_size", "steps", "patience", "evaluate_every", "heldout_states"):
            self._need_whole(name)
        for name in ("sigma_min", "sigma_max", "learning_rate", "gradient_clip"):
            self._need(name, _is_number(getattr(self, name)) and getattr(self, name) > 0.0, "a positive number")
        self._need("sigma_max", self.sigma_max > 2.0 * self.sigma_min, f"more than twice sigma_min={self.sigma_min}")
        self._need("emphasis", _is_number(self.emphasis) and self.emphasis >= 0.0, "a number, 0 or more")
        decays = self.ema_decays
        fits = isinstance(decays, tuple) and decays and all(_is_number(one) and 0.0 <= one < 1.0 for one in decays)
        self._need("ema_decays", bool(fits), "one or more numbers in [0, 1)")
        fraction = self.heldout_fraction
        self._need("heldout_fraction", _is_number(fraction) and 0.0 < fraction <= 0.5, "a fraction in (0, 0.5]")
        self._need_whole("heldout_blocks", least=2)
        self._need_whole("gap", least=0, optional=True)
        warm = _is_whole(self.warm_up) and 0 <= self.warm_up < self.steps
        self._need("warm_up", warm, f"a whole number from 0 to less than steps={self.steps}")
        every = self.evaluate_every
        self._need("steps", self.steps % every == 0, f"a multiple of evaluate_every={every}")

    @classmethod
    def for_fields(cls, **changes: Any) -> "TrainingConfig":
        """Options for a homogeneous field of about 1000 points, a few minutes on two processor cores.

        They were chosen on 25,600 fields of the exact density of Allen-Cahn on 32 x 32 points, whose score is known.
        The smallest level is small, because the regimes of a record may be far narrower than its spread.

        Args:
            changes: Options that are to be others.

        Example:
            >>> TrainingConfig.for_fields(width=8).network
            'spectral_mixer'
        """
        return cls.from_options({**_FIELDS, **changes})

    @classmethod
    def published(
        cls, training_states: int, *, epochs: int = 500, batch_size: int = 128, channel_scale: int = 1
    ) -> "TrainingConfig":
        """The network and the optimiser of the published field responses, for a GPU.

        Channels ``channel_scale`` x (32, 64, 128, 256), 8 residual blocks, Adam with rate 2e-4, 5000 steps of warm-up
        (a tenth of shorter runs), gradients no longer than 1, running average 0.999, batches of 128 (32 for the
        linear system), 500 epochs. What is ours stays: residual on a base, noise with the spectrum of the record, the
        weight over levels, and the cosine to a hundredth of the rate.

        Args:
            training_states: Number of states trained on, published: 20,480 for Allen-Cahn, 6,554 for Navier-Stokes.
            epochs: Passes over them.
            batch_size: States per step.
            channel_scale: Factor of the channels; published runs had 1 and 2.

        Example:
            >>> TrainingConfig.published(20_480).steps
            80000

        References:
            Giorgini, Deck, Bischoff and Souza, *Response theory via generative score modeling*, Phys. Rev. Lett. 133,
            267302 (2024), and its released code.
        """
        every = 500
        steps = max(1, round(epochs * training_states / batch_size / every)) * every
        return cls.for_fields(
            network="periodic_unet",
            network_options={"widths": [channel_scale * width for width in (32, 64, 128, 256)]},
            batch_size=batch_size,
            steps=steps,
            learning_rate=2e-4,
            warm_up=min(5000, steps // 10),
            gradient_clip=1.0,
            ema_decays=(0.999,),
            evaluate_every=every,
            patience=steps // every,
            heldout_fraction=0.2,
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
        # JSON knows lists only.
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in options.items()
        }
        return cls(**values)

    def to_options(self) -> dict[str, Any]:
        """Every option and its value, as JSON can hold them."""
        options = dataclasses.asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in options.items()}

    @property
    def network_arguments(self) -> dict[str, Any]:
        """The arguments of the network that were given."""
        short = {name: getattr(self, name) for name in ("width", "depth", "activation", "residual")}
        return {**{name: value for name, value in short.items() if value is not None}, **self.network_options}

    @property
    def loop(self) -> LoopOptions:
        """The part that the compiled loop reads."""
        return LoopOptions(*(getattr(self, name) for name in LoopOptions._fields))

    def _need_whole(self, name: str, *, least: int = 1, optional: bool = False) -> None:
        value = getattr(self, name)
        fits = (_is_whole(value) and value >= least) or (optional and value is None)
        self._need(name, fits, f"a whole number of {least} or more")

    def _need(self, name: str, fits: bool, needed: str) -> None:
        if fits:
            return
        raise OptionError(
            f"the training option {name} is {getattr(self, name)!r}",
            f"{needed} is needed",
            f"change {name}, or leave it out to get {type(self).__dataclass_fields__[name].default!r}",
        )


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


FieldTrainingConfig = TrainingConfig.for_fields
"""The options for homogeneous fields, with changes: ``TrainingConfig.for_fields``."""
