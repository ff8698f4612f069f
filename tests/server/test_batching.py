"""The batcher: order, budgets, fairness, deadlines, cancelling, defects."""

import math
import threading
import time
from concurrent.futures import CancelledError, wait
from dataclasses import replace
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import DefectiveVectors, Overloaded
from likewise.server.engine import fair_queue
from likewise.server.engine.batching import Batcher, Limits
from likewise.server.engine.fair_queue import EncodingJob, FairQueue
from likewise.types import Encoding
from tests.panics import PanicException
from tests.waiting import A_HANG, wait_for


class Slow(Sha256Encoder):
    """sha256 that notes its batches and waits at a gate before each."""

    identity = Sha256Encoder.identity
    runtime = Sha256Encoder.runtime

    def __init__(self, *, open_gate: bool = True):
        self.batches = []
        self.gate = threading.Event()
        self.entered = threading.Event()
        if open_gate:
            self.gate.set()

    def encode(self, texts, *, progress=None):
        self.batches.append(list(texts))
        self.entered.set()
        assert self.gate.wait(A_HANG)
        if "poison" in texts:
            raise ValueError("poison")
        if "panic" in texts:
            raise PanicException("poison")
        encoding = Sha256Encoder().encode(texts)
        if "nan" in texts:
            encoding.vectors[texts.index("nan")] = np.nan
        return encoding


@pytest.fixture
def batcher():
    made = []

    def make(**limits):
        made.append(Batcher(Limits(**limits)))
        return made[-1]

    yield make
    for each in made:
        each.stop()


def busy(batcher, encoder):
    """Have the thread stand at the gate; what comes now waits."""
    first = batcher.submit(encoder, ["first"], [1], client="somebody")
    assert encoder.entered.wait(A_HANG)
    return first


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(st.text(max_size=5), st.integers(1, 700)), max_size=30),
            st.sampled_from("abc"),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_every_job_gets_its_own_rows_in_order(jobs):
    encoder = Slow(open_gate=False)
    batcher = Batcher(Limits(batch_tokens=512))
    try:
        futures = [
            batcher.submit(encoder, [t for t, _ in pairs], [c for _, c in pairs], client=client)
            for pairs, client in jobs
        ]
        encoder.gate.set()
        for (pairs, _), future in zip(jobs, futures, strict=True):
            expected = Sha256Encoder().encode([t for t, _ in pairs])
            got = future.result(A_HANG)
            assert np.array_equal(got.vectors, expected.vectors)
            assert np.array_equal(got.tokens, expected.tokens)
            assert not got.truncated.any()
        assert batcher.load().waiting_tokens == 0
        assert batcher.load().waiting_jobs == 0
    finally:
        batcher.stop()


def test_a_batch_keeps_the_budget_and_a_longer_text_has_one_of_its_own(batcher):
    encoder = Slow(open_gate=False)
    works = batcher(batch_tokens=100)
    busy(works, encoder)
    costs = [30, 40, 50, 60, 400, 20]
    future = works.submit(encoder, [str(cost) for cost in costs], costs)
    encoder.gate.set()
    future.result(A_HANG)
    batches = [[int(text) for text in batch] for batch in encoder.batches[1:]]
    assert [400] in batches
    assert all(sum(batch) <= 100 for batch in batches if batch != [400])
    assert sorted(chain(*batches)) == sorted(costs)


def test_texts_of_like_length_are_together(batcher):
    encoder = Slow(open_gate=False)
    works = batcher(batch_tokens=256)
    busy(works, encoder)
    costs = [10, 200, 10, 200, 10, 200]
    future = works.submit(encoder, [f"{n}-{cost}" for n, cost in enumerate(costs)], costs)
    encoder.gate.set()
    future.result(A_HANG)
    assert encoder.batches[1] == ["0-10", "2-10", "4-10", "1-200"]


@pytest.mark.parametrize("client", ["other", "same"])
def test_one_sentence_waits_no_longer_than_a_batch_behind_a_long_job(batcher, client):
    encoder = Slow(open_gate=False)
    works = batcher(batch_tokens=1_000)
    busy(works, encoder)
    long = works.submit(encoder, ["long"] * 2_048, [100] * 2_048, client="same")
    short = works.submit(encoder, ["short"], [10], client=client)
    encoder.gate.set()
    short.result(A_HANG)
    assert "short" in encoder.batches[1]
    assert len(long.result(A_HANG)) == 2_048
    assert len(encoder.batches) > 200


def test_clients_get_equal_shares_however_many_jobs_they_send(batcher):
    encoder = Slow(open_gate=False)
    works = batcher(batch_tokens=512)
    busy(works, encoder)
    greedy = [works.submit(encoder, ["g"] * 10, [50] * 10, client="greedy") for _ in range(40)]
    modest = works.submit(encoder, ["m"] * 40, [50] * 40, client="modest")
    encoder.gate.set()
    modest.result(A_HANG)
    wait(greedy, A_HANG)
    until_modest = list(chain(*encoder.batches[1:]))
    last = len(until_modest) - 1 - until_modest[::-1].index("m")
    # 40 of one, and of the other no more than its turn ahead
    assert until_modest[:last].count("g") <= 40 + 2 * 512 // 50


def test_too_much_is_refused_at_once_with_a_time_to_wait(batcher):
    encoder = Slow(open_gate=False)
    works = batcher(queue_tokens=1_000)
    busy(works, encoder)
    accepted = []
    with pytest.raises(Overloaded) as refused:  # noqa: PT012
        while len(accepted) < 1_000:
            accepted.append(works.submit(encoder, ["text"], [100], client="one"))
    assert 10 <= len(accepted) <= 12
    assert 1 <= refused.value.retry_after <= 60
    assert refused.value.status == 503
    # another client's short job is not behind all that, and a long one may wait for longer
    accepted.append(works.submit(encoder, ["text"], [2_000], client="one"))
    other = works.submit(encoder, ["text"], [100], client="two")
    encoder.gate.set()
    assert all(len(future.result(A_HANG)) == 1 for future in [*accepted, other])


def test_what_would_wait_for_longer_than_is_allowed_is_refused(batcher):
    class Steady(Slow):
        def encode(self, texts, *, progress=None):
            time.sleep(0.1)
            return super().encode(texts, progress=progress)

    encoder = Steady()
    works = batcher(wait=1.0)
    works.submit(encoder, ["warm"], [100]).result(A_HANG)  # some 1,000 tokens a second
    wait_for(lambda: works.load().tokens_per_second)
    speed = works.load().tokens_per_second
    encoder.gate.clear()
    encoder.entered.clear()
    busy(works, encoder)
    accepted = 0
    with pytest.raises(Overloaded):  # noqa: PT012
        while accepted < 1_000:
            works.submit(encoder, ["text"], [50], client="one")
            accepted += 1
    assert abs(accepted - speed / 50) <= 3
    encoder.gate.set()


def paced(works, tokens, seconds):
    """Have the batcher know its pace."""
    works._pace.note(tokens, seconds)


def test_what_is_encoded_now_and_what_was_waited_elsewhere_count(batcher):
    encoder = Slow(open_gate=False)
    works = batcher(wait=2_000.0)
    paced(works, 1_000, 100_000)  # a token in 100 seconds: twenty may be ahead
    works.submit(encoder, ["under way"], [6], client="one")
    assert encoder.entered.wait(A_HANG)
    for _ in range(10):
        works.submit(encoder, ["waits"], [1], client="one")
    works.check_room("one", 1)
    with pytest.raises(Overloaded):  # 6 + 10 > 20 - 9
        works.check_room("one", 1, late=900.0)
    for _ in range(5):
        works.submit(encoder, ["waits"], [1], client="one")
    with pytest.raises(Overloaded):  # 6 + 15 > 20
        works.submit(encoder, ["late"], [1], client="one")
    encoder.gate.set()


def test_on_a_slow_machine_batches_are_small(batcher):
    works = batcher(wait=1.0)
    assert works._batch_tokens() == 2_048
    paced(works, 1_000_000, 100)
    assert works._batch_tokens() == 2_048
    paced(works, 400_000, 100)
    assert works._batch_tokens() == 1_000
    paced(works, 100, 100)
    assert works._batch_tokens() == 512


def test_what_has_waited_for_too_long_is_given_up_unless_it_has_begun(batcher):
    encoder = Slow(open_gate=False)
    works = batcher(batch_tokens=512)
    busy(works, encoder)
    works.limits = Limits(wait=0.01, batch_tokens=512)
    late = works.submit(encoder, ["late"], [10], client="one")
    time.sleep(0.05)
    encoder.gate.set()
    with pytest.raises(Overloaded):
        late.result(A_HANG)
    assert ["late"] not in encoder.batches
    job = EncodingJob(encoder, ["a", "b"], [400, 400], math.inf, latest=0.0)
    job.take(512, alone=True)
    assert not works._unwanted(job)
    job = EncodingJob(encoder, ["a"], [400], math.inf, latest=0.0)
    assert works._unwanted(job)


def test_memory_is_bounded_however_many_clients(batcher):
    encoder = Slow(open_gate=False)
    works = batcher(held_tokens=5_000)
    busy(works, encoder)
    with pytest.raises(Overloaded):  # noqa: PT012
        for number in range(100):
            works.submit(encoder, ["text"], [100], client=str(number))
    assert works.load().waiting_tokens == 5_000


def test_a_job_of_any_size_is_taken_when_nothing_waits(batcher):
    works = batcher(queue_tokens=10, held_tokens=10)
    assert len(works.submit(Slow(), ["a", "b"], [500, 500]).result(A_HANG)) == 2


def test_a_cancelled_job_is_never_encoded(batcher):
    encoder = Slow(open_gate=False)
    works = batcher()
    busy(works, encoder)
    dropped = works.submit(encoder, ["dropped"] * 50, [100] * 50)
    kept = works.submit(encoder, ["kept"], [10])
    assert dropped.cancel()
    encoder.gate.set()
    kept.result(A_HANG)
    assert not any("dropped" in batch for batch in encoder.batches)
    assert works.load().waiting_tokens == 0
    with pytest.raises(CancelledError):
        dropped.result(1)


def test_a_job_past_its_deadline_is_given_up(batcher):
    encoder = Slow(open_gate=False)
    works = batcher()
    busy(works, encoder)
    late = works.submit(encoder, ["late"], [10], deadline=0.01)
    time.sleep(0.05)
    encoder.gate.set()
    with pytest.raises(Overloaded):
        late.result(A_HANG)
    assert ["late"] not in encoder.batches


def test_a_failing_text_fails_its_own_job_only_and_the_thread_lives(batcher):
    encoder = Slow(open_gate=False)
    works = batcher()
    busy(works, encoder)
    good = works.submit(encoder, ["good"], [5], client="a")
    bad = works.submit(encoder, ["poison"], [5], client="b")
    panic = works.submit(encoder, ["panic"], [5], client="d")
    worse = works.submit(encoder, ["nan"], [5], client="c")
    encoder.gate.set()
    assert np.array_equal(good.result(A_HANG).vectors, Sha256Encoder().encode(["good"]).vectors)
    with pytest.raises(ValueError, match="poison"):
        bad.result(A_HANG)
    with pytest.raises(PanicException):
        panic.result(A_HANG)
    with pytest.raises(DefectiveVectors):
        worse.result(A_HANG)
    assert len(works.submit(encoder, ["after"], [5]).result(A_HANG)) == 1


def test_texts_of_two_encoders_are_never_in_one_batch(batcher):
    one, two = Slow(open_gate=False), Slow()
    works = batcher()
    busy(works, one)
    futures = [
        works.submit(encoder, [name] * 3, [5] * 3, client=str(n))
        for n in range(4)
        for encoder, name in ((one, "one"), (two, "two"))
    ]
    one.gate.set()
    wait(futures, A_HANG)
    assert {text for batch in one.batches[1:] for text in batch} == {"one"}
    assert {text for batch in two.batches for text in batch} == {"two"}
    assert len(one.batches) == 2


def test_a_wrong_number_of_rows_is_a_defect(batcher):
    class Short(Slow):
        def encode(self, texts, *, progress=None):
            return Sha256Encoder().encode(texts[1:])

    with pytest.raises(DefectiveVectors):
        batcher().submit(Short(), ["a", "b"], [1, 1]).result(A_HANG)


def test_stopping_lets_waiting_jobs_end_and_takes_no_more():
    encoder = Slow(open_gate=False)
    works = Batcher()
    busy(works, encoder)
    waiting = works.submit(encoder, ["waiting"], [5])
    threading.Timer(0.1, encoder.gate.set).start()
    works.stop(seconds=A_HANG)
    assert len(waiting.result(A_HANG)) == 1
    with pytest.raises(Overloaded, match="stopping"):
        works.submit(encoder, ["late"], [5])


def test_stopping_at_once_gives_waiting_jobs_up():
    encoder = Slow(open_gate=False)
    works = Batcher()
    first = busy(works, encoder)
    waiting = works.submit(encoder, ["waiting"], [5])
    works.stop()
    with pytest.raises(Overloaded):
        waiting.result(1)
    encoder.gate.set()
    assert len(first.result(A_HANG)) == 1


def test_batches_are_reported():
    seen = []
    works = Batcher(observe=lambda *facts: seen.append(facts))
    try:
        works.submit(Slow(), ["a", "b"], [3, 4]).result(A_HANG)
        wait_for(lambda: works.load().tokens_per_second)
    finally:
        works.stop()
    assert seen[0][:2] == (2, 7)


def test_no_texts():
    works = Batcher()
    try:
        none = works.submit(Sha256Encoder(), [], []).result(1)
    finally:
        works.stop()
    assert isinstance(none, Encoding)
    assert none.vectors.shape == (0, 256)


def test_all_of_an_encoding_comes_back_in_order(batcher):
    class Counting(Slow):
        def encode(self, texts, *, progress=None):
            numbers = np.array([int(text) for text in texts], np.int32)
            encoding = super().encode(texts)
            return replace(
                encoding, tokens=numbers, unknown=numbers * 7, truncated=numbers % 2 == 1
            )

    texts = [str(number) for number in range(40)]
    costs = [1 + (number * 13) % 40 for number in range(40)]  # served in another order
    encoding = batcher(batch_tokens=50).submit(Counting(), texts, costs).result(A_HANG)
    assert encoding.tokens.tolist() == list(range(40))
    assert encoding.unknown.tolist() == list(range(0, 280, 7))
    assert encoding.truncated.tolist() == [False, True] * 20


def test_a_batch_of_thousands_of_clients_looks_at_few_of_them(monkeypatch):
    """Each turn is taken from a heap: 256 pieces of 4,000 clients are 256 looks, not a million."""
    looks = []
    pop = fair_queue.heappop
    monkeypatch.setattr(fair_queue, "heappop", lambda heap: looks.append(1) or pop(heap))
    queue, encoder = FairQueue(), Sha256Encoder()
    for number in range(4_000):
        queue.add(f"client {number}", EncodingJob(encoder, ["a"], [8], math.inf))
    batch = queue.batch(2_048)
    assert sum(piece.tokens for piece in batch) == 2_048
    assert len(looks) == len(batch) == 256
    assert queue.waiting == 8 * 4_000 - 2_048


def test_turns_of_other_encoders_are_kept_for_the_next_batch():
    queue, one, other = FairQueue(), Sha256Encoder(), Sha256Encoder()
    for number in range(6):
        encoder = other if number % 2 else one
        queue.add(f"client {number}", EncodingJob(encoder, ["a"], [8], math.inf))
    assert [{p.job.encoder for p in queue.batch(100)} for _ in range(2)] == [{one}, {other}]
    assert queue.batch(100) == []
    assert not queue


def test_who_has_gone_has_no_turn():
    queue, encoder = FairQueue(), Sha256Encoder()
    jobs = [EncodingJob(encoder, ["a"], [8], math.inf) for _ in range(4)]
    for number, job in enumerate(jobs):
        queue.add(f"client {number % 2}", job)
    queue.drop(lambda job: job in jobs[:3])
    assert queue.waiting == 8
    assert [piece.job for piece in queue.batch(100)] == [jobs[3]]
    queue.add("client 0", jobs[0])
    assert [piece.job for piece in queue.batch(100)] == [jobs[0]]
