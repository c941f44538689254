"""Sums, differences and multiples of responses, with their bands.

Where both hold the errors of whole curves, errors that they share add up or cancel; else bands are made of bands.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ..core import DataError
from ..statistics import Estimate, combined
from ._diagnostics import AbstractDiagnostic, Remark, Said, as_attributes
from ._errors import KEPT, Origin, kept_estimate, paired_rows
from ._response_curves import MEANINGS, banded_curves
from ._units import with_units
from ._widths import Part, summed_curves

if TYPE_CHECKING:
    from ._response_result import ResponseResult

_INDEPENDENT = (
    "The responses that are combined are of different records, which are taken to be independent of each other."
)
_WIDEST = (
    "Which errors the responses that are combined have in common is not known, as those of whole curves are kept only "
    "where they are few: their bands are added up, which is the widest that they allow."
)


def scaled(result: "ResponseResult", factor: float) -> "ResponseResult":
    """A multiple of a response."""
    dataset = result.dataset
    named = f"{factor:g} times: {dataset.attrs.get('title', 'a response')}"
    if not _holds_errors(dataset):
        return _of_bands(result, dataset, [(dataset, factor)], result.pushes, named, result.diagnostics, True)
    pushes = [[_scaled(_kept(dataset, name, push), factor) for name in KEPT] for push in range(dataset.sizes["push"])]
    origins = [str(each) for each in dataset["errors_of"].values]
    return _result(result, dataset, pushes, result.pushes, origins, named, [(dataset, factor)], result.diagnostics)


def weighted_sum(first: "ResponseResult", second: "ResponseResult", weights: tuple[float, float]) -> "ResponseResult":
    """$a K_1 + b K_2$ of two results over the same lags and observables.

    Where both are of the same blocks of time (one record, or several observed or simulated side by side), errors that
    they share add up or cancel. Else both have to be independent. Where the errors of whole curves are not kept, bands
    of independent records add their squares, and all others add up.

    Raises:
        DataError: They are not alike, or share a record without sharing the blocks of time.
    """
    one, other = first.dataset, second.dataset
    _refuse_other_axes(one, other)
    sign = "+" if weights[1] > 0 else "-"
    pushes = _joined(first.pushes, second.pushes, sign)
    if first.observables != second.observables:  # one each
        one = one.assign_coords(observable=_joined(first.observables, second.observables, sign))
    titles = [str(dataset.attrs.get("title", "a response")) for dataset in (one, other)]
    named, both = f"{titles[0]} {sign} {titles[1]}", [(one, weights[0]), (other, weights[1])]
    seen = {each.text: each for each in (*first.diagnostics, *second.diagnostics)}
    if not (_holds_errors(one) and _holds_errors(other)):
        _refuse_other_confidence(first, second)
        apart = _known_apart(one, other)
        said = _INDEPENDENT if apart else _WIDEST
        diagnostics = (Remark(Said("caution", said, said)), *seen.values())
        return _of_bands(first, one, both, pushes, named, diagnostics, apart)
    found, origins, apart = [], [], False
    for push in range(len(pushes)):
        sources = [_origins(dataset, push) for dataset in (one, other)]
        cosines = _shared_rows(*sources)
        apart = apart or cosines is None
        pair = [[_kept(dataset, name, push) for name in KEPT] for dataset in (one, other)]
        found.append([_combined(a, b, weights, cosines) for a, b in zip(*pair, strict=True)])
        origins.append(_text(sources[0] if cosines is not None else [*sources[0], *sources[1]]))
    diagnostics = (*([Remark(Said("caution", _INDEPENDENT, _INDEPENDENT))] if apart else []), *seen.values())
    return _result(first, one, found, pushes, origins, named, both, diagnostics)


def _joined(names: Sequence[str], others: Sequence[str], sign: str) -> list[str]:
    return [a if a == b else f"{a} {sign} {b}" for a, b in zip(names, others, strict=True)]


def _combined(one: Estimate, other: Estimate, weights: tuple[float, float], cosines: int | None) -> Estimate:
    # Further rows are of the same kinds where there are as many: by how much other coefficients, further functions and
    # the pull to the classical response move the estimate.
    return combined(one, other, weights, cosines=cosines, alike=one.factor.shape == other.factor.shape)


def _scaled(estimate: Estimate, factor: float) -> Estimate:
    return Estimate(factor * estimate.value, factor * estimate.factor, estimate.freedom)


def _holds_errors(dataset: xr.Dataset) -> bool:
    """Whether a result holds the errors of its whole curves, and not their widths alone."""
    return "errors_of" in dataset.coords and all(f"{name}_errors" in dataset for name in KEPT)


def _known_apart(one: xr.Dataset, other: xr.Dataset) -> bool:
    """Whether both say which states they are made of, share none, and were not recorded side by side."""
    if not all("errors_of" in dataset.coords for dataset in (one, other)):
        return False
    pairs = [(_origins(one, push), _origins(other, push)) for push in range(one.sizes["push"])]
    return not any(a.same_record(b) or a.same_blocks(b) for mine, theirs in pairs for a in mine for b in theirs)


def _refuse_other_confidence(first: "ResponseResult", second: "ResponseResult") -> None:
    if first.confidence != second.confidence:
        raise DataError(
            f"the bands have the confidence {first.confidence:g} and {second.confidence:g}",
            "responses without the errors of whole curves are combined by their bands, which have one confidence",
            "ask for both with the same confidence",
        )


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
    for name in ("push_units", "observable_units", "units"):
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
    if name == "units":  # those of a map
        return [str(dataset["impulse_response"].attrs.get(name, ""))]
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
    dims = _dims(dataset)
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
    coords = {"push": pushes, "errors_of": ("push", origins)}
    attrs = {"band_degrees_of_freedom": float(np.min(impulse.freedom))}
    return _labelled(like, dataset, variables, coords, attrs, title, parts, diagnostics)


def _of_bands(
    like: "ResponseResult",
    dataset: xr.Dataset,
    parts: list[Part],
    pushes: list[str],
    title: str,
    diagnostics: Sequence[AbstractDiagnostic],
    independent: bool,
) -> "ResponseResult":
    """The labelled result where bands are all that is known."""
    variables = summed_curves(parts, _dims(dataset), independent)
    coords: dict[str, Any] = {"push": pushes}
    if all("errors_of" in part.coords for part, _ in parts):
        places = range(len(pushes))
        coords["errors_of"] = ("push", [_text([o for part, _ in parts for o in _origins(part, p)]) for p in places])
    name = "band_degrees_of_freedom"
    freedom = [float(part.attrs[name]) for part, _ in parts if name in part.attrs]
    attrs = {name: min(freedom)} if freedom else {}
    return _labelled(like, dataset, dict(variables), coords, attrs, title, parts, diagnostics)


def _dims(dataset: xr.Dataset) -> tuple[str, ...]:
    return ("push", *map(str, dataset["impulse_response"].isel(push=0).transpose("lag", ...).dims))


def _labelled(
    like: "ResponseResult",
    dataset: xr.Dataset,
    variables: dict[str, Any],
    coords: dict[str, Any],
    attrs: dict[str, Any],
    title: str,
    parts: list[Part],
    diagnostics: Sequence[AbstractDiagnostic],
) -> "ResponseResult":
    """Curves with the coordinates of a result that was combined, and what there is to say."""
    dims = set(_dims(dataset))
    kept = {str(n): c for n, c in dataset.coords.items() if n not in ("push", "errors_of") and set(c.dims) <= dims}
    options = dict(like.options) | {"combined": title}
    attrs |= {
        key: dataset.attrs[key]
        for key in ("Conventions", "fluctua_version", "homogeneous", "modes_of")
        if key in dataset.attrs
    }
    attrs |= {
        "title": title,
        "source": "; ".join(dict.fromkeys(str(part.attrs.get("source", "")) for part, _ in parts)),
        "config": json.dumps(options, default=str),
        **as_attributes(diagnostics),
    }
    made = xr.Dataset(variables, kept | coords, attrs)
    for name in variables:
        unit = dataset[name].attrs.get("units") if name in dataset else None
        if unit is not None:  # of a map: all parts have the same
            made[name].attrs["units"] = unit
    return type(like)(with_units(made), tuple(diagnostics), options)


def _stacked(estimates: list[Estimate]) -> Estimate:
    """Estimates of one push each as one; rows that some do not have are zero."""
    rows = max(len(each.factor) for each in estimates)
    padded = [np.pad(each.factor, [(0, rows - len(each.factor)), *[(0, 0)] * each.value.ndim]) for each in estimates]
    # One number of degrees of freedom for all lags of a curve, the smallest.
    freedom = [np.broadcast_to(each.freedom, each.value.shape).min(axis=0, keepdims=True) for each in estimates]
    return Estimate(np.stack([each.value for each in estimates]), np.stack(padded, axis=1), np.stack(freedom))
