"""T7: images of two classes, one of them rare: does what is drawn keep the share of the rare class?"""

from collections.abc import Sequence
from pathlib import Path

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from fluctua.core import AbstractProgress, named_key

from .fit import Range, draw, fit_two_heads, start_from_noise
from .generate import SAMPLERS, matched_law
from .images import ImageSet, dequantised, digits, images_of_folder, judge_of
from .names import SECOND_SAMPLE
from .plan import DrawnPlan, HeavyTailPlan
from .quantities import ACCURACY, NEAREST_IMAGE, RARE_ERROR, RARE_SHARE
from .rows import EXACT, HeavyTailRow, Measurement, Reference, rows_over_seeds, setting_text
from .seeds import every_seed, measured

_RANGE = Range(0.1, 20.0)
_BLOCK = 512  # states whose distances to all images are held at a time


def imbalanced_rows(
    plan: HeavyTailPlan,
    key: PRNGKeyArray,
    progress: AbstractProgress | None = None,
    folder: Path | None = None,
) -> list[HeavyTailRow]:
    """Shares of the rare class by law, of digits and of a folder of images.

    Args:
        plan: The sizes.
        key: Random key.
        progress: Where progress is shown.
        folder: IDX files; without it, only the digits are used.
    """
    rows = _rows_of(digits(_generator(key)), plan.digits, plan.seeds, key, progress)
    if folder is not None:
        images = images_of_folder(folder, _generator(key))
        rows += _rows_of(images, plan.images, plan.seeds, named_key(key, "folder"), progress)
    return rows


def _rows_of(
    images: ImageSet, size: DrawnPlan, seeds: int, key: PRNGKeyArray, progress: AbstractProgress | None
) -> list[HeavyTailRow]:
    dimension = images.states.shape[1]
    apart = _nearest(images.states, images.states, skip=1)

    def measure(law_text: str, own: PRNGKeyArray) -> list[Measurement]:
        generator = _generator(own)
        judge = judge_of(images, generator)
        record = dequantised(images, size.copies, generator)
        of_classes = {
            RARE_SHARE: judge.rare_share,
            RARE_ERROR: lambda drawn: abs(judge.rare_share(drawn) - images.rare_share),
        }
        if law_text == EXACT:
            return [Measurement(setting_text(data=images.name), EXACT, ACCURACY, judge.accuracy)]
        if law_text == SECOND_SAMPLE:
            second = judge.real_states(images.rare_share, size.drawn, generator)
            return measured(setting_text(data=images.name, sampler="none"), law_text, second, of_classes)
        # Below one half or so, the images of the record are drawn again rather than new ones.
        measures = {**of_classes, NEAREST_IMAGE: lambda drawn: _nearest(drawn, images.states) / apart}
        law = matched_law(law_text, dimension)
        noised = fit_two_heads(record, law, size.network, _RANGE, named_key(own, "training"))
        levels = Range(*noised.levels).ladder(size.levels)
        start = start_from_noise(record, size.drawn, levels[0], law, named_key(own, "start"))
        found = []
        for name, sampler in SAMPLERS.items():
            drawn = draw(sampler, noised, start, levels, named_key(own, name))
            found += measured(setting_text(data=images.name, sampler=name), law_text, drawn, measures)
        return found

    jobs: Sequence[str] = (EXACT, *size.laws, SECOND_SAMPLE)
    references = {("", RARE_SHARE): Reference(images.rare_share, "share in the record")}
    return rows_over_seeds("T7", every_seed("T7", seeds, jobs, measure, key, progress), references)


def _nearest(states: np.ndarray, record: np.ndarray, skip: int = 0) -> float:
    """Mean distance of states to the nearest image of the record, or to the one after it."""
    lengths, nearest = np.sum(record**2, axis=1), []
    for start in range(0, len(states), _BLOCK):
        block = states[start : start + _BLOCK]
        squared = np.sum(block**2, axis=1)[:, None] - 2.0 * block @ record.T + lengths
        nearest.append(np.sqrt(np.maximum(np.partition(squared, skip, axis=1)[:, skip], 0.0)))
    return float(np.mean(np.concatenate(nearest)))


def _generator(key: PRNGKeyArray) -> np.random.Generator:
    return np.random.default_rng(np.asarray(jax.random.key_data(key)).tolist())
