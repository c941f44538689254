r"""Responses from a record with noise of the measurement: past states as instruments.

What is recorded is $y = x + \nu$ with white noise $\nu$, independent of the system. A push moves x. With functions
$\varphi(y_0)$ of the present and $\psi(y_{-s})$ of the past, whose noises are independent, let $\hat q = \gamma^T \psi$
and $\hat h_t = \beta_t^T \varphi$ solve

$$ \langle \hat q(y_{-s}) \varphi(y_0) \rangle = \langle u \cdot \nabla \varphi(y_0) \rangle, \qquad
   \langle \psi(y_{-s}) ( A_t - \hat h_t(y_0) ) \rangle = 0 . $$

The first says that q is the Riesz representer of the push on $H(x_0) = E[h(y_0) | x_0]$, for $\nabla_x E[h(x + \nu)] =
E[\nabla h(x + \nu)]$; the second that $H_t$ is the regression of $A_t$ on $x_0$. So

$$ K(t) = \langle u \cdot \nabla \hat h_t(y_0) \rangle + \langle \hat q(y_{-s}) (A_t - \hat h_t(y_0)) \rangle,
   \qquad \text{bias} = E[(\hat q - q)(h_t - \hat h_t)], \tag{4} $$

is (1) with the Gram matrix replaced by the cross-Gram $M = \langle \psi \varphi^T \rangle$ at the lag s, and (2)
becomes its own counterpart likewise, as x is Markov. One step of the record is taken for s: the price is that of
dividing by the correlation of each function over it, so that only functions are used that remember themselves.

Observables are those of what is recorded: of $y^2$ the response is that of $x^2$, as the variance of the noise does not
move; of a strongly curved one it is that of its average over the noise.

References:
    Hansen and Singleton, *Generalized instrumental variables estimation of nonlinear rational expectations models*,
    Econometrica 50, 1269 (1982), for past values as instruments; Chernozhukov, Newey and Singh, Econometrica 90, 967
    (2022), for the product of errors; Newey and Powell, *Instrumental variable estimation of nonparametric models*,
    Econometrica 71, 1565 (2003).
"""

import numpy as np
from jaxtyping import Float

from ..features import Leading
from ._functions import ResponseFunctions

DELAY = 1
"""Steps by which the instruments are earlier."""

_STATES_PER_FUNCTION = 100
_MOST_STATES = 50_000


def seen_through_noise(
    values: Float[np.ndarray, "member time d"], functions: ResponseFunctions, delay: int = DELAY
) -> ResponseFunctions:
    r"""The leading functions that remember themselves over the delay.

    In orthonormal functions the singular values $\sigma$ of the cross-Gram are the canonical correlations over the
    delay. Along the weakest direction $\hat q$ is divided by $\sigma$, so that $\sigma^2$ of its independent states
    count. These are those of a direction that forgets itself as fast as $\sigma$ says, whatever the memory of the
    record: $N (1 - \sigma) / (1 + \sigma)$ of N states. A hundred have to be left.

    Args:
        values: The record.
        functions: Functions of a state; all linear ones are kept.
        delay: Steps between the past and the present.
    """
    members, steps, dimension = values.shape
    stride = max(1, members * (steps - delay) // _MOST_STATES)
    none = np.empty((1, 0, dimension))
    past, present = (
        functions.dictionary.tables(part[:, ::stride].reshape(-1, dimension), none)[0]
        for part in (values[:, :-delay], values[:, delay:])
    )
    past, present = past - past.mean(axis=0), present - present.mean(axis=0)
    # Householder's factor has the coefficients of orthonormal functions, each made of those before it.
    orthonormal = np.linalg.qr(np.concatenate([past, present]))[0]
    cross = 2 * orthonormal[: len(past)].T @ orthonormal[len(past) :]
    states, kept = members * (steps - delay), functions.linear
    for count in range(kept + 1, functions.dictionary.size + 1):
        weakest = np.linalg.svd(cross[:count, :count], compute_uv=False)[-1]
        if weakest**2 * states * (1 - weakest) / (1 + weakest) < _STATES_PER_FUNCTION * delay:
            break
        kept = count
    return ResponseFunctions(Leading(functions.dictionary, kept), functions.linear, min(functions.coarser, kept))
