"""The Gaussian-mixture score, fitted by expectation maximisation."""

from collections.abc import Sequence
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import AbstractProgress, named_key, register
from ..features import Whitening, moments
from ._base import AbstractScore
from ._clusters import kmeans
from ._implicit import loss_by_part
from ._record_parts import RecordParts

_STATES = 60_000  # more bring nothing to at most 16 components
_ITERATIONS = 100
_FLOOR = 1e-3  # smallest variance of a component, in whitened units


@register("score", "mixture", summary="of a Gaussian mixture")
class MixtureScore(AbstractScore):
    r"""The score of a Gaussian mixture in whitened coordinates.

    $s_z(z) = -\sum_k \pi_k(z)\, P_k (z - \mu_k)$ with the posterior probabilities $\pi_k(z)$ of the components and
    their precisions $P_k = L_k^{-T} L_k^{-1}$; $s_x = W^T s_z$. Fit it with ``fit_mixture``.
    """

    kind: ClassVar[str] = "mixture"
    whitening: Whitening
    logits: Float[Array, " k"]
    means: Float[Array, "k d"]
    inverse_factors: Float[Array, "k d d"]

    @property
    def dimension(self) -> int:
        return self.means.shape[1]

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        z = self.whitening(state)
        standard = jnp.einsum("kij,kj->ki", self.inverse_factors, z - self.means)
        probabilities = jax.nn.softmax(_log_joint(standard, self.logits, self.inverse_factors))
        pull = jnp.einsum("k,kij,ki->j", probabilities, self.inverse_factors, standard)
        return -self.whitening.matrix.T @ pull

    def config(self) -> dict[str, Any]:
        return {"components": len(self.logits)}


def fit_mixture(
    parts: Sequence[Float[np.ndarray, "_ d"]],
    *,
    key: PRNGKeyArray,
    components: int | None = None,
    effective_size: float | None = None,
) -> MixtureScore:
    """Fit a Gaussian mixture by expectation maximisation, started from k-means.

    Args:
        parts: Contiguous parts of the record, each ``(n, d)``, at least two.
        key: Random key of the start.
        components: Number of components; by default the number among 2, 4, 8 and 16 with the smallest implicit loss on
            held-out parts.
        effective_size: Effective number of independent states; bounds the number of components.

    Returns:
        The score. Cost: ``iterations * n * components * d**2`` on at most 60,000 states.
    """
    states = np.concatenate(list(parts))
    whitening = Whitening.of(*moments(states))
    dimension = states.shape[1]
    if components is None:
        size = len(states) if effective_size is None else effective_size
        per_component = 1 + dimension + dimension * (dimension + 1) / 2
        counts = [k for k in (2, 4, 8, 16) if k == 2 or k * per_component < size / 4]
        last = max(1, len(parts) // 4)
        training = np.concatenate(list(parts[:-last]))
        held_out = [_thin(part, 5000) for part in parts[-last:]]
        losses = [
            loss_by_part(_fit(training, key, k, whitening), held_out, whitening, key=named_key(key, "probes")).mean()
            for k in counts
        ]
        components = counts[int(np.argmin(losses))]
    return _fit(states, key, components, whitening)


def _thin(states: np.ndarray, most: int) -> np.ndarray:
    return states[:: max(1, len(states) // most)]


def _fit(states: np.ndarray, key: PRNGKeyArray, components: int, whitening: Whitening) -> MixtureScore:
    z = jnp.asarray(whitening.table(_thin(states, _STATES)))
    _, labels = kmeans(named_key(key, "mixture start"), z, components, iterations=10)
    responsibilities = jax.nn.one_hot(labels, components, dtype=z.dtype)
    logits, means, inverse_factors = _expectation_maximisation(z, responsibilities)
    return MixtureScore(whitening, logits, means, inverse_factors)


@jax.jit
def _expectation_maximisation(z: Array, responsibilities: Array) -> tuple[Array, Array, Array]:
    def maximise(r: Array) -> tuple[Array, Array, Array]:
        weights = r.sum(0) + 1e-10
        means = (r.T @ z) / weights[:, None]
        second = jnp.einsum("nk,ni,nj->kij", r, z, z) / weights[:, None, None]
        covariances = second - means[:, :, None] * means[:, None, :] + _FLOOR * jnp.eye(z.shape[1])
        factors = jnp.linalg.cholesky(covariances)
        identity = jnp.broadcast_to(jnp.eye(z.shape[1]), factors.shape)
        inverse = jax.scipy.linalg.solve_triangular(factors, identity, lower=True)
        return jnp.log(weights / weights.sum()), means, inverse

    def step(_: Array, parameters: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        logits, means, inverse = parameters
        standard = jnp.einsum("kij,nkj->nki", inverse, z[:, None, :] - means)
        joint = jax.vmap(lambda rows: _log_joint(rows, logits, inverse))(standard)
        return maximise(jax.nn.softmax(joint, axis=1))

    return jax.lax.fori_loop(0, _ITERATIONS, step, maximise(responsibilities))


def _log_joint(standard: Array, logits: Array, inverse_factors: Array) -> Array:
    """Log-probability of each component together with the state, up to a constant; ``standard`` has shape (k, d)."""
    log_determinants = jnp.sum(jnp.log(jnp.diagonal(inverse_factors, axis1=1, axis2=2)), axis=1)
    return logits + log_determinants - 0.5 * jnp.sum(standard**2, axis=1)


@register("score family", "mixture", summary="a Gaussian mixture, by expectation maximisation")
def _fit_data(data: RecordParts, key: PRNGKeyArray, progress: AbstractProgress | None) -> MixtureScore:
    return fit_mixture(data.parts, key=named_key(key, "mixture"), effective_size=data.effective_size)
