"""The answer in words, made from the numbers: what was asked, what came out, and where the bands carry it."""

from typing import NamedTuple

import numpy as np

from ..core import listed
from ..results import ResponseResult
from ._numbers import number_text, percent
from ._shown import field_parts, of_datasets, shown_observables, shown_pushes, some_lags
from ._space import space_axes

# A band narrower than this share of the curve is an identity (the response at lag zero), not an estimate.
_ROUNDING = 1e-7
_MOST_NAMES = 6


class Pair(NamedTuple):
    """What one response curve says."""

    push: str
    observable: str
    text: str
    peak: float
    peak_lag: float
    clarity: float
    differs_from_zero: bool
    differs_from_gaussian: str


@of_datasets
def title(result: ResponseResult) -> str:
    """What was asked, as a heading.

    Example:
        >>> import numpy as np, xarray as xr
        >>> shape = ("push", "lag", "observable")
        >>> result = xr.Dataset(
        ...     {"impulse_response": (shape, np.ones((1, 2, 2)))},
        ...     coords={"push": ["tau"], "lag": [0.0, 1.0], "observable": ["u1", "u2"]},
        ... )
        >>> title(result)
        'How u1, u2 respond to a unit push on tau'
    """
    pushes = result.pushes
    if result.is_whole_field:
        places = listed([_place(result, push) for push in pushes], _MOST_NAMES)
        if result.observables:
            verb = "responds" if len(result.observables) == 1 else "respond"
            return f"How {listed(result.observables, _MOST_NAMES)} {verb} to a unit push at {places}"
        name = str(result.options.get("variable") or pushes[0].split("[")[0])
        return f"How the field {name} responds to a unit push at {places}"
    observables = result.map_fields or result.observables
    verb = "responds" if len(observables) == 1 else "respond"
    return f"How {listed(observables, _MOST_NAMES)} {verb} to a unit push on {listed(pushes, _MOST_NAMES)}"


@of_datasets
def reading(result: ResponseResult) -> str:
    """The answer in one paragraph, without the details of each curve."""
    if result.is_whole_field:
        parts = field_parts(result)
        return " ".join(_read_field(part, push, name) for push in shown_pushes(result) for name, part in parts)
    pairs = read_pairs(result)
    if len(pairs) == 1:
        return " ".join([pairs[0].text, *map_sentences(result)])
    said = []
    # That a variable answers a push on itself is no news.
    clearest = max(pairs, key=lambda pair: (pair.push != pair.observable and pair.differs_from_zero, pair.clarity))
    if clearest.differs_from_zero:
        said.append(
            f"The clearest response is that of {clearest.observable} to {clearest.push}: "
            f"{number_text(clearest.peak)} at lag {_at(clearest.peak_lag, result)}{_bands_of(result, clearest)}."
        )
    sure = [pair for pair in pairs if pair.differs_from_zero]
    unsure = [f"{pair.observable} to {pair.push}" for pair in pairs if not pair.differs_from_zero]
    level = percent(result.confidence)
    if not unsure:
        every = f"All {len(pairs)} responses have" if len(pairs) > 1 else "The response has"
        said.append(f"{every} {level} bands that exclude zero at some lags.")
    elif not sure:
        said.append(f"No {level} band excludes zero at more lags than chance would give: no response was detected.")
    else:
        said.append(f"{len(sure)} of {len(pairs)} responses have {level} bands that exclude zero at some lags; ")
        said[-1] += f"not distinguished from zero: the response of {listed(unsure, _MOST_NAMES)}."
    if "gaussian_response" in result:
        different = [pair for pair in pairs if pair.differs_from_gaussian]
        if different:
            named = listed([f"{pair.observable} to {pair.push}" for pair in different], _MOST_NAMES)
            said.append(
                f"The classical Gaussian estimate lies outside the band for {len(different)} of {len(pairs)} "
                f"({named}): there, the record is not Gaussian in a way that matters."
            )
        else:
            said.append("The classical Gaussian estimate stays within the bands.")
    return " ".join([*said, *map_sentences(result)])


def read_pairs(result: ResponseResult) -> list[Pair]:
    """What every shown response curve says, pushes first."""
    return [read_pair(result, push, obs) for push in shown_pushes(result) for obs in shown_observables(result)]


@of_datasets
def read_pair(result: ResponseResult, push: str, observable: str) -> Pair:
    """What one response curve says: its largest value, its sign, where it differs from the Gaussian.

    Args:
        result: Response with dimensions push, lag and observable.
        push: Label of the push.
        observable: Label of the observable.

    Returns:
        Sentences and the numbers they were made from.
    """
    lag = result.lags
    curves = result.curve("impulse_response", push, observable), *_band(result, "impulse_response", push, observable)
    value, lower, upper = (_finite(curve, len(lag)) for curve in curves)
    scale = float(np.max(np.abs(value))) or 1.0
    level = percent(result.confidence)
    peak = int(np.argmax(np.abs(value)))
    said = [_describe_peak(result, value, lower, upper, peak, _outer_text(result, "impulse", push, observable, peak))]

    excluded = (lower > _ROUNDING * scale) | (upper < -_ROUNDING * scale)
    estimated = upper - lower > _ROUNDING * scale
    differs = bool(np.sum(excluded & estimated) > (1 - result.confidence) * max(1, int(np.sum(estimated))))
    if differs:
        outer = _outside(*_band(result, "impulse_response_outer", push, observable), scale=scale, result=result)
        said.append(f"The {level} band excludes zero at lags {_ranges(excluded, result)}{outer}.")
    else:
        said.append(f"Its {level} band does not exclude zero at more lags than chance would give.")

    outside = ""
    gaussian = result.curve("gaussian_response", push, observable)
    if gaussian is not None:
        # The Gaussian estimate has an error of its own, larger than that of a Markov estimate: leaving a narrow band by
        # noise says nothing of the record.
        ends = _band(result, "gaussian_response", push, observable)
        low, high = (gaussian if end is None else end for end in ends)
        gap = np.maximum(lower - gaussian, gaussian - upper)
        together = np.hypot(0.5 * (upper - lower), 0.5 * (high - low))
        beyond = (gap > 1e-6 * scale) & (np.abs(value - gaussian) > together)
        # Neighbouring lags err together: by chance a few of them leave it at once, but hardly by so much anywhere.
        clear = beyond & (np.abs(value - gaussian) > _all_lags_at_once(result, push, observable) * together)
        if clear.any() and np.sum(beyond) > (1 - result.confidence) * len(lag):
            outside = _ranges(beyond, result)
            worst = int(np.argmax(np.where(beyond, np.abs(value - gaussian), -1.0)))
            said.append(
                f"The Gaussian estimate leaves the band at lags {outside}; at {_at(lag[worst], result)} "
                f"it says {number_text(gaussian[worst])} instead of {number_text(value[worst])}."
            )
        elif np.sum(apart := gap > 1e-6 * scale) > (1 - result.confidence) * len(lag):
            said.append(
                f"The Gaussian estimate lies outside the band at lags {_ranges(apart, result)}, by no more than its "
                "own error explains."
            )
        else:
            said.append("The Gaussian estimate agrees within the band.")

    said += _describe_step(result, push, observable)
    half_width = 0.5 * (upper - lower)
    clear = np.abs(value) / np.maximum(half_width, 1e-12 * scale)
    clarity = float(np.max(np.where(estimated, clear, 0.0)))
    best = peak if estimated[peak] else int(np.argmax(np.where(estimated, np.abs(value), 0.0)))
    return Pair(push, observable, " ".join(said), value[best], lag[best], clarity, differs, outside)


def _band(result: ResponseResult, name: str, push: str, observable: str) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The lower and the upper end of a band, along the lags."""
    return result.curve(f"{name}_lower", push, observable), result.curve(f"{name}_upper", push, observable)


def _all_lags_at_once(result: ResponseResult, push: str, observable: str) -> float:
    """How many times as wide as at one lag a band is that holds the whole curve; one where that is not known."""
    (low, high), (lowest, highest) = (
        _band(result, name, push, observable) for name in ("impulse_response", "simultaneous")
    )
    if low is None or high is None or lowest is None or highest is None:
        return 1.0
    widths, whole = high - low, highest - lowest
    known = widths > _ROUNDING * np.nanmax(widths, initial=0.0)
    return float(np.median(whole[known] / widths[known])) if known.any() else 1.0


def _bands_of(result: ResponseResult, pair: Pair) -> str:
    """The bands at the largest value of a curve, in brackets."""
    place = int(np.argmin(np.abs(result.lags - pair.peak_lag)))
    ends = _band(result, "impulse_response", pair.push, pair.observable)
    lower, upper = (_finite(end, len(result.lags))[place] for end in ends)
    outer = _outer_text(result, "impulse", pair.push, pair.observable, place)
    return f" ({percent(result.confidence)} band {number_text(lower)} to {number_text(upper)}{outer})"


def _outer_text(result: ResponseResult, kind: str, push: str, observable: str, place: int) -> str:
    """The outer band at one lag; nothing where there is none."""
    lower, upper = _band(result, f"{kind}_response_outer", push, observable)
    if lower is None or upper is None:
        return ""
    return f"; outer band {number_text(lower[place])} to {number_text(upper[place])}"


def _outside(lower: np.ndarray | None, upper: np.ndarray | None, scale: float, result: ResponseResult) -> str:
    """Where the outer band excludes zero."""
    if lower is None or upper is None:
        return ""
    excluded = (lower > _ROUNDING * scale) | (upper < -_ROUNDING * scale)
    return f", the outer band at {_ranges(excluded, result)}" if np.any(excluded) else ", the outer band at none"


def _describe_peak(
    result: ResponseResult, value: np.ndarray, lower: np.ndarray, upper: np.ndarray, peak: int, outer: str
) -> str:
    lag = result.lags
    band = f"{percent(result.confidence)} band {number_text(lower[peak])} to {number_text(upper[peak])}{outer}"
    if peak > 0 or len(lag) == 1:
        return f"Largest at lag {_at(lag[peak], result)}: {number_text(value[peak])} ({band})."
    fixed = upper[0] - lower[0] <= _ROUNDING * abs(value[0])
    said = f"It moves at once by {number_text(value[0])}" + (" (exactly)" if fixed else f" ({band})")
    below = np.flatnonzero(np.abs(value) < 0.5 * abs(value[0]))
    if below.size:
        said += f" and has lost half of that by lag {_at(lag[below[0]], result)}"
    else:
        said += f" and keeps more than half of that to the last lag, {_at(lag[-1], result)}"
    opposite = -np.sign(value[0]) * value
    swing = int(np.argmax(opposite))
    sure = (lower[swing] > 0) | (upper[swing] < 0)
    if opposite[swing] > 0.05 * abs(value[0]) and sure:
        said += f"; it then swings to {number_text(value[swing])} at lag {_at(lag[swing], result)}"
    return said + "."


def _describe_step(result: ResponseResult, push: str, observable: str) -> list[str]:
    step = result.curve("step_response", push, observable)
    lower, upper = _band(result, "step_response", push, observable)
    if step is None or lower is None or upper is None or not np.isfinite(step[-1]):
        return []
    return [
        f"A push kept on moves it by {number_text(step[-1])} after {_at(result.lags[-1], result)} "
        f"({percent(result.confidence)} band {number_text(lower[-1])} to {number_text(upper[-1])}"
        f"{_outer_text(result, 'step', push, observable, -1)})."
    ]


def _place(result: ResponseResult, push: str) -> str:
    """The pushed place in words: along homogeneous dimensions it may be anywhere."""
    homogeneous, position = result.homogeneous_dims, result.push_position(push)
    fixed = [f"{dim}={position[dim]}" for dim in result.space_dims if dim not in homogeneous]
    if not homogeneous:
        return push
    return " and ".join([*fixed, *(f"any {dim}" for dim in homogeneous)]) if fixed else "any one point"


def _read_field(result: ResponseResult, push: str, observable: str = "") -> str:
    lag, response = result.lags, result.field("impulse_response", push)
    position = tuple(result.push_position(push).values())
    here = response[(slice(None), *position)]
    below = np.flatnonzero(np.abs(here) < 0.5 * abs(here[0]))
    if below.size:
        fate = f"has lost half of the push by lag {_at(lag[below[0]], result)}"
    else:
        fate = "keeps more than half of the push to the last lag"
    anywhere = result.homogeneous_dims == result.space_dims
    where = "" if anywhere else f" ({_place(result, push)})"
    # Of an observable the response need not begin at the push.
    said = f"Of {observable}, pushed at {_place(result, push)}: " if observable else ""
    said = said or f"Where it was pushed{where}, the field {fate}. "
    middle, place, value, lower, upper, sure = _largest(result, push)
    said += (
        f"At lag {_at(lag[middle], result)} the largest response is {number_text(value[place])}, "
        f"{_moved(result, push, place)}; the {percent(result.confidence)} band excludes zero at {sure} of "
        f"{lower.size} grid points."
    )
    if "gaussian_response" in result:
        gaussian = result.field("gaussian_response", push)[middle][place]
        within = "within the band" if lower[place] <= gaussian <= upper[place] else "outside the band"
        said += f" The classical Gaussian estimate there is {number_text(gaussian)}, {within}."
    return said


def map_sentences(result: ResponseResult) -> list[str]:
    """Of a response of modes, the same of the map of every reduced field."""
    return [_read_map(result, name, push) for push in shown_pushes(result) for name in result.map_fields]


def _read_map(result: ResponseResult, name: str, push: str) -> str:
    part = result.of_map(name)
    middle, place, value, lower, upper, sure = _largest(part, push)
    where = ", ".join(f"{dim} {part.labels(dim)[index]}" for dim, index in zip(part.space_dims, place, strict=True))
    return (
        f"At lag {_at(result.lags[middle], result)} the response of {name} to {push} is largest at {where}: "
        f"{number_text(value[place])} ({percent(result.confidence)} band {number_text(lower[place])} to "
        f"{number_text(upper[place])}); bands exclude zero at {sure} of {int(np.isfinite(value).sum())} cells."
    )


def _largest(
    result: ResponseResult, push: str
) -> tuple[int, tuple[np.intp, ...], np.ndarray, np.ndarray, np.ndarray, int]:
    """A middle lag, the place of the largest response there, all of it with its band, and how many places are sure."""
    lags = some_lags(result)
    lag = lags[len(lags) // 2]
    value, lower, upper = (result.field(f"impulse_response{end}", push)[lag] for end in ("", "_lower", "_upper"))
    place = np.unravel_index(int(np.nanargmax(np.abs(value))), value.shape)
    return lag, place, value, lower, upper, int(np.sum((lower > 0) | (upper < 0)))


def _moved(result: ResponseResult, push: str, place: tuple[np.intp, ...]) -> str:
    """How far a place of the grid is from the pushed one."""
    moved = []
    for axis, position, index in zip(space_axes(result, push), result.push_position(push).values(), place, strict=True):
        # The shorter way round, as on a periodic grid.
        length = len(axis.values)
        offset = (int(index) - position + length // 2) % length - length // 2
        if offset:
            sign = "+" if offset > 0 else "\N{MINUS SIGN}"
            moved.append(f"{abs(offset)} point{'s' if abs(offset) > 1 else ''} along {sign}{axis.name}")
    return " and ".join(moved) or "still at the pushed place"


def _finite(values: np.ndarray | None, size: int) -> np.ndarray:
    return np.zeros(size) if values is None else np.nan_to_num(values)


def _at(lag: float | np.ndarray, result: ResponseResult) -> str:
    return f"{float(lag):.4g} {result.lag_units}"


def _ranges(mask: np.ndarray, result: ResponseResult, most: int = 3) -> str:
    lag = result.lags
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    pieces = [(lag[start], lag[stop - 1]) for start, stop in zip(edges[::2], edges[1::2], strict=True)]
    texts = [f"{first:.4g}" if first == last else f"{first:.4g} to {last:.4g}" for first, last in pieces]
    more = f" and {len(texts) - most} shorter stretches" if len(texts) > most + 1 else ""
    shown = texts[:most] if more else texts
    joined = ", ".join(shown) if more else " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
    return f"{joined} {result.lag_units}{more}"
