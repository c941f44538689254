"""Angles that jump by a whole turn: refused as pushes, and told of as parts of the state and as observables."""

import re
from collections.abc import Sequence

import numpy as np

from ..core import OptionError
from ..data import Record, excerpt_of
from ..response import AbstractPush, PushVectors, pushed_variables, some_pieces
from ..statistics import Turn, angle_turn
from ._inputs import Observe, named_observables

_NUMBERS = 1_000_000  # that are looked at
_MOST = 50  # variables; a field has more


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
    if whole.dimension > _MOST or whole.is_field or whole.modes is not None:
        return []
    whole = excerpt_of(whole)
    asked = named_observables(observe, whole) if observe is not None else {name: name for name in whole.names}
    observed = [value if isinstance(value, str) else name for name, value in asked.items()]
    turns = {
        name: turn
        for column, name in enumerate(whole.names)
        if (name in state.names or any(_reads(each, name) for each in observed))
        and (turn := angle_turn(some_pieces(whole.flat[:, :, [column]], _NUMBERS)[..., 0])) is not None
    }
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
        for name, turn in turns.items()
    ]


def _reads(observable: str, name: str) -> bool:
    """Whether an observable takes an angle for a number, and not for a direction."""
    return bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", observable)) and not re.search(r"sin|cos", observable)


def _what(turn: Turn) -> str:
    return f"an angle that jumps between {turn.high:.4g} and {turn.low:.4g} ({turn.jumps:,} times)"


def _remedy(name: str, turn: Turn) -> str:
    size = turn.high - turn.low
    if turn.cut is not None:
        return (
            f"no value is near {turn.cut:.3g}: write '{name}' from {turn.cut - size:.4g} to {turn.cut:.4g} (take "
            f"{size:.4g} from all values above {turn.cut:.4g}), where it never jumps"
        )
    return (
        f"write its components in place of '{name}', such as the speed times its sine and its cosine, and push or "
        f"observe these; of a direction without a speed observe sine and cosine, and push another variable"
    )
