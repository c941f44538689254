r"""The answer given some history of the recorded state, and how far it moves with more of it.

Where what is recorded is not Markov, earlier states tell of what is hidden. The state extended by $P$ of them,
$X_t = (x_t, x_{t-S}, \dots, x_{t-PS})$, is pushed in its present part alone, by $(u(x_t), 0, \dots, 0)$ with the
divergence of $u$; the answer is the response given that history.

It does not converge to the true one. What moves the record by more than its history lets expect is, as far as the
record can tell, in part something hidden that goes on pushing; the push that is asked about comes alone. For a linear
system the limit is off by the gain of the Kalman filter times the response to the hidden part. So the movement of the
answer from none to several earlier states is a lower bound of what hidden variables do to it, and no correction. It is
looked at in the doubly robust estimate: that the state be Markov is what is in question.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..statistics import Delays, Estimate, combined, cosine_weights
from ._response import Responses

_COUNTS = (0, 1, 2, 4)


class DelayTable(NamedTuple):
    """The doubly robust estimate by number of earlier states, all from the origins that the longest history leaves.

    Attributes:
        delays: The earlier states, rising in number.
        answers: The estimate with each.
        moved: The last one less the first; noise that they share cancels.
    """

    delays: tuple[Delays, ...]
    answers: tuple[Estimate, ...]
    moved: Estimate


def delay_table(own: Delays, found: Responses, longest: int, answer: Callable[[Delays, int], Responses]) -> DelayTable:
    """The estimate with 0, 1, 2 and 4 earlier states beside that which was asked for.

    Args:
        own: The earlier states that were asked for.
        found: The answer with them.
        longest: Time steps that a history longer than that may take; one of a single state is always looked at.
        answer: The answer with some earlier states, from so many time steps of each member on.
    """
    counts = {count for count in _COUNTS if count <= max(1, own.count) or count * own.step <= longest}
    delays = tuple(own._replace(count=count) for count in sorted(counts | {own.count}))
    last = delays[-1]
    cosines = len(cosine_weights(len(found.plan.blocks), np.inf))
    answers = tuple((found if each == own == last else answer(each, last.span)).robust for each in delays)
    return DelayTable(delays, answers, combined(answers[0], answers[-1], (-1.0, 1.0), cosines=cosines))
