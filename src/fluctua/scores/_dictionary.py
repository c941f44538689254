r"""The dictionary score: implicit score matching in closed form.

For $s(x) = \sum_f w_f\, (\varphi_f(x) - \langle \varphi_f \rangle)$ the implicit score-matching loss is quadratic in
the vectors $w_f$, with the minimum

$$ w = -(G + \lambda)^{-1} D, \qquad G = \mathrm{cov}(\varphi, \varphi), \quad
   D_{fi} = \langle \partial_i \varphi_f \rangle. $$

Which functions to use (total degree, ridges or none) and the ridge $\lambda$ are chosen by the loss on held-out parts
of the record, simpler ones first: a richer dictionary must win by more than the standard error of the difference.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import sum_states
from ..features import AbstractDictionary, Joined, Polynomials, Ridges, Whitening, moments, polynomial_size
from ._base import AbstractScore

RIDGES = 10.0 ** np.arange(-10, 0.5, 1.0)


class DictionaryScore(AbstractScore):
    r"""A score linear in a dictionary, $s(x) = (\varphi(x) - \bar\varphi)^T w$; fit it with ``fit_dictionary``."""

    kind: ClassVar[str] = "dictionary"
    polynomials: Polynomials
    ridges: Ridges | None
    centre: Float[Array, " size"]
    weights: Float[Array, "size d"]

    @property
    def dimension(self) -> int:
        return self.weights.shape[1]

    @property
    def dictionary(self) -> AbstractDictionary:
        """The functions, in the order of the weights."""
        return self.polynomials if self.ridges is None else Joined(self.polynomials, self.ridges)

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        return (self.dictionary(state) - self.centre) @ self.weights

    def arrays(self) -> dict[str, np.ndarray]:
        arrays = {**self.polynomials.whitening.arrays(), "centre": self.centre, "weights": self.weights}
        if self.ridges is not None:
            arrays |= {"directions": self.ridges.directions, "offsets": self.ridges.offsets}
        return {name: np.asarray(array) for name, array in arrays.items()}

    def config(self) -> dict[str, Any]:
        saturation = self.polynomials.saturation
        return {"degree": self.polynomials.degree, "saturation": saturation if np.isfinite(saturation) else None}

    @classmethod
    def restore(cls, arrays: dict[str, np.ndarray], config: dict[str, Any]) -> "DictionaryScore":
        whitening = Whitening.restore(arrays)
        saturation = float("inf") if config["saturation"] is None else float(config["saturation"])
        ridges = None
        if "directions" in arrays:
            ridges = Ridges(whitening, jnp.asarray(arrays["directions"]), jnp.asarray(arrays["offsets"]))
        polynomials = Polynomials(whitening, int(config["degree"]), saturation)
        return cls(polynomials, ridges, jnp.asarray(arrays["centre"]), jnp.asarray(arrays["weights"]))


class DictionaryMoments(NamedTuple):
    """Sums over one part of a record: everything that implicit score matching needs; parts add up."""

    count: np.ndarray
    total: np.ndarray
    products: np.ndarray
    gradients: np.ndarray

    @classmethod
    def over(cls, dictionary: AbstractDictionary, states: Float[np.ndarray, "n d"]) -> "DictionaryMoments":
        """The sums over these states."""
        width = dictionary.size * (states.shape[1] + 1)
        batch = int(np.clip(2 ** int(np.log2((1 << 21) / width)), 32, 4096))
        return cls(*sum_states(_MomentSums(dictionary), states, batch=batch))

    def __add__(self, other: "DictionaryMoments") -> "DictionaryMoments":  # type: ignore[override]
        return DictionaryMoments(*(a + b for a, b in zip(self, other, strict=True)))

    def select(self, chosen: np.ndarray) -> "DictionaryMoments":
        """The sums of some of the functions."""
        return DictionaryMoments(
            self.count, self.total[chosen], self.products[np.ix_(chosen, chosen)], self.gradients[chosen]
        )

    def averages(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Mean of the functions, mean of their products, mean of their gradients."""
        return self.total / self.count, self.products / self.count, self.gradients / self.count


class _MomentSums(eqx.Module):
    dictionary: AbstractDictionary

    def __call__(self, states: Array, weights: Array) -> tuple[Array, Array, Array, Array]:
        values = jax.vmap(self.dictionary)(states) * weights[:, None]
        gradients = jax.vmap(jax.jacfwd(self.dictionary))(states)
        return weights.sum(), values.sum(0), values.T @ values, jnp.einsum("n,nfi->fi", weights, gradients)


def fit_dictionary(
    parts: Sequence[Float[np.ndarray, "_ d"]],
    *,
    key: PRNGKeyArray,
    degree: int | None = None,
    effective_size: float | None = None,
    far_tails: bool = False,
) -> DictionaryScore:
    """Fit a dictionary score by implicit score matching, in closed form.

    Args:
        parts: Contiguous parts of the record, each ``(n, d)``, at least three; ridge and richness are chosen by leaving
            parts out.
        key: Draws the random ridges.
        degree: Total degree of the polynomials; by default chosen on held-out parts, together with random ridges.
        effective_size: Effective number of independent states; bounds the size of the dictionary.
        far_tails: Try polynomials of bounded coordinates too, for a record that visits far tails.

    Returns:
        The score. Cost: one pass over the states, ``n size (size + d)``.
    """
    states = np.concatenate(list(parts))
    dimension = states.shape[1]
    size = float(len(states)) if effective_size is None else effective_size
    whitening = Whitening.of(*moments(states))
    inverse = np.linalg.inv(np.asarray(whitening.matrix))
    best: tuple[_Choice, Joined, list[DictionaryMoments]] | None = None
    for saturation in (float("inf"), 3.0) if far_tails else (float("inf"),):
        dictionary, candidates = _candidates(key, whitening, dimension, size, degree, saturation)
        sums = [DictionaryMoments.over(dictionary, part) for part in parts]
        choice = _choose(sums, candidates, inverse, dictionary.parts[0].size, 1.0 / size)
        if best is None or choice.losses.mean() < best[0].losses.mean():
            best = choice, dictionary, sums
    assert best is not None
    choice, dictionary, sums = best
    total = sum(sums[1:], sums[0]).select(choice.functions)
    weights = _solve(total, np.array([choice.ridge]))[0]
    return _assemble(dictionary, choice.functions, total.averages()[0], weights)


def has_nonlinear_functions(dimension: int, effective_size: float) -> bool:
    """Whether a record of this size carries more than the linear functions: without them a dictionary is Gaussian."""
    return (
        polynomial_size(dimension, 2) <= _most_functions(effective_size)
        or _ridge_count(dimension, effective_size) >= 10
    )


def _most_functions(effective_size: float) -> float:
    return min(600.0, effective_size / 4)


def _ridge_count(dimension: int, effective_size: float) -> int:
    return int(min(100.0, effective_size / 10)) if dimension <= 16 else 0


class _Choice(NamedTuple):
    """Which functions of a dictionary, with which ridge, and the held-out loss on each part."""

    functions: np.ndarray
    ridge: float
    losses: np.ndarray


def _candidates(
    key: PRNGKeyArray,
    whitening: Whitening,
    dimension: int,
    size: float,
    degree: int | None,
    saturation: float,
) -> tuple[Joined, list[np.ndarray]]:
    """The largest dictionary and the index sets to choose from, simplest first."""
    if degree is not None:
        return Joined(Polynomials(whitening, degree, saturation)), [np.arange(polynomial_size(dimension, degree))]
    degrees = [1] + [n for n in range(2, 7) if polynomial_size(dimension, n) <= _most_functions(size)]
    ridges = _ridge_count(dimension, size)
    parts: list[AbstractDictionary] = [Polynomials(whitening, degrees[-1], saturation)]
    if ridges >= 10:
        parts.append(Ridges.random(key, whitening, ridges))
    dictionary = Joined(*parts)
    sizes = [polynomial_size(dimension, n) for n in degrees]
    candidates = [np.arange(n) for n in sizes]
    if ridges >= 10:
        extra = np.arange(sizes[-1], dictionary.size)
        candidates += [np.concatenate([np.arange(n), extra]) for n in sizes]
    return dictionary, sorted(candidates, key=len)


def _choose(
    sums: list[DictionaryMoments], candidates: list[np.ndarray], inverse: np.ndarray, polynomials: int, floor: float
) -> _Choice:
    """The functions and the ridge with the smallest held-out loss.

    Directions of the dictionary with less variance than one over the effective sample size cannot be learned, and
    held-out parts need not visit the states where they matter: where ridge functions overlap, the ridge stays above
    that floor.
    """
    total = sum(sums[1:], sums[0])
    folds = min(4, len(sums))
    best: _Choice | None = None
    for chosen in candidates:
        ridges = RIDGES[floor <= RIDGES] if chosen[-1] >= polynomials else RIDGES
        losses = np.empty((len(ridges), len(sums)))
        for fold in range(folds):
            held_out = range(fold * len(sums) // folds, (fold + 1) * len(sums) // folds)
            training = total
            for index in held_out:
                training = DictionaryMoments(*(a - b for a, b in zip(training, sums[index], strict=True)))
            training = training.select(chosen)
            weights = _solve(training, ridges)
            centre = training.averages()[0]
            for index in held_out:
                losses[:, index] = [_loss(sums[index].select(chosen), centre, w, inverse) for w in weights]
        average = np.where(np.isfinite(losses), losses, np.inf).mean(axis=1)
        row = int(np.argmin(average))
        choice = _Choice(chosen, float(ridges[row]), losses[row])
        if best is None:
            best = choice
            continue
        gain = best.losses - choice.losses
        if gain.mean() > gain.std(ddof=1) / np.sqrt(len(gain)):
            best = choice
    assert best is not None
    return best


def _solve(total: DictionaryMoments, ridges: np.ndarray) -> list[np.ndarray]:
    """The weights for each ridge, from one eigendecomposition of the correlation matrix of the functions."""
    mean, products, gradients = total.averages()
    covariance = products - np.outer(mean, mean)
    scale = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    values, vectors = scipy.linalg.eigh(covariance / np.outer(scale, scale))
    values = np.maximum(values, 0.0)
    projected = vectors.T @ (gradients / scale[:, None])
    return [-(vectors @ (projected / (values + ridge)[:, None])) / scale[:, None] for ridge in ridges]


def _loss(part: DictionaryMoments, centre: np.ndarray, weights: np.ndarray, inverse: np.ndarray) -> float:
    """Implicit loss of one held-out part, in whitened coordinates."""
    mean, products, gradients = part.averages()
    second = products - np.outer(mean, centre) - np.outer(centre, mean) + np.outer(centre, centre)
    whitened = weights @ inverse
    return float(0.5 * np.sum(whitened * (second @ whitened)) + np.sum(whitened * (gradients @ inverse)))


def _assemble(dictionary: Joined, chosen: np.ndarray, centre: np.ndarray, weights: np.ndarray) -> DictionaryScore:
    """The score on the chosen functions alone."""
    polynomials, *rest = dictionary.parts
    assert isinstance(polynomials, Polynomials)
    kept = int(np.sum(chosen < polynomials.size))
    dimension = weights.shape[1]
    degree = next(n for n in range(1, polynomials.degree + 1) if polynomial_size(dimension, n) == kept)
    ridges = rest[0] if kept < len(chosen) else None
    assert ridges is None or isinstance(ridges, Ridges)
    smaller = Polynomials(polynomials.whitening, degree, polynomials.saturation)
    return DictionaryScore(smaller, ridges, jnp.asarray(centre), jnp.asarray(weights))
