r"""KGMM: the score from clusters of noised states.

States are noised, $\tilde z = z + \sigma \xi$; by Tweedie's identity the score of the noised density is
$s_\sigma(\tilde z) = -E[\xi \mid \tilde z] / \sigma$ (one power of $\sigma$), so the mean of $\xi$ over a small cell of
$\tilde z$ estimates it at the centre of the cell. A smooth function is then fitted through the cells, weighted by their
counts: here a dictionary (Hermite polynomials and ridges) by weighted least squares, in closed form, in place of the
network of the paper.

References:
    Giorgini, Bischoff and Souza, *KGMM*, Physica D 495, 135274 (2026), arXiv 2503.18054.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import AbstractProgress, map_states, named_key, register
from ..features import Joined, Polynomials, Ridges, Whitening, moments, polynomial_size
from ._clusters import kmeans, nearest
from ._dictionary import DictionaryScore
from ._record_parts import RecordParts

_CLUSTERED = 50_000  # noised states that place the centres
_COPIES = 8  # noised copies of the record that fill the cells


def fit_kgmm(
    parts: Sequence[Float[np.ndarray, "_ d"]],
    *,
    key: PRNGKeyArray,
    sigma: float = 0.1,
    clusters: int | None = None,
    effective_size: float | None = None,
) -> DictionaryScore:
    r"""Fit a score by KGMM.

    Args:
        parts: Contiguous parts of the record, each ``(n, d)``.
        key: Random key of noise and clusters.
        sigma: Noise level in units of standard deviations; the bias is of order $\sigma^2$, the noise of a cell of
            order $1 / \sigma$.
        clusters: Number of cells; by default ``200 d`` up to 1000, at most a twentieth of the states.
        effective_size: Effective number of independent states; bounds the smooth function.

    Returns:
        A score linear in a dictionary. Cost: ``8 n clusters d``; meant for a few dimensions.
    """
    states = np.concatenate(list(parts))
    whitening = Whitening.of(*moments(states))
    z = jnp.asarray(whitening.table(states))
    n, dimension = z.shape
    cells = int(min(1000, 200 * dimension, n // 20)) if clusters is None else clusters
    placed = z[:: max(1, n // _CLUSTERED)]
    noise = jax.random.normal(named_key(key, "placing"), placed.shape)
    centres, _ = kmeans(named_key(key, "clusters"), placed + sigma * noise, cells, iterations=20)

    counts, noises, places = (np.zeros(cells), np.zeros((cells, dimension)), np.zeros((cells, dimension)))
    for copy_key in jax.random.split(named_key(key, "filling"), _COPIES):
        for total, part in zip((counts, noises, places), _fill(copy_key, z, centres, sigma), strict=True):
            total += np.asarray(part)
    filled = counts > 10
    weight = counts[filled]
    score = -noises[filled] / weight[:, None] / sigma
    place = places[filled] / weight[:, None]

    size = n if effective_size is None else effective_size
    limit = min(len(weight) / 10, size / 10)
    degree = max([k for k in range(1, 6) if polynomial_size(dimension, k) <= limit], default=1)
    polynomials = Polynomials(whitening, degree)
    count = int(min(32, limit / 2))
    ridges = Ridges.random(key, whitening, count) if count >= 8 else None
    dictionary = polynomials if ridges is None else Joined(polynomials, ridges)
    at_cells = place @ np.linalg.inv(np.asarray(whitening.matrix)).T + np.asarray(whitening.mean)
    values = map_states(dictionary, at_cells, width=dictionary.size)
    centre = np.average(values, axis=0, weights=weight)
    centred = (values - centre) * np.sqrt(weight)[:, None]
    gram = centred.T @ centred / weight.sum()
    right = centred.T @ (score * np.sqrt(weight)[:, None]) / weight.sum()
    scale = np.sqrt(np.diag(gram))
    matrix = gram / np.outer(scale, scale) + 1e-6 * np.eye(len(scale))
    weights = scipy.linalg.solve(matrix, right / scale[:, None], assume_a="pos") / scale[:, None]
    in_record_units = weights @ np.asarray(whitening.matrix)
    return DictionaryScore(polynomials, ridges, jnp.asarray(centre), jnp.asarray(in_record_units))


@jax.jit
def _fill(
    key: PRNGKeyArray, z: Float[Array, "n d"], centres: Float[Array, "cells d"], sigma: float | Float[Array, ""]
) -> tuple[Array, Array, Array]:
    """Noised states by cell: their number, and the sums of their noise and of their places."""
    noise = jax.random.normal(key, z.shape)
    noised = z + sigma * noise
    labels = nearest(noised, centres)
    zeros = jnp.zeros(centres.shape)
    return jnp.zeros(len(centres)).at[labels].add(1.0), zeros.at[labels].add(noise), zeros.at[labels].add(noised)


@register("score family", "kgmm", summary="clusters of noised states", cites=("kgmm",))
def _fit(data: RecordParts, key: PRNGKeyArray, progress: AbstractProgress | None) -> DictionaryScore:
    return fit_kgmm(data.parts, key=named_key(key, "kgmm"), effective_size=data.effective_size)
