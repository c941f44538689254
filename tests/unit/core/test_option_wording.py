"""Options in messages can be copied as they stand, whatever name is behind them, in a terminal and in Python."""

import ast
import shlex

import numpy as np
import pandas as pd
import pytest

import fluctua
from fluctua.core import DataError, OptionError, option

NAMES = ["x", "Vol..", "Vol.", "a:", "why?", "Hour (UTC)", "it's", "out", "in", "2", "2.5", "a,b"]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_copied_is_the_name(name: str) -> None:
    copied = f"give {option('drop', name)}."[len("give ") :].rstrip(".")
    assert shlex.split(copied) == ["--drop", name]
    assert shlex.split(f"{option('drop', name)}, then".removesuffix(", then")) == ["--drop", name]


@pytest.mark.parametrize("name", NAMES)
def test_the_same_in_python(name: str) -> None:
    table = pd.DataFrame({"u": np.random.default_rng(0).standard_normal(300)})
    table[name] = 2 * table.u + 1
    with pytest.raises(DataError, match="copies of one another") as told:
        fluctua.respond(table, push="u", max_lag=3)
    written = str(told.value).rpartition("drop=")[2].removesuffix(".")
    assert ast.literal_eval(written) == name


@pytest.mark.parametrize("argument", ["anomaly", "standardise"])
def test_choices_of_an_argument_are_told_once(argument: str) -> None:
    with pytest.raises(OptionError, match=rf"The argument {argument} is True, a bool") as told:
        fluctua.respond(pd.DataFrame({"u": np.zeros(9)}), push="u", max_lag=3, **{argument: True})  # type: ignore[arg-type]
    assert str(told.value).count("'month'") == 2  # what it is, and what to give
    assert "'hour', or a list of them" in str(told.value)
