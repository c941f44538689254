"""The noise law as an option of fitting a score."""

from collections.abc import Sequence

from ..core import OptionError
from ..noise import noise_law_named
from ..training import check_target


def check_noise(noise: str | None, method: str, homogeneous: Sequence[str] = ()) -> None:
    """Refuse a noise law where no network of a few variables is asked for."""
    if noise is None:
        return
    if method != "network":
        raise OptionError(
            f"the noise law '{noise}' was given for the score '{method}'",
            "a noise law is how a network is trained; the other scores are fitted without noise",
            "ask for the score 'network', or leave the noise out",
        )
    if homogeneous:
        raise OptionError(
            f"the noise law '{noise}' was given for a field with the homogeneous dimension {', '.join(homogeneous)}",
            "the network of a homogeneous field is trained with Gaussian noise",
            "leave the noise out, or leave the homogeneous dimension out to have the field treated cell by cell",
        )


def noise_text(noise: str | None, dimension: int) -> str:
    """The noise law a network is trained with, refused here if it cannot be."""
    text = "gaussian" if noise is None else noise
    check_target(noise_law_named(text, dimension), dimension)
    return text
