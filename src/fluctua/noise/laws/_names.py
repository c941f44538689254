"""Noise laws by name: on the command line, and in files. Which there are, the registry says."""

import math
from typing import Any

from ...core import Entry, OptionError, named, unknown_choice
from ._base import AbstractNoiseLaw, law_parameters
from ._scales import SCALE_CONVENTIONS, scaled

KIND = "noise law"


def noise_law_named(text: str, dimension: int) -> AbstractNoiseLaw:
    """The noise law that a text describes: a family, and after a colon its parameters.

    Families are those of the registry (``fluctua.core.registered("noise law")``), parameters those that the law is
    made with. ``scale`` is a number, or a convention of ``scaled``. Without a scale the law gets unit variance
    (``deviation``), or where it has no variance the median norm of standard normal noise (``median-norm``).

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
    entry = named(KIND, family.strip().lower())
    example, known = entry.facts["text"], law_parameters(entry.member)
    given = _parameters(text, rest, example)
    for name in given:
        if name not in known:
            raise unknown_choice(f"{entry.name} parameter", name, _listed(entry))
    missing = [name for name in _required(entry) if name not in given]
    if missing:
        raise OptionError(
            f"the noise law '{text}' does not say its {missing[0]}",
            f"{entry.name} noise needs {', '.join(_required(entry))}",
            f"write, for example, {example}",
        )
    scale = given.pop("scale", None)
    options: dict[str, Any] = {
        name: value.lower() if known[name].annotation is str else _number(name, value) for name, value in given.items()
    }
    law = entry.member(**options)
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
        >>> from fluctua.noise import StudentT
        >>> noise_law_text(StudentT(df=3.0, scale=0.5))
        'student-t:df=3.0,scale=0.5'
    """
    return f"{law.kind}:" + ",".join(f"{name}={value}" for name, value in law.config().items())


def restore_noise_law(description: dict[str, Any]) -> AbstractNoiseLaw:
    """The noise law of a description ``{"kind": law.kind, **law.config()}``, as kept in files.

    Raises:
        OptionError: The description names no known family, or parameters that do not belong to it.

    Example:
        >>> from fluctua.noise import StudentT
        >>> law = StudentT(df=3.0)
        >>> restore_noise_law({"kind": law.kind, **law.config()}) == law
        True
    """
    options = dict(description)
    entry = named(KIND, str(options.pop("kind", "")).lower())
    known = _listed(entry)
    if set(options) - set(known) or set(_required(entry)) - set(options):
        raise OptionError(
            f"the description of {entry.name} noise has the parameters {', '.join(sorted(options)) or 'none'}",
            f"it has {', '.join(known)}",
            "restore it from a file that was written by this version",
        )
    return entry.member(**options)


def _required(entry: Entry) -> list[str]:
    parameters = law_parameters(entry.member)
    return [name for name, parameter in parameters.items() if parameter.default is parameter.empty]


def _listed(entry: Entry) -> list[str]:
    """All parameters, the scale last."""
    return [*(name for name in law_parameters(entry.member) if name != "scale"), "scale"]


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
