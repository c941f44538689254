"""The estimator on every system of the panel: bands that hold at every lag, and a flag where the record is not Markov.

The bars stand in ``panel/table.py``. A share of n records scatters: where a bar is nearer to 95 % than chance allows,
it is moved away to where bands that do cover 95 % fall with a probability of 1e-4: 3.7 standard errors of the mean over
lags, and the quantile of n tosses (at 1e-4 over the number of lags) for the worst of them. There are five bounds a row
and up to five rows a system, so that a system with honest bands fails with a probability below 3e-3.
"""

import pytest
from panel.command import measurements
from panel.measure import CONFIDENCE
from panel.summary import by_lags, head, line, pooled, spread_of_coverage
from panel.table import MISSED, SYSTEMS, bars_of, records_of, system_of
from scipy.stats import binom, norm

_CHANCE = 1e-4


def lowest_worst(records: int, lags: int) -> float:
    """The share of records that a band of 95 % holds with near certainty at each of so many lags."""
    return float(binom.ppf(_CHANCE / lags, records, CONFIDENCE)) / records


@pytest.mark.slow
@pytest.mark.parametrize("name", SYSTEMS)
def test_bands_hold_at_every_lag(name: str) -> None:
    system = system_of(name)
    records = list(measurements(name, records_of(name), seed=1))
    print(f"\n{head()}")
    failures = []
    for label in records[0]["rows"]:
        row, bars = pooled(records, label), bars_of(name, label)
        print(line(name, label, len(records), row))
        if (name, label) in MISSED:
            print(f"    this row is held to less than the others: {bars}")
        print("\n".join(by_lags(records, label, system.interval)))
        chance = float(norm.isf(_CHANCE)) * spread_of_coverage(records, label)
        worst = lowest_worst(len(records), system.max_lag)
        bounds = {
            "inner": (min(bars.inner[0], CONFIDENCE - chance), max(bars.inner[1], CONFIDENCE + chance)),
            "inner worst": (min(bars.inner_worst, worst), 1.0),
            "outer": (min(bars.outer, CONFIDENCE - chance), 1.0),
            "outer worst": (min(bars.outer_worst, worst), 1.0),
        }
        for part, (low, high) in bounds.items():
            if not low <= row[part] <= high:
                failures.append(f"{label}: {part} {row[part]:.3f} is not within {low:.3f} and {high:.3f}")
        if row["flagged"] == row["flagged"] and not bars.flagged[0] <= row["flagged"] <= bars.flagged[1]:
            failures.append(f"{label}: {row['flagged']:.2f} of the records are flagged, not within {bars.flagged}")
    assert not failures, "\n".join([name, *failures])
