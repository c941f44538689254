"""Noise laws by name, their scales, and what is refused."""

import math

import pytest

from fluctua.core import OptionError, registered
from fluctua.noise import (
    AbstractNoiseLaw,
    Gaussian,
    GeneralisedNormal,
    StudentT,
    noise_law_named,
    noise_law_text,
    restore_noise_law,
    scaled,
)
from studies.oracles import SymmetricStable


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("gaussian", Gaussian()),
        (" Gaussian:scale=0.5 ", Gaussian(0.5)),
        ("generalised-normal:beta=2", GeneralisedNormal(2.0, math.sqrt(2.0))),
        ("generalised-normal:beta=1,form=spherical,scale=raw", GeneralisedNormal(1.0, 1.0, "spherical")),
        ("generalised-normal:Beta=1, scale=released", GeneralisedNormal(1.0, math.sqrt(2.0))),
        ("student-t:df=4", StudentT(4.0, math.sqrt(0.5))),
        ("student-t:df=4,scale=3", StudentT(4.0, 3.0)),
        ("symmetric-stable:alpha=2", SymmetricStable(2.0, math.sqrt(0.5))),
        ("symmetric-stable:alpha=1.7,scale=raw", SymmetricStable(1.7)),
    ],
)
def test_a_text_names_a_law(text: str, law: AbstractNoiseLaw) -> None:
    named = noise_law_named(text, 3)
    assert type(named) is type(law)
    assert named.config() == pytest.approx(law.config())


def test_laws_without_a_variance_get_the_median_norm_of_gaussian_noise() -> None:
    for text in ("student-t:df=2", "symmetric-stable:alpha=1.7", "generalised-normal:beta=0.5,scale=median-norm"):
        median = noise_law_named(text, 5).norm_quantile(0.5, 5)
        assert median == pytest.approx(Gaussian().norm_quantile(0.5, 5), rel=1e-9)


@pytest.mark.parametrize(
    "law", [Gaussian(0.3), GeneralisedNormal(1.5, 0.7, "spherical"), StudentT(3.0, 1.0 / 3.0), SymmetricStable(1.7)]
)
def test_a_law_is_read_back_from_its_text(law: AbstractNoiseLaw) -> None:
    assert noise_law_named(noise_law_text(law), 7) == law


@pytest.mark.parametrize("law", [GeneralisedNormal(0.7), GeneralisedNormal(3.0, 1.0, "spherical"), StudentT(2.5)])
def test_the_deviation_convention_gives_unit_variance(law: AbstractNoiseLaw) -> None:
    for dimension in (1, 6):
        assert scaled(law.rescaled(9.0), "deviation", dimension).variance(dimension) == pytest.approx(1.0)


def test_unit_variance_scales_are_those_of_the_table() -> None:
    table = {0.5: 0.09129, 0.75: 0.38578, 1.0: 0.70711, 1.25: 0.96812, 1.5: 1.16367, 1.75: 1.30769, 4.0: 1.72008}
    for beta, scale in table.items():
        assert scaled(GeneralisedNormal(beta), "deviation", 1).scale == pytest.approx(scale, abs=5.1e-6)


def test_there_is_an_example_for_every_law() -> None:
    for name in registered("noise law"):
        if name != "gaussian":
            with pytest.raises(OptionError, match=rf"{name} noise needs .*Write, for example, {name}:") as caught:
                noise_law_named(name, 2)
            assert noise_law_named(caught.value.remedy.removeprefix("write, for example, "), 2).kind == name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("laplace", r"noise law 'laplace' was asked for; the noise laws are gaussian, generalised-normal"),
        ("student:df=3", r"noise law 'student'.*Use 'student-t'"),
        ("", r"The noise law '' was asked for"),
        ("student-t:nu=3", r"student-t parameter 'nu' was asked for; the student-t parameters are df, scale\."),
        ("gaussian:beta=2", r"gaussian parameter 'beta' .* are scale\."),
        ("student-t:scale=1", r"does not say its df; student-t noise needs df\. Write, for example"),
        ("student-t:df", r"has the part 'df'; parts of the form name=value"),
        ("student-t:df=3,,scale=1", r"has the part ''; parts of the form"),
        ("student-t:df=3,df=4", r"says df twice; every parameter is said once\. Drop one df"),
        ("student-t:df=three", r"df = 'three'; a number is needed\. Write"),
        ("student-t:df=3,scale=devation", r"scale convention 'devation' .* or a number\. Use 'deviation'"),
        ("student-t:df=3,scale=-1", r"scale of the noise law is -1\.0; a positive finite number is needed\. Give 1"),
        ("student-t:df=-3", r"df = -3; a positive finite number is needed\. Use 3"),
        ("generalised-normal:beta=0", r"beta = 0; a number from 0\.05 to 30 is needed\. Use 1 for Laplace"),
        ("generalised-normal:beta=nan", r"beta = nan; a number from 0\.05 to 30"),
        ("generalised-normal:beta=1e9", r"beta = 1e\+09; a number from 0\.05 to 30"),
        ("generalised-normal:beta=0.01", r"beta = 0\.01; a number from 0\.05 to 30"),
        ("student-t:df=0.001", r"'median-norm' was asked for with student-t noise of df = 0\.001 in 2 dim.*Take a law"),
        ("generalised-normal:beta=1,form=sphere", r"form 'sphere' was asked for; .*Use 'spherical'"),
        ("symmetric-stable:alpha=2.1", r"alpha = 2\.1; a positive number that is at most 2 is needed\. Use 2"),
        ("symmetric-stable:alpha=1.7,scale=deviation", r"moments below the order 1\.7; .*order 2\. Use 'median-norm'"),
        ("symmetric-stable:alpha=1.7,scale=released", r"generalised-normal noise only\. Use 'median-norm'"),
        ("student-t:df=3,scale=released", r"generalised-normal noise only\. Use 'deviation' or 'median-norm'"),
    ],
)
def test_texts_that_name_no_law_are_refused(text: str, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        noise_law_named(text, 2)


def test_scales_that_are_no_floats_are_refused() -> None:
    """Spherical noise of a small exponent is wider than the largest float in very many dimensions."""
    wide = GeneralisedNormal(0.05, 1.0, "spherical")
    assert wide.variance(10**16) == math.inf
    assert wide.norm_quantile(0.5, 10**16) == math.inf
    for convention in ("deviation", "median-norm"):
        with pytest.raises(OptionError, match=r"beta = 0\.05, form = spherical in 10{16} dimensions; .*largest number"):
            scaled(wide, convention, 10**16)


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ({"scale": 1.0}, r"The noise law '' was asked for"),
        ({"kind": "student-t", "scale": 1.0}, r"has the parameters scale; it has df, scale\. Restore it"),
        ({"kind": "gaussian", "beta": 2.0}, r"has the parameters beta; it has scale"),
    ],
)
def test_descriptions_of_no_law_are_refused(description: dict, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        restore_noise_law(description)
