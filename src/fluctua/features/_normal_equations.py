r"""The one linear solve behind closed-form scores, calibration and regression.

Let $B = B^0 + \sum_f w_f \varphi_f$ be the conjugate observable of a push $u$, with $B^0$ given or zero. Its mean
squared distance from the true one, the Riesz representer of the average derivative along $u$, is up to a constant

$$ \ell = \tfrac12\, w^T G w^* - \mathrm{Re}\, r \cdot w^*, \qquad
   G_{fg} = \langle \varphi_f \varphi_g^* \rangle, \qquad
   r_g = \langle u \cdot \nabla \varphi_g \rangle^* - \langle B^0 \varphi_g^* \rangle, $$

in each block (one for a list of variables, one per wavenumber for a homogeneous field). Its minimum $G^T w = r$ obeys
the Stein identity $\langle B \varphi \rangle = \langle u \cdot \nabla \varphi \rangle$ with every function. For
$B^0 = 0$ and the unit vectors as pushes it is implicit score matching, $B = -s$ [1, eq. 4]; for a learned $B^0$ it
calibrates that; with $\langle \varphi A_t \rangle$ as r it is the regression of an observable.

What cannot be learned is held back by a ridge, in units of the mean square of each function. Which functions and which
ridge to use is chosen by the loss on held-out parts of the record.

References:
    [1] Hyvärinen, *Estimation of non-normalized statistical models by score matching*, JMLR 6, 695 (2005).
"""

import numpy as np
from jaxtyping import Inexact

from ._sums import FunctionSums

_ROUNDING = 1e-20  # of the mean square of a function over blocks


def function_scale(products: Inexact[np.ndarray, "k f f"]) -> tuple[np.ndarray, np.ndarray]:
    """The root mean square of each function in each block, and where a function is nothing but rounding.

    There, as at wavenumber zero for the product of a field with its derivative, the scale is infinite: the function
    gets no weight once one is added to its place on the diagonal.

    Returns:
        Shapes ``(blocks, f)`` each.
    """
    squares = np.maximum(np.real(np.einsum("kff->kf", products)), 0.0)
    absent = squares <= _ROUNDING * squares.mean(axis=0)
    return np.where(absent, np.inf, np.sqrt(np.where(absent, 1.0, squares))), absent


def solve(
    products: Inexact[np.ndarray, "k f f"], right: Inexact[np.ndarray, "k f c"], ridge: np.ndarray
) -> Inexact[np.ndarray, "k f c"]:
    """The weights w of $G^T w = r$ in each block, with a ridge on the diagonal of G.

    Args:
        products: G, shape ``(blocks, f, f)``.
        right: r, shape ``(blocks, f, columns)``.
        ridge: In units of the mean square of each function, shape ``(f,)``; a function that is nothing but rounding
            (``function_scale``) gets no weight.

    Example:
        >>> solve(np.array([[[4.0]]]), np.array([[[2.0]]]), np.zeros(1)).tolist()
        [[[0.5]]]
    """
    scale, absent = function_scale(products)
    matrix = products.transpose(0, 2, 1) / (scale[:, :, None] * scale[:, None, :])
    matrix = matrix + (ridge + absent)[:, :, None] * np.eye(len(ridge))
    return np.linalg.solve(matrix, right / scale[:, :, None]) / scale[:, :, None]


class RidgePath:
    """Solutions of one real block for many ridges from one eigendecomposition; its first function is the constant.

    The constant is eliminated and has no ridge, which leaves the covariance of the others.

    Args:
        sums: Sums of one block.
    """

    def __init__(self, sums: FunctionSums):
        covariance, self.right = centred(sums)
        self.mean, self.constant = sums.products[0, 0, 1:] / sums.count, right_side(sums)[0, 0]
        self.scale = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
        values, self.vectors = np.linalg.eigh(covariance / np.outer(self.scale, self.scale))
        self.values = np.maximum(values, 0.0)

    def __call__(self, ridges: np.ndarray) -> Inexact[np.ndarray, "ridges f c"]:
        """The weights for each ridge, in units of the variance of each function."""
        projected = self.vectors.T @ (self.right / self.scale[:, None])
        weights = self.vectors @ (projected / (self.values + ridges[:, None])[:, :, None]) / self.scale[:, None]
        constant = self.constant - np.einsum("f,rfc->rc", self.mean, weights)
        return np.concatenate([constant[:, None], weights], axis=1)


def centred(sums: FunctionSums) -> tuple[Inexact[np.ndarray, "f f"], Inexact[np.ndarray, "f c"]]:
    """Covariance of the functions of one block but its first, the constant, and r less the constant's part in it."""
    mean, right = sums.products[0, 0, 1:] / sums.count, right_side(sums)[0]
    covariance = sums.products[0, 1:, 1:] / sums.count - np.outer(mean, mean)
    return covariance, right[1:] - np.outer(mean, right[0])


def right_side(sums: FunctionSums, used: int | None = None) -> Inexact[np.ndarray, "k f q"]:
    """r: mean slopes less the products with the given conjugate observables, of the first ``used`` functions."""
    slopes = sums.slopes[:, :used].conj()
    slopes = np.broadcast_to(slopes, (len(sums.products), *slopes.shape[1:]))
    return (slopes - sums.base[:, :, :used].transpose(0, 2, 1)) / sums.count


def loss(sums: FunctionSums, weights: Inexact[np.ndarray, "k f q"]) -> Inexact[np.ndarray, "k q"]:
    """The loss of each block and push, less what does not depend on the weights; negative where they help."""
    used = weights.shape[1]
    products = sums.products[:, :used, :used] / sums.count
    conjugate = weights.conj()
    quadratic = np.sum(weights * np.matmul(products, conjugate), axis=1).real
    return 0.5 * quadratic - np.sum(right_side(sums, used) * conjugate, axis=1).real


def choose(losses: np.ndarray, margin: float, *, given: bool) -> int:
    """The candidate with the smallest held-out loss, simpler ones first.

    Args:
        losses: Loss of each candidate on each part, shape ``(candidates, parts)``.
        margin: Standard errors of the difference by which a later candidate must win.
        given: Whether all may be refused, for the loss zero of what is given.

    Returns:
        Its number; -1 where what is given stays.

    Example:
        >>> choose(np.array([[-1.0, -1.1], [-1.0, -1.2], [-3.0, -3.1]]), 2.0, given=True)
        2
    """
    best, current = (-1, np.zeros(losses.shape[1])) if given else (0, losses[0])
    for candidate in range(best + 1, len(losses)):
        gain = current - losses[candidate]
        stderr = gain.std(ddof=1) / np.sqrt(len(gain)) if margin else 0.0
        if np.isfinite(gain).all() and gain.mean() > margin * stderr:
            best, current = candidate, losses[candidate]
    return best
