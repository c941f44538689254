"""A noise law and a sampler from outside of the package, one class each: found by name and in every table and suite."""

import math
from collections.abc import Iterator
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
import test_noise_laws as law_suite
import test_samplers as sampler_suite
from jaxtyping import Array

from fluctua.core import OptionError, forget, members_table, named, register
from fluctua.features import noise_coordinates
from fluctua.noise import (
    AbstractNoiseLaw,
    noise_law_named,
    noise_law_text,
    restore_noise_law,
)
from fluctua.noise.numerics import plain
from fluctua.sampling import AbstractLevelSampler, check_law, sampler_named
from fluctua.scores import NetworkScore
from fluctua.scores.noised import AbstractNoisedScore, Denoiser, Preconditioning


class Wide(AbstractNoiseLaw):
    """Gaussian noise of twice its scale, as somebody else may define it."""

    kind: ClassVar[str] = "wide"
    widening: float
    scale: float

    def __init__(self, widening: float = 2.0, scale: float = 1.0):
        self.widening, self.scale = np.float64(widening), np.float64(scale)

    @property
    def moment_order(self) -> float:
        return math.inf

    @property
    def _deviation(self) -> float:
        return self.widening * self.scale

    def variance(self, dimension: int = 1) -> float:
        return plain(self._deviation**2)

    def fisher_information(self, dimension: int = 1) -> float:
        return plain(self._deviation**-2)

    def _sample(self, key: Array, shape: tuple[int, ...], dtype: object) -> Array:
        normals = jax.random.normal(key, shape, dtype)
        return jnp.asarray(self._deviation, normals.dtype) * normals

    def _log_prob(self, noise: Array) -> Array:
        return jnp.sum(jax.scipy.stats.norm.logpdf(noise, scale=self._deviation)).astype(noise.dtype)

    def _score(self, noise: Array) -> Array:
        return (-noise * self.fisher_information()).astype(noise.dtype)

    def _norm_quantile(self, probability: float, dimension: int) -> float:
        return self._deviation * float(scipy.stats.chi.ppf(probability, dimension))


class Euler(AbstractLevelSampler):
    """The flow by Euler's rule, as somebody else may write it."""

    ends_at_zero: ClassVar[bool] = True

    def check(self, noised: AbstractNoisedScore) -> None:
        pass

    def step(self, noised: AbstractNoisedScore, state: Array, level: Array, following: Array, key: Array) -> Array:
        return state + (following - level) * (state - noised.posterior_mean(state, level)) / level


@pytest.fixture(autouse=True)
def _toys() -> Iterator[None]:
    register("noise law", "wide", summary="wide", text="wide:widening=3", examples=({}, {"widening": 3.0}))(Wide)
    example = {"settings": {}, "laws": ("gaussian",), "every": 1}
    register("sampler", "euler", summary="small steps", needs=("posterior mean",), examples=(example,))(Euler)
    yield
    forget("noise law", "wide")
    forget("sampler", "euler")


def test_the_law_is_found_by_name_in_tables_help_and_files() -> None:
    law = Wide(3.0, 0.5)
    assert noise_law_named("wide:widening=3,scale=0.5", 2) == law
    assert noise_law_named("wide:widening=3", 2).variance(2) == pytest.approx(1.0)
    assert noise_law_named(noise_law_text(law), 5) == law
    assert restore_noise_law({"kind": "wide", **law.config()}) == law
    assert "| `wide` | wide |" in members_table("noise law")
    with pytest.raises(OptionError, match=r"wide parameter 'width' was asked for; .* are widening, scale"):
        noise_law_named("wide:width=3", 2)


def test_the_law_is_kept_in_the_file_of_a_score() -> None:
    from fluctua.networks import MultilayerPerceptron

    states = np.random.default_rng(0).standard_normal((100, 2))
    around = Preconditioning.fit(states, Wide(), "light")
    network = MultilayerPerceptron(2, 4, width=4, depth=1, key=jax.random.key(0))
    score = NetworkScore(noise_coordinates(states, "light"), Denoiser(network, around, 0.1, 10.0))
    assert NetworkScore.restore(score.arrays(), score.config()).law == Wide()


def test_the_law_is_among_the_parameters_of_the_suite_and_passes_it() -> None:
    laws = [law for law in law_suite.laws_of_the_registry() if law.kind == "wide"]
    assert len(laws) == 2
    assert laws[0] in law_suite.first_of_each_family()
    for check in (
        law_suite.test_the_score_is_the_gradient_of_the_log_density,
        law_suite.test_the_density_integrates_to_one,
        law_suite.test_variance_and_fisher_information_are_those_of_the_density,
        law_suite.test_quantiles_of_the_norm_are_those_of_the_density,
        law_suite.test_samples_follow_the_density,
        law_suite.test_stein_identities_hold_over_the_samples,
        law_suite.test_a_law_is_a_family_in_its_scale,
        law_suite.test_a_law_is_restored_from_its_configuration,
    ):
        check(laws[1])


def test_the_sampler_is_found_by_name_in_tables_and_help() -> None:
    assert isinstance(sampler_named("euler"), Euler)
    assert "| `euler` | small steps |" in members_table("sampler")
    assert named("sampler", "euler").member is Euler
    with pytest.raises(OptionError, match=r"sampler .euler. was .* student-t.*no mean.*--sampler langevin"):
        check_law("euler", noise_law_named("student-t:df=1", 2))
    check_law("euler", Wide())


def test_the_sampler_is_among_the_parameters_of_the_suite_and_passes_it() -> None:
    ((law, sampler, levels),) = sampler_suite.cases_of_the_registry("euler")
    assert isinstance(sampler, Euler)
    states = sampler_suite.drawn(law, sampler, levels, sampler_suite.exact(law).table)
    # Euler's rule has a bias of the first order in the steps: what the suite allows is met by its mean alone.
    found = sampler_suite.chances(law, states)
    assert found["mode"] > sampler_suite.CHANCE
