"""Fitted scores as things to inspect, save and pass on."""

from dataclasses import dataclass, fields
from os import PathLike
from typing import Any

import numpy as np

from ..core import ScoreError, map_states, registered, version, versions
from ..data import load_arrays, save_arrays
from ..scores import AbstractScore
from ._base import view


@dataclass(frozen=True)
class FittedScore:
    """A score fitted to a record.

    Args:
        score: The score: maps one state to one vector, ``jax`` all through.
        names: Names of the state variables in the order of the score's states; of a homogeneous field, its other
            dimensions first and the homogeneous ones last.
        method: Family that was fitted; what ``auto`` chose.
        heldout_loss: Implicit score-matching loss on states the score was not fitted to; lower is better. Of a
            homogeneous field it is per grid point, in units of the inverse variance.
        heldout_stderr: Its standard error.
        gaussian_loss: The loss of the Gaussian score on the same states.
        data_hash: Hash of the states it was fitted to, where that is known.
        prepared: Options by which cycles and trends were taken out of these states, where that is known.
    """

    score: AbstractScore
    names: tuple[str, ...]
    method: str
    heldout_loss: float
    heldout_stderr: float
    gaussian_loss: float
    data_hash: str | None = None
    prepared: str | None = None

    def __call__(self, states: Any) -> np.ndarray:
        """The score at states, shape ``(..., d)`` to ``(..., d)``."""
        array = np.asarray(states, dtype=np.float64)
        if array.ndim == 0 or array.shape[-1] != len(self.names):
            raise ScoreError(
                f"the states have shape {array.shape}",
                f"the score was fitted on {len(self.names)} variables ({', '.join(self.names[:8])})",
                f"give an array whose last axis has length {len(self.names)}",
            )
        return map_states(self.score, array.reshape(-1, array.shape[-1]), width=64).reshape(array.shape)

    def save(self, path: "str | PathLike[str]", overwrite: bool = False) -> None:
        """Write the score to one file that ``load_score`` reads, without any code in it."""
        save_score(self, path, overwrite=overwrite)

    def summary(self) -> str:
        """Family, variables and held-out loss, on one line."""
        return (
            f"{self.method} score of {', '.join(self.names[:8])}; held-out loss {self.heldout_loss:.4g} "
            f"(standard error {self.heldout_stderr:.2g}), Gaussian {self.gaussian_loss:.4g}"
        )

    def plot(self, states: Any, ax: Any = None) -> Any:
        """Draw the score along each variable through the mean of some states, in units of their standard deviations.

        Args:
            states: States, shape ``(n, d)``, such as those of the record.
            ax: Matplotlib axes; a new figure by default.

        Returns:
            The axes.
        """
        return view("score")(self, np.asarray(states, dtype=np.float64), ax)


_HEADER = [each.name for each in fields(FittedScore) if each.name != "score"]


def save_score(fitted: FittedScore, path: "str | PathLike[str]", *, overwrite: bool = False) -> None:
    """Write a fitted score to one file: arrays and a JSON header, readable without running code."""
    if fitted.score.kind not in registered("score"):
        raise ScoreError(
            "the score is a Python function",
            "only fitted scores have numbers to save",
            "keep the function in your own code",
        )
    header = {
        "kind": fitted.score.kind,
        "config": fitted.score.config(),
        **{name: getattr(fitted, name) for name in _HEADER},
        "versions": versions(),
        "fluctua_version": version(),
    }
    save_arrays(str(path), fitted.score.arrays(), header, overwrite=overwrite)


def load_score(path: "str | PathLike[str]") -> FittedScore:
    """Read a score that ``save_score`` wrote.

    Raises:
        ScoreError: The file is missing, damaged, or not a score.
    """
    arrays, header = load_arrays(str(path))
    try:
        score = registered("score")[header["kind"]].member.restore(arrays, header["config"])
        losses = {name: float(header[name]) for name in ("heldout_loss", "heldout_stderr", "gaussian_loss")}
        known = {name: header[name] for name in ("data_hash", "prepared") if name in header}
        return FittedScore(score, tuple(header["names"]), header["method"], **losses, **known)
    except (KeyError, TypeError, ValueError) as error:
        raise ScoreError(
            f"'{path}' lacks or misstates a part of a score ({error})",
            "a complete file written by fluctua is needed",
            "fit the score again with 'fluctua fit-score'",
        ) from error
