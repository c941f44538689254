r"""Fields reduced to their leading modes (empirical orthogonal functions), by xeofs.

The anomalies of all cells, each times the root of the cosine of its latitude and over the total deviation of its field,

$$ w_i (x_i(t) - \langle x_i \rangle) \approx \sum_k s_k \, u_k(t) \, v_{ki}, \qquad
   w_i = \sqrt{\cos \phi_i} \Big/ \Big( \sum_{j \text{ of the field}} \cos \phi_j \, \mathrm{Var}\, x_j \Big)^{1/2}, $$

are cut off after N modes [1]. The amplitudes are kept in units of their standard deviation, $p_k$; the map of a mode
is then $E_{ki} = \langle x_i \, p_k \rangle$, in units of the field for one standard deviation, and whatever is known
of the amplitudes is known of the maps: $x_i - \langle x_i \rangle = \sum_k E_{ki} \, p_k$ + what was cut off. A push
that moves the cells by $u_i$ moves the amplitude $p_k$ by the weighted projection on its map, exactly.

References:
    [1] Rieger and Levang, *xeofs: comprehensive EOF analysis in Python with xarray*, JOSS 9, 6060 (2024).
"""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr
from jaxtyping import Float

from ...core import (
    PIECE_NUMBERS,
    AbstractStored,
    DataError,
    OptionError,
    States,
    as_dask,
    engine_for,
    listed,
    pieces_of,
    side_by_side,
)
from ..record import Grid, Modes, Record, enough_steps, finite_values
from ._fits import FunctionsOfTime, fitted, without

_LATITUDE = re.compile(r"(r|grid_?|nav_?|geo)?lat(itude)?s?", re.IGNORECASE)
_ROUNDING = 1e-12  # of the variance
_POLE = 90.001  # degrees, in single precision
_EXACT = 1e11  # multiplications of an exact decomposition, beyond which a random one is taken


def reduce_to_modes(records: Sequence[Record], count: int) -> Record:
    """The amplitudes of the leading modes of one or several fields as a record.

    Args:
        records: One record for each field, with the same times.
        count: Number of modes.

    Returns:
        A record of ``PC1``, ``PC2``, ..., each with mean zero and standard deviation one, and with its ``modes``.

    Raises:
        DataError: A record is no field, or the times differ, or a value is missing.
        OptionError: There are not as many modes that vary, or xeofs is not installed.
    """
    grids = tuple(_grid(record) for record in records)
    first = records[0]
    for record in records:
        enough_steps(record)
        finite_values(record)
        _check_times(first, record)
    _check_count(count, first, first.members * first.steps, sum(record.dimension for record in records))
    fits = [fitted(record, FunctionsOfTime(), each_member=False) for record in records]
    fields = [replace(record, values=without(record, fit)) for record, fit in zip(records, fits, strict=True)]
    areas = [_area(grid) for grid in grids]
    scales = [
        _scale(record, float(area @ fit.variance)) for record, area, fit in zip(records, areas, fits, strict=True)
    ]
    weights = np.concatenate([np.sqrt(area) / scale for area, scale in zip(areas, scales, strict=True)])
    states = side_by_side([field.flat for field in fields])
    amplitudes = _scores(states, weights, count)
    amplitudes = (amplitudes - amplitudes.mean(axis=0)) / amplitudes.std(axis=0)
    patterns = _patterns(states, amplitudes)
    variance = float(weights**2 @ np.concatenate([fit.variance for fit in fits]))
    shares = np.sum((weights * patterns) ** 2, axis=1) / variance
    if shares[-1] < _ROUNDING:
        varying = int(np.sum(shares > _ROUNDING))
        raise OptionError(
            f"{count} modes were asked for of {first.title}, of which {varying} hold all the variance",
            "the amplitude of a further one is rounding",
            f"give --modes {varying} or fewer",
        )
    weighted = all(_latitude(grid) is not None for grid in grids)
    modes = Modes(grids, patterns, weights, shares, weighted)
    notices = tuple(dict.fromkeys(notice for record in records for notice in record.notices))
    return replace(
        first,
        values=amplitudes.reshape(first.members, first.steps, count),
        names=modes.names,
        field=None,
        dims=(),
        coords={},
        units={},
        grid=None,
        modes=modes,
        history=(*first.history, f"reduced to {count} modes of {listed(modes.fields)}"),
        notices=(*notices, truncation(modes)),
    )


def truncation(modes: Modes) -> str:
    """What was kept, as a sentence."""
    each = ", ".join(f"{name} {share:.1%}" for name, share in zip(modes.names[:3], modes.shares, strict=False))
    more = ", ..." if len(modes.names) > 3 else ""
    how = "weighted by the cosine of latitude" if modes.weighted else "every cell counts the same: no latitude is known"
    together = ", each over its total standard deviation" if len(modes.grids) > 1 else ""
    return (
        f"{listed(modes.fields)} ({how}{together}) was reduced to {len(modes.names)} modes in units of their standard "
        f"deviations, with {modes.shares.sum():.1%} of the variance ({each}{more}); what the others hold is neither "
        "pushed nor answered."
    )


def _grid(record: Record) -> Grid:
    if record.field is not None:
        every = np.arange(record.dimension)
        return Grid(record.field, record.dims, record.state_shape, record.coords, record.units, every)
    if record.grid is not None:
        return record.grid
    raise DataError(
        f"{record.title} is a list of {record.dimension} variables ({listed(record.names, 6)}), and --modes was given",
        "modes are those of variables on a grid",
        "name one with --variable, or leave --modes out",
    )


def _check_times(first: Record, other: Record) -> None:
    same = first.values.shape[:2] == other.values.shape[:2] and first.borders == other.borders
    for one, another in ((first.dates, other.dates), (first.clock, other.clock)):
        same = same and (one is None) == (another is None) and (one is None or bool(np.all(one == another)))
    if not same:
        raise DataError(
            f"{other.title} has {other.steps} steps from {other.time_label(0)} in one field and {first.steps} from "
            f"{first.time_label(0)} in another",
            "fields that are reduced together have the same times",
            "cut them to the same times, or reduce one of them",
        )


def _check_count(count: int, record: Record, states: int, cells: int) -> None:
    most = min(cells, states - 1)
    if not 1 <= count <= most:
        raise OptionError(
            f"{count} modes were asked for of {record.title}, which has {states} states of {cells} cells",
            f"from 1 to {most} can be had, and an answer needs ten independent states or more for each",
            f"give --modes {max(1, min(10, most, states // 10))}",
        )


def _latitude(grid: Grid) -> str | None:
    """The dimension that is a latitude in degrees."""
    for dim in grid.dims:
        named = _LATITUDE.fullmatch(dim) is not None or "north" in grid.units.get(dim, "").lower()
        places = np.asarray(grid.coords.get(dim, np.nan))
        if named and places.dtype.kind in "iuf" and np.all(np.abs(places) <= _POLE):
            return dim
    return None


def _area(grid: Grid) -> Float[np.ndarray, " cells"]:
    dim = _latitude(grid)
    if dim is None:
        return np.ones(grid.kept.size)
    return np.clip(np.cos(np.deg2rad(np.asarray(grid.coords[dim], dtype=float))), 0.0, 1.0)[grid.along(dim)]


def _scale(record: Record, variance: float) -> float:
    """The total standard deviation of a field."""
    if not variance > 0:
        raise DataError(
            f"the cells of {record.title} never change, or all lie at a pole",
            "modes are those of what varies",
            "name another field with --variable",
        )
    return float(np.sqrt(variance))


def _patterns(states: States, amplitudes: Float[np.ndarray, "states modes"]) -> Float[np.ndarray, "modes cells"]:
    """Mean products of states and amplitudes."""
    members, steps, cells = states.shape
    each = amplitudes.reshape(members, steps, -1)
    # Pieces are at least as large as what comes back of them.
    pieces, engine = pieces_of(states, max(PIECE_NUMBERS, cells * amplitudes.shape[1])), engine_for(states)
    values = engine.share(states)
    calls = ((_products, (values, piece, each[piece[0], piece[1] : piece[2]])) for piece in pieces)
    return sum(engine.results(calls), np.zeros(())) / len(amplitudes)


def _products(states: States, piece: tuple[int, int, int], amplitudes: np.ndarray) -> np.ndarray:
    member, start, stop = piece
    return amplitudes.T @ states[member, start:stop]


def _scores(states: States, weights: np.ndarray, count: int) -> Float[np.ndarray, "states modes"]:
    """Scores of the leading modes: by an exact decomposition, or by a random one of many states or stored ones."""
    try:
        import xeofs
    except ImportError as error:
        raise OptionError(
            f"{count} modes were asked for, and xeofs is not installed",
            "fields are reduced to their leading modes by xeofs",
            'install it: pip install "fluctua[modes]"',
        ) from error
    members, steps, cells = states.shape
    stored = isinstance(states, AbstractStored)
    values = as_dask(states) if stored else states.reshape(-1, cells)
    coords = {"time": np.arange(members * steps), "cell": np.arange(cells)}
    table = xr.DataArray(values, coords, ("time", "cell"))
    exact = not stored and states.size * min(members * steps, cells) <= _EXACT
    solver = "full" if exact else "randomized"
    # The states are centred, and have been looked at: each of these would read stored ones once more.
    model = xeofs.single.EOF(n_modes=count, solver=solver, random_state=0, center=False, check_nans=False)
    model.fit(table, dim="time", weights=xr.DataArray(weights, {"cell": coords["cell"]}, ("cell",)))
    return model.scores().transpose("time", "mode").values
