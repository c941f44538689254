r"""The published toy as its notebook samples it, but with exact scores: nothing that is learned can be at fault.

Chains start evenly over a square that holds both modes, and make 1000 steps at each of two levels,

$$ y \leftarrow y + \epsilon\, s(y, \sigma_i) + \sqrt{2 \epsilon}\; \xi, \qquad \epsilon = 0.1, $$

with $\xi$ standard normal or, as in the notebook, $\sigma_i$ times a draw of the law at its released scale. The second
does not leave the density alone: its noise has another variance than the step asks for.

References:
    Deasy, Simidjievski and Lio, *Heavy-tailed denoising score matching*, arXiv 2112.09788 (2021), and its notebook.
"""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from fluctua.core import named_key
from fluctua.noise import AbstractNoiseLaw, noise_law_named
from fluctua.scores.noised import AbstractNoisedScore

from .data import two_modes
from .metrics import nearest_mode
from .names import CLOSED_BETAS, law_beta
from .published import TOY_LEVELS, TOY_SQUARE, TOY_STEP
from .quantities import SHARE
from .rows import Measurement, setting_text

RELEASED_SAMPLER = "constant step"
"""The sampler of the notebook, in the settings of the rows."""

_STEPS, _CHAINS = 1000, 1000
# The notebook injects Laplace noise whatever the law of the score.
_INJECTIONS = {"normal": None, "as in the notebook": "generalised-normal:beta=1,scale=released"}


def released_toy(law_text: str, key: PRNGKeyArray) -> list[Measurement]:
    """Share of the smaller mode by the notebook's sampler, for laws whose noised mixture has a closed form.

    At the released scale, at which Laplace noise is twice as wide as Gaussian noise, and at matched deviation.

    Args:
        law_text: Text of the law.
        key: Random key.
    """
    if law_beta(law_text) not in CLOSED_BETAS or "scale=" in law_text:
        return []
    found = []
    # The released scale of a Gaussian law is its deviation.
    gaussian = law_beta(law_text) == 2.0
    for scale in ("released",) if gaussian else ("released", "deviation"):
        noised = two_modes().noised(noise_law_named(law_text if gaussian else f"{law_text},scale={scale}", 2))
        for injection, injected_text in _INJECTIONS.items():
            if scale == "deviation" and injected_text is not None:
                continue
            injected = None if injected_text is None else noise_law_named(injected_text, 2)
            drawn = np.asarray(_sample(noised, injected, named_key(key, scale)))
            setting = setting_text(
                score="exact", sampler=RELEASED_SAMPLER, start="uniform", levels=2, scale=scale, injection=injection
            )
            share = float(np.mean(nearest_mode(drawn, two_modes().means) == 1))
            found.append(Measurement(setting, law_text, SHARE, share))
    return found


@eqx.filter_jit
def _sample(
    noised: AbstractNoisedScore, injected: AbstractNoiseLaw | None, key: PRNGKeyArray
) -> Float[Array, "chains 2"]:
    """All chains through both levels."""
    states = jax.random.uniform(named_key(key, "start"), (_CHAINS, 2), minval=-TOY_SQUARE, maxval=TOY_SQUARE)
    for level in TOY_LEVELS:
        score = jax.vmap(lambda state, level=level: noised.score(state, jnp.asarray(level)))

        def move(states: Array, key: Array, score=score, level=level) -> tuple[Array, None]:
            xi = (
                jax.random.normal(key, states.shape) if injected is None else level * injected.sample(key, states.shape)
            )
            return states + TOY_STEP * score(states) + math.sqrt(2.0 * TOY_STEP) * xi, None

        states, _ = jax.lax.scan(move, states, jax.random.split(named_key(key, f"level {level}"), _STEPS))
    return states
