"""Both ends of sampling: states to start from, and what takes the last noise away."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PRNGKeyArray

from ..core import OptionError, member_keys, named_key
from ..noise import AbstractNoiseLaw, noise_law_text
from ..scores.noised import AbstractNoisedScore
from ._batches import in_batches

_BATCH = 4096


def noised_states(
    states: ArrayLike, level: float, law: AbstractNoiseLaw, key: PRNGKeyArray
) -> Float[np.ndarray, "n d"]:
    r"""States of a record with noise of one level added, $y = x + \sigma n$: where samplers start.

    Started from these, a sampler starts from its target at the first level. Started from pure noise (``states`` all
    zero) it starts from a density that lacks the record: at level $\sigma$ its mean is off by that of the record, and
    its variance too small by the share $\mathrm{var}(x) / \sigma^2$. Samplers carry that *prior bias* to the end. For
    two modes 10:1 at distance 14, where the smaller one has 9.1 %, a flow from pure Gaussian noise at level 20 ends
    with 14.0 % there, or 8.6 % with the noise around the mean of the record; at level 60 with 10.6 % or 9.0 %. A
    larger first level makes it small, more levels do not.

    Args:
        states: States of the record, shape ``(n, d)``; draw rows with replacement for another number of them.
        level: Noise level, positive, in the units of the record.
        law: The noise law.
        key: Random key; the noise of state k depends on the key and k alone.

    Returns:
        The noised states, shape ``(n, d)``.

    Raises:
        OptionError: States that are not a table, or a level that is not positive.

    Example:
        >>> import jax
        >>> import numpy as np
        >>> from fluctua.noise import Gaussian
        >>> noised_states(np.zeros((5, 2)), 10.0, Gaussian(), jax.random.key(0)).shape
        (5, 2)
    """
    clean = state_table(states)
    _check_level(level)
    size = clean.shape[1]
    keys = member_keys(named_key(key, "noised states"), len(clean))
    noise = jax.vmap(lambda one: law.sample(one, (size,)))(keys)
    return clean + level * np.asarray(noise, np.float64)


def posterior_mean_step(
    noised: AbstractNoisedScore, states: ArrayLike, level: float, *, batch: int = _BATCH
) -> Float[np.ndarray, "n d"]:
    r"""The last step of sampling, to the mean of the clean state, $x = D(y, \sigma) = E[x \mid y]$.

    Valid for every noise law whose posterior has a mean. It takes noise away to the first order in the level, and
    leaves the states with less variance than the record by the mean posterior variance, which is below
    $\sigma^2 \mathrm{var}(n)$.

    Args:
        noised: The posterior mean of the noised states.
        states: Noised states, shape ``(n, d)``.
        level: Their noise level, positive.
        batch: States treated together; fewer need less memory.

    Returns:
        The means, shape ``(n, d)``.

    Raises:
        OptionError: States of another shape, or a level that is not positive or that the score was not trained at.

    Example:
        >>> import numpy as np
        >>> from fluctua.noise import Gaussian
        >>> from fluctua.scores.noised import NoisedEmpirical
        >>> coin = NoisedEmpirical(Gaussian(), np.array([[-1.0], [1.0]]))
        >>> posterior_mean_step(coin, np.array([[0.5]]), 1.0).round(6).tolist()  # tanh(1/2)
        [[0.462117]]

    References:
        Deasy, Simidjievski and Lio, *Heavy-tailed denoising score matching*, arXiv 2112.09788 (2021), uses the step
        of ``tweedie_step`` for every law; Efron, *Tweedie's formula and selection bias*, JASA 106, 1602 (2011).
    """
    clean = state_table(states, noised)
    _check_level(level)
    check_trained(noised, np.array([level]))
    return np.asarray(_means(noised.posterior_mean, jnp.asarray(clean), jnp.asarray(level, float), batch))


def tweedie_step(
    noised: AbstractNoisedScore, states: ArrayLike, level: float, *, batch: int = _BATCH
) -> Float[np.ndarray, "n d"]:
    r"""The last step of sampling from the score, $x = y + \sigma^2 a^2 s(y, \sigma)$: for Gaussian noise only.

    For $n \sim N(0, a^2)$ this is the posterior mean (Tweedie's formula), because $n q(n) = -a^2 q'(n)$; no other law
    has that property. With Laplace noise, for one, the score is zero at the posterior *median*, and the step cannot
    be longer than $\sigma a$ whatever the noise was.

    Arguments and result are those of ``posterior_mean_step``, with the score in place of the posterior mean.

    Raises:
        OptionError: A noise law that is not Gaussian, states of another shape, or a level that is not positive.

    Example:
        >>> import numpy as np
        >>> from fluctua.noise import Gaussian
        >>> from fluctua.scores.noised import NoisedEmpirical
        >>> coin = NoisedEmpirical(Gaussian(), np.array([[-1.0], [1.0]]))
        >>> tweedie_step(coin, np.array([[0.5]]), 1.0).round(6).tolist()  # tanh(1/2)
        [[0.462117]]

    References:
        Efron, *Tweedie's formula and selection bias*, JASA 106, 1602 (2011), equation 1.4.
    """
    product = noised.law.product_exponent(noised.dimension)
    if product is None or product[0] != 2.0:
        raise OptionError(
            f"tweedie_step was given a score under {noise_law_text(noised.law)} noise",
            "the step y + sigma^2 score is the mean of the clean state for Gaussian noise only",
            "use posterior_mean_step, which takes the posterior mean itself",
        )
    clean = state_table(states, noised)
    _check_level(level)
    return np.asarray(_means(eqx.Partial(tweedie_mean, noised), jnp.asarray(clean), jnp.asarray(level, float), batch))


def tweedie_mean(noised: AbstractNoisedScore, state: Float[Array, " d"], level: Float[Array, ""]) -> Float[Array, " d"]:
    r"""$y + \sigma^2 a^2 s$, the mean of the clean state under Gaussian noise of variance $a^2$."""
    return state + level**2 * noised.law.variance(len(state)) * noised.score(state, level)


@eqx.filter_jit
def _means(mean: Callable[[Array, Array], Array], states: Array, level: Array, batch: int) -> Array:
    return in_batches(lambda state: mean(state, level), batch, states)


def check_trained(noised: AbstractNoisedScore, levels: Float[np.ndarray, " levels"]) -> None:
    """Refuse positive levels beyond those that a score was trained at: what it says there is made up."""
    smallest, largest = noised.levels
    # Levels are often computed from the range itself: rounding is no reason.
    if levels.min() < smallest * (1.0 - 1e-6) or levels.max() > largest * (1.0 + 1e-6):
        raise OptionError(
            f"the noise levels run from {levels.min():.4g} to {levels.max():.4g}",
            f"this score was trained at levels from {smallest:.4g} to {largest:.4g}",
            "stay between these, or train with another sigma_min and sigma_max",
        )


def state_table(states: ArrayLike, noised: AbstractNoisedScore | None = None) -> Float[np.ndarray, "n d"]:
    """States as an array, refused unless it is a table with as many columns as the score has variables."""
    table = np.asarray(states, np.float64)
    if table.ndim != 2 or (noised is not None and table.shape[1] != noised.dimension):
        variables = "" if noised is None else f"the score has {noised.dimension} state variables, so "
        raise OptionError(
            f"states of shape {table.shape} were given",
            f"{variables}the shape (n, {'d' if noised is None else noised.dimension}) is needed",
            "give one row for each state and one column for each state variable",
        )
    return table


def _check_level(level: float) -> None:
    if not 0.0 < level < np.inf:
        raise OptionError(f"the noise level is {level}", "a positive number is needed", "give, for example, 0.1")
