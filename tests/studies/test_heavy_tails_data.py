"""The data sets are what they say: densities, weights, images."""

import gzip
import struct
from pathlib import Path

import jax
import numpy as np
import pytest
import scipy.stats

from fluctua.core import DataError, OptionError
from studies.heavy_tails import data as data, images as images
from studies.heavy_tails.generate import SignedLogarithm

pytestmark = pytest.mark.slow

KEY = jax.random.key(5)


@pytest.mark.parametrize("mixture", [data.uneven_mixture(1), data.uneven_mixture(3), data.two_modes()])
def test_the_score_of_a_mixture_is_the_slope_of_its_density(mixture: data.Mixture) -> None:
    state = np.full(mixture.means.shape[1], 0.7)
    step = 1e-5 * np.eye(len(state))
    slopes = [(mixture.log_density(state + shift) - mixture.log_density(state - shift)) / 2e-5 for shift in step]
    np.testing.assert_allclose(mixture.score(state), slopes, rtol=1e-6)


def test_the_density_of_a_mixture_is_normalised() -> None:
    line = np.linspace(-12.0, 12.0, 4001)
    density = np.exp(jax.vmap(data.uneven_mixture(1).log_density)(line[:, None]))
    assert np.trapezoid(density, line) == pytest.approx(1.0, abs=1e-8)


def test_mixtures_have_their_weights_and_deviations() -> None:
    grid = data.weighted_grid()
    assert grid.weights.sum() == pytest.approx(1.0)
    assert np.unique(grid.means, axis=0).shape == (9, 2)
    drawn = data.uneven_mixture(2).draw(KEY, 40_000)
    # Relative standard error of a standard deviation of 80 000 values is at most 0.0025 times a factor of two for
    # the tails: six of them are 3 %, a chance below 1e-8.
    assert np.sqrt(np.mean(drawn.var(axis=0))) == pytest.approx(data.uneven_mixture(2).deviation, rel=0.03)


def test_the_stable_mixture_has_stable_components() -> None:
    one = data.StableMixture(1.7, np.zeros((1, 2)), np.zeros((1, 2, 3)), 0.55)
    values = one.draw(KEY, 20_000)[:, 0]
    # Of scale 0.55: E cos(k x) = exp(-(0.55 k)^1.7), each mean of 20 000 values with deviation below 0.71 / 141, six of
    # which are 0.03: a chance below 1e-8.
    for wave in (0.5, 1.0, 2.0):
        assert np.mean(np.cos(wave * values)) == pytest.approx(np.exp(-((0.55 * wave) ** 1.7)), abs=0.03)
    full = data.stable_mixture()
    assert full.draw(KEY, 10).shape == (10, 100)
    np.testing.assert_allclose(np.linalg.norm(full.means, axis=1), 7.5)
    np.testing.assert_allclose(np.linalg.norm(full.factors, axis=1), 1.2)


def test_the_funnel_narrows() -> None:
    states = data.draw_funnel(KEY, 20_000, 3)
    standard = np.concatenate([states[:, :1] / 3.0, states[:, 1:] * np.exp(-0.5 * states[:, :1])], axis=1)
    # The Kolmogorov-Smirnov distance of 20 000 values exceeds 0.02 with a chance of 2 exp(-16) = 2e-7.
    for column in standard.T:
        assert scipy.stats.kstest(column, "norm").statistic < 0.02


def test_logarithms_and_back() -> None:
    states = np.concatenate([data.draw_student(KEY, 100, 1.0, 2), np.zeros((1, 2))])
    transform = SignedLogarithm.of(states)
    np.testing.assert_allclose(transform.backward(transform.forward(states)), states, rtol=1e-12)
    assert np.isinf(transform.backward(np.full((1, 2), 1e4))).all()


def test_digits_are_ten_to_one_and_told_apart() -> None:
    pytest.importorskip("sklearn")
    found = images.digits(np.random.default_rng(0))
    assert (np.sum(found.labels == images.RARE), np.sum(found.labels == images.COMMON)) == (17, 174)
    assert found.states.shape == (191, 64)
    assert found.states.max() <= 1.0
    judge = images.judge_of(found, np.random.default_rng(1))
    assert judge.accuracy > 0.95
    # Of images that it was given, it finds the rare share: at most 5 % of 191 are taken for the other class.
    assert judge.rare_share(found.states) == pytest.approx(found.rare_share, abs=0.05)


def test_copies_of_an_image_stay_together_and_have_a_density() -> None:
    pytest.importorskip("sklearn")
    found = images.digits(np.random.default_rng(0))
    states = images.dequantised(found, 3, np.random.default_rng(2))
    assert states.shape == (3 * 191, 64)
    assert np.all(np.ptp(states, axis=0) > 0.0)
    assert np.abs(states[0] - states[1]).max() <= 1.0 / 16.0


def write_idx(path: Path, values: np.ndarray, compressed: bool = False) -> None:
    raw = b"\0\0\x08" + bytes([values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()
    path.write_bytes(gzip.compress(raw) if compressed else raw)


def image_folder(folder: Path, sizes: tuple[int, int, int] = (220, 4, 6)) -> Path:
    generator = np.random.default_rng(3)
    labels = np.repeat(np.array([1, 8], np.uint8), sizes[0] // 2)
    write_idx(folder / "train-labels-idx1-ubyte", labels)
    write_idx(folder / "train-images-idx3-ubyte.gz", generator.integers(0, 256, sizes, np.uint8), compressed=True)
    return folder


def test_images_are_read_from_idx_files(tmp_path: Path) -> None:
    found = images.images_of_folder(image_folder(tmp_path), np.random.default_rng(0))
    assert found.states.shape == (110 + 11, 2 * 3)
    assert found.rare_share == pytest.approx(11 / 121)
    whole = images.read_idx(tmp_path / "train-images-idx3-ubyte.gz")
    first_common = found.states[11]
    np.testing.assert_allclose(first_common[0], whole[110, :2, :2].mean() / 255.0)
    # A mean of four bytes has this many values, and noise of one of their distances.
    assert found.grey_levels == 1021
    np.testing.assert_allclose(1020 * found.states, np.round(1020 * found.states), atol=1e-9)


def test_the_name_of_a_folder_does_not_depend_on_how_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(image_folder(tmp_path))
    found = images.images_of_folder(".", np.random.default_rng(0))
    assert found.name == f"images of '{tmp_path.name}', 2 x 3"


def test_real_states_are_images_that_the_classifier_was_not_fitted_to() -> None:
    pytest.importorskip("sklearn")
    judge = images.judge_of(images.digits(np.random.default_rng(0)), np.random.default_rng(1))
    drawn = judge.real_states(0.3, 1000, np.random.default_rng(2))
    assert {state.tobytes() for state in drawn} <= {state.tobytes() for state in judge.unseen}
    # Each is taken for its class with the accuracy of the classifier; six binomial deviations of 1.5 % on top of it.
    assert judge.rare_share(drawn) == pytest.approx(0.3, abs=0.05 + 6 * 0.0145)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda folder: (folder / "train-labels-idx1-ubyte").unlink(), r"has no file 'train-labels.*\. Give --images"),
        (lambda folder: (folder / "train-labels-idx1-ubyte").write_bytes(b"PNG"), r"does not start like an IDX file"),
        (lambda folder: (folder / "train-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01\0"), r"ends within its header"),
        (
            lambda folder: (folder / "train-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01\0\0\0\x05ab"),
            r"holds 2 bytes for the shape \(5,\)",
        ),
        (
            lambda folder: (folder / "train-images-idx3-ubyte.gz").write_bytes(b"\x1f\x8bxx"),
            r"cannot be decompressed",
        ),
        (lambda folder: image_folder(folder, (220, 5, 6)), r"have shape \(220, 5, 6\) .* even sizes"),
    ],
)
def test_files_that_are_not_images_are_refused(change, message: str, tmp_path: Path) -> None:
    change(image_folder(tmp_path))
    with pytest.raises(DataError, match=message):
        images.images_of_folder(tmp_path, np.random.default_rng(0))


def test_digits_need_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "has_scikit_learn", lambda: False)
    with pytest.raises(OptionError, match=r"Scikit-learn is not installed; .*\. Install fluctua\[studies\]"):
        images.digits(np.random.default_rng(0))
