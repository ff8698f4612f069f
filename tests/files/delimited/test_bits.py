"""Sets of places, a bit for each, beside the same sets of Python."""

from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.files.delimited.bits import Bits

FLAGS = st.lists(st.booleans(), min_size=1, max_size=300)


def bits(flags):
    return Bits.where(np.array(flags))


def places(flags):
    return [at for at, flag in enumerate(flags) if flag]


@given(FLAGS)
def test_one_set(flags):
    found, held = bits(flags), places(flags)
    size = len(flags)
    assert found.places.tolist() == held
    assert len(found) == len(held)
    assert bool(found) == bool(held)
    assert found.last == max(held, default=-1)
    every = np.arange(size)
    assert found.has(every).tolist() == flags
    assert found.rank(every).tolist() == [0, *accumulate(flags)][:-1]
    assert found.before().places.tolist() == [at - 1 for at in held if at]
    # what comes after the last byte may be kept or not
    behind = found.after(start=True).places.tolist()
    assert [at for at in behind if at < size] == sorted({0, *(at + 1 for at in held)} - {size})
    odd = [count % 2 == 1 for count in accumulate(flags)]
    assert found.paired().has(every).tolist() == odd


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=200), st.data())
def test_two_sets(flags, data):
    one, two = (list(some) for some in zip(*flags, strict=True))
    held, others = set(places(one)), set(places(two))
    assert (bits(one) & bits(two)).places.tolist() == sorted(held & others)
    assert (bits(one) | bits(two)).places.tolist() == sorted(held | others)
    assert (bits(one) - bits(two)).places.tolist() == sorted(held - others)
    end = data.draw(st.integers(1, len(one)))
    assert bits(one).until(end).places.tolist() == places(one[:end])


@pytest.mark.parametrize("size", [1, 63, 64, 65, 128])
def test_none_and_all(size):
    assert not Bits.none(size)
    assert Bits.none(size).last == -1
    assert bits([True] * size).places.tolist() == list(range(size))
