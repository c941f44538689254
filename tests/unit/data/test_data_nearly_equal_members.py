"""Members that differ by next to nothing are refused as one run; those that only resemble one another are not."""

import numpy as np
import pytest
from scipy.signal import lfilter

from fluctua.core import DataError
from fluctua.data import record_from_array, validate

DRAWN = np.random.default_rng(0)


def runs(members: int, keeps: float = 0.7) -> np.ndarray:
    return np.asarray(lfilter([1], [1, -keeps], DRAWN.standard_normal((members, 2000, 2)), axis=1))


@pytest.mark.parametrize("kind", ["noise", "rounded", "one of many"])
def test_what_is_one_run_up_to_noise_is_refused(kind: str) -> None:
    one = runs(1)
    values = {
        "noise": one + 1e-3 * DRAWN.standard_normal((5, 2000, 2)),
        "rounded": np.concatenate([one, np.round(one, 2)]),
        "one of many": np.concatenate([runs(7), one, np.round(one, 3)]),
    }[kind]
    with pytest.raises(DataError, match=r"differ by no more than .* standard deviations at any step.*Keep one"):
        validate(record_from_array(values))


def test_members_with_much_in_common_are_members() -> None:
    """A forcing of all of them, members that part early on, two variables of which one is the same."""
    parted = runs(1) + np.linspace(0, 1, 2000)[:, None] ** 0.1 * runs(3)
    for values in (3 * runs(1) + 0.3 * runs(4), parted, runs(20, 0.99)):
        assert not [each for each in validate(record_from_array(values)) if "members" in each]
