"""Confidence limits and uncertainties beside a record: they say how well a variable is known, and are no variables."""

import re
import warnings
from collections.abc import Mapping

import numpy as np
import xarray as xr

_SIDE = r"(?:lower|upper|low|high|lo|hi|lwr|upr|min|max)"
_SURE = r"(?:conf(?:idence)?|credible|ci|cl|uncertainty|error)"
_LIMIT = re.compile(
    rf".*\b{_SIDE}\b.*\b{_SURE}\b.*|.*\b{_SURE}\b.*\b{_SIDE}\b.*"
    rf"|(?:.*\b)?[lu]c[li]\b.*|.*\b{_SURE} (?:limit|bound|interval)s?\b.*"
)
_SIDES = re.compile(r"(?:(.+) )?(?:lower|upper|lwr|upr|lo|hi)(?: (?:bound|limit))?")
"""What limits may be called as well as layers: limits follow another variable closely."""

_CLOSE = 0.5  # standard deviation of the distance, in that of the variable
_UNCERTAIN = re.compile(
    r"(?:.*\b)?(?:uncertaint(?:y|ies)|unc|std ?err(?:or)?|stderr|standard errors?|measurement errors?)\b.*"
)
_ERROR_BESIDE = re.compile(r"(.+) (?:se|err|error|unc)")


def limits_beside(variables: Mapping[str, xr.DataArray]) -> dict[str, str]:
    """Which variables are limits or uncertainties of others, by their names and by what they hold.

    A limit is on one side of another variable at all times, and an uncertainty is never below zero. Highest and lowest
    prices, or temperatures of days, are no limits.

    Args:
        variables: Numbers over the same dimensions.

    Example:
        >>> x = xr.DataArray([0.1, 0.5, 0.2], dims="time")
        >>> limits_beside({"x": x, "Lower confidence limit (2.5%)": x - 0.1, "x_err": abs(x)})
        {'Lower confidence limit (2.5%)': 'confidence limit', 'x_err': 'uncertainty'}
    """
    plain = {name: re.sub(r"[\W_]+", " ", name.lower()).strip() for name in variables}
    names = set(plain.values())
    surely = [name for name, text in plain.items() if _LIMIT.fullmatch(text)]
    perhaps = [name for name, text in plain.items() if _SIDES.fullmatch(text) and name not in surely]
    uncertain = [
        name
        for name, text in plain.items()
        if _UNCERTAIN.fullmatch(text) or ((of := _ERROR_BESIDE.fullmatch(text)) is not None and of[1] in names)
    ]
    others = [array.values for name, array in variables.items() if name not in (*surely, *perhaps, *uncertain)]
    if not others:
        return {}
    found: dict[str, str] = {}
    for name, array in variables.items():
        values = array.values
        limits = (name in surely or name in perhaps) and not np.isnan(values).all()
        if limits and any(_is_beside(values, other, name in perhaps) for other in others):
            found[name] = "confidence limit"
        elif name in uncertain and not (values < 0).any():
            found[name] = "uncertainty"
    return found


def _is_beside(limit: np.ndarray, other: np.ndarray, closely: bool) -> bool:
    """Whether a limit is on one side of another variable wherever both are there, and follows it if it has to."""
    if other.shape != limit.shape or ((limit > other).any() and (limit < other).any()):
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of what is never there
        return not closely or bool(np.nanstd(limit - other) <= _CLOSE * np.nanstd(other))
