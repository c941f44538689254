"""All curves of a response with their bands, a few curves at a time: no factor of a field is copied as a whole."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ..response import Responses
from ..statistics import Estimate

_MOST_NUMBERS = 4_000_000  # of a factor that are worked on at once

MEANINGS = {
    "impulse_response": "impulse response: the estimate that leads",
    "impulse_response_lower": "lower limit of the band of the impulse response, at each lag by itself",
    "impulse_response_upper": "upper limit of the band of the impulse response, at each lag by itself",
    "impulse_response_stderr": "standard error of the impulse response",
    "impulse_response_outer_lower": "lower limit of the outer band: the lower one of impulse_response_lower and of the "
    "band of robust_response, which assumes only that the record is stationary",
    "impulse_response_outer_upper": "upper limit of the outer band: the upper one of impulse_response_upper and of the "
    "band of robust_response, which assumes only that the record is stationary",
    "simultaneous_lower": "lower limit of the band that holds the impulse response at all lags at once",
    "simultaneous_upper": "upper limit of the band that holds the impulse response at all lags at once",
    "robust_response": "doubly robust impulse response, which assumes only that the record is stationary",
    "robust_response_stderr": "standard error of the doubly robust impulse response",
    "markov_response": "Markov impulse response, which assumes that what happens next depends on the recorded state "
    "alone",
    "markov_response_stderr": "standard error of the Markov impulse response",
    "gaussian_response": "classical impulse response, which takes the record as Gaussian",
    "gaussian_response_lower": "lower limit of the band of the classical impulse response",
    "gaussian_response_upper": "upper limit of the band of the classical impulse response",
    "plug_in_response": "impulse response with the score as it is",
    "step_response": "step response: the running integral of the impulse response",
    "step_response_lower": "lower limit of the band of the step response",
    "step_response_upper": "upper limit of the band of the step response",
    "step_response_outer_lower": "lower limit of the outer band of the step response: the lower one of "
    "step_response_lower and of the band of the integral of robust_response",
    "step_response_outer_upper": "upper limit of the outer band of the step response: the upper one of "
    "step_response_upper and of the band of the integral of robust_response",
}
"""What the curves of a response are, by their names in the file."""

CURVES = (*MEANINGS, "truth_response", "truth_step_response")
"""All curves that a result may hold."""

Tables = dict[str, np.ndarray]


class _Slab(NamedTuple):
    """Some curves of one push: which push, and which of its places, of all observables and points of the grid."""

    push: int
    places: slice

    def of(self, estimate: Estimate) -> Estimate:
        """These curves of an estimate, shape ``(lags, places)``; views where memory allows."""
        value, factor, freedom = estimate
        lags = value.shape[1]
        every = np.broadcast_to(freedom, (value.shape[0], 1, *value.shape[2:])) if np.ndim(freedom) else freedom
        return Estimate(
            value[self.push].reshape(lags, -1)[:, self.places],
            factor[:, self.push].reshape(len(factor), lags, -1)[:, :, self.places],
            every[self.push].reshape(1, -1)[:, self.places] if isinstance(every, np.ndarray) else every,
        )


def response_curves(found: Responses, dt: float, confidence: float) -> Tables:
    """All curves by their names in the file, shape ``(pushes, lags, observables, *grid)``."""
    curves = {
        "impulse_response": found.impulse.value,
        "robust_response": found.robust.value,
        "markov_response": found.markov.value,
        "gaussian_response": found.gaussian.value,
        "plug_in_response": found.plug_in,
    }
    curves |= banded_curves(found.impulse, found.outer, dt, confidence)
    curves |= _in_slabs((found.robust,), lambda robust: {"robust_response_stderr": robust.stderr()})
    curves |= _in_slabs((found.markov,), lambda markov: {"markov_response_stderr": markov.stderr()})
    curves |= _in_slabs((found.gaussian,), lambda gaussian: _both("gaussian_response", gaussian.band(confidence)))
    return {name: curves[name] for name in MEANINGS}


def banded_curves(impulse: Estimate, outer: Estimate, dt: float, confidence: float) -> Tables:
    """The bands of impulse and step response, by their names, of curves of shape ``(pushes, lags, ...)``."""
    return _in_slabs((impulse, outer), lambda *pair: _with_bands(*pair, dt=dt, confidence=confidence))


def _with_bands(impulse: Estimate, outer: Estimate, dt: float, confidence: float) -> Tables:
    """The bands of impulse and step response, inner and outer, of curves of shape ``(lags, places)``."""
    step = impulse.integral(dt, axis=0)
    inner, inner_step = impulse.band(confidence), step.band(confidence)
    # Its quantile is known to a per cent; no band of all lags is narrower than that of one.
    simultaneous = _around(impulse.simultaneous(confidence, (0,)), inner)
    return {
        **_both("impulse_response", inner),
        "impulse_response_stderr": impulse.stderr(),
        **_both("impulse_response_outer", _around(outer.band(confidence), inner)),
        **_both("simultaneous", simultaneous),
        "step_response": step.value,
        **_both("step_response", inner_step),
        **_both("step_response_outer", _around(outer.integral(dt, axis=0).band(confidence), inner_step)),
    }


def _around(band: tuple[np.ndarray, np.ndarray], inner: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """A band, widened where it has to be to hold another one."""
    return np.minimum(band[0], inner[0]), np.maximum(band[1], inner[1])


def _both(name: str, band: tuple[np.ndarray, np.ndarray]) -> Tables:
    return {f"{name}_lower": band[0], f"{name}_upper": band[1]}


def _in_slabs(estimates: tuple[Estimate, ...], tables: Callable[..., Tables]) -> Tables:
    """Tables of the shape of the estimates, made from some curves at a time."""
    shape = estimates[0].value.shape
    every: Tables = {}
    for slab in _slabs(shape, max(len(estimate.factor) for estimate in estimates)):
        for name, table in tables(*(slab.of(estimate) for estimate in estimates)).items():
            if name not in every:
                every[name] = np.empty((shape[0], shape[1], int(np.prod(shape[2:]))))
            every[name][slab.push, :, slab.places] = table
    return {name: table.reshape(shape) for name, table in every.items()}


def _slabs(shape: tuple[int, ...], rows: int) -> Iterator[_Slab]:
    places = int(np.prod(shape[2:]))
    size = max(1, _MOST_NUMBERS // (rows * shape[1]))
    for push in range(shape[0]):
        for start in range(0, places, size):
            yield _Slab(push, slice(start, min(start + size, places)))


def smallest_freedom(estimate: Estimate) -> int:
    """The smallest number of degrees of freedom along the curves."""
    return int(np.min(estimate.freedom))


def of_curves(table: Float[np.ndarray, "q p"], shape: tuple[int, ...]) -> np.ndarray:
    """One number for each push and observable, as a table of one lag over all of a field."""
    spread = table.reshape(*table.shape, *[1] * (len(shape) - 3))[:, None]
    return np.broadcast_to(spread, (shape[0], 1, *shape[2:]))
