"""What every noise law is asked with: types, shapes, probabilities, and scales at the ends of single precision."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from fluctua.core import OptionError
from fluctua.noise import AbstractNoiseLaw, Gaussian, GeneralisedNormal, StudentT, noise_law_text
from studies.oracles import SymmetricStable

LAWS = [
    Gaussian(),
    GeneralisedNormal(1.5),
    GeneralisedNormal(2.0),
    GeneralisedNormal(1.5, 1.0, "spherical"),
    StudentT(3.0),
    SymmetricStable(1.0),
    SymmetricStable(1.7),
    SymmetricStable(2.0),
]
every_law = pytest.mark.parametrize("law", LAWS, ids=noise_law_text)


@every_law
def test_whole_numbers_are_taken_in_double_precision(law: AbstractNoiseLaw) -> None:
    floats = jnp.array([1.0, -2.0])
    for noise in (jnp.array([1, -2]), jnp.array([1.0, -2.0], "float16"), np.array([1, -2])):
        assert law.score(noise).dtype == law.log_prob(noise).dtype == "float64"
        np.testing.assert_array_equal(law.score(noise), law.score(floats))
        np.testing.assert_array_equal(law.log_prob(noise), law.log_prob(floats))


@every_law
@pytest.mark.parametrize(
    ("noise", "message"),
    [
        (jnp.ones((5, 2)), r"shape \(5, 2\) was given to {0} .*shape \(d,\) is needed\. Use jax\.vmap\(law\.{0}\)"),
        (jnp.asarray(1.0), r"shape \(\) was given to {0} .*Give \[n\]"),
    ],
)
def test_anything_but_one_vector_is_refused(law: AbstractNoiseLaw, noise: jax.Array, message: str) -> None:
    for name in ("score", "log_prob"):
        with pytest.raises(OptionError, match=message.format(name)):
            getattr(law, name)(noise)


@every_law
def test_draws_without_a_dimension_or_of_half_precision_are_refused(law: AbstractNoiseLaw) -> None:
    key = jax.random.key(0)
    with pytest.raises(OptionError, match=r"shape \(\) was asked for; .*dimension of a noise vector\. Give \(1,\)"):
        law.sample(key, ())
    for dtype in ("float16", "bfloat16", "int32"):
        with pytest.raises(
            OptionError, match=rf"type {dtype} was asked for; float32 or float64 is needed\. Draw in float32"
        ):
            law.sample(key, (3,), dtype)


@every_law
def test_a_quantile_is_of_a_probability(law: AbstractNoiseLaw) -> None:
    for probability in (0.0, 1.0, -0.1, 1.1, float("nan")):
        with pytest.raises(OptionError, match=rf"probability {re.escape(str(probability))}; a number above 0 .*0\.5"):
            law.norm_quantile(probability, 3)


def test_quantiles_that_rounding_decides_are_refused() -> None:
    for probability in (1e-11, 1.0 - 1e-11):
        with pytest.raises(OptionError, match=r"known from 1e-10 to 1 - 1e-10\. Give a probability in between"):
            GeneralisedNormal(1.5).norm_quantile(probability, 2)
        assert GeneralisedNormal(1.5).norm_quantile(probability, 1) > 0.0
    # The closed law of the spherical form reaches to the smallest float: P = (r^2)^(1/2) of the gamma law.
    assert 0.0 < GeneralisedNormal(30.0, 1.0, "spherical").norm_quantile(5e-324, 2) < 1e-161


@every_law
@pytest.mark.parametrize("scale", [1e-30, 1e-10, 1e25])
def test_scores_survive_huge_and_tiny_scales_in_single_precision(law: AbstractNoiseLaw, scale: float) -> None:
    """The square of the scale is no single-precision number, the score is; also where a compiler joins divisions."""
    one = np.array([0.7, -1.3], "float32")
    wide = law.rescaled(scale)
    noise = (scale * one.astype(float)).astype("float32")
    for score in (wide.score, jax.jit(wide.score)):
        found = np.asarray(score(jnp.asarray(noise)))
        assert found.dtype == "float32"
        np.testing.assert_allclose(found * scale, law.score(jnp.asarray(one)), rtol=3e-6)
    samples = wide.sample(jax.random.key(1), (50, 2), "float32")
    np.testing.assert_allclose(samples / scale, law.sample(jax.random.key(1), (50, 2), "float32"), rtol=3e-6)


@pytest.mark.parametrize("form", ["product", "spherical"])
def test_noise_of_a_small_exponent_is_drawn_in_single_precision(form: str) -> None:
    """At scale 1 it leaves single precision in many dimensions; at its own scale it does not."""
    law = GeneralisedNormal(0.1, 1.0, form)
    law = law.rescaled(1.0 / law.norm_quantile(0.5, 784))
    single, double = (law.sample(jax.random.key(2), (20, 784), dtype) for dtype in ("float32", "float64"))
    assert np.isfinite(single).all()
    norms = np.linalg.norm(np.asarray(single, float), axis=1)
    assert 1e-3 < np.median(norms) < 1e3
    assert np.isfinite(double).all()


def test_student_noise_of_very_many_degrees_is_gaussian() -> None:
    noise = jnp.array([1.0, -2.0, 0.5])
    for df in (1e9, 1e12, 1e15):
        law = StudentT(df)
        # The difference is of the order |n|^4 / df.
        np.testing.assert_allclose(law.log_prob(noise), Gaussian().log_prob(noise), atol=1e-12 + 100.0 / df)
        np.testing.assert_allclose(law.score(noise), Gaussian().score(noise), rtol=100.0 / df + 1e-14)
