"""What of a result is shown: all, or the first few of many."""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

import numpy as np
import xarray as xr

from ..results import ResponseResult

MOST_OBSERVABLES = 12
MOST_PUSHES = 4


Options = ParamSpec("Options")
Drawn = TypeVar("Drawn")


def of_datasets(
    function: Callable[Concatenate[ResponseResult, Options], Drawn],
) -> Callable[Concatenate[ResponseResult | xr.Dataset, Options], Drawn]:
    """Let a function of a result take a dataset too, such as one read from a file."""

    @functools.wraps(function)
    def of_result(result: ResponseResult | xr.Dataset, *args: Options.args, **options: Options.kwargs) -> Drawn:
        return function(ResponseResult.of(result), *args, **options)

    return of_result


def field_parts(result: ResponseResult) -> list[tuple[str, ResponseResult]]:
    """A field response observable by observable; the field's own has no name."""
    if "observable" not in result.dataset["impulse_response"].dims:
        return [("", result)]
    return [(name, result.of_observable(name)) for name in shown_observables(result)]


def shown_pushes(result: ResponseResult) -> list[str]:
    """The pushes that a report shows."""
    return result.pushes[:MOST_PUSHES]


def shown_observables(result: ResponseResult) -> list[str]:
    """The observables that a report shows."""
    return result.observables[:MOST_OBSERVABLES]


def some_lags(result: ResponseResult, count: int = 6) -> list[int]:
    """Indices of about ``count`` lags, evenly spread from the first to the last."""
    size = len(result.lags)
    return sorted({round(index) for index in np.linspace(0, size - 1, min(count, size))})
