"""A training step under every noise law, as a ratio to the same step under Gaussian noise.

Run with ``make bench``, or alone: ``python benchmarks/noise_laws.py``, with ``--dimensions`` and ``--laws`` for a part
of it. Timed is the compiled chunk that ``fit_network_score`` itself calls, with its default network and batch and
without the evaluation at the end of a chunk becoming visible: 100 steps for each evaluation. All laws of one dimension
take turns in the same process; medians of the rounds are compared, so that what else the machine does hits all alike.
A step draws states, noise and levels on the device, takes the gradient, and updates network and running average.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from fluctua.networks import MultilayerPerceptron
from fluctua.noise import geometric_levels, noise_law_named
from fluctua.scores.noised import Preconditioning
from fluctua.training import (
    AbstractObjective,
    Denoising,
    DenoisingTwoHeads,
    HeldOut,
    TrainingConfig,
    advance,
    initial_state,
)

LAWS = (
    "gaussian",
    "generalised-normal:beta=0.75",
    "generalised-normal:beta=1",
    "generalised-normal:beta=1.5",
    "generalised-normal:beta=1.7",
    "generalised-normal:beta=4",
    "generalised-normal:beta=1.5,form=spherical",
    "student-t:df=3",
)
CONFIG = TrainingConfig()


def chunk(objective: AbstractObjective, network: MultilayerPerceptron, dimension: int) -> Callable[[], Any]:
    """One compiled chunk of training steps."""
    states = jax.random.normal(jax.random.key(0), (20_000, dimension), jnp.float32)
    noise = objective.law.sample(jax.random.key(1), (1, 512, dimension), "float32")
    levels = jnp.asarray(geometric_levels(CONFIG.sigma_min, CONFIG.sigma_max, 2), jnp.float32)
    heldout = HeldOut(states[None, :512], noise, levels[:1])
    state = initial_state(network, CONFIG.loop)
    return lambda: advance(state, states, heldout, jax.random.key(2), objective, CONFIG.loop)


def contestants(laws: list[str], dimension: int) -> dict[str, Callable[[], Any]]:
    """The chunks of every law, and of two heads under some."""
    found = {}
    for text in laws:
        objective = Denoising(noise_law_named(text, dimension), dimension, CONFIG.sigma_min, CONFIG.sigma_max)
        network = MultilayerPerceptron(dimension, dimension, key=jax.random.key(3))
        found[text] = chunk(objective, network, dimension)
    states = np.random.default_rng(0).standard_normal((2000, dimension))
    for text, tails in (("gaussian", "light"), ("generalised-normal:beta=1.5", "light"), ("student-t:df=3", "heavy")):
        if text in laws:
            around = Preconditioning.fit(states, noise_law_named(text, dimension), tails)
            network = MultilayerPerceptron(around.inputs, 2 * dimension, key=jax.random.key(3))
            objective = DenoisingTwoHeads(around, CONFIG.sigma_min, CONFIG.sigma_max)
            found[f"two heads, {text}"] = chunk(objective, network, dimension)
    return found


def medians(functions: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Median time of each function, called in turns."""
    for function in functions.values():
        jax.block_until_ready(function())
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            start = time.perf_counter()
            jax.block_until_ready(function())
            times[name].append(time.perf_counter() - start)
    return {name: float(np.median(values)) for name, values in times.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--dimensions", type=int, nargs="+", default=[1, 3, 10, 64])
    parser.add_argument("--laws", nargs="+", default=list(LAWS[1:]))
    arguments = parser.parse_args()
    print(
        f"training steps of {CONFIG.batch_size} states on {jax.devices()[0].device_kind}: microseconds, and the ratio"
    )
    print("to Gaussian noise; for two heads, to two heads under Gaussian noise")
    for dimension in arguments.dimensions:
        print(f"{dimension} variable{'s' if dimension > 1 else ''}")
        found = medians(contestants([LAWS[0], *arguments.laws], dimension), arguments.rounds)
        for name, seconds in found.items():
            base = found["two heads, gaussian" if name.startswith("two heads") else "gaussian"]
            print(f"  {name:<46} {1e6 * seconds / CONFIG.evaluate_every:>9.0f} {seconds / base:>6.2f}", flush=True)
