"""Remedies for calls: expressions, pushes, names, options, scores, delays, places of results."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from .following import Arguments, Make, Right, Row, asks, instead, leaves, takes, writes
from .records import ASKED, csv, frame, linear, response, same

PLAIN = csv(lambda table: table)
OBSERVE, PUSH = writes("--observe"), writes("--push")


def _observing(expression: str) -> Arguments:
    return (*ASKED, "--observe", expression)


def _pushing(expression: str) -> Arguments:
    return ("respond", "a.csv", "--push", expression, "--max-lag", "4", "--score", "gaussian")


def _alike(expression: str) -> Right:
    return same(lambda: frame().set_index("time"), observe=[expression])


def _expression(name: str, written: str, says: str, meant: str) -> Row:
    return Row(name, PLAIN, _observing(written), says, (OBSERVE,), _alike(meant))


def _push(name: str, written: str, says: str, factor: float = 1.0, pushed: int = 0) -> Row:
    return Row(name, PLAIN, _pushing(written), says, (PUSH,), linear(factor, pushed=pushed))


def _noisy(table: pd.DataFrame) -> pd.DataFrame:
    """A variable that keeps 0.95 of itself at a step, read off with noise."""
    moves, noise = np.random.default_rng(5).standard_normal((2, len(table)))
    return pd.DataFrame({"time": table.time, "x": lfilter([0.3], [1, -0.95], moves) + 0.6 * noise})


def _kept(folder: Path) -> None:
    part = response(folder).isel(push=0).sel(observable="x")
    away = np.abs(part.impulse_response - 0.95 ** np.arange(part.lag.size))
    assert (away <= 4 * part.impulse_response_stderr + 1e-6).all(), part


def _with_folder(name: str) -> Make:
    """The record, and a folder ``old`` that holds a file of this name."""

    def make(folder: Path) -> None:
        PLAIN(folder)
        (folder / "old").mkdir()
        (folder / "old" / name).write_text("{}")

    return make


EXPRESSIONS = (
    _expression("a power", "x^2", "write 'x**2'", "x**2"),
    _expression("a raised digit", "x²", "write 'x**2'", "x**2"),
    _expression("a cross", "x × y", "write", "x*y"),
    _expression("a number before a name", "2x", "write '2*x'", "2*x"),
    _expression("two names", "x y", "write 'x*y'", "x*y"),
    _expression("an equality", "x == 1", "write an interval", "(x > 0.9)*(x < 1.1)"),
    _expression("an equality of one sign", "x = 1", "write an interval", "(x > 0.9)*(x < 1.1)"),
    _expression("an inequality", "x != 1", "write an interval", "1 - (x > 0.9)*(x < 1.1)"),
    _expression("a decimal comma", "x > 1,5", "write 'x > 1.5'", "x > 1.5"),
    _expression("an ampersand", "(x > 0) & (y > 0)", "write '(x > 0) and (y > 0)'", "(x > 0)*(y > 0)"),
    _expression("two ampersands", "x > 0 && y > 0", "write", "(x > 0)*(y > 0)"),
    _expression("a bar", "x > 0 || y > 0", "write", "1 - (x <= 0)*(y <= 0)"),
    _expression("a tilde", "~(x > 0)", "write", "x <= 0"),
    _expression("a sign of mathematics", "x ≥ 0", "write 'x >= 0'", "x >= 0"),
    _expression("a function of another name", "ln(x**2 + 1)", "write 'log(x**2 + 1)'", "log(x**2 + 1)"),
    _expression("a function of a package", "np.exp(x)", "write 'exp(x)'", "exp(x)"),
    _expression("a misspelt function", "squrt(x**2)", "did you mean 'sqrt'", "sqrt(x**2)"),
    _expression("a misspelt name", "X2", "did you mean 'x'", "x"),
    _expression(
        "a logarithm of ten",
        "log10(x**2 + 1)",
        "write 'log(x**2 + 1)/2.302585092994046'",
        "log(x**2 + 1)/2.302585092994046",
    ),
)

PUSHES = (
    _push("a misspelt push", "X", "did you mean 'x'"),
    _push("a push of a number", "0", "write", 0.5),
    _push("a push of zero", "0*x", "as in '2*x'", 2.0),
    _push("a push that jumps", "x=(x > 0)*1", "smooth step", float(np.mean(1 + np.tanh(10 * frame().x)) / 2)),
    _push("a push left of a misspelt name", "X=0.1", "did you mean", 0.1),
    Row(
        "two pushes at once",
        PLAIN,
        _pushing("x,y"),
        "give --push x --push y",
        (asks("--push x --push y for each", lambda a: (*_pushing("x"), "--push", "y")),),
        linear(),
    ),
    Row(
        "both pushes at once",
        PLAIN,
        _pushing("x,y"),
        "'x + y' for one push on both",
        (asks("'x + y' for one push", lambda a: _pushing("x + y")),),
        same(lambda: frame().set_index("time"), push={"both": {"x": 1.0, "y": 1.0}}),
    ),
    Row(
        "a quotation",
        PLAIN,
        _observing("'x'"),
        "without quotation marks",
        (asks("names without quotation", lambda a: _observing("x")),),
        _alike("x"),
    ),
    _push("a deviation of a sum", "sd(x+y)", "as in '2*sd(x)'", float(2 * frame().x.std(ddof=0))),
    _push("a push that is no sum", "x*y", "write", 0.5),
)

OPTIONS: tuple[Row, ...] = (
    Row(
        "a result that is there",
        _with_folder("run.json"),
        (*ASKED, "--out", "old"),
        "--overwrite",
        (takes("overwrite"),),
        linear(folder_name="old"),
    ),
    Row(
        "another place",
        _with_folder("run.json"),
        (*ASKED, "--out", "old"),
        "choose another folder",
        (asks("choose another folder", lambda a: (*ASKED, "--out", "out")),),
        linear(),
    ),
    Row(
        "a folder of something else",
        _with_folder("b.txt"),
        (*ASKED, "--out", "old", "--overwrite"),
        "choose another folder",
        (asks("choose another folder", lambda a: (*ASKED, "--out", "out")),),
        linear(),
    ),
    Row(
        "a confidence in percent",
        PLAIN,
        (*ASKED, "--confidence", "95"),
        "--confidence 0.95",
        (instead("confidence"),),
        linear(),
    ),
    Row(
        "an unknown score",
        PLAIN,
        (*ASKED[:-1], "gausian"),
        "choose one of these",
        (asks("choose one of these", lambda a: ASKED),),
        linear(),
    ),
    Row(
        "a degree of nothing",
        PLAIN,
        (*ASKED, "--dictionary-degree", "0"),
        "--dictionary-degree 3",
        (instead("dictionary-degree"),),
        linear(),
    ),
    Row("a negative seed", PLAIN, (*ASKED, "--seed", "-1"), "--seed 0", (instead("seed"),), linear()),
    Row(
        "features beside a degree",
        PLAIN,
        (*ASKED, "--features", "additive", "--dictionary-degree", "2"),
        "leave --features or --dictionary-degree out",
        (leaves("features"),),
        linear(),
    ),
    Row(
        "unknown features",
        PLAIN,
        (*ASKED, "--features", "many"),
        "leave --features out",
        (leaves("features"),),
        linear(),
    ),
    Row(
        "a transport of numbers",
        PLAIN,
        (*ASKED, "--transport", "3"),
        "leave --transport out",
        (leaves("transport"),),
        linear(),
    ),
    Row(
        "a homogeneous list",
        PLAIN,
        (*ASKED, "--homogeneous", "x"),
        "leave the option out",
        (asks("leave the option out", lambda a: ASKED),),
        linear(),
    ),
    Row("modes of a list", PLAIN, (*ASKED, "--modes", "3"), "leave --modes out", (leaves("modes"),), linear()),
    Row(
        "delays of one number",
        PLAIN,
        (*ASKED, "--delays", "4"),
        "--delays 4,1",
        (instead("delays"),),
        linear(),
        left=("states",),
    ),
    Row("delays between steps", PLAIN, (*ASKED, "--delays", "1,1.5"), "--delays 1,1", (instead("delays"),), linear()),
    Row(
        "noise and delays",
        PLAIN,
        (*ASKED, "--delays", "1,1", "--measurement-noise"),
        "leave one of the two out",
        (asks("leave one of the two out", lambda a: (*ASKED, "--delays", "1,1")),),
        linear(),
    ),
    Row(
        "a state that is none",
        PLAIN,
        (*ASKED, "--state", "z"),
        "choose among",
        (asks("choose among x, y", lambda a: (*ASKED, "--state", "x", "--state", "y")),),
        linear(),
    ),
    Row(
        "a drop that is none",
        PLAIN,
        (*ASKED, "--drop", "z"),
        "leave the option out",
        (asks("leave the option out", lambda a: ASKED),),
        linear(),
    ),
    Row("an unknown way with gaps", PLAIN, (*ASKED, "--gaps", "cut"), "--gaps split", (instead("gaps"),), linear()),
    Row(
        "a wrong rename",
        csv(lambda t: t.rename(columns={"time": "t"})),
        (*ASKED, "--rename", "t"),
        "--rename t=time",
        (instead("rename"),),
        linear(),
    ),
    Row(
        "a threshold never crossed",
        PLAIN,
        _observing("x > 1000"),
        "choose a threshold",
        (asks("choose a threshold", lambda a: _observing("x > 1")),),
        _alike("x > 1"),
    ),
    Row(
        "a logarithm of what is negative",
        PLAIN,
        _observing("log(x)"),
        "log(max(x, 0.01))",
        (asks("log(max(x, 0.01))", lambda a: _observing("log(max(x, 0.01))")),),
        _alike("log(max(x, 0.01))"),
    ),
    Row(
        "one name for two pushes",
        PLAIN,
        (*_pushing("a: x"), "--push", "a: y"),
        "label one of them",
        (asks("'other: ", lambda a: (*_pushing("a: x"), "--push", "other: y")),),
        linear(),
    ),
    Row(
        "noise of the measurement",
        csv(_noisy, 16000),
        ("respond", "a.csv", "--push", "x", "--max-lag", "4", "--score", "gaussian"),
        "--measurement-noise",
        (takes("measurement-noise"),),
        Right(_kept),
    ),
)


ROWS = (*EXPRESSIONS, *PUSHES, *OPTIONS)
