"""How far apart the levels of the Laplace jump chain may lie."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fluctua.core import OptionError
from fluctua.noise import GeneralisedNormal, geometric_levels
from fluctua.sampling import draw_states
from studies.heavy_tails import LaplaceJumpChain
from studies.oracles import NoisedGaussianMixture

pytestmark = pytest.mark.slow


def drawn(levels: np.ndarray, dimension: int) -> np.ndarray:
    shape = (1, dimension)
    noised = NoisedGaussianMixture(GeneralisedNormal(1.0), jnp.ones(1), jnp.zeros(shape), jnp.ones(shape))
    return draw_states(LaplaceJumpChain(16), noised, np.ones((3, dimension)), levels, key=jax.random.key(0))


def test_steps_too_long_for_components_one_by_one_are_refused() -> None:
    message = (
        r"Levels 1 and 2, 2 and 0\.2, have the ratio 0\.1, in 2 dimensions; ratios of at least 0\.75 .* one after the"
        r" other.*Use geometric_levels with 10 levels"
    )
    with pytest.raises(OptionError, match=message):
        drawn(np.array([2.0, 0.2]), 2)
    with pytest.raises(OptionError, match=r"Levels 2 and 3"):
        drawn(np.array([2.0, 1.9, 1.0]), 2)


def test_one_dimension_takes_any_step_and_more_take_what_the_message_says() -> None:
    assert np.isfinite(drawn(np.array([2.0, 0.2]), 1)).all()
    assert np.isfinite(drawn(geometric_levels(0.2, 2.0, 10)[::-1], 2)).all()
    assert np.isfinite(drawn(np.array([2.0, 1.5]), 2)).all()
