"""Samplers: new states from a score."""

from ._langevin import langevin as langevin
