"""Figures and one self-contained page, made from a result dataset alone: nothing is estimated here."""

from ._curves import plot_response as plot_response
from ._curves import response_figure as response_figure
from ._densities import density_figure as density_figure
from ._densities import plot_density as plot_density
from ._maps import field_figure as field_figure
from ._maps import plot_map as plot_map
from ._maps import plot_space_time as plot_space_time
from ._page import write_report as write_report
from ._words import read_pair as read_pair
from ._words import reading as reading
from ._words import title as title
