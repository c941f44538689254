"""Advice about expressions is followed once: what it says to write can be read, whatever else was wrong besides."""

import re

import pytest

from fluctua.core import OptionError
from fluctua.response import Observable, push_of_text

NAMES = ("x", "y")
FAULTY = (
    *("X^2", "2X", "2x^2", "X²", "3x²", "x^2+y^2", "2x+3y", "2X+3Y", "x×Y", "x²y", "2(X)", "-2X", "x ^ 2 + y ^ 2"),
    *("LOG(X**2+1)", "ln(X^2 + 1)", "np.exp(X)", "tan(x^2)", "Exp(x^2)", "POW(X, 2)", "Pow(X,2)", "Abs x", "sin X"),
)
OBSERVED = (
    *("x&y", "X & Y", "~x", "X AND Y", "x || Y", "X>0 & Y>0", "(X>0)&(Y>0)", "x>0 AND y>0", "x>0 Or y^2>1", "NOT X>0"),
    *("X>1,5", "X=1", "x=X^2", "x is 1", "X == 1", "sign(X)", "x^2 = 1"),
)
PUSHED = (
    *("Sd(x)", "SD(X)", "std(X)", "2Sd(x)", "Sd(X) + Sd(Y)", "-sd(X)", "sd x", "x&y", "X and Y", "x AND y", "2*STD(x)"),
    *("x=-0.1x", "x=-X^3", "x=-0.1x, y=2x", "x=1 y=2", "x=1 & y=2", "x=X^2; y=2X", "X^2", "2x^2", "sin(X)", "sign(X)"),
    *("not x", "x if x > 0 else 0", "where(x > 0, x, 0)", "x +", "0", "sd(x)^2"),
)


def advised(error: OptionError, text: str) -> str:
    """What an error says to write; a name that was meant takes the place of the wrong one."""
    found = re.findall(r"(?:write|did you mean|as in|such as) '([^']+)'", error.remedy)
    assert found, error
    wrong = re.search(r"(?:names|calls) '([^']+)'$", error.given)
    return text.replace(wrong[1], found[0]) if "did you mean" in error.remedy and wrong else found[0]


@pytest.mark.parametrize("text", [*FAULTY, *OBSERVED])
def test_an_observable_is_read_after_one_piece_of_advice(text: str) -> None:
    with pytest.raises(OptionError) as caught:
        Observable(text, NAMES)
    Observable(advised(caught.value, text), NAMES)


@pytest.mark.parametrize("text", [*FAULTY, *PUSHED])
def test_a_push_is_read_after_one_piece_of_advice(text: str) -> None:
    with pytest.raises(OptionError) as caught:
        push_of_text("mine", text, NAMES, lambda variable: 2.0)
    push_of_text("mine", advised(caught.value, text), NAMES, lambda variable: 2.0)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("x=-0.1x", "x=-0.1*x"),
        ("x=-X^3", "x=-x**3"),
        ("x=1 y=2", "x=1, y=2"),
        ("x&y", "x + y"),
        ("2Sd(x)", "2*sd(x)"),
        ("X^2", "x=x**2"),
    ],
)
def test_the_advice_is_the_push_that_was_meant(text: str, meant: str) -> None:
    """A part of a push is never advised for the whole of it: '-0.1*x' for 'x=-0.1x' would be another push."""
    with pytest.raises(OptionError) as caught:
        push_of_text("mine", text, NAMES, lambda variable: 2.0)
    assert advised(caught.value, text) == meant


def test_what_cannot_be_mended_says_what_the_last_fault_is() -> None:
    with pytest.raises(OptionError, match=r"names 'Q'.*use one of these|Use one of these"):
        Observable("Q^2", NAMES)
