"""Studies: published experiments and the demonstration, from system to table."""

from ._demo import DemoPart as DemoPart, run_demo as run_demo
