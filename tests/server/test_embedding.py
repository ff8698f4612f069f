"""What computes beside the batches takes its turn between them."""

import threading
from concurrent.futures import wait

from likewise.server.engine.batching import Batcher, Limits
from likewise.server.engine.budget import DailyBudget
from likewise.server.engine.embedder import WARM_UP, Embedder
from likewise.server.engine.memory import MemoryCache
from likewise.types import Capabilities
from tests.http.serving import WordEncoder, make_settings
from tests.waiting import wait_for


class Splitting(WordEncoder):
    capabilities = Capabilities(token_parts=True)

    def __init__(self, embedder):
        super().__init__()
        self.embedder = embedder
        self.split = []

    def token_parts(self, texts):
        self.split.append((tuple(texts), bool(self.embedder.batcher._under_way)))
        return ["parts"]


def test_texts_are_split_between_two_batches_and_what_is_compiled_holds_up_none(tmp_path):
    embedder = Embedder(Batcher(), MemoryCache(0), DailyBudget(make_settings(tmp_path)))
    encoder = Splitting(embedder)
    assert embedder.split(encoder, ["one", "two"]) == ["parts"]
    assert embedder.split(encoder, ["three"]) == ["parts"]
    assert encoder.split == [(WARM_UP, False), (("one", "two"), True), (("three",), True)]
    assert embedder.split(WordEncoder(), ["one"]) is None
    embedder.stop()


def test_between_two_turns_there_is_a_batch_and_between_two_batches_a_turn(tmp_path):
    batcher, encoder = Batcher(Limits(batch_tokens=1)), WordEncoder()
    order = []

    class Noted(WordEncoder):
        def encode(self, texts, *, progress=None):
            order.append("batch")
            return super().encode(texts, progress=progress)

    def take_turn():
        with batcher.turn(encoder):
            order.append("turn")

    threads = [threading.Thread(target=take_turn) for _ in range(3)]
    noted = Noted()
    with batcher.turn(encoder):
        futures = [batcher.submit(noted, [text], [1]) for text in "abcdef"]
        for thread in threads:
            thread.start()
        wait_for(lambda: batcher._turns == 3)
    for thread in threads:
        thread.join(10)
    assert len(wait(futures, 10).done) == 6
    assert order == ["batch", "turn"] * 3 + ["batch"] * 3
    batcher.stop()


def test_a_batch_waits_for_what_computes_beside_it(tmp_path):
    embedder = Embedder(Batcher(), MemoryCache(0), DailyBudget(make_settings(tmp_path)))
    encoder = WordEncoder()
    with embedder.batcher.turn(encoder):
        future = embedder.batcher.submit(encoder, ["a text"], [2])
        assert not future.cancelled()
        assert encoder.asked == []
    assert future.result(10).vectors.shape == (1, 256)
    assert encoder.asked == [["a text"]]
    embedder.stop()
