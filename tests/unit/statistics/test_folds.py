"""Blocks and folds: the record is cut once, in order, and folds are kept apart."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from fluctua.statistics import plan_folds


@settings(max_examples=40, deadline=None)
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
    plan = plan_folds(members, steps, max_lag=max_lag, memory=gap, folds=folds, target=target)
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


@settings(max_examples=40, deadline=None)
@given(
    members=st.integers(1, 9),
    steps=st.integers(50, 5000),
    gap=st.integers(1, 60),
    folds=st.integers(2, 5),
)
def test_a_fold_is_learned_from_the_others_with_a_gap_beside_it(members: int, steps: int, gap: int, folds: int) -> None:
    plan = plan_folds(members, steps, max_lag=10, memory=gap, folds=folds)
    for fold in range(folds):
        mask = plan.training(fold)
        assert mask.any()
        assert not mask[plan.fold_of() == fold].any()
        own = [b for b in plan.blocks if b.fold == fold]
        for block, teaches in zip(plan.blocks, mask, strict=True):
            if block.fold == fold or teaches:
                continue
            # What is left out lies beside the fold, in the same member.
            assert fold in block.near
            assert any(b.member == block.member for b in own)
        # At most a fifth of each neighbouring fold is left out for lying on one side, in whole blocks.
        for other in {fold - 1, fold + 1} & set(range(folds)):
            lengths = np.array([block.length for block in plan.blocks]) * (plan.fold_of() == other)
            assert lengths[~mask].sum() <= 0.2 * lengths.sum() + lengths.max()


@pytest.mark.parametrize("max_lag", [10, 900])
def test_the_gap_is_the_largest_lag_and_the_memory_where_the_record_is_long_enough(max_lag: int) -> None:
    gap = 150
    plan = plan_folds(1, 100_000, max_lag=max_lag, memory=gap, folds=4)
    for fold in range(4):
        own = [b for b in plan.blocks if b.fold == fold]
        first, last = own[0].start, own[-1].start + own[-1].length
        teaching = [b for b, teaches in zip(plan.blocks, plan.training(fold), strict=True) if teaches]
        assert all(b.stop <= first - gap - max_lag or b.start >= last + gap + max_lag for b in teaching)


def test_nothing_is_left_out_where_folds_meet_at_the_border_of_members() -> None:
    plan = plan_folds(4, 1000, max_lag=10, memory=30, folds=4)
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
    plan = plan_folds(members, steps, max_lag=20, memory=5, folds=4)
    counts = np.bincount(plan.fold_of())
    assert counts.min() >= 8
    assert len(plan.blocks) <= max(2 * 256, 8 * 4 + members)


@settings(max_examples=40, deadline=None)
@given(members=st.integers(1, 7), steps=st.integers(300, 3000), memory=st.integers(1, 60), folds=st.integers(2, 5))
def test_no_training_block_lies_within_the_gap_of_its_fold(members: int, steps: int, memory: int, folds: int) -> None:
    """Also where a fold ends near the border of a member: distances are measured within members, block by block."""
    plan = plan_folds(members, steps, max_lag=5, memory=memory, folds=folds)
    smallest = min(sum(b.length for b in plan.blocks if b.fold == fold) for fold in range(folds))
    for fold in range(folds):
        own = [b for b in plan.blocks if b.fold == fold]
        for block in plan.blocks:
            if block.trains(fold):
                apart = [max(o.start - block.stop, block.start - o.stop) for o in own if o.member == block.member]
                assert min(apart, default=10**9) >= min(5 + memory, smallest / 5)


def test_parts_cut_every_fold_in_order() -> None:
    plan = plan_folds(3, 1000, max_lag=10, memory=30, folds=4)
    parts = np.array(plan.parts(3))
    for fold in range(4):
        own = parts[plan.fold_of() == fold]
        assert (np.diff(own) >= 0).all()
        assert np.ptp(np.bincount(own)) <= 1
        assert set(own) == {0, 1, 2}
