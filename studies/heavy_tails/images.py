"""Images of two classes, one of them rare: handwritten digits, or a folder of IDX files."""

import gzip
import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from fluctua.core import DataError, OptionError

RARE, COMMON = 1, 8
"""The classes of the published image set: few of the first, all of the second."""

_SHARE = 10
_IDX_BYTES = 0x08


class ImageSet(NamedTuple):
    """Images of two classes, values between 0 and 1, shape ``(n, pixels)``, in two parts.

    Attributes:
        name: What they are.
        states: The unbalanced part, of which a score is learned.
        labels: The class of each, ``RARE`` or ``COMMON``.
        balanced: Images that a classifier is fitted to and tested on, both classes about equally often.
        balanced_labels: Their classes.
        grey_levels: Number of values of a pixel.
    """

    name: str
    states: Float[np.ndarray, "n pixels"]
    labels: Int[np.ndarray, " n"]
    balanced: Float[np.ndarray, "m pixels"]
    balanced_labels: Int[np.ndarray, " m"]
    grey_levels: int

    @property
    def rare_share(self) -> float:
        """The share of the rare class in the unbalanced part."""
        return float(np.mean(self.labels == RARE))


def has_scikit_learn() -> bool:
    """Whether scikit-learn is installed."""
    import importlib.util

    return importlib.util.find_spec("sklearn") is not None


def digits(generator: np.random.Generator) -> ImageSet:
    """Handwritten digits of 8 x 8 pixels: all eights, and of the ones a tenth as many.

    The classifier's part holds all ones and all eights: the rare part has too few ones to fit it to.

    Raises:
        OptionError: scikit-learn, which ships the digits, is not installed.
    """
    if not has_scikit_learn():
        raise OptionError(
            "scikit-learn is not installed",
            "task T7 takes its images and its classifier from it",
            "install fluctua[studies], or name the other tasks by --task",
        )
    from sklearn.datasets import load_digits  # pyright: ignore[reportMissingImports]

    values, labels = load_digits(return_X_y=True)
    return _two_classes("handwritten digits, 8 x 8", np.asarray(values) / 16.0, np.asarray(labels), 17, generator)


def images_of_folder(folder: str | Path, generator: np.random.Generator) -> ImageSet:
    """The training images of a folder of IDX files, averaged over 2 x 2 pixels, in classes 1 and 8 at one to ten.

    Of MNIST these are the digits 1 and 8, of Fashion-MNIST trousers and bags.

    Args:
        folder: Holds ``train-images-idx3-ubyte`` and ``train-labels-idx1-ubyte``, or the same with ``.gz``.
        generator: Chooses the images of the rare class.

    Raises:
        DataError: A file is missing or is not what its name says.

    References:
        Xiao, Rasul and Vollgraf, *Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms*,
        arXiv 1708.07747 (2017); 60 000 training images of 28 x 28 pixels, under the MIT licence.
    """
    images = read_idx(_file(Path(folder), "train-images-idx3-ubyte"))
    labels = read_idx(_file(Path(folder), "train-labels-idx1-ubyte"))
    if images.ndim != 3 or labels.shape != images.shape[:1] or any(size % 2 for size in images.shape[1:]):
        raise DataError(
            f"the images in '{folder}' have shape {images.shape} and the labels shape {labels.shape}",
            "images of shape (n, rows, columns) with even sizes and n labels are needed",
            "give the folder of the training images of Fashion-MNIST or MNIST",
        )
    count, rows, columns = images.shape
    small = images.reshape(count, rows // 2, 2, columns // 2, 2).mean(axis=(2, 4)) / 255.0
    name = f"images of '{Path(folder).resolve().name}', {rows // 2} x {columns // 2}"
    # Four bytes have a sum between 0 and 4 x 255.
    return _two_classes(name, small.reshape(count, -1), labels.astype(int), 4 * 255 + 1, generator)


def read_idx(path: Path) -> np.ndarray:
    """An array of unsigned bytes in the IDX format, also compressed with gzip.

    Raises:
        DataError: The file is not such an array, or is cut off.
    """
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError) as error:
            raise _damaged(path, f"cannot be decompressed ({error})") from error
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] != _IDX_BYTES:
        raise _damaged(path, "does not start like an IDX file of unsigned bytes")
    dimensions = raw[3]
    start = 4 + 4 * dimensions
    if len(raw) < start:
        raise _damaged(path, "ends within its header")
    shape = struct.unpack(f">{dimensions}I", raw[4:start])
    if len(raw) - start != int(np.prod(shape)):
        raise _damaged(path, f"holds {len(raw) - start} bytes for the shape {shape}")
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)


def dequantised(images: ImageSet, copies: int, generator: np.random.Generator) -> Float[np.ndarray, "n pixels"]:
    """Several copies of each image with noise of one grey level, copies of an image next to one another.

    Without it a pixel takes a few values only, and some pixels one: there would be no density. The images come in
    random order, so that contiguous blocks of states are blocks of images.
    """
    order = np.repeat(generator.permutation(len(images.states)), copies)
    return _with_noise(images.states[order], images.grey_levels, generator)


def _with_noise(states: np.ndarray, grey_levels: int, generator: np.random.Generator) -> np.ndarray:
    return states + generator.uniform(-0.5, 0.5, states.shape) / (grey_levels - 1)


class Judge(NamedTuple):
    """A classifier of the two classes, the images that it was not fitted to, and how well it does on them.

    Attributes:
        classifier: It.
        accuracy: The share of the images it was not fitted to whose class it finds.
        unseen: Those images.
        unseen_labels: Their classes.
    """

    classifier: object
    accuracy: float
    unseen: Float[np.ndarray, "m pixels"]
    unseen_labels: Int[np.ndarray, " m"]

    def real_states(self, share: float, count: int, generator: np.random.Generator) -> Float[np.ndarray, "n pixels"]:
        """So many of the images it was not fitted to, each of the rare class with a probability of ``share``.

        What it makes of them is the floor: the error of a sampler that draws perfect images.
        """
        few = generator.binomial(count, share)
        counts = {RARE: few, COMMON: count - few}
        chosen = [generator.choice(np.flatnonzero(self.unseen_labels == label), many) for label, many in counts.items()]
        return self.unseen[np.concatenate(chosen)]

    def rare_share(self, states: Float[np.ndarray, "n pixels"]) -> float:
        """The share of the states that is taken for the rare class."""
        return float(np.mean(np.asarray(self.classifier.predict(states)) == RARE))  # pyright: ignore


def judge_of(images: ImageSet, generator: np.random.Generator) -> Judge:
    """A support-vector classifier fitted to half of the balanced images and tested on the other half."""
    from sklearn.svm import SVC  # pyright: ignore[reportMissingImports]

    order = generator.permutation(len(images.balanced))
    states = _with_noise(images.balanced[order], images.grey_levels, generator)
    labels, half = images.balanced_labels[order], len(order) // 2
    classifier = SVC(kernel="rbf", gamma="scale").fit(states[:half], labels[:half])
    unseen, unseen_labels = states[half:], labels[half:]
    return Judge(classifier, float(classifier.score(unseen, unseen_labels)), unseen, unseen_labels)


def _two_classes(
    name: str, values: np.ndarray, labels: np.ndarray, grey_levels: int, generator: np.random.Generator
) -> ImageSet:
    rare, common = np.flatnonzero(labels == RARE), np.flatnonzero(labels == COMMON)
    few = generator.permutation(rare)[: len(common) // _SHARE]
    chosen, balanced = np.concatenate([few, common]), np.concatenate([rare, common])
    return ImageSet(name, values[chosen], labels[chosen], values[balanced], labels[balanced], grey_levels)


def _file(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise DataError(
        f"the folder '{folder}' has no file '{name}' or '{name}.gz'",
        "task T7 reads the training images and labels in the IDX format",
        "give --images the folder that holds them, or leave --images out",
    )


def _damaged(path: Path, what: str) -> DataError:
    return DataError(
        f"'{path}' {what}",
        "an IDX file of unsigned bytes is needed, compressed with gzip or not",
        "get the file again",
    )
