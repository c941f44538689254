"""Options of a record that is homogeneous along some dimensions: what is pushed, observed and reflected."""

import functools
import math
import re
from collections.abc import Sequence

import numpy as np

from ..core import OptionError, ScoreError, listed_names, option, pieces_of
from ..data import Record
from ..response import FieldObservable, Observable, Reflections, as_name
from ..results import HomogeneousField
from ._inputs import Observe, check_finite, check_varies, named_observables, suggestion
from ._pushes import PatternFiles, Push, named_pushes

_HIDDEN = re.compile(r"\[[^\]]*\]")


def to_channels(push: Push | None, field: HomogeneousField, files: PatternFiles = ()) -> tuple[list[str], list[int]]:
    """Names of the pushes, and the channel that each one pushes; where along the grid makes no difference."""
    found = {name: index // math.prod(field.grid) for index, name in enumerate(field.names)}
    named = named_pushes(push, field.record, files)
    channels = []
    for name, value in named.items():
        cell = as_name(value, field.names) if isinstance(value, str) else None
        if cell is None and isinstance(value, str) and not set(_HIDDEN.sub("", value)) & set("+-*/="):
            raise OptionError(
                f"the push '{value}' is not a cell of the field of {field.record.title}",
                f"its {len(found)} cells are called {listed_names(field.record.names, 3)}",
                suggestion(value, field.record.names),
            )
        if cell is None:
            raise OptionError(
                f"the push '{name}' is {'a function' if callable(value) else 'more than one cell'}",
                f"a field that is homogeneous along {', '.join(field.grid_dims)} is pushed at one cell, with unit "
                "amplitude",
                f"name a cell, such as '{field.names[0]}': the response to a pattern is the sum of its answers, each "
                "shifted and weighted; or leave --homogeneous out",
            )
        channels.append(found[cell])
    return list(named), channels


def to_field_observables(
    observe: Observe, field: HomogeneousField, reflections: Reflections
) -> dict[str, FieldObservable]:
    """The observables of a field by name, each taken at every point; none where the field itself is observed."""
    if observe is None:
        return {}
    name = str(field.record.field)
    found: dict[str, FieldObservable] = {}
    for label, value in named_observables(observe, field.record).items():
        found[label] = value if callable(value) else functools.partial(_pointwise, Observable(value, (name,)))
        _check_field_observable(label, found[label], field, reflections)
    return found


def _pointwise(observable: Observable, fields: np.ndarray) -> np.ndarray:
    return observable.along(fields[..., None])


def _check_field_observable(
    label: str, observable: FieldObservable, field: HomogeneousField, reflections: Reflections
) -> None:
    """Refuse one of another shape, without finite values, without variation, or of the wrong symmetry."""
    lowest, highest = math.inf, -math.inf
    for member, start, stop in pieces_of(field.values):
        states = field.values[member, start:stop].astype(np.float64)
        values = np.asarray(observable(states), dtype=np.float64)
        if values.shape != states.shape:
            raise OptionError(
                f"the observable '{label}' has shape {values.shape}",
                f"from fields of shape {states.shape} it must make fields of the same shape",
                "write it as a function of the value at each point, such as lambda fields: fields ** 2",
            )
        check_finite(label, values, lambda place, states=states: f"{field.record.field} = {states[place]:g}")
        lowest, highest = min(lowest, float(values.min())), max(highest, float(values.max()))
    check_varies(label, lowest, highest)
    some = field.values[0, :16].astype(np.float64)
    if reflections.odd and not np.allclose(observable(-some), observable(some)):
        raise OptionError(
            f"the observable '{label}' of a field that changes sign under reflection was asked for",
            "with an odd reflection an observable must be the same for the field and its negative, such as a square",
            "leave --reflect out, or choose another observable",
        )


def check_channels(method: object, field: HomogeneousField) -> None:
    """Refuse a network for more than one channel, which none of them takes."""
    if method == "network" and field.channels > 1:
        raise ScoreError(
            f"a network was asked for a field with {field.channels} cells along {', '.join(field.channel_dims)} at "
            "each point of the homogeneous grid",
            "field networks take one",
            "give --score auto, or select one cell along the other dimensions",
        )


def to_reflections(reflect: Sequence[str], record: Record) -> Reflections:
    """From ``DIM`` or ``DIM:odd`` to axes of the homogeneous grid."""
    reflect = (reflect,) if isinstance(reflect, str) else tuple(reflect)
    grid = tuple(dim for dim in record.dims if dim in record.homogeneous)
    axes, odd = [], []
    for entry in reflect:
        dim, _, parity = entry.partition(":")
        if dim not in grid or entry not in (dim, f"{dim}:odd"):
            raise OptionError(
                f"the reflection '{entry}' was given",
                "a reflection is a homogeneous dimension, or one with ':odd' if the field changes sign; "
                + (f"homogeneous are {', '.join(grid)}" if grid else "no dimension was called homogeneous"),
                f"give {option('reflect', grid[0])} or {option('reflect', grid[0] + ':odd')}"
                if grid
                else "leave --reflect out",
            )
        axes.append(grid.index(dim))
        odd.append(parity == "odd")
    if len(set(odd)) > 1:
        raise OptionError(
            f"the reflections {listed_names(reflect)} change the sign of the field along one dimension and not along "
            "another",
            "the reflections of one call are all odd or all even",
            "leave one of them out: it only makes the bands narrower",
        )
    return Reflections(tuple(sorted(set(axes))), any(odd))
