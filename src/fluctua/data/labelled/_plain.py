"""Labelled data as the rest expects them, whoever wrote them: attributes are text, dimensions differ, labels are read.

Attributes may be anything in a file: bytes, numbers, or an array where a word belongs. What is no word says nothing.
"""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from ...core import DataError, OptionError
from ..files import readable
from ..times import age_attributes
from ._selection import Selection

ORDER, SEPARATOR = "state_variables", ", "
"""Attribute of a dataset that lists its state variables in order."""

NOTES = "read_as"
"""Attribute of a dataset with what its reader understood beyond the plain form of its format."""

_WORDS = {"units", "calendar", "axis", "standard_name", "long_name", "description", "positive", "bounds", ORDER}


def plain_dataset(data: xr.Dataset, selection: Selection, where: str) -> xr.Dataset:
    """The dataset under its new names, without what is dropped or has a dimension twice, its coordinates in memory.

    Args:
        data: What was opened, or given.
        selection: What of it is the record.
        where: What to call it in messages.

    Raises:
        DataError: Coordinates cannot be read, or a variable that is asked for has a dimension twice.
        OptionError: A name to drop or rename is not there, or a new one is taken.
    """
    data = _renamed(_without_repeated_dims(data, selection, where), selection, where)
    with readable(where):
        for name, array in data.coords.items():
            if array.ndim < 2 and name not in data.xindexes:
                array.load()
    data = data.copy()  # whose attributes are its own
    data.attrs = plain_attributes(data.attrs)
    for variable in data.variables.values():
        variable.attrs = plain_attributes(variable.attrs)
    return data


def plain_attributes(attributes: Mapping[Any, Any]) -> dict[str, Any]:
    """Attributes of which those that are read as words are text, and the notes a list of texts.

    Example:
        >>> plain_attributes({"units": b"days", "axis": np.array([1.0, 2.0]), "history": 3, "calendar": ["noleap"]})
        {'units': 'days', 'history': 3, 'calendar': 'noleap'}
    """
    plain = {str(name): _word(value) if name in _WORDS else value for name, value in attributes.items()}
    plain = {name: value for name, value in plain.items() if name not in _WORDS or value is not None}
    notes = plain.pop(NOTES, None)
    if isinstance(notes, list) and all(isinstance(note, str) for note in notes):
        plain[NOTES] = notes
    return plain


def _word(value: Any) -> str | None:
    """The text of an attribute, or the number as text; None where it is neither."""
    if isinstance(value, list | tuple | np.ndarray):
        value = np.asarray(value, dtype=object).ravel().tolist()
        if len(value) != 1:
            return None
        value = value[0]
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return str(value) if isinstance(value, str | int | float | np.number) else None


def _without_repeated_dims(data: xr.Dataset, selection: Selection, where: str) -> xr.Dataset:
    """The dataset without variables that have a dimension twice, such as covariances, which no state can have."""
    twice = [str(name) for name, variable in data.variables.items() if len(set(variable.dims)) < len(variable.dims)]
    asked = next((name for name in selection.variables if name in twice), None)
    if asked is not None:
        raise DataError(
            f"variable '{asked}' of {where} is over ({', '.join(str(dim) for dim in data[asked].dims)})",
            "the dimensions of a variable must differ",
            "store it with another name for one of them, or name another variable",
        )
    return data.drop_vars(twice)


def _renamed(data: xr.Dataset, selection: Selection, where: str) -> xr.Dataset:
    """The dataset under its new names, without what is dropped."""
    selection.refuse_unknown("rename", [str(name) for name in {**data.variables, **data.sizes}], where)
    for names in (data.variables, data.sizes):
        new = [selection.rename.get(str(name), str(name)) for name in names]
        twice = next((name for name in new if new.count(name) > 1), None)
        if twice is not None:
            raise OptionError(
                f"the names of {where} cannot be changed so (two of them would be '{twice}')",
                "every variable and dimension needs a name of its own",
                "give another --rename",
            )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about indices, which are made here
        data = data.rename(selection.rename)
    for old, name in selection.rename.items():
        if name in data.variables and (about := age_attributes(old)):  # which its new name no longer says
            data[name].attrs = about | data[name].attrs
    for name in selection.rename.values():
        if name in data.sizes and name in data.variables and name not in data.xindexes:
            if data.variables[name].dims != (name,):
                raise OptionError(
                    f"by --rename '{name}' would be a dimension of {where} and a variable over "
                    f"({', '.join(str(dim) for dim in data.variables[name].dims)})",
                    "only the coordinate of a dimension has its name",
                    "give another --rename",
                )
            data = data.assign_coords({name: data.variables[name]})
    selection.refuse_unknown("drop", [str(name) for name in data.data_vars], where)
    return data.drop_vars(selection.drop)
