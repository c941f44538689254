"""Gaps as borders: a record in pieces of any length, where times or values are missing."""

from collections.abc import Hashable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import xarray as xr

from ..core import DataError
from ._dates import iso_dates
from ._decode import time_axis
from ._record import Record
from ._time import GAP, STEP_TOLERANCE, TimeAxis


def breaks_of(data: xr.Dataset, time: Hashable, runs: xr.DataArray | None) -> list[int]:
    """Steps at which a new piece begins: after a gap in time, or where another run begins.

    Args:
        data: The dataset.
        time: Its time dimension.
        runs: The name of the run of every step, where runs lie one after the other.
    """
    count = data.sizes[time]
    new = np.zeros(count, bool) if runs is None else np.r_[False, runs.values[1:] != runs.values[:-1]]
    if time in data.variables and count > 2:
        steps = np.diff(_clock(data.variables[time].values))
        within = steps[~new[1:]]
        new[1:] |= steps > GAP * np.median(within)
    return [int(step) for step in np.flatnonzero(new)]


def piecewise_axis(data: xr.Dataset, time: Hashable, breaks: list[int], where: str) -> TimeAxis:
    """The axis of all pieces, each of which must be even with the step of the longest.

    Raises:
        DataError: A piece is uneven, or has another step.
    """
    pieces = [slice(start, end) for start, end in pairwise([0, *breaks, data.sizes[time]])]
    longest = max(pieces, key=lambda piece: piece.stop - piece.start)
    axes = {p.start: time_axis(data.isel({time: p}), time, where) for p in pieces if p.stop - p.start > 1}
    axis = axes.get(longest.start) or time_axis(data, time, where)
    for start, own in axes.items():
        if own.units != axis.units or abs(own.dt - axis.dt) > STEP_TOLERANCE * axis.dt:
            raise DataError(
                f"the piece of {where} that begins at step {start + 1} has a step of {own.dt:g} {own.units}, where the "
                f"longest piece has {axis.dt:g} {axis.units}",
                "all pieces need the same time step",
                "interpolate or leave out the pieces with another step",
            )
    if axis.dates is None:
        return axis
    lone = axis.dates[:1]  # a single step has no axis, and is left out
    dates = [axes[piece.start].dates if piece.start in axes else lone for piece in pieces]
    return TimeAxis(axis.dt, axis.units, axis.start, np.concatenate([each for each in dates if each is not None]))


def in_pieces(record: Record, breaks: list[int]) -> Record:
    """The record cut at the breaks and wherever a value is missing; pieces of one step are left out."""
    pieces: list[np.ndarray] = []
    for member, states in enumerate(record.flat):
        whole = np.isfinite(states).all(axis=1)
        for start, end in pairwise([0, *breaks, record.steps]):
            steps = start + np.flatnonzero(whole[start:end])
            runs = np.split(steps, np.flatnonzero(np.diff(steps) > 1) + 1)
            pieces += [np.stack([np.full(len(run), member), run]) for run in runs if len(run) > 1]
    if not pieces:
        return record  # nothing is complete: whoever looks at the values says where
    members, steps = np.concatenate(pieces, axis=1)
    lost = record.members * record.steps - steps.size
    if len(pieces) == record.members and not lost:
        return record
    lengths = [piece.shape[1] for piece in pieces]
    return replace(
        record,
        values=record.values[members, steps][None],
        borders=tuple(np.cumsum(lengths)[:-1].tolist()),
        dates=None if record.dates is None else record.dates[steps],
        member_names=(),
        notices=(
            *record.notices,
            f"{record.title} is cut into {len(lengths)} pieces of {min(lengths)} to {max(lengths)} steps, and no pair "
            f"of times crosses a gap; {lost} of {lost + steps.size} steps are left out.",
        ),
    )


def _clock(times: np.ndarray) -> np.ndarray:
    """Times as numbers of any unit."""
    if times.dtype.kind in "SUT":
        times = iso_dates(pd.Series(times).map(str))
    if times.dtype.kind == "O":
        return np.array([(date - times[0]).total_seconds() for date in times])
    return times.astype("datetime64[us]").astype(np.int64) if times.dtype.kind == "M" else times.astype(np.float64)
