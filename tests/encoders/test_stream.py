"""Any number of texts: the same slices each time; a text that can't be computed is not the end."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.encoders import stream
from likewise.encoders.sha256 import Sha256Encoder
from likewise.encoders.stream import embed_stream, slices
from likewise.errors import DefectiveVectors
from likewise.similarity.cosine import check_vectors


class Choosy(Sha256Encoder):
    """Computes nothing together with a text that begins with `bad`."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def encode(self, texts, *, progress=None):
        texts = list(texts)
        self.asked.append(texts)
        if any(text.startswith("bad") for text in texts):
            raise DefectiveVectors("The vector is NaN.", "Take another text.")
        return super().encode(texts, progress=progress)


def test_slices_end_by_number_or_by_length(monkeypatch):
    monkeypatch.setattr(stream, "SLICE_TEXTS", 3)
    monkeypatch.setattr(stream, "SLICE_CHARACTERS", 10)
    texts = ["x" * length for length in [1, 1, 1, 1, 20, 4, 5, 1, 1]]
    found = [[len(text) for text in part] for part in slices(iter(texts), str)]
    assert found == [[1, 1, 1], [1, 20], [4, 5, 1], [1]]
    assert list(slices([], str)) == []


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "bad", "bad 2", "c"]), max_size=20))
def test_exactly_the_texts_that_can_not_be_computed_are_left_out(texts):
    lost = []
    encoder = Choosy()
    parts = list(
        embed_stream(
            enumerate(texts),
            encoder,
            text=lambda item: item[1],
            left_out=lambda item, error: lost.append(item),
        )
    )
    kept = [item for part in parts for item in part.items]
    assert sorted(lost) == [item for item in enumerate(texts) if item[1].startswith("bad")]
    assert kept == [item for item in enumerate(texts) if not item[1].startswith("bad")]
    vectors = np.concatenate([np.zeros((0, 256)), *(part.encoding.vectors for part in parts)])
    wanted = Sha256Encoder().encode([text for _, text in kept]).vectors
    assert vectors.tobytes() == wanted.astype(np.float64).tobytes()


def test_one_bad_text_among_many_costs_a_logarithm_of_tries():
    texts = [f"text {number}" for number in range(1_000)]
    texts[777] = "bad"
    encoder = Choosy()
    list(embed_stream(texts, encoder, text=str, left_out=lambda *_: None))
    assert len(encoder.asked) < 30


def test_without_leave_to_leave_out_it_is_an_error():
    with pytest.raises(DefectiveVectors):
        list(embed_stream(["a", "bad"], Choosy(), text=str))


def test_an_encoder_that_computes_nothing_is_an_error_in_the_end(monkeypatch):
    monkeypatch.setattr(stream, "MOST_LEFT_OUT", 3)
    with pytest.raises(DefectiveVectors):
        list(embed_stream(["bad"] * 10, Choosy(), text=str, left_out=lambda *_: None))


def test_a_slice_with_gaps_is_not_kept_and_whole_ones_are(monkeypatch):
    monkeypatch.setattr(stream, "SLICE_TEXTS", 2)

    class Store:
        def __init__(self):
            self.parts = {}

        def kept(self, number, texts):
            return self.parts.get((number, tuple(texts)))

        def add(self, number, texts, encoding):
            self.parts[number, tuple(texts)] = encoding

    store = Store()
    texts = ["a", "b", "bad", "c", "d"]
    for _ in range(2):
        encoder = Choosy()
        done = []
        parts = list(
            embed_stream(
                texts,
                encoder,
                text=str,
                store=store,
                left_out=lambda *_: None,
                progress=done.append,
            )
        )
        assert [part.items for part in parts] == [["a", "b"], ["c"], ["d"]]
        assert sorted(store.parts) == [(0, ("a", "b")), (2, ("d",))]
        assert done[-1] == 5
    assert ["a", "b"] not in encoder.asked


class Stretched(Sha256Encoder):
    """Gives vectors that are too long by some share."""

    def __init__(self, share):
        super().__init__()
        self.share = share

    def encode(self, texts, *, progress=None):
        made = super().encode(texts, progress=progress)
        return replace(made, vectors=made.vectors * np.float32(1 + self.share))


def test_only_lengths_that_whatever_reads_them_takes_are_let_through():
    def lengths(share):
        [part] = embed_stream(["a", "b"], Stretched(share), text=str)
        return check_vectors(part.encoding.vectors)

    assert len(lengths(5e-4)) == 2  # as far as float16 is off
    with pytest.raises(DefectiveVectors, match="sha256 gave a vector that is not of unit length"):
        lengths(2e-3)
