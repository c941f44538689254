r"""The least error that any estimator can have which assumes of a record that it is Markov, and nothing else.

It is the error of formula (2) with the step of the record and the exact functions in it: no regular estimator in the
model of stationary Markov chains has a smaller variance (Greenwood and Wefelmeyer, *Efficiency of empirical estimators
for Markov chains*, Annals of Statistics 23, 132, 1995). With $g_m(x) = E[A(x_m) | x_0 = x]$, the
push $u$ and $b_j(x) = E[B(x_{-j}) | x_0 = x]$,

$$ \hat K(t) = \langle u \cdot \nabla g_t \rangle
   + \sum_{j=0}^{t-1} \langle b_j(x_0) ( g_{t-j-1}(x_1) - g_{t-j}(x_0) ) \rangle . $$

An estimator that learns these functions from the record can do better by its bias alone, or by knowing more.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from .grid_chain import GridDiffusion

Function = Callable[[np.ndarray], np.ndarray]


class Known(NamedTuple):
    """What is known of a Markov chain, at states ``(n, d)``.

    Attributes:
        forecast: $g_m$ at every lag, shape ``(lags, n, p)``.
        slope: $u \\cdot \\nabla g_m$ at every lag above zero, shape ``(lags, n, p)``.
        carried: $b_j$ at every lag, shape ``(lags, n)``.
    """

    forecast: Function
    slope: Function
    carried: Function


def efficient_response(values: np.ndarray, known: Known) -> np.ndarray:
    """The efficient estimate from a record ``(member, time, d)``, shape ``(lags, p)``; at lag zero $<A B>$."""
    members, steps, dimension = values.shape
    forecast = known.forecast(values.reshape(-1, dimension))
    lags, _, observed = forecast.shape
    forecast = forecast.reshape(lags, members, steps, observed)
    carried = known.carried(values.reshape(-1, dimension)).reshape(lags, members, steps)
    pairs = members * (steps - 1)
    now = np.einsum("jmn,lmnp->jlp", carried[:, :, :-1], forecast[:, :, :-1], optimize=True) / pairs
    later = np.einsum("jmn,lmnp->jlp", carried[:, :, :-1], forecast[:, :, 1:], optimize=True) / pairs
    found = known.slope(values.reshape(-1, dimension)).mean(axis=1)
    found[0] = now[0, 0]
    for lag in range(1, lags):
        for j in range(lag):
            found[lag] += later[j, lag - j - 1] - now[j, lag - j]
    return found


def of_chain(chain: GridDiffusion, observe: Function, lags: np.ndarray) -> Known:
    """Of a chain on a grid, which is reversible: $b_j = g_j$ of B."""
    root = np.sqrt(chain.shares)[:, None]
    conjugate = (chain.modes @ chain.pushed)[:, None] / root
    decay = np.exp(-np.outer(lags, chain.rates))[:, :, None]

    def ahead(table: np.ndarray) -> np.ndarray:
        return np.matmul(chain.modes, decay * (chain.modes.T @ (root * table))) / root

    forecast, carried = ahead(observe(chain.centres[:, None])), ahead(conjugate)[..., 0]
    slope = np.gradient(forecast, chain.centres, axis=1)

    def cell(states: np.ndarray) -> np.ndarray:
        return np.searchsorted((chain.centres[1:] + chain.centres[:-1]) / 2, states[:, 0])

    return Known(lambda x: forecast[:, cell(x)], lambda x: slope[:, cell(x)], lambda x: carried[:, cell(x)])


def of_linear(
    propagator: np.ndarray, covariance: np.ndarray, push: int, parts: list[tuple[int, list[str]]], lags: int
) -> Known:
    """Of a linear Gaussian system of mean zero, whose observables are variables or say that one is above a number."""
    power = np.array([np.linalg.matrix_power(propagator, lag) for lag in range(lags)])
    rows = power[:, [index for index, _ in parts]]  # (lags, p, d)
    # What is not foretold of a variable after so many steps.
    spread = np.sqrt(
        np.maximum(np.diag(covariance) - np.einsum("lij,jk,lik->li", power, covariance, power, optimize=True), 0.0)
    )
    weights = np.linalg.solve(covariance, power[:, :, push].T).T

    def forecast(states: np.ndarray) -> np.ndarray:
        found = np.einsum("lpd,nd->lnp", rows, states)
        for place, (index, over) in enumerate(parts):
            if over:
                above = found[:, :, place] - float(over[0])
                scaled = above / np.maximum(spread[:, [index]], 1e-300)
                found[:, :, place] = np.where(spread[:, [index]] > 0, ndtr(scaled), above > 0)
        return found

    def slope(states: np.ndarray) -> np.ndarray:
        found = np.broadcast_to(rows[:, None, :, push], (lags, len(states), len(parts))).copy()
        for place, (index, over) in enumerate(parts):
            if over:
                width = np.where(spread[:, [index]] > 0, spread[:, [index]], np.inf)  # not asked for at lag zero
                scaled = (rows[:, place] @ states.T - float(over[0])) / width
                found[:, :, place] *= np.exp(-0.5 * scaled**2) / width / np.sqrt(2 * np.pi)
        return found

    return Known(forecast, slope, lambda states: weights @ states.T)
