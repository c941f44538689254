"""Checks of the variables together: that none is determined by others, and that the states are enough for them."""

from ..core import DataError, listed
from ._columns import dependent_columns, identical_pairs
from ._homogeneous import excerpt, pencils
from ._record import Record


def distinct_variables(record: Record) -> list[str]:
    """Refuse variables that are copies of one another."""
    if record.homogeneous:  # the usual case is a periodic dimension whose last point is its first
        lines = pencils(record)
        pairs = [(line[one], line[other]) for line in lines for one, other in identical_pairs(excerpt(record, line))]
    else:
        pairs = identical_pairs(record.flat)
    if pairs:  # the search stops at a hundred
        named = listed([f"'{record.names[one]}' and '{record.names[other]}'" for one, other in pairs])
        raise DataError(
            f"{record.title} has variables that are copies of one another up to scale and offset: {named}",
            "state variables must not determine one another",
            "leave one of each pair out",
        )
    return []


def enough_states(record: Record) -> list[str]:
    """Warn of few states per variable and of combinations of variables that are constant."""
    if record.homogeneous:  # translations are averaged over: cells are samples, too
        return []
    samples = record.members * record.steps
    if record.dimension >= samples / 10:
        return [f"{record.title} has {samples} states of {record.dimension} variables: few per variable."]
    dependent = dependent_columns(record.flat)
    if dependent:
        named = listed([f"'{record.names[column]}'" for column in dependent])
        return [f"a combination of {named} is constant: leave one of them out for a well-posed response."]
    return []
