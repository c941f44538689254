"""How laws are called in tables and figures."""

from .plan import LOG_TRANSFORM

SECOND_SAMPLE = "second real sample"
"""What stands in the place of a law for a second real sample: the floor of a comparison of samples."""

_FAMILIES = {
    "gaussian": "Gaussian",
    "generalised-normal": "GN",
    "symmetric-stable": "stable",
    "student-t": "Student-t",
}
CLOSED_BETAS = (1.0, 2.0)
"""Exponents for which a noised Gaussian mixture has a closed form; others are sums, too slow for Langevin dynamics."""

_PARAMETERS = ("beta", "alpha", "df")


def law_name(law: str) -> str:
    """A short name of a law given as text; what is no law keeps its own.

    Example:
        >>> law_name("generalised-normal:beta=1.5"), law_name("student-t:df=3,scale=released"), law_name("exact")
        ('GN 1.5', 'Student-t 3 (released scale)', 'exact')
    """
    if law == LOG_TRANSFORM:
        return "log transform"
    kind, _, options = law.partition(":")
    if kind not in _FAMILIES:
        return law
    given = dict(option.split("=", 1) for option in options.split(",") if option)
    name = " ".join([_FAMILIES[kind], *(given[parameter] for parameter in _PARAMETERS if parameter in given)])
    if given.get("form") == "spherical":
        name += " spherical"
    return f"{name} ({given['scale']} scale)" if "scale" in given else name


def is_law(law: str) -> bool:
    """Whether this is the text of a noise law, and not what may stand in the place of one.

    Example:
        >>> is_law("gaussian"), is_law("second real sample")
        (True, False)
    """
    return law.partition(":")[0] in _FAMILIES


def law_beta(law: str) -> float | None:
    """The exponent of a generalised normal law given as text, 2 for Gaussian; none for other laws.

    Example:
        >>> law_beta("gaussian"), law_beta("generalised-normal:beta=1.25"), law_beta("student-t:df=3")
        (2.0, 1.25, None)
    """
    kind, _, options = law.partition(":")
    if kind == "gaussian":
        return 2.0
    given = dict(option.split("=", 1) for option in options.split(",") if option)
    return float(given["beta"]) if kind == "generalised-normal" and "beta" in given else None
