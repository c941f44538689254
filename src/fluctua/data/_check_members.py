"""Checks of the members together: that each is a run of its own."""

import numpy as np

from ..core import DataError
from ._record import Record

_STATES = 64


def distinct_members(record: Record) -> list[str]:
    """Refuse members that are copies of one another: each would be counted as further data."""
    some = record.flat[:, :: max(1, record.steps // _STATES)]
    seen: dict[bytes, list[int]] = {}
    for member, states in enumerate(some):
        alike = seen.setdefault(states.tobytes(), [])
        for other in alike:
            if np.array_equal(record.flat[member], record.flat[other]):
                one, two = record.member_names[other], record.member_names[member]
                raise DataError(
                    f"the members '{one}' and '{two}' of {record.title} have the same values at every step",
                    "every member must be a run of its own",
                    "leave one of the two out",
                )
        alike.append(member)
    return []
