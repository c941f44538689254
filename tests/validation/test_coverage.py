"""Nominal 95 % bands cover the truth in 92 to 97.5 % of (record, lag) pairs, on 200 fresh records of each system.

A record of the shortest kind here spans about 200 decorrelation times, and neighbouring lags of a record share their
error, so the coverage found has a standard error of up to 0.6 % (quartic well; 0.3 % for the others); the bar leaves
more than three of those below and above.
"""

import jax
import numpy as np
import pytest
from cases import Case, enso_triad, ornstein_uhlenbeck, quartic, truth

RECORDS = 200


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "duration"),
    [(ornstein_uhlenbeck, 1000.0), (quartic, 1000.0), (enso_triad, 2500.0)],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_bands_cover(make, duration: float) -> None:
    case: Case = make()
    # The standard error of this truth is a tenth of that of one record.
    true, _ = truth(case, pairs=20_000)
    records = case.record(jax.random.key(77), RECORDS, duration)
    inside, methods, errors, claims = [], {}, [], []
    for index in range(RECORDS):
        pipeline = case.respond(records[index : index + 1], jax.random.key(index))
        estimate = pipeline.impulse
        error = np.abs(estimate.value - true)
        inside.append(error <= estimate.half_width(0.95))
        errors.append(error)
        claims.append(estimate.stderr())
        methods[pipeline.score.method] = methods.get(pipeline.score.method, 0) + 1
    # At lag zero the response of a state variable is an identity, not an estimate.
    hits = np.array(inside)[:, :, 1:]
    last = hits.shape[2]
    print(f"\n{case.name}: {RECORDS} records of {duration:g} time units, scores {methods}")
    for first, end in ((0, last // 10), (last // 10, last // 3), (last // 3, last), (0, last)):
        lags = case.lags[1:][first:end]
        print(f"  lags {lags[0]:5.1f} to {lags[-1]:5.1f}: coverage {hits[:, :, first:end].mean():.3f}")
    spread = np.sqrt(np.mean(np.square(errors), axis=0)) / np.sqrt(np.mean(np.square(claims), axis=0))
    print(f"  error over claimed standard error, median over lags and observables: {np.median(spread[:, 1:]):.3f}")
    assert 0.92 <= hits.mean() <= 0.975
