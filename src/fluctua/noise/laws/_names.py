"""Noise laws by name: on the command line, and in files."""

import math
from typing import Any

from ...core import OptionError, unknown_choice
from ._base import AbstractNoiseLaw
from ._gaussian import Gaussian
from ._generalised_normal import GeneralisedNormal
from ._scales import SCALE_CONVENTIONS, scaled
from ._student_t import StudentT
from ._symmetric_stable import SymmetricStable

# Each family with the parameters it is named with; those without a default must be given.
_FAMILIES: dict[str, tuple[type[AbstractNoiseLaw], tuple[str, ...], tuple[str, ...], str]] = {
    "gaussian": (Gaussian, (), (), "gaussian"),
    "generalised-normal": (GeneralisedNormal, ("beta",), ("form",), "generalised-normal:beta=1.5"),
    "student-t": (StudentT, ("df",), (), "student-t:df=3"),
    "symmetric-stable": (SymmetricStable, ("alpha",), (), "symmetric-stable:alpha=1.7"),
}
NOISE_LAWS: tuple[str, ...] = tuple(_FAMILIES)


def noise_law_named(text: str, dimension: int) -> AbstractNoiseLaw:
    """The noise law that a text describes: a family, and after a colon its parameters.

    Parameters are ``beta`` and ``form`` (product or spherical) of ``generalised-normal``, ``df`` of ``student-t``,
    ``alpha`` of ``symmetric-stable``, and ``scale`` of every family: a number, or a convention of ``scaled``. Without
    a scale the law gets unit variance (``deviation``), or where it has no variance the median norm of standard normal
    noise (``median-norm``).

    Args:
        text: Such as ``"generalised-normal:beta=1.5,form=spherical"``.
        dimension: Dimension of the noise vectors, for the scale conventions.

    Raises:
        OptionError: An unknown family or parameter, a missing one, a value that is none, or text that cannot be read.

    Example:
        >>> noise_law_named("student-t:df=4", 2)
        StudentT(df=4.0, scale=0.707106...)
    """
    family, _, rest = text.strip().partition(":")
    family = family.strip().lower()
    if family not in _FAMILIES:
        raise unknown_choice("noise law", family, NOISE_LAWS)
    build, required, optional, example = _FAMILIES[family]
    given = _parameters(text, rest, example)
    known = (*required, *optional, "scale")
    for name in given:
        if name not in known:
            raise unknown_choice(f"{family} parameter", name, known)
    missing = [name for name in required if name not in given]
    if missing:
        raise OptionError(
            f"the noise law '{text}' does not say its {missing[0]}",
            f"{family} noise needs {', '.join(required)}",
            f"write, for example, {example}",
        )
    scale = given.pop("scale", None)
    options: dict[str, Any] = {
        name: value.lower() if name == "form" else _number(name, value) for name, value in given.items()
    }
    law = build(**options)
    if scale is None:
        scale = "deviation" if math.isfinite(law.variance(dimension)) else "median-norm"
    if scale.lower() in SCALE_CONVENTIONS:
        return scaled(law, scale.lower(), dimension)
    try:
        number = float(scale)
    except ValueError:
        listed = f"{', '.join(SCALE_CONVENTIONS)}, or a number"
        raise unknown_choice("scale convention", scale, SCALE_CONVENTIONS, listed) from None
    return law.rescaled(number)


def noise_law_text(law: AbstractNoiseLaw) -> str:
    """The text that ``noise_law_named`` reads back as the same law, in any dimension.

    Example:
        >>> noise_law_text(StudentT(df=3.0, scale=0.5))
        'student-t:df=3.0,scale=0.5'
    """
    return f"{law.kind}:" + ",".join(f"{name}={value}" for name, value in law.config().items())


def restore_noise_law(description: dict[str, Any]) -> AbstractNoiseLaw:
    """The noise law of a description ``{"kind": law.kind, **law.config()}``, as kept in files.

    Raises:
        OptionError: The description names no known family, or parameters that do not belong to it.

    Example:
        >>> law = StudentT(df=3.0)
        >>> restore_noise_law({"kind": law.kind, **law.config()}) == law
        True
    """
    options = dict(description)
    kind = str(options.pop("kind", "")).lower()
    if kind not in _FAMILIES:
        raise unknown_choice("noise law", kind, NOISE_LAWS)
    build, required, optional, _ = _FAMILIES[kind]
    known = (*required, *optional, "scale")
    if set(options) - set(known) or set(required) - set(options):
        raise OptionError(
            f"the description of {kind} noise has the parameters {', '.join(sorted(options)) or 'none'}",
            f"it has {', '.join(known)}",
            "restore it from a file that was written by this version",
        )
    return build(**options)


def _parameters(text: str, rest: str, example: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in rest.split(",") if rest.strip() else []:
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not (name and equals and value):
            raise OptionError(
                f"the noise law '{text}' has the part '{part.strip()}'",
                "parts of the form name=value are needed, with commas between them",
                f"write, for example, {example}",
            )
        if name.lower() in found:
            raise OptionError(
                f"the noise law '{text}' says {name} twice", "every parameter is said once", f"drop one {name}"
            )
        found[name.lower()] = value
    return found


def _number(name: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise OptionError(
            f"the noise law was given {name} = '{value}'", "a number is needed", f"write, for example, {name}=1.5"
        ) from None
