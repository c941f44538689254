r"""The linear system with additive noise, of which everything is known in closed form."""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg
from jaxtyping import Array, ArrayLike, Float

from ...core import OptionError, register
from .._base import HasExactResponse, HasExactScore, HasExactTransition, as_parameter
from .._vector_system import AbstractVectorSystem


class OrnsteinUhlenbeck(AbstractVectorSystem, HasExactScore, HasExactTransition, HasExactResponse):
    r"""$dx = A x\,dt + S\,dW$ with a stable drift matrix A, normal or not.

    The stationary density is Gaussian with mean zero and the covariance C that solves $A C + C A^T + S S^T =
    0$. The score is $-C^{-1} x$, and the response of x to an impulse is $R(t) = e^{A t}$.

    Args:
        drift_matrix: A, shape ``(d, d)``, in inverse time units; every eigenvalue has a negative real part.
        noise_matrix: S, shape ``(d, m)``; the noise must reach every direction, directly or through A.
        names: Names of the state variables; by default x1, x2, ...
        dt: Default time step. The exact integrator has no time-step error, others do.
        save_every: Default number of steps from one saved state to the next.
        spin_up: Default spin-up time; by default 20 relaxation times of the slowest mode.

    Raises:
        OptionError: Shapes that do not match, an unstable A, or noise that leaves a direction without
            variance.

    Example:
        >>> import numpy as np
        >>> system = OrnsteinUhlenbeck([[-0.5]], [[1.0]])
        >>> float(system.covariance[0, 0])
        1.0
        >>> np.allclose(system.response([2.0]), np.exp(-1.0))
        True

    References:
        Risken, *The Fokker-Planck Equation*, 1989, section 6.5.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    dt: float = eqx.field(static=True)
    save_every: int = eqx.field(static=True)
    spin_up: float = eqx.field(static=True)
    drift_matrix: Float[Array, "d d"]
    noise_matrix: Float[Array, "d m"]
    covariance: Float[Array, "d d"]
    precision: Float[Array, "d d"]

    def __init__(
        self,
        drift_matrix: ArrayLike | Sequence[Sequence[float]],
        noise_matrix: ArrayLike | Sequence[Sequence[float]],
        names: tuple[str, ...] | None = None,
        *,
        dt: float = 0.01,
        save_every: int = 10,
        spin_up: float | None = None,
    ):
        drift, noise = np.asarray(drift_matrix, np.float64), np.asarray(noise_matrix, np.float64)
        _check_shapes(drift, noise, names)
        eigenvalues = np.linalg.eigvals(drift)
        if not eigenvalues.real.max() < 0.0:
            raise OptionError(
                f"the drift matrix has the eigenvalues {', '.join(f'{value:.4g}' for value in eigenvalues)}",
                "all of them must have a negative real part, otherwise the system does not become stationary",
                "check the signs of the drift matrix, or subtract a multiple of the identity",
            )
        covariance = scipy.linalg.solve_continuous_lyapunov(drift, -noise @ noise.T)
        covariance = 0.5 * (covariance + covariance.T)
        variances = np.linalg.eigvalsh(covariance)
        if not variances[0] > 1e-12 * variances[-1]:
            raise OptionError(
                f"the noise matrix gives a stationary covariance with the eigenvalues {variances}",
                "all of them must be positive, otherwise the stationary density has no score",
                "let noise reach every state variable",
            )
        self.names = tuple(names) if names else tuple(f"x{index + 1}" for index in range(len(drift)))
        self.dt, self.save_every = dt, save_every
        self.spin_up = 20.0 / float(-eigenvalues.real.max()) if spin_up is None else spin_up
        self.drift_matrix, self.noise_matrix = as_parameter(drift), as_parameter(noise)
        self.covariance, self.precision = as_parameter(covariance), as_parameter(np.linalg.inv(covariance))

    def drift(self, x: Float[Array, " d"]) -> Float[Array, " d"]:
        return self.drift_matrix @ x

    def diffusion(self, x: Float[Array, " d"]) -> Float[Array, "d m"]:
        return self.noise_matrix

    def score(self, x: Float[Array, " d"]) -> Float[Array, " d"]:
        return -self.precision @ x

    def transition(self, dt: ArrayLike) -> tuple[Float[Array, "d d"], Float[Array, "d d"]]:
        propagator = jax.scipy.linalg.expm(self.drift_matrix * dt)
        added = self.covariance - propagator @ self.covariance @ propagator.T
        # A symmetric root rather than a Cholesky factor: over a short step, directions that noise reaches
        # only through A have a variance near rounding error.
        variances, vectors = jnp.linalg.eigh(0.5 * (added + added.T))
        return propagator, vectors * jnp.sqrt(jnp.maximum(variances, 0.0))

    def response(self, lags: ArrayLike | Sequence[float]) -> Float[Array, "lag d d"]:
        """The exact impulse response exp(A t): at each lag, row i responds to an impulse of column j."""
        return jax.vmap(lambda lag: jax.scipy.linalg.expm(self.drift_matrix * lag))(jnp.asarray(lags, jnp.float64))


@register(
    "system",
    "ornstein-uhlenbeck",
    summary="three linear variables whose drift is far from normal; everything is known exactly",
)
def non_normal_ornstein_uhlenbeck() -> OrnsteinUhlenbeck:
    r"""A three-dimensional example whose drift is far from normal: impulses grow before they decay.

    A is upper triangular with eigenvalues -0.5, -1, -1.5 and couplings 2 and 3 up the chain, so that an
    impulse of x3 reaches x1 amplified; the noise acts on all three, with amplitudes 0.5, 0.8 and 1.

    Example:
        >>> float(non_normal_ornstein_uhlenbeck().response([1.5])[0, 0, 2]) > 1.0
        True
    """
    drift = np.array([[-0.5, 2.0, 0.0], [0.0, -1.0, 3.0], [0.0, 0.0, -1.5]])
    return OrnsteinUhlenbeck(drift, np.diag([0.5, 0.8, 1.0]))


def _check_shapes(drift: np.ndarray, noise: np.ndarray, names: tuple[str, ...] | None) -> None:
    square = drift.ndim == 2 and drift.shape[0] == drift.shape[1] and drift.shape[0] > 0
    if not square or noise.ndim != 2 or noise.shape[0] != drift.shape[0]:
        raise OptionError(
            f"the drift matrix has shape {drift.shape} and the noise matrix {noise.shape}",
            "the drift matrix must be square, and the noise matrix must have as many rows",
            "give shapes (d, d) and (d, m)",
        )
    if not (np.isfinite(drift).all() and np.isfinite(noise).all()):
        raise OptionError("a matrix holds values that are not finite", "every entry must be a number", "replace them")
    if names is not None and (len(names) != len(drift) or len(set(names)) != len(names)):
        raise OptionError(
            f"the names {names} were given for {len(drift)} state variables",
            "every state variable needs a name of its own",
            f"give {len(drift)} different names, or leave them out",
        )
