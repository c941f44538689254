"""How far a number may move: a tenth of its own standard error, or rounding where it has none.

| quantity | unit of which a tenth is allowed |
| --- | --- |
| impulse response, its bands, Gaussian response | standard error of the impulse response, entry by entry |
| plug-in response | the largest of these over the lags, since at lag zero only the calibrated response is exact |
| standard error | itself |
| step response and its bands | half the half-width of its band (about its standard error) |
| held-out losses | standard error of the held-out loss |
| effective size, decorrelation time, Stein numbers and defects, densities | a tenth of themselves: 1 % |
| counts and words | none: they stay |
| closed-form scores | 1e-6 of the largest value |
| trained scores | root mean square change from one seed to another |
| statistics of drawn states | standard error of as many independent states |
| simulated records | 1e-12 of the largest value |

What has no standard error, such as a step response at lag zero, is compared to the rounding of what is stored.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ROUNDING = 1e-6  # of the largest value: goldens of responses are stored in single precision
STEP = ("step_response", "step_response_lower", "step_response_upper")
IMPULSE = (
    "impulse_response",
    "impulse_response_lower",
    "impulse_response_upper",
    "gaussian_response",
)
LOSSES = {
    "score_loss_heldout": "score_loss_heldout_stderr",
    "gaussian_loss_heldout": "score_loss_heldout_stderr",
    "score_loss_heldout_stderr": "score_loss_heldout_stderr",
    "heldout_loss": "heldout_stderr",
    "gaussian_loss": "heldout_stderr",
    "heldout_stderr": "heldout_stderr",
}
ITSELF = ("effective_sample_size", "decorrelation_time", "stein_", "density_value", "data_density", "score_density")


class Move(NamedTuple):
    """The entry of a quantity that moved most.

    Args:
        golden: Name of the golden.
        quantity: Name of the quantity.
        allowed: Its change as a fraction of what is allowed; above one it has failed.
        before: Its frozen value.
        now: Its present value.
    """

    golden: str
    quantity: str
    allowed: float
    before: Any
    now: Any

    def __str__(self) -> str:
        change = "changed" if np.isinf(self.allowed) else f"{self.allowed:10.2e}"
        return f"{change:>10} of what is allowed: {self.golden} {self.quantity}: {self.before} -> {self.now}"


def read(path: Path) -> dict[str, Any]:
    """The numbers and words of a golden."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files if name != "scalars"}
        return arrays | json.loads(str(file["scalars"]))


def compare(golden: str, kind: str, before: dict[str, Any], now: dict[str, Any]) -> list[Move]:
    """What moved most in each quantity of the golden; a quantity that is gone has changed."""
    moves = []
    for name, value in before.items():
        if name.endswith("_scale"):
            continue
        if name not in now:
            moves.append(Move(golden, name, np.inf, "there", "gone"))
        elif isinstance(value, str | bool | int) or np.shape(value) != np.shape(now[name]):
            same = np.shape(value) == np.shape(now[name]) and value == now[name]
            shown = (np.shape(value), np.shape(now[name])) if np.shape(value) else (value, now[name])
            moves.append(Move(golden, name, 0.0 if same else np.inf, *shown))
        else:
            moves.append(_most(golden, name, value, now[name], _tolerance(name, kind, before)))
    return moves


def plug_in_unit(before: dict[str, Any]) -> np.ndarray:
    """Largest standard error over the lags, for each push and place: the plug-in response has none of its own."""
    error = before["impulse_response_stderr"].astype(np.float64)
    return np.broadcast_to(error.max(axis=1, keepdims=True), error.shape)


def _tolerance(name: str, kind: str, before: dict[str, Any]) -> np.ndarray:
    value = np.abs(np.asarray(before[name], dtype=np.float64))
    largest = float(np.max(value, initial=0.0, where=np.isfinite(value)))
    if kind == "record":
        return np.asarray(1e-12 * largest)
    if name in LOSSES:
        # A score that has seen the record claims no held-out loss, and its Gaussian loss has no error beside it.
        unit = before.get(LOSSES[name], 0.1 * largest)
        return np.asarray(0.1 * unit + 1e-9 * largest)
    if kind == "score":
        return np.asarray(0.1 * before["values_scale"] if "values_scale" in before else 1e-6 * largest)
    if kind == "states":
        return _sampling(name, before)
    if name in STEP:
        half = 0.5 * (before["step_response_upper"].astype(np.float64) - before["step_response_lower"])
        return 0.1 * 0.5 * half + ROUNDING * largest
    if name in IMPULSE:
        return 0.1 * before["impulse_response_stderr"].astype(np.float64) + ROUNDING * largest
    if name == "plug_in_response":
        return 0.1 * plug_in_unit(before) + ROUNDING * largest
    if name.startswith(ITSELF):
        return 0.01 * value + ROUNDING * (1.0 + largest)
    return 0.1 * value + ROUNDING * largest  # standard errors, degrees of freedom


def _sampling(name: str, before: dict[str, Any]) -> np.ndarray:
    """A tenth of the standard error of a statistic of that many independent states."""
    root = np.sqrt(before["count"])
    if name in ("correlation", "distance"):
        return np.asarray(0.1 / root)
    deviation = np.broadcast_to(before["deviation"], np.shape(before[name]))
    return 0.1 * deviation / root


def _most(golden: str, name: str, before: Any, now: Any, tolerance: np.ndarray) -> Move:
    old, new = np.asarray(before, dtype=np.float64), np.asarray(now, dtype=np.float64)
    if not old.size:
        return Move(golden, name, 0.0, "empty", "empty")
    # Not a number stays not a number; anything else that is not finite counts as changed.
    both = np.isnan(old) & np.isnan(new)
    with np.errstate(invalid="ignore", divide="ignore"):
        change = np.where(old == new, 0.0, np.abs(new - old))
        share = np.where(both | (change == 0.0), 0.0, change / np.broadcast_to(tolerance, old.shape))
    share = np.where(np.isnan(share), np.inf, share)
    place = np.unravel_index(int(np.argmax(share)), share.shape)
    where = f"[{','.join(map(str, place))}]" if place else ""
    return Move(golden, name + where, float(share[place]), f"{old[place]:.8g}", f"{new[place]:.8g}")
