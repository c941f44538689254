"""Codes for missing values that stand among the values: declared ones become gaps, others are refused by name.

A code is an atom far from the rest. A value that is there twice or more, exactly, is taken for one where it lies beyond
8 robust standard deviations of the median and nothing lies near it; values with heavy tails that are rounded repeat,
too, but have neighbours. A value that is there once has to be further out than the tail of the others explains: with
distances d_1 >= d_2 >= ... from the median and the tail index a (Hill's estimate from those below),

    P(d_j / d_{j+1} > r) = r^(-j a),

which is below 1e-5 for what is refused.

References:
    Hill (1975), A simple general approach to inference about the tail of a distribution.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from ...core import AbstractStored, DataError, OptionError, States, engine_for, pieces_of
from ..files import unpacked
from ._excerpt import excerpt_of
from ._record import Record

_ROUNDING = 2e-7
"""Relative difference of a number from itself in single precision."""

_FILLS = np.array([9.969209968386869e36, 1e20, *(10.0**power for power in range(30, 39))])
"""What no measurement is: the default fill of NetCDF, and powers of ten that models fill with."""

_LIMITS = ("valid_range", "valid_min", "valid_max")

_REPEATED, _SINGLE = 8.0, 30.0  # robust standard deviations
_ISOLATED = 0.3  # of its distance from the median, between a code and the next value
_UNITS = 20  # units of the last place between a code and the next value: small counts have wide tails
_IMPROBABLE = 1e-5
_UNLIKELY = 1e-3  # of a value that repeats exactly, which is unlikely by itself
_MOST_TAIL_INDEX = 10.0
_MOST_IN_TAIL = 200
_FEW = 65536
_FAR_STATES = 1 << 20  # of a stored record, from which it is seen what is far out
_MOST_FAR, _FEWEST_FAR = 1 << 24, 1024  # values far out that are kept in all, and of each piece


class _Code(NamedTuple):
    value: float
    count: int
    first: int
    deviations: float


def declared_gaps(variable: xr.Variable) -> np.ndarray:
    """The values of a variable, NaN where they are its ``_FillValue`` or ``missing_value``.

    They are compared as they are rounded in single precision: a ``missing_value`` of 1e38 in double precision, declared
    for a variable in single precision, is not equal to the value that stands for it, and xarray passes it on.
    """
    values = np.asarray(variable.values)
    about = {**variable.attrs, **variable.encoding}
    declared = [code for name in ("_FillValue", "missing_value") for code in _numbers(about.get(name, ()))]
    for code in unpacked(declared, variable):
        found = _equal(values, code)
        if found.any():
            values = np.where(found, np.nan, values)
    return values


def gaps_beyond_limits(variable: xr.Variable, values: np.ndarray) -> tuple[np.ndarray, str]:
    """The values of a variable, NaN where ``valid_range``, ``valid_min`` or ``valid_max`` excludes them.

    The attributes hold packed values if they are of the type of those, as the CF conventions say.

    Returns:
        The values, and what to say of those that are left out; nothing where there are none.
    """
    about = {**variable.encoding, **variable.attrs}
    if not any(name in about for name in _LIMITS):  # the usual case, and what follows takes memory
        return values, ""
    both = _numbers(about.get("valid_range", ()))
    given = both if len(both) == 2 else [*_first(about, "valid_min", -np.inf), *_first(about, "valid_max", np.inf)]
    kinds = {np.asarray(about[name]).dtype.kind for name in _LIMITS if name in about}
    packed = np.dtype(variable.encoding.get("dtype", np.float64)).kind in "iu" and kinds <= set("iu")
    low, high = sorted(unpacked(given, variable)) if packed else given
    outside = (values < low - _ROUNDING * abs(low)) | (values > high + _ROUNDING * abs(high))
    count = int(np.count_nonzero(outside))
    if not low < high or not count:
        return values, ""
    return np.where(outside, np.nan, values), (
        f"{count} value{'' if count == 1 else 's'} outside the valid range from {low:.7g} to {high:.7g} that its "
        f"attributes declare {'is a gap' if count == 1 else 'are gaps'}"
    )


def _first(about: Mapping[str, Any], name: str, default: float) -> list[float]:
    return (_numbers(about.get(name, ())) or [default])[:1]


def _numbers(declared: Any) -> list[float]:
    """The finite numbers that an attribute holds, of which some are written as text."""
    numbers = []
    for code in np.asarray(declared, dtype=object).ravel().tolist():
        with contextlib.suppress(TypeError, ValueError, OverflowError):
            numbers += [] if isinstance(code, bool) else [float(code)]
    return [number for number in numbers if np.isfinite(number)]


def with_gaps(record: Record, codes: Sequence[float]) -> Record:
    """The record with NaN where its values are one of ``codes``, to the rounding of single precision.

    Raises:
        OptionError: A code is not a number.

    Example:
        >>> record = Record(np.array([[[1.0], [-99.9], [2.0]]]), dt=1.0)
        >>> with_gaps(record, [-99.9]).history
        ('1 value of -99.9 is a gap',)
    """
    numbers = []
    for given in codes:
        try:
            numbers.append(float(given))
        except (TypeError, ValueError) as error:
            raise OptionError(
                f"--missing {given} was given",
                "a code for missing values is a number; words such as NA are gaps without it",
                "give the number as it stands in the record, such as --missing -99.9",
            ) from error
    numbers = list(dict.fromkeys(numbers))
    values, engine, pieces = record.values, engine_for(record.values), pieces_of(record.values)
    shared = engine.share(values)
    counts = np.sum(list(engine.results((_times_in, (shared, piece, numbers)) for piece in pieces)), axis=0)
    history = [
        f"{count} value{'' if count == 1 else 's'} of {code:.10g} {'is a gap' if count == 1 else 'are gaps'}"
        for code, count in zip(numbers, counts.tolist(), strict=True)
    ]
    without = partial(_without, codes=numbers)
    values = values.mapped(without, record.state_shape) if isinstance(values, AbstractStored) else without(values)
    return replace(record, values=values, history=(*record.history, *history))


def _times_in(values: States, piece: tuple[int, int, int], codes: list[float]) -> list[int]:
    """How often each code is in a piece."""
    member, start, stop = piece
    states = values[member, start:stop]
    return [int(np.count_nonzero(_equal(states, code))) for code in codes]


def _without(states: np.ndarray, codes: list[float]) -> np.ndarray:
    """States with NaN in the place of codes."""
    states = states.copy()
    for code in codes:
        states[_equal(states, code)] = np.nan
    return states


def no_codes(record: Record) -> list[str]:
    """Refuse values that can only be codes for missing ones; all of them are named in the remedy."""
    columns = _far_columns(record) if isinstance(record.values, AbstractStored) else _columns(record)
    found = [(column, places, code) for column, places, values in columns for code in _codes(values)]
    if not found:
        return []
    column, places, code = max(found, key=lambda each: each[2].count)
    if isinstance(record.values, AbstractStored):
        count, place = _everywhere(record, column, code.value)
        code = code._replace(count=count)
    else:
        place = places[code.first]
    if record.homogeneous:
        place, column = divmod(place, record.dimension)
    times = "once" if code.count == 1 else f"{code.count} times"
    codes = list(dict.fromkeys([show_code(code.value), *(show_code(each.value) for _, _, each in found)]))
    more = f" ({', '.join(codes[1:4])} beside it)" if len(codes) > 1 else ""
    raise DataError(
        f"'{record.names[column]}' of {record.title} has the value {show_code(code.value)} {times}, first at "
        f"{record.place(*divmod(place, record.steps))}, {_spell(code.deviations)} robust standard deviations from its "
        f"median and far from every other value{more}",
        "a code for missing values must not be averaged as if it had been measured",
        f"give {' '.join(f'--missing {each}' for each in codes[:8])} to make gaps of it, or --keep-outliers if it was "
        "measured",
    )


def show_code(value: float) -> str:
    """A number as short as it can be and still be recognised."""
    short = f"{value:.7g}"
    return short if _equal(np.asarray(value), float(short)).all() else repr(value)


def _spell(deviations: float) -> str:
    return f"{deviations:.0f}" if deviations < 1e5 else f"{deviations:.0e}"


def _equal(values: np.ndarray, code: float) -> np.ndarray:
    return np.abs(values - code) <= _ROUNDING * abs(code)


def _columns(record: Record) -> Iterator[tuple[int, Sequence[int], np.ndarray]]:
    """Series in which some value is far out: column, places of the states, and values.

    Members are one series, and the cells of a member of a homogeneous field.
    """
    parts = record.values.reshape(record.members, -1, 1) if record.homogeneous else [_stacked(record)]
    for part, states in enumerate(parts):
        chosen: Any = slice(None)
        if len(states) > _FEW:  # drawn, for an even choice may follow the seasons
            chosen = np.sort(np.random.default_rng(20240229).integers(len(states), size=_FEW))
        for first in range(0, states.shape[1], 64):
            block = states[:, first : first + 64]
            low, high = np.fmin.reduce(block, axis=0), np.fmax.reduce(block, axis=0)
            for offset in range(block.shape[1]):
                centre, scale = _centre(np.asarray(block[chosen, offset], dtype=np.float64))
                if _is_far(low[offset], high[offset], centre, scale):
                    places = range(part * len(states), (part + 1) * len(states))
                    yield first + offset, places, np.asarray(block[:, offset], dtype=np.float64)


def _far_columns(record: Record) -> Iterator[tuple[int, Sequence[int], np.ndarray]]:
    """The same of a stored record without places: what is far out in all of it, and what is not in a part of it."""
    part = excerpt_of(record)
    known = part.values.reshape(-1, 1) if record.homogeneous else _stacked(part)
    low, high = record.survey.low.min(axis=(0, 1)), record.survey.high.max(axis=(0, 1))
    if record.homogeneous:
        low, high = low.min(keepdims=True), high.max(keepdims=True)
    centres = np.array([_centre(np.asarray(known[:_FAR_STATES, column], float)) for column in range(known.shape[1])])
    far = [c for c, (centre, scale) in enumerate(centres) if _is_far(low[c], high[c], centre, scale)]
    if not far:
        return
    engine = engine_for(record.values)
    values = engine.share(record.values if record.homogeneous else record.flat)
    pieces = pieces_of(record.values)
    most = int(np.clip(_MOST_FAR // (len(pieces) * len(far)), _FEWEST_FAR, _FEW))
    found = list(
        engine.results(
            (_far_in_piece, (values, piece, far, centres[far], most, bool(record.homogeneous))) for piece in pieces
        )
    )
    for number, column in enumerate(far):
        centre, scale = centres[column]
        near = known[:, column]
        near = near[np.abs(near - centre) <= _REPEATED / 2 * scale]
        yield column, (), np.concatenate([*(each[number] for each in found), near]).astype(np.float64)


def _far_in_piece(
    values: States, piece: tuple[int, int, int], columns: list[int], centres: np.ndarray, most: int, cells: bool
) -> list[np.ndarray]:
    """Values of a piece that are half as far out as a code has to be; those farthest of very many."""
    member, start, stop = piece
    states = values[member, start:stop]
    table = states.reshape(-1, 1) if cells else states
    found = []
    for column, (centre, scale) in zip(columns, centres, strict=True):
        away = np.abs(table[:, column] - centre)
        far = np.flatnonzero(away > _REPEATED / 2 * scale)
        if far.size > most:
            far = far[np.argpartition(away[far], -most)[-most:]]
        found.append(table[far, column])
    return found


def _everywhere(record: Record, column: int, code: float) -> tuple[int, int]:
    """How often a code is in a stored record, and the first place: of what is far out not all was kept."""
    engine, pieces, cells = engine_for(record.values), pieces_of(record.values), bool(record.homogeneous)
    values = engine.share(record.values if cells else record.flat)
    found = list(engine.results((_places_in_piece, (values, piece, column, code, cells)) for piece in pieces))
    (member, start, _), place = next(
        (piece, first) for piece, (times, first) in zip(pieces, found, strict=True) if times
    )
    return sum(times for times, _ in found), (member * record.steps + start) * (
        record.dimension if cells else 1
    ) + place


def _places_in_piece(
    values: States, piece: tuple[int, int, int], column: int, code: float, cells: bool
) -> tuple[int, int]:
    """How often a code is in a piece, and the first place."""
    member, start, stop = piece
    states = values[member, start:stop]
    series = states.reshape(-1) if cells else states[:, column]
    there = np.abs(series - code) <= 1e-12 * abs(code)
    return int(np.count_nonzero(there)), int(np.argmax(there))


def _stacked(record: Record) -> np.ndarray:
    return record.flat.reshape(-1, record.dimension)


def _is_far(low: float, high: float, centre: float, scale: float) -> bool:
    """Whether some value lies so far from the others that it may be a code."""
    return scale > 0 and max(high - centre, centre - low) > _REPEATED * scale


def _centre(values: np.ndarray) -> tuple[float, float]:
    """Median and robust standard deviation; of values that are mostly equal, those of the others."""
    values = values[np.isfinite(values)]
    if values.size == 0:
        return 0.0, 0.0
    centre, scale = _median_and_spread(values)
    if scale == 0 and (others := values[values != centre]).size:
        scale = float(np.median(np.abs(others - centre)))
        inner, spread = _median_and_spread(others)
        if centre != 0 and spread > 0:  # most of a sparse record may be a code; zeros of rain are none
            centre, scale = inner, spread
    return centre, 1.4826 * scale


def _median_and_spread(values: np.ndarray) -> tuple[float, float]:
    centre = float(np.median(values))
    return centre, float(np.median(np.abs(values - centre)))


def _codes(values: np.ndarray) -> list[_Code]:
    """The codes in one series."""
    finite = values[np.isfinite(values)]
    centre, scale = _centre(finite)
    found: set[float] = set()
    for sign in (-1.0, 1.0):
        distances = sign * (finite - centre)
        if distances.max() > _REPEATED * scale:
            size = max(int(np.count_nonzero(distances > _REPEATED / 2 * scale)), min(_MOST_IN_TAIL + 4, finite.size))
            far = np.sort(np.partition(distances, finite.size - size)[finite.size - size :])[::-1]
            found |= {centre + sign * distance for distance in (*_repeated(far, scale, finite), *_single(far, scale))}
    known = finite[np.abs(finite) > 9e19]
    found |= {float(value) for value in np.unique(known) if _equal(_FILLS, abs(value)).any()}
    codes = []
    for value in sorted(found):
        places = np.flatnonzero(np.abs(values - value) <= 1e-12 * max(abs(value), abs(centre)))
        if places.size:
            exact = float(values[places[0]])
            codes.append(_Code(exact, places.size, int(places[0]), abs(exact - centre) / scale))
    return codes


def _repeated(far: np.ndarray, scale: float, values: np.ndarray) -> list[float]:
    """Those of the decreasing distances that occur twice or more, with nothing near them on their inner side."""
    distinct, counts = np.unique(far, return_counts=True)
    inner = np.concatenate([[0.0], distinct[:-1]])
    gaps = distinct - inner
    suspects = (counts > 1) & (distinct > _REPEATED * scale) & (gaps > _ISOLATED * distinct)
    if not suspects.any():
        return []
    spacings = np.diff(np.unique(values[:4096]))
    suspects &= gaps > _UNITS * (float(spacings.min()) if spacings.size else 0.0)
    return [float(each) for each in distinct[suspects] if _probability(far, int((far >= each).sum())) < _UNLIKELY]


def _single(far: np.ndarray, scale: float) -> list[float]:
    """The first one, two or three of the decreasing distances, where the tail of the others does not reach as far."""
    for first in (1, 2, 3):
        if far[first - 1] > _SINGLE * scale and _probability(far, first) < _IMPROBABLE:
            return [float(each) for each in far[:first]]
    return []


def _probability(far: np.ndarray, first: int) -> float:
    """Probability of a gap as wide as that below the ``first`` distances, given the tail of the others."""
    rest = far[first:][far[first:] > 0]
    count = int(np.clip(rest.size // 10, 20, _MOST_IN_TAIL))
    if rest.size <= count:
        return 0.0 if rest.size < 2 or far[first - 1] > _MOST_TAIL_INDEX * rest[0] else 1.0
    excess = float(np.mean(np.log(rest[:count] / rest[count])))
    index = min(1 / excess, _MOST_TAIL_INDEX) if excess > 0 else _MOST_TAIL_INDEX
    return float((far[first - 1] / rest[0]) ** (-first * index))
