"""Result datasets with known content: linear and skewed responses whose sentences can be foretold."""

import json
from collections.abc import Callable, Sequence

import numpy as np
import pytest
import xarray as xr

DIMS = ("push", "lag", "observable")


def vector_result(
    pushes: Sequence[str] = ("tau",),
    observables: Sequence[str] = ("u1", "u2", "tau"),
    *,
    size: int = 61,
    truth: bool = True,
    densities: bool = True,
) -> xr.Dataset:
    """A result as `respond` writes it: the first observable differs from its Gaussian estimate."""
    lag = np.linspace(0.0, 30.0, size)
    shape = (len(pushes), size, len(observables))
    estimate, gaussian, width = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for i, push in enumerate(pushes):
        for j, observable in enumerate(observables):
            if push == observable:
                estimate[i, :, j] = np.exp(-lag / 8.0) * np.cos(lag / 5.0)
                gaussian[i, :, j] = np.exp(-lag / 7.5) * np.cos(lag / 5.2)
            else:
                estimate[i, :, j] = (-1.0) ** j * 0.6 / (1 + j + i) * (lag / 4.0) * np.exp(1 - lag / 4.0)
                gaussian[i, :, j] = estimate[i, :, j] * (0.45 if j == 0 else 0.97)
            width[i, :, j] = 0.06 * (1.0 - np.exp(-lag / 2.0)) + (0.02 if push != observable else 0.0)
    step = np.concatenate(
        [np.zeros_like(estimate[:, :1]), np.cumsum(0.5 * (estimate[:, 1:] + estimate[:, :-1]), axis=1)],
        axis=1,
    ) * (lag[1] - lag[0])
    step_width = 0.5 * np.sqrt(lag)[None, :, None] * np.ones(shape)
    result = xr.Dataset(
        {
            "impulse_response": (DIMS, estimate),
            "impulse_response_lower": (DIMS, estimate - width),
            "impulse_response_upper": (DIMS, estimate + width),
            "impulse_response_stderr": (DIMS, width / 1.96),
            "impulse_response_outer_lower": (DIMS, estimate - 1.5 * width),
            "impulse_response_outer_upper": (DIMS, estimate + 1.25 * width),
            "gaussian_response": (DIMS, gaussian),
            "step_response_outer_lower": (DIMS, step - 1.5 * step_width),
            "step_response_outer_upper": (DIMS, step + 1.25 * step_width),
            "headline": (("push", "observable"), np.full(shape[::2], "markov")),
            "markov_p_value": (("push", "observable"), np.full(shape[::2], 0.25)),
            "markov_step": (("push", "observable"), np.full(shape[::2], 2.0)),
            "step_response": (DIMS, step),
            "step_response_lower": (DIMS, step - step_width),
            "step_response_upper": (DIMS, step + step_width),
        },
        coords={
            "push": list(pushes),
            "lag": ("lag", lag, {"units": "months"}),
            "observable": list(observables),
        },
        attrs=attributes(pushes, observables),
    )
    if truth:
        result["truth_response"] = (DIMS, estimate + 0.3 * width * np.sin(lag)[None, :, None])
    if densities:
        value = np.linspace(-3.5, 4.5, 60)
        data = np.exp(-0.5 * value**2) * (1 + 0.35 * np.tanh(value)) / np.sqrt(2 * np.pi)
        counted = np.random.default_rng(0).poisson(data * 800) / 800
        for column in (value, data, counted):
            column[-2:] = np.nan  # variables have different ranges: bins left over are not numbers
        result["density_value"] = (("variable", "bin"), np.tile(value, (len(observables), 1)))
        result["data_density"] = (("variable", "bin"), np.tile(counted, (len(observables), 1)))
        result["score_density"] = (("variable", "bin"), np.tile(data, (len(observables), 1)))
        result = result.assign_coords(variable=list(observables))
    return result


def field_result(sizes: Sequence[int] = (16, 16), *, size: int = 25) -> xr.Dataset:
    """A bump that is carried along the last dimension while it spreads."""
    lag = np.linspace(0.0, 60.0, size)
    dims = ("y", "x")[-len(sizes) :]
    axes = np.meshgrid(*(np.arange(n) for n in sizes), indexing="ij")
    push = dict(zip(dims, (5, 4)[-len(sizes) :], strict=True))
    estimate = np.zeros((1, size, *sizes))
    for k, t in enumerate(lag):
        spread = 0.4 + 0.08 * t
        distance = np.zeros(sizes)
        for dim, axis, n in zip(dims, axes, sizes, strict=True):
            centre = push[dim] + (t / 9.8 if dim == "x" else 0.0)
            distance = distance + ((axis - centre + n / 2) % n - n / 2) ** 2
        estimate[0, k] = (0.4 / spread) ** (len(sizes) / 2) * np.exp(-0.5 * distance / spread)
    rng = np.random.default_rng(1)
    estimate = estimate + 0.004 * rng.standard_normal(estimate.shape) * (lag > 0).reshape(1, -1, *(1 for _ in sizes))
    width = 0.012 * (lag > 0).reshape(1, -1, *(1 for _ in sizes)) * np.ones_like(estimate)
    names = ("push", "lag", *dims)
    label = "u[" + ",".join(f"{dim}={index}" for dim, index in push.items()) + "]"
    return xr.Dataset(
        {
            "impulse_response": (names, estimate),
            "impulse_response_lower": (names, estimate - width),
            "impulse_response_upper": (names, estimate + width),
            "gaussian_response": (names, 0.7 * estimate),
        },
        coords={"push": [label], "lag": ("lag", lag, {"units": "days"})},
        attrs=attributes([label], []) | {"warnings": "[]"},
    )


def homogeneous_result(sizes: Sequence[int] = (32, 32), *, size: int = 41) -> xr.Dataset:
    """A travelling, decaying and spreading pulse: the response of a linear field, counted from the push."""
    lag, dims = np.linspace(0.0, 80.0, size), ("y", "x")[-len(sizes) :]
    waves = np.meshgrid(*(n * np.fft.fftfreq(n) for n in sizes), indexing="ij")
    square, along = sum(wave**2 for wave in waves), np.where(waves[-1] == -sizes[-1] // 2, 0.0, waves[-1])
    rate = 0.04 / (1.0 + square) + 2.5e-4 * square
    time = lag.reshape(-1, *(1 for _ in sizes))
    grid_axes = tuple(range(1, 1 + len(sizes)))
    estimate = np.fft.ifftn(np.exp(-time * (rate + 0.02j * along)), axes=grid_axes).real[None]
    gaussian = np.fft.ifftn(np.exp(-time * (0.5 * rate + 0.02j * along)), axes=grid_axes).real[None]
    width = 0.02 * np.sqrt(1.0 - np.exp(-time / 20.0)) * np.ones_like(estimate)
    names = ("push", "lag", *dims)
    label = "u[" + ",".join(f"{dim}=0" for dim in dims) + "]"
    attrs = {"long_name": "offset from the push", "periodic": 1}
    noise = np.random.default_rng(2).standard_normal((1, size, *(1 for _ in sizes)))
    return xr.Dataset(
        {
            "impulse_response": (names, estimate + 0.2 * width * noise),
            "impulse_response_lower": (names, estimate + 0.2 * width * noise - width),
            "impulse_response_upper": (names, estimate + 0.2 * width * noise + width),
            "gaussian_response": (names, gaussian),
            "truth_response": (names, estimate),
            "stein_wavenumber": ("shell", np.arange(12.0)),
            "stein_before": ("shell", 1.0 + 11.0 * np.exp(-np.arange(12.0))),
            "stein_after": ("shell", np.ones(12)),
        },
        coords={
            "push": [label],
            "lag": ("lag", lag, {"units": "time units"}),
            **{dim: (dim, 2 * np.pi / n * np.arange(n), attrs) for dim, n in zip(dims, sizes, strict=True)},
        },
        attrs=attributes([label], []) | {"warnings": "[]", "homogeneous": json.dumps(dims)},
    )


def attributes(pushes: Sequence[str], observables: Sequence[str]) -> dict[str, object]:
    """Attributes as `respond` writes them: JSON text beside numbers."""
    options = {
        "data": "nino34_soi.csv", "push": list(pushes), "observe": list(observables), "max_lag": 30.0,
        "score": "dictionary", "dictionary_degree": 3, "confidence": 0.95,
    }  # fmt: skip
    found = [
        {"level": "good", "text": "The score reproduces the record's own moments: no Stein identity fails."},
        {
            "level": "caution",
            "text": "The record is worth about 130 independent states; bands are wide beyond lag 18.",
        },
        {
            "level": "warning",
            "text": "The first and last thirds of the record differ in their mean by 2.9 errors.",
        },
    ]
    return {
        "fluctua_version": "0.1.0", "seed": 0, "config": json.dumps(options),
        "score_method": "dictionary, degree 3",
        "headline": "markov", "markov_p_value": 0.75,
        "stein_defect_before": 0.137, "stein_defect_after": 2.1e-15, "effective_sample_size": 131.4,
        "score_loss_heldout": -1.317,
        "warnings": json.dumps(["12 of 828 states lie beyond six standard deviations."]),
        "diagnostics": json.dumps(found),
        "citations": "@article{leith1975climate,\n  author = {Leith, C. E.}\n}",
        "data_hash": "9f2c", "created": "2026-05-04T10:11:12Z",
    }  # fmt: skip


@pytest.fixture
def make_result() -> Callable[..., xr.Dataset]:
    """Makes results over push, lag and observable."""
    return vector_result


@pytest.fixture
def make_field() -> Callable[..., xr.Dataset]:
    """Makes results over push, lag and space."""
    return field_result


@pytest.fixture
def make_homogeneous() -> Callable[..., xr.Dataset]:
    """Makes results over push, lag and offsets from the push."""
    return homogeneous_result


@pytest.fixture
def small() -> xr.Dataset:
    """One push, one observable, quick to draw."""
    return vector_result(("x",), ("x",), size=7, densities=False)


@pytest.fixture
def result() -> xr.Dataset:
    """One push, three observables."""
    return vector_result()
