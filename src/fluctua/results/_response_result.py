"""The response of a system as a result: labelled curves with bands, diagnostics, summary, figures, files."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import xarray as xr

from ..core import DataError, OptionError, worded
from ..data import goes_by_labels
from ..statistics import running_integral
from ._arithmetic import scaled, weighted_sum
from ._base import AbstractLabelledResult, view
from ._diagnostics import AbstractDiagnostic, Remark, Said, warned
from ._files import save_response
from ._response_curves import MEANINGS
from ._table import response_table
from ._units import response_unit, step_unit

if TYPE_CHECKING:
    import pandas

Kind = Literal["impulse", "step"]
_NEEDED = ("impulse_response", "impulse_response_lower", "impulse_response_upper")


@dataclass(frozen=True, repr=False, eq=False)
class ResponseResult(AbstractLabelledResult):
    """Responses of observables, or of a whole field, to pushes.

    Whatever a dataset does, the result does (``result.impulse_response.sel(observable="x")``).

    Args:
        dataset: ``impulse_response`` and ``step_response`` with their bands over push, lag and observable, or over
            push, lag and the field's own dimensions; what it holds is described with ``fluctua.respond``.
        diagnostics: What was found about the fit and the record, warnings included.
        options: What was asked, by the names of the arguments of ``fluctua.respond``.

    Example:
        >>> decay = np.exp(-np.arange(5.0)).reshape(1, 5, 1)
        >>> dims = ("push", "lag", "observable")
        >>> tables = {f"impulse_response{end}": (dims, decay) for end in ("", "_lower", "_upper")}
        >>> coords = {"push": ["x"], "lag": np.arange(5.0), "observable": ["x"]}
        >>> result = ResponseResult.of(xr.Dataset(tables, coords))
        >>> result.pushes, float(result.impulse_response[0, 1, 0].round(3))
        (['x'], 0.368)
    """

    dataset: xr.Dataset
    diagnostics: tuple[AbstractDiagnostic, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, result: "ResponseResult | xr.Dataset") -> "ResponseResult":
        """A result of a dataset, such as one read from ``response.nc``; attributes are read leniently."""
        if isinstance(result, ResponseResult):
            return result
        options = _decoded(result.attrs.get("config", "{}"))
        found = _remarks(_decoded(result.attrs.get("diagnostics", "[]")), _decoded(result.attrs.get("warnings", "[]")))
        return cls(result, tuple(found), options if isinstance(options, dict) else {})

    def check(self) -> None:
        """Refuse a dataset that holds no response with its band.

        Raises:
            DataError: Variables or coordinates are missing; it names them.
        """
        missing = [name for name in _NEEDED if name not in self.dataset.data_vars]
        missing += [name for name in ("push", "lag") if name not in self.dataset.coords]
        if missing:
            present = ", ".join(map(str, self.dataset.variables)) or "nothing"
            raise DataError(
                f"the dataset holds {present}, and no {', '.join(missing)}",
                "a report needs a response with its band over the coordinates push and lag",
                "give the dataset that `respond` returned, or its response.nc",
            )

    @property
    def warnings(self) -> list[str]:
        """What there is to be careful about, each a sentence; read in Python, options are arguments."""
        return [worded(diagnostic.warning, "respond") for diagnostic in self.diagnostics if diagnostic.warning]

    @property
    def pushes(self) -> list[str]:
        """Names of the pushes."""
        return self.labels("push")

    @property
    def observables(self) -> list[str]:
        """Names of the observables; none for a field."""
        return self.labels("observable")

    @property
    def lags(self) -> np.ndarray:
        """Lags after the push, in ``lag_units``."""
        return np.asarray(self.dataset["lag"].values, dtype=float)

    @property
    def lag_units(self) -> str:
        """Unit of the lags."""
        return str(self.dataset["lag"].attrs.get("units", "time units"))

    @property
    def confidence(self) -> float:
        """Confidence of the bands."""
        value = self.options.get("confidence", self.dataset.attrs.get("confidence", 0.95))
        try:
            return float(value)
        except (TypeError, ValueError):
            return 0.95

    @property
    def space_dims(self) -> tuple[str, ...]:
        """Dimensions of a field response, in order; none for a list of observables."""
        dims = self.dataset["impulse_response"].dims
        return tuple(str(dim) for dim in dims if dim not in ("push", "lag", "observable"))

    @property
    def is_whole_field(self) -> bool:
        """Whether the response is that of a field over its own dimensions, and not of a list of observables."""
        return bool(self.space_dims)

    @property
    def homogeneous_dims(self) -> tuple[str, ...]:
        """Those along which the coordinate is the offset from the push, which may be anywhere."""
        named = _decoded(self.dataset.attrs.get("homogeneous", "[]"))
        named = [named] if isinstance(named, str) else named
        return tuple(dim for dim in self.space_dims if isinstance(named, list) and dim in named)

    def labels(self, dim: str) -> list[str]:
        """Labels along a dimension as text, or positions where it has none."""
        if dim in self.dataset.coords:
            return [str(label) for label in np.atleast_1d(self.dataset[dim].values)]
        return [str(index) for index in range(self.dataset.sizes.get(dim, 0))]

    def number(self, name: str) -> float | None:
        """A numerical attribute, or nothing where it is absent or not finite."""
        try:
            value = float(np.asarray(self.dataset.attrs[name], dtype=float).ravel()[0])
        except (KeyError, TypeError, ValueError, IndexError):
            return None
        return value if math.isfinite(value) else None

    def curve(self, name: str, push: str, observable: str) -> np.ndarray | None:
        """One variable at one push and observable, shape ``(lag,)``; nothing where the result does not hold it."""
        if name == "gaussian_step_response" and name not in self.dataset.data_vars:
            gaussian, lags = self.curve("gaussian_response", push, observable), self.lags
            return (
                None if gaussian is None else running_integral(gaussian, lags[1] - lags[0] if len(lags) > 1 else 1.0, 0)
            )
        if name not in self.dataset.data_vars:
            return None
        place = {"push": self.pushes.index(push), "observable": self.observables.index(observable)}
        ordered = self.dataset[name].transpose("push", "lag", "observable")
        return np.asarray(ordered.isel(place).values, dtype=float)

    def unit(self, push: str, observable: str | None = None, kind: Kind = "impulse") -> str:
        """The unit of a response, or of that of a field; empty where it is not known."""
        if observable is None or self.is_whole_field:
            return str(self.dataset[f"{kind}_response"].attrs.get("units", ""))
        places = {"push_units": self.pushes.index(push), "observable_units": self.observables.index(observable)}
        if not set(places) <= set(self.dataset.coords):
            return ""
        pushed, observed = (str(np.atleast_1d(self.dataset[name].values)[place]) for name, place in places.items())
        impulse = response_unit(observed, pushed)
        return impulse if kind == "impulse" else step_unit(impulse, str(self.dataset["lag"].attrs.get("units", "")))

    def of_observable(self, observable: str) -> "ResponseResult":
        """The response of one observable of a field, as that of a field."""
        place = self.observables.index(observable)
        return ResponseResult(self.dataset.isel(observable=place, drop=True), self.diagnostics, self.options)

    @property
    def map_fields(self) -> list[str]:
        """Fields that were reduced to modes, of which the result holds maps."""
        return [name for name in self._reduced if f"{name}_impulse_response" in self.dataset]

    @property
    def _reduced(self) -> list[str]:
        return list(_decoded(self.dataset.attrs.get("modes_of", "[]")))

    def of_map(self, name: str) -> "ResponseResult":
        """The response of a field that was reduced to modes, as that of a field.

        Raises:
            DataError: The result holds no maps of it.
        """
        if name not in self.map_fields:
            raise DataError(
                f"a map of '{name}' was asked for",
                f"there are maps of {', '.join(self.map_fields) or 'nothing'}",
                "name one of these" if self.map_fields else "ask with modes=10, say; a table (.csv) holds no maps",
            )
        held = {key: self.dataset[f"{name}_{key}"] for key in MEANINGS if f"{name}_{key}" in self.dataset}
        return ResponseResult(xr.Dataset(held, attrs=self.dataset.attrs), self.diagnostics, self.options)

    @property
    def names_places(self) -> bool:
        """Whether pushes are of single places, and not of modes."""
        return not self._reduced

    def field(self, name: str, push: str) -> np.ndarray:
        """One variable of a field response at one push, shape ``(lag, *space)``."""
        ordered = self.dataset[name].transpose("push", "lag", *self.space_dims)
        return np.asarray(ordered.isel(push=self.pushes.index(push)).values, dtype=float)

    def push_position(self, push: str) -> dict[str, int]:
        """Where a field was pushed, as index positions, from a label such as ``u[y=3,x=5]``.

        Along a homogeneous dimension it is always index 0, whatever the label says: the result counts from the push.
        Without positions in the label, it is where the response at the first lag is largest.
        """
        written = dict(re.findall(r"(\w+)\s*=\s*([^,\]]+)", push)) | dict.fromkeys(self.homogeneous_dims, "0")
        places = {dim: self._place(dim, written.get(dim, "")) for dim in self.space_dims}
        if all(place is not None for place in places.values()):
            return {dim: place for dim, place in places.items() if place is not None}
        first = np.abs(self.field("impulse_response", push)[0])
        position = np.unravel_index(int(np.nanargmax(first)), first.shape)
        return {dim: int(index) for dim, index in zip(self.space_dims, position, strict=True)}

    def _place(self, dim: str, written: str) -> int | None:
        """The position along a dimension that part of a cell's name says, by label or by position."""
        if dim in self.dataset.coords and dim not in self.homogeneous_dims and goes_by_labels(self.dataset[dim].values):
            labels = self.labels(dim)
            return labels.index(written) if written in labels else None
        return int(written) if written.isdecimal() and int(written) < self.dataset.sizes[dim] else None

    def summary(self) -> str:
        """The question, the answer in words and the warnings, as text."""
        lines = [worded(line, "respond") for line in view("response summary")(self)]
        return "\n".join([*lines, *(f"Warning: {warning}" for warning in self.warnings)])

    def plot(
        self, ax: Any = None, *, push: str | None = None, observable: str | None = None, kind: Kind = "impulse"
    ) -> Any:
        """Draw the response with its band, the Gaussian curve and, where it is known, the truth.

        Args:
            ax: Matplotlib axes for one curve; by default a new figure.
            push: Name of the push; by default the first on axes, all in a figure.
            observable: Name of the observable; the same.
            kind: ``"impulse"`` for the response to a kick, ``"step"`` for the response to a push that is kept on.

        Returns:
            The axes that were given, or new ones where a push or an observable is named; else the figure.
        """
        return view("response")(self, ax, push, observable, kind)

    def choose(self, *, push: str | None = None, observable: str | None = None) -> "ResponseResult":
        """The responses to one push, of one observable, or both, as a result.

        Raises:
            OptionError: There is none of that name.
        """
        dataset = self.dataset
        for dim, name, names in (("push", push, self.pushes), ("observable", observable, self.observables)):
            if name is not None:
                if name not in names:
                    raise OptionError(
                        f"the {dim} '{name}' was asked for",
                        f"the result has {', '.join(names) or 'none'}",
                        "name one of these",
                    )
                dataset = dataset.isel({dim: [names.index(name)]})
        return ResponseResult(dataset, self.diagnostics, self.options)

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row for every push, observable (or place of a field) and lag, one column for every curve and band."""
        return response_table(self.dataset)

    __array_ufunc__ = None  # numbers of NumPy leave it to the result to be multiplied by them

    def __add__(self, other: "ResponseResult | int") -> "ResponseResult":
        """The sum of two responses, with its bands; ``sum`` begins with zero."""
        if isinstance(other, int | float) and other == 0:
            return self
        return weighted_sum(self, other, (1.0, 1.0)) if isinstance(other, ResponseResult) else NotImplemented

    __radd__ = __add__

    def __sub__(self, other: "ResponseResult") -> "ResponseResult":
        """The difference of two responses, with its bands."""
        return weighted_sum(self, other, (1.0, -1.0)) if isinstance(other, ResponseResult) else NotImplemented

    def __mul__(self, factor: float) -> "ResponseResult":
        """A multiple of the response."""
        if not isinstance(factor, int | float | np.number):
            return NotImplemented
        if not math.isfinite(factor):
            raise OptionError(
                f"a response was multiplied by {factor}", "a response is multiplied by a finite number", "give one"
            )
        return scaled(self, float(factor))

    __rmul__ = __mul__

    def __truediv__(self, factor: float) -> "ResponseResult":
        """The response divided by a number."""
        return self * (1.0 / factor if factor else math.inf)

    def __neg__(self) -> "ResponseResult":
        """The response to the opposite push."""
        return self * -1.0

    def save(self, path: "str | PathLike[str]", overwrite: bool = False) -> None:
        """Write the result to ``.nc``, ``.zarr`` or ``.csv``, whole or not at all; ``load_response`` reads it."""
        save_response(self, path, overwrite)

    def report(self, path: "str | PathLike[str]") -> Path:
        """Write one self-contained page: the answer in words, figures, and how far it can be trusted."""
        return view("response report")(self, path)


def _remarks(diagnostics: Any, warnings: Any) -> list[AbstractDiagnostic]:
    """Sentences of a file; a level that is not known counts as a caution."""
    found: list[AbstractDiagnostic] = []
    for item in diagnostics if isinstance(diagnostics, list) else []:
        if isinstance(item, dict):
            level = item.get("level")
            known: Any = level if level in ("good", "caution", "warning") else "caution"
            found.append(Remark(Said(known, str(item.get("text", "")))))
    sentences = [warnings] if isinstance(warnings, str) else warnings if isinstance(warnings, Sequence) else []
    return [*found, *warned(str(sentence) for sentence in sentences if str(sentence).strip())]


def _decoded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value
