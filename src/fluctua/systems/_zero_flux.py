r"""The stationary density of a one-dimensional system, by quadrature.

Without a flux through the ends, the density of $dx = F\,dt + g\,dW$ is
$\ln \rho = \int 2F/g^2\,dx - \ln g^2 + \mathrm{const}$.
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike

from ..core import OptionError
from ._scalar_grid import ScalarGrid
from ._vector_system import AbstractVectorSystem

# A tail is cut where the density has fallen by this factor's logarithm: e^-40 = 4e-18.
_DEPTH = 40.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(5)


def on_points(function: Callable[..., ArrayLike], points: np.ndarray) -> np.ndarray:
    """A function of one state, at many points of the line."""
    return np.asarray(_mapped(function, jnp.asarray(points[:, None])), dtype=np.float64)


@eqx.filter_jit
def _mapped(function: Callable[..., ArrayLike], states: Array) -> Array:
    return jnp.asarray(jax.vmap(function)(states))


def potential_and_noise(system: AbstractVectorSystem, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""$\int 2F/g^2$ from the first point on, and $\ln g^2$, at increasing points."""
    width = np.diff(points)
    nodes = points[:-1, None] + width[:, None] * (0.5 * (_NODES + 1.0))
    squared = (on_points(system.diffusion, nodes.ravel()) ** 2).sum(axis=(1, 2)).reshape(nodes.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = 2.0 * on_points(system.drift, nodes.ravel())[:, 0].reshape(nodes.shape) / squared
        potential = np.concatenate([[0.0], np.cumsum(0.5 * width * (slope @ _WEIGHTS))])
        log_noise = np.log((on_points(system.diffusion, points) ** 2).sum(axis=(1, 2)))
    if not (np.isfinite(potential).all() and np.isfinite(log_noise).all()):
        raise OptionError(
            f"the noise of {type(system).__name__} vanishes, or its drift is not finite, "
            f"between {points[0]:g} and {points[-1]:g}",
            "the noise amplitude must be positive everywhere on the grid",
            "set the lower and upper ends of the grid to where it is",
        )
    return potential, log_noise


def grid_over_density(
    system: AbstractVectorSystem, points: int, lower: float | None, upper: float | None
) -> ScalarGrid:
    """The grid between two ends: those given, or where the density has fallen below its maximum by e^-40.

    The search takes even steps within one unit of the system's starting state, and steps in proportion to the distance
    from it beyond, so that a power law is followed to its end without losing the bulk.
    """
    if system.dimension != 1:
        raise OptionError(
            f"{type(system).__name__} has {system.dimension} variables ({', '.join(system.names)})",
            "the exact response from the generator needs a system of one variable",
            "use twin_response, or the system's own closed form",
        )
    centre, radius = float(system.initial_state()[0]), 1.0
    for _ in range(40):
        low = centre - radius if lower is None else lower
        high = centre + radius if upper is None else upper
        if not low < high:
            raise OptionError(
                f"the grid would reach from {low:g} to {high:g}", "its ends must be in order", "exchange them"
            )
        places = centre + np.sinh(np.linspace(np.arcsinh(low - centre), np.arcsinh(high - centre), 4001))
        potential, log_noise = potential_and_noise(system, places)
        depth = potential - log_noise
        depth -= depth.max()
        if (lower is not None or depth[0] < -_DEPTH) and (upper is not None or depth[-1] < -_DEPTH):
            inside = np.flatnonzero(depth > -_DEPTH)
            first, last = max(inside[0] - 1, 0), min(inside[-1] + 1, len(places) - 1)
            low = float(places[first]) if lower is None else low
            high = float(places[last]) if upper is None else high
            return ScalarGrid.over(low, high, *_bulk(places, np.exp(depth)), points)
        radius *= 1.5
    raise OptionError(
        f"the density of {type(system).__name__} does not fall off within {radius:g} of {centre:g}",
        "a stationary density that decays on both sides is needed",
        "check the signs of the drift, or give the lower and upper ends of the grid",
    )


def _bulk(points: np.ndarray, density: np.ndarray) -> tuple[float, float]:
    """Median and interquartile range, by the trapezoid rule."""
    steps = 0.5 * (density[1:] + density[:-1]) * np.diff(points)
    shares = np.concatenate([[0.0], np.cumsum(steps)]) / steps.sum()
    first, middle, third = np.interp([0.25, 0.5, 0.75], shares, points)
    return float(middle), float(third - first)
