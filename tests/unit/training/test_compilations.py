"""One compilation serves a family of laws: the parameters of a law, and what follows from them, are arrays."""

import math
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fluctua.networks import MultilayerPerceptron
from fluctua.noise import AbstractNoiseLaw, GeneralisedNormal, StudentT
from fluctua.scores import AbstractPreconditioning, WhitenedPreconditioning
from fluctua.scores.noised import Preconditioning
from fluctua.training import Denoising

STATES = np.random.default_rng(0).standard_normal((200, 2))


class _Scaled(AbstractNoiseLaw):
    """Gaussian noise whose scale is an array."""

    kind: ClassVar[str] = "scaled"
    scale: Any

    def __init__(self, scale: float):
        self.scale = jnp.asarray(scale)

    def _sample(self, key: Any, shape: tuple[int, ...], dtype: Any) -> jax.Array:
        return self.scale.astype(dtype) * jax.random.normal(key, shape, dtype)

    def _log_prob(self, noise: jax.Array) -> jax.Array:
        return -0.5 * jnp.sum((noise / self.scale) ** 2) - noise.size * jnp.log(self.scale * math.sqrt(2.0 * math.pi))

    def _score(self, noise: jax.Array) -> jax.Array:
        return -noise / self.scale.astype(noise.dtype) ** 2

    def _norm_quantile(self, probability: float, dimension: int) -> float:
        return float(self.scale) * math.sqrt(dimension)

    @property
    def moment_order(self) -> float:
        return math.inf

    def variance(self, dimension: int = 1) -> float:
        return float(self.scale) ** 2

    def fisher_information(self, dimension: int = 1) -> float:
        return 1.0 / float(self.scale) ** 2

    def rescaled(self, scale: float) -> "_Scaled":
        return _Scaled(scale)

    def config(self) -> dict[str, Any]:
        return {"scale": float(self.scale)}


def _around(kind: str, law: AbstractNoiseLaw) -> AbstractPreconditioning:
    if kind == "score":
        return WhitenedPreconditioning(law, 2)
    return Preconditioning.fit(STATES, law, "light" if math.isinf(law.moment_order) else "heavy")


@pytest.mark.parametrize("kind", ["score", "score and posterior mean"])
@pytest.mark.parametrize(
    "laws",
    [(_Scaled(1.0), _Scaled(0.5)), (GeneralisedNormal(1.5), GeneralisedNormal(1.2)), (StudentT(3.0), StudentT(4.0))],
    ids=["scaled", "generalised normal", "Student"],
)
def test_two_laws_of_a_family_compile_once(kind: str, laws: tuple[AbstractNoiseLaw, AbstractNoiseLaw]) -> None:
    if not all(map(eqx.is_array, jax.tree.leaves(laws[0]))) or not jax.tree.leaves(laws[0]):
        pytest.skip("the parameters of this law are not arrays")
    traces = []

    @eqx.filter_jit
    def slope(objective: Denoising, network: MultilayerPerceptron, state: jax.Array, noise: jax.Array) -> Any:
        traces.append(1)
        return eqx.filter_grad(lambda n: objective(n, state, noise, jnp.asarray(0.3, jnp.float32)))(network)

    state = jnp.ones(2, jnp.float32)
    found = []
    for law in laws:
        around = _around(kind, law)
        network = MultilayerPerceptron(**around.sizes(), width=4, depth=1, key=jax.random.key(0))
        noise = law.sample(jax.random.key(1), (2,), "float32")
        found.append(slope(Denoising(around, 0.1, 10.0), network, state, noise))
    assert len(traces) == 1
    assert not bool(eqx.tree_equal(*found))
