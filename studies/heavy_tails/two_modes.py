r"""T2: the published toy of two modes at ten to one, by exact scores and by learned ones.

Two levels, chains started half on each side, and few of them moving between the modes: shares near one half need no
score at all. So every sampler is run with the exact score as well, from three starts, at two levels and at forty, and
the notebook's own sampler with exact scores alone (``_released_toy``).

With forty levels a learned score has to be right *between* the modes. Langevin dynamics takes the odds of two modes
from the score alone: as long as chains still go from one to the other, an error $\delta s$ changes the odds by

$$ \delta \ln \frac{w_2}{w_1} = \int \delta s \cdot dx, $$

along the way from mode 1 to mode 2, averaged over the ways that chains take (for an exact density $p$ with the
probability $q$ of reaching mode 2 first, the field $p \nabla q$ over its flux is that average). The density between
the modes is no factor of it, though it is of what a network learns from. The odds stay as they are at the level at
which exchange ends, where the mass in between is a few parts in a thousand. Below, what is left in between lags behind:
it falls as the inverse of the time spent at each level, as does that mass, so that a sampler which lags less reads the
score deeper inside the gap. The flow, in contrast, takes the velocity between the modes with the weight of the density
there, and is forgiving.
"""

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from fluctua.core import AbstractProgress, named_key
from fluctua.noise import AbstractNoiseLaw, noise_law_named
from fluctua.sampling import AbstractLevelSampler, AnnealedLangevin, ProbabilityFlow, TwoHeadedDiffusion

from .data import two_modes
from .fit import Range, draw, fit_two_heads, start_from_noise, start_from_record
from .metrics import nearest_mode
from .names import CLOSED_BETAS, law_beta
from .plan import HeavyTailPlan
from .published import MINORITY_SHARE, TOY_LEVELS, TOY_SQUARE, TOY_STEP
from .quantities import SHARE, SHARE_ERROR, WIDTH
from .released_toy import released_toy
from .rows import HeavyTailRow, Measurement, Reference, rows_over_seeds, setting_text
from .seeds import every_seed, measured

_LARGE, _SMALL = 10_000, 1_000
_MANY = Range(0.05, 20.0)  # in the units of the states
_TRAINED = Range(0.016, 7.2)  # nearly the same in units of their spread, 2.9
_STEP_OF_MANY = 0.5
# More steps lag less, and read the score deeper between the modes. Laplace noise, whose score pulls back with a bounded
# force only, needs more of them; the rows of the exact score show what lag is left.
_STEPS_OF_MANY, _STEPS_OF_BOUNDED_FORCE = 20, 100
_NEARLY_GAUSSIAN = 1.5  # the smallest beta that the fewer steps are for


class _Run(NamedTuple):
    """One sampler from one start down one set of levels."""

    sampler: str
    start: str
    levels: int


_RUNS = (
    _Run("annealed Langevin", "uniform", 2),
    _Run("annealed Langevin", "record", 2),
    _Run("annealed Langevin", "noise", 40),
    _Run("flow", "noise", 40),
    _Run("flow", "record", 40),
    _Run("two-headed diffusion", "noise", 40),
)


def two_mode_rows(
    plan: HeavyTailPlan, key: PRNGKeyArray, progress: AbstractProgress | None = None
) -> list[HeavyTailRow]:
    """Share of the smaller mode and width of the larger one, by law, score, sampler, start and levels.

    Args:
        plan: The sizes.
        key: Random key.
        progress: Where progress is shown.
    """
    size = plan.two_modes

    def measure(law_text: str, own: PRNGKeyArray) -> list[Measurement]:
        law = noise_law_named(law_text, 2)
        record = _record(named_key(own, "record"))
        exact = two_modes().noised(law)
        learned = fit_two_heads(record, law, size.network, _TRAINED, named_key(own, "training"))
        found = []
        for source, noised in (("exact", exact), ("learned", learned)):
            for run in _RUNS:
                if noised is exact and run.sampler == "annealed Langevin" and law_beta(law_text) not in CLOSED_BETAS:
                    continue
                levels = _levels(run)
                start = _start(run, record, size.chains, levels, law, named_key(own, "start"))
                sampler = _sampler(run, law_text, size.steps_per_level)
                drawn = draw(sampler, noised, start, levels, named_key(own, run.sampler), last_step=False)
                setting = setting_text(score=source, sampler=run.sampler, start=run.start, levels=run.levels)
                found += measured(setting, law_text, drawn, _measures(law, float(levels[-1])))
        return found + released_toy(law_text, named_key(own, "released toy"))

    found = every_seed("T2", plan.seeds, size.laws, measure, key, progress)
    truth = Reference(MINORITY_SHARE, "true share, 1000 of 11 000")
    return rows_over_seeds("T2", found, {("", SHARE): truth, ("", WIDTH): Reference(1.0, "true deviation")})


def _record(key: PRNGKeyArray) -> Float[np.ndarray, "n 2"]:
    """The published record: exactly 10 000 and 1000 points, in random order."""
    modes = two_modes()
    noise = np.asarray(jax.random.normal(key, (_LARGE + _SMALL, 2)), np.float64)
    mode = np.repeat([0, 1], [_LARGE, _SMALL])
    states = modes.means[mode] + modes.deviations[mode] * noise
    return states[np.asarray(jax.random.permutation(named_key(key, "order"), len(states)))]


def _levels(run: _Run) -> np.ndarray:
    levels = np.array(TOY_LEVELS) if run.levels == len(TOY_LEVELS) else _MANY.ladder(run.levels)
    # Langevin dynamics is run at every level but the one it comes from: the first level is given twice, in effect.
    return np.concatenate([[1.001 * levels[0]], levels]) if run.sampler == "annealed Langevin" else levels


def _sampler(run: _Run, law_text: str, steps: int) -> AbstractLevelSampler:
    if run.sampler == "annealed Langevin":
        if run.levels == len(TOY_LEVELS):
            return AnnealedLangevin(steps=steps, step_size=TOY_STEP)
        quick = (law_beta(law_text) or 0.0) >= _NEARLY_GAUSSIAN
        many = _STEPS_OF_MANY if quick else _STEPS_OF_BOUNDED_FORCE
        return AnnealedLangevin(steps=many, step_size=_STEP_OF_MANY)
    return ProbabilityFlow() if run.sampler == "flow" else TwoHeadedDiffusion()


def _start(
    run: _Run, record: np.ndarray, chains: int, levels: np.ndarray, law: AbstractNoiseLaw, key: PRNGKeyArray
) -> Float[np.ndarray, "chains 2"]:
    if run.start == "uniform":
        uniform = jax.random.uniform(key, (chains, 2), minval=-TOY_SQUARE, maxval=TOY_SQUARE)
        return np.asarray(uniform, np.float64)
    make = start_from_record if run.start == "record" else start_from_noise
    return make(record, chains, float(levels[0]), law, key)


def _measures(law: AbstractNoiseLaw, level: float) -> dict:
    modes = two_modes()
    # What is drawn still carries the noise of the last level.
    variance = law.variance(2)
    width = np.sqrt(modes.deviations[0, 0] ** 2 + level**2 * (variance if np.isfinite(variance) else 0.0))

    def share(drawn: np.ndarray) -> float:
        return float(np.mean(nearest_mode(drawn, modes.means) == 1))

    def within(drawn: np.ndarray) -> float:
        larger = drawn[nearest_mode(drawn, modes.means) == 0]
        return float(np.std(larger - larger.mean(axis=0)) / width) if len(larger) else float("nan")

    return {SHARE: share, SHARE_ERROR: lambda drawn: abs(share(drawn) - MINORITY_SHARE), WIDTH: within}
