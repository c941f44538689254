r"""A score of a homogeneous field learned by a network, on top of the Gaussian score or of any other.

The mathematics is that of the network score of few variables, with circulants in place of matrices. The record is
whitened wavenumber by wavenumber, $z_k = (u_k - m_k) / \sqrt{C_k}$, and noised there, $\tilde z = z + \sigma n$ with
$n$ white on the grid: seen in the field, the noise has the spectrum of the record, $\sigma^2 C_k$, and covers every
scale by the same fraction. White noise in the field would drown small scales long before it touched large ones.

**Skip.** Let $b$ be what a base score adds to the Gaussian one, in whitened coordinates,
$b(z) = C^{1/2} s_{\rm base} + z$; for the Gaussian base $b = 0$. In standardised coordinates
$y = \tilde z / \sqrt{1 + \sigma^2}$ the noised record has covariance one, and its score is modelled as

$$ s(\tilde z, \sigma)
   = (1 + \sigma^2)^{-1/2} \left[ -y + (1 + \sigma^2)^{-3/2} \left( b(y) + F(y, c(\sigma)) \right) \right]. $$

The factor in front of $b$ and of the network $F$ is exact to first order in the third cumulants of the record, which
noise dilutes as $(1 + \sigma^2)^{-3/2}$ in standardised coordinates; fourth ones fade a little faster, which is left to
the network. So large levels are nearly Gaussian from the start, and the effort of training goes to the small ones,
which a response needs. $b$ is read at $y$ and not at $\tilde z$, where polynomials would explode. At $\sigma = 0$ the
base is untouched.

**Coloured channels.** The network is given $y$ and the same field in its own colours, $S y$ with
$S_k \propto \sqrt{C_k}$, and gives two fields $F_0$, $F_1$ that make $F = F_0 + S F_1$. Scores of local dynamics are
pointwise functions of the field, $s_u = f(u) + \ldots$, so in whitened coordinates $S f(S y)$: filters that no network
should have to learn.

Level zero is extrapolated as in ``NetworkScore``, and the weight $1 + \sigma^2$ is the same. The smallest level must be
small against the width of what is to be seen, at every wavenumber: where the record has several regimes it is far
narrower than the record's spread. Pairing $n$ with $-n$ keeps the variance of training from growing, so small levels
cost nothing but the rounding of single precision.
"""

import math
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import ScoreError, register
from ..features import SpectralWhitening, fit_spectral_whitening as fit_spectral_whitening
from ..networks import (
    AbstractFieldNetwork,
    PeriodicUNet,
    SpectralMixer,
    parameters_from_arrays,
    parameters_to_arrays,
)
from ._base import AbstractScore
from ._dictionary import DictionaryScore
from ._field_dictionary import FieldDictionaryScore
from ._gaussian import GaussianScore

_NETWORKS: dict[str, type[AbstractFieldNetwork]] = {kind.kind: kind for kind in (SpectralMixer, PeriodicUNet)}
_BASES: dict[str, type[AbstractScore]] = {
    kind.kind: kind for kind in (GaussianScore, DictionaryScore, FieldDictionaryScore)
}


class FieldResidual(eqx.Module):
    r"""What a network adds to the skip in whitened coordinates, $r = (1 + \sigma^2)^{-2} F(y, c)$, in float32.

    Args:
        network: A network with two fields in and two fields out, white and coloured.
        whitening: Whose colours these are.
        smallest: Smallest noise level the network is trained at, condition -1.
        largest: Largest one, condition 1; above it the condition stays and the scale goes on falling.
    """

    network: AbstractFieldNetwork
    whitening: SpectralWhitening
    smallest: float = eqx.field(static=True)
    largest: float = eqx.field(static=True)

    def __call__(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        level = jnp.asarray(level, jnp.float32)
        middle = 0.5 * math.log(self.largest * self.smallest)
        half_range = 0.5 * math.log(self.largest / self.smallest)
        condition = jnp.clip((jnp.log(level) - middle) / half_range, -1.0, 1.0)
        scale = jax.lax.rsqrt(1.0 + level**2)
        standard = scale * noised.astype(jnp.float32)
        pair = jnp.concatenate([standard, self.whitening.colour(standard)])
        white, coloured = self.network(pair, condition).reshape(2, -1)
        return scale**4 * (white + self.whitening.colour(coloured))


class FieldSkip(eqx.Module):
    r"""The score of the noised whitened record before a network adds to it, $-y + (1 + \sigma^2)^{-3/2} b(y)$, scaled.

    Args:
        base: The score that is built on; none for the Gaussian one.
        whitening: The whitening of the record.
    """

    base: AbstractScore | None
    whitening: SpectralWhitening

    def __call__(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        scale = jax.lax.rsqrt(1.0 + jnp.asarray(level, noised.dtype) ** 2)
        standard = scale * noised
        if self.base is None:
            return -scale * standard
        field = self.whitening.inverse(standard)
        departure = self.whitening.from_score(self.base(field).astype(noised.dtype)) + standard
        return scale * (scale**3 * departure - standard)


@register("score", "field-network", summary="a network of a homogeneous field", cites=("network",), earlier=True)
class FieldNetworkScore(AbstractScore):
    r"""A base score of a periodic field plus a network, $s_u = s_{\rm base}(u) + C^{-1/2} \hat r(z)$.

    $z = C^{-1/2} (u - m)$ are the field's coordinates whitened wavenumber by wavenumber, and $\hat r$ is extrapolated
    to level zero as in ``NetworkScore``; the module's documentation derives both. The network works in float32,
    everything around it, input and output in float64. Nothing of size ``d x d`` is formed; one evaluation takes two
    passes through the network, or one without extrapolation.

    Args:
        whitening: The whitening of the record.
        network: The trained network, two fields in and out on the grid of the whitening.
        sigma_min: Smallest noise level it was trained at.
        sigma_max: Largest one.
        base: The score it was trained on top of; the Gaussian one by default.
        extrapolate: Whether $\hat r$ is extrapolated from the levels $\sigma_0$ and $2 \sigma_0$.

    Raises:
        ScoreError: The network or the base does not fit the grid.

    Example:
        >>> import jax
        >>> import numpy as np
        >>> from fluctua.networks import SpectralMixer
        >>> fields = np.random.default_rng(0).normal(1.0, 2.0, (5000, 8))
        >>> whitening = fit_spectral_whitening([fields], (8,))
        >>> network = SpectralMixer((8,), inputs=2, outputs=2, width=4, depth=1, key=jax.random.key(0))
        >>> score = FieldNetworkScore(whitening, network, 0.1, 10.0)
        >>> bool(abs(score(fields[0]) + (fields[0] - 1.0) / 4.0).max() < 0.1)  # an untrained network is Gaussian
        True
    """

    kind: ClassVar[str] = "field-network"
    skip: FieldSkip
    residual: FieldResidual
    extrapolate: bool = eqx.field(static=True)

    def __init__(
        self,
        whitening: SpectralWhitening,
        network: AbstractFieldNetwork,
        sigma_min: float,
        sigma_max: float,
        *,
        base: AbstractScore | None = None,
        extrapolate: bool = True,
    ):
        check_fit(whitening, network, base)
        self.skip = FieldSkip(base, whitening)
        self.residual = FieldResidual(network, whitening, sigma_min, sigma_max)
        self.extrapolate = extrapolate

    @property
    def whitening(self) -> SpectralWhitening:
        """The whitening of the record."""
        return self.skip.whitening

    @property
    def base(self) -> AbstractScore | None:
        """The score that the network adds to; none for the Gaussian one."""
        return self.skip.base

    @property
    def network(self) -> AbstractFieldNetwork:
        """The network."""
        return self.residual.network

    @property
    def grid(self) -> tuple[int, ...]:
        """Shape of the grid."""
        return self.whitening.grid

    @property
    def levels(self) -> tuple[float, float]:
        """Smallest and largest noise level the network was trained at, in whitened units."""
        return self.residual.smallest, self.residual.largest

    @property
    def dimension(self) -> int:
        return math.prod(self.grid)

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        state = jnp.asarray(state, jnp.float64)
        whitened = self.whitening(state)
        smallest = self.residual.smallest
        rest = self.residual(whitened, jnp.asarray(smallest)).astype(jnp.float64)
        if self.extrapolate:
            coarser = self.residual(whitened, jnp.asarray(2.0 * smallest)).astype(jnp.float64)
            rest = (4.0 * rest - coarser) / 3.0
        if self.base is None:
            return self.whitening.to_score(rest - whitened)
        return self.base(state) + self.whitening.to_score(rest)

    def at_level(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        r"""The score of the noised record, $\tilde u = u + \sigma C^{1/2} n$.

        Args:
            noised: A state of the noised record, shape ``(d,)``, in the record's units.
            level: Noise level $\sigma$, in whitened units: 1 is as much noise as there is variability at every
                wavenumber.
        """
        whitened = self.whitening(jnp.asarray(noised, jnp.float64))
        rest = self.residual(whitened, level).astype(jnp.float64)
        return self.whitening.to_score(self.skip(whitened, jnp.asarray(level, jnp.float64)) + rest)

    def arrays(self) -> dict[str, np.ndarray]:
        base = {} if self.base is None else self.base.arrays()
        return {
            "mean": np.asarray(self.whitening.mean),
            "deviation": np.asarray(self.whitening.deviation),
            **parameters_to_arrays(self.network, "network."),
            **{f"base.{name}": array for name, array in base.items()},
        }

    def config(self) -> dict[str, Any]:
        return {
            "network": {"kind": self.network.kind, **self.network.config()},
            "sigma_min": self.residual.smallest,
            "sigma_max": self.residual.largest,
            "base": None if self.base is None else {"kind": self.base.kind, **self.base.config()},
            "extrapolate": self.extrapolate,
        }

    @classmethod
    def restore(cls, arrays: dict[str, np.ndarray], config: dict[str, Any]) -> "FieldNetworkScore":
        """The score whose ``arrays()`` and ``config()`` these are.

        Raises:
            ScoreError: The kind of network or of base is not known, or an array is missing or has another shape.
        """
        make, options = _kind(config["network"], _NETWORKS, "network")
        network: Any = make(**options, key=jax.random.key(0))
        try:
            network = parameters_from_arrays(network, arrays, "network.")
            mean, deviation = jnp.asarray(arrays["mean"]), jnp.asarray(arrays["deviation"])
        except (KeyError, ValueError) as error:
            raise ScoreError(
                f"the arrays of the field network score do not fit its configuration ({error})",
                "every array that the configuration implies is needed, in its shape",
                "fit the score again, or load an undamaged file",
            ) from error
        base = None
        if config["base"] is not None:
            kind, options = _kind(config["base"], _BASES, "base")
            own = {name.removeprefix("base."): array for name, array in arrays.items() if name.startswith("base.")}
            base = kind.restore(own, options)
        return cls(
            SpectralWhitening(mean, deviation, network.grid),
            network,
            float(config["sigma_min"]),
            float(config["sigma_max"]),
            base=base,
            extrapolate=bool(config["extrapolate"]),
        )


def check_fit(whitening: SpectralWhitening, network: AbstractFieldNetwork, base: AbstractScore | None) -> None:
    """Refuse a network or a base score that is not made for the grid of the whitening."""
    grid = whitening.grid
    if network.grid != grid or (network.inputs, network.outputs) != (2, 2):
        raise ScoreError(
            f"the network has {network.inputs} fields in and {network.outputs} out on the grid {network.grid}",
            f"a score on the grid {grid} needs one with 2 in and 2 out (white and coloured) on this grid",
            "make the network with inputs=2, outputs=2 and the grid of the record",
        )
    if base is not None and base.dimension != math.prod(grid):
        raise ScoreError(
            f"the base score is for {base.dimension} variables",
            f"the grid {grid} has {math.prod(grid)} points, and both must agree",
            "fit the base score to the same record",
        )


def _kind(config: dict[str, Any], known: dict[str, Any], role: str) -> tuple[Any, dict[str, Any]]:
    """The class that a configuration names, and the rest of the configuration."""
    options = dict(config)
    kind = options.pop("kind")
    if kind not in known:
        raise ScoreError(
            f"the score's {role} is of the kind {kind!r}",
            f"one of {', '.join(known)} is needed",
            "load the score with the version of fluctua that wrote it",
        )
    return known[kind], options
