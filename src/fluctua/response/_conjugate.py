r"""The conjugate observable of a push, and its calibration on a dictionary.

The conjugate observable of the push $u$ under the score $s$ is

$$ B(x) = -(\nabla \cdot u + u \cdot s), \qquad E[B\, g] = E[u \cdot \nabla g] \quad \text{for every } g, $$

the Riesz representer of the average derivative along $u$. A learned score $\hat s$ gives $\hat B$, for which the
identity holds only about. Calibration on a dictionary $\varphi$ restores it there,

$$ B_c = \hat B + \alpha^T \varphi, \qquad
   \alpha = (G + \lambda)^{-1} (\langle u \cdot \nabla \varphi \rangle - \langle \hat B \varphi \rangle), \qquad
   G = \mathrm{cov}(\varphi, \varphi), $$

with the ridge $\lambda$ and the number of functions chosen to minimise $E[(B_c - B)^2]$ on held-out parts, which up to
a constant is
$\alpha^T G \alpha - 2 \alpha^T (\langle u \cdot \nabla \varphi \rangle - \langle \hat B \varphi \rangle)$.

References:
    Giorgini, Deck, Bischoff and Souza, PRL 133, 267302 (2024) for $B$; Chernozhukov, Newey and Singh, Econometrica 90,
    967 (2022) for Riesz representers; the calibration is fluctua's own (docs/mathematics.md).
"""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg
from jaxtyping import Array, Float

from ..scores import AbstractDictionary, AbstractScore, directional_derivative
from ._pushes import AbstractPush

_RIDGES = 10.0 ** np.arange(-1, 9.0, 1.0)  # in units of one over the effective sample size


class ConjugateObservable(eqx.Module):
    """$B$ of several pushes under one score, at one state; shape ``(pushes,)``."""

    score: AbstractScore
    pushes: tuple[AbstractPush, ...]

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " pushes"]:
        value = self.score(state)
        return jnp.stack([-(push.divergence(state) + jnp.vdot(push(state), value)) for push in self.pushes])


class DictionaryAlong(eqx.Module):
    r"""The functions of a dictionary and their derivatives along several pushes, at one state.

    Returns $\varphi$, shape ``(F,)``, and $u \cdot \nabla \varphi$, shape ``(pushes, F)``.
    """

    dictionary: AbstractDictionary
    pushes: tuple[AbstractPush, ...]

    def __call__(self, state: Float[Array, " d"]) -> tuple[Float[Array, " F"], Float[Array, "pushes F"]]:
        directions = jnp.stack([push(state) for push in self.pushes])
        derivatives = jax.vmap(lambda u: directional_derivative(self.dictionary, state, u))(directions)
        return self.dictionary(state), derivatives


class CalibrationSums(NamedTuple):
    """Sums over one part of a record, enough to calibrate; parts add up.

    Of one, the functions, their products, their derivatives along the pushes, the conjugate observables, and the
    conjugate observables times the functions.
    """

    count: np.ndarray
    total: np.ndarray
    products: np.ndarray
    derivatives: np.ndarray
    conjugate: np.ndarray
    conjugate_products: np.ndarray

    def __add__(self, other: "CalibrationSums") -> "CalibrationSums":  # type: ignore[override]
        return CalibrationSums(*(a + b for a, b in zip(self, other, strict=True)))

    def __sub__(self, other: "CalibrationSums") -> "CalibrationSums":
        return CalibrationSums(*(a - b for a, b in zip(self, other, strict=True)))

    @classmethod
    def of(cls, values: np.ndarray, derivatives: np.ndarray, conjugate: np.ndarray) -> "CalibrationSums":
        """Sums over states: ``values`` (n, F), ``derivatives`` (n, pushes, F), ``conjugate`` (n, pushes)."""
        return cls(
            np.asarray(float(len(values))),
            values.sum(0),
            values.T @ values,
            derivatives.sum(0),
            conjugate.sum(0),
            conjugate.T @ values,
        )

    def covariance(self) -> np.ndarray:
        """G, shape ``(F, F)``."""
        mean = self.total / self.count
        return self.products / self.count - np.outer(mean, mean)

    def defect(self) -> np.ndarray:
        """Mean of the derivatives less the covariance of conjugate and functions, shape ``(pushes, F)``."""
        means = np.outer(self.conjugate, self.total) / self.count**2
        return self.derivatives / self.count - (self.conjugate_products / self.count - means)


class Calibration(NamedTuple):
    """How the conjugate observable of each push is corrected.

    Attributes:
        weights: Of the correction on the centred dictionary, shape ``(pushes, F)``.
        constant: Mean of the uncorrected conjugate observable, shape ``(pushes,)``.
        centre: Mean of the functions, shape ``(F,)``.
    """

    weights: np.ndarray
    constant: np.ndarray
    centre: np.ndarray

    def apply(self, conjugate: np.ndarray, values: np.ndarray) -> np.ndarray:
        """The calibrated conjugate observable, shape ``(n, pushes)``."""
        return conjugate - self.constant + (values - self.centre) @ self.weights.T


def calibrate(parts: list[CalibrationSums], nested: list[int], effective_size: float) -> Calibration:
    """Calibrate every push on the sums of several parts of a record.

    Args:
        parts: Sums of contiguous parts, at least two, to choose the ridge by leaving parts out.
        nested: Sizes of the leading sub-dictionaries to choose from, increasing; the first is
            that of the linear functions, the last one is the whole.
        effective_size: Effective number of independent states behind all parts. Directions of the dictionary with less
            variance than its inverse cannot be learned, so ridges are counted in units of it.

    Returns:
        The correction, zero where no ridge improves on the score as it is.
    """
    total = sum(parts[1:], parts[0])
    pushes, size = total.derivatives.shape
    weights = np.zeros((pushes, size))
    training = [total - part for part in parts]
    ridges = _RIDGES / effective_size
    solvers = {n: [_Solver(sums.covariance()[:n, :n]) for sums in training] for n in nested}
    for push in range(pushes):
        best_loss, best = 0.0, None
        for n in nested:
            losses = np.zeros(len(ridges))
            for part, sums, solver in zip(parts, training, solvers[n], strict=True):
                candidates = solver(sums.defect()[push, :n], ridges)
                covariance, defect = part.covariance()[:n, :n], part.defect()[push, :n]
                losses += np.einsum("rf,fg,rg->r", candidates, covariance, candidates) - 2 * candidates @ defect
            row = int(np.argmin(losses))
            if losses[row] < best_loss:
                best_loss, best = losses[row], (n, ridges[row])
        if best is not None:
            n, ridge = best
            weights[push, :n] = _Solver(total.covariance()[:n, :n])(total.defect()[push, :n], np.array([ridge]))[0]
    return Calibration(weights, total.conjugate / total.count, total.total / total.count)


class _Solver:
    """Ridge solutions for many ridges from one eigendecomposition, in units where each function has variance one."""

    def __init__(self, covariance: np.ndarray):
        self.scale = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
        values, self.vectors = scipy.linalg.eigh(covariance / np.outer(self.scale, self.scale))
        self.values = np.maximum(values, 0.0)

    def __call__(self, right: Float[np.ndarray, " F"], ridges: np.ndarray) -> Float[np.ndarray, "ridges F"]:
        projected = self.vectors.T @ (right / self.scale)
        return (projected / (self.values + ridges[:, None])) @ self.vectors.T / self.scale
