"""What needs members of equal length takes them from a record in pieces, and says which."""

from typing import Any

import numpy as np
import pytest
import xarray as xr

import fluctua
from fluctua.data import Record, in_equal_members
from fluctua.verbs import to_record

STEPS, CELLS = 2000, 6
KEPT = np.r_[0:500, 520:1400, 1402:STEPS]


def gapped() -> xr.Dataset:
    """Two variables and a field on a ring, autoregressive, with two gaps."""
    rng = np.random.default_rng(3)
    states, noise = np.zeros((STEPS, CELLS)), rng.standard_normal((STEPS, CELLS))
    for step in range(1, STEPS):
        states[step] = 0.7 * states[step - 1] + 0.2 * np.roll(states[step - 1], 1) + noise[step]
    data = xr.Dataset(
        {"u": (("time", "x"), states), "a": ("time", states[:, 0]), "b": ("time", states[:, 1])},
        {"time": np.arange(STEPS) * 0.5},
    )
    return data.isel(time=KEPT)


@pytest.mark.parametrize(
    ("variables", "asked"),
    [
        (["u"], {"push": "u[x=0]", "homogeneous": "x", "variable": "u"}),
        (["a", "b"], {"push": "a", "delays": (1, 0.5)}),
        (["a", "b"], {"push": "a", "measurement_noise": True}),
    ],
    ids=["homogeneous", "delays", "measurement noise"],
)
def test_the_answer_is_that_of_the_members(
    variables: list[str], asked: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    options: dict[str, Any] = {"max_lag": 2.0, "score": "gaussian"}
    with caplog.at_level("INFO", "fluctua"):
        found = fluctua.respond(gapped()[variables], gaps="split", **asked, **options)
    assert "runs of" in caplog.text
    if "homogeneous" in asked:
        pieces = to_record(gapped()[variables], gaps="split", homogeneous="x", variable="u")
        members = Record(pieces.values, dt=pieces.dt, field="u", dims=pieces.dims, homogeneous=("x",))
        asked = {"push": asked["push"]}
    else:
        pieces = in_equal_members(to_record(gapped()[variables], gaps="split"))
        members = Record(pieces.values, dt=pieces.dt, names=pieces.names)
    assert pieces.members * pieces.steps >= 0.9 * len(KEPT)
    by_hand = fluctua.respond(members, **asked, **options)
    np.testing.assert_allclose(found.impulse_response, by_hand.impulse_response, rtol=1e-9, atol=1e-12)
