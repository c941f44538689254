r"""The classical (quasi-Gaussian) response, always there for comparison."""

import numpy as np
from jaxtyping import Float

from ..core import map_states
from ..scores import GaussianScore
from ._conjugate import ConjugateObservable
from ._lagged import lagged_sums, pair_counts
from ._pushes import AbstractPush


def gaussian_response(
    values: Float[np.ndarray, "member time d"],
    observables: Float[np.ndarray, "member time p"],
    *,
    pushes: tuple[AbstractPush, ...],
    max_lag: int,
    score: GaussianScore,
) -> Float[np.ndarray, "pushes lags p"]:
    r"""The response under a Gaussian score.

    $$ K(t) = \langle (A_t - \bar A)(B_0 - \bar B) \rangle, \qquad B = u^T C^{-1} (x - m) - \nabla \cdot u. $$

    For the mean of the state and constant pushes this is $C(t) C(0)^{-1}$, Leith's formula. Both factors are centred,
    sums are divided by the number of pairs, and no pair crosses the border of a member.

    Args:
        values: The record, shape ``(member, time, d)``.
        observables: The observables along it, shape ``(member, time, p)``.
        pushes: The pushes.
        max_lag: Largest lag in steps.
        score: The Gaussian score of the record.

    References:
        Leith, *Climate response and fluctuation dissipation*, J. Atmos. Sci. 32, 2022 (1975).
    """
    members, steps, dimension = values.shape
    conjugate = map_states(ConjugateObservable(score, pushes), values.reshape(-1, dimension), width=4 * dimension)
    conjugate = (conjugate - conjugate.mean(0)).reshape(members, steps, len(pushes))
    mean = observables.reshape(-1, observables.shape[2]).mean(0)
    sums = sum(lagged_sums(observables[m] - mean, conjugate[m], max_lag) for m in range(members))
    pairs = members * pair_counts(steps, steps, max_lag)
    return (np.asarray(sums) / pairs[:, None, None]).transpose(2, 0, 1)
