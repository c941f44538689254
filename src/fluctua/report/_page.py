"""The page: all that a reader needs to know of one response, in one file that opens without a network."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import jinja2

from ..core import OutputError, citations, replaced
from ..results import ResponseResult
from ._curves import response_figure
from ._densities import MOST_VARIABLES, density_figure, has_densities
from ._leading import band_sentences, leading_sentence, leading_table
from ._maps import field_figure
from ._numbers import percent
from ._overview import overview, table_link
from ._shown import field_parts, of_datasets, shown_observables, shown_pushes
from ._stein import has_stein_numbers, stein_figure
from ._style import to_image
from ._tables import delay_rows, diagnostic_numbers, lag_headings, provenance, response_rows
from ._words import read_pairs, reading, title

_GAUSSIAN = "Dashed grey: the classical estimate, which takes the record as Gaussian."
_LEVELS = {"good": "Good", "caution": "Caution", "warning": "Warning"}
_MARKS = {"good": "\N{CHECK MARK}", "caution": "!", "warning": "\N{MULTIPLICATION X}"}


class Picture(NamedTuple):
    """One figure of the page."""

    heading: str
    source: str
    width: int
    alternative: str
    caption: str


@of_datasets
def write_report(result: ResponseResult, path: str | os.PathLike[str]) -> Path:
    """Write one self-contained HTML page about a response: the answer in words, figures, trust.

    The page needs nothing but a browser: figures are vector images inside it, and it asks no network for
    anything. It is written under a temporary name and renamed when complete.

    Args:
        result: Response dataset as returned by ``respond`` or read from ``response.nc``, over push, lag and
            observable, or over push, lag and the field's own dimensions; ``truth_response`` is drawn too.
        path: File to write; an existing file is replaced.

    Returns:
        Path of the page.

    Raises:
        DataError: When the dataset is not a response result.
        OutputError: When the file cannot be written.

    Example:
        >>> import tempfile
        >>> import numpy as np, xarray as xr
        >>> decay = np.exp(-np.linspace(0, 3, 7)).reshape(1, 7, 1)
        >>> dims = ("push", "lag", "observable")
        >>> names = {"impulse_response": 0.0, "impulse_response_lower": -0.1, "impulse_response_upper": 0.1}
        >>> result = xr.Dataset(
        ...     {name: (dims, decay + shift) for name, shift in names.items()},
        ...     coords={"push": ["x"], "lag": np.linspace(0, 3, 7), "observable": ["x"]},
        ... )
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     page = write_report(result, f"{folder}/report.html").read_text()
        >>> "<h1>How x responds to a unit push on x</h1>" in page
        True
    """
    result.check()
    return write_page(environment().get_template("report.html.j2").render(_content(result)), path)


def write_page(text: str, path: str | os.PathLike[str]) -> Path:
    """Write a page under a temporary name, renamed when complete.

    Raises:
        OutputError: When the file cannot be written.
    """
    target = Path(path)
    try:
        with replaced(target) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"the report cannot be written to '{target}' ({error.strerror or error})",
            "the folder must exist and be writable",
            "create the folder, or choose another one",
        ) from error
    return target


def environment() -> jinja2.Environment:
    """Where the templates of pages are found."""
    # Names and expressions come from the user's file: everything is escaped.
    return jinja2.Environment(
        loader=jinja2.PackageLoader("fluctua.report"), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def _content(result: ResponseResult) -> dict[str, object]:
    found = [each for each in result.diagnostics if each.text]
    counts = {level: sum(each.level == level for each in found) for level in _LEVELS}
    return {
        "title": title(result),
        "reading": reading(result),
        "leading": leading_sentence(result),
        "choices": leading_table(result),
        "pushes": shown_pushes(result),
        "every_push": result.pushes,
        "overview": overview(result),
        "table": table_link(result),
        "pairs": [] if result.is_whole_field else read_pairs(result),
        "level": percent(result.confidence),
        "selection": _selection(result),
        "pictures": list(_pictures(result)),
        "diagnostics": [
            {"level": each.level, "text": each.text, "name": _LEVELS[each.level], "mark": _MARKS[each.level]}
            for each in found
        ],
        "counts": [(level, _MARKS[level], count, _LEVELS[level].lower()) for level, count in counts.items() if count],
        "delay_headings": result.labels("delays"),
        "delay_rows": delay_rows(result),
        "numbers": diagnostic_numbers(result),
        "warnings": [each.warning for each in result.diagnostics if each.warning],
        "lag_units": result.lag_units,
        "lag_headings": lag_headings(result),
        "tables": response_rows(result),
        "citations": str(result.attrs.get("citations") or citations("response", "gaussian", "doubly-robust")),
        "provenance": provenance(result),
    }


def _selection(result: ResponseResult) -> str:
    """What is left out of the page, if anything."""
    parts = []
    for name, shown in (("push", shown_pushes(result)), ("observable", shown_observables(result))):
        total = len(result.labels(name))
        if total > len(shown):
            plural = {"push": "pushes", "observable": "observables"}[name]
            parts.append(f"the first {len(shown)} of {total} {plural}")
    return f"This page shows {' and '.join(parts)}; the result file holds them all." if parts else ""


def _pictures(result: ResponseResult) -> Iterator[Picture]:
    level = percent(result.confidence)
    for push, name in itertools.product(shown_pushes(result), result.map_fields):
        yield Picture(
            f"Response of {name} to a push on {push}",
            *to_image(field_figure(result.of_map(name), push)),
            f"Maps of the impulse response of {name} to {push}.",
            f"Mean change of {name} after the push, as far as the modes hold it; at lag zero it is the push itself "
            f"(dots: the {level} band, which has the errors of all modes together, holds zero; white: no value).",
        )
    if result.is_whole_field:
        for push, (name, part) in itertools.product(shown_pushes(result), field_parts(result)):
            yield Picture(
                f"Response {f'of {name} ' if name else ''}to a push at {push}",
                *to_image(field_figure(part, push)),
                f"Maps and curves of the impulse response of {name or 'the field'} to {push}.",
                _field_caption(part, level),
            )
    else:
        yield Picture(
            "Impulse response",
            *to_image(response_figure(result)),
            "Curves of the impulse response of each observable to each push, with bands.",
            "Mean change of the observable after one sudden unit displacement of the pushed variable. "
            f"{band_sentences(result)}{_lines(result)}",
        )
        if "step_response" in result:
            yield Picture(
                "Step response",
                *to_image(response_figure(result, "step")),
                "Curves of the response of each observable to each push that is kept on, with bands.",
                "Mean change of the observable when the tendency of the pushed variable is raised by one "
                "unit per time unit at lag zero and kept so: the running integral of the curve above. "
                f"{band_sentences(result, 'step')}" + (f" {_GAUSSIAN}" if "gaussian_response" in result else ""),
            )
    if has_stein_numbers(result):
        yield Picture(
            "Is the score right at every scale?",
            *to_image(stein_figure(result)),
            "Stein number against wavenumber, as fitted and after calibration.",
            "The product of score and state, averaged over the record and over wavenumbers of about the same length; "
            "the exact score has 1 at every one. Where the fitted score is far from 1, the answer at that scale rests "
            "on the calibration.",
        )
    if has_densities(result):
        total = result.sizes["variable"]
        more = f" The first {MOST_VARIABLES} of {total} variables are shown." if total > MOST_VARIABLES else ""
        yield Picture(
            "Does the score know the record?",
            *to_image(density_figure(result)),
            "Marginal densities of the record beside those implied by the score, linear and logarithmic.",
            "Each variable's density in the record (grey) and the one implied by the learned score (line). "
            "Where they part, the score is wrong, and responses that depend on those states deserve care." + more,
        )


def _field_caption(result: ResponseResult, level: str) -> str:
    plane, anywhere = len(result.space_dims) > 1, result.homogeneous_dims
    said = "Mean change after a unit kick at the cross"
    said += f" (dots: the {level} band holds zero)." if plane else "."
    if anywhere:
        said += (
            f" The system is taken to be the same everywhere along {' and '.join(anywhere)}: all translations are "
            "averaged, and the axes there are offsets from the push."
        )
    return f"{said} Below: the change at the pushed place and away from it. {band_sentences(result)}{_lines(result)}"


def _lines(result: ResponseResult) -> str:
    """What the further lines of a figure are."""
    gaussian = f" {_GAUSSIAN}" if "gaussian_response" in result else ""
    return gaussian + (" Dotted black: the truth." if "truth_response" in result else "")
