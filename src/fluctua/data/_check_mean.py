"""Checks of the mean: that it neither drifts nor follows the seasons."""

import numpy as np

from ..core import DataError
from ._dates import month_numbers
from ._homogeneous import sample_series
from ._record import Record
from ._stationary import Drift, drift

_REFUSED_SHARE, _REFUSED_PROBABILITY = 0.25, 1e-5
_WARNED_SHARE, _WARNED_PROBABILITY = 0.03, 1e-3
_SHORT_SPAN = 40


def steady_mean(record: Record) -> list[str]:
    """Refuse a mean that drifts; warn of one that may, of slow variables and of a seasonal cycle.

    Of a homogeneous field, in its means over the homogeneous dimensions and a few cells.
    """
    if record.homogeneous:
        series, names = sample_series(record)
        measured, measured_names = drift(series), names
    else:
        series, names = record.flat, list(record.names)
        measured, measured_names = _with_mean(record, drift(series), names)
    return [*_check_drift(record, measured, measured_names), *_check_seasonal_cycle(record, series, names)]


def _with_mean(record: Record, measured: Drift, names: list[str]) -> tuple[Drift, list[str]]:
    """Of a field, the drift of the mean over cells in addition: a common drift, hidden in each cell, shows there."""
    if not record.is_field or record.dimension == 1:
        return measured, names
    mean = record.flat.mean(axis=-1, keepdims=True)
    if np.ptp(mean) <= 1e-9 * np.ptp(record.flat):  # a conserved mean is no signal
        return measured, names
    return Drift.joined([measured, drift(mean)]), [*names, f"the mean of {record.field}"]


def _check_drift(record: Record, measured: Drift, names: list[str]) -> list[str]:
    share, rise, span = measured.share, measured.rise, measured.span
    probability = np.minimum(measured.probability * measured.probability.size, 1.0)
    strong = (share > _REFUSED_SHARE) & (probability < _REFUSED_PROBABILITY)
    if strong.any():
        worst = int(np.argmax(np.where(strong, share, -1)))
        others = int(strong.sum()) - 1
        raise DataError(
            f"'{names[worst]}' of {record.title} drifts: a straight line in time explains "
            f"{share[worst]:.0%} of its variance (it moves by {rise[worst]:+.2g} standard deviations over "
            f"the record; probability in a stationary record {probability[worst]:.1e})"
            + (f", and {others} more do so" if others else ""),
            "the record must be stationary: of an unperturbed system, after it has settled",
            "remove the trend with --detrend, or cut off the part before the system has settled",
        )
    warnings = []
    weak = (share > _WARNED_SHARE) & (probability < _WARNED_PROBABILITY)
    if weak.any():
        worst = int(np.argmax(np.where(weak, share, -1)))
        warnings.append(
            f"'{names[worst]}' may drift: a straight line in time explains {share[worst]:.0%} of its "
            f"variance (probability in a stationary record {probability[worst]:.1e}); consider --detrend."
        )
    slowest = int(np.argmin(span))
    if span[slowest] < _SHORT_SPAN and (record.members * span[slowest] < _SHORT_SPAN or span[slowest] < 15):
        per = "each member" if record.members > 1 else "it"
        warnings.append(
            f"'{names[slowest]}' is slow: {per} spans only about {span[slowest]:.0f} of its decorrelation "
            "times, too few to tell slow variations from drift (as in a random walk); take a longer record."
        )
    return warnings


def _check_seasonal_cycle(record: Record, series: np.ndarray, names: list[str]) -> list[str]:
    """Warn when the months of a dated record have means of their own."""
    if record.dates is None or record.time_units == "years":
        return []
    months = month_numbers(record.dates)
    years = (months[-1] - months[0]) / 12
    if years < 3 or any("seasonal cycle" in entry for entry in record.history):
        return []
    numbers = months % 12
    groups = [np.flatnonzero(numbers == month) for month in np.unique(numbers)]
    if len(groups) < 2:
        return []
    mean = series.mean(axis=(0, 1))
    between = sum(group.size * (series[:, group].mean(axis=(0, 1)) - mean) ** 2 for group in groups)
    share = between / record.steps / np.maximum(series.var(axis=(0, 1)), np.finfo(float).tiny)
    worst = int(np.argmax(share))
    if share[worst] <= max(0.15, 3 / years):
        return []
    return [
        f"'{names[worst]}' has a seasonal cycle: the months' means explain {share[worst]:.0%} of its "
        "variance; anomalies are what is needed from it (--anomaly month)."
    ]
