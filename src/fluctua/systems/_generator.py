r"""Exact densities and responses of one-dimensional systems, from their generator on a grid.

For $dx = F\,dt + g\,dW$ with zero flux, $\ln \rho = \int 2F/g^2\,dx - \ln g^2$, integrated to rounding error
by Gauss quadrature between grid points. The backward operator $L f = \rho^{-1} (D \rho f')'$, $D = g^2/2$,
becomes a chain of jumps between n cells of width h,

$$q_{i \to i+1} = \frac{D\rho\,|_{i+1/2}}{h^2 \rho_i}, \qquad \rho_i\,q_{i \to i+1} =
\rho_{i+1}\,q_{i+1 \to i},$$

which holds detailed balance against the exact density. It is symmetric after scaling by $\sqrt{\rho}$, so
that all of time follows from one eigendecomposition, $L = -\sum_k \lambda_k \psi_k \psi_k^T$. The response
is evolved in its adjoint form, which stays smooth for observables with jumps:

$$K(t) = \int A(y)\,[e^{t L^*} (-(u \rho)')](y)\,dy .$$

Errors are of order $h^2$: below 1e-4 with the default number of cells. Where the tails reach far beyond the bulk, as
those of power laws do, the cells are even in a stretched coordinate v: the same formulas hold with the density
$\rho\,x'(v)$, the mobility $D/x'(v)^2$ and the push $u/x'(v)$, so that the flow $u \rho$ is the same.

References:
    Risken, *The Fokker-Planck Equation*, 1989, sections 5.2 to 5.5.
    Scharfetter and Gummel, *Large-signal analysis of a silicon Read diode oscillator*, 1969, and Chang and
    Cooper, 1970, for discretisations that keep the stationary density.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import ArrayLike, Float
from scipy.linalg import eigh_tridiagonal

from ..core import OptionError
from ._base import Observable, Push
from ._scalar_grid import ScalarGrid
from ._vector_system import AbstractVectorSystem
from ._zero_flux import grid_over_density, on_points, potential_and_noise

Times = ArrayLike | Sequence[float]

# An observable is averaged over this many parts of each cell, and over more in the cells where it changes
# most, so that a jump inside a cell is placed well.
_PARTS, _STEEP_PARTS, _STEEP_CELLS = 4, 4096, 8


@dataclass(frozen=True, eq=False)
class ScalarGenerator:
    r"""The generator of a one-dimensional system on a grid, decomposed once for all responses.

    Attributes:
        grid: The cells: even in x, or in a coordinate that stretches the tails of a power law.
        log_density: Logarithm of the normalised density on the half grid (face, centre, ..., face).
        rates: Decay rates lambda of the modes, in inverse time units, increasing from 0, shape ``(n,)``.
        modes: Eigenvectors of the symmetric operator, shape ``(n, n)``.

    Example:
        >>> import numpy as np
        >>> from fluctua.systems import OrnsteinUhlenbeck
        >>> generator = ScalarGenerator.of(OrnsteinUhlenbeck([[-0.5]], [[1.0]]), points=800)
        >>> np.round(generator.rates[:3], 3).tolist()
        [0.0, 0.5, 1.0]
    """

    grid: ScalarGrid
    log_density: Float[np.ndarray, " half"]
    rates: Float[np.ndarray, " n"]
    modes: Float[np.ndarray, "n n"]

    @classmethod
    def of(
        cls,
        system: AbstractVectorSystem,
        points: int = 3000,
        lower: float | None = None,
        upper: float | None = None,
    ) -> "ScalarGenerator":
        """Discretise and decompose the generator of ``system``.

        Args:
            system: A system of one variable.
            points: Number n of cells; the relative error falls as its inverse square, memory grows as its square: below
                1e-4 and 72 MB at 3000.
            lower: Lower end of the grid, a reflecting wall; by default where the density is negligible.
            upper: Upper end, likewise.

        Raises:
            OptionError: A system of several variables, or a density that cannot be normalised.
        """
        grid = grid_over_density(system, points, lower, upper)
        half, spacing = grid.places(grid.half), grid.spacing
        log_slope = np.log(grid.slopes(grid.half))
        potential, log_noise = potential_and_noise(system, half)
        log_density = potential - log_noise
        log_density -= (log_density + log_slope).max()
        log_density -= np.log(np.exp((log_density + log_slope)[1::2]).sum() * spacing)
        # D rho of the even coordinate, and its density.
        log_mobility = log_density + log_noise - log_slope - np.log(2.0)
        even_density = log_density + log_slope
        inner, centre = log_mobility[2:-1:2], even_density[1::2]
        diagonal = np.zeros(points)
        diagonal[:-1] += np.exp(inner - centre[:-1])
        diagonal[1:] += np.exp(inner - centre[1:])
        coupling = -np.exp(inner - 0.5 * (centre[:-1] + centre[1:]))
        rates, modes = eigh_tridiagonal(diagonal / spacing**2, coupling / spacing**2)
        rates = np.maximum(rates, 0.0)
        rates[0] = 0.0
        return cls(grid, log_density, rates, modes)

    @property
    def faces(self) -> Float[np.ndarray, " faces"]:
        """Cell borders."""
        return self.grid.places(self.grid.half[::2])

    @property
    def centres(self) -> Float[np.ndarray, " n"]:
        """Cell centres, in the coordinate in which the cells are even."""
        return self.grid.places(self.grid.half[1::2])

    @property
    def shares(self) -> Float[np.ndarray, " n"]:
        """The probability of each cell."""
        half = self.grid.half[1::2]
        return self.grid.spacing * self.grid.slopes(half) * np.exp(self.log_density[1::2])

    def density(self, grid: Times) -> Float[np.ndarray, "*grid"]:
        """The normalised stationary density at any points; zero outside the grid."""
        where = np.asarray(grid, dtype=np.float64)
        half = self.grid.half
        coordinates = self.grid.coordinates(where)
        inside = (coordinates >= half[0]) & (coordinates <= half[-1])
        return np.where(inside, np.exp(_cubic(coordinates, half, self.log_density)), 0.0)

    def average(self, observable: Observable) -> Float[np.ndarray, "..."]:
        """The stationary average of an observable with values of shape () or (k,)."""
        return np.asarray(self.shares @ self._observed(observable))

    def response(self, observable: Observable, lags: Times, push: Push | None = None) -> np.ndarray:
        """The impulse response K(t) at each lag, shape ``(lag,)`` or ``(lag, k)``; see ``exact_response``."""
        times = _times(lags)
        return self._evolve(observable, push, np.exp(-np.outer(times, self.rates)))

    def step_response(self, observable: Observable, times: Times, push: Push | None = None) -> np.ndarray:
        """The integral of K from 0 to each time, ``inf`` included: the response to a push that stays on."""
        until = _times(times)
        rates = np.where(self.rates > 0.0, self.rates, 1.0)
        # A push moves no probability in total, so the stationary mode takes no part.
        return self._evolve(observable, push, np.where(self.rates > 0, -np.expm1(-np.outer(until, rates)) / rates, 0.0))

    def correlation(self, observable: Observable, factor: Observable, lags: Times) -> np.ndarray:
        r"""$E[A(x_t) B(x_0)]$ at each lag, shape ``(lag,)`` or ``(lag, k)``, B being the factor, one number.

        With B = -s, s the exact score, this is the response to a constant push; with the score of an estimate it is
        what that score makes of the response, without the noise of a record.
        """
        first = self.modes.T @ (self._observed(factor) * np.sqrt(self.shares))
        return self._between(first, observable, np.exp(-np.outer(_times(lags), self.rates)))

    def _evolve(self, observable: Observable, push: Push | None, factors: np.ndarray) -> np.ndarray:
        faces = self.faces
        field = np.ones_like(faces) if push is None else on_points(push, faces)[:, 0]
        flow = field * np.exp(self.log_density[::2])
        flow[[0, -1]] = 0.0
        pushed = self.modes.T @ (-np.diff(flow) / np.sqrt(self.shares))
        return self._between(pushed, observable, factors)

    def _between(self, first: np.ndarray, observable: Observable, factors: np.ndarray) -> np.ndarray:
        """The observable after each mode of ``first`` has been changed by its factors, shape ``(time, mode)``."""
        seen = self.modes.T @ (self._observed(observable).T * np.sqrt(self.shares)).T
        return factors @ (first * seen.T).T

    def _observed(self, observable: Observable) -> np.ndarray:
        """The observable's average over each cell, shape (n,) or (n, k)."""

        def spread(cells: np.ndarray, parts: int) -> np.ndarray:
            # Both faces are among the places, so that no jump goes unseen between two cells.
            coordinates = self.grid.half[::2][cells, None] + self.grid.spacing * np.arange(parts + 1) / parts
            values = on_points(observable, self.grid.places(coordinates).ravel())
            return values.reshape(len(cells), parts + 1, *values.shape[1:])

        def average(values: np.ndarray) -> np.ndarray:
            return 0.5 * (values[:, 1:] + values[:, :-1]).mean(axis=1)

        values = spread(np.arange(len(self.rates)), _PARTS)
        averages = average(values)
        steepest = np.unique(np.argsort(np.ptp(values, axis=1), axis=0)[-_STEEP_CELLS:])
        averages[steepest] = average(spread(steepest, _STEEP_PARTS))
        return averages


def exact_response(
    system: AbstractVectorSystem,
    observable: Observable,
    lags: Times,
    push: Push | None = None,
    *,
    points: int = 3000,
    lower: float | None = None,
    upper: float | None = None,
) -> np.ndarray:
    r"""The impulse response of a one-dimensional system, without sampling.

    $K(t) = \langle u(x)\,\partial_x E[A(x_t) | x_0 = x] \rangle$, for any push u and observable A.

    Args:
        system: A system of one variable.
        observable: A: one state, shape ``(1,)``, to a number or to several, shape ``(k,)``.
        lags: Times t, zero or more.
        push: The vector field u: one state to one vector, both of shape ``(1,)``; by default the constant 1.
        points, lower, upper: The grid, as of ``ScalarGenerator.of``.

    Returns:
        K at each lag, shape ``(lag,)``, or ``(lag, k)`` for k observables.

    Raises:
        OptionError: A system of several variables, a density that cannot be normalised, or negative lags.

    Example:
        >>> from fluctua.systems import QuarticWell
        >>> exact_response(QuarticWell(), lambda x: x[0] > 2.0, [0.0, 1.0], points=1000).round(4).tolist()
        [0.0347, 0.0025]
    """
    return ScalarGenerator.of(system, points, lower, upper).response(observable, lags, push)


def stationary_density(system: AbstractVectorSystem, grid: Times) -> Float[np.ndarray, "*grid"]:
    """The normalised stationary density of a one-dimensional system at the points of ``grid``.

    Example:
        >>> from fluctua.systems import QuarticWell
        >>> stationary_density(QuarticWell(), [0.0]).round(4).tolist()
        [0.2561]
    """
    return ScalarGenerator.of(system, 1000).density(grid)


def stationary_average(system: AbstractVectorSystem, observable: Observable) -> Float[np.ndarray, "..."]:
    """The stationary average of an observable, shape () or (k,), of a one-dimensional system.

    Example:
        >>> from fluctua.systems import QuarticWell
        >>> round(float(stationary_average(QuarticWell(), lambda x: x[0] ** 2)), 5)
        1.0418
    """
    return ScalarGenerator.of(system, 2000).average(observable)


def _times(values: Times) -> np.ndarray:
    times = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if times.ndim != 1 or np.isnan(times).any() or (times < 0.0).any():
        raise OptionError(f"the times {values} were given", "times must be zero or more", "leave out negative times")
    return times


def _cubic(where: np.ndarray, half: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Cubic interpolation of values on an even grid, from the four nearest points."""
    spacing = half[1] - half[0]
    start = np.clip(np.floor((where - half[0]) / spacing).astype(int) - 1, 0, len(half) - 4)
    t = (where - half[start]) / spacing
    return (
        -values[start] * (t - 1) * (t - 2) * (t - 3) / 6
        + values[start + 1] * t * (t - 2) * (t - 3) / 2
        - values[start + 2] * t * (t - 1) * (t - 3) / 2
        + values[start + 3] * t * (t - 1) * (t - 2) / 6
    )
