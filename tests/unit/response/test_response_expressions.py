"""Observables as expressions: they mean what Python means by them, and everything else is refused by name."""

import ast
import operator
import sys
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st

from fluctua.core import OptionError
from fluctua.response import Observable

NAMES = ("x", "y1", "tau")
OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def _value(node: ast.AST, columns: dict[str, Any]) -> Any:
    """What Python's own grammar makes of an expression, without running it."""
    match node:
        case ast.Expression(body=body):
            return _value(body, columns)
        case ast.Constant(value=number):
            return number
        case ast.Name(id=name):
            return columns[name]
        case ast.UnaryOp(op=op, operand=operand):
            return OPERATORS[type(op)](_value(operand, columns))
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](_value(left, columns), _value(right, columns))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return OPERATORS[type(op)](_value(left, columns), _value(right, columns)) * 1.0
        case ast.Call(func=ast.Name(id="abs"), args=[argument]):
            return abs(_value(argument, columns))
    raise AssertionError(f"the generated expression holds {ast.dump(node)}")


numbers = st.sampled_from(["0", "1", "2", "3", "0.5", ".25", "2.", "1e-1", "1.5E+1", "10"])
spaces = st.sampled_from(["", " ", "  "])


@st.composite
def expressions(draw: st.DrawFn, depth: int = 2) -> str:
    """An expression of the grammar, with spaces at random."""
    text = draw(sums(depth))
    if draw(st.booleans()):
        sign = draw(st.sampled_from(["<", "<=", ">", ">="]))
        text = f"{text}{draw(spaces)}{sign}{draw(spaces)}{draw(st.sampled_from(['', '-', '- ']))}{draw(numbers)}"
    return text


@st.composite
def sums(draw: st.DrawFn, depth: int) -> str:
    parts = [draw(products(depth)) for _ in range(draw(st.integers(1, 3)))]
    text = parts[0]
    for part in parts[1:]:
        text += f"{draw(spaces)}{draw(st.sampled_from(['+', '-']))}{draw(spaces)}{part}"
    return text


@st.composite
def products(draw: st.DrawFn, depth: int) -> str:
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        sign = draw(st.sampled_from(["", "", "", "-", "+", "--", "- +"]))
        power = draw(st.sampled_from(["", "", "**2", " ** 3", "**0", "**1"]))
        parts.append(sign + draw(atoms(depth)) + power)
    return f"{draw(spaces)}*{draw(spaces)}".join(parts)


@st.composite
def atoms(draw: st.DrawFn, depth: int) -> str:
    if depth == 0 or draw(st.integers(0, 2)):
        return draw(st.one_of(st.sampled_from(NAMES), st.sampled_from(NAMES), numbers))
    inner = draw(expressions(depth - 1))
    return f"{draw(st.sampled_from(['', 'abs']))}({draw(spaces)}{inner}{draw(spaces)})"


@settings(max_examples=150, deadline=None)
@given(expression=expressions(), seed=st.integers(0, 1000))
def test_expressions_mean_what_python_means(expression: str, seed: int) -> None:
    assume(len(expression) <= 900)
    states = np.random.default_rng(seed).integers(-4, 5, (7, 3)) / 2.0
    columns = {name: states[:, index] for index, name in enumerate(NAMES)}
    expected = _value(ast.parse(expression.strip(), mode="eval"), columns) + np.zeros(7)
    if np.isfinite(expected).all():
        np.testing.assert_allclose(Observable(expression, NAMES).along(states), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("-x**2", -9.0),
        ("2*-x", 6.0),
        ("x - y1 - tau", -3.0 - 2.0 - 0.5),
        ("x**-1", -1 / 3),
        ("tau**0.5", np.sqrt(0.5)),
        ("(x > -4)*y1", 2.0),
        ("x > -3", 0.0),
        ("x >= -3", 1.0),
        ("abs(x) - abs(-y1)", 1.0),
        ("abs(x + 1 < 0)", 1.0),
        ("+ + x", -3.0),
        ("5", 5.0),
    ],
)
def test_precedence(expression: str, expected: float) -> None:
    assert Observable(expression, NAMES).along(np.array([-3.0, 2.0, 0.5])) == pytest.approx(expected)


def test_numpy_and_jax_and_any_leading_shape() -> None:
    observable = Observable("x*y1 > 0.5", NAMES)
    states = np.random.default_rng(0).standard_normal((2, 5, 3))
    values = observable.along(states)
    assert values.shape == (2, 5)
    np.testing.assert_array_equal(jax.jit(observable.along)(jnp.asarray(states)), values)
    np.testing.assert_array_equal(values, (states[..., 0] * states[..., 1] > 0.5).astype(float))


@pytest.mark.parametrize(
    ("names", "expression", "expected"),
    [
        (("x-1", "x"), "x-1", 10.0),  # the longest name that fits
        (("x-1", "x"), "x -1", 19.0),
        (("sea level", "sea"), "sea level*2", 20.0),
        (("2", "x"), "2", 10.0),  # where a variable can stand, names go before numbers
        (("2", "x"), "2*x", 200.0),
        (("u[y=3,x=5]", "u[y=3,x=50]"), "u[y=3,x=50]**2", 400.0),
        (("abs", "x"), "abs + x", 30.0),
        (("x**2", "x"), "x**2", 10.0),
        (("température", "θ"), "θ - température", 10.0),
        (("850hPa", "8"), "850hPa + 850", 860.0),
        (("x", "x1"), "x1", 20.0),
    ],
)
def test_names_of_any_characters(names: tuple[str, ...], expression: str, expected: float) -> None:
    assert Observable(expression, names).along(np.array([10.0, 20.0])) == expected


REFUSED = {
    "sin(x)": r"calls 'sin'; .*abs\(\).*Leave the call out: the functions are abs",
    "x(2)": r"position 2|calls",
    "__import__('os')": r"calls '__import__'",
    "z + x": r"names 'z'; the state variables of this record are 'tau', 'x', 'y1'",
    "tauu": r"names 'tauu'; .*Did you mean 'tau'\?",
    "x.real": r"unexpected '\.' at position 2; an observable is made of",
    "x/2": r"unexpected '/' at position 2; .*[Mm]ultiply by the inverse number, as in '0\.5\*x'",
    "x // 2": r"unexpected '/'",
    "x % 2": r"unexpected '%'",
    "x @ y1": r"unexpected '@'",
    "1 < x < 2": r"What stands right of '<' in '1 < x < 2' is not a number",
    "x < 1 < 2": r"unexpected '<' at position 7",
    "x > y1": r"right of '>' .* is not a number; .*compare their difference with 0",
    "x == 1": r"unexpected '=' at position 3",
    "x = 1": r"unexpected '='",
    "x != 1": r"unexpected '!'",
    "x**y1": r"The power in 'x\*\*y1' is not a number; .*as in 'x\*\*2'",
    "x**2**3": r"unexpected '\*' at position 5",
    "x***2": r"The power in .* is not a number",
    "": r"An empty expression was given; .*name of a state variable",
    "   ": r"An empty expression",
    "(x": r"'\(' in '\(x' is never closed; .*Add the missing '\)'",
    "abs(x": r"'abs\(' in 'abs\(x' is never closed",
    "x)": r"unexpected '\)' at position 2",
    "()": r"unexpected '\)' at position 2",
    "x +": r"ends too early; .*Complete it",
    "x y1": r"unexpected 'y' at position 3",
    "2x": r"unexpected 'x' at position 2",
    "x, y1": r"unexpected ','",
    "x; y1": r"unexpected ';'",
    "'x'": r"unexpected '''",
    "x if x else 1": r"unexpected 'i'",
    "lambda: x": r"names 'lambda'",
    "x[0]": r"names 'x\[0\]'",
    "abs": r"names 'abs'",
    "x + \x00": r"unexpected",
}


@pytest.mark.parametrize("expression", REFUSED)
def test_what_is_outside_the_grammar_is_refused_by_name(expression: str) -> None:
    with pytest.raises(OptionError, match=REFUSED[expression]) as caught:
        Observable(expression, NAMES)
    assert caught.value.given
    assert caught.value.needed
    assert caught.value.remedy


@pytest.fixture
def deep_stack() -> Iterator[None]:
    """The checks of annotations in the test run add four frames to every call."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(5 * before)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.parametrize("opening", ["(", "abs(", "-(", "2*("])
def test_deep_nesting_is_refused_and_never_exhausts_the_stack(opening: str, deep_stack: None) -> None:
    with pytest.raises(OptionError, match="nested more than 50 deep"):
        Observable(opening * 60 + "x" + ")" * 60, NAMES)
    shallow = Observable(opening * 20 + "x" + ")" * 20, NAMES)
    assert np.isfinite(shallow.along(np.array([1.5, 0.0, 0.0])))


def test_long_expressions_are_refused_with_their_length() -> None:
    with pytest.raises(OptionError, match=r"has 2001 characters; an expression has at most 1000\. Compute"):
        Observable("x+" * 1000 + "x", NAMES)
    assert Observable("-" * 900 + "x", NAMES).along(np.array([2.0, 0.0, 0.0])) == 2.0
    assert Observable("+".join(["x"] * 500), NAMES).along(np.array([2.0, 0.0, 0.0])) == 1000.0


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet="xytau1 ()*+-<>=.2eabs/[],'\"_\\\n%", max_size=30))
def test_any_text_is_an_observable_or_refused(text: str) -> None:
    """Never another exception, whatever is typed."""
    try:
        observable = Observable(text, NAMES)
    except OptionError:
        return
    with np.errstate(all="ignore"):
        assert observable.along(np.ones((4, 3))).shape == (4,)
