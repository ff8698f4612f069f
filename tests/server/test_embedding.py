"""What computes beside the batches takes its turn between them."""

from likewise.server.engine.batching import Batcher
from likewise.server.engine.budget import DailyBudget
from likewise.server.engine.embedder import WARM_UP, Embedder
from likewise.server.engine.memory import MemoryCache
from likewise.types import Capabilities
from tests.http.serving import WordEncoder, make_settings


class Splitting(WordEncoder):
    capabilities = Capabilities(token_parts=True)

    def __init__(self, embedder):
        super().__init__()
        self.embedder = embedder
        self.split = []

    def token_parts(self, texts):
        self.split.append((tuple(texts), self.embedder.batcher.engine.locked()))
        return ["parts"]


def test_texts_are_split_between_two_batches_and_what_is_compiled_holds_up_none(tmp_path):
    embedder = Embedder(Batcher(), MemoryCache(0), DailyBudget(make_settings(tmp_path)))
    encoder = Splitting(embedder)
    assert embedder.split(encoder, ["one", "two"]) == ["parts"]
    assert embedder.split(encoder, ["three"]) == ["parts"]
    assert encoder.split == [(WARM_UP, False), (("one", "two"), True), (("three",), True)]
    assert embedder.split(WordEncoder(), ["one"]) is None
    embedder.stop()


def test_a_batch_waits_for_what_computes_beside_it(tmp_path):
    embedder = Embedder(Batcher(), MemoryCache(0), DailyBudget(make_settings(tmp_path)))
    encoder = WordEncoder()
    with embedder.batcher.engine:
        future = embedder.batcher.submit(encoder, ["a text"], [2])
        assert not future.cancelled()
        assert encoder.asked == []
    assert future.result(10).vectors.shape == (1, 256)
    assert encoder.asked == [["a text"]]
    embedder.stop()
