import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from likewise.classify.data.normalise import groups_of
from likewise.classify.learn.folds import deal, joined, later


@given(st.lists(st.integers(0, 5), min_size=10, max_size=200), st.integers(2, 5), st.integers(0, 9))
def test_each_class_is_spread_evenly(classes, folds, seed):
    y = np.array(classes)
    fold = deal(y, np.arange(len(y)), folds, seed)
    for label in np.unique(y):
        counts = np.bincount(fold[y == label], minlength=folds)
        assert counts.max() - counts.min() <= 1
    sizes = np.bincount(fold, minlength=folds)
    assert sizes.max() - sizes.min() <= 1


@given(st.lists(st.integers(0, 20), min_size=5, max_size=100), st.integers(2, 5))
def test_equal_texts_stay_together(groups, folds):
    groups = np.array(groups)
    fold = deal(groups % 3, groups, folds)
    for group in np.unique(groups):
        assert len(set(fold[groups == group].tolist())) == 1


def test_the_same_seed_deals_the_same():
    y = np.arange(50) % 3
    first, again = (deal(y, np.arange(50), 5, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert (first != deal(y, np.arange(50), 5, seed=4)).any()


def test_case_and_space_make_no_new_text():
    assert groups_of(["A b", "a  B ", "a\tb", "ab"]).tolist() == [0, 0, 0, 1]


@given(st.lists(st.integers(0, 9), min_size=6, max_size=80), st.integers(2, 5), st.integers(0, 9))
def test_only_the_past_is_learnt_from(times, parts, seed):
    times = np.array(times, np.float64)
    groups = np.random.default_rng(seed).integers(0, 12, len(times))
    held_out = []
    for before, after in later(times, groups, parts):
        assert times[before].max() < times[after].min()
        assert not set(groups[before].tolist()) & set(groups[after].tolist())
        held_out += after.tolist()
    assert len(held_out) == len(set(held_out))


def test_each_part_but_the_first_is_tested():
    found = list(later(np.arange(100.0), np.arange(100), 5))
    assert [len(after) for _, after in found] == [20, 20, 20, 20]
    assert [len(before) for before, _ in found] == [20, 40, 60, 80]


def test_where_there_is_a_later_row_there_is_a_part():
    """Nine of ten rows are of one time, the first or the last."""
    for times in (np.repeat([1.0, 2.0], [90, 10]), np.repeat([1.0, 2.0], [10, 90])):
        [(before, after)] = later(times, np.arange(100), 5)
        assert (times[before] == 1).all()
        assert (times[after] == 2).all()
        assert len(before) + len(after) == 100
    assert list(later(np.ones(100), np.arange(100), 5)) == []


def test_what_hangs_together_is_one_group():
    # 0 and 1 are equal texts, 1 and 2 of one person, 3 alone
    found = joined(np.array([0, 0, 1, 2]), np.array([7, 8, 8, 9]))
    assert found[0] == found[1] == found[2] != found[3]
