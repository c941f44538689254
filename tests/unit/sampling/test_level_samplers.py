"""Samplers of noise levels: what is refused, what a key fixes, where they end, and what is said when they fail."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array

from fluctua.core import OptionError, SimulationError
from fluctua.noise import AbstractNoiseLaw, Gaussian, GeneralisedNormal, StudentT, geometric_levels
from fluctua.sampling import (
    AbstractLevelSampler,
    AnnealedLangevin,
    ProbabilityFlow,
    TwoHeadedDiffusion,
    draw_states,
    noised_states,
    posterior_mean_step,
    tweedie_step,
)
from fluctua.scores.noised import AbstractNoisedScore
from studies.heavy_tails import ConsistentAnnealed, LaplaceJumpChain
from studies.oracles import SymmetricStable


class Narrow(AbstractNoisedScore):
    """A clean state of 1 in every variable, whatever the law: its posterior mean is known, its score is that of noise.

    ``limit`` is the level below which the score is not finite.
    """

    law: AbstractNoiseLaw = Gaussian()
    size: int = 2
    limit: float = 0.0

    @property
    def dimension(self) -> int:
        return self.size

    def score(self, noised: Array, level: Array) -> Array:
        return self.law.score((noised - 1.0) / level) / level + jnp.where(level < self.limit, jnp.inf, 0.0)

    def posterior_mean(self, noised: Array, level: Array) -> Array:
        return jnp.ones(self.size)


LEVELS = geometric_levels(0.1, 2.0, 13)[::-1]
START = np.random.default_rng(0).standard_normal((7, 2))
SAMPLERS = [
    (AnnealedLangevin(3), Gaussian()),
    (AnnealedLangevin(3, 0.05, StudentT(5.0), 1), Gaussian()),
    (ProbabilityFlow(1), StudentT(3.0)),
    (ProbabilityFlow(), Gaussian()),
    (TwoHeadedDiffusion(order=1), GeneralisedNormal(1.5)),
    (TwoHeadedDiffusion(), Gaussian()),
]
OF_STUDIES = [
    (ConsistentAnnealed(0.4), GeneralisedNormal(1.0)),
    (ConsistentAnnealed(0.4), SymmetricStable(1.7)),
    (LaplaceJumpChain(32), GeneralisedNormal(1.0)),
]
ALL = [*SAMPLERS, *(pytest.param(*case, marks=pytest.mark.slow) for case in OF_STUDIES)]


@pytest.mark.parametrize(("sampler", "law"), ALL)
def test_the_key_fixes_the_draws(sampler: AbstractLevelSampler, law: AbstractNoiseLaw) -> None:
    """Over 12 steps, which are more than one chunk of levels."""
    noised = Narrow(law)
    whole = draw_states(sampler, noised, START, LEVELS, key=jax.random.key(1))
    assert whole.shape == START.shape
    assert whole.dtype == np.float64
    np.testing.assert_array_equal(whole, draw_states(sampler, noised, START, LEVELS, key=jax.random.key(1)))
    if not isinstance(sampler, ProbabilityFlow):
        assert np.all(whole != draw_states(sampler, noised, START, LEVELS, key=jax.random.key(2)))


def test_neither_the_batch_nor_the_number_of_states_changes_a_draw() -> None:
    sampler = AnnealedLangevin(3)
    whole = draw_states(sampler, Narrow(), START, LEVELS, key=jax.random.key(1))
    batched = draw_states(sampler, Narrow(), START, LEVELS, key=jax.random.key(1), batch=3)
    np.testing.assert_allclose(batched, whole, rtol=1e-9)
    fewer = draw_states(sampler, Narrow(), START[:4], LEVELS, key=jax.random.key(1))
    np.testing.assert_allclose(fewer, whole[:4], rtol=1e-9)


@pytest.mark.parametrize(
    ("sampler", "law"),
    [(sampler, law) for sampler, law in [*SAMPLERS, *OF_STUDIES] if type(sampler).ends_at_zero],
    ids=str,
)
def test_samplers_that_end_at_zero_end_at_the_posterior_mean(
    sampler: AbstractLevelSampler, law: AbstractNoiseLaw
) -> None:
    final = draw_states(sampler, Narrow(law), START, [*LEVELS, 0.0], key=jax.random.key(1))
    np.testing.assert_allclose(final, 1.0, rtol=1e-12)


@pytest.mark.parametrize("sampler", [AnnealedLangevin(), LaplaceJumpChain()])
def test_samplers_that_need_noise_refuse_level_zero(sampler: AbstractLevelSampler) -> None:
    with pytest.raises(OptionError, match=r"last level is 0; .* needs noise.*End at 0\.5 .*posterior_mean_step"):
        draw_states(sampler, Narrow(GeneralisedNormal(1.0)), START, [1.0, 0.5, 0.0], key=jax.random.key(0))


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ([0.1, 1.0], r"level 1 is 0\.1 and level 2 is 1; .*smaller than the one before.*largest to the smallest"),
        ([1.0, 0.5, 0.5], r"level 2 is 0\.5 and level 3 is 0\.5"),
        ([np.nan, 1.0], r"level 1 is nan"),
        ([np.inf, 1.0], r"level 1 is inf"),
        ([1.0, -0.5], r"last levels are 1 and -0\.5; noise levels are positive. End at a positive level, or at 0"),
        ([1.0], r"shape \(1,\).*at least two levels.*geometric_levels"),
        (np.ones((2, 2)), r"shape \(2, 2\)"),
    ],
)
def test_levels_out_of_order_are_refused(levels: list[float], message: str) -> None:
    with pytest.raises(OptionError, match="(?i)" + message):
        draw_states(ProbabilityFlow(), Narrow(), START, levels, key=jax.random.key(0))


class Trained(AbstractNoisedScore):
    """The narrow score, known at some levels only."""

    law: AbstractNoiseLaw = Gaussian()

    @property
    def dimension(self) -> int:
        return 2

    @property
    def levels(self) -> tuple[float, float]:
        return 0.1, 2.0

    def score(self, noised: Array, level: Array) -> Array:
        return Narrow().score(noised, level)

    def posterior_mean(self, noised: Array, level: Array) -> Array:
        return Narrow().posterior_mean(noised, level)


def test_levels_beyond_those_trained_at_are_refused() -> None:
    key = jax.random.key(0)
    for levels in ([2.1, 0.1], [2.0, 0.05], [2.0, 0.05, 0.0]):
        with pytest.raises(OptionError, match=r"this score was trained at levels from 0.1 to 2"):
            draw_states(ProbabilityFlow(), Trained(), START, levels, key=key)
    with pytest.raises(OptionError, match=r"from 3 to 3; this score was trained at levels from 0.1 to 2"):
        posterior_mean_step(Trained(), START, 3.0)
    # Rounding is no reason, nor is level zero, where nothing is asked of the score.
    draw_states(ProbabilityFlow(), Trained(), START, [2.0 + 1e-9, 0.1 - 1e-9, 0.0], key=key)


def test_a_sampler_without_its_settings_is_refused() -> None:
    with pytest.raises(OptionError, match=r"Give one, such as AnnealedLangevin\(\)"):
        draw_states.__wrapped__(AnnealedLangevin, Narrow(), START, LEVELS, key=jax.random.key(0))


def test_states_that_do_not_fit_are_refused() -> None:
    flow, key = ProbabilityFlow(), jax.random.key(0)
    for states in (START[:, :1], START[0]):
        with pytest.raises(OptionError, match=r"(?i)states of shape .*2 state variables.*one row for each state"):
            draw_states(flow, Narrow(), states, LEVELS, key=key)
    with pytest.raises(OptionError, match="not finite"):
        draw_states(flow, Narrow(), np.full((3, 2), np.nan), LEVELS, key=key)
    with pytest.raises(OptionError, match="batch of 0 states"):
        draw_states(flow, Narrow(), START, LEVELS, key=key, batch=0)
    with pytest.raises(OptionError, match=r"shape \(2,\).*\(n, d\)"):
        noised_states(START[0], 1.0, Gaussian(), key)
    for step in (posterior_mean_step, tweedie_step):
        with pytest.raises(OptionError, match=r"shape \(7, 1\).*\(n, 2\)"):
            step(Narrow(), START[:, :1], 1.0)
        with pytest.raises(OptionError, match=r"level is 0\.0.*positive"):
            step(Narrow(), START, 0.0)


CAUCHY, ROUGH = SymmetricStable(1.0), GeneralisedNormal(0.5)


@pytest.mark.parametrize(
    ("sampler", "law", "message"),
    [
        (ProbabilityFlow(), CAUCHY, r"symmetric-stable:alpha=1.0,scale=1.0.*no mean.*use AnnealedLangevin"),
        (ProbabilityFlow(), StudentT(1.0), r"below order 1 are.*use AnnealedLangevin"),
        (TwoHeadedDiffusion(), CAUCHY, r"no mean.*use AnnealedLangevin"),
        (TwoHeadedDiffusion(), ROUGH, r"beta=0.5.*no variance.*use ProbabilityFlow"),
        (AnnealedLangevin(), ROUGH, r"beta=0.5.*no variance.*use ProbabilityFlow"),
        (ConsistentAnnealed(0.4), GeneralisedNormal(1.5), r"beta=1.5.*use ProbabilityFlow"),
        (ConsistentAnnealed(0.4), GeneralisedNormal(1.0, form="spherical"), r"spherical.*use ProbabilityFlow"),
        (ConsistentAnnealed(0.4), StudentT(5.0), r"student-t:df=5.0.*use ProbabilityFlow"),
        (ConsistentAnnealed(0.4), CAUCHY, r"no mean.*use AnnealedLangevin"),
        (LaplaceJumpChain(), Gaussian(), r"gaussian:scale=1.0.*beta=1.*use ProbabilityFlow"),
        (LaplaceJumpChain(), GeneralisedNormal(1.0, form="spherical"), r"spherical.*use ProbabilityFlow"),
    ],
)
def test_a_sampler_refuses_a_law_it_is_not_valid_for(
    sampler: AbstractLevelSampler, law: AbstractNoiseLaw, message: str
) -> None:
    with pytest.raises(OptionError, match="(?i)" + type(sampler).__name__ + ".*" + message):
        draw_states(sampler, Narrow(law), START, LEVELS, key=jax.random.key(0))


def test_tweedie_is_for_gaussian_noise_by_whatever_name() -> None:
    for law in (Gaussian(2.0), GeneralisedNormal(2.0, 1.3), SymmetricStable(2.0, 0.7)):
        np.testing.assert_allclose(tweedie_step(Narrow(law), START, 0.8), 1.0, rtol=1e-12)
    for law in (GeneralisedNormal(1.0), StudentT(5.0)):
        with pytest.raises(OptionError, match=r"Gaussian noise only. Use posterior_mean_step"):
            tweedie_step(Narrow(law), START, 0.8)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: AnnealedLangevin(0), r"steps=0 of size 0\.5.*at least 1.*steps=20"),
        (lambda: AnnealedLangevin(5, 2.0), r"size 2\.0.*between 0 and 2"),
        (lambda: AnnealedLangevin(5, order=3), r"order 3.*1 and 2.*order=2"),
        (lambda: AnnealedLangevin(5, 0.1, CAUCHY), r"symmetric-stable.*unit variance.*generalised-normal"),
        (lambda: AnnealedLangevin(5, 0.1, StudentT(2.0)), r"df=2\.0.*unit variance"),
        (lambda: ProbabilityFlow(3), r"order 3.*order=2"),
        (lambda: TwoHeadedDiffusion(-1.0), r"strength -1\.0.*not be negative.*strength=1"),
        (lambda: ConsistentAnnealed(0.0), r"step 0\.0.*between 0 and 2.*step_size=0\.1"),
        (lambda: LaplaceJumpChain(4), r"4 nodes.*at least 16.*nodes=128"),
    ],
)
def test_options_that_make_no_sense_are_refused(make: type, message: str) -> None:
    with pytest.raises(OptionError, match=f"(?i){message}"):
        make()


def test_a_consistent_step_must_reach_the_next_level() -> None:
    with pytest.raises(
        OptionError,
        match=r"Levels 2 and 3, 0\.9 and 0\.45, have the ratio 0\.5, .*step is 0\.2; .*between 0\.5 and 1\.5",
    ):
        draw_states(ConsistentAnnealed(0.2), Narrow(), START, [1.0, 0.9, 0.45], key=jax.random.key(0))


def test_a_state_that_is_not_finite_is_reported_with_its_level() -> None:
    message = r"from level 0\.271 to 0\.211 \(step 9 of 12\).*AnnealedLangevin needs.*more levels or a smaller step"
    with pytest.raises(SimulationError, match=message):
        draw_states(AnnealedLangevin(3), Narrow(limit=0.22), START, LEVELS, key=jax.random.key(0))


def test_noise_to_start_from_has_its_level_and_one_draw_for_each_state() -> None:
    key = jax.random.key(3)
    noise = noised_states(START, 2.0, StudentT(5.0), key) - START
    np.testing.assert_allclose(noised_states(START[:3], 4.0, StudentT(5.0), key) - START[:3], 2.0 * noise[:3])
    assert len(np.unique(noise)) == noise.size
