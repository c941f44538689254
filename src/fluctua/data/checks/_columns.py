"""Columns that determine one another, found without the full correlation matrix."""

import numpy as np

_SAME = 1e-10
"""Two columns are copies when 1 - |correlation| is below this."""

_MOST_PAIRS = 100
_MOST_COMBINED = 200


def identical_pairs(flat: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of columns of ``flat``, shape ``(member, time, d)``, with |correlation| > 1 - 1e-10, at most 100
    of them.

    Copies have the same projection, up to sign, on any vector over time. Four random projections, scaled to
    order one, find the candidates among d columns, sorted by the size of the first; their correlation is then
    computed. The cost is one pass.

    Example:
        >>> states = np.random.default_rng(0).standard_normal((1, 100, 3))
        >>> states[..., 2] = 5.0 - 2.0 * states[..., 0]
        >>> identical_pairs(states)
        [(0, 2)]
    """
    if flat.shape[-1] < 2:
        return []
    steps = flat.shape[0] * flat.shape[1]
    probes = np.random.default_rng(20240229).standard_normal((flat.shape[0], flat.shape[1], 4))
    probes -= probes.mean(axis=(0, 1))
    mean = flat.mean(axis=(0, 1))
    spread = np.maximum(flat.std(axis=(0, 1)), np.finfo(float).tiny)
    points = np.zeros((flat.shape[-1], 4))
    for member, states in enumerate(flat):
        points += states.T @ probes[member]
    points = (points - np.outer(mean, probes.sum(axis=(0, 1)))) / (spread[:, None] * np.sqrt(steps))
    # 1 - |c| < 1e-10 means standardised columns within sqrt(2e-10) of each other; a factor of 20 for the
    # probes' size
    radius = 20 * np.sqrt(2 * _SAME)
    size = np.abs(points[:, 0])
    order = np.argsort(size)
    last = np.searchsorted(size[order], size[order] + radius, side="right")
    pairs = []
    for place, one in enumerate(order):
        near = order[place + 1 : last[place]]
        distance = np.minimum(
            np.abs(points[near] - points[one]).max(axis=1), np.abs(points[near] + points[one]).max(axis=1)
        )
        for other in near[distance <= radius]:
            if _correlated(flat[..., one], flat[..., other]):
                pairs.append((int(min(one, other)), int(max(one, other))))
                if len(pairs) == _MOST_PAIRS:
                    return sorted(pairs)
    return sorted(pairs)


def dependent_columns(flat: np.ndarray) -> list[int]:
    """Columns in the first linear combination that is constant to rounding; none of more than 200 columns.

    Example:
        >>> states = np.random.default_rng(0).standard_normal((1, 100, 4))
        >>> states[..., 3] = states[..., 0] + states[..., 1]
        >>> dependent_columns(states)
        [0, 1, 3]
    """
    dimension = flat.shape[-1]
    if not 3 <= dimension <= _MOST_COMBINED:
        return []
    states = flat.reshape(-1, dimension)
    mean, spread = states.mean(axis=0), np.maximum(states.std(axis=0), np.finfo(float).tiny)
    covariance = np.zeros((dimension, dimension))
    for first in range(0, len(states), 65536):
        part = (states[first : first + 65536] - mean) / spread
        covariance += part.T @ part
    values, vectors = np.linalg.eigh(covariance / len(states))
    if values[0] > 1e-12 * dimension:
        return []
    weights = np.abs(vectors[:, 0])
    return [int(column) for column in np.flatnonzero(weights > 1e-3 * weights.max())]


def _correlated(one: np.ndarray, other: np.ndarray) -> bool:
    one, other = one - one.mean(), other - other.mean()
    one, other = one / np.sqrt((one**2).sum()), other / np.sqrt((other**2).sum())
    # the distance keeps the digits that 1 - |c| would lose
    return bool(min(((one - other) ** 2).sum(), ((one + other) ** 2).sum()) < 2 * _SAME)
