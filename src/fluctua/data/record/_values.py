"""Checks of values: that they are there, enough of them, and that they vary."""

import numpy as np

from ...core import DataError, listed_names, option, options
from ._record import Record
from ._survey import PARTS, first_without_value

FEWEST_STEPS = 50
"""Fewer time steps than this are refused: no lagged average means anything on them."""

_SMALLEST, _LARGEST = 1e-35, 1e35
"""Of values, whose errors are squared twice: beyond, products of them are infinite or zero."""


def finite_values(record: Record) -> None:
    """Refuse missing and infinite values."""
    bad = record.survey.missing
    if bad.any():
        member, step, column, value = first_without_value(record)
        where = f"'{record.names[column]}' at {record.place(member, step)}"
        never = (bad == record.steps).all(axis=0)
        cells = int(never.sum())
        remedy = "fill the gaps with measured values" + (
            "" if record.homogeneous else ", or let them part the record with --gaps split"
        )
        if cells == record.dimension:
            remedy = "check how missing values are marked in the file"
        elif cells:
            what = f"the {cells} cells of the field that never have a value (land, perhaps)"
            if not record.is_field:
                empty = drop_options(record, [int(each) for each in np.flatnonzero(never)])
                what = f"what never has a value{empty}, or name the others alone"
            remedy = f"leave out {what}; else {remedy}"
        if cells and record.homogeneous:
            dims = options("homogeneous", record.homogeneous)
            remedy = f"a homogeneous dimension cannot have land: leave {dims} out, or select a part without any"
        raise DataError(
            f"{record.title} has {bad.sum()} missing or infinite value{'' if bad.sum() == 1 else 's'}, the first is "
            f"{where} ({value})",
            "every value must be a finite number",
            remedy,
        )


def values_that_can_be_added(record: Record) -> None:
    """Refuse values so large that sums of their products overflow.

    Raises:
        DataError: There are such.
    """
    low, high = float(record.survey.low.min()), float(record.survey.high.max())
    if max(-low, high) > _LARGEST:
        raise DataError(
            f"{record.title} has values up to {max(-low, high):.3g}",
            f"values below {_LARGEST:.0e} are needed, whose products can be added",
            "change the units, or check how missing values are marked in the file",
        )


def enough_steps(record: Record) -> list[str]:
    """Refuse a record that is too short for any average."""
    if record.steps < FEWEST_STEPS:
        each = f" for each of {record.members} members" if record.members > 1 else ""
        many = record.members > 1 and record.members * record.steps >= FEWEST_STEPS and not record.homogeneous
        raise DataError(
            f"{record.title} has {record.steps} time steps{each}",
            f"at least {FEWEST_STEPS} are needed, and thousands for useful error bands",
            "give longer members, or --gaps split, which takes pieces of any length"
            if many
            else "give a longer record",
        )
    return []


def varying_variables(record: Record) -> list[str]:
    """Refuse variables that are constant, in a member or at all, and those whose products vanish."""
    for member, (lowest, highest) in enumerate(zip(record.survey.low, record.survey.high, strict=True)):
        low, high = lowest.min(axis=0), highest.max(axis=0)
        constant = high - low <= 1e-12 * np.maximum(np.abs(low), np.abs(high))
        if constant.any():
            named = listed_names([record.names[column] for column in np.flatnonzero(constant)], 5)
            of_member = f" in member '{record.member_names[member]}'" if record.members > 1 else ""
            column = int(np.argmax(constant))
            raise DataError(
                f"{named} of {record.title} {'are' if constant.sum() > 1 else 'is'} constant{of_member} "
                f"(value {low[column]:.6g}, range {high[column] - low[column]:.3g})",
                "every state variable must vary in time",
                "leave out what does not vary" + drop_options(record, [int(each) for each in np.flatnonzero(constant)]),
            )
        if (high - low < _SMALLEST).any():
            column = int(np.argmin(high - low))
            raise DataError(
                f"'{record.names[column]}' of {record.title} varies by {high[column] - low[column]:.3g}",
                f"variations above {_SMALLEST:.0e} are needed, whose products are not zero",
                "change the units",
            )
    return []


def varying_throughout(record: Record) -> list[str]:
    """Refuse variables that stand still in half of the record or more: scores are fitted to half of it, too."""
    if record.homogeneous:
        return []
    low, high = record.survey.low.min(axis=0), record.survey.high.max(axis=0)
    still = low == high
    if (still.sum(axis=0) < 2).all():
        return []
    column = int(np.argmax(still.sum(axis=0)))
    place, name = int(np.argmax(still[:, column])), record.names[column]
    others = options("state", [other for other in record.names if other != name])
    raise DataError(
        f"'{name}' of {record.title} is constant in {still[:, column].sum()} of its {PARTS} quarters, in the first of "
        f"them {low[place, column]:.6g}",
        "every state variable must vary throughout the record",
        f"leave it out with {option('drop', name)}"
        + (
            f", or observe it without pushing it ({others} {option('observe', name)})"
            if len(record.names) <= 12
            else ""
        )
        + (
            f"; if it numbers the runs of a table, give {option('member', name)}"
            if (low[:, column] % 1 == 0).all() and not (record.is_field or record.borders)
            else ""
        ),
    )


def drop_options(record: Record, columns: list[int]) -> str:
    """The options that leave variables of a list out; nothing for the cells of a field."""
    if record.is_field or record.grid is not None:
        return ""
    return " with " + options("drop", [record.names[column] for column in columns[:8]])
