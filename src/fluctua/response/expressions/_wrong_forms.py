"""What to write instead of forms that are no expression here but elsewhere: ``x^2``, ``2x``, ``x == 1``, ``1,5``."""

import re
from collections.abc import Callable, Sequence

from ...core import nearest, option

SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"

_SIGNS = {
    "^": "**",
    "−": "-",
    "–": "-",
    "×": "*",
    "·": "*",
    "⋅": "*",
    "÷": "/",
    "≤": "<=",
    "≥": ">=",
    "=<": "<=",
    "=>": ">=",
    "&&": " and ",
    "&": " and ",
    "||": " or ",
    "~": "not ",
    "!": "not ",
    **{sign: f"**{power}" for power, sign in enumerate(SUPERSCRIPTS)},
}
"""Signs that others use for something that there is."""

_CALLS = {
    "ln": "log",
    "fabs": "abs",
    "absolute": "abs",
    "maximum": "max",
    "minimum": "min",
    "tan": "sin(x)/cos(x)",
    "sinh": "(exp(x) - exp(-x))/2",
    "cosh": "(exp(x) + exp(-x))/2",
    "log10": "log(x)/2.302585092994046",
    "log2": "log(x)/0.6931471805599453",
    "log1p": "log(1 + x)",
    "expm1": "exp(x) - 1",
    "cbrt": "x**(1/3)",
    "square": "x**2",
    "pow": "x**2",
    "power": "x**2",
    "sign": "(x > 0) - (x < 0)",
    "where": "(x > 0)*x",
}
"""What there is instead of functions that there are not; a name alone takes the same argument."""

_AVERAGES = ("mean", "var", "sum", "median", "avg", "E", "P")
_DEVIATIONS = ("sd", "std", "stdev", "stddev", "sigma")

_NUMBERS = {"pi": "3.141592653589793", "e": "2.718281828459045", "true": "1", "false": "0"}

STEP = "write a smooth step, such as 'x=(1 + tanh(10*x))/2' for x > 0"
"""What to do about a push that jumps."""

_JOINED = re.compile(r"\b(?:and|or|not)\b|[<>]")
_VALUE = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def instead_of_sign(text: str, position: int, kind: str) -> str:
    """What to do about a character that cannot stand where it is."""
    before, rest = text[:position].rstrip(), text[position:]
    for sign in sorted(_SIGNS, key=len, reverse=True):
        if sign in "!~" and before[-1:].isalnum():  # behind something there is nothing that it could deny
            continue
        if rest.startswith(sign) and not rest.startswith("!="):
            return f"write '{_tidy(before + ' ' * (len(before) < position), _SIGNS[sign], rest[len(sign) :])}'"
    for beginning, remedy in _REMEDIES:
        if re.match(beginning, rest):
            return remedy(before, rest, kind)
    if before and (before[-1].isalnum() or before[-1] in ")]_.") and re.match(r"[\w(\[.]", rest):
        return f"write '{before}*{rest}' for a product"
    return f"write the {kind} with what is listed here alone"


def _tidy(before: str, sign: str, after: str) -> str:
    return f"{before.rstrip()} {sign.strip()} {after.lstrip()}" if " " in sign and before else f"{before}{sign}{after}"


def _window(before: str, rest: str, kind: str) -> str:
    """A value is met exactly with probability zero: an interval around it is meant."""
    if kind == "push":
        return "name a pushed variable left of one '=', as in 'damping: x=-0.1*x'"
    sign = re.match(r"!=|<>|=+", rest)
    value = rest[sign.end() if sign else 0 :].strip()
    if not before or not value or _JOINED.search(before + value) or "=" in value:
        return "write an interval around the value, as in '0.9 < x < 1.1'"
    if _VALUE.fullmatch(value):
        number = float(value)
        half = 0.1 * abs(number) or 0.1
        within = f"{number - half:g} < {before} < {number + half:g}"
    else:
        within = f"-0.1 < {before} - ({value}) < 0.1"
    within = f"not ({within})" if sign and sign.group() in ("!=", "<>") else within
    return f"write an interval around the value, as in '{within}'"


def _comma(before: str, rest: str, kind: str) -> str:
    if before[-1:].isdigit() and rest[1:2].isdigit():
        return f"write '{before}.{rest[1:]}' with a decimal point"
    name = "observe" if kind == "observable" else "push"
    others = [part.strip() for part in re.split("[,;]", rest[1:]) if part.strip()] if "(" not in rest else []
    each = " ".join(option(name, part) for part in (before.strip(), *others) if part)
    both = "" if kind == "observable" else ", or 'x + y' for one push on both"
    return f"give {each} for each of them by itself{both}"


def _quoted(before: str, rest: str, kind: str) -> str:
    return "write names without quotation marks"


def _attribute(before: str, rest: str, kind: str) -> str:
    return "write the name of the state variable alone, without what follows the '.'"


def _with_small_word(text: str) -> str:
    """The text with its first word, such as AND, in small letters."""
    return re.sub(r"[^\W\d]+", lambda word: word.group().lower(), text, count=1)


def _missing(before: str, rest: str, kind: str) -> str:
    return f"write a variable or a number before '{rest[0]}'"


def _function(before: str, rest: str, kind: str) -> str:
    return in_python(kind)


_REMEDIES: tuple[tuple[str, Callable[[str, str, str], str]], ...] = (
    (r"!=|<>|=", _window),
    (r"[,;]", _comma),
    (r"[\"'`]", _quoted),
    (r"\.\D", _attribute),
    (r"(?i:and|or|not)\b", lambda before, rest, kind: f"write '{before} {_with_small_word(rest)}'"),
    (r"is\b", lambda before, rest, kind: _window(before, f"=={rest[2:]}", kind)),
    (r"mod\b", _function),
    (r"if\b", lambda before, rest, kind: STEP if kind == "push" else "multiply by a comparison, as in '(x > 0)*x'"),
    (r"\|", lambda before, rest, kind: "write abs(x) for an absolute value and 'or' between comparisons"),
    (r"//|%|@", _function),
    (r"[*/<>]", _missing),
    (r"\)", lambda before, rest, kind: "write something inside the parentheses, or open one before this one"),
)
"""What to do about a character, by how the rest of the text begins."""


def in_python(kind: str) -> str:
    """What to do where no expression serves."""
    if kind == "push":
        return "pass a function in Python, such as push={'mine': lambda x: -0.1 * x}"
    return "pass a function in Python, such as observe={'mine': lambda states: states[..., 0] ** 2}"


def beside_word(text: str, word: str, kind: str) -> str:
    """What to do about ``and``, ``or`` or ``not`` beside something that is neither true nor false."""
    if kind == "push" and word == "and":
        both = re.sub(r"\s*\band\b\s*", " + ", text)
        return f"write '{both}' for one push on both, or give --push once for each"
    if kind == "push":
        return STEP
    sides = re.fullmatch(rf"(?:([\w.\[\],=]+)\s+)?{word}\s+([\w.\[\],=]+)", text.strip())
    if sides and word == "not":
        return f"write a comparison beside 'not', as in 'not {sides[2]} > 0'"
    if sides and sides[1]:
        return f"write comparisons beside '{word}', as in '{sides[1]} > 0 {word} {sides[2]} > 0'"
    return f"write comparisons beside '{word}', as in '{'not ' if word == 'not' else 'x > 0 ' + word + ' '}x < 1'"


def meant(text: str, word: re.Match[str], remedy: str) -> str | None:
    """The whole expression where a remedy says what one word of it was to be; else nothing is known."""
    near = re.fullmatch(r"did you mean '(.*)'\?", remedy)
    return text[: word.start()] + near[1] + text[word.end() :] if near else None


def instead_of_call(text: str, word: re.Match[str], functions: Sequence[str], kind: str) -> str:
    """What to do about a call of something that is no function here."""
    name = word.group()
    if name not in functions and name.lower() in functions:
        return f"did you mean '{name.lower()}'?"
    if name not in _CALLS and name.lower() in (*_CALLS, *_AVERAGES):
        name = name.lower()
    if "sd" in functions and name.lower() in _DEVIATIONS:
        return "did you mean 'sd'?"
    if name in (*_AVERAGES, *_DEVIATIONS) and kind == "observable":
        return "write the function of one state whose average is meant, such as 'x**2': responses are averages already"
    if name == "sd" and kind == "push":
        return "write the push without '=', as in 'sd(x)'"
    if name in _CALLS:
        instead = _CALLS[name]
        if kind == "push" and ">" in instead:
            return STEP
        both = re.match(r"\s*\(([^(),]+),([^(),]+)\)", text[word.end() :])
        if name in ("pow", "power") and both:
            rest = text[word.end() + both.end() :]
            return f"write '{text[: word.start()]}{_one(both[1].strip())}**{_one(both[2].strip())}{rest}'"
        if instead in functions:
            return f"write '{text[: word.start()]}{instead}{text[word.end() :]}'"
        argument = _argument(text[word.end() :])
        if argument is None:
            return f"write '{instead}', with your variable for x"
        whole = text[word.end() :].lstrip()[len(argument) + 2 :]
        single = _one(argument)
        inner = re.sub(  # x stands for the argument
            r"\((-?)x\)|\bx\b",
            lambda x: f"({x[1]}{single if x[1] else argument})" if x[1] is not None else single,
            instead,
        )
        bare = text[: word.start()].strip() or whole.strip()
        return f"write '{text[: word.start()]}{f'({inner})' if bare else inner}{whole}'"
    near = nearest(name, functions)
    return f"did you mean '{near}'?" if near else in_python(kind)


def _one(argument: str) -> str:
    """An argument as one factor."""
    return argument if re.fullmatch(r"\w+(\[[^\]]*\])?", argument) else f"({argument})"


def _argument(rest: str) -> str | None:
    """What stands between the parentheses with which a text begins; None where there are none or there is a comma."""
    rest, depth = rest.lstrip(), 0
    for place, letter in enumerate(rest):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0:
            return rest[1:place] if place and "," not in rest[:place] else None
    return None


def instead_of_name(text: str, word: re.Match[str], near: str | None, functions: Sequence[str]) -> str:
    """What to do about a name that no state variable has."""
    name, rest = word.group(), text[word.end() :]
    if name.lower() in ("and", "or", "not") and name != name.lower():
        return f"write '{text[: word.start()]}{name.lower()}{rest}'"
    argument = re.match(r"\s+([^\W\d]\w*(?:\[[^\]]*\])?)", rest)
    if name.lower() in functions and argument:
        return f"write '{text[: word.start()]}{name.lower()}({argument[1]}){rest[argument.end() :]}'"
    if name in ("np", "numpy", "math", "jnp") and text[word.end() :].startswith("."):
        return f"write '{text[: word.start()]}{text[word.end() + 1 :]}'"
    if near is not None:
        return f"did you mean '{near}'?"
    if name.lower() in _NUMBERS:
        return f"write {_NUMBERS[name.lower()]} for {name}"
    return "use one of these names"
