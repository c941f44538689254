"""Observables without a variance, such as ratios whose denominator crosses zero: told of, with what to observe."""

import numpy as np

from ..core import in_memory, option
from ..data import Record, excerpt_of
from ..statistics import has_infinite_variance
from ._inputs import Observe, named_observables
from ._observables import to_observables

_BOUND = 0.9  # quantile of the distances from zero that is kept as it is


def check_variances(observe: Observe, record: Record) -> list[str]:
    """Warn of observables, other than variables, whose tails are those of a law without a variance.

    No average of such has an error, and no response a band. Of a long record a part is looked at.
    """
    if observe is None or record.modes is not None:
        return []
    part = excerpt_of(record)
    names, table = to_observables(observe, part)
    values, asked = in_memory(table), named_observables(observe, part)
    said = []
    for place, name in enumerate(names):
        column, given = values[..., place], asked[name]
        if given in record.names or not has_infinite_variance(column):
            continue
        squares = np.square(column - column.mean())
        bound = f"{float(np.quantile(np.abs(column), _BOUND)):.3g}"
        do = f"observe it within bounds, from -{bound} to {bound}"
        if isinstance(given, str):
            do += f" ({option('observe', f'max(-{bound}, min({bound}, {given}))')})"
        said.append(
            f"the observable '{name}' has no finite variance by its tails, as a ratio has whose denominator crosses "
            f"zero: one state of {column.size:,} makes {squares.max() / squares.sum():.0%} of its variance; a few "
            f"states decide its response, and its band means nothing; {do}."
        )
    return said
