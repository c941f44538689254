"""Parameters of noise laws: refused where no law exists."""

import math

from ..core import OptionError


def check_scale(scale: float) -> None:
    """Refuse a scale that is not positive and finite."""
    if not 0.0 < scale < math.inf:
        raise OptionError(
            f"the scale of the noise law is {scale}",
            "a positive finite number is needed",
            "give 1, or the name of a convention such as 'deviation'",
        )


def check_parameter(name: str, value: float, upper: float, remedy: str) -> None:
    """Refuse a parameter outside of $(0, upper]$, or not finite."""
    if not (0.0 < value <= upper and value < math.inf):
        bound = "a positive finite number" if upper == math.inf else f"a positive number that is at most {upper:g}"
        raise OptionError(f"the noise law was given {name} = {value:g}", f"{bound} is needed", remedy)


def check_range(smallest: float, largest: float) -> None:
    """Refuse levels that are not positive, finite and ordered."""
    if not (0.0 < smallest <= largest < math.inf):
        raise OptionError(
            f"the noise levels run from {smallest} to {largest}",
            "a positive smallest level and a finite largest level that is not below it are needed",
            "give, for example, smallest=0.1 and largest=3.0",
        )


def check_count(count: int) -> None:
    """Refuse a number of levels below one."""
    if count < 1:
        raise OptionError(f"{count} noise levels were asked for", "at least 1 is needed", "ask for 1 or more levels")
