"""Drawn states as things to look at and to save."""

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ..certify import Agreement
from ..core import OutputError, worded
from ..data import Record, atomic_path, labelled_states, refuse_existing_file
from ._base import AbstractLabelledResult, view
from ._comparison import comparison_table, terminal_table, verdict
from ._diagnostics import AbstractDiagnostic
from ._score import FittedScore

if TYPE_CHECKING:
    import pandas as pd

_SUFFIXES = (".nc", ".csv")
SAMPLE = "sample"
"""The dimension along which drawn states are counted."""


@dataclass(frozen=True, repr=False, eq=False)
class DrawnStates(AbstractLabelledResult):
    """States drawn from the density of a record.

    Args:
        states: Every state variable over ``sample``, or the field over ``sample`` and its dimensions, in the units of
            the record.
        agreement: Statistics of record and drawn states, with what sampling alone leaves open.
        names: Names of the state variables, in the order of ``agreement``.
        score: The score they were drawn from; ``score.save`` writes it.
        diagnostics: What was found about the record, the score and the agreement; empty when all is well.
    """

    states: xr.Dataset
    agreement: Agreement
    names: tuple[str, ...]
    score: FittedScore
    diagnostics: tuple[AbstractDiagnostic, ...] = ()

    @property
    def dataset(self) -> xr.Dataset:  # type: ignore[override]
        """The states."""
        return self.states

    @property
    def warnings(self) -> tuple[str, ...]:
        """What there is to be careful about, each a sentence; empty when record and drawn states agree."""
        return tuple(worded(diagnostic.warning, "sample") for diagnostic in self.diagnostics if diagnostic.warning)

    def summary(self) -> str:
        """Record and drawn states side by side, and whether they can be distinguished."""
        return worded(f"{terminal_table(self.agreement, self.names)}\n{verdict(self.agreement)}", "sample")

    def plot(self, ax: Any = None, *, variable: str | None = None) -> Any:
        """Draw the quantiles of the drawn states against those of the record.

        Args:
            ax: Matplotlib axes; a new figure by default.
            variable: Name of a state variable; the first by default.

        Returns:
            The axes.
        """
        return view("drawn states")(self, ax, variable)

    def save(self, path: "str | PathLike[str]", overwrite: bool = False) -> None:
        """Write the states to ``.nc`` or ``.csv``, and the comparison beside them (``comparison_path``).

        Args:
            path: Where to; the suffix says the format.
            overwrite: Whether existing files may be replaced.

        Raises:
            OutputError: The suffix is unknown, or a file exists or cannot be written.
        """
        path = Path(path)
        check_output(path, overwrite)
        bad = next((name for name in self.states.data_vars if "/" in str(name) and path.suffix.lower() == ".nc"), None)
        if bad is not None:
            raise OutputError(
                f"the record has a variable called '{bad}'", "a .nc file needs names without '/'", f"rename '{bad}'"
            )
        with (
            atomic_path(path, overwrite) as temporary,
            atomic_path(comparison_path(path), overwrite) as beside,
        ):
            comparison_table(self.agreement, self.names).to_csv(beside, index=False, float_format="%.6g")
            if path.suffix.lower() == ".nc":
                self.states.to_netcdf(temporary, engine="h5netcdf")
            else:
                _flat_table(self.states, self.names).to_csv(temporary, index=False)


def comparison_path(path: Path) -> Path:
    """Where the comparison with the record is written: ``new.comparison.csv`` beside ``new.nc``."""
    return path.with_suffix(".comparison.csv")


def check_output(path: Path, overwrite: bool) -> None:
    """Refuse a place that the states cannot be written to, before any work is done.

    Raises:
        OutputError: The suffix is unknown, or a file exists.
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise OutputError(
            f"'{path}' has the suffix '{path.suffix}'" if path.suffix else f"'{path}' has no suffix",
            f"states are written to {' or '.join(_SUFFIXES)}",
            "give the path one of these suffixes",
        )
    for file in (path, comparison_path(path)):
        refuse_existing_file(file, overwrite)


def states_dataset(states: np.ndarray, record: Record, about: Mapping[str, Any]) -> xr.Dataset:
    """States of shape ``(n, d)`` with the names, units and coordinates of the record."""
    variables = labelled_states(record, states.reshape(len(states), *record.state_shape), (SAMPLE,))
    coords: dict[str, Any] = {SAMPLE: xr.Variable(SAMPLE, np.arange(len(states)), {"long_name": "number of the state"})}
    for name, values in record.coords.items():
        units = {"units": record.units[name]} if name in record.units else {}
        coords[name] = xr.Variable(name, values, units)
    known = {name: value for name, value in about.items() if value != ""}
    return xr.Dataset(variables, coords, {"Conventions": "CF-1.11", **known})


def _flat_table(states: xr.Dataset, names: tuple[str, ...]) -> "pd.DataFrame":
    """One column for each state variable, as in a CSV record."""
    import pandas as pd

    arrays = [variable.values.reshape(states.sizes[SAMPLE], -1) for variable in states.data_vars.values()]
    return pd.DataFrame(np.concatenate(arrays, axis=1), columns=list(names))
