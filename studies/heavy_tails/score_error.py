r"""T1: the error of the learned score against the exact one, in the bulk and in the tail.

At every level $\sigma$ the states are noised by the law that the score was learned with, $y \sim q_\sigma$, and

$$ E_{q_\sigma} |s_\theta - s|^2 / E_{q_\sigma} |s|^2 $$

is measured over all $y$, over the bulk and over the tail, the 5 % of the $y$ where $q_\sigma$ is smallest; each is
relative to the mean square of the exact score in the same region. Level 0 is what a response needs: the score of the
density without noise, as ``fit_network_score`` extrapolates it.
"""

from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from fluctua.core import AbstractProgress, map_states, named_key
from fluctua.noise import StudentT
from fluctua.sampling import noised_states
from fluctua.training import fit_network_score

from .data import draw_student, uneven_mixture
from .fit import Range, fit_two_heads, training_config
from .generate import matched_law
from .metrics import TAIL_START
from .plan import HeavyTailPlan, ScoreErrorPlan
from .quantities import SCORE_ERROR, SCORE_ERROR_BULK, SCORE_ERROR_TAIL
from .rows import HeavyTailRow, Measurement, rows_over_seeds, setting_text
from .seeds import every_seed

_RANGE = Range(0.07, 10.0)  # in standard deviations of the data, the defaults of the training
_DEGREES = 3.0
_WIDTH = 1024  # numbers that an exact score of a mixture makes on its way, for a state


class _Job(NamedTuple):
    data: str
    dimension: int
    states: int
    law: str
    convention: str


def score_error_rows(
    plan: HeavyTailPlan, key: PRNGKeyArray, progress: AbstractProgress | None = None
) -> list[HeavyTailRow]:
    """Relative squared errors of learned scores by data, dimension, number of states, level and law.

    Args:
        plan: The sizes.
        key: Random key.
        progress: Where progress is shown.
    """
    size = plan.score_error

    def measure(job: _Job, own: PRNGKeyArray) -> list[Measurement]:
        found = _noised_errors(job, size, own) if job.data == "mixture" else []
        return found + _clean_errors(job, size, own)

    found = every_seed("T1", plan.seeds, _jobs(size), measure, key, progress)
    return rows_over_seeds("T1", found)


def law_of_beta(beta: float) -> str:
    """The text of the generalised normal law with this exponent; that of 2 is Gaussian.

    Example:
        >>> law_of_beta(2.0), law_of_beta(1.5)
        ('gaussian', 'generalised-normal:beta=1.5')
    """
    return "gaussian" if beta == 2.0 else f"generalised-normal:beta={beta:g}"


def _jobs(size: ScoreErrorPlan) -> list[_Job]:
    laws = [law_of_beta(beta) for beta in size.betas]
    first, *more = size.states
    jobs = [_Job("mixture", dimension, first, law, "deviation") for dimension in size.dimensions for law in laws]
    jobs += [_Job("mixture", size.dimensions[0], count, law, "deviation") for count in more for law in laws]
    for convention in size.conventions:
        for beta in size.convention_betas:
            jobs.append(_Job("mixture", size.dimensions[0], first, law_of_beta(beta), convention))
    for law in (*laws, f"student-t:df={_DEGREES:g}"):
        jobs.append(_Job("Student-t", 2, first, law, "deviation"))
    return jobs


def _setting(job: _Job, level: float) -> str:
    return setting_text(
        data=job.data, dimension=job.dimension, states=job.states, scale=job.convention, level=float(level)
    )


def _noised_errors(job: _Job, size: ScoreErrorPlan, key: PRNGKeyArray) -> list[Measurement]:
    """Errors of the noised score at several levels."""
    data = uneven_mixture(job.dimension)
    law = matched_law(job.law, job.dimension, job.convention)
    unit = data.deviation
    record = data.draw(named_key(key, "record"), job.states)
    learned = fit_two_heads(record, law, size.network, _RANGE, named_key(key, "training"))
    exact = data.noised(law)
    test = data.draw(named_key(key, "test"), size.test_states)
    found = []
    for level in size.levels:
        sigma = level * unit
        noised = noised_states(test, sigma, law, named_key(key, f"noise at {level}"))
        truth = _each(exact.score, noised, sigma)
        rarity = -_each(exact.log_density, noised, sigma)
        errors = _region_errors(_each(learned.score, noised, sigma), truth, rarity)
        found += [Measurement(_setting(job, level), job.law, name, value) for name, value in errors.items()]
    return found


def _clean_errors(job: _Job, size: ScoreErrorPlan, key: PRNGKeyArray) -> list[Measurement]:
    """Errors of the score without noise."""
    if job.data == "mixture":
        data = uneven_mixture(job.dimension)
        record, test = (
            data.draw(named_key(key, name), count)
            for name, count in (("record", job.states), ("test", size.test_states))
        )
        score, log_density = data.score, data.log_density
    else:
        density = StudentT(df=_DEGREES)
        record, test = (
            draw_student(named_key(key, name), count, _DEGREES, job.dimension)
            for name, count in (("record", job.states), ("test", size.test_states))
        )
        score, log_density = density.score, density.log_prob
    text = (
        job.law if job.convention == "deviation" else f"{job.law}{',' if ':' in job.law else ':'}scale={job.convention}"
    )
    config = training_config(size.network, _RANGE, text)
    learned, _ = fit_network_score(record, key=named_key(key, "training"), config=config)
    found, truth, rarity = (map_states(function, test, width=_WIDTH) for function in (learned, score, log_density))
    errors = _region_errors(found, truth, -rarity)
    return [Measurement(_setting(job, 0.0), job.law, name, value) for name, value in errors.items()]


def _region_errors(
    learned: Float[np.ndarray, "n d"], truth: Float[np.ndarray, "n d"], rarity: Float[np.ndarray, " n"]
) -> dict[str, float]:
    error, size = np.sum((learned - truth) ** 2, axis=1), np.sum(truth**2, axis=1)
    tail = rarity > np.quantile(rarity, TAIL_START)
    regions = {SCORE_ERROR: np.ones_like(tail), SCORE_ERROR_BULK: ~tail, SCORE_ERROR_TAIL: tail}
    return {name: float(np.sum(error[inside]) / np.sum(size[inside])) for name, inside in regions.items()}


def _each(function: Callable[..., Array], states: np.ndarray, level: float) -> np.ndarray:
    return map_states(_AtLevel(function, jnp.asarray(level)), states, width=_WIDTH)


class _AtLevel(eqx.Module):
    """A function of state and level, at one level that may change without compiling again."""

    function: Callable[..., Array]
    level: Array

    def __call__(self, state: Array) -> Array:
        return self.function(state, self.level)
