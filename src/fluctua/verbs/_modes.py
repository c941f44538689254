"""Fields by their leading modes: what is read, pushed and observed with ``--modes``."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from ..core import OptionError, listed
from ..data import Record, no_codes, reduce_to_modes
from ..response import Responses
from ._inputs import Names, Observe, named_observables
from ._patterns import pattern_vector
from ._pushes import PatternFiles, Push, named_pushes
from ._turning import check_field_turns

_HALF = 0.5  # of the variance, or of the square of a pattern, below which the push would be another one
_MOST_OF_IT = 0.9
_LOG = logging.getLogger("fluctua")


def to_modes(
    read: Callable[..., Record],
    variable: Names,
    homogeneous: Sequence[str],
    count: int,
    *,
    keep_outliers: bool,
    refuse: bool,
) -> tuple[Record, list[str]]:
    """The amplitudes of the leading modes of the variables, and warnings of fields that have none.

    Args:
        read: Reads the record of a variable.
        variable: The variables; none where the data hold one alone.
        homogeneous: Dimensions that were called homogeneous, of which there must be none.
        count: Number of modes.
        keep_outliers: Whether values far from all others are to be taken for measured ones.
        refuse: Whether fields of angles are refused.
    """
    if len(homogeneous):
        raise OptionError(
            f"--modes {count} was given together with --homogeneous",
            "a homogeneous field has waves for its modes, and is answered whole",
            "leave one of the two out",
        )
    names = [variable] if isinstance(variable, str) else list(dict.fromkeys(variable or ()))
    records = [read(variable=name) for name in names] or [read()]
    for record in records if not keep_outliers else ():
        no_codes(record)
    said = [text for record in records for text in check_field_turns(record, refuse=refuse)]
    reduced = reduce_to_modes(records, count)
    _LOG.info(reduced.notices[-1])
    return reduced, said


def in_modes(
    record: Record, observe: Observe, push: Push | None, files: PatternFiles
) -> tuple[Record, Observe, dict[str, Any], list[str]]:
    """What is asked of modes: all of them are observed, and maps are pushed by their projections.

    Returns:
        The record with what is to be said of the maps, observables, pushes, and warnings.

    Raises:
        OptionError: A map does not fit its field, or has too little in the modes.
    """
    modes = record.modes
    assert modes is not None
    if observe is not None:
        observe = {name: name for name in modes.names} | named_observables(observe, record)
    pushes: dict[str, Any] = named_pushes(push, record, files)
    said: list[str] = []
    poor: list[str] = []
    kept = modes.shares.sum()
    if kept < _HALF:
        poor.append(
            f"{len(modes.names)} modes hold {kept:.1%} of the variance of {listed(modes.fields)}: the larger part is "
            "hidden from the answer (more --modes hold more, and need a longer record)."
        )
    for name, value in pushes.items():
        if not isinstance(value, xr.DataArray):
            continue
        amplitudes, share = _projected(name, value, record)
        pushes[name] = dict(zip(modes.names, amplitudes.tolist(), strict=True))
        text = f"{share:.1%} of the push '{name}' (of its weighted square) lies in the {len(modes.names)} modes"
        if share < _HALF:
            raise OptionError(
                text,
                f"at least {_HALF:.0%} is needed: the answer would be to another push",
                "give more modes, or a pattern along which the record varies, such as a regression map",
            )
        if share < _MOST_OF_IT:
            poor.append(f"{text}: the answer is to that part, the map of the response at lag zero.")
        else:
            said.append(f"{text}.")
            _LOG.info(said[-1])
    return replace(record, notices=(*record.notices, *said)), observe, pushes, poor


def check_modes(record: Record, found: Responses) -> None:
    """Refuse more modes than the record can answer for: a push on those beyond would be lost."""
    if record.modes is not None and found.functions < record.dimension:
        raise OptionError(
            f"{record.dimension} modes were asked for of {record.title}, which carries {found.functions} functions "
            f"({record.members * record.steps} states, of which {found.times.effective_size:.0f} are independent)",
            "an answer needs one function or more for each mode",
            f"give --modes {found.functions}",
        )


def _projected(name: str, pattern: xr.DataArray, record: Record) -> tuple[np.ndarray, float]:
    """By how much a map moves the modes, and the share of it that they hold."""
    modes = record.modes
    assert modes is not None
    field = str(pattern.name) if pattern.name in modes.fields else modes.fields[0]
    if len(modes.fields) > 1 and pattern.name not in modes.fields:
        raise OptionError(
            f"the push '{name}' is a map called '{pattern.name}'",
            f"of several fields, a map moves the one whose name it has: {listed(modes.fields)}",
            f"rename it, as with pattern.rename('{modes.fields[0]}')",
        )
    grid = modes.grids[modes.fields.index(field)]
    empty = np.zeros((1, 1, *grid.shape))
    whole = Record(empty, dt=record.dt, field=field, dims=grid.dims, coords=grid.coords, source=record.source)
    vector = np.zeros(modes.weights.size)
    vector[modes.of(field)] = pattern_vector(name, pattern, whole, grid.kept)
    if not vector.any():
        raise OptionError(
            f"the push '{name}' is zero in every cell of {field}",
            "a push moves something",
            "check its values, and that it lies where the field has values",
        )
    return modes.project(vector)
