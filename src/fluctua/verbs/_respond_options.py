"""Options of ``respond`` that are refused, or that do not go together."""

from collections.abc import Sequence
from typing import Any

from ..core import OptionError, listed
from ..data import Record
from ..response import KINDS, OF_FUNCTIONS, AbstractPush
from ..results import HomogeneousField
from ..scores import AbstractScore

_MOST_NUMBERS = 4_000_000


def check_confidence(confidence: float) -> None:
    """Refuse a confidence that is no probability."""
    if not 0 < confidence < 1:
        raise OptionError(
            f"the confidence is {confidence:g}",
            "it lies between 0 and 1",
            "give --confidence 0.95 for 95 % bands",
        )


def to_transport(transport: Sequence[float] | None, record: Record) -> tuple[float, ...] | None:
    """The times of transport, without those that are zero; None if they are to be found."""
    times = None if transport is None else tuple(time for time in transport if time != 0)
    if times and not record.homogeneous:
        raise OptionError(
            f"a transport for {', '.join(f'{time:g}' for time in times)} {record.time_units} was asked for",
            "only a field that is homogeneous along two dimensions carries itself along",
            "leave --transport out, or name the homogeneous dimensions with --homogeneous",
        )
    return times


def check_features(features: str, degree: int | None, field: HomogeneousField | None) -> None:
    """Refuse functions that do not exist or are asked for twice."""
    if features not in KINDS:
        raise OptionError(
            f"the features are {features!r}",
            f"there are {', '.join(KINDS)}",
            "leave --features out to have as many functions as the record carries",
        )
    if features != "auto" and (degree is not None or field is not None):
        raise OptionError(
            f"{features} features were asked for {'of a homogeneous field' if field else f'beside degree {degree}'}",
            "--features is for a list of variables, and says by itself how high the degree is",
            f"leave --features {'out' if field else 'or --dictionary-degree out'}",
        )


def check_noisy(pushes: Sequence[AbstractPush], record: Record, score: Any) -> None:
    """Refuse what cannot be answered with noise of the measurement kept out."""
    varying = [push.name for push in pushes if push.constant(record.dimension) is None]
    if varying:
        raise OptionError(
            f"the push {listed(varying)} depends on the state, and the record is said to have noise of its measurement",
            "with such noise the state itself is not known, so that only pushes that are the same everywhere are",
            "push single variables, or leave --measurement-noise out",
        )
    if score not in OF_FUNCTIONS:
        raise OptionError(
            f"the score {score if isinstance(score, str) else 'that was given'} was to be used on a record with noise "
            "of its measurement",
            "a score of what was recorded is not that of the system",
            f"leave --score out, or give one of {', '.join(OF_FUNCTIONS)}",
        )


def check_with_delays(score: str | AbstractScore, noisy: bool) -> None:
    """Refuse what does not go together with earlier states."""
    if not isinstance(score, str):
        raise OptionError(
            f"a score of {score.dimension} variables was given together with --delays",
            "the score is then that of the state with its history, and is fitted on the way",
            "leave --score out, or give the name of a family",
        )
    if noisy:
        raise OptionError(
            "--measurement-noise was given together with --delays",
            "an earlier state cannot be a part of the state and an instrument against the noise in it at once",
            "leave one of the two out",
        )


def check_size(pushes: int, steps: int, observables: int) -> None:
    """Refuse a result that would not fit into memory with its bands."""
    numbers = pushes * (steps + 1) * observables
    if numbers > _MOST_NUMBERS:
        raise OptionError(
            f"{pushes} pushes, {steps + 1} lags and {observables} observables make {numbers:,} responses",
            f"at most {_MOST_NUMBERS:,} fit",
            "ask for fewer observables or pushes, a shorter --max-lag, or a coarser record",
        )
