"""The table of the study of field responses: our numbers beside the published ones."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..tables import markdown_table, with_reference
from .norms import NORMS, Series, error_norms, norm_with_error, truth_noise
from .published import PUBLISHED_RANGE, PUBLISHED_SHAPE, published_number, published_times
from .result import NORMAL_95, OFFSETS, FieldStudyResult, check_field_study

_PEAKS = ("R31", "R51", "R71")
_POINTS = ("R11", "R21", "R31", "R41")
_TIMES = np.arange(50.0)


class StudyRow(NamedTuple):
    """One number of a study, its standard error, and the published number where there is one.

    Example:
        >>> StudyRow("ou", "R31 peak", "truth", 0.492, 0.001, 0.490, "Fig. 1").value
        0.492
    """

    system: str
    quantity: str
    method: str
    value: float
    stderr: float | None
    reference: float | None
    reference_source: str


def field_study_rows(result: FieldStudyResult) -> list[StudyRow]:
    """All numbers of the study of one system, with the published ones where the grid is the published one.

    Peaks of the response at the points ``R11`` (the pushed one) to ``R71`` (6 steps along x); norms of the error over
    the grid, as a mean over the published range of time, at its largest, and at the published times; for Allen-Cahn
    also the published norm over 50 times at single points. Method ``truth_noise`` is the norm of the truth's own
    standard error, and ``noise / L2 mean`` its share of each method's error. Standard errors of peaks are those of
    each response, of norms those that come from the truth.

    Args:
        result: What the study measured.

    Raises:
        DataError: The responses cannot be compared, see `FieldStudyResult`.

    Example:
        >>> import numpy as np
        >>> grid = np.zeros((3, 32, 32))
        >>> grid[:, 0, 0] = np.exp(-np.arange(3.0))
        >>> result = FieldStudyResult("ou", 50 * np.arange(3.0), grid, 0 * grid, {"gaussian": 0.9 * grid}, {}, [])
        >>> [round(row.value, 4) for row in field_study_rows(result) if row[1:3] == ("L2 max", "gaussian")]
        [0.1]
    """
    check_field_study(result)
    comparable = result.grid == PUBLISHED_SHAPE
    rows = []
    for quantity, method, (value, stderr) in (*_peaks(result), *_norms(result), *_single_points(result)):
        known = published_number(result.system, method, quantity) if comparable else None
        reference, source = (None, "") if known is None else (known.value, known.source)
        rows.append(StudyRow(result.system, quantity, method, value, stderr, reference, source))
    return rows


def field_study_summary(result: FieldStudyResult, rows: Sequence[StudyRow]) -> str:
    """The numbers as a table in Markdown, methods across: value, standard error, and the published one in brackets."""
    methods = list(dict.fromkeys(row.method for row in rows))
    cells = {(row.quantity, row.method): with_reference(row.value, row.stderr, row.reference) for row in rows}
    lines = [
        [quantity, *(cells.get((quantity, method), "") for method in methods)]
        for quantity in dict.fromkeys(row.quantity for row in rows)
    ]
    sources = sorted({row.reference_source for row in rows if row.reference_source})
    parts = [
        f"# Response of {result.system}",
        "\n".join(f"- {note}" for note in result.notes),
        markdown_table(["quantity", *methods], lines),
        "Published numbers: " + "; ".join(sources) if sources else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


_Entry = tuple[str, str, tuple[float, float | None]]


def _peaks(result: FieldStudyResult) -> Iterator[_Entry]:
    """Largest response at points along x, the smallest at the push itself, and when."""
    inside, _ = _published_range(result)
    lags = result.lags[inside]
    fields: dict[str, tuple[np.ndarray, np.ndarray | None]] = {"truth": (result.truth, result.truth_stderr)}
    for method, values in result.responses.items():
        width = result.half_widths.get(method)
        fields[method] = (values, width if width is None else width / NORMAL_95)
    for method, (values, stderr) in fields.items():
        for point in ("R11", *_PEAKS):
            if OFFSETS[point] >= result.grid[-1]:
                continue
            curve = result.curve(values, OFFSETS[point])[inside]
            index = int(np.argmin(curve) if point == "R11" else np.argmax(curve))
            error = None if stderr is None else float(result.curve(stderr, OFFSETS[point])[inside][index])
            name = f"{point} minimum" if point == "R11" else f"{point} peak"
            yield name, method, (float(curve[index]), error)
            yield f"{name} time", method, (float(lags[index]), None)


def _norms(result: FieldStudyResult) -> Iterator[_Entry]:
    inside, whole = _published_range(result)
    lags = result.lags[inside]
    # A mean over a shorter time is another quantity: its name says so, and no published number stands beside it.
    short = "" if whole else f" to t={lags[-1]:g}"
    every = {method: error_norms(result, method) for method in result.responses}
    noise = truth_noise(result)
    for norm in NORMS:
        times = published_times(result.system, "L2" if norm == "rms" else norm)
        for method, norms in (*every.items(), ("truth_noise", noise)):
            series = Series(norms[norm].value[inside], norms[norm].stderr[inside])
            summary = {f"{norm} mean{short}": series.mean(lags), f"{norm} max{short}": series.largest()}
            summary |= {f"{norm} at t={time:g}": series.at(lags, time) for time in times if time <= lags[-1]}
            for quantity, (value, stderr) in summary.items():
                yield quantity, method, (value, None if method == "truth_noise" else stderr)
    floor = noise["L2"].value[inside]
    for method, norms in every.items():
        mean = Series(norms["L2"].value[inside], floor).mean(lags)
        yield f"noise / L2 mean{short}", method, (mean[1] / mean[0] if mean[0] > 0 else 0.0, None)


def _single_points(result: FieldStudyResult) -> Iterator[_Entry]:
    """Published for Allen-Cahn: the 2-norm over times 0, 1, ..., 49 of the error at the push and next to it."""
    fine = np.max(np.diff(result.lags)) <= 1.0 + 1e-9 and result.lags[-1] >= _TIMES[-1]
    if result.system != "allen-cahn" or not fine:
        return
    for method, values in result.responses.items():
        for point in _POINTS:
            if OFFSETS[point] >= result.grid[-1]:
                continue
            difference, noise = (
                np.interp(_TIMES, result.lags, result.curve(field, OFFSETS[point]))
                for field in (values - result.truth, result.truth_stderr)
            )
            norm = norm_with_error(difference, noise)
            yield f"{point} norm over 50 times", method, (float(norm.value), float(norm.stderr))


def _published_range(result: FieldStudyResult) -> tuple[np.ndarray, bool]:
    """Which lags lie in the published range of time, and whether they cover all of it."""
    end = PUBLISHED_RANGE[result.system][1] if result.system in PUBLISHED_RANGE else float(result.lags[-1])
    inside = result.lags <= end * (1 + 1e-9)
    if np.sum(inside) < 2:
        inside = np.ones(len(result.lags), dtype=bool)
    return inside, bool(abs(result.lags[inside][-1] - end) <= 1e-3 * end)
