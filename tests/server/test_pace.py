"""The pace by which requests are let in is that of now."""

import pytest

from likewise.server.engine.pace import Pace


def test_before_any_work_it_is_unknown():
    assert Pace().per_second == 0


def test_a_steady_pace_is_found():
    pace = Pace()
    for _ in range(50):
        pace.note(2_000, 0.25)
    assert pace.per_second == pytest.approx(8_000)


def test_a_machine_that_becomes_five_times_slower_is_noticed_within_its_next_batches():
    pace = Pace()
    for _ in range(1_000):
        pace.note(400, 0.05)
    pace.note(2_000, 1.25)  # at 1,600 a second from here on
    assert pace.per_second < 3_500
    pace.note(2_000, 1.25)
    assert pace.per_second < 2_200


def test_many_small_batches_do_not_outvote_a_long_one():
    """By time, not by batch: four that were fast for a moment say little beside a second."""
    pace = Pace()
    pace.note(1_000, 1.0)
    for _ in range(4):
        pace.note(100, 0.001)
    assert pace.per_second < 1_500
