"""Options of field training: presets, refusals, JSON."""

import json

import numpy as np
import pytest

from fluctua.core import DataError, OptionError
from fluctua.training import FieldTrainingConfig
from fluctua.training._field_record import FieldRecord


def test_options_come_back_from_json() -> None:
    config = FieldTrainingConfig(network_options={"width": 4}, ema_decays=(0.9,))
    assert FieldTrainingConfig.from_options(json.loads(json.dumps(config.to_options()))) == config
    assert config.loop.ema_decays == (0.9,)
    assert hash(config.loop) == hash(FieldTrainingConfig(ema_decays=(0.9,)).loop)


def test_the_published_preset_is_the_published_one() -> None:
    config = FieldTrainingConfig.published(20_480, channel_scale=2)
    assert config.network == "periodic_unet"
    assert config.network_options["widths"] == [64, 128, 256, 512]
    assert (config.steps, config.batch_size, config.warm_up) == (80_000, 128, 5000)
    assert (config.learning_rate, config.gradient_clip, config.ema_decays) == (2e-4, 1.0, (0.999,))
    assert FieldTrainingConfig.quick().network == "spectral_mixer"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"network": "unet"}, r"network is 'unet'; one of spectral_mixer, periodic_unet is needed\. Change network"),
        ({"steps": 75}, r"steps is 75; a multiple of evaluate_every=50 is needed"),
        ({"ema_decays": ()}, r"ema_decays is \(\); one or more numbers in \[0, 1\) is needed"),
        ({"ema_decays": (0.9, 1.0)}, r"ema_decays is \(0.9, 1.0\)"),
        ({"sigma_max": 0.01}, r"sigma_max is 0.01; more than twice sigma_min=0.01"),
        ({"warm_up": 1500}, r"warm_up is 1500; a whole number from 0 to less than steps=1500"),
        ({"batch_size": 0}, r"batch_size is 0; a whole number of 1 or more"),
        ({"learning_rate": float("nan")}, r"learning_rate is nan; a positive number"),
        ({"heldout_fraction": 0.9}, r"heldout_fraction is 0.9; a fraction"),
        ({"width": 3}, r"option 'width' was given; it must be one of network, "),
    ],
)
def test_options_out_of_range_are_refused(options: dict, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        FieldTrainingConfig.from_options(options)


def test_a_record_in_parts_reads_like_one(tmp_path) -> None:  # type: ignore[no-untyped-def]
    states = np.random.default_rng(0).standard_normal((50, 8)).astype(np.float32)
    np.save(tmp_path / "part.npy", states[20:])
    mapped = np.load(tmp_path / "part.npy", mmap_mode="r")
    record = FieldRecord([states[:20], mapped], (8,))
    indices = np.array([0, 19, 20, 49, 3, 20])
    np.testing.assert_array_equal(record[indices], states[indices].astype(float))
    assert record[indices].dtype == np.float64
    assert len(record) == 50
    assert record.hash() == FieldRecord([states[:20], states[20:]], (8,)).hash()
    assert record.hash() != FieldRecord([states[:21], states[21:]], (8,)).hash()
    with pytest.raises(DataError, match="shapes"):
        FieldRecord([states], (2, 3))


def test_the_decorrelation_of_a_field_is_that_of_its_points() -> None:
    """Every point decays as 0.8^lag, below a tenth at lag 11; its scatter over 2000 states and 8 points is one lag."""
    noise = np.random.default_rng(0).standard_normal((2000, 8))
    states = np.zeros_like(noise)
    for step in range(1, len(noise)):
        states[step] = 0.8 * states[step - 1] + noise[step]
    assert 8 <= FieldRecord([states], (8,)).decorrelation_steps() <= 14
