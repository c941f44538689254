"""The training configuration refuses what it cannot use, and has presets."""

import json
from typing import Any

import jaxtyping
import pytest

from fluctua.core import OptionError
from fluctua.training import FieldTrainingConfig, TrainingConfig


@pytest.fixture
def _types_unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values of a wrong type reach the configuration itself, as they do for users."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


@pytest.mark.usefixtures("_types_unchecked")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("width", 0),
        ("width", 8.0),
        ("depth", -1),
        ("steps", 150),
        ("steps", True),
        ("batch_size", 0),
        ("sigma_min", 0.0),
        ("sigma_max", 0.1),
        ("sigma_max", float("inf")),
        ("emphasis", -0.5),
        ("learning_rate", float("nan")),
        ("learning_rate", "fast"),
        ("warm_up", -1),
        ("warm_up", 6000),
        ("gradient_clip", 0.0),
        ("ema_decays", (0.9, 1.0)),
        ("ema_decays", ()),
        ("network", "unet"),
        ("heldout_states", 0),
        ("heldout_fraction", 0.0),
        ("heldout_fraction", 0.9),
        ("heldout_blocks", 1),
        ("gap", -1),
        ("activation", "gelu"),
        ("extrapolate", 1),
        ("noise", ""),
        ("noise", 1.5),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(OptionError, match=rf"training option {name} is .*; .* is needed\. Change {name}, or leave"):
        TrainingConfig(**{name: value})


def test_an_unknown_option_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(
        OptionError, match=r"'learning_rat' was given; it must be one of .*Write 'learning_rate' instead"
    ):
        TrainingConfig.from_options({"learning_rat": 1e-3})
    with pytest.raises(OptionError, match=r"'zzz' was given; .*Leave it out"):
        TrainingConfig.from_options({"zzz": 1})


def test_options_go_back_and_forth() -> None:
    config = TrainingConfig(width=16, gap=3, residual=True)
    assert TrainingConfig.from_options(config.to_options()) == config
    assert hash(config) == hash(TrainingConfig.from_options(config.to_options()))
    config = TrainingConfig.for_fields(width=4, ema_decays=(0.9,), network_options={"expansion": 2})
    assert TrainingConfig.from_options(json.loads(json.dumps(config.to_options()))) == config
    assert config.network_arguments == {"width": 4, "expansion": 2}


def test_the_published_preset_is_the_published_one() -> None:
    config = TrainingConfig.published(20_480, channel_scale=2)
    assert config.network == "periodic_unet"
    assert config.network_options["widths"] == [64, 128, 256, 512]
    assert (config.steps, config.batch_size, config.warm_up) == (80_000, 128, 5000)
    assert (config.learning_rate, config.gradient_clip, config.ema_decays) == (2e-4, 1.0, (0.999,))


def test_the_preset_for_fields_has_its_own_defaults_and_the_same_refusals() -> None:
    assert FieldTrainingConfig() == TrainingConfig.for_fields()
    assert FieldTrainingConfig(steps=200).network == "spectral_mixer"
    with pytest.raises(OptionError, match=r"steps is 75; a multiple of evaluate_every=50 is needed"):
        FieldTrainingConfig(steps=75)
    with pytest.raises(OptionError, match=r"option 'stps' was given; it must be one of .* Write 'steps'"):
        FieldTrainingConfig(stps=75)
