"""Several results in one: of other pushes, of other observables, or of other records."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from ..core import DataError
from ._diagnostics import AbstractDiagnostic, as_attributes
from ._response_result import ResponseResult
from ._units import with_units


def concat(results: Sequence[ResponseResult], labels: Sequence[str] | None = None) -> ResponseResult:
    """Put results one behind the other, along pushes where they have the same observables, else along observables.

    Variables that belong to neither (densities, say) and attributes are kept where all agree; diagnostics are put
    together.

    Args:
        results: Results over the same lags.
        labels: What tells them apart, where they have pushes in common: "x" becomes "x (label)".

    Raises:
        DataError: They have other lags, or neither pushes nor observables in common; or a name would be there twice.

    Example:
        >>> import fluctua
        >>> rng = np.random.default_rng(0)
        >>> records = rng.standard_normal((2, 1, 500, 1))
        >>> one, two = (fluctua.respond(record, "x", max_lag=2, score="gaussian") for record in records)
        >>> concat([one, two], labels=["before", "after"]).pushes
        ['x (before)', 'x (after)']
    """
    if isinstance(results, ResponseResult | str | Mapping) or not all(isinstance(r, ResponseResult) for r in results):
        raise DataError(
            f"{type(results).__name__} was given where a list of results is put together",
            "results are those that respond or load_response returned",
            "give them as a list, concat([first, second])",
        )
    if not results:
        raise DataError("no result was given", "one result or more are put together", "give them as a list")
    if labels is not None and len(labels) != len(results):
        raise DataError(
            f"{len(results)} results were given, and {len(labels)} labels",
            "results have a label each, or none",
            "give as many labels as results",
        )
    sets = [result.dataset for result in results]
    if labels is not None:
        sets = [
            dataset.assign_coords(push=[f"{push} ({label})" for push in result.pushes])
            for dataset, result, label in zip(sets, results, labels, strict=True)
        ]
    dim = _dimension(sets, results)
    names = [str(each) for dataset in sets for each in dataset[dim].values]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(
            f"the {dim} '{twice[0]}' is in more than one of the results",
            "names tell pushes and observables apart",
            "give labels=[...], one for each result, or choose what is to be put together with result.choose(...)",
        )
    joined: Any = xr.concat(
        _alike(sets, dim), dim=dim, data_vars="minimal", coords="minimal", compat="override", join="override",
        combine_attrs="drop_conflicts",
    )  # fmt: skip
    seen: dict[str, AbstractDiagnostic] = {each.text: each for result in results for each in result.diagnostics}
    found = tuple(seen.values())
    joined.attrs |= {
        "title": "; ".join(dict.fromkeys(str(dataset.attrs.get("title", "")) for dataset in sets)),
        "source": "; ".join(dict.fromkeys(str(dataset.attrs.get("source", "")) for dataset in sets)),
        "config": json.dumps(dict(results[0].options), default=str),
        **as_attributes(found),
    }
    for name in joined.data_vars:
        if len({str(dataset[name].attrs.get("units", "")) for dataset in sets}) > 1:
            joined[name].attrs.pop("units", None)
    return ResponseResult(with_units(joined), found, dict(results[0].options))


def _dimension(sets: list[xr.Dataset], results: Sequence[ResponseResult]) -> str:
    """Along which dimension they follow one another."""
    first, others = sets[0], sets[1:]
    lags = all(
        dataset.sizes["lag"] == first.sizes["lag"] and np.allclose(dataset["lag"], first["lag"], rtol=1e-9, atol=0)
        and dataset["lag"].attrs.get("units") == first["lag"].attrs.get("units")
        for dataset in others
    )  # fmt: skip
    spaces = all(result.space_dims == results[0].space_dims for result in results)
    confidences = {result.confidence for result in results}
    same = {
        dim: all(_labels(dataset, dim) == _labels(first, dim) for dataset in others) for dim in ("push", "observable")
    }
    origins = all(_labels(dataset, "errors_of") == _labels(first, "errors_of") for dataset in others)
    if lags and spaces and len(confidences) == 1:
        if same["observable"]:
            return "push"
        if same["push"] and origins:
            return "observable"
    given = "; ".join(
        f"{', '.join(result.observables[:3]) or 'the field'} to {', '.join(result.pushes[:3])} "
        f"at {len(result.lags)} lags up to {result.lags[-1]:g} {result.lag_units}"
        for result in results[:3]
    )
    raise DataError(
        f"the results are of {given}",
        "results that are put together have the same lags and confidence, and the same observables; or, of one record, "
        "the same pushes",
        "ask for them with the same largest lag (max_lag), or choose what they share with result.choose(...)",
    )


def _labels(dataset: xr.Dataset, name: str) -> list[str]:
    return [str(each) for each in np.atleast_1d(dataset[name].values)] if name in dataset.coords else []


def _alike(sets: list[xr.Dataset], dim: str) -> list[xr.Dataset]:
    """With the same variables in all, and as many rows of errors: those that some do not have are zero."""
    rows = [str(row) for row in sets[0].dims if str(row).endswith("_row")]
    kept = []
    for name, variable in sets[0].variables.items():
        everywhere = [dataset.variables[name] for dataset in sets if name in dataset.variables]
        shared = len(everywhere) == len(sets) and all(each.dims == variable.dims for each in everywhere)
        if shared and (dim in variable.dims or all(each.equals(variable) for each in everywhere)):
            kept.append(name)
    found = []
    for dataset in sets:
        padding = {row: (0, max(each.sizes.get(row, 0) for each in sets) - dataset.sizes.get(row, 0)) for row in rows}
        own = dataset[[name for name in kept if name in dataset.data_vars]]
        own = own.drop_vars([name for name in own.coords if name not in kept])
        found.append(own.pad({row: by for row, by in padding.items() if row in own.dims}, constant_values=0.0))
    return found
