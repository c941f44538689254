"""The Markov chain of Laplace noise, run backwards: jumps whose odds are read from the score."""

import math
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from fluctua.core import OptionError, register
from fluctua.noise import noise_law_text
from fluctua.sampling import AbstractLevelSampler, Level, Vector
from fluctua.scores.noised import AbstractNoisedScore

_CLOSEST = 0.75  # ratio of neighbouring levels in more than one dimension
_REACH = 30.0  # of the grid, in units of the upper level: a longer jump has the probability exp(-30)


@register(
    "sampler",
    "laplace-jumps",
    summary="Laplace noise; exact in one dimension",
    needs=("score",),
    # From the largest level to the smallest in a single step.
    examples=({"settings": {}, "laws": ("laplace",), "every": 80},),
)
class LaplaceJumpChain(AbstractLevelSampler):
    r"""The exact reverse chain of Laplace noise, from the score alone.

    Component by component, noise of scale $b_1$ becomes noise of scale $b_2 > b_1$ by a jump: none with probability
    $r^2$, $r = b_1 / b_2$, else one with the Laplace density $\ell_{b_2}$ of scale $b_2$ (``laplace_ancestral_step``
    says why). Backwards, by Bayes' rule, a state $y$ of level $b_2$ stays with the weight $r^2 q_{b_1}(y)$ and moves to
    $u$ with the weight $(1 - r^2)\, \ell_{b_2}(y - u)\, q_{b_1}(u)$. Both are needed up to a factor only, and

    $$ \ln \frac{q_{b_1}(u)}{q_{b_1}(y)} = \int_y^u s(z, b_1)\, dz $$

    is the line integral of the score along the component. It is taken by the trapezoidal rule over a grid of nodes
    around $y$, close together near $y$ and further apart away from it, and the weight between two nodes is an
    exponential, from which the new state is drawn.

    **In one dimension the step is exact for any ratio of levels**, up to this quadrature. In more, the components are
    drawn one after the other, each given the others as they are at that time (in an order that is random): of the first
    order in $1 - r$. Two modes 3.6 apart, of width 0.4, from level 2 to 0.2: the rarer one, a share of 0.25, is drawn
    with 0.36 for $r = 0.1$, 0.28 for 0.56 and 0.265 for 0.79, in 2 dimensions as in 6. Ratios below 0.75 are refused
    in more than one dimension.

    Valid for Laplace noise with independent components (generalised normal noise with ``beta=1``) only: other
    generalised normal laws with $1 < \beta \ne 2$ have no such chain, because the ratio of their characteristic
    functions at two levels is not one.

    The cost is one evaluation of the score per node and component.

    Attributes:
        nodes: Nodes of the grid, even.

    Raises:
        OptionError: Fewer than 16 nodes; levels in a ratio below 0.75 in more than one dimension.

    Example:
        >>> import jax
        >>> import numpy as np
        >>> from fluctua.noise import GeneralisedNormal
        >>> from fluctua.scores.noised import NoisedEmpirical
        >>> noised = NoisedEmpirical(GeneralisedNormal(1.0), np.zeros((1, 2)))
        >>> LaplaceJumpChain().step(noised, np.zeros(2), np.array(2.0), np.array(1.0), jax.random.key(0)).shape
        (2,)

    References:
        Dytso, Bustin, Poor and Shamai, *Analytical properties of generalized Gaussian distributions*, J. Stat. Distrib.
        Appl. 5, 6 (2018), for which laws have a chain; the reverse weights are our own calculation.
    """

    ends_at_zero: ClassVar[bool] = False

    nodes: int = 128

    def __check_init__(self) -> None:
        if self.nodes < 16:
            raise OptionError(f"{self.nodes} nodes were asked for", "at least 16 are needed", "use nodes=128")

    def check(self, noised: AbstractNoisedScore) -> None:
        product = noised.law.product_exponent(noised.dimension)
        if product is None or product[0] != 1.0:
            raise OptionError(
                f"LaplaceJumpChain was given a score under {noise_law_text(noised.law)} noise",
                "its jumps are those of Laplace noise, generalised-normal with beta=1 in the product form",
                "use ProbabilityFlow, which is valid for every law with a mean, or AnnealedLangevin",
            )

    def check_levels(self, levels: Float[np.ndarray, " levels"], dimension: int) -> None:
        ratios = levels[1:] / levels[:-1]
        wrong = np.flatnonzero(ratios < _CLOSEST * (1.0 - 1e-9))
        if dimension > 1 and len(wrong):
            place = int(wrong[0])
            least = math.ceil(math.log(levels[-1] / levels[0]) / math.log(_CLOSEST)) + 1
            raise OptionError(
                f"levels {place + 1} and {place + 2}, {levels[place]:.6g} and {levels[place + 1]:.6g}, have the ratio "
                f"{ratios[place]:.4g}, in {dimension} dimensions",
                f"ratios of at least {_CLOSEST:g} are needed there: components are drawn one after the other, with an "
                "error that grows with the step",
                f"use geometric_levels with {least} levels or more",
            )

    def step(
        self, noised: AbstractNoisedScore, state: Vector, level: Level, following: Level, key: PRNGKeyArray
    ) -> Vector:
        order_key, jump_key = jax.random.split(key)
        upper = jnp.asarray(level * noised.law.scale)
        still = 2.0 * jnp.log(following / level)
        offsets = jnp.asarray(_grid(self.nodes)) * upper
        # ln of the weight of a jump without the density at its end, (1 - r^2) exp(-|u - y| / b2) / (2 b2)
        jump = jnp.log(-jnp.expm1(still)) - jnp.abs(offsets) / upper - jnp.log(2.0 * upper)

        def component(current: Array, job: tuple[Array, PRNGKeyArray]) -> tuple[Array, None]:
            axis, subkey = job
            unit = jnp.zeros_like(current).at[axis].set(1.0)
            slope = jax.vmap(lambda offset: noised.score(current + offset * unit, following)[axis])(offsets)
            moved = _jump(subkey, offsets, jump + _line_integral(offsets, slope.astype(current.dtype)), still)
            return current + moved * unit, None

        size = len(state)
        axes = jax.random.permutation(order_key, size)
        final, _ = jax.lax.scan(component, jnp.asarray(state), (axes, jax.random.split(jump_key, size)))
        return final


def _grid(nodes: int) -> np.ndarray:
    """Places from ``-_REACH`` to ``_REACH``, among them 0; their distance grows from the middle in both directions."""
    half = max(nodes // 2, 8)
    positive = np.sinh(np.linspace(0.0, 1.0, half + 1)[1:] * math.asinh(_REACH))
    return np.concatenate([-positive[::-1], [0.0], positive])


def _line_integral(offsets: Array, slope: Array) -> Array:
    """The integral of the slope from offset 0, which is in the middle, to every offset."""
    pieces = (offsets[1:] - offsets[:-1]) * (slope[1:] + slope[:-1]) / 2
    total = jnp.concatenate([jnp.zeros(1), jnp.cumsum(pieces)])
    return total - total[len(offsets) // 2]


def _jump(key: PRNGKeyArray, offsets: Array, log_weight: Array, still: Array) -> Array:
    """Draw no jump, of log-weight ``still``, or a place from the density given at the nodes, log-linear between."""
    rise = log_weight[1:] - log_weight[:-1]
    # The integral of exp over a piece: the larger end times (1 - exp(-|rise|)) / |rise|.
    steep = jnp.maximum(jnp.abs(rise), 1e-12)
    peak = jnp.maximum(log_weight[1:], log_weight[:-1])
    pieces = jnp.log(offsets[1:] - offsets[:-1]) + peak + jnp.log(-jnp.expm1(-steep) / steep)
    choice_key, place_key = jax.random.split(key)
    choice = jax.random.categorical(choice_key, jnp.append(pieces, still))
    piece = jnp.minimum(choice, len(pieces) - 1)
    share = _place(jax.random.uniform(place_key), rise[piece])
    place = offsets[piece] + share * (offsets[piece + 1] - offsets[piece])
    return jnp.where(choice < len(pieces), place, 0.0)


def _place(uniform: Array, rise: Array) -> Array:
    """The quantile on (0, 1) of the density in proportion to exp(rise * place)."""
    steep = jnp.maximum(jnp.abs(rise), 1e-6)
    falling = -jnp.log1p(uniform * jnp.expm1(-steep)) / steep
    return jnp.where(rise > 0.0, 1.0 - falling, falling)
