"""Figures and one self-contained page, made from a result dataset alone: nothing is estimated here."""

from ._curves import plot_response as plot_response, response_figure as response_figure
from ._densities import density_figure as density_figure, plot_density as plot_density
from ._maps import field_figure as field_figure, plot_map as plot_map, plot_space_time as plot_space_time
from ._numbers import number_text as number_text
from ._offsets import Place as Place, offset_curves as offset_curves, offset_places as offset_places
from ._page import write_report as write_report
from ._space import Axis as Axis, drawn_field as drawn_field, space_axes as space_axes
from ._stein import plot_stein as plot_stein, stein_figure as stein_figure
from ._style import save_figure as save_figure
from ._views import draw_response as draw_response
from ._words import read_pair as read_pair, reading as reading, title as title
