"""The verbs: labelled data in, results out. Each is imported when it is first used."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..results import (
        DrawnStates as DrawnStates,
        FittedScore as FittedScore,
        ResponseResult as ResponseResult,
        concat as concat,
        load_response as load_response,
        load_score as load_score,
        save_score as save_score,
    )
    from ._demo import DemoPart as DemoPart, run_demo as run_demo
    from ._fit_score import fit_score as fit_score
    from ._inputs import to_record as to_record
    from ._lags import to_lag as to_lag
    from ._pushes import to_pushes as to_pushes
    from ._respond import respond as respond
    from ._sample import sample as sample
    from ._simulate import simulate as simulate

_HOMES = {
    "respond": "._respond",
    "fit_score": "._fit_score",
    "sample": "._sample",
    "simulate": "._simulate",
    "to_record": "._inputs",
    "to_lag": "._lags",
    "to_pushes": "._pushes",
    "DemoPart": "._demo",
    "run_demo": "._demo",
    **dict.fromkeys(("DrawnStates", "FittedScore", "ResponseResult"), "..results"),
    **dict.fromkeys(("concat", "load_response", "load_score", "save_score"), "..results"),
}
__all__ = [*_HOMES]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fluctua.verbs' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name], __name__), name)
