"""Blocks and folds: the record is cut once, in order, and folds are kept apart."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from fluctua.response import plan_blocks


@settings(max_examples=150, deadline=None)
@given(
    members=st.integers(1, 9),
    steps=st.integers(50, 5000),
    max_lag=st.integers(1, 200),
    gap=st.integers(1, 60),
    folds=st.integers(2, 5),
    target=st.integers(64, 256),
)
def test_blocks_cover_the_record_once_and_in_order(
    members: int, steps: int, max_lag: int, gap: int, folds: int, target: int
) -> None:
    plan = plan_blocks(members, steps, max_lag, gap, folds, target)
    covered = np.zeros((members, steps), int)
    for block in plan.blocks:
        assert block.length >= 1
        assert block.start + block.length <= steps
        covered[block.member, block.start : block.start + block.length] += 1
    assert (covered == 1).all()
    places = [(block.member, block.start) for block in plan.blocks]
    assert places == sorted(places)
    fold_of = plan.fold_of()
    assert (np.diff(fold_of) >= 0).all()
    assert set(fold_of) == set(range(folds))
    share = np.array([sum(b.length for b in plan.blocks if b.fold == fold) for fold in range(folds)])
    assert share.max() < 2 * share.min() + 2 * max(b.length for b in plan.blocks)


@settings(max_examples=150, deadline=None)
@given(
    members=st.integers(1, 9),
    steps=st.integers(50, 5000),
    gap=st.integers(1, 60),
    folds=st.integers(2, 5),
)
def test_a_fold_is_taught_by_the_others_with_a_gap_beside_it(members: int, steps: int, gap: int, folds: int) -> None:
    plan = plan_blocks(members, steps, 10, gap, folds)
    for fold in range(folds):
        mask = plan.training(fold)
        assert mask.any()
        assert not mask[plan.fold_of() == fold].any()
        own = [b for b in plan.blocks if b.fold == fold]
        for block, teaches in zip(plan.blocks, mask, strict=True):
            if block.fold == fold or teaches:
                continue
            # What is left out lies beside the fold, in the same member, and marked as margin.
            assert block.margin != 0
            assert any(b.member == block.member for b in own)
        # At most a fifth of each neighbouring fold is left out.
        for other in {fold - 1, fold + 1} & set(range(folds)):
            theirs = plan.fold_of() == other
            assert mask[theirs].sum() >= 0.8 * theirs.sum()


def test_the_gap_is_a_decorrelation_time_where_the_record_is_long_enough() -> None:
    gap = 150
    plan = plan_blocks(1, 100_000, 10, gap, 4)
    for fold in range(4):
        own = [b for b in plan.blocks if b.fold == fold]
        first, last = own[0].start, own[-1].start + own[-1].length
        teaching = [b for b, teaches in zip(plan.blocks, plan.training(fold), strict=True) if teaches]
        assert all(b.start + b.length <= first - gap or b.start >= last + gap for b in teaching)


def test_nothing_is_left_out_where_folds_meet_at_the_border_of_members() -> None:
    plan = plan_blocks(4, 1000, 10, 30, 4)
    assert [sorted({b.fold for b in group}) for _, group in itertools.groupby(plan.blocks, lambda b: b.member)] == [
        [0],
        [1],
        [2],
        [3],
    ]
    for fold in range(4):
        np.testing.assert_array_equal(plan.training(fold), plan.fold_of() != fold)


@pytest.mark.parametrize(("members", "steps"), [(1, 50), (50, 60), (300, 50), (1, 10**6)])
def test_every_fold_has_several_blocks(members: int, steps: int) -> None:
    plan = plan_blocks(members, steps, 20, 5, 4)
    counts = np.bincount(plan.fold_of())
    assert counts.min() >= 8
    assert len(plan.blocks) <= max(2 * 256, 8 * 4 + members)
