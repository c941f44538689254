r"""What a network of two heads is wrapped in, so that it learns quantities of order one at every noise level.

A record $x$ is noised as $y = x + \sigma n$, with $n$ of a law whose components have the variance $v$ and the Fisher
information $I = E \psi_j^2$, $\psi = \nabla \ln q$. Two regressions on $y$ are wanted, the score of the noised record,
$s = E[\psi(n) / \sigma \mid y]$, and the posterior mean $D = E[x \mid y]$. In coordinates in which the record has mean
zero and a diagonal covariance with entries $\lambda$ (principal axes, in units of the mean deviation: a rotation and
one common factor, which leave $y = x + \sigma n$ as it is), the network $F = (F_s, F_D)$ gives, in each coordinate,

$$ s = -\frac{y}{\lambda + \sigma^2 v} + \tau(\sigma) F_s, \qquad
   D = \frac{\lambda}{\lambda + \sigma^2 v}\, y + c(\sigma) F_D. $$

**Light tails.** The first terms are the best linear predictions, since $E[\psi n^T] = -1$ for every law. What they
leave of the targets has the variances

$$ \tau^2 = \frac{I}{\sigma^2} - \frac{1}{\lambda + \sigma^2 v}
          = \frac{I \lambda + \sigma^2 (v I - 1)}{\sigma^2 (\lambda + \sigma^2 v)}, \qquad
   c^2 = \frac{\sigma^2 v\, \lambda}{\lambda + \sigma^2 v}, $$

so that both targets of $F$ have the variance one, at every level and in every direction; for Gaussian noise these
are the coefficients of Karras et al. Read at $y / \sqrt{\lambda + \sigma^2 v}$, the inputs have it too. A record
of any linear system under Gaussian noise is treated exactly by an untrained network.

**Heavy tails.** Where record or noise have power-law tails, variances are infinite or say nothing of the bulk. Median
and median absolute deviation take the place of mean and deviation, coordinate by coordinate without a rotation, and
``noise_spread`` that of $v$. With $u = y / \sqrt{\lambda + \sigma^2 v}$ and the radial factor
$\rho = \sqrt{1 + |u|^2 / d}$, the network reads $\mathrm{arsinh}\, u$ and the bounded $u / \rho$, and

$$ s = -\frac{y}{(\lambda + \sigma^2 v)\, \rho^2} + \frac{\sqrt I}{\sigma} F_s, \qquad
   D = \frac{\lambda}{\lambda + \sigma^2 v}\, y + c(\sigma)\, \rho\, F_D. $$

The score of a power law falls like $1 / |y|$, as its first term does; the posterior mean may grow like $|y|$, which is
what $\rho$ is for: for stable data under stable noise of the same index $D$ is a multiple of $y$. The squared error of
$F_D$ weights that of $D$ with $1 / \rho^2$. **A weight that depends on $y$ and $\sigma$ alone does not move the
minimiser**, which is still $E[x \mid y]$, and it makes the loss finite although $E |x|^2$ is not: for tails
$|x|^{-\alpha - d}$ of both record and noise, it is where $2 \alpha + d > 2$. A robust loss, the usual remedy, estimates
a conditional median instead.

References:
    Karras, Aittala, Aila and Laine, *Elucidating the design space of diffusion-based generative models* (2022), table 1
    and appendix B.6.
    Shariatian, Simsekli and Durmus, *Denoising Lévy probabilistic models* (2025), for a robust loss.
"""

import math
from typing import Any, Literal

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import scipy.linalg
from jaxtyping import Array, Float

from ...core import DataError, OptionError
from ...networks import compressed
from ...noise import AbstractNoiseLaw
from .._gaussian_skip import noise_spread

Tails = Literal["light", "heavy"]

_SMALLEST_SPECTRUM = 1e-6
"""Variances of coordinates are floored here, in units of the mean one: constant coordinates are kept."""


class Preconditioning(eqx.Module):
    r"""Standard coordinates of a record and the coefficients of both heads; the documentation of this module has them.

    Args:
        law: The noise law, in the units of the record.
        tails: ``"light"`` or ``"heavy"``.
        centre: Mean or median of the record, shape ``(d,)``.
        unit: The length that levels are measured in, in the units of the record.
        basis: Orthogonal matrix whose columns are the axes, shape ``(d, d)``.
        spectrum: $\lambda$, shape ``(d,)``.

    Attributes:
        spread: $v$.
        information: $I$.

    Raises:
        OptionError: The tails are light and the law has no variance.

    Example:
        >>> import jax.numpy as jnp
        >>> import numpy as np
        >>> from fluctua.noise import Gaussian
        >>> states = np.array([[3.0], [5.0]])
        >>> around = Preconditioning.fit(states, Gaussian(), "light")
        >>> around.standard(jnp.array([5.0])).tolist(), float(around.unit)
        ([1.0], 1.0)

    References:
        Karras, Aittala, Aila and Laine, *Elucidating the design space of diffusion-based generative models* (2022),
        table 1.
    """

    law: AbstractNoiseLaw
    tails: Tails = eqx.field(static=True)
    centre: Float[Array, " d"]
    unit: Float[Array, ""]
    basis: Float[Array, "d d"]
    spectrum: Float[Array, " d"]
    spread: float = eqx.field(static=True)
    information: float = eqx.field(static=True)

    def __init__(self, law: AbstractNoiseLaw, tails: Tails, centre: Any, unit: Any, basis: Any, spectrum: Any):
        dimension = len(centre)
        self.law = law
        self.tails = tails
        self.centre = jnp.asarray(centre)
        self.unit = jnp.asarray(unit)
        self.basis = jnp.asarray(basis)
        self.spectrum = jnp.asarray(spectrum)
        variance = law.variance(dimension)
        self.spread = variance if tails == "light" else noise_spread(law, dimension)
        self.information = law.fisher_information(dimension)
        if tails == "light" and not math.isfinite(variance):
            raise OptionError(
                f"tails='light' was asked for under {law.kind} noise, which has no variance",
                "the coefficients for light tails are made of the variance of the noise",
                "use tails='heavy', or a law with a variance",
            )

    @classmethod
    def fit(cls, states: Float[np.ndarray, "n d"], law: AbstractNoiseLaw, tails: Tails) -> "Preconditioning":
        """The preconditioning of a record.

        Raises:
            DataError: The states are all the same, or most of them are and the tails are heavy.
            OptionError: The tails are light and the law has no variance.
        """
        if tails == "light":
            centre, basis = states.mean(axis=0), None
            centred = states - centre
            covariance = centred.T @ centred / len(states)
            total = float(np.trace(covariance))
        else:
            centre, basis = np.median(states, axis=0), np.eye(states.shape[1])
            # 1.4826 makes it the deviation of Gaussian states.
            variances = (1.4826 * np.median(np.abs(states - centre), axis=0)) ** 2
            total = float(variances.sum())
        if not total > 0.0:
            light = tails == "light"
            raise DataError(
                f"{'all' if light else 'more than half of the'} {len(states)} states are the same",
                "a noised score is learned where the states vary",
                "check the record" + ("" if light else ", or use tails='light'"),
            )
        unit = math.sqrt(total / states.shape[1])
        if basis is None:
            spectrum, basis = scipy.linalg.eigh(covariance / unit**2)
        else:
            spectrum = variances / unit**2
        return cls(law, tails, centre, unit, basis, np.maximum(spectrum, _SMALLEST_SPECTRUM))

    @property
    def inputs(self) -> int:
        """Length of the vectors that the network reads."""
        return len(self.spectrum) * (1 if self.tails == "light" else 2)

    def standard(self, states: Float[Array, " d"]) -> Float[Array, " d"]:
        """Standard coordinates of one state."""
        return self.basis.T @ (states - self.centre) / self.unit

    def features(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " inputs"]:
        """What the network reads, from noised standard coordinates and a level in units of ``unit``."""
        standard = noised / jnp.sqrt(self._total(noised, level))
        if self.tails == "light":
            return standard
        return jnp.concatenate([compressed(standard), standard / self._radial(noised, level)])

    def score_parts(
        self, noised: Float[Array, " d"], level: Float[Array, ""]
    ) -> tuple[Float[Array, " d"], Float[Array, " d"]]:
        """What the score is built on, and the factor of the network."""
        total = self._total(noised, level)
        if self.tails == "light":
            # Cramér and Rao: never negative but for rounding, and exactly zero for Gaussian noise.
            excess = max(self.spread * self.information - 1.0, 0.0)
            gain = self.information * self.spectrum.astype(noised.dtype) + excess * level**2
            return -noised / total, jnp.sqrt(gain / total) / level
        factor = jnp.broadcast_to(math.sqrt(self.information) / level, noised.shape)
        return -noised / (total * self._radial(noised, level) ** 2), factor

    def mean_parts(
        self, noised: Float[Array, " d"], level: Float[Array, ""]
    ) -> tuple[Float[Array, " d"], Float[Array, " d"]]:
        """What the posterior mean is built on, and the factor of the network."""
        spectrum, total = self.spectrum.astype(noised.dtype), self._total(noised, level)
        factor = level * jnp.sqrt(self.spread * spectrum / total)
        if self.tails == "heavy":
            factor = factor * self._radial(noised, level)
        return noised * (spectrum / total), factor

    def _total(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        return self.spectrum.astype(noised.dtype) + self.spread * level**2

    def _radial(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, ""]:
        return jnp.sqrt(1.0 + jnp.mean(noised**2 / self._total(noised, level)))
