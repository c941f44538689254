"""Errors of whole curves in a result: with them sums, differences and averages of responses have bands.

The band of a sum needs the covariance of what is added. Its factor E (``Estimate``), a row for each cosine over the
blocks of time and a few further ones, is kept in the file for the estimate that leads and for that of the outer band.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

import cftime
import numpy as np
import xarray as xr

from ..core import States, engine_for, pieces_of
from ..data import Record
from ..response import Responses
from ..statistics import Estimate, cosine_weights
from ._labels import Labels

_HASHED = 8  # variables of a state
_KEPT, _SHARED = 64, 3  # states that are kept, and that two records have in common, equally far apart
_LOOKED_AT = 512  # numbers of a piece, among which enough are there once
_MOST = 1_000_000  # numbers of both factors: 8 MB in a file
KEPT = {"impulse_response": "the impulse response", "robust_response": "robust_response"}
"""The curves whose errors are kept, and what they are called."""


class Origin(NamedTuple):
    """Which states an estimate was made of.

    Attributes:
        data_hash: Hash of the record's values.
        source: The file it came from.
        times: Members, steps, first time and time step: where these are the same, so are the blocks of time.
        blocks: Number of blocks of time.
        first, last: First and last time, in days or in the record's own units.
        rows: A few states, by a number made of their values, and their places in the record: states that two records
            share are found by them (min-wise hashing; Broder, *On the resemblance and containment of documents*, 1997).
    """

    data_hash: str
    source: str
    times: str
    blocks: int
    first: float
    last: float
    rows: Mapping[str, int]

    @classmethod
    def of(cls, record: Record, data_hash: str, blocks: int, lags: int) -> "Origin":
        """Of a record as it is estimated from, with so many lags."""
        start = record.start if record.dates is None else record.dates[0]
        borders = f" in {len(record.lengths)} pieces" if record.borders else ""
        times = f"{record.members} x {record.steps}{borders} from {start} by {record.dt:.12g}, {lags} lags"
        return cls(data_hash, record.source, times, blocks, *_span(record), _some_rows(record))

    def same_blocks(self, other: "Origin") -> bool:
        """Whether both are averages over the same blocks of time."""
        return (self.times, self.blocks) == (other.times, other.blocks) and self._moved(other) in (None, 0)

    def same_record(self, other: "Origin") -> bool:
        """Whether both are of one record, share states, or are of times of one file that overlap."""
        apart = self.last < other.first or other.last < self.first
        one_file = bool(self.source) and self.source == other.source and not apart
        return self.data_hash == other.data_hash or self._moved(other) is not None or one_file

    def _moved(self, other: "Origin") -> int | None:
        """By how many places states that both share are moved; None where they share none, but for a few by chance."""
        moves = Counter(self.rows[key] - other.rows[key] for key in set(self.rows) & set(other.rows))
        ((move, count),) = moves.most_common(1) or [(0, 0)]
        return move if count >= _SHARED else None


def _span(record: Record) -> tuple[float, float]:
    if record.dates is None:
        return float(record.start), float(record.start + record.dt * (record.steps - 1))
    first, last = record.dates[0], record.dates[-1]
    if isinstance(first, np.datetime64):
        day = np.timedelta64(1, "D")
        return float((first - np.datetime64(0, "D")) / day), float((last - np.datetime64(0, "D")) / day)
    ends = cftime.date2num([first, last], "days since 1970-01-01", calendar=first.calendar)
    return float(ends[0]), float(ends[1])


def _some_rows(record: Record) -> dict[str, int]:
    """Of the states with the smallest numbers, these numbers and their places, members one after the other."""
    engine, pieces = engine_for(record.values), pieces_of(record.values)
    values = engine.share(record.flat)
    smallest: dict[int, list[int]] = {}
    for (member, start, _), found in zip(
        pieces, engine.results((_smallest, (values, piece)) for piece in pieces), strict=True
    ):
        for number, place, times in zip(*found, strict=True):
            smallest.setdefault(int(number), []).extend(
                [member * record.steps + start + int(place)] * min(2, int(times))
            )
    single = sorted(number for number, places in smallest.items() if len(places) == 1)  # others say nothing
    return {f"{number:x}": smallest[number][0] for number in single[:_KEPT]}


def _smallest(values: States, piece: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The smallest numbers of the states of a piece, the first place of each, and how often it is there."""
    member, start, stop = piece
    flat = values[member, start:stop][:, :_HASHED].astype(np.float64)
    mixed = np.zeros(len(flat), np.uint64)
    for column in flat.T:  # a few columns; a multiplication by an odd number and a shift, modulo 2^64
        mixed = (mixed ^ np.ascontiguousarray(column).view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    numbers, places, times = np.unique(mixed, return_index=True, return_counts=True)
    return numbers[:_LOOKED_AT], places[:_LOOKED_AT], times[:_LOOKED_AT]


def error_variables(
    found: Responses, labels: Labels, chosen: list[int], placed: Callable[[np.ndarray, dict[str, str]], xr.Variable]
) -> dict[str, xr.Variable]:
    """The factors of the curves and their degrees of freedom; nothing where they are too large to be kept."""
    kept = {"impulse_response": found.impulse, "robust_response": found.outer}
    if sum(estimate.factor[:, : len(chosen)].size for estimate in kept.values()) > _MOST:
        return {}
    tables: dict[str, xr.Variable] = {}
    for name, estimate in kept.items():
        rows = np.stack([labels.arrange(row[chosen]) for row in estimate.factor])
        said = {"long_name": f"rows E of a factor of the covariance of {KEPT[name]}: the sum of E_j(t) E_j(t') over j"}
        tables[f"{name}_errors"] = xr.Variable((f"{name}_row", "push", "lag", *labels.dims), rows, said)
        # One number for all lags, and all points of a field.
        freedom = np.broadcast_to(estimate.freedom, estimate.value.shape)[:, 0]
        freedom = freedom.reshape(*freedom.shape[:2], -1)[..., 0]
        said = {"long_name": f"degrees of freedom of the standard error of {KEPT[name]}"}
        tables[f"{name}_freedom"] = placed(freedom, said)
    return tables


def paired_rows(blocks: int) -> int:
    """How many of the leading rows belong to cosines over the blocks of time."""
    return len(cosine_weights(blocks, np.inf))


def kept_estimate(dataset: xr.Dataset, name: str, push: int) -> Estimate | None:
    """One of the curves of one push with its error, shape ``(lag, ...)``; nothing where errors are not kept."""
    if f"{name}_errors" not in dataset:
        return None
    value = dataset[name].isel(push=push).transpose("lag", ...)
    rows = dataset[f"{name}_errors"].isel(push=push).transpose(f"{name}_row", *value.dims)
    freedom = dataset[f"{name}_freedom"].isel(push=push)
    spread = freedom.broadcast_like(value.isel(lag=[0])).transpose(*value.dims)
    return Estimate(value.values.astype(float), rows.values.astype(float), spread.values)
