r"""Systems of some variables: an Itô stochastic differential equation $dx = F(x)\,dt + \Sigma(x)\,dW$ on $R^d$."""

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, PRNGKeyArray

from ._base import AbstractSystem, Kick, Tendency


class AbstractVectorSystem(AbstractSystem):
    r"""An Itô stochastic differential equation $dx = F(x)\,dt + \Sigma(x)\,dW$, $x \in R^d$, $W \in R^m$.

    A new system is its names, ``drift``, ``diffusion`` and its default times; one whose variables each have a noise of
    their own is an ``AbstractDiagonalSystem``.

    Attributes:
        names: Names of the d state variables.
    """

    names: eqx.AbstractVar[tuple[str, ...]]

    @abc.abstractmethod
    def drift(self, x: Float[Array, " d"]) -> Float[Array, " d"]:
        """The Itô drift F(x), in state units per time unit."""

    @abc.abstractmethod
    def diffusion(self, x: Float[Array, " d"]) -> Float[Array, "d m"]:
        r"""The noise matrix $\Sigma(x)$, in state units per square root of the time unit."""

    def diffuse(self, x: Float[Array, " d"], increment: Float[Array, " m"]) -> Float[Array, " d"]:
        r"""$\Sigma(x)\,w$ for a noise increment w; overridden where it is cheaper than the product."""
        return self.diffusion(x) @ increment

    def initial_state(self, key: PRNGKeyArray | None = None) -> Float[Array, " d"]:
        return jnp.zeros(self.dimension)

    @property
    def noise_dimension(self) -> int:
        return jax.eval_shape(self.diffusion, jax.ShapeDtypeStruct(self.shape, jnp.float64)).shape[1]

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.names),)

    @property
    def variables(self) -> tuple[str, ...]:
        return self.names

    def pack(self, state: Float[Array, " d"]) -> Float[Array, " d"]:
        return state

    def unpack(self, values: Float[Array, " d"]) -> Float[Array, " d"]:
        return values

    def tendency(self) -> Tendency:
        return lambda x, hidden: self.drift(x)

    def kick(self, dt: ArrayLike) -> Kick:
        root = jnp.sqrt(dt)
        return lambda x, normal: self.diffuse(x, root * normal)


class AbstractDiagonalSystem(AbstractVectorSystem):
    r"""A system whose variables each have a noise of their own, $\Sigma = \mathrm{diag}(\sigma(x))$."""

    @abc.abstractmethod
    def amplitude(self, x: Float[Array, " d"]) -> Float[Array, "*d"]:
        r"""$\sigma(x)$, in state units per square root of the time unit: one for each variable, or one for all."""

    def diffusion(self, x: Float[Array, " d"]) -> Float[Array, "d m"]:
        return jnp.diag(jnp.broadcast_to(self.amplitude(x), x.shape))

    def diffuse(self, x: Float[Array, " d"], increment: Float[Array, " m"]) -> Float[Array, " d"]:
        return self.amplitude(x) * increment


def stratonovich_drift(system: AbstractVectorSystem, x: Float[Array, " d"]) -> Float[Array, " d"]:
    r"""The drift $F_i - \tfrac12 \sum_{jk} \Sigma_{kj} \partial_k \Sigma_{ij}$ of the Stratonovich form."""

    def carried(unit: Float[Array, " m"]) -> Float[Array, " d"]:
        return jax.jvp(lambda y: system.diffuse(y, unit), (x,), (system.diffuse(x, unit),))[1]

    units = jnp.eye(system.noise_dimension)
    return system.drift(x) - 0.5 * jnp.sum(jax.vmap(carried)(units), axis=0)
