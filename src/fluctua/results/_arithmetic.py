"""Sums, differences and multiples of responses, with their bands."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ..core import DataError
from ..statistics import Estimate, combined
from ._diagnostics import AbstractDiagnostic, Remark, Said
from ._errors import KEPT, Origin, kept_estimate, paired_rows
from ._response_curves import MEANINGS, banded_curves
from ._units import with_units

if TYPE_CHECKING:
    from ._response_result import ResponseResult

_INDEPENDENT = (
    "The responses that are combined are of different records, which are taken to be independent of each other."
)


def scaled(result: "ResponseResult", factor: float) -> "ResponseResult":
    """A multiple of a response."""
    dataset = _with_errors(result)
    pushes = [[_scaled(_kept(dataset, name, push), factor) for name in KEPT] for push in range(dataset.sizes["push"])]
    origins = [str(each) for each in dataset["errors_of"].values]
    named = f"{factor:g} times: {dataset.attrs.get('title', 'a response')}"
    return _result(result, dataset, pushes, result.pushes, origins, named, [(dataset, factor)], result.diagnostics)


def weighted_sum(first: "ResponseResult", second: "ResponseResult", weights: tuple[float, float]) -> "ResponseResult":
    """$a K_1 + b K_2$ of two results over the same lags and observables.

    Where both are of the same blocks of time (one record, or several observed or simulated side by side), errors that
    they share add up or cancel. Else both have to be independent.

    Raises:
        DataError: They are not alike, do not hold the errors of whole curves, or share a record without sharing the
            blocks of time.
    """
    one, other = _with_errors(first), _with_errors(second)
    _refuse_other_axes(one, other)
    sign = "+" if weights[1] > 0 else "-"
    pushes = _joined(first.pushes, second.pushes, sign)
    if first.observables != second.observables:  # one each
        one = one.assign_coords(observable=_joined(first.observables, second.observables, sign))
    found, origins, apart = [], [], False
    for push in range(len(pushes)):
        sources = [_origins(dataset, push) for dataset in (one, other)]
        cosines = _shared_rows(*sources)
        apart = apart or cosines is None
        pair = [[_kept(dataset, name, push) for name in KEPT] for dataset in (one, other)]
        found.append([_combined(a, b, weights, cosines) for a, b in zip(*pair, strict=True)])
        origins.append(_text(sources[0] if cosines is not None else [*sources[0], *sources[1]]))
    titles = [str(dataset.attrs.get("title", "a response")) for dataset in (one, other)]
    seen = {each.text: each for each in (*first.diagnostics, *second.diagnostics)}
    diagnostics = (*([Remark(Said("caution", _INDEPENDENT, _INDEPENDENT))] if apart else []), *seen.values())
    both = [(one, weights[0]), (other, weights[1])]
    return _result(first, one, found, pushes, origins, f"{titles[0]} {sign} {titles[1]}", both, diagnostics)


def _joined(names: Sequence[str], others: Sequence[str], sign: str) -> list[str]:
    return [a if a == b else f"{a} {sign} {b}" for a, b in zip(names, others, strict=True)]


def _combined(one: Estimate, other: Estimate, weights: tuple[float, float], cosines: int | None) -> Estimate:
    # Further rows are of the same kinds where there are as many: by how much other coefficients, further functions and
    # the pull to the classical response move the estimate.
    return combined(one, other, weights, cosines=cosines, alike=one.factor.shape == other.factor.shape)


def _scaled(estimate: Estimate, factor: float) -> Estimate:
    return Estimate(factor * estimate.value, factor * estimate.factor, estimate.freedom)


def _with_errors(result: "ResponseResult") -> xr.Dataset:
    dataset = result.dataset
    if "errors_of" not in dataset.coords or any(f"{name}_errors" not in dataset for name in KEPT):
        raise DataError(
            f"'{dataset.attrs.get('title', 'the result')}' does not hold the errors of its whole curves",
            "sums and differences have a band where both results do; tables (.csv) and maps of modes do not have them, "
            "and those of fields, or of very many curves, are too large to be kept",
            "read the result from the .nc or .zarr that it was saved to; or ask for fewer pushes, observables or lags, "
            "or for observables of the field in place of the whole of it",
        )
    return dataset


def _kept(dataset: xr.Dataset, name: str, push: int) -> Estimate:
    found = kept_estimate(dataset, name, push)
    assert found is not None
    return found


def _refuse_other_axes(one: xr.Dataset, other: xr.Dataset) -> None:
    """Refuse results over other lags, observables or places, or in other units."""
    for dim in map(str, one["impulse_response"].dims):
        if not _same_along(dim, one, other):
            raise DataError(
                f"along '{dim}' the one result has {_shown(one, dim)} and the other {_shown(other, dim)}",
                "responses that are added or subtracted have the same lags, observables and pushes, or one push each",
                "ask for both with the same largest lag (max_lag) and the same time step"
                if dim == "lag"
                else "choose what they share, or one of each, first: result.choose(push=..., observable=...)",
            )
    for name in ("push_units", "observable_units"):
        units = [_units(dataset, name) for dataset in (one, other)]
        if units[0] != units[1]:
            shown = [", ".join(f"'{each}'" for each in some[:4]) for some in units]
            raise DataError(
                f"the {name.replace('_', ' ')} are {shown[0]} and {shown[1]}",
                "responses that are added or subtracted are in the same units",
                "give both records the same units (attribute 'units' of each variable), converted where they differ",
            )
    standards = [_standardised(dataset) for dataset in (one, other)]
    if standards[0] != standards[1]:
        raise DataError(
            "one of the results is in standard deviations (standardise) and the other is not, or in others",
            "responses that are added or subtracted are in the same units",
            "ask for both with the same standardise=...",
        )


def _same_along(dim: str, one: xr.Dataset, other: xr.Dataset) -> bool:
    """Whether a dimension has the same labels in both, or a single push or observable each."""
    sizes = [dataset.sizes.get(dim, 0) for dataset in (one, other)]
    if sizes[0] != sizes[1]:
        return False
    if dim == "lag":
        units = [dataset["lag"].attrs.get("units") for dataset in (one, other)]
        return units[0] == units[1] and bool(np.allclose(one["lag"].values, other["lag"].values, rtol=1e-9, atol=0))
    return (dim in ("push", "observable") and sizes[0] == 1) or _names(one, dim) == _names(other, dim)


def _names(dataset: xr.Dataset, dim: str) -> list[str]:
    return [str(label) for label in dataset[dim].values] if dim in dataset.coords else []


def _shown(dataset: xr.Dataset, dim: str) -> str:
    names = _names(dataset, dim)
    if dim == "lag":
        return f"{len(names)} up to {dataset['lag'].values[-1]:g} {dataset['lag'].attrs.get('units', '')}".strip()
    return f"{dataset.sizes.get(dim, 0)} ({', '.join(names[:4])}{', ...' if len(names) > 4 else ''})"


def _units(dataset: xr.Dataset, name: str) -> list[str]:
    dim = name.removesuffix("_units")
    return [str(each) for each in dataset[name].values] if name in dataset.coords else [""] * dataset.sizes.get(dim, 0)


def _standardised(dataset: xr.Dataset) -> object:
    try:
        return json.loads(str(dataset.attrs.get("config", "{}"))).get("standardise") or []
    except json.JSONDecodeError:
        return []


def _origins(dataset: xr.Dataset, push: int) -> list[Origin]:
    return [Origin(*each) for each in json.loads(str(dataset["errors_of"].values[push]))]


def _text(origins: Sequence[Origin]) -> str:
    return json.dumps([list(each) for each in origins])


def _shared_rows(one: list[Origin], other: list[Origin]) -> int | None:
    """How many rows belong to the same blocks of time; None for independent results."""
    if len(one) == len(other) == 1 and one[0].same_blocks(other[0]):
        return paired_rows(one[0].blocks)
    shared = [(a, b) for a in one for b in other if a.same_record(b)]
    if shared:
        a, b = shared[0]
        raise DataError(
            f"both results rest on {a.source or 'the same record'}: one on {a.times}, the other on {b.times}",
            "errors that two results of one record share are known only where both were found from the same states and "
            "lags in one piece, and were not combined with others before",
            "ask for both with the same steps and max_lag (in one call, say), or combine them before further ones",
        )
    return None


def _result(
    like: "ResponseResult",
    dataset: xr.Dataset,
    found: list[list[Estimate]],
    pushes: list[str],
    origins: list[str],
    title: str,
    parts: list[tuple[xr.Dataset, float]],
    diagnostics: Sequence[AbstractDiagnostic],
) -> "ResponseResult":
    """The labelled result of one pair of estimates for every push: that which leads and that of the outer band."""
    dims = ("push", *dataset["impulse_response"].isel(push=0).transpose("lag", ...).dims)
    impulse, outer = (_stacked([pair[place] for pair in found]) for place in (0, 1))
    lags = like.lags
    step = float(lags[1] - lags[0]) if len(lags) > 1 else 1.0
    tables = banded_curves(impulse, outer, step, like.confidence)
    tables |= {"impulse_response": impulse.value, "robust_response": outer.value}
    tables["robust_response_stderr"] = outer.stderr()
    variables: dict[str, Any] = {
        name: (dims, tables[name], {"long_name": MEANINGS[name]}) for name in MEANINGS if name in tables
    }
    if all("gaussian_response" in part for part, _ in parts):
        total = sum(weight * part["gaussian_response"].transpose(*dims).values for part, weight in parts)
        variables["gaussian_response"] = (dims, total, {"long_name": MEANINGS["gaussian_response"]})
    for name, estimate in zip(KEPT, (impulse, outer), strict=True):
        said = dict(dataset[f"{name}_errors"].attrs), dict(dataset[f"{name}_freedom"].attrs)
        variables[f"{name}_errors"] = ((f"{name}_row", *dims), estimate.factor, said[0])
        freedom = np.broadcast_to(estimate.freedom, estimate.value.shape).min(axis=1)
        variables[f"{name}_freedom"] = (tuple(dim for dim in dims if dim != "lag"), freedom, said[1])
    kept = {str(n): c for n, c in dataset.coords.items() if n not in ("push", "errors_of") and set(c.dims) <= set(dims)}
    coords = {**kept, "push": pushes, "errors_of": ("push", origins)}
    options = dict(like.options) | {"combined": title}
    attrs = {
        key: dataset.attrs[key] for key in ("Conventions", "fluctua_version", "homogeneous") if key in dataset.attrs
    }
    attrs |= {
        "title": title,
        "source": "; ".join(dict.fromkeys(str(part.attrs.get("source", "")) for part, _ in parts)),
        "band_degrees_of_freedom": float(np.min(impulse.freedom)),
        "config": json.dumps(options, default=str),
        "warnings": json.dumps([each.warning for each in diagnostics if each.warning]),
        "diagnostics": json.dumps([{"level": each.level, "text": each.text} for each in diagnostics if each.text]),
    }
    return type(like)(with_units(xr.Dataset(variables, coords, attrs)), tuple(diagnostics), options)


def _stacked(estimates: list[Estimate]) -> Estimate:
    """Estimates of one push each as one; rows that some do not have are zero."""
    rows = max(len(each.factor) for each in estimates)
    padded = [np.pad(each.factor, [(0, rows - len(each.factor)), *[(0, 0)] * each.value.ndim]) for each in estimates]
    # One number of degrees of freedom for all lags of a curve, the smallest.
    freedom = [np.broadcast_to(each.freedom, each.value.shape).min(axis=0, keepdims=True) for each in estimates]
    return Estimate(np.stack([each.value for each in estimates]), np.stack(padded, axis=1), np.stack(freedom))
