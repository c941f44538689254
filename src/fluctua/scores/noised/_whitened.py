"""A noised score of the whitened record, with the whitening: what a file keeps, and what states are drawn from."""

from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
import scipy  # its submodule is loaded when it is first used
from jaxtyping import Array, Float

from ...core import ScoreError, register
from ...features import Whitening, moments
from .._base import AbstractScore
from ._network import NoisedNetworkScore
from ._preconditioning import Tails

_NORMAL_DEVIATION = 1.4826  # of Gaussian states, in units of their median absolute deviation
_LEAST_EIGENVALUE = 1e-3  # of a rank correlation that is used; smaller ones say nothing sure of heavy-tailed states


@register("score", "noised", summary="a network of score and posterior mean", cites=("network",), earlier=True)
class WhitenedNoisedScore(AbstractScore):
    r"""Both heads of a noised score in coordinates $z = W (x - m)$, where every direction varies by about one.

    Noise of one level is the same in all directions. A record whose variables have units of their own must therefore
    be brought to one unit before it is noised, and samplers run there, with ``noised``; $x = m + W^{-1} z$ brings their
    states back.

    As a score of the record it is that of the smallest level, $s(x) = W^T s_z(z, \sigma_0)$: blurred by that level.
    ``NetworkScore`` is extrapolated to no noise, and better for a response.

    Args:
        whitening: The coordinates, $m$ and $W$, such as those of ``noise_coordinates``.
        noised: Score and posterior mean in these coordinates.

    Raises:
        ScoreError: The two are for different numbers of variables.

    Example:
        >>> import jax
        >>> import numpy as np
        >>> from fluctua.networks import MultilayerPerceptron
        >>> from fluctua.noise import Gaussian
        >>> from fluctua.scores.noised import Preconditioning
        >>> states = np.random.default_rng(0).standard_normal((500, 2)) * [1.0, 100.0]
        >>> whitening = noise_coordinates(states, "light")
        >>> whitened = (states - np.asarray(whitening.mean)) @ np.asarray(whitening.matrix).T
        >>> around = Preconditioning.fit(whitened, Gaussian(), "light")
        >>> network = MultilayerPerceptron(2, 4, key=jax.random.key(0))
        >>> score = WhitenedNoisedScore(whitening, NoisedNetworkScore(around, network, 0.1, 10.0))
        >>> score(states[0]).shape
        (2,)
    """

    kind: ClassVar[str] = "noised"
    whitening: Whitening
    noised: NoisedNetworkScore

    def __init__(self, whitening: Whitening, noised: NoisedNetworkScore):
        if whitening.matrix.shape != (noised.dimension, noised.dimension):
            raise ScoreError(
                f"the noised score is for {noised.dimension} variables and the whitening has the shape "
                f"{whitening.matrix.shape}",
                "both must be for the same variables",
                "fit the score again",
            )
        self.whitening = whitening
        self.noised = noised

    @property
    def dimension(self) -> int:
        return self.noised.dimension

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        whitened = self.whitening(jnp.asarray(state, jnp.float64))
        level = self.noised.smallest * self.noised.preconditioning.unit
        return self.whitening.matrix.T @ self.noised.score(whitened, level)

    def arrays(self) -> dict[str, np.ndarray]:
        around = {"mean": np.asarray(self.whitening.mean), "whitening": np.asarray(self.whitening.matrix)}
        return {**around, **self.noised.arrays()}

    def config(self) -> dict[str, Any]:
        return self.noised.config()

    @classmethod
    def restore(cls, arrays: dict[str, np.ndarray], config: dict[str, Any]) -> "WhitenedNoisedScore":
        """The score whose ``arrays()`` and ``config()`` these are.

        Raises:
            OptionError: The kind of network or of noise is not known.
            ScoreError: An array is missing or has another shape.
        """
        for name in ("mean", "whitening"):
            if name not in arrays:
                raise ScoreError(
                    f"the arrays of the noised score lack '{name}'",
                    "the coordinates that it was fitted in are needed",
                    "fit the score again, or load an undamaged file",
                )
        whitening = Whitening(jnp.asarray(arrays["mean"]), jnp.asarray(arrays["whitening"]))
        return cls(whitening, NoisedNetworkScore.restore(arrays, config))


def noise_coordinates(states: Float[np.ndarray, "n d"], tails: Tails) -> Whitening:
    r"""Coordinates of a record in which noise is the same amount in every direction.

    For light tails mean zero and covariance one. For heavy tails, where a few states decide a covariance, the median
    takes the place of the mean, 1.4826 median absolute deviations that of the deviation, and $2 \sin(\pi r / 6)$ with
    Spearman's rank correlation $r$ that of the correlation, equal to it for Gaussian states. A variable that has one
    value more than half of the time is measured by its deviation.

    Args:
        states: The states.
        tails: ``"light"`` or ``"heavy"``.

    Raises:
        ScoreError: The tails are light and the states do not fill every direction of state space.

    Example:
        >>> import numpy as np
        >>> states = np.random.default_rng(0).standard_t(1.5, size=(10_000, 2)) * [1.0, 100.0]
        >>> matrix = np.asarray(noise_coordinates(states, "heavy").matrix)
        >>> bool(abs(matrix[0, 0] / matrix[1, 1] / 100.0 - 1.0) < 0.1)
        True

    References:
        Kruskal, *Ordinal measures of association*, JASA 53, 814 (1958), for the sine.
    """
    if tails == "light":
        return Whitening.of(*moments(states))
    centre = np.median(states, axis=0)
    scale = _NORMAL_DEVIATION * np.median(np.abs(states - centre), axis=0)
    scale = np.where(scale > 0.0, scale, states.std(axis=0))
    ranks = np.apply_along_axis(scipy.stats.rankdata, 0, states)
    correlation = 2.0 * np.sin(np.pi / 6.0 * np.atleast_2d(np.corrcoef(ranks, rowvar=False)))
    np.fill_diagonal(correlation, 1.0)
    if np.linalg.eigvalsh(correlation)[0] < _LEAST_EIGENVALUE:
        correlation = np.eye(len(centre))
    return Whitening.of(centre, correlation * np.outer(scale, scale))
