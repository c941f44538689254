"""Field networks: zero when new, periodic, smooth in the condition, restored from files, the same on finer grids."""

import dataclasses
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest

from fluctua.core import OptionError
from fluctua.networks import (
    AbstractFieldNetwork,
    PeriodicUNet,
    SpectralMixer,
    count_parameters,
    filter_functions,
    parameters_from_arrays,
    parameters_to_arrays,
    radial_count,
    radial_functions,
)

HALF = jnp.asarray(0.5, jnp.float32)


def _mixer(grid: tuple[int, ...] = (8, 12), depth: int = 2) -> SpectralMixer:
    return SpectralMixer(grid, inputs=2, outputs=2, width=4, depth=depth, key=jax.random.key(0))


def _unet(grid: tuple[int, ...] = (8, 8)) -> PeriodicUNet:
    return PeriodicUNet(
        grid,
        inputs=2,
        outputs=2,
        widths=(4, 8),
        residual_blocks=1,
        groups=4,
        frequencies=4,
        frequency_scale=1.0,
        key=jax.random.key(0),
    )


CASES: dict[str, Callable[[], AbstractFieldNetwork]] = {
    "mixer": _mixer,
    "mixer on odd points": lambda: _mixer((7, 9), depth=1),
    "mixer in one dimension": lambda: _mixer((16,)),
    "U-Net": _unet,
    "U-Net in one dimension": lambda: _unet((16,)),
}


def _trained(network: AbstractFieldNetwork) -> Any:
    """The network with every parameter moved, so that nothing is zero."""
    arrays, rest = eqx.partition(network, eqx.is_inexact_array)
    leaves, structure = jax.tree.flatten(arrays)
    generator = np.random.default_rng(7)
    moved = [leaf + jnp.asarray(0.1 * generator.standard_normal(leaf.shape), leaf.dtype) for leaf in leaves]
    return eqx.combine(jax.tree.unflatten(structure, moved), rest)


def _fields(network: AbstractFieldNetwork, seed: int = 0) -> np.ndarray:
    size = network.inputs * int(np.prod(network.grid))
    return np.random.default_rng(seed).standard_normal(size).astype(np.float32)


@eqx.filter_jit
def _batch(network: AbstractFieldNetwork, x: jax.Array, conditions: jax.Array) -> jax.Array:
    return jax.vmap(network)(x, conditions)


@pytest.mark.parametrize("case", CASES)
def test_a_field_network_keeps_its_contract(case: str) -> None:
    """Zero when new; commutes with translations up to rounding (a U-Net that halves the grid once with those by two
    points); depends on the condition; its derivatives are those of its values; restored from its files."""
    new = CASES[case]()
    network = _trained(new)
    x, push, step = _fields(new), _fields(new, 1), np.float32(1e-2)
    unit = 2 if isinstance(new, PeriodicUNet) else 1
    shift, axes = (3 * unit, unit)[-len(new.grid) :], tuple(range(1, len(new.grid) + 1))

    def moved(fields: np.ndarray) -> np.ndarray:
        return np.roll(fields.reshape(2, *new.grid), shift, axes).reshape(-1)

    states = np.stack([x, moved(x), x + step * push, x - step * push, x])
    conditions = np.array([0.5, 0.5, 0.5, 0.5, -1.0], np.float32)
    assert not np.any(_batch(new, states, conditions))
    outputs = np.asarray(_batch(network, states, conditions))
    output, size = outputs[0], np.abs(outputs[0]).max()
    assert outputs.dtype == np.float32
    assert output.shape == x.shape
    np.testing.assert_allclose(outputs[1], moved(output), atol=3e-6 * size)
    assert np.abs(moved(output) - output).max() > 0.1 * size
    assert np.abs(outputs[4] - output).max() > 1e-3 * size

    # Float32: rounding of 1e-7 over the step, and the step squared times a third derivative of order one.
    slope = eqx.filter_jit(lambda tree, at, along: jax.jvp(lambda v: tree(v, HALF), (at,), (along,))[1])(
        network, x, push
    )
    difference = (outputs[2] - outputs[3]) / (2 * step)
    np.testing.assert_allclose(slope, difference, atol=1e-2 * (size + np.abs(slope).max()))

    make: Any = type(new)
    empty = make(**network.config(), key=jax.random.key(5))
    restored = parameters_from_arrays(empty, parameters_to_arrays(network, "net."), "net.")
    assert bool(eqx.tree_equal(network, restored))
    static = {field.name for field in dataclasses.fields(new) if field.metadata.get("static")}
    assert static <= set(new.config())


def test_filters_are_real_in_space_and_of_one_size_on_every_grid() -> None:
    for grid in ((8, 12), (7, 9), (16,), (15,)):
        count = radial_count(grid)
        np.testing.assert_allclose(radial_functions(grid, count).sum(axis=0), 1.0, rtol=1e-6)
        real, imaginary = filter_functions(grid, count)
        for function in real + 1j * imaginary:
            # A half spectrum of a real filter survives the way to the grid and back.
            there = np.fft.irfftn(function, grid, axes=tuple(range(len(grid))))
            np.testing.assert_allclose(np.fft.rfftn(there), function, atol=1e-6)
    assert filter_functions((32, 32), 10).shape[1] == filter_functions((256, 64), 10).shape[1] == 50


def test_what_is_learned_on_one_grid_gives_the_same_on_a_finer_one() -> None:
    """One block is a function of the filtered field; for a field without small scales the filters agree, and what is
    left is aliasing of the function."""
    coarse = _trained(SpectralMixer((24, 24), width=4, depth=1, key=jax.random.key(0)))
    fine = parameters_from_arrays(
        SpectralMixer(**{**coarse.config(), "grid": (48, 48)}, key=jax.random.key(0)), parameters_to_arrays(coarse)
    )
    spectrum = np.zeros((24, 13), complex)
    spectrum[:3, :3] = np.random.default_rng(0).standard_normal((3, 3)) * 100.0
    x = np.fft.irfftn(spectrum, (24, 24), axes=(0, 1))
    padded = np.zeros((48, 25), complex)
    padded[:3, :3] = spectrum[:3, :3]
    x_fine = np.fft.irfftn(4.0 * padded, (48, 48), axes=(0, 1))
    np.testing.assert_allclose(x_fine[::2, ::2], x, atol=1e-6)
    output = coarse(jnp.asarray(x, jnp.float32).reshape(-1), HALF).reshape(24, 24)
    output_fine = fine(jnp.asarray(x_fine, jnp.float32).reshape(-1), HALF).reshape(48, 48)[::2, ::2]
    assert np.abs(output_fine - output).max() < 2e-2 * np.abs(output).max()


def test_the_default_u_net_is_the_published_one() -> None:
    """Four grids of 32, 64, 128 and 256 channels with eight residual blocks: about 11 million parameters."""
    network = jax.eval_shape(lambda: PeriodicUNet((32, 32), key=jax.random.key(0)))
    shapes = [stage.convolution.weight.shape for stage in (*network.down, *network.up)]
    assert shapes == [
        (32, 1, 3, 3),
        (64, 32, 3, 3),
        (128, 64, 3, 3),
        (256, 128, 3, 3),
        (128, 256, 3, 3),
        (64, 256, 3, 3),
        (32, 128, 3, 3),
    ]
    assert network.last.weight.shape == (1, 64, 3, 3)
    assert len(network.middle) == 8
    assert network.embedding.weight.shape == (256, 256)


def test_the_frequencies_of_the_u_net_are_not_trained() -> None:
    network = _trained(_unet())
    x = jnp.asarray(_fields(network))
    gradient = eqx.filter_jit(eqx.filter_grad(lambda tree: jnp.sum(tree(x, HALF) ** 2)))(network)
    assert not np.any(gradient.frequencies)
    assert np.any(gradient.embedding.weight)


def test_the_mixer_has_as_many_parameters_as_stated_on_every_grid() -> None:
    small, large = _mixer(), SpectralMixer(**{**_mixer().config(), "grid": (64, 64)}, key=jax.random.key(0))
    assert count_parameters(small) == count_parameters(large)


def test_sizes_that_make_no_network_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    key = jax.random.key(0)
    with pytest.raises(OptionError, match=r"width=0; a positive number is needed\. Give width of 1 or more"):
        SpectralMixer((8, 8), width=0, key=key)
    with pytest.raises(OptionError, match=r"grid of the network is \(8, 8, 8\); one or two dimensions .* Give the"):
        SpectralMixer((8, 8, 8), key=key)
    with pytest.raises(OptionError, match=r"grid \(8, 8\) was given with 4 widths; .* halves the grid 3 times.* Give"):
        PeriodicUNet((8, 8), key=key)
    with pytest.raises(OptionError, match=r"groups=3; the groups must divide every width\. Give fewer groups"):
        PeriodicUNet((8, 8), widths=(4, 8), groups=3, key=key)
