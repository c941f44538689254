r"""The dictionary score: implicit score matching in closed form.

For $s(x) = \sum_f w_f\, (\varphi_f(x) - \langle \varphi_f \rangle)$ the implicit score-matching loss is quadratic in
the vectors $w_f$, with the minimum

$$ w = -(G + \lambda)^{-1} D, \qquad G = \mathrm{cov}(\varphi, \varphi), \quad
   D_{fi} = \langle \partial_i \varphi_f \rangle, $$

the normal equations of ``fluctua.features`` with the unit vectors of whitened coordinates as pushes. Which functions to
use (total degree, ridges or none) and the ridge $\lambda$ are chosen by the loss on held-out parts of the record,
simpler ones first: a richer dictionary must win by more than the standard error of the difference.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ..core import AbstractProgress, named_key, register
from ..features import (
    AbstractDictionary,
    FunctionSums,
    Joined,
    Polynomials,
    RidgePath,
    Ridges,
    Whitening,
    choose,
    loss,
    moments,
    polynomial_size,
    sums_of_states,
    total,
)
from ._base import AbstractScore
from ._record_parts import Pieces, RecordParts

RIDGES = 10.0 ** np.arange(-10, 0.5, 1.0)
_FEWEST_RIDGES = 10
_LEFT_OUT = 4  # groups of parts that are left out in turn


@register("score", "dictionary", summary="linear in polynomials and ridges", cites=("dictionary",))
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

    @property
    def rich(self) -> bool:
        """Whether it needed more than a cubic: there may be structure left for a network to learn."""
        return self.ridges is not None or self.polynomials.degree > 3

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        return (self.dictionary(state) - self.centre) @ self.weights

    def values(self, states: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        values, _ = self.dictionary.tables(states, np.empty((1, 0, states.shape[1])))
        return (values - np.asarray(self.centre)) @ np.asarray(self.weights)

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


def fit_dictionary(
    parts: Sequence[Float[np.ndarray, "_ d"] | Pieces],
    *,
    key: PRNGKeyArray,
    degree: int | None = None,
    effective_size: float | None = None,
    far_tails: bool = False,
    whitening: Whitening | None = None,
    sums: dict[Any, Any] | None = None,
) -> DictionaryScore:
    """Fit a dictionary score by implicit score matching, in closed form.

    Args:
        parts: Parts of the record, each ``(n, d)`` or a list of contiguous pieces, at least three; ridge and richness
            are chosen by leaving parts out.
        key: Draws the random ridges.
        degree: Total degree of the polynomials; by default chosen on held-out parts, together with random ridges.
        effective_size: Effective number of independent states; bounds the size of the dictionary.
        far_tails: Try polynomials of bounded coordinates too, for a record that visits far tails.
        whitening: Coordinates of the functions; those of the states by default.
        sums: Sums of pieces that other fits with the same key and whitening have taken or will need.

    Returns:
        The score. Cost: one pass over the states, ``n size (size + d)``.
    """
    cut = [[part] if isinstance(part, np.ndarray) else list(part) for part in parts]
    pieces = [piece for part in cut for piece in part]
    size = float(sum(map(len, pieces))) if effective_size is None else effective_size
    whitening = Whitening.of(*moments(np.concatenate(pieces))) if whitening is None else whitening
    directions = np.linalg.inv(np.asarray(whitening.matrix)).T[None]
    known = {} if sums is None else sums
    best: tuple[_Choice, Joined, np.ndarray, list[FunctionSums]] | None = None
    for saturation in (float("inf"), 3.0) if far_tails else (float("inf"),):
        dictionary, candidates = _candidates(key, whitening, size, degree, saturation)
        name = (saturation, *(part.size for part in dictionary.parts))
        if name not in known:
            known[name] = dictionary.tables(_spread(pieces), directions[:, :0])[0].mean(axis=0)
        centre = known[name]
        for piece in pieces:
            if (name, id(piece)) not in known:
                known[name, id(piece)] = sums_of_states(piece, dictionary, directions, centre)
        found = [total([known[name, id(piece)] for piece in part]) for part in cut]
        choice = _choose(found, candidates, 1.0 / size)
        if best is None or choice.losses.mean() < best[0].losses.mean():
            best = choice, dictionary, centre, found
    assert best is not None
    choice, dictionary, centre, found = best
    functions = choice.candidate.functions
    everything = total(found).select(functions)
    weights = RidgePath(everything)(np.array([choice.ridge]))[0]
    # The constant among the functions only centres the others.
    mean = centre[functions[1:] - 1] + everything.products[0, 0, 1:] / everything.count
    # A score in whitened coordinates goes back by W^T.
    weights = -weights[1:] @ np.asarray(whitening.matrix)
    polynomials, ridges = dictionary.parts[0], dictionary.parts[1] if choice.candidate.ridges else None
    assert isinstance(polynomials, Polynomials)
    assert ridges is None or isinstance(ridges, Ridges)
    polynomials = Polynomials(whitening, choice.candidate.degree, polynomials.saturation)
    return DictionaryScore(polynomials, ridges, jnp.asarray(mean), jnp.asarray(weights))


@register("score family", "dictionary", summary="polynomials and ridges, in closed form", fields=True)
def _fit(data: RecordParts, key: PRNGKeyArray, progress: AbstractProgress | None) -> DictionaryScore:
    return fit_dictionary(
        data.pieces,
        key=named_key(key, "dictionary"),
        degree=data.degree,
        effective_size=data.effective_size,
        far_tails=data.far_tails,
        whitening=data.whitening,
        sums=data.sums,
    )


def has_nonlinear_functions(dimension: int, effective_size: float) -> bool:
    """Whether a record of this size carries more than the linear functions: without them a dictionary is Gaussian."""
    quadratic = polynomial_size(dimension, 2) <= _most_functions(effective_size)
    return quadratic or _ridge_count(dimension, effective_size) >= _FEWEST_RIDGES


def _most_functions(effective_size: float) -> float:
    return min(600.0, effective_size / 4)


def _ridge_count(dimension: int, effective_size: float) -> int:
    return int(min(100.0, effective_size / 10)) if dimension <= 16 else 0


def _spread(parts: Sequence[np.ndarray], most: int = 20_000) -> np.ndarray:
    """States spread over all parts."""
    stride = max(1, sum(len(part) for part in parts) // most)
    return np.concatenate([part[::stride] for part in parts])


class _Candidate(NamedTuple):
    """Functions of a dictionary to choose from: numbers (the constant is 0), degree, and whether there are ridges."""

    functions: np.ndarray
    degree: int
    ridges: bool


class _Choice(NamedTuple):
    """A candidate with the ridge that serves it best, and its loss on each part."""

    candidate: _Candidate
    ridge: float
    losses: np.ndarray


def _candidates(
    key: PRNGKeyArray, whitening: Whitening, size: float, degree: int | None, saturation: float
) -> tuple[Joined, list[_Candidate]]:
    """The largest dictionary and the sets of functions to choose from, simplest first."""
    dimension = len(whitening.mean)
    degrees = [n for n in range(1, 7) if n == 1 or polynomial_size(dimension, n) <= _most_functions(size)]
    if degree is not None:
        degrees = [degree]
    sizes = [polynomial_size(dimension, n) for n in degrees]
    candidates = [_Candidate(np.arange(many + 1), n, False) for n, many in zip(degrees, sizes, strict=True)]
    parts: list[AbstractDictionary] = [Polynomials(whitening, degrees[-1], saturation)]
    ridges = _ridge_count(dimension, size)
    if degree is None and ridges >= _FEWEST_RIDGES:
        parts.append(Ridges.random(key, whitening, ridges))
        extra = np.arange(sizes[-1], sizes[-1] + ridges) + 1
        candidates += [_Candidate(np.concatenate([c.functions, extra]), c.degree, True) for c in candidates]
    return Joined(*parts), sorted(candidates, key=lambda candidate: len(candidate.functions))


def _choose(sums: list[FunctionSums], candidates: list[_Candidate], floor: float) -> _Choice:
    """The functions and the ridge with the smallest held-out loss.

    Directions of the dictionary with less variance than one over the effective sample size cannot be learned, and
    held-out parts need not visit the states where they matter: where ridge functions overlap, the ridge stays above
    that floor.
    """
    everything = total(sums)
    groups = np.array_split(np.arange(len(sums)), min(_LEFT_OUT, len(sums)))
    choices = []
    for candidate in candidates:
        chosen = candidate.functions
        ridges = RIDGES[floor <= RIDGES] if candidate.ridges else RIDGES
        losses = np.empty((len(ridges), len(sums)))
        for group in groups:
            left = total([sums[index] for index in group])
            weights = RidgePath((everything - left).select(chosen))(ridges)
            for index in group:
                part = sums[index].select(chosen)
                losses[:, index] = [loss(part, w[None]).sum() for w in weights]
        row = int(np.argmin(np.where(np.isfinite(losses), losses, np.inf).mean(axis=1)))
        choices.append(_Choice(candidate, float(ridges[row]), losses[row]))
    return choices[choose(np.array([choice.losses for choice in choices]), 1.0, given=False)]
