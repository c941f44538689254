"""One look for every figure: colours that survive colour blindness and print, vector output."""

import base64
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

# Okabe and Ito's palette: distinct under any common colour-vision deficiency; line styles serve grey print.
OURS = "#0072B2"
GAUSSIAN = "#8a8a8a"
TRUTH = "#111111"
ZERO = "#c9c9c9"
SIGNED_MAP = "RdBu_r"

# The widest figures fill the page, and the letters of all have the same size.
_PIXELS_PER_INCH = 98

# Names come from the user's file: a dollar sign in one is a dollar sign, never a formula.
PLAIN: dict[str, Any] = {"parse_math": False}

_RC: dict[Any, Any] = {
    "font.size": 9,
    "axes.titlesize": 9,
    # Titles and labels at fixed places: to find places clear of all numbers takes longer than to draw.
    "axes.titley": 1.0,
    "axes.labelsize": 8.5,
    "axes.edgecolor": "#666666",
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.useoffset": False,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.6,
    "hatch.linewidth": 0.5,
    "hatch.color": "#9a9a9a",
    # Letters stay letters, drawn by the browser: half the time and size of outlines.
    "svg.fonttype": "none",
    # The same result gives the same bytes.
    "svg.hashsalt": "fluctua",
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in one style inside the block, and leave matplotlib's settings as they were."""
    with matplotlib.rc_context(_RC):
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of so many inches, outside matplotlib's global list of figures."""
    return Figure(figsize=(width, height), layout="constrained")


def panels(
    width: float, height: float, rows: int, columns: int, *, sharex: bool = False
) -> tuple[Figure, list[list[Axes]]]:
    """A figure with a grid of panels at fixed distances, space for a legend above: drawn in half the time of a layout.

    Args:
        width: Width of the figure in inches.
        height: Height of one row of panels, with its title and labels.
        rows: Number of rows.
        columns: Number of columns.
        sharex: Whether panels share their abscissa.
    """
    whole = height * rows + 0.45
    figure = Figure(figsize=(width, whole))
    place = {"left": 0.68 / width, "right": 1 - 0.12 / width, "top": 1 - 0.62 / whole, "bottom": 0.45 / whole}
    # Distances are counted in widths and heights of a panel.
    across = (width - 0.8 - 0.55 * (columns - 1)) / columns
    up = (whole - 1.07 - 0.45 * (rows - 1)) / rows
    place |= {"wspace": 0.55 / across, "hspace": 0.45 / up}
    grid = figure.subplots(rows, columns, squeeze=False, sharex=sharex, gridspec_kw=place)
    for ax in grid.flat:
        ax.xaxis.set_label_coords(0.5, -0.3 / up)
        ax.yaxis.set_label_coords(-0.5 / across, 0.5)
    return figure, [list(row) for row in grid]


def new_panel(width: float = 6.2, height: float = 2.7) -> Axes:
    """The one panel of a new figure."""
    return panels(width, height, 1, 1)[1][0][0]


def label_panels(grid: np.ndarray | Sequence[Sequence[Axes]], filled: int, xlabel: str, ylabel: str) -> None:
    """Label the left and the lowest of the panels that are filled, row by row, and hide those after them."""
    every, columns = [ax for row in grid for ax in row], len(grid[0])
    for ax in every[filled:]:
        ax.set_axis_off()
    for ax in every[max(0, filled - columns) : filled]:
        ax.tick_params(labelbottom=True)
        ax.set_xlabel(xlabel, **PLAIN)
    for row in grid:
        row[0].set_ylabel(ylabel, **PLAIN)


def to_image(figure: Figure) -> tuple[str, int]:
    """The figure as a ``data:`` address of an SVG image inside a page, and its natural width in pixels."""
    buffer = io.BytesIO()
    with style():
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None})
    address = "data:image/svg+xml;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
    return address, round(_PIXELS_PER_INCH * figure.get_figwidth())


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a figure to a file; the suffix says the format."""
    with style():
        figure.savefig(os.fspath(path), dpi=160)
