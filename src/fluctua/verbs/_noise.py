"""How a network is trained, as options of fitting a score: the noise law, and the tails it is built on."""

import math
from collections.abc import Sequence
from typing import Literal

from ..core import OptionError
from ..noise import noise_law_named
from ..training import check_target


def check_noise(noise: str | None, method: str, homogeneous: Sequence[str] = ()) -> None:
    """Refuse a noise law where no network of a few variables is asked for."""
    if noise is not None:
        _check_network("noise law", noise, "a noise law is how a network is trained", method, homogeneous)


def noise_text(noise: str | None, dimension: int) -> str:
    """The noise law a network is trained with, refused here if it cannot be."""
    text = "gaussian" if noise is None else noise
    check_target(noise_law_named(text, dimension), dimension)
    return text


def check_tail_index(
    index: float | str | None, method: str, homogeneous: Sequence[str] = ()
) -> float | Literal["estimate"] | None:
    """The index of power-law tails that was asked for, as a number or the word for having it estimated."""
    if index is None:
        return None
    _check_network("tail index", index, "the tails are what a network is built on", method, homogeneous)
    if index == "estimate":
        return "estimate"
    try:
        number = float(index)
    except ValueError:
        number = math.nan
    if not (number > 0.0 and math.isfinite(number)):
        raise OptionError(
            f"the tail index is '{index}'",
            "the index of power-law tails is a positive number: a density of one variable that falls like |x|^-5 has 4",
            "give a number, 'estimate' to have it estimated, or leave it out for tails without a power law",
        )
    return number


def _check_network(name: str, value: object, meaning: str, method: str, homogeneous: Sequence[str]) -> None:
    """Refuse an option of the training of a network where no network of a few variables is asked for."""
    if method != "network":
        raise OptionError(
            f"the {name} '{value}' was given for the score '{method}'",
            f"{meaning}; the other scores are fitted without",
            f"ask for the score 'network', or leave the {name} out",
        )
    if homogeneous:
        raise OptionError(
            f"the {name} '{value}' was given for a field with the homogeneous dimension {', '.join(homogeneous)}",
            "the network of a homogeneous field is trained with Gaussian noise and built on its Gaussian score",
            f"leave the {name} out, or leave the homogeneous dimension out to have the field treated cell by cell",
        )
