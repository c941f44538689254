r"""What stands around the network of a homogeneous field, on top of the Gaussian score or of any other.

The mathematics is that of a few variables, with circulants in place of matrices. The record is
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

The weight of the squared error of the score is $1 + \sigma^2$ as in few dimensions. The smallest level must be
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

from ..core import ScoreError, named
from ..features import SpectralWhitening
from ..noise import AbstractNoiseLaw, Gaussian
from ._base import AbstractScore
from ._preconditioning import AbstractPreconditioning, Output


class FieldPreconditioning(AbstractPreconditioning):
    """The score of a field whitened by wavenumber, built on a base score, under standard Gaussian noise.

    Args:
        whitening: The whitening of the record, which colours two of the network's channels.
        base: The score that is built on, on flat fields in the units of the record; the Gaussian one by default.

    Raises:
        ScoreError: The base score is not made for the grid of the whitening.

    Example:
        >>> import jax.numpy as jnp
        >>> around = FieldPreconditioning(SpectralWhitening(jnp.zeros(()), jnp.ones(5), (8,)))
        >>> around.sizes()
        {'grid': [8], 'inputs': 2, 'outputs': 2}
    """

    outputs: ClassVar[int] = 1
    whitening: SpectralWhitening
    base: AbstractScore | None
    law: AbstractNoiseLaw
    spread: Float[Array, ""]
    blur_order: Float[Array, ""]
    unit: Float[Array, ""]
    dimension: int = eqx.field(static=True)
    frame: None = None
    gaussian: bool = eqx.field(static=True, default=True)

    def __init__(self, whitening: SpectralWhitening, base: AbstractScore | None = None):
        self.whitening, self.base, self.law = whitening, base, Gaussian()
        self.spread = self.unit = jnp.ones(())
        self.blur_order = jnp.asarray(2.0)
        self.dimension = math.prod(whitening.grid)
        if base is not None and base.dimension != self.dimension:
            raise ScoreError(
                f"the base score is for {base.dimension} variables",
                f"the grid {whitening.grid} has {self.dimension} points, and both must agree",
                "fit the base score to the same record",
            )

    def sizes(self) -> dict[str, Any]:
        return {"grid": list(self.whitening.grid), "inputs": 2, "outputs": 2}

    def features(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " inputs"]:
        standard = jax.lax.rsqrt(1.0 + jnp.asarray(level, jnp.float32) ** 2) * noised.astype(jnp.float32)
        return jnp.concatenate([standard, self.whitening.colour(standard)])

    def combine(self, output: Float[Array, " outputs"]) -> Float[Array, "1 d"]:
        white, coloured = output.reshape(2, -1)
        return (white + self.whitening.colour(coloured))[None]

    def parts(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> tuple[Output, ...]:
        scale = jax.lax.rsqrt(1.0 + jnp.asarray(level, noised.dtype) ** 2)
        standard = scale * noised
        skip = -scale * standard
        if self.base is not None:
            score = self.base(self.whitening.inverse(standard)).astype(noised.dtype)
            skip = skip + scale**4 * (self.whitening.from_score(score) + standard)
        return (Output(skip, scale**4, scale**6),)

    def arrays(self) -> dict[str, np.ndarray]:
        return {} if self.base is None else {f"base.{name}": array for name, array in self.base.arrays().items()}

    def config(self) -> dict[str, Any]:
        return {"base": None if self.base is None else {"kind": self.base.kind, **self.base.config()}}

    @classmethod
    def restore(
        cls, arrays: dict[str, np.ndarray], config: dict[str, Any], whitening: SpectralWhitening
    ) -> "FieldPreconditioning":
        """The preconditioning whose ``arrays()`` and ``config()`` these are.

        Raises:
            OptionError: The kind of the base is not known.
        """
        if config["base"] is None:
            return cls(whitening)
        options = dict(config["base"])
        family = named("score", options.pop("kind")).member
        own = {name.removeprefix("base."): array for name, array in arrays.items() if name.startswith("base.")}
        return cls(whitening, family.restore(own, options))
