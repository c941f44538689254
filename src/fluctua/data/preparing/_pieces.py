"""Gaps as borders: a record in pieces of any length, where times or values are missing."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import xarray as xr

from ...core import DataError, OptionError, States, Stretch, engine_for, laid, option, pieces_of
from ...statistics import equal_runs
from ..record import FEWEST_STEPS, Record, common_source
from ..times import GAP, STEP_TOLERANCE, TimeAxis, microseconds, refuse_missing, time_axis

_HELD, _PARTS = 0.9, 8  # of the record in equal members, each at least so small a part of a piece
_LONG_WEEKEND = 5.5  # days: no more lie between two trading days, unless days are missing


def run_starts(data: xr.Dataset, time: Hashable) -> np.ndarray:
    """Whether a run begins at a step, shape ``(time,)``; runs may lie one after the other, named in ``member``."""
    runs = data.coords.get("member")
    if runs is None or runs.dims != (time,):
        return np.arange(data.sizes[time]) == 0
    return np.r_[True, runs.values[1:] != runs.values[:-1]]


def without_first(data: xr.Dataset, time: Hashable, steps: int, where: str) -> xr.Dataset:
    """The dataset without the first steps of every run.

    Raises:
        OptionError: A negative number is given, or a run has no more steps.
    """
    starts = np.flatnonzero(run_starts(data, time))
    ends = np.r_[starts[1:], data.sizes[time]]
    shortest = int((ends - starts).min())
    if not 0 <= steps < shortest:
        raise OptionError(
            f"--skip {steps} was given",
            f"a number of steps from 0 to below {shortest} can be left out of {where}",
            "give a smaller number",
        )
    if len(starts) == 1:  # what is on disk is read slice by slice
        return data.isel({time: slice(steps, None)})
    return data.isel({time: np.concatenate([np.arange(*run) for run in zip(starts + steps, ends, strict=True)])})


def axis_in_pieces(data: xr.Dataset, time: Hashable, where: str) -> tuple[TimeAxis, list[int]]:
    """The axis of runs with gaps, and the steps at which a new piece begins, each even with the step of the longest.

    Runs are cut as little as possible: not at all if they are even; where days beyond a long weekend are missing; else
    at every gap.

    Raises:
        DataError: A piece is uneven, or has another step.
    """
    new = run_starts(data, time)
    steps = np.diff(_clock(data.variables[time], where)) if time in data.variables else np.ones(new.size - 1)
    within = steps[~new[1:]]
    usual = float(np.median(within)) if within.size else 1.0
    for limit in (np.inf, _LONG_WEEKEND, GAP):
        late = np.r_[False, steps > limit * usual]
        breaks = [int(step) for step in np.flatnonzero(new | late)[1:]]
        try:
            return _joined(data, time, breaks, where), breaks
        except DataError:
            if limit == GAP:
                raise
    raise AssertionError("unreachable: the last cut succeeds or is refused")


def _joined(data: xr.Dataset, time: Hashable, breaks: list[int], where: str) -> TimeAxis:
    """One axis of all pieces."""
    if not breaks:
        return time_axis(data, time, where)
    pieces = [slice(start, end) for start, end in pairwise([0, *breaks, data.sizes[time]])]
    longest = max(pieces, key=lambda piece: piece.stop - piece.start)
    axes = {p.start: time_axis(data.isel({time: p}), time, where) for p in pieces if p.stop - p.start > 1}
    axis = axes.get(longest.start) or time_axis(data, time, where)
    for start, own in axes.items():
        week = (own.units, axis.units) == ("days", "trading days")  # a piece without a weekend
        if (own.units != axis.units and not week) or abs(own.dt - axis.dt) > STEP_TOLERANCE * axis.dt:
            raise DataError(
                f"the piece of {where} that begins at step {start + 1} has a step of {own.dt:g} {own.units}, where the "
                f"longest piece has {axis.dt:g} {axis.units}",
                "all pieces need the same time step",
                "interpolate or leave out the pieces with another step",
            )
    lone = TimeAxis(axis.dt, axis.units, dates=None if axis.dates is None else axis.dates[:1])  # to be left out
    parts = [(axes.get(piece.start, lone), piece.stop - piece.start) for piece in pieces]
    if axis.dates is None:
        return replace(axis, times=np.concatenate([own.start + own.dt * np.arange(size) for own, size in parts]))
    return replace(axis, dates=np.concatenate([own.dates for own, _ in parts if own.dates is not None]))


def in_pieces(record: Record, breaks: list[int]) -> Record:
    """The record cut at the breaks and wherever a value is missing; pieces of one step are left out."""
    pieces = [
        Stretch(0, member, start, stop)
        for member, runs in enumerate(_complete(record))
        for start, stop in _cut(runs, np.asarray(breaks, int)).tolist()
        if stop - start > 1
    ]
    if not pieces:
        return _refused(record)
    lengths = [piece.stop - piece.start for piece in pieces]
    left = sum(lengths)
    lost = record.members * record.steps - left
    if len(pieces) == record.members and not lost:
        return record

    def of_each(steps: np.ndarray) -> np.ndarray:
        return np.concatenate([steps[piece.start : piece.stop] for piece in pieces])

    return replace(
        record,
        values=laid([record.values], [pieces]),
        borders=tuple(np.cumsum(lengths)[:-1].tolist()),
        dates=None if record.dates is None else of_each(record.dates),
        times=None if record.dates is not None else of_each(record.clock),
        member_names=(),
        notices=(
            *record.notices,
            f"{record.title} is cut into {len(lengths)} pieces of {min(lengths)} to {max(lengths)} steps, and no pair "
            f"of times crosses a gap; {lost} of {lost + left} steps are left out.",
        ),
    )


def _refused(record: Record) -> Record:
    """Refuse a record without two steps in a row that have all values.

    What never has a value is left to whoever looks at the values, and says which that is.
    """
    missing = record.survey.missing.sum(axis=0)
    total = record.members * record.steps
    if record.homogeneous or (missing == total).any():
        return record
    worst = int(np.argmax(missing))
    name = record.names[worst]
    raise DataError(
        f"{record.title} has no two steps in a row with values of all variables: '{name}' is missing at "
        f"{missing[worst]:,} of {total:,} steps",
        "pieces of two steps or more are needed, in which every variable has its values",
        f"leave out what is seldom there ({option('drop', name)}, say), or keep only the rows in which all variables "
        "have values if these are evenly spaced in time (every second row, for instance)",
    )


def _complete(record: Record) -> list[np.ndarray]:
    """Runs of steps with all values, of every member: the first step and that after the last, shape ``(run, 2)``."""
    flat = record.flat
    pieces, engine = pieces_of(flat), engine_for(flat)
    values = engine.share(flat)
    found: list[list[np.ndarray]] = [[np.empty((0, 2), int)] for _ in range(record.members)]
    for piece, runs in zip(pieces, engine.results((_complete_in, (values, piece)) for piece in pieces), strict=True):
        found[piece[0]].append(runs)
    each = [np.concatenate(runs) for runs in found]
    going_on = [np.flatnonzero(runs[1:, 0] == runs[:-1, 1]) for runs in each]  # from one piece to the next
    return [
        np.stack([np.delete(runs[:, 0], on + 1), np.delete(runs[:, 1], on)], axis=1)
        for runs, on in zip(each, going_on, strict=True)
    ]


def _complete_in(values: States, piece: tuple[int, int, int]) -> np.ndarray:
    member, start, stop = piece
    whole = np.isfinite(values[member, start:stop]).all(axis=1)
    return start + np.flatnonzero(np.diff(np.r_[False, whole, False])).reshape(-1, 2)


def _cut(runs: np.ndarray, breaks: np.ndarray) -> np.ndarray:
    """The runs cut at the breaks that lie within them."""
    run = np.searchsorted(runs[:, 0], breaks, side="left") - 1
    inside = breaks[(run >= 0) & (breaks < runs[run, 1])] if len(runs) else breaks[:0]
    return np.stack([np.sort(np.r_[runs[:, 0], inside]), np.sort(np.r_[runs[:, 1], inside])], axis=1)


def end_to_end(records: Sequence[Record]) -> Record:
    """Records of one system as the pieces of one, at whose ends no pair of states crosses."""
    first = records[0]
    lengths = [length for record in records for _ in range(record.members) for length in record.lengths]
    dates = [date for record in records for date in [record.dates] * record.members if date is not None]
    return replace(
        first,
        values=laid(
            [record.values for record in records],
            [[Stretch(n, m, 0, record.steps) for n, record in enumerate(records) for m in range(record.members)]],
        ),
        borders=tuple(np.cumsum(lengths)[:-1].tolist()),
        dates=np.concatenate(dates) if first.dates is not None else None,
        times=None if first.dates is not None else np.concatenate([r.clock for r in records for _ in range(r.members)]),
        member_names=(),
        source=common_source(records),
    )


def in_equal_members(record: Record) -> Record:
    """The record in pieces as members of equal length, its longest equal runs that hold nine tenths of it.

    For what is done to members alone. Their times are their own: cycles and trends are to be taken out before.
    """
    starts, length = equal_runs([0, *record.borders, record.steps], share=_HELD, parts=_PARTS, shortest=FEWEST_STEPS)
    kept = len(starts) * length
    return replace(
        record,
        values=laid([record.values], [[Stretch(0, 0, start, start + length)] for start in starts]),
        borders=(),
        dates=None,
        times=None,
        start=0.0,
        member_names=(),
        notices=(
            *record.notices,
            f"of {record.title} the {len(starts)} runs of {length} steps without a gap are taken as members, {kept} of "
            f"{record.steps} steps: what was asked for needs members of equal length.",
        ),
    )


def _clock(coordinate: xr.Variable, where: str) -> np.ndarray:
    """Times as numbers of any unit."""
    times = coordinate.values
    if times.dtype.kind in "OM":
        return microseconds(times, where)
    refuse_missing(times.astype(np.float64), where)
    return times.astype(np.float64)
