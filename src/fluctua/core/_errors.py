"""One family of errors; every message says what was given, what is needed and what to do."""

import re
import unicodedata

_ARGUMENT = re.compile(r"\w+=")


class FluctuaError(Exception):
    """Root of every error that fluctua raises on purpose.

    Args:
        given: What was given, with the user's own names and numbers.
        needed: What is needed instead.
        remedy: What to do.

    Example:
        >>> error = FluctuaError("the record has 20 time steps", "at least 100 are needed", "give a longer record")
        >>> str(error)
        'The record has 20 time steps; at least 100 are needed. Give a longer record.'
    """

    def __init__(self, given: str, needed: str, remedy: str):
        self.given = given
        self.needed = needed
        self.remedy = remedy
        end = "" if remedy.endswith("?") else "."
        told = f"{_capital(given)}; {needed}. {_capital(remedy)}{end}"
        super().__init__("".join(map(_shown, told)))

    def __reduce__(self) -> tuple[type["FluctuaError"], tuple[str, str, str]]:
        """As it goes from one process to another."""
        return type(self), (self.given, self.needed, self.remedy)


class DataError(FluctuaError):
    """A record that cannot be read or cannot be used."""


class OptionError(FluctuaError):
    """An option, a name or an expression that does not fit the record."""


class ScoreError(FluctuaError):
    """A score that cannot be fitted, loaded or applied."""


class TrainingError(FluctuaError):
    """A training run that cannot start, resume or stay finite."""


class SimulationError(FluctuaError):
    """A simulation that cannot start or stay finite."""


class OutputError(FluctuaError):
    """A result that cannot be written where it was asked for."""


class FluctuaWarning(UserWarning):
    """A result that can be used, with care."""


def _shown(letter: str) -> str:
    """A letter as it can be shown in one line of a terminal: names in files may have line ends and controls in them."""
    return repr(letter)[1:-1] if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") else letter


def _capital(sentence: str) -> str:
    if _ARGUMENT.match(sentence):  # is typed as it is
        return sentence
    return sentence[:1].upper() + sentence[1:]
