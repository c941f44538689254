"""The kernel-density score."""

from collections.abc import Sequence
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import AbstractProgress, register
from ..features import Whitening, moments
from ._base import AbstractScore
from ._record_parts import RecordParts


@register("score", "kernel", summary="of a kernel density")
class KernelScore(AbstractScore):
    r"""The score of a Gaussian kernel density in whitened coordinates.

    $s_z(z) = \sum_i w_i(z) (z_i - z) / h^2$ with weights $w_i \propto \exp(-|z - z_i|^2 / 2h^2)$, and $s_x = W^T s_z$.
    It is the score of the data blurred by $h$; one evaluation costs ``centres * d``. For a few dimensions; fit with
    ``fit_kernel``.

    References:
        Cooper and Haynes, *Climate sensitivity via a nonparametric fluctuation-dissipation theorem*, J. Atmos. Sci. 68,
        937 (2011).
    """

    kind: ClassVar[str] = "kernel"
    whitening: Whitening
    centres: Float[Array, "n d"]
    bandwidth: Float[Array, ""]

    @property
    def dimension(self) -> int:
        return self.centres.shape[1]

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        offsets = (self.centres - self.whitening(state)) / self.bandwidth
        weights = jax.nn.softmax(-0.5 * jnp.sum(offsets**2, axis=1))
        return self.whitening.matrix.T @ (weights @ offsets) / self.bandwidth


def fit_kernel(
    parts: Sequence[Float[np.ndarray, "_ d"]],
    *,
    bandwidth: float | None = None,
    centres: int = 2000,
    effective_size: float | None = None,
) -> KernelScore:
    r"""Fit a kernel score on evenly spaced states of the record.

    Args:
        parts: Contiguous parts of the record, each ``(n, d)``.
        bandwidth: $h$ in units of standard deviations; by default the rule of thumb for the gradient of a density,
            $(4 / ((d + 4) n))^{1/(d+6)}$ with the effective size $n$.
        centres: Number of kernels at most.
        effective_size: Effective number of independent states, at most the number of centres by default.

    References:
        Chacón, Duong and Wand, *Asymptotics for general multivariate kernel density derivative estimators*, Statistica
        Sinica 21, 807 (2011), for the rate.
    """
    states = np.concatenate(list(parts))
    dimension = states.shape[1]
    whitening = Whitening.of(*moments(states))
    chosen = states[:: max(1, -(-len(states) // centres))]
    z = whitening.table(chosen)
    size = len(z) if effective_size is None else min(float(len(z)), effective_size)
    usual = (4.0 / ((dimension + 4) * size)) ** (1.0 / (dimension + 6))
    width = usual if bandwidth is None else bandwidth
    return KernelScore(whitening, jnp.asarray(z), jnp.asarray(width, float))


@register("score family", "kernel", summary="a kernel density, for a few variables")
def _fit(data: RecordParts, key: PRNGKeyArray, progress: AbstractProgress | None) -> KernelScore:
    return fit_kernel(data.parts, effective_size=data.effective_size)
