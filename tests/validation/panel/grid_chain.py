r"""Reversible diffusions on a line as chains of jumps between the cells of a grid, solved and sampled exactly.

With a density $\rho$ known up to a factor and a constant diffusivity D, jumps between neighbouring cells of width h at
the rate $D \rho_{i+1/2} / (h^2 \rho_i)$ hold detailed balance. All of time follows from one decomposition: responses,
their integrals, and the matrix of transitions over any interval, from which records are drawn without a time step.
Record and truth are those of the same chain, so that they agree whatever h is.
"""

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
from scipy.linalg import eigh_tridiagonal

Function = Callable[[np.ndarray], np.ndarray]
_DEPTH = 32.0  # the grid ends where the density has fallen by e^-32
_BLOCK = 512  # intervals whose random numbers are drawn at once


class GridDiffusion:
    """A diffusion on a line.

    Args:
        log_density: Logarithm of the stationary density, up to a constant.
        diffusivity: D, half the squared noise amplitude.
        lower, upper: Where the density is looked at; a wall where it has not fallen off there.
        cells: Number of cells, a power of two.
    """

    def __init__(self, log_density: Function, diffusivity: float, lower: float, upper: float, cells: int = 1024):
        if cells & (cells - 1):
            raise ValueError("the number of cells must be a power of two: transitions are drawn by halving")
        rough = np.linspace(lower, upper, 20_001)
        depth = log_density(rough)
        inside = rough[depth > depth.max() - _DEPTH]
        faces = np.linspace(inside[0], inside[-1], cells + 1)
        self.centres, width = 0.5 * (faces[1:] + faces[:-1]), faces[1] - faces[0]
        peak = log_density(self.centres).max()
        density, between = np.exp(log_density(self.centres) - peak), np.exp(log_density(faces[1:-1]) - peak)
        mass = density.sum() * width
        self.shares = density * width / mass  # probability of each cell
        self.flow = between / mass  # density between cells: how much a unit push carries over
        up, down = (diffusivity * between / width**2 / density[side] for side in (slice(None, -1), slice(1, None)))
        diagonal = np.zeros(cells)
        diagonal[:-1] += up
        diagonal[1:] += down
        rates, self.modes = eigh_tridiagonal(diagonal, -np.sqrt(up * down))
        self.rates = np.maximum(rates, 0.0)
        self.rates[0] = 0.0

    @cached_property
    def pushed(self) -> np.ndarray:
        """Weight of each mode in the density that a unit push has moved."""
        moved = np.zeros(len(self.centres))
        moved[:-1] -= self.flow
        moved[1:] += self.flow
        return self.modes.T @ (moved / np.sqrt(self.shares))

    def response(self, observe: Function, lags: np.ndarray) -> np.ndarray:
        """The impulse response of observables, shape ``(lags, p)``, to a unit push."""
        return np.exp(-np.outer(lags, self.rates)) @ (self.pushed[:, None] * self._seen(observe))

    def step_response(self, observe: Function, lags: np.ndarray) -> np.ndarray:
        """Its integral from zero to each lag."""
        rates = self.rates[1:]
        grown = -np.expm1(-np.outer(lags, rates)) / rates
        return grown @ (self.pushed[1:, None] * self._seen(observe)[1:])

    def correlation(self, later: np.ndarray, first: np.ndarray, lags: np.ndarray) -> np.ndarray:
        """$E[A(x_t) B(x_0)]$ of tables A ``(cells, p)`` and B ``(cells,)``, shape ``(lags, p)``."""
        root = np.sqrt(self.shares)
        return np.exp(-np.outer(lags, self.rates)) @ (
            (self.modes.T @ (root * first))[:, None] * (self.modes.T @ (root[:, None] * later))
        )

    @cached_property
    def spread(self) -> float:
        """The stationary standard deviation."""
        mean = self.shares @ self.centres
        return float(np.sqrt(self.shares @ (self.centres - mean) ** 2))

    def _seen(self, observe: Function) -> np.ndarray:
        return self.modes.T @ (np.sqrt(self.shares)[:, None] * observe(self.centres[:, None]))

    def transition(self, interval: float) -> np.ndarray:
        """Probabilities of going from each cell (row) to each other over an interval."""
        root = np.sqrt(self.shares)
        symmetric = (self.modes * np.exp(-interval * self.rates)) @ self.modes.T
        found = np.maximum(symmetric * root / root[:, None], 0.0)
        return found / found.sum(axis=1, keepdims=True)

    def sample(self, rngs: Sequence[np.random.Generator], members: int, steps: int, interval: float) -> np.ndarray:
        """Stationary records, shape ``(record, member, time)``."""
        below = np.cumsum(self.transition(interval), axis=1).ravel()
        cells = len(self.centres)
        start = np.cumsum(self.shares)
        now = np.concatenate([np.searchsorted(start, rng.random(members) * start[-1]) for rng in rngs])
        path = np.empty((steps, len(now)), dtype=np.int32)
        halves = [cells >> power for power in range(1, cells.bit_length())]
        for first in range(0, steps, _BLOCK):
            count = min(_BLOCK, steps - first)
            chances = np.concatenate([rng.random((count, members)) for rng in rngs], axis=1)
            for step in range(count):
                path[first + step] = now
                # The place of a chance in the row of the present cell, by halving, for all members at once.
                row, chance, place = now * cells - 1, chances[step], np.zeros_like(now)
                for half in halves:
                    place += half * (below[row + place + half] <= chance)
                now = place
        return self.centres[path].T.reshape(len(rngs), members, steps)
