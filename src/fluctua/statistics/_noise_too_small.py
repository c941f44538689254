r"""Records of systems that are nearly deterministic: there is no density to speak of, and no score.

Two signs, each sufficient.

**Smoothness.** With $D(k)$ the mean square of the fourth difference over k steps, a diffusion has $D \sim k$, the
integral of one $D \sim k^3$, the integral of that $D \sim k^5$, a smooth motion $D \sim k^8$. (Second differences
would do for a drift of no account; but a coherent oscillation curves more than its noise shakes it, and they would
take it for smooth.) If $\log_2 D(2) / D(1)$ exceeds 6 for *every* variable, nothing that is recorded is driven by white
noise directly. Measurement noise gives 0, and coarse sampling less than what is true.

**Neighbours.** Let two states that are neighbours in state space, one from each half of the record, be a distance
$\delta$ apart. After s steps a deterministic flow has them $O(\delta)$ apart; noise of variance $\nu_i$ gathered over s
leaves

$$ \tfrac12 \langle (x_{t+s} - x'_{t'+s})_i^2 \rangle \ge \nu_i \qquad \text{however small } \delta , $$

so the closest pairs bound the noise from above, without a model. If the sum over variables in units of their
variances stays below a thousandth of that of the increments over s, no variable is driven by noise of more
than a thirtieth of what it moves, and the record is too thin for a density. In many variables
neighbours are far apart and the bound is large: then this sign says nothing, and it errs on the silent side in all
cases. Lorenz-63 without noise shows 3e-5 to 3e-4, with noise of 1 in its equations 0.005, diffusions 0.1 to 1.

References:
    Theiler, *Spurious dimension from correlation algorithms applied to limited time-series data*, Physical Review A 34,
    2427 (1986), for keeping neighbours apart in time.
    Kaplan and Glass, *Direct test for determinism in a time series*, Physical Review Letters 68, 427 (1992).
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

_SMOOTH = 6.0
_SMALL = 1e-3
_STATES = 20_000
_CLOSEST = 0.1
_FEWEST = 200
_MOST_VARIABLES = 12  # a tree is no faster than looking at all pairs beyond


class SmallNoise(NamedTuple):
    """How deterministic a record looks.

    Attributes:
        smoothness: Exponent of the mean square fourth difference, for the least smooth variable: 1 for a diffusion, 8
            for a smooth motion.
        bound: Upper bound of the share of the variance of increments over the step that is noise; inf where not looked
            for.
        smooth: Whether every variable is smooth.
        predictable: Whether the bound is below a thousandth.
    """

    smoothness: float
    bound: float
    smooth: bool
    predictable: bool

    def found(self) -> bool:
        """Whether noise is too small for a density, by either sign."""
        return self.smooth or self.predictable


def noise_too_small(values: Float[np.ndarray, "member time d"], step: int = 1) -> SmallNoise:
    r"""Recognise the record of a nearly deterministic system.

    Args:
        values: The record in any units, at least 20 steps a member.
        step: Time steps s over which neighbours are followed: about a quarter of the decorrelation time, so that
            an ordinary noise has come to light.

    Example:
        >>> import numpy as np
        >>> angle = 0.2 * np.arange(5000.0)[None, :, None] + np.arange(3.0)[:, None, None]
        >>> noise_too_small(np.concatenate([np.cos(angle), np.sin(angle)], axis=2), 5).found()
        True
        >>> noise_too_small(np.random.default_rng(0).standard_normal((3, 5000, 2)).cumsum(axis=1), 5).found()
        False
    """
    spread = values.std(axis=(0, 1))
    values = values[:, :, spread > 0] / spread[spread > 0]
    one, two = _fourth_differences(values, 1), _fourth_differences(values, 2)
    smoothness = float(np.min(np.log2(np.maximum(two, 1e-300) / np.maximum(one, 1e-300))))
    bound = _bound(values, step)
    return SmallNoise(smoothness, bound, smoothness > _SMOOTH, bound < _SMALL)


def _fourth_differences(values: np.ndarray, lag: int) -> np.ndarray:
    """Mean square of fourth differences of each variable."""
    for _ in range(4):
        values = values[:, lag:] - values[:, :-lag]
    return np.mean(values**2, axis=(0, 1))


def _bound(values: np.ndarray, step: int) -> float:
    """Share of the variance of increments that is noise, at most."""
    from scipy.spatial import KDTree  # heavy, and not needed to import the package

    members, steps, dimension = values.shape
    now, later = values[:, : steps - step], values[:, step:]
    # Halves are far apart in time: other members, or the other half of the only one.
    if members == 1:
        cut = now.shape[1] // 2
        parts = [(now[:, :cut], later[:, :cut]), (now[:, cut + step :], later[:, cut + step :])]
    else:
        parts = [(now[: members // 2], later[: members // 2]), (now[members // 2 :], later[members // 2 :])]
    halves = [_thinned(*part) for part in parts]
    if dimension > _MOST_VARIABLES or min(len(half[0]) for half in halves) < _FEWEST:
        return float("inf")
    distance, place = (np.asarray(each) for each in KDTree(halves[0][0]).query(halves[1][0]))
    closest = np.argsort(distance)[: max(_FEWEST // 4, int(_CLOSEST * len(distance)))]
    apart = 0.5 * np.mean((halves[1][1][closest] - halves[0][1][place[closest]]) ** 2)
    moved = np.mean((later - now) ** 2)
    return float(apart / max(moved, 1e-300))


def _thinned(now: np.ndarray, later: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most so many states, evenly spread over the record, and what they become."""
    flat, after = now.reshape(-1, now.shape[2]), later.reshape(-1, later.shape[2])
    kept = np.linspace(0, len(flat) - 1, min(len(flat), _STATES)).astype(int)
    return flat[kept], after[kept]
