"""Every choice of a training run of a field network."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from ..networks import AbstractFieldNetwork, PeriodicUNet, SpectralMixer
from ._loop_options import LoopOptions
from ._options import AbstractConfiguration, is_number

FIELD_NETWORKS: dict[str, type[AbstractFieldNetwork]] = {kind.kind: kind for kind in (SpectralMixer, PeriodicUNet)}
"""Families of field networks by name."""


@dataclasses.dataclass(frozen=True)
class FieldTrainingConfig(AbstractConfiguration):
    r"""How a field network score is trained; the defaults serve fields of about 1000 points on two processor cores.

    They were chosen on 25,600 fields of the exact density of Allen-Cahn on 32 x 32 points, whose score is known.

    Args:
        network: Family of the network, ``"spectral_mixer"`` or ``"periodic_unet"``.
        network_options: Arguments of the network, such as ``{"width": 32}``; the grid and the fields are filled in.
        sigma_min: Smallest noise level, as a fraction of the variability at every wavenumber. Small, because the
            regimes of a record may be far narrower than its spread.
        sigma_max: Largest noise level; at 10 the noised record is Gaussian for every purpose, so samplers can start
            there.
        emphasis: How much more often small levels are drawn (``fluctua.noise.draw_log_uniform_levels``).
        levels: Number of levels the held-out loss is evaluated at.
        extrapolate: Whether the score at level zero is extrapolated from two levels.
        batch_size: States per step; each is used with a noise field and its mirror image.
        steps: Optimiser steps at most; a multiple of ``evaluate_every``.
        learning_rate: Peak rate of Adam, reached after ``warm_up`` steps, then falling to a hundredth as a cosine.
        warm_up: Steps of linear warm-up.
        gradient_clip: Largest norm of the gradient of the loss per grid point; longer gradients are shortened and
            counted.
        ema_decays: Decays per step of running averages of the parameters; at every evaluation the best of them on the
            held-out states is a candidate to be kept.
        patience: Evaluations without improvement after which training stops.
        evaluate_every: Steps between evaluations on the held-out states, and between checkpoints.
        heldout_fraction: Part of the record held out.
        heldout_blocks: Number of contiguous blocks held out, spread over the record.
        heldout_states: Held-out states that are evaluated, spread evenly over the blocks.
        gap: States left out on both sides of each held-out block; by default the time after which the field's
            autocorrelation has fallen below a tenth.

    Raises:
        OptionError: A value is out of its range; the message names it.

    Example:
        >>> FieldTrainingConfig(network_options={"width": 8}).network
        'spectral_mixer'
    """

    network: str = "spectral_mixer"
    network_options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    sigma_min: float = 0.01
    sigma_max: float = 10.0
    emphasis: float = 2.0
    levels: int = 6
    extrapolate: bool = True
    batch_size: int = 32
    steps: int = 1500
    learning_rate: float = 2e-2
    warm_up: int = 50
    gradient_clip: float = 100.0
    ema_decays: tuple[float, ...] = (0.98, 0.998)
    patience: int = 20
    evaluate_every: int = 50
    heldout_fraction: float = 0.1
    heldout_blocks: int = 8
    heldout_states: int = 256
    gap: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "network_options", dict(self.network_options))
        self._need("network", self.network in FIELD_NETWORKS, f"one of {', '.join(FIELD_NETWORKS)}")
        self._need_count("heldout_states")
        decays = self.ema_decays
        fits = bool(decays) and all(is_number(decay) and 0.0 <= decay < 1.0 for decay in decays)
        self._need("ema_decays", fits, "one or more numbers in [0, 1)")
        self._check_common()

    @classmethod
    def quick(cls) -> "FieldTrainingConfig":
        """A few minutes on two processor cores for fields of about 1000 points.

        Example:
            >>> FieldTrainingConfig.quick().network
            'spectral_mixer'
        """
        return cls()

    @classmethod
    def published(
        cls, training_states: int, *, epochs: int = 500, batch_size: int = 128, channel_scale: int = 1
    ) -> "FieldTrainingConfig":
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
            >>> FieldTrainingConfig.published(20_480).steps
            80000

        References:
            Giorgini, Deck, Bischoff and Souza, *Response theory via generative score modeling*, Phys. Rev. Lett. 133,
            267302 (2024), and its released code.
        """
        every = 500
        steps = max(1, round(epochs * training_states / batch_size / every)) * every
        return cls(
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

    @property
    def loop(self) -> LoopOptions:
        """The part that the training loop reads."""
        return LoopOptions(**{field.name: getattr(self, field.name) for field in dataclasses.fields(LoopOptions)})
