r"""What stands around a network of two outputs, the score of noised states and the mean of the states given them.

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
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import scipy.linalg
from jaxtyping import Array, Float

from ...core import DataError, OptionError
from ...features import Tails, Whitening, median_and_deviation, moments
from ...networks import compressed
from ...noise import AbstractNoiseLaw, restore_noise_law
from .._preconditioning import AbstractPreconditioning, Output, is_gaussian, noise_spread

_SMALLEST_SPECTRUM = 1e-6
"""Variances of coordinates are floored here, in units of the mean one: constant coordinates are kept."""


class Preconditioning(AbstractPreconditioning):
    r"""Standard coordinates of a record and the coefficients of both outputs; this module documents them.

    Args:
        law: The noise law, in the units of the record.
        tails: ``"light"`` or ``"heavy"``.
        frame: The standard coordinates, a rotation with a shift and a unit (``Whitening.rotated``).
        unit: Their unit, in the units of the record.
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
        >>> around.frame(jnp.array([5.0])).tolist(), float(around.unit)
        ([1.0], 1.0)
    """

    outputs: ClassVar[int] = 2
    law: AbstractNoiseLaw
    frame: Whitening
    unit: Float[Array, ""]
    spectrum: Float[Array, " d"]
    spread: Float[Array, ""]
    information: Float[Array, ""]
    blur_order: Float[Array, ""]
    tails: Tails = eqx.field(static=True)
    gaussian: bool = eqx.field(static=True)
    base: None = None

    def __init__(self, law: AbstractNoiseLaw, tails: Tails, frame: Whitening, unit: Any, spectrum: Any):
        dimension = len(spectrum)
        self.law, self.tails, self.frame = law, tails, frame
        self.gaussian = is_gaussian(law, dimension)
        self.unit, self.spectrum = jnp.asarray(unit, jnp.float64), jnp.asarray(spectrum, jnp.float64)
        variance = law.variance(dimension)
        if tails == "light" and not math.isfinite(variance):
            raise OptionError(
                f"tails='light' was asked for under {law.kind} noise, which has no variance",
                "the coefficients for light tails are made of the variance of the noise",
                "use tails='heavy', or a law with a variance",
            )
        spread = variance if tails == "light" else noise_spread(law, dimension)
        self.spread = jnp.asarray(spread, jnp.float64)
        self.information = jnp.asarray(law.fisher_information(dimension), jnp.float64)
        self.blur_order = jnp.asarray(min(2.0, float(law.moment_order)), jnp.float64)

    @classmethod
    def fit(cls, states: Float[np.ndarray, "n d"], law: AbstractNoiseLaw, tails: Tails) -> "Preconditioning":
        """The preconditioning of a record.

        Raises:
            DataError: The states are all the same, or most of them are and the tails are heavy.
            OptionError: The tails are light and the law has no variance.
        """
        if tails == "light":
            centre, covariance = moments(states)
        else:
            centre, deviation = median_and_deviation(states)
            covariance = np.diag(deviation**2)
        total = float(np.trace(covariance))
        if not total > 0.0:
            light = tails == "light"
            raise DataError(
                f"{'all' if light else 'more than half of the'} {len(states)} states are the same",
                "a noised score is learned where the states vary",
                "check the record" + ("" if light else ", or use tails='light'"),
            )
        unit = math.sqrt(total / states.shape[1])
        spectrum, basis = np.diag(covariance) / unit**2, np.eye(states.shape[1])
        if tails == "light":
            spectrum, basis = scipy.linalg.eigh(covariance / unit**2)
        return cls(law, tails, Whitening.rotated(centre, unit, basis), unit, np.maximum(spectrum, _SMALLEST_SPECTRUM))

    @property
    def dimension(self) -> int:
        return len(self.spectrum)

    def sizes(self) -> dict[str, Any]:
        return {"inputs": self.dimension * (1 if self.tails == "light" else 2), "outputs": 2 * self.dimension}

    def features(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " inputs"]:
        _, _, standard, radial = self._scales(noised, level)
        if self.tails == "heavy":
            standard = jnp.concatenate([compressed(standard), standard / radial])
        return standard.astype(jnp.float32)

    def combine(self, output: Float[Array, " outputs"]) -> Float[Array, "2 d"]:
        return output.reshape(2, -1)

    def parts(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> tuple[Output, ...]:
        dtype = noised.dtype
        spectrum, total, _, radial = self._scales(noised, level)
        spread, information, level = (jnp.asarray(value, dtype) for value in (self.spread, self.information, level))
        one = jnp.ones((), dtype)
        mean_factor = level * jnp.sqrt(spread * spectrum / total)
        if self.tails == "light":
            # Cramér and Rao: never negative but for rounding, and exactly zero for Gaussian noise.
            excess = jnp.maximum(self.spread * self.information - 1.0, 0.0).astype(dtype)
            score_factor = jnp.sqrt((information * spectrum + excess * level**2) / total) / level
        else:
            score_factor = jnp.broadcast_to(jnp.sqrt(information) / level, noised.shape)
            mean_factor = mean_factor * radial
        score = Output(-noised / (total * radial**2), score_factor, one)
        return score, Output(noised * (spectrum / total), mean_factor, one)

    def arrays(self) -> dict[str, np.ndarray]:
        frame = {"centre": self.frame.mean, "axes": self.frame.matrix, "unit": self.unit, "spectrum": self.spectrum}
        return {name: np.asarray(value) for name, value in frame.items()}

    def config(self) -> dict[str, Any]:
        return {"noise": {"kind": self.law.kind, **self.law.config()}, "tails": self.tails}

    @classmethod
    def restore(cls, arrays: dict[str, np.ndarray], config: dict[str, Any]) -> "Preconditioning":
        """The preconditioning whose ``arrays()`` and ``config()`` these are.

        Raises:
            OptionError: The kind of noise is not known.
            KeyError: An array is missing.
        """
        centre, unit = arrays["centre"], arrays["unit"]
        if "basis" in arrays:  # written by version 0.1
            frame = Whitening.rotated(centre, float(unit), arrays["basis"])
        else:
            frame = Whitening(jnp.asarray(centre), jnp.asarray(arrays["axes"]))
        return cls(restore_noise_law(config["noise"]), config["tails"], frame, unit, arrays["spectrum"])

    def _scales(
        self, noised: Float[Array, " d"], level: Float[Array, ""]
    ) -> tuple[Float[Array, " d"], Float[Array, " d"], Float[Array, " d"], Float[Array, ""]]:
        r"""$\lambda$, $\lambda + \sigma^2 v$, the state in units of its root, and the radial factor, in the state's
        precision."""
        dtype = noised.dtype
        spectrum = self.spectrum.astype(dtype)
        total = spectrum + self.spread.astype(dtype) * jnp.asarray(level, dtype) ** 2
        standard = noised / jnp.sqrt(total)
        radial = jnp.ones((), dtype) if self.tails == "light" else jnp.sqrt(1.0 + jnp.mean(noised**2 / total))
        return spectrum, total, standard, radial
