"""Score and posterior mean of a noised record, both learned by one network."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ...core import ScoreError, unknown_choice
from ...networks import AbstractNetwork, MultilayerPerceptron, parameters_from_arrays, parameters_to_arrays
from ...noise import AbstractNoiseLaw, restore_noise_law
from .._network import level_condition
from ._base import AbstractNoisedScore
from ._preconditioning import Preconditioning

_NETWORKS = {MultilayerPerceptron.kind: MultilayerPerceptron}
_ARRAYS = ("centre", "unit", "basis", "spectrum")


class NoisedNetworkScore(AbstractNoisedScore):
    r"""Score $s(y, \sigma)$ and posterior mean $D(y, \sigma)$ of $y = x + \sigma n$, learned from states $x$.

    One network has two heads, because what each says of the other holds for Gaussian noise only. An untrained one gives
    the best linear predictions, $s = -(C + \sigma^2 v)^{-1} (y - m)$ and $D = m + C (C + \sigma^2 v)^{-1} (y - m)$ with
    mean $m$ and covariance $C$ of the states and the variance $v$ of the noise (for heavy tails, similar functions that
    stay sensible far out). ``fluctua.training.fit_noised_score`` trains it. Levels and states are in the units of the
    record; beyond the levels that it was trained at, the network's condition stays where it is.

    The network works in float32, everything around it, input and output in float64.

    Args:
        preconditioning: What is around the network, with the noise law.
        network: Reads the features and a condition between -1 and 1, gives both heads, length ``2 d``.
        smallest: Smallest noise level it was trained at, in units of ``preconditioning.unit``.
        largest: Largest one.

    Raises:
        ScoreError: The network does not fit the number of variables.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> import numpy as np
        >>> from fluctua.noise import Gaussian
        >>> states = np.random.default_rng(0).standard_normal((500, 2))
        >>> surroundings = Preconditioning.fit(states, Gaussian(), "light")
        >>> network = MultilayerPerceptron(2, 4, key=jax.random.key(0))
        >>> noised = NoisedNetworkScore(surroundings, network, 0.1, 10.0)
        >>> noised.posterior_mean(states[0], jnp.asarray(1.0)).shape
        (2,)

    References:
        Deasy, Simidjievski and Lio, *Heavy-tailed denoising score matching*, arXiv 2112.09788 (2021), for the score.
        Karras, Aittala, Aila and Laine, *Elucidating the design space of diffusion-based generative models* (2022),
        table 1, for the form of the posterior mean.
    """

    kind: ClassVar[str] = "noised_network"
    preconditioning: Preconditioning
    network: AbstractNetwork
    smallest: float = eqx.field(static=True)
    largest: float = eqx.field(static=True)
    law: AbstractNoiseLaw

    def __init__(self, preconditioning: Preconditioning, network: AbstractNetwork, smallest: float, largest: float):
        sizes = network.config()
        wanted = {"inputs": preconditioning.inputs, "outputs": 2 * len(preconditioning.spectrum)}
        if any(sizes.get(name, size) != size for name, size in wanted.items()):
            raise ScoreError(
                f"the network reads {sizes['inputs']} numbers and gives {sizes['outputs']}",
                f"{wanted['inputs']} and {wanted['outputs']} are needed for {len(preconditioning.spectrum)} variables "
                f"with {preconditioning.tails} tails",
                "build the network with these sizes",
            )
        self.preconditioning = preconditioning
        self.network = network
        self.smallest = smallest
        self.largest = largest
        self.law = preconditioning.law

    @property
    def dimension(self) -> int:
        return len(self.preconditioning.spectrum)

    @property
    def levels(self) -> tuple[float, float]:
        """Smallest and largest noise level the network was trained at, in the units of the record."""
        unit = float(self.preconditioning.unit)
        return self.smallest * unit, self.largest * unit

    def score(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        around = self.preconditioning
        standard, relative = self._standard(noised, level)
        skip, factor = around.score_parts(standard, relative)
        head = self._heads(standard, relative)[0]
        return around.basis @ (skip + factor * head) / around.unit

    def posterior_mean(self, noised: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
        around = self.preconditioning
        standard, relative = self._standard(noised, level)
        skip, factor = around.mean_parts(standard, relative)
        head = self._heads(standard, relative)[1]
        return around.centre + around.unit * (around.basis @ (skip + factor * head))

    def arrays(self) -> dict[str, np.ndarray]:
        """Every array, by name."""
        around = {name: np.asarray(getattr(self.preconditioning, name)) for name in _ARRAYS}
        return {**around, **parameters_to_arrays(self.network, "network.")}

    def config(self) -> dict[str, Any]:
        """Everything else, as values that JSON can hold."""
        return {
            "network": {"kind": self.network.kind, **self.network.config()},
            "noise": {"kind": self.law.kind, **self.law.config()},
            "tails": self.preconditioning.tails,
            "sigma_min": self.smallest,
            "sigma_max": self.largest,
        }

    @classmethod
    def restore(cls, arrays: dict[str, np.ndarray], config: dict[str, Any]) -> "NoisedNetworkScore":
        """The noised score whose ``arrays()`` and ``config()`` these are.

        Raises:
            OptionError: The kind of network or of noise is not known.
            ScoreError: An array is missing or has another shape.
        """
        options = dict(config["network"])
        kind = options.pop("kind")
        if kind not in _NETWORKS:
            raise unknown_choice("network", kind, tuple(_NETWORKS))
        try:
            network = parameters_from_arrays(_NETWORKS[kind](**options, key=jax.random.key(0)), arrays, "network.")
            law = restore_noise_law(config["noise"])
            around = Preconditioning(law, config["tails"], *(arrays[name] for name in _ARRAYS))
        except (KeyError, ValueError) as error:
            raise ScoreError(
                f"the arrays of the noised score do not fit its configuration ({error})",
                "every array that the configuration implies is needed, in its shape",
                "fit the score again, or load an undamaged file",
            ) from error
        return cls(around, network, float(config["sigma_min"]), float(config["sigma_max"]))

    def _standard(
        self, noised: Float[Array, " d"], level: Float[Array, ""]
    ) -> tuple[Float[Array, " d"], Float[Array, ""]]:
        """State and level in standard coordinates, float64."""
        around = self.preconditioning
        standard = around.standard(jnp.asarray(noised, jnp.float64))
        return standard, jnp.asarray(level, jnp.float64) / around.unit

    def _heads(self, standard: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, "2 d"]:
        """What the network says of both heads."""
        features = self.preconditioning.features(standard, level).astype(jnp.float32)
        condition = level_condition(level.astype(jnp.float32), self.smallest, self.largest)
        return self.network(features, condition).reshape(2, -1)
