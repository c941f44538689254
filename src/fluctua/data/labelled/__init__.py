"""Labelled data as a record: which dimension is what, which variables are states, and values that stay stored."""

from ._labelled import labelled_record as labelled_record, record_from_dataset as record_from_dataset
from ._plain import NOTES as NOTES, ORDER as ORDER, SEPARATOR as SEPARATOR
from ._roles import names_runs as names_runs
from ._selection import NO_MEMBERS as NO_MEMBERS, Chosen as Chosen, Gaps as Gaps, Selection as Selection
