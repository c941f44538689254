"""The words follow from the numbers: other numbers give other sentences."""

import pytest

from fluctua.studies.heavy_tails import (
    DEFAULT_ERROR,
    QUANTILES_AVERAGED,
    SCORE_ERROR,
    SCORE_ERROR_TAIL,
    SHARE,
    TAIL_DISTANCE,
    TOTAL_VARIATION,
    HeavyTailRow,
    heavy_tail_findings,
    law_name,
    setting_text,
)
from fluctua.studies.heavy_tails._compare import against_gaussian, compare
from fluctua.studies.heavy_tails._plan import LOG_TRANSFORM, heavy_tail_plan
from fluctua.studies.heavy_tails._released_toy import RELEASED_SAMPLER
from fluctua.studies.heavy_tails._tail_response import NO_TAILS
from fluctua.studies.heavy_tails._words import matched_comparisons

LAPLACE = "generalised-normal:beta=1"
INF = float("inf")
CLEAN = setting_text(data="mixture", dimension=2, states=4000, scale="deviation", level=0.0)


def row(
    task: str, law: str, quantity: str, value: float, stderr: float | None = None, setting: str = "sampler=flow"
) -> HeavyTailRow:
    return HeavyTailRow(
        task, setting, law, quantity, value, 0.02 * value if stderr is None else stderr, 5, None, ""
    )  # fmt: skip


def words(*rows: HeavyTailRow) -> str:
    return "\n".join(f"{found.heading}: {' '.join(found.sentences)}" for found in heavy_tail_findings(rows))


@pytest.mark.parametrize(
    ("value", "stderr", "seeds", "verdict"),
    [
        (0.50, 0.01, 5, "better"),
        (2.00, 0.01, 5, "worse"),
        (1.05, 0.05, 5, "not told apart"),
        (1.50, 0.12, 20, "worse"),
        # The same difference over 2 seeds: one degree of freedom, and nothing can be said.
        (1.50, 0.12, 2, "not told apart"),
        (1.50, None, 1, "not told apart"),
        (float("nan"), None, 0, "not told apart"),
        (1.0, 0.0, 5, "not told apart"),
    ],
)
def test_verdicts_follow_the_standard_errors(value: float, stderr: float | None, seeds: int, verdict: str) -> None:
    baseline = HeavyTailRow("T1", "", "gaussian", "e", 1.0, 0.0 if stderr == 0.0 else 0.01, seeds, None, "")
    assert compare(baseline._replace(law="a", value=value, stderr=stderr), baseline).verdict == verdict


@pytest.mark.parametrize(
    ("law", "gaussian", "verdict"),
    [
        # Two runs ended well, and below the Gaussian ones: they are no fair sample of five.
        ((0.1, 0.1, INF, INF, INF), (1.0, 1.1, 1.0, 1.0, 1.0), "not told apart"),
        ((0.1,) * 4 + (INF,), (1.0,) * 5, "not told apart"),
        ((0.1,) * 15 + (INF,), (1.0,) * 16, "better"),
        ((float("nan"),) * 8, (1.0,) * 8, "worse"),
        ((float("nan"),) * 8, (INF,) * 8, "not told apart"),
    ],
)
def test_runs_that_diverged_are_not_left_out(law: tuple, gaussian: tuple, verdict: str) -> None:
    """The sign test at 1 %: 8 of 8 is 0.8 %, 15 of 16 is 0.05 %, 4 of 5 is 38 %."""
    one = HeavyTailRow("T1", "", "a", "error", 0.1, 0.01, 2, None, "", law)
    assert compare(one, one._replace(law="gaussian", by_seed=gaussian)).verdict == verdict


def test_the_best_of_many_needs_more_than_one_that_was_named_beforehand() -> None:
    one = HeavyTailRow("T1", "", "a", "error", 1.0, 0.1, 5, None, "", (1.0, 1.0, 1.0, 1.0, 1.0))
    other = one._replace(law="gaussian", by_seed=(1.2, 1.4, 1.3, 1.15, 1.25))
    assert compare(one, other).verdict == "better"
    assert compare(one, other, chosen_from=20).verdict == "not told apart"


def test_laws_are_compared_in_their_own_setting_only() -> None:
    rows = [
        row("T4", "gaussian", TOTAL_VARIATION, 0.1, setting="sampler=flow"),
        row("T4", LAPLACE, TOTAL_VARIATION, 0.2, setting="sampler=flow"),
        row("T4", LAPLACE, TOTAL_VARIATION, 0.2, setting="sampler=other"),
        row("T4", LOG_TRANSFORM, TOTAL_VARIATION, 0.2, setting="sampler=flow"),
        row("T4", "second real sample", TOTAL_VARIATION, 0.01, setting="sampler=flow"),
    ]
    assert [one.row.law for one in against_gaussian(rows, TOTAL_VARIATION)] == [LAPLACE]
    assert len(against_gaussian(rows, TOTAL_VARIATION, transforms=True)) == 3


def test_what_is_not_a_fair_comparison_is_left_out() -> None:
    released = setting_text(data="mixture", dimension=2, states=4000, scale="released", level=0.0)
    toy = setting_text(score="learned", sampler="annealed Langevin", start="uniform", levels=2)
    rows = [
        *(row("T1", law, SCORE_ERROR, 0.1, setting=released) for law in ("gaussian", LAPLACE)),
        *(row("T2", law, "error of the share", 0.1, setting=toy) for law in ("gaussian", LAPLACE)),
    ]
    lighter = [row("T1", law, SCORE_ERROR, 0.1, setting=CLEAN) for law in ("gaussian", "generalised-normal:beta=3")]
    assert matched_comparisons([*rows, *lighter]) == []


def test_help_and_harm_are_told_by_the_rows() -> None:
    gaussian = row("T6", "gaussian", TAIL_DISTANCE, 0.40)
    helps = words(gaussian, row("T6", "student-t:df=3", TAIL_DISTANCE, 0.10))
    assert "When heavy-tailed noise helps: T6" in helps
    assert "Student-t 3: distance of the tails 0.1 ± 0.002, 0.25 times that of Gaussian noise, 0.4 ± 0.008" in helps
    assert "hurts" not in helps
    hurts = words(gaussian, row("T6", "student-t:df=3", TAIL_DISTANCE, 0.80))
    assert "When heavy-tailed noise hurts: T6" in hurts
    assert "helps" not in hurts
    neither = words(gaussian, row("T6", "student-t:df=3", TAIL_DISTANCE, 0.405))
    assert "were better in 0 of 1 comparison, worse in 0, not told apart in 1" in neither
    assert "helps" not in neither
    assert "hurts" not in neither


def test_the_balance_of_the_toy_is_explained_by_its_control_or_not() -> None:
    released = setting_text(
        score="exact", sampler=RELEASED_SAMPLER, start="uniform", levels=2, scale="released", injection="normal"
    )
    stuck = words(row("T2", "gaussian", SHARE, 0.49, 0.004, released))
    assert "Gaussian, noise injected normal: 49.0 ± 0.4 %" in stuck
    assert "The true share is 9.1 %. So balance there needs no learned score" in stuck
    moving = words(row("T2", "gaussian", SHARE, 0.092, 0.004, released))
    assert "some exact score is not balanced there" in moving
    # The samplers of the study at two levels are not the published one.
    assert "balanced toy" not in words(row("T2", "gaussian", SHARE, 0.49, 0.004, released.replace("constant", "other")))


@pytest.mark.parametrize(
    ("value", "told"),
    [(0.3, "The rows agree with both papers"), (0.05, "do not bear this out"), (0.1005, "do not decide")],
)
def test_papers_for_gaussian_noise_are_agreed_with_or_not(value: float, told: str) -> None:
    rows = (
        row("T1", "gaussian", SCORE_ERROR, 0.1, setting=CLEAN),
        row("T1", LAPLACE, SCORE_ERROR, value, setting=CLEAN),
    )
    assert told in words(*rows)


def test_the_tail_of_the_score_is_spoken_of_by_data() -> None:
    rows = [row("T1", "gaussian", SCORE_ERROR_TAIL, 0.4, setting=CLEAN)]
    rows.append(row("T1", LAPLACE, SCORE_ERROR_TAIL, 0.2, setting=CLEAN))
    assert "on mixture data better in 1 and worse in 0 of 1 (most: GN 1, 0.2 ± 0.004 beside 0.4 ± 0.008" in words(*rows)


@pytest.mark.parametrize(
    ("value", "told"), [(0.1, "smaller than"), (0.201, "not told apart from"), (0.4, "larger than")]
)
def test_the_response_of_extremes_is_told_beside_the_exact_score(value: float, told: str) -> None:
    where = setting_text(observable="x > q99")
    rows = (
        row("T8", "exact", DEFAULT_ERROR, 0.05, setting=where),
        row("T8", "gaussian", DEFAULT_ERROR, 0.2, setting=where),
        row("T8", "student-t:df=5", DEFAULT_ERROR, value, setting=where),
    )
    text = words(*rows)
    assert f"is {told} that of Gaussian noise, 0.2 ± 0.004; the exact score has 0.05 ± 0.001" in text
    assert "Response of x > q99, doubly robust (T8)" in text


@pytest.mark.parametrize(
    ("built_in", "law", "told"),
    [
        (0.05, 0.02, ("0.1 ± 0.002 without them: smaller.", "0.02 ± 0.0004: smaller still.")),
        (0.1, 0.1, ("without them: not told apart.", "0.1 ± 0.002: not told apart from the former.")),
        (0.2, 0.3, ("without them: larger.", "0.3 ± 0.006: larger.")),
    ],
)
def test_what_the_tails_built_in_gain_is_told_apart_from_what_the_noise_gains(
    built_in: float, law: float, told: tuple[str, ...]
) -> None:
    text = words(
        row("T8", NO_TAILS, SCORE_ERROR_TAIL, 0.1, setting=""),
        row("T8", "gaussian", SCORE_ERROR_TAIL, built_in, setting=""),
        row("T8", "student-t:df=5", SCORE_ERROR_TAIL, law, setting=""),
    )
    assert "Tails without another noise (T8)" in text
    for sentence in told:
        assert sentence in text


@pytest.mark.parametrize(("value", "told"), [(0.03, "ours is smaller"), (0.0705, "ours is not clearly smaller")])
def test_the_stable_table_is_beaten_or_not(value: float, told: str) -> None:
    rows = (
        row("T3", "gaussian", QUANTILES_AVERAGED, 0.5),
        row("T3", "symmetric-stable:alpha=1.7", QUANTILES_AVERAGED, value),
        row("T3", "second real sample", QUANTILES_AVERAGED, 0.0078, setting="sampler=none"),
    )
    text = words(*rows)
    assert told in text
    assert "Two real samples differ by 0.0078 ± 0.00016" in text
    assert "It is smaller than that of Gaussian noise, 0.5 ± 0.01" in text


@pytest.mark.parametrize(
    ("value", "told"), [(0.01, "better than"), (0.031, "not told apart from"), (0.3, "worse than")]
)
def test_a_transform_is_held_against_the_best_law(value: float, told: str) -> None:
    rows = (
        row("T3", "symmetric-stable:alpha=1.7", QUANTILES_AVERAGED, 0.03),
        row("T3", LOG_TRANSFORM, QUANTILES_AVERAGED, value),
    )
    assert f"{told} the best law, stable 1.7 with 0.03 ± 0.0006" in words(*rows)


def test_without_rows_nothing_is_said() -> None:
    assert heavy_tail_findings([]) == []


def test_every_law_of_the_plans_has_a_short_name() -> None:
    for preset in ("quick", "full"):
        plan = heavy_tail_plan(preset)
        sizes = (plan.two_modes, plan.stable_law, plan.grid, plan.stable_mixture, plan.tails, plan.digits, plan.images)
        for law in {law for size in sizes for law in size.laws}:
            assert ":" not in law_name(law)
            assert "=" not in law_name(law)
