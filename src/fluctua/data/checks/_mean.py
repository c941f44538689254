"""Checks of the mean: that it does not drift."""

import numpy as np

from ...core import DataError, option
from ...statistics import normal_scores, ranks_of
from ..record import FEWEST_STEPS, Record, evenly_spread, sample_series
from ._cycles import steady_cycles
from ._smooth_trends import Trend, degree_that_takes_out, explained_by_polynomial, smooth_trend
from ._spin_up import steps_to_settle
from ._stationary import JUMP_PROBABILITY, Drift, drift

_REFUSED_SHARE, _REFUSED_PROBABILITY = 0.25, 1e-5
_WARNED_SHARE, _WARNED_PROBABILITY = 0.03, 1e-3
_SCORED_PROBABILITY, _SCORED_JUMP = 1e-2, 1e-4  # of what is seen in the values already, in their normal scores
_MOST_SCORED = 16
_COUNTS = 0.05  # of the variance of a date such as 19900131 is more than a straight line leaves
_SHORT_SPAN = 40
_RETURNS = 0.02  # of the states of a part that lie beyond the mean of the other
_FLIPS = "if the system itself flips between these levels, take a record with many more of its flips"


def steady_mean(record: Record) -> list[str]:
    """Refuse a mean that drifts; warn of one that may, of slow variables and of cycles (``_cycles``).

    Of a homogeneous field, in its means over the homogeneous dimensions and a few cells.
    """
    if record.homogeneous:
        series, names = sample_series(record)
        measured, measured_names = drift(series), names
    else:
        series, names = record.flat, list(record.names)
        measured, measured_names = _with_mean(record, drift(series), names)
    cycles = steady_cycles(record)
    return [*_check_drift(record, series, measured, measured_names, slow=not cycles), *cycles]


def _with_mean(record: Record, measured: Drift, names: list[str]) -> tuple[Drift, list[str]]:
    """Of a field, the drift of the mean over cells in addition: a common drift, hidden in each cell, shows there."""
    if not record.is_field or record.dimension == 1:
        return measured, names
    mean = record.flat.mean(axis=-1, keepdims=True)
    if np.ptp(mean) <= 1e-9 * np.ptp(record.flat):  # a conserved mean is no signal
        return measured, names
    return Drift.joined([measured, drift(mean)]), [*names, f"the mean of {record.field}"]


def _check_drift(record: Record, series: np.ndarray, measured: Drift, names: list[str], slow: bool) -> list[str]:
    share, rise, span = measured.share, measured.rise, measured.span
    probability = np.minimum(measured.probability * measured.probability.size, 1.0)
    strong = (share > _REFUSED_SHARE) & (probability < _REFUSED_PROBABILITY)
    # What only moves on is so slow beside its line that the line may be chance; that it never goes back is not.
    lines = np.flatnonzero(~strong & (share > 1 - _COUNTS))
    moves_on = [int(column) for column in lines if _only_moves_on(_column(series, int(column)))]
    strong[moves_on] = True
    if strong.any():
        worst = int(np.argmax(np.where(strong, share, -1)))
        others = int(strong.sum()) - 1
        chance = f"probability in a stationary record {probability[worst]:.1e}"
        chance = "it never goes back" if worst in moves_on else chance
        raise DataError(
            f"'{names[worst]}' of {record.title} drifts: a straight line in time explains "
            f"{share[worst]:.0%} of its variance (it moves by {rise[worst]:+.2g} standard deviations over "
            f"the record; {chance})" + (f", and {others} more do so" if others else ""),
            "the record must be stationary: of an unperturbed system, after it has settled",
            _cure(record, names[worst], _column(series, worst)),
        )
    jumps = (measured.jump_share > _WARNED_SHARE) & (measured.jump_probability * share.size < JUMP_PROBABILITY)
    weak = jumps | ((share > _WARNED_SHARE) & (probability < _WARNED_PROBABILITY))
    explained = np.where(jumps, np.maximum(share, measured.jump_share), share)
    for tried, column in enumerate(np.argsort(-np.where(weak, explained, -1))[: weak.sum()].tolist()):
        if tried < _MOST_SCORED and _in_scores(_column(series, column)):
            break
        weak[column] = False
    warnings = []
    if early := _spin_up(record, series, names):
        column, text = early
        warnings.append(text)
        weak[column] = slow = False
    elif slow and (trend := smooth_trend(_with_common(series, names))):
        warnings.append(_told_of_trend(record, trend, names[trend.column]))
        weak[trend.column] = slow = False
    if weak.any():
        worst = int(np.argmax(np.where(weak, explained, -1)))
        kind, chance = "straight line in time", probability[worst]
        if explained[worst] > share[worst]:
            kind, chance = "jump of its mean", measured.jump_probability[worst]
        cure = _cure(record, names[worst], _column(series, worst))
        warnings.append(
            f"'{names[worst]}' may drift: a {kind} explains {explained[worst]:.0%} of its variance (probability in a "
            f"stationary record {chance:.1e}): {cure}."
        )
    slowest = int(np.argmin(span))
    if slow and span[slowest] < _SHORT_SPAN and (record.members * span[slowest] < _SHORT_SPAN or span[slowest] < 15):
        per = "each member" if record.members > 1 else "it"
        warnings.append(
            f"'{names[slowest]}' is slow: {per} spans only about {span[slowest]:.0f} of its decorrelation "
            "times, too few to tell slow variations from drift (as in a random walk); take a longer record."
        )
    return warnings


def _in_scores(series: np.ndarray) -> bool:
    """Whether a line or a jump is also there in normal scores: of a skewed variable a few large values make one.

    Of 300 log-normal records of 60 to 300 states that keep 0.8 or 0.9 at a step up to 8 % had one in their values (most
    of those with a logarithm that varies by 1.5), and 2 % in both; nine of ten that were planted, two deviations high,
    stay.
    """
    found = drift(normal_scores(ranks_of(series[..., None])))
    line = found.probability[0] < _SCORED_PROBABILITY
    jump = found.jump_probability[0] < _SCORED_JUMP and found.jump_share[0] > _WARNED_SHARE
    return bool((line and found.share[0] > _WARNED_SHARE) or jump)


def _spin_up(record: Record, series: np.ndarray, names: list[str]) -> tuple[int, str] | None:
    """Column and what to say of a record that has not settled when it begins; nothing of one too slow to tell."""
    if record.borders:  # its steps are not those of the file
        return None
    some = evenly_spread(series.shape[2])
    skip, place = steps_to_settle(series[..., some])
    late, first = series[:, skip:, some[place]], max(1, skip // 4)
    if not skip or late.shape[1] < FEWEST_STEPS:
        return None
    left = drift(late[..., None])
    if (
        smooth_trend(late[..., None])
        or left.span[0] < _SHORT_SPAN
        or (left.share[0] > _WARNED_SHARE and left.probability[0] < _WARNED_PROBABILITY)
    ):
        return None  # too slow to tell, or not steady afterwards either
    away = abs(series[:, :first, some[place]].mean() - late.mean()) / late.std()
    return int(some[place]), (
        f"'{names[some[place]]}' has not settled when {'each member' if record.members > 1 else 'the record'} begins: "
        f"its first {first} steps lie {away:.2g} standard deviations from where it stays later; leave the beginning "
        f"out with --skip {record.prepared.skip + record.step(skip)}."
    )


def _with_common(series: np.ndarray, names: list[str]) -> np.ndarray:
    """The series that the names are of: the mean of all behind them, where there is a name for it."""
    if len(names) == series.shape[-1]:
        return series
    return np.concatenate([series, series.mean(axis=-1, keepdims=True)], axis=-1)


def _told_of_trend(record: Record, trend: Trend, name: str) -> str:
    """A warning of a smooth trend; one that is too clear is refused."""
    chance = f"probability in a stationary record {trend.probability:.1e}"
    do = f"remove the trend with {_polynomial(trend.degree)}"
    if trend.refused:
        raise DataError(
            f"'{name}' of {record.title} drifts: {trend.explained} ({chance})",
            "the record must be stationary: of an unperturbed system, after it has settled",
            f"{do}, or use a part of the record in which the mean is steady",
        )
    return f"'{name}' may drift: {trend.explained} ({chance}): {do}."


def _polynomial(degree: int) -> str:
    return "--detrend" if degree == 1 else f"--detrend --trend-degree {degree}"


def _column(series: np.ndarray, column: int) -> np.ndarray:
    """One series, shape ``(member, time)``; beyond the last one, the mean of all."""
    return series[..., column] if column < series.shape[-1] else series.mean(axis=-1)


def _cure(record: Record, name: str, series: np.ndarray) -> str:
    """What to do about a drift: a line comes out only if it leaves nothing, and a jump is named by its place."""
    count = series.shape[1]
    line = np.arange(count) - (count - 1) / 2
    centred = series - series.mean(axis=1, keepdims=True)
    left = centred - (centred @ line / (line @ line))[:, None] * line
    if name in record.names and _only_moves_on(series) and left.var() < _COUNTS * centred.var():
        if series[:, -1].mean() < series[:, 0].mean():
            return (
                "it only goes down, as years do where the last row is the earliest: turn the rows round, so that time "
                f"runs forward, and call it 'time' ({option('rename', f'{name}=time')}); if it does not say when the "
                f"rows were, drop it ({option('drop', name)})"
            )
        return f"it only moves on, as dates, counters and ages do, which are no state: drop it ({option('drop', name)})"
    total = np.cumsum(centred.mean(axis=0))[:-1]
    before = np.arange(1, count)
    explained = total**2 * (1 / before + 1 / (count - before))
    jump = int(np.argmax(explained)) + 1
    by_line = (centred.mean(axis=0) @ line) ** 2 / (line @ line)
    halves = left[:, : count // 2], left[:, count // 2 :]
    degree = degree_that_takes_out(series) or 0
    if explained.max() < by_line and degree < 2 and not any(_drifts(half) for half in halves):
        return "remove the trend with --detrend, or cut off the part before the system has settled (--skip)"
    if record.borders:  # its steps are not those of the file
        return "no straight line describes it: use a part of the record in which the mean is steady"
    split = centred[:, :jump], centred[:, jump:]
    smooth = degree > 1 and explained.max() < explained_by_polynomial(centred.mean(axis=0), degree)
    if not smooth and jump <= count - FEWEST_STEPS and not any(_drifts(part) for part in split):
        first, second = (float(part.mean()) for part in split)
        levels = f"{first + series.mean():.4g} before and {second + series.mean():.4g} after"
        return (
            f"its mean jumps rather, between time step {record.step(jump - 1) + 1} and {record.step(jump) + 1} "
            f"({record.time_label(jump)}), {levels}: "
            f"cut the record there (--skip {record.prepared.skip + record.step(jump)} keeps what comes after)"
            + (f"; {_FLIPS}" if _returns(*split) else "")
        )
    settled = steps_to_settle(series[..., None])[0]
    if not settled or _drifts(series[:, settled:]) or (smooth and not _steady(series[:, settled:])):
        if degree > 1:
            return f"no straight line describes it: remove the trend with {_polynomial(degree)}"
        settled = next((skip for skip in count * np.arange(1, 6) // 10 if not _drifts(series[:, skip:])), 0)
    if settled:
        return (
            "no straight line describes it: its mean settles later, leave the beginning out with "
            f"--skip {record.prepared.skip + record.step(settled)}"
        )
    return "no straight line describes it: use a part of the record in which the mean is steady"


def _returns(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether either part of a series with a jump has been at the level of the other, as where a system flips."""
    high, low = (before, after) if before.mean() > after.mean() else (after, before)
    return max(np.mean(low > high.mean()), np.mean(high < low.mean())) > _RETURNS


def _only_moves_on(series: np.ndarray) -> bool:
    """Whether a series, shape ``(member, time)``, never goes back."""
    steps = np.diff(series, axis=1)
    return bool(np.all(steps >= 0) or np.all(steps <= 0))


def _steady(series: np.ndarray) -> bool:
    """Whether nothing would be said of the mean of a series, shape ``(member, time)``."""
    if series.shape[1] < FEWEST_STEPS:
        return False
    found = drift(series[..., None])
    line = found.share[0] > _WARNED_SHARE and found.probability[0] < _WARNED_PROBABILITY
    return not line and not (found.jump_share[0] > _WARNED_SHARE and found.jump_probability[0] < JUMP_PROBABILITY)


def _drifts(series: np.ndarray) -> bool:
    """Whether a series, shape ``(member, time)``, would be refused, or told to follow a smooth trend."""
    if series.shape[1] < FEWEST_STEPS:
        return False
    found = drift(series[..., None])
    if smooth_trend(series[..., None]):
        return True
    return bool(found.share[0] > _REFUSED_SHARE and found.probability[0] < _REFUSED_PROBABILITY)
