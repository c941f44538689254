r"""What an answer says at lag zero, where it is known: $K(0) = E[u \cdot \nabla A]$ for every smooth observable A.

No score is needed for it. An estimate that misses it by more than its error has no functions of the state that follow
the observable where the push goes: a logarithm near zero, say, under a push by a share.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from ..core import OptionError
from ..data import Record, excerpt_of
from ..response import AbstractPush, Observable, PushVectors, Responses

_STATES = 200_000  # at most
_SIGNIFICANT = 4.5  # standard errors
_SIZE = 0.03  # of the value at lag zero


def check_lag_zero(found: Responses, pushes: Sequence[AbstractPush], names: Sequence[str], record: Record) -> list[str]:
    """A sentence for each observable whose response at lag zero is not its mean slope along the push.

    Args:
        found: The answer.
        pushes: The pushes.
        names: The observables; what is no expression in the variables of the record is not looked at.
        record: The record of the state.
    """
    states = excerpt_of(record).flat.reshape(-1, record.dimension)
    states = states[:: max(1, len(states) // _STATES)]
    vectors = PushVectors(pushes, record.dimension)(states)[0]
    said = []
    for place, name in enumerate(names):
        if name in record.names or not (smooth := _smooth(name, record.names)):
            continue
        for number, push in enumerate(pushes):
            along = jnp.asarray(np.broadcast_to(vectors[:, number], states.shape))
            slopes = np.asarray(jax.jvp(smooth.along, (jnp.asarray(states),), (along,))[1])
            value, stderr = found.impulse.value[number, 0, place], found.impulse.stderr()[number, 0, place]
            exact = float(slopes.mean())
            off = abs(float(value) - exact)
            # The slopes of a few states may decide about their mean: then it says nothing.
            heavy = np.abs(slopes).max() > 0.05 * np.abs(slopes).sum()
            if np.isfinite(exact) and not heavy and off > _SIGNIFICANT * stderr and off > _SIZE * abs(exact):
                said.append(
                    f"At lag zero the response of '{name}' to '{push.name}' is {exact:.3g}, the mean slope along the "
                    f"push, and {float(value):.3g} was found: functions of the state do not follow '{name}' where the "
                    f"push goes, and its response is not to be trusted at other lags either. Make '{name}' a variable "
                    "of the record, in place of the one that it is a function of, and push that."
                )
    return said


def _smooth(name: str, names: Sequence[str]) -> Observable | None:
    """The observable of a name that is an expression without a jump."""
    try:
        observable = Observable(name, names)
    except OptionError:
        return None
    return None if observable.jumps else observable
