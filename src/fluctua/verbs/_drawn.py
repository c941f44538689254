"""Drawn states as things to look at and to save."""

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from ..certify import QUANTILE_LEVELS, Agreement
from ..certify._agreement import fisher_transform
from ..core import OutputError
from ..data import Record, atomic_path, refuse_existing_file
from ._scores import FittedScore

_SUFFIXES = (".nc", ".csv")
SAMPLE = "sample"
"""The dimension along which drawn states are counted."""
_COLUMNS = ("variable", "statistic", "record", "drawn", "lowest", "highest", "agrees")
_ALL_PAIRS = 50  # variables up to which every pair is listed


@dataclass(frozen=True)
class DrawnStates:
    """States drawn from the density of a record.

    Args:
        states: Every state variable over ``sample``, or the field over ``sample`` and its dimensions, in the units of
            the record.
        agreement: Statistics of record and drawn states, with what sampling alone leaves open.
        names: Names of the state variables, in the order of ``agreement``.
        score: The score they were drawn from; ``score.save`` writes it.
        warnings: What there is to be careful about, each a sentence; empty when record and drawn states agree.
    """

    states: xr.Dataset
    agreement: Agreement
    names: tuple[str, ...]
    score: FittedScore
    warnings: tuple[str, ...]

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
    if record.field is not None:
        grid = states.reshape(len(states), *record.state_shape)
        variables = {record.field: xr.Variable((SAMPLE, *record.dims), grid)}
    else:
        variables = {name: xr.Variable((SAMPLE,), states[:, index]) for index, name in enumerate(record.names)}
    for name, variable in variables.items():
        variable.attrs["long_name"] = name
        if name in record.units:
            variable.attrs["units"] = record.units[name]
    coords: dict[str, Any] = {SAMPLE: xr.Variable(SAMPLE, np.arange(len(states)), {"long_name": "number of the state"})}
    for name, values in record.coords.items():
        units = {"units": record.units[name]} if name in record.units else {}
        coords[name] = xr.Variable(name, values, units)
    known = {name: value for name, value in about.items() if value != ""}
    return xr.Dataset(variables, coords, {"Conventions": "CF-1.11", **known})


def comparison_table(agreement: Agreement, names: tuple[str, ...]) -> pd.DataFrame:
    """One row for each statistic: its value in the record, in the drawn states, and what sampling leaves open."""
    rows = []
    for index, name in enumerate(names):
        for statistic in ("mean", "deviation"):
            pair = (getattr(agreement, f"{side}_{statistic}")[index] for side in ("record", "drawn"))
            rows.append((name, statistic, *pair, None, None, None))
        for place, level in enumerate(QUANTILE_LEVELS):
            pair = (agreement.record_quantiles[index, place], agreement.drawn_quantiles[index, place])
            rows.append((name, f"quantile {level:.0%}", *pair, None, None, None))
        for place, level in enumerate(QUANTILE_LEVELS):
            at = (index, place)
            shares = (agreement.record_share, agreement.drawn_share, agreement.lowest_share, agreement.highest_share)
            found = (share[at] for share in shares)
            rows.append((name, f"share up to the record's {level:.0%}", *found, not agreement.misplaced[at]))
        distance, limit = agreement.distance[index], agreement.distance_limit[index]
        rows.append((name, "Kolmogorov-Smirnov distance", 0.0, distance, 0.0, limit, not agreement.distant[index]))
        rows.append((name, "effective number of states", agreement.effective_size[index], None, None, None, None))
    return pd.DataFrame([*rows, *_pair_rows(agreement, names)], columns=list(_COLUMNS))


def _pair_rows(agreement: Agreement, names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """The rank correlations: all of them, or where the pairs are too many to list those that differ."""
    listed = np.triu(np.ones_like(agreement.uncorrelated) if len(names) <= _ALL_PAIRS else agreement.uncorrelated, 1)
    one, other = np.nonzero(listed)
    record, drawn = agreement.record_correlation[one, other], agreement.drawn_correlation[one, other]
    middle, limit = fisher_transform(record), agreement.correlation_limit[one, other]
    numbers = zip(record, drawn, np.tanh(middle - limit), np.tanh(middle + limit), strict=True)
    agrees = ~agreement.uncorrelated[one, other]
    return [
        (names[first], f"rank correlation with {names[second]}", *pair, bool(well))
        for first, second, pair, well in zip(one, other, numbers, agrees, strict=True)
    ]


def _flat_table(states: xr.Dataset, names: tuple[str, ...]) -> pd.DataFrame:
    """One column for each state variable, as in a CSV record."""
    arrays = [variable.values.reshape(states.sizes[SAMPLE], -1) for variable in states.data_vars.values()]
    return pd.DataFrame(np.concatenate(arrays, axis=1), columns=list(names))
