"""The maps of a response of modes in words."""

import numpy as np

from ..results import ResponseResult
from ._numbers import number_text, percent
from ._shown import shown_pushes, some_lags


def map_sentences(result: ResponseResult) -> list[str]:
    """The largest response of every field to every shown push at a middle lag, and at how many cells it is sure."""
    return [_read_map(result, name, push) for push in shown_pushes(result) for name in result.map_fields]


def _read_map(result: ResponseResult, name: str, push: str) -> str:
    part, lags = result.of_map(name), some_lags(result)
    lag = lags[len(lags) // 2]
    value, lower, upper = (part.field(f"impulse_response{end}", push)[lag] for end in ("", "_lower", "_upper"))
    place = np.unravel_index(int(np.nanargmax(np.abs(value))), value.shape)
    where = ", ".join(f"{dim} {part.labels(dim)[index]}" for dim, index in zip(part.space_dims, place, strict=True))
    sure = int(np.sum((lower > 0) | (upper < 0)))
    return (
        f"At lag {result.lags[lag]:.4g} {result.lag_units} the response of {name} to {push} is largest at {where}: "
        f"{number_text(value[place])} ({percent(result.confidence)} band {number_text(lower[place])} to "
        f"{number_text(upper[place])}); bands exclude zero at {sure} of {int(np.isfinite(value).sum())} cells."
    )
