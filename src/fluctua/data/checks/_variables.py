"""Checks of the variables together: that none is determined by others, and that the states are enough for them."""

from collections.abc import Sequence

import numpy as np

from ...core import DataError, listed, listed_names, option, options
from ..record import Record, drop_options, first_states, pencils
from ._columns import dependent_columns, identical_pairs

_MOST_COMPARED = 30  # variables
_FEW = 8
_STATES = 2000
_FEWEST = 50
_ROUNDING = 1e-7  # of the variance
_MOST_DECIMALS = 6
_OF_ROUNDING = 2.0  # times as much as rounding leaves is no more than it
_EXPLAINED = 0.01  # of the variance
_LINEAR = 1e-3  # the same of what is no linear function


def distinct_variables(record: Record) -> list[str]:
    """Refuse variables that are copies of one another."""
    if record.homogeneous:  # the usual case is a periodic dimension whose last point is its first
        lines = pencils(record)
        pairs = [
            (line[one], line[other]) for line in lines for one, other in identical_pairs(first_states(record, line))
        ]
    else:
        pairs = identical_pairs(record.flat)
    if pairs:  # the search stops at a hundred
        named = listed([f"'{record.names[one]}' and '{record.names[other]}'" for one, other in pairs])
        raise DataError(
            f"{record.title} has variables that are copies of one another up to scale and offset: {named}",
            "state variables must not determine one another",
            _repeated_place(record, pairs)
            or "leave one of each pair out" + drop_options(record, sorted({other for _, other in pairs})),
        )
    return []


def _repeated_place(record: Record, pairs: Sequence[tuple[int, int]]) -> str:
    """What to do where all copies are the first and the last place along one dimension of a field; empty for others."""
    if not record.dims:
        return ""
    first, last = (np.array(np.unravel_index(cells, record.state_shape)) for cells in zip(*pairs, strict=True))
    for axis, (dim, size) in enumerate(zip(record.dims, record.state_shape, strict=True)):
        beside = np.arange(len(record.dims)) != axis
        if (first[axis] == 0).all() and (last[axis] == size - 1).all() and (first[beside] == last[beside]).all():
            return (
                f"the last place along {dim} is the first one again, as periodic grids are often stored: leave it out "
                f"before, for instance in Python with data.isel({dim}=slice(None, -1)).to_netcdf('one.nc')"
            )
    return ""


def independent_variables(record: Record) -> list[str]:
    """Refuse variables that are smooth functions of the others, such as ``x**2`` or ``log(p)`` beside ``x`` and ``p``.

    Each is compared with monotone functions and cubic polynomials of each of the others by itself, and with quadratic
    ones of all others together where there are few.
    """
    some = _some_states(record)
    if some is None:
        return []
    spread = some.std(axis=0)
    if not spread.all():
        return []
    z = (some - some.mean(axis=0)) / spread
    for column in range(record.dimension):
        others = [other for other in range(record.dimension) if other != column]
        for other in others:
            moved = np.diff(z[np.argsort(z[:, other], kind="stable"), column])
            monotone = np.all(moved >= 0) or np.all(moved <= 0)
            line, cubic = (_left(np.vander(z[:, other], size), z[:, column]) for size in (2, 4))
            if monotone and np.all(moved != 0):  # of each other: the one that was added later is left out
                _refuse_function(record, max(column, other), [min(column, other)])
            if monotone:
                _refuse_function(record, column, [other])
            if line > _LINEAR and cubic < _ROUNDING:
                _refuse_function(record, column, [other])
        if len(others) <= _FEW and len(some) > 10 * len(others) ** 2:
            rest = z[:, others]
            pairs = np.einsum("ni,nj->nij", rest, rest)[:, *np.triu_indices(len(others))]
            linear = np.concatenate([np.ones((len(z), 1)), rest], axis=1)
            every = np.concatenate([linear, pairs], axis=1)
            # A combination that is constant is warned about by ``enough_states``.
            if _left(linear, z[:, column]) > _LINEAR and _left(every, z[:, column]) < _ROUNDING:
                _refuse_function(record, column, others)
    return []


def no_rounded_combinations(record: Record) -> list[str]:
    r"""Refuse a variable of which the others leave no more than the rounding of all: other units, shares, totals.

    The error of rounding to decimals of size $q$ is as good as uniform and independent, with the variance $q^2 / 12$
    (Sheppard 1898), where values spread over several of them. With coefficients $c_k$ on the others, rounding by itself
    leaves $(q_j^2 + \sum_k c_k^2 q_k^2) / 12$.

    References:
        Sheppard, *On the calculation of the most probable values of frequency-constants, for data arranged according to
        equidistant divisions of a scale*, Proceedings of the London Mathematical Society 29, 353 (1898).
    """
    some = _some_states(record)
    if some is None:
        return []
    decimal = np.array([_decimal(values) for values in some.T])
    if not decimal.any():
        return []
    centred = some - some.mean(axis=0)
    for column in reversed(range(record.dimension)):
        rest = np.delete(centred, column, axis=1)
        weights = np.linalg.lstsq(rest, centred[:, column], rcond=None)[0]
        left = float(np.mean((centred[:, column] - rest @ weights) ** 2))
        rounding = (decimal[column] ** 2 + np.sum(weights**2 * np.delete(decimal, column) ** 2)) / 12
        variance = float(centred[:, column].var())
        if left <= _OF_ROUNDING * rounding and left < _EXPLAINED * variance:
            share = weights**2 * rest.var(axis=0) > _EXPLAINED * variance
            others = [name for name, used in zip(np.delete(record.names, column), share, strict=True) if used]
            of = listed_names(others, 5)
            raise DataError(
                f"in {record.title} '{record.names[column]}' is a combination of {of} up to rounding",
                "state variables must not determine one another: together they have no density",
                f"leave one of them out{drop_options(record, [column])}",
            )
    return []


def _some_states(record: Record) -> np.ndarray | None:
    """Some states, shape ``(n, d)``, of a list of variables that are few enough to be compared; else none."""
    if record.is_field or not 1 < record.dimension <= _MOST_COMPARED:
        return None
    flat = record.flat.reshape(-1, record.dimension)
    some = flat[:: max(1, len(flat) // _STATES)]
    return some if len(some) >= _FEWEST else None


def _decimal(values: np.ndarray) -> float:
    """The last decimal of values with few, such as 0.1; zero for those with many."""
    for places in range(_MOST_DECIMALS + 1):
        scaled = values * 10.0**places
        if np.all(np.abs(scaled - np.rint(scaled)) <= 1e-9 * np.maximum(np.abs(scaled), 1.0)):
            return 10.0**-places
    return 0.0


def _left(table: np.ndarray, values: np.ndarray) -> float:
    """The share of the variance that a regression leaves."""
    residual = values - table @ np.linalg.lstsq(table, values, rcond=None)[0]
    return float(np.mean(residual**2))


def _refuse_function(record: Record, column: int, others: list[int]) -> None:
    name, of = record.names[column], listed_names([record.names[other] for other in others], 5)
    rest = options("state", [other for other in record.names if other != name])
    raise DataError(
        f"in {record.title} '{name}' is a function of {of}",
        "state variables must not determine one another: together they have no density",
        f"leave it out of the state, and observe it if you like: {rest} {option('observe', name)}",
    )


def enough_states(record: Record, samples: int) -> list[str]:
    """Warn of few states per variable and of combinations of variables that are constant.

    Args:
        record: The record, or a part of it.
        samples: Number of its states.
    """
    if record.homogeneous:  # translations are averaged over: cells are samples, too
        return []
    if record.dimension >= samples / 10:
        return [f"{record.title} has {samples} states of {record.dimension} variables: few per variable."]
    dependent = dependent_columns(record.flat)
    if dependent:
        named = listed_names([record.names[column] for column in dependent], 5)
        raise DataError(
            f"a combination of {named} of {record.title} is constant",
            "state variables must not determine one another: together they have no density",
            "reduce the field to its leading modes with --modes 10, or fewer"
            if record.is_field or record.grid is not None
            else f"leave one of them out{drop_options(record, dependent[-1:])}",
        )
    return []
