"""The systems of the long checks: their observables, lags and true responses."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from fluctua.core import named_key
from fluctua.response import ComponentPush, Responses, respond_to_pushes
from fluctua.systems import AbstractSystem, OrnsteinUhlenbeck, exact_response, simulate, system_named, twin_response


class Case(NamedTuple):
    """A system with the observables and lags at which its response is asked for."""

    name: str
    system: AbstractSystem
    labels: tuple[str, ...]
    observe: Callable[[Array], Array]
    max_lag: float

    @property
    def interval(self) -> float:
        return self.system.dt * self.system.save_every

    @property
    def lags(self) -> np.ndarray:
        return np.arange(round(self.max_lag / self.interval) + 1) * self.interval

    @property
    def pushes(self) -> tuple[ComponentPush, ...]:
        return tuple(ComponentPush(name, index) for index, name in enumerate(self.system.names))

    def record(self, key: Array, members: int, duration: float) -> np.ndarray:
        return simulate(self.system, key=key, members=members, duration=duration)

    def observables(self, values: np.ndarray) -> np.ndarray:
        """Observables along a record, one compiled call per member."""
        along = jax.jit(jax.vmap(self.observe))
        return np.stack([np.asarray(along(member)) for member in values])

    def respond(self, values: np.ndarray, key: Array, score: object = "auto") -> Responses:
        return respond_to_pushes(
            values,
            self.observables(values),
            pushes=self.pushes,
            max_lag=len(self.lags) - 1,
            score=score,  # type: ignore[arg-type]
            key=key,
        )


def ornstein_uhlenbeck() -> Case:
    system = system_named("ornstein-uhlenbeck")
    return Case("ornstein-uhlenbeck", system, ("x1", "x2", "x3", "x1**2"), lambda x: jnp.append(x, x[0] ** 2), 5.0)


def quartic() -> Case:
    def observe(x: Array) -> Array:
        return jnp.stack([x[0], x[0] ** 2, 1.0 * (x[0] > 1.0)])

    return Case("quartic", system_named("quartic"), ("x", "x**2", "x > 1"), observe, 5.0)


def scalar(name: str, threshold: float) -> Case:
    def observe(x: Array) -> Array:
        return jnp.stack([x[0], x[0] ** 2, 1.0 * (x[0] > threshold)])

    return Case(name, system_named(name), ("x", "x**2", f"x > {threshold:g}"), observe, 30.0)


def enso_triad() -> Case:
    labels = ("u1", "u2", "tau", "u1**2", "u2**2", "tau**2", "u1*u2", "u1*tau", "u2*tau")

    def observe(x: Array) -> Array:
        return jnp.concatenate([x, x**2, jnp.stack([x[0] * x[1], x[0] * x[2], x[1] * x[2]])])

    return Case("enso-triad", system_named("enso-triad"), labels, observe, 20.0)


def truth(case: Case, pairs: int = 100_000) -> tuple[np.ndarray, np.ndarray]:
    """True response, shape ``(pushes, lags, observables)``, and its standard error (zero where it is exact)."""
    if isinstance(case.system, OrnsteinUhlenbeck):
        linear = np.transpose(case.system.response(case.lags), (2, 0, 1))
        exact = np.concatenate([linear, np.zeros((*linear.shape[:2], 1))], axis=2)
        return exact, np.zeros_like(exact)
    if case.system.dimension == 1:
        columns = [
            exact_response(case.system, lambda x, index=index: case.observe(x)[index], case.lags)
            for index in range(len(case.labels))
        ]
        exact = np.stack(columns, axis=1)[None]
        return exact, np.zeros_like(exact)
    key = named_key(jax.random.key(2024), "truth")
    starts = simulate(case.system, key=key, members=200, duration=pairs / 200 * 10.0, save_every=1000)
    twins = [
        twin_response(
            case.system,
            key=named_key(key, push.name),
            push=push,
            amplitude=0.02,
            observables=case.observe,
            lags=case.lags,
            members=pairs,
            initial_states=starts.reshape(-1, case.system.dimension)[:pairs],
        )
        for push in case.pushes
    ]
    return np.stack([twin.response for twin in twins]), np.stack([twin.stderr for twin in twins])


def relative_rms(estimate: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Root mean square error over lags divided by the root mean square of the truth, per push and observable."""
    return np.sqrt(np.mean((estimate - true) ** 2, axis=1) / np.mean(true**2, axis=1))
