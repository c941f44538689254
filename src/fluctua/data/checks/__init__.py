"""Checks of a record: whether it can be used, and what to be careful about."""

from ._cycles import remedy_for_cycle as remedy_for_cycle
from ._gaps import fair_pieces as fair_pieces
from ._validate import (
    made_up_values as made_up_values,
    sound_values as sound_values,
    validate as validate,
)
from ._within_pieces import steady_within_pieces as steady_within_pieces
