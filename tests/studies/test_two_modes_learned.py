"""Two modes 10 : 1 with learned scores: every sampler from many levels gives the smaller mode its share.

The study's own task and sizes, from another key than the study has, and twice the chains. Five networks for each law:
the mean share has a standard error of 0.2 to 0.3 points, chains and networks together, and the bar is 1.5 points.
"""

import jax
import pytest

from studies.heavy_tails import setting_parts
from studies.heavy_tails.plan import heavy_tail_plan
from studies.heavy_tails.quantities import SHARE
from studies.heavy_tails.two_modes import two_mode_rows


@pytest.mark.slow
@pytest.mark.parametrize("law", heavy_tail_plan("quick").two_modes.laws)
def test_learned_scores_give_two_modes_their_weights(law: str) -> None:
    plan = heavy_tail_plan("quick")
    plan = plan._replace(two_modes=plan.two_modes._replace(laws=(law,), chains=4000))
    rows = [
        row
        for row in two_mode_rows(plan, jax.random.key(2112))
        if row.quantity == SHARE and "score=learned" in row.setting and "levels=40" in row.setting
    ]
    for row in rows:
        print(f"\n{law}, {row.setting}: {row.value:.4f} ({row.stderr:.4f})")
    assert {setting_parts(row.setting)["sampler"] for row in rows} == {
        "annealed Langevin",
        "flow",
        "two-headed diffusion",
    }
    for row in rows:
        assert row.value == pytest.approx(1.0 / 11.0, abs=0.015), row.setting
