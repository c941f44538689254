"""Angles that jump by a whole turn: refused as pushes, and told of as parts of the state and as observables."""

import re
from collections.abc import Sequence

import numpy as np

from ..core import OptionError
from ..data import Record, excerpt_of
from ..response import AbstractPush, PushVectors, pushed_variables, some_pieces
from ..statistics import Turn, angle_turn, may_turn
from ._inputs import Observe, named_observables

_NUMBERS = 1_000_000  # that are looked at
_MOST, _CELLS = 50, 16  # variables that may be angles, and cells of a homogeneous field, that are looked at
_SAID = 3  # variables


def check_turns(
    pushes: Sequence[AbstractPush], state: Record, whole: Record, observe: Observe, *, refuse: bool = True
) -> list[str]:
    """Refuse pushes on angles that jump from one end of a circle to the other, and warn of such variables.

    Args:
        pushes: The pushes on the state.
        state: The record of the state.
        whole: The record with what is observed beside it.
        observe: What is observed.
        refuse: Whether pushes on them are refused.

    Raises:
        OptionError: A pushed variable is such an angle.
    """
    if whole.modes is not None:
        return []
    survey = whole.survey
    angles = np.flatnonzero(may_turn(survey.low.min(axis=(0, 1)), survey.high.max(axis=(0, 1))))
    if not angles.size:
        return []
    whole = excerpt_of(whole)
    asked = named_observables(observe, whole) if observe is not None else {name: name for name in whole.names}
    observed = [value if isinstance(value, str) else name for name, value in asked.items()]
    parts = set(state.names)
    angles = [c for c in angles if whole.names[c] in parts or any(_reads(each, whole.names[c]) for each in observed)]
    found = {
        whole.names[column]: angle_turn(some_pieces(whole.flat[:, :, [column]], _NUMBERS)[..., 0])
        for column in angles[:_MOST]
    }
    turns = {name: turn for name, turn in found.items() if turn is not None}
    for push in pushes if turns and refuse else ():
        moved = np.flatnonzero(pushed_variables(PushVectors([push], state.dimension), excerpt_of(state).flat))
        name = next((state.names[column] for column in moved if state.names[column] in turns), None)
        if name is not None:
            raise OptionError(
                f"'{push.name}' pushes '{name}', {_what(turns[name])}",
                "a push needs a variable that goes on smoothly: across the jump a small change of this one is a turn",
                f"{_remedy(name, turns[name])}. To see the numbers all the same, --allow-unreliable",
            )
    return [
        f"'{name}' is {_what(turn)}: no mean of it and no response of it tells where it points. To do: "
        f"{_remedy(name, turn)}."
        for name, turn in list(turns.items())[:_SAID]
    ] + (
        [f"{len(turns) - _SAID} other variables are such angles as well: do the same with them."]
        if len(turns) > _SAID
        else []
    )


def check_field_turns(record: Record, *, refuse: bool = True) -> list[str]:
    """Refuse a field of angles that is answered as a whole, or warn of it; some of its cells are looked at.

    Of a homogeneous one all are alike; of one that is reduced to modes those that have the limits of an angle.

    Raises:
        OptionError: It is such a field.
    """
    part = excerpt_of(record)
    cells = np.arange(part.dimension)
    if not record.homogeneous:
        survey = record.survey
        cells = np.flatnonzero(may_turn(survey.low.min(axis=(0, 1)), survey.high.max(axis=(0, 1))))
        if not cells.size:
            return []
    cells = _spread(cells, _CELLS)
    others = None if record.homogeneous else _series_of(part, _spread(np.arange(part.dimension), _MOST))
    turn = angle_turn(_series_of(part, cells), others)
    if turn is None:
        return []
    name = str(record.field if record.grid is None else record.grid.field)
    what = f"'{name}' is {_what(turn)} in {len(cells)} of its cells"
    why = "across the jump a small change of it is a turn, and no mean of it tells where it points"
    remedy = (
        _written_from(name, turn, turn.cut)
        if turn.cut is not None
        else f"write its components in place of '{name}', such as the speed times its sine and its cosine, "
        + ("along a dimension of their own" if record.homogeneous else "as two fields that are reduced together")
        + "; a direction without a speed cannot be pushed"
    )
    if refuse:
        raise OptionError(what, why, f"{remedy}. To see the numbers all the same, --allow-unreliable")
    return [f"{what}: {why}. To do: {remedy}."]


def _spread(cells: np.ndarray, most: int) -> np.ndarray:
    return cells[np.unique(np.linspace(0, cells.size - 1, min(cells.size, most)).astype(int))]


def _series_of(part: Record, cells: np.ndarray) -> np.ndarray:
    """Cells as so many members, shape ``(member, time)``."""
    series = np.moveaxis(some_pieces(part.flat[:, :, cells].astype(np.float64), _NUMBERS), 2, 1)
    return series.reshape(-1, series.shape[2])


def _reads(observable: str, name: str) -> bool:
    """Whether an observable takes an angle for a number, and not for a direction."""
    return bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", observable)) and not re.search(r"sin|cos", observable)


def _what(turn: Turn) -> str:
    return f"an angle that jumps between {turn.high:.4g} and {turn.low:.4g} ({turn.jumps:,} times)"


def _remedy(name: str, turn: Turn) -> str:
    if turn.cut is not None:
        return _written_from(name, turn, turn.cut)
    return (
        f"write its components in place of '{name}', such as the speed times its sine and its cosine, and push or "
        f"observe these; of a direction without a speed observe sine and cosine, and push another variable"
    )


def _written_from(name: str, turn: Turn, cut: float) -> str:
    size = turn.high - turn.low
    return (
        f"no value is near {cut:.3g}: write '{name}' from {cut - size:.4g} to {cut:.4g} (take {size:.4g} from all "
        f"values above {cut:.4g}), where it never jumps"
    )
