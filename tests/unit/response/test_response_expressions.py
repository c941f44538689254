"""Observables as expressions: they mean what Python means by them, and everything else is refused by name."""

import ast
import functools
import operator
import re
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
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": np.abs,
    "log": np.log,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "min": lambda *values: functools.reduce(np.minimum, values),
    "max": lambda *values: functools.reduce(np.maximum, values),
}


def _value(node: ast.AST, columns: dict[str, Any]) -> Any:
    """What Python's own grammar makes of an expression, without running it."""
    match node:
        case ast.Expression(body=body):
            return _value(body, columns)
        case ast.Constant(value=number):
            return np.float64(number)
        case ast.Name(id=name):
            return columns[name]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return 1.0 - _value(operand, columns)
        case ast.BoolOp(op=op, values=values):
            holds = np.array([_value(value, columns) + np.zeros(7) for value in values])
            return (holds.all(axis=0) if isinstance(op, ast.And) else holds.any(axis=0)) * 1.0
        case ast.UnaryOp(op=op, operand=operand):
            return OPERATORS[type(op)](_value(operand, columns))
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](_value(left, columns), _value(right, columns))
        case ast.Compare(left=left, ops=ops, comparators=others):
            sides = [_value(side, columns) for side in (left, *others)]
            holds = [OPERATORS[type(op)](sides[k], sides[k + 1]) + np.zeros(7) for k, op in enumerate(ops)]
            return np.prod(holds, axis=0)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return FUNCTIONS[name](*(_value(argument, columns) for argument in arguments))
    raise AssertionError(f"the generated expression holds {ast.dump(node)}")


numbers = st.sampled_from(["0", "1", "2", "3", "0.5", ".25", "2.", "1e-1", "1.5E+1", "10"])
spaces = st.sampled_from(["", " ", "  "])


@st.composite
def expressions(draw: st.DrawFn, depth: int = 1) -> str:
    """An expression of the grammar, with spaces at random."""
    if depth == 0 or draw(st.booleans()):
        return draw(comparisons(depth, fewest=0))
    return draw(truths(depth))


@st.composite
def truths(draw: st.DrawFn, depth: int) -> str:
    """Comparisons joined by words."""
    words = st.sampled_from([" and ", " or ", " and not ", "  or not not "])
    text = draw(st.sampled_from(["", "not "])) + draw(comparisons(depth, fewest=1))
    if draw(st.booleans()):
        other = draw(comparisons(depth, fewest=1))
        text += draw(words) + (f"({other})" if draw(st.booleans()) else other)
    return text


@st.composite
def comparisons(draw: st.DrawFn, depth: int, fewest: int) -> str:
    text = draw(sums(depth))
    for _ in range(draw(st.integers(fewest, fewest + 1))):
        text += f"{draw(spaces)}{draw(st.sampled_from(['<', '<=', '>', '>=']))}{draw(spaces)}{draw(sums(depth))}"
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
    text = ""
    for place in range(draw(st.integers(1, 3))):
        sign = draw(st.sampled_from(["", "", "", "-", "+", "--", "- +"]))
        power = draw(st.sampled_from(["", "", "**2", " ** 3", "**0", "**1", "**-1", "**(1/2)", "**2**2"]))
        between = f"{draw(spaces)}{draw(st.sampled_from(['*', '*', '/']))}{draw(spaces)}" if place else ""
        text += between + sign + draw(atoms(depth)) + power
    return text


@st.composite
def atoms(draw: st.DrawFn, depth: int) -> str:
    if depth == 0 or draw(st.integers(0, 2)):
        return draw(st.one_of(st.sampled_from(NAMES), st.sampled_from(NAMES), numbers))
    name = draw(st.sampled_from(["", "", *FUNCTIONS]))
    count = draw(st.integers(2, 3)) if name in ("min", "max") else 1
    parts = [f"{draw(spaces)}{draw(expressions(depth - 1))}{draw(spaces)}" for _ in range(count)]
    return f"{name}({', '.join(parts)})"


@settings(max_examples=60, deadline=None)
@given(expression=expressions(), seed=st.integers(0, 1000))
def test_expressions_mean_what_python_means(expression: str, seed: int) -> None:
    assume(len(expression) <= 900)
    states = np.random.default_rng(seed).integers(-4, 5, (7, 3)) / 2.0
    columns = {name: states[:, index] for index, name in enumerate(NAMES)}
    with np.errstate(all="ignore"):
        expected = _value(ast.parse(expression.strip(), mode="eval"), columns) + np.zeros(7)
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
    everything = "min(x, y1) < exp(-tau**2)/2 or not -1 < sin(x) <= max(x, y1, 0.5) and sqrt(abs(x)) > log(2 + cos(y1))"
    states = np.random.default_rng(1).standard_normal((50, 3))
    one, other = (Observable(everything, NAMES).along(as_array(states)) for as_array in (np.asarray, jnp.asarray))
    np.testing.assert_array_equal(one, other)
    assert set(one) == {0.0, 1.0}
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
        (("2", "x"), "`2`*x", 200.0),
        (("2", "x"), "2.0*`x`", 40.0),
        (("2", "x"), "`2`", 10.0),
        (("-1", "x"), "-1", 10.0),
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


# What others write, and what they are told to write: the advice runs, and means what they meant.
CORRECTED: dict[str, tuple[str, Callable[..., Any]]] = {
    "x^2": (r"Write 'x\*\*2'", lambda x, y1, tau: x**2),
    "x²": (r"Write 'x\*\*2'", lambda x, y1, tau: x**2),
    "2x": (r"Write '2\*x' for a product", lambda x, y1, tau: 2 * x),
    "2(x + y1)": (r"Write '2\*\(x \+ y1\)' for a product", lambda x, y1, tau: 2 * (x + y1)),
    "x y1": (r"Write 'x\*y1' for a product", lambda x, y1, tau: x * y1),
    "(x) (y1)": (r"Write '\(x\)\*\(y1\)'", lambda x, y1, tau: x * y1),
    "x × y1": (r"Write 'x \* y1'", lambda x, y1, tau: x * y1),
    "x − y1": (r"Write 'x - y1'", lambda x, y1, tau: x - y1),
    "x == 1": (r"interval .* '0\.9 < x < 1\.1'", lambda x, y1, tau: (x > 0.9) & (x < 1.1)),
    "x = 1": (r"interval .* '0\.9 < x < 1\.1'", lambda x, y1, tau: (x > 0.9) & (x < 1.1)),
    "x != 0": (r"interval .* 'not \(-0\.1 < x < 0\.1\)'", lambda x, y1, tau: np.abs(x) >= 0.1),
    "x == y1 + tau": (r"'-0\.1 < x - \(y1 \+ tau\) < 0\.1'", lambda x, y1, tau: np.abs(x - y1 - tau) < 0.1),
    "x > 1,5": (r"Write 'x > 1\.5' with a decimal point", lambda x, y1, tau: x > 1.5),
    "x ≤ 1": (r"Write 'x <= 1'", lambda x, y1, tau: x <= 1),
    "x => 1": (r"Write 'x >= 1'", lambda x, y1, tau: x >= 1),
    "x > 0 && y1 > 0": (r"Write 'x > 0 and y1 > 0'", lambda x, y1, tau: (x > 0) & (y1 > 0)),
    "x > 0 || y1 > 0": (r"Write 'x > 0 or y1 > 0'", lambda x, y1, tau: (x > 0) | (y1 > 0)),
    "!(x > 0)": (r"Write 'not \(x > 0\)'", lambda x, y1, tau: x <= 0),
    "np.exp(x)": (r"Write 'exp\(x\)'", lambda x, y1, tau: np.exp(x)),
    "ln(2 + x*x)": (r"Write 'log\(2 \+ x\*x\)'", lambda x, y1, tau: np.log(2 + x * x)),
    "maximum(x, y1)": (r"Write 'max\(x, y1\)'", lambda x, y1, tau: np.maximum(x, y1)),
    "tan(x)": (r"Write 'sin\(x\)/cos\(x\)'", lambda x, y1, tau: np.tan(x)),
    "sign(x)": (r"Write '\(x > 0\) - \(x < 0\)'", lambda x, y1, tau: np.sign(x)),
    "X": (r"Did you mean 'x'\?", lambda x, y1, tau: x),
    "Tau": (r"Did you mean 'tau'\?", lambda x, y1, tau: tau),
    "x if x > 0 else 0": (r"as in '\(x > 0\)\*x'", lambda x, y1, tau: np.maximum(x, 0)),
}


@pytest.mark.parametrize("expression", CORRECTED)
def test_advice_on_a_wrong_form_is_what_was_meant(expression: str) -> None:
    advice, meant = CORRECTED[expression]
    with pytest.raises(OptionError, match=advice) as caught:
        Observable(expression, NAMES)
    states = np.random.default_rng(0).standard_normal((200, 3))
    (written,) = re.findall(r"'([^']*)'", caught.value.remedy)
    np.testing.assert_allclose(Observable(written, NAMES).along(states), meant(*states.T).astype(float))


REFUSED = {
    "floor(x)": r"calls 'floor'; .*abs\(\), log\(\).*[Pp]ass a function in Python",
    "mean(x)": r"function of one state.*averages already",
    "sinn(x)": r"calls 'sinn'.*[Dd]id you mean 'sin'",
    "x(2)": r"'x\*\(2\)'",
    "__import__('os')": r"calls '__import__'",
    "z + x": r"names 'z'; the state variables of this record are 'tau', 'x', 'y1'",
    "tauu": r"names 'tauu'; .*Did you mean 'tau'\?",
    "pi*x": r"names 'pi'; .*[Ww]rite 3\.14159",
    "x.real": r"unexpected '\.' at position 2; .*without what follows the '\.'",
    "x // 2": r"unexpected '/'.*[Pp]ass a function",
    "x % 2": r"unexpected '%'.*[Pp]ass a function",
    "x @ y1": r"unexpected '@'.*[Pp]ass a function",
    "/x": r"unexpected '/' at position 1; .*before '/'",
    "x * * y1": r"unexpected '\*' at position 5; .*before '\*'",
    "x***2": r"unexpected '\*'",
    "x and y1": r"'and' in 'x and y1' stands beside .*comparisons",
    "x > 1 or y1": r"'or' in .*comparisons",
    "not x": r"'not' in .*comparison.*'not x > 0'",
    "log(x, 2)": r"'log' in .* has 2 arguments; .*[Gg]ive one, as in 'log\(x\)'",
    "min(x)": r"'min' in .* has 1 argument; .*[Gg]ive two or more, as in 'min\(x, 1\)'",
    "max(x,1,5)": r"between two digits; .*decimal point, or a space",
    "": r"An empty expression was given; .*name of a state variable",
    "   ": r"An empty expression",
    "(x": r"'\(' in '\(x' is never closed; .*Add the missing '\)'",
    "abs(x": r"'abs\(' in 'abs\(x' is never closed",
    "x)": r"unexpected '\)' at position 2",
    "()": r"unexpected '\)' at position 2; .*inside the parentheses",
    "x +": r"ends too early; .*Complete it",
    "x, y1": r"unexpected ','.*--observe x --observe y1 for each",
    "x; y1": r"unexpected ';'.*--observe x --observe y1 for each",
    "'x'": r"unexpected .*quotation marks",
    "|x|": r"abs\(x\) for an absolute value",
    "lambda: x": r"names 'lambda'",
    "x[0]": r"names 'x\[0\]'",
    "abs": r"names 'abs'",
    "x + \x00": r"unexpected",
    "x $ 2": r"unexpected '\$'.*listed here",
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
    with pytest.raises(
        OptionError, match=r"has 2001 characters; an expression has at most 1000\. Shorten it, or pass a function"
    ):
        Observable("x+" * 1000 + "x", NAMES)
    assert Observable("-" * 900 + "x", NAMES).along(np.array([2.0, 0.0, 0.0])) == 2.0
    assert Observable("+".join(["x"] * 500), NAMES).along(np.array([2.0, 0.0, 0.0])) == 1000.0


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet="xytau1 ()*+-<>=.2eabslogmin^²|&!:/[],'\"_\\\n%", max_size=30))
def test_any_text_is_an_observable_or_refused(text: str) -> None:
    """Never another exception, whatever is typed."""
    try:
        observable = Observable(text, NAMES)
    except OptionError:
        return
    with np.errstate(all="ignore"):
        assert observable.along(np.ones((4, 3))).shape == (4,)
