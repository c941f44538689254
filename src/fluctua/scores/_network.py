r"""A score learned by a network: that of a record of few variables, or of a homogeneous field.

In coordinates $z$ in which the noise is isotropic, whitened ones by a matrix or by wavenumber, a ``Denoiser`` knows the
score $s_z(\tilde z, \sigma)$ of the noised record at every level that it was trained at; with $z = W (x - m)$ the score
of the record is $s(x) = W^T s_z$. The formulas stand where they are computed: skip, scale and weight in
``fluctua.scores._preconditioning`` (few variables), ``_field_preconditioning`` (fields) and
``noised._preconditioning`` (score and posterior mean), the levels and level zero in ``noised._denoiser``, what training
minimises in ``fluctua.training``.
"""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..core import ScoreError, register
from ..features import AbstractCoordinates, SpectralWhitening, Whitening
from ..networks import make_network, parameters_from_arrays, parameters_to_arrays
from ..noise import AbstractNoiseLaw
from ._base import AbstractScore
from ._field_preconditioning import FieldPreconditioning
from ._preconditioning import WhitenedPreconditioning
from .noised._denoiser import Denoiser
from .noised._preconditioning import Preconditioning


# The last two names are those of the files of version 0.1, whose arrays and options are the same.
@register("score", "network", summary="a network trained by denoising, with sharp or rare features", cites=("network",))
@register("score", "field-network", summary="a network of a homogeneous field", cites=("network",), earlier=True)
@register("score", "noised", summary="a network of score and posterior mean", cites=("network",), earlier=True)
class NetworkScore(AbstractScore):
    r"""The score of a record from a denoiser in whitened coordinates, $s(x) = W^T s_z(W (x - m), 0)$.

    The network works in float32, everything around it, input and output in float64. For few to some tens of variables
    with many states, or for a homogeneous periodic field, of which nothing of size ``d x d`` is formed; for fewer
    states a dictionary is more economical. One evaluation takes two passes through the network, or one without
    extrapolation.

    Args:
        whitening: The coordinates, $m$ and $W$.
        denoiser: The score of the noised record in them.
        extrapolate: Whether what the network adds is extrapolated to level zero from the levels $\sigma_0$ and
            $2 \sigma_0$ instead of being taken at $\sigma_0$. Takes a tenth to a third off the squared error of a
            well-trained network, at twice the cost. Not for a denoiser with two outputs, whose score is that of the
            smallest level.

    Raises:
        ScoreError: The two are for different numbers of variables.

    Example:
        >>> import jax
        >>> import numpy as np
        >>> from fluctua.networks import MultilayerPerceptron
        >>> whitening = Whitening.of(np.zeros(2), np.diag([4.0, 1.0]))
        >>> network = MultilayerPerceptron(2, 2, key=jax.random.key(0))
        >>> around = WhitenedPreconditioning(dimension=2)
        >>> score = NetworkScore(whitening, Denoiser(network, around, 0.1, 10.0))
        >>> score(np.array([2.0, 3.0])).tolist()  # an untrained network leaves the Gaussian score as it is
        [-0.5, -3.0]
    """

    kind: ClassVar[str] = "network"
    whitening: AbstractCoordinates
    denoiser: Denoiser
    extrapolate: bool = eqx.field(static=True, default=True)

    def __check_init__(self) -> None:
        arrays = self.whitening.arrays()
        variables = arrays["mean"].size if "whitening" in arrays else self.denoiser.dimension
        if variables != self.denoiser.dimension:
            raise ScoreError(
                f"the denoiser is for {self.denoiser.dimension} variables and the whitening for {variables}",
                "both must be for the same variables",
                "fit the score again",
            )

    @property
    def law(self) -> AbstractNoiseLaw:
        """The law of the noise that the network was trained with, in whitened coordinates."""
        return self.denoiser.law

    @property
    def levels(self) -> tuple[float, float]:
        """Smallest and largest noise level the network was trained at, in whitened units."""
        return self.denoiser.levels

    @property
    def dimension(self) -> int:
        return self.denoiser.dimension

    def __call__(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        state = jnp.asarray(state, jnp.float64)
        whitened = self.whitening(state)
        base = self.denoiser.preconditioning.base
        if base is None:
            return self.whitening.to_score(self.denoiser.without_noise(whitened, extrapolate=self.extrapolate))
        return base(state) + self.whitening.to_score(self.denoiser.added(whitened, extrapolate=self.extrapolate))

    def at_level(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        r"""The score of the noised record, $W^T s_z(\tilde z, \sigma)$.

        Args:
            noised: A state of the noised record, $\tilde x = x + \sigma W^{-1} n$, shape ``(d,)``, in the
                record's units.
            level: Noise level $\sigma$, in whitened units: 1 is as much noise as there is variability (of a field, at
                every wavenumber), for a law of unit variance.
        """
        whitened = self.whitening(jnp.asarray(noised, jnp.float64))
        return self.whitening.to_score(self.denoiser.score(whitened, level))

    def arrays(self) -> dict[str, np.ndarray]:
        return {
            **self.whitening.arrays(),
            **self.denoiser.preconditioning.arrays(),
            **parameters_to_arrays(self.denoiser.network, "network."),
        }

    def config(self) -> dict[str, Any]:
        return {
            "network": {"kind": self.denoiser.network.kind, **self.denoiser.network.config()},
            "sigma_min": self.denoiser.smallest,
            "sigma_max": self.denoiser.largest,
            "extrapolate": self.extrapolate,
            **self.denoiser.preconditioning.config(),
        }

    @classmethod
    def restore(cls, arrays: dict[str, np.ndarray], config: dict[str, Any]) -> "NetworkScore":
        """The score whose ``arrays()`` and ``config()`` these are.

        Raises:
            OptionError: The kind of network, of noise or of base is not known.
            ScoreError: An array is missing or has another shape.
        """
        options = dict(config["network"])
        network: Any = make_network(options.pop("kind"), options, jax.random.key(0))
        try:
            network = parameters_from_arrays(network, arrays, "network.")
            if "base" in config:
                whitening = SpectralWhitening.restore(arrays, network.grid)
                around = FieldPreconditioning.restore(arrays, config, whitening)
            else:
                whitening = Whitening.restore(arrays)
                kind = Preconditioning if "tails" in config else WhitenedPreconditioning
                around = kind.restore(arrays, config)
        except (KeyError, ValueError) as error:
            raise ScoreError(
                f"the arrays of the network score do not fit its configuration ({error})",
                "every array that the configuration implies is needed, in its shape",
                "fit the score again, or load an undamaged file",
            ) from error
        denoiser = Denoiser(network, around, float(config["sigma_min"]), float(config["sigma_max"]))
        return cls(whitening, denoiser, extrapolate=bool(config.get("extrapolate", False)))
