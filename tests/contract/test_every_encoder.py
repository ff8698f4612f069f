"""The promises of `likewise.encoders.base.Encoder`, kept by every encoder."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

from likewise.encoders import base, stream
from likewise.encoders.base import Encoder
from likewise.encoders.stream import embed_stream
from likewise.errors import InvalidText
from tests.contract.kinds import KINDS, made

TEXTS = [
    "I love my cat.",
    "cat prints a file.",
    "",
    "   \t\n ",
    "I love my cat.",
    "w1 w2 w3 🙂",
    "שלום עולם",
    "nul \0 bell \a del \x7f",
    "e\u0301 is not \u00e9",
    "[CLS] [SEP] [MASK] <s>",
    "long " * 400,
]


@pytest.fixture(scope="module", params=KINDS)
def encoder(request, tmp_path_factory) -> Iterator[Encoder]:
    folder = tmp_path_factory.mktemp(request.param.replace(" ", "-"))
    with made(request.param, folder) as encoder:
        yield encoder


def texts_for(encoder: Encoder) -> list[str]:
    """`TEXTS`, but for what no provider embeds."""
    return [text for text in TEXTS if text or not encoder.capabilities.remote]


def test_is_an_encoder(encoder):
    assert isinstance(encoder, Encoder)


def test_shapes_and_types(encoder):
    texts = texts_for(encoder)
    encoding = encoder.encode(texts)
    assert encoding.vectors.shape == (len(texts), encoder.identity.dims)
    assert encoding.vectors.dtype == np.float32
    assert encoding.tokens.shape == encoding.truncated.shape == (len(texts),)
    assert encoding.unknown.shape == (len(texts),)
    assert encoding.tokens.dtype == encoding.unknown.dtype == np.int32
    assert encoding.truncated.dtype == np.bool_
    assert len(encoding) == len(texts)


def test_unit_length_and_finite(encoder):
    vectors = encoder.encode(texts_for(encoder)).vectors
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_no_texts(encoder):
    encoding = encoder.encode([])
    assert encoding.vectors.shape == (0, encoder.identity.dims)
    assert encoding.vectors.dtype == np.float32
    assert len(encoding.tokens) == len(encoding.truncated) == 0


def test_equal_texts_give_equal_rows(encoder):
    texts = texts_for(encoder)
    encoding = encoder.encode(texts)
    again = len(texts) - texts[::-1].index(texts[0]) - 1
    assert again > 0
    assert (encoding.vectors[0] == encoding.vectors[again]).all()


def test_different_texts_give_different_rows(encoder):
    vectors = encoder.encode(["w1 w2 w3", "w4 w5 w6 w7"]).vectors
    assert vectors[0] @ vectors[1] < 0.999


def test_order_is_kept_and_the_batch_does_not_matter(encoder):
    texts = texts_for(encoder)
    together = encoder.encode(texts).vectors
    alone = np.concatenate([encoder.encode([text]).vectors for text in texts])
    backwards = encoder.encode(texts[::-1]).vectors[::-1]
    assert ((together * alone).sum(1) >= 1 - 1e-4).all()
    assert ((together * backwards).sum(1) >= 1 - 1e-4).all()


def test_long_texts_are_marked(encoder):
    limit = encoder.identity.max_tokens
    encoding = encoder.encode(["w1 w2", "long " * 400])
    assert not encoding.truncated[0]
    assert encoding.truncated[1] == (0 < limit < 400)
    if encoder.capabilities.counts_exactly:
        assert encoding.tokens[1] >= 400  # what was cut off is counted


def test_what_is_cut_off_does_not_change_the_vector(encoder):
    limit = encoder.identity.max_tokens
    if limit == 0:
        assert not encoder.encode(["w1 " * 100_000]).truncated[0]
        return
    same = "w1 " * limit
    vectors = encoder.encode([same + "w2", same + "w3 w4 w5"]).vectors
    np.testing.assert_allclose(vectors[0], vectors[1], atol=2e-3)


def test_five_megabytes(encoder):
    encoding = encoder.encode(["w1 w2 " * 850_000])
    assert encoding.truncated[0] == (encoder.identity.max_tokens > 0)
    assert np.isfinite(encoding.vectors).all()


def test_lone_surrogate_is_an_error_that_names_the_text(encoder):
    with pytest.raises(InvalidText, match=r"Text 2 holds a lone surrogate U\+D800 at character 3"):
        encoder.encode(["fine", "ab\ud800"])


def test_not_a_string_is_an_error_that_names_it(encoder):
    with pytest.raises(InvalidText, match="Text 2 is not a string but int 7"):
        encoder.encode(["fine", 7])


def test_one_bare_string_is_an_error(encoder):
    with pytest.raises(InvalidText, match="Texts come as a list, and this is one str"):
        encoder.encode("I love my cat.")


def test_unknown_options_are_not_swallowed(encoder):
    with pytest.raises(TypeError):
        encoder.encode(["a"], bathc_size=3)


def test_progress_ends_at_the_number_of_texts(encoder):
    seen = []
    texts = [f"fresh text {n}" for n in range(200)] * 2
    encoder.encode(texts, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (400, 400)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_a_stream_gives_what_a_list_gives(encoder, monkeypatch):
    texts = [f"w{n % 30} text {n}" for n in range(50)]
    monkeypatch.setattr(stream, "SLICE_TEXTS", 7)
    parts = list(embed_stream(iter(texts), encoder, text=str))
    assert [part.number for part in parts] == list(range(8))
    assert [text for part in parts for text in part.items] == texts
    streamed = np.concatenate([part.encoding.vectors for part in parts])
    assert ((streamed * encoder.encode(texts).vectors).sum(1) >= 1 - 1e-4).all()


def test_identity_is_stable_and_says_the_width(encoder):
    assert len(encoder.identity.digest) == 64
    assert encoder.identity.digest == encoder.identity.digest.lower()
    assert encoder.identity.to_dict()["digest"] == encoder.identity.digest
    assert encoder.encode(["a"]).vectors.shape[1] == encoder.identity.dims


def test_runtime_says_how(encoder):
    precisions = ("unknown",) if encoder.capabilities.remote else ("bf16", "f16", "f32", "exact")
    assert encoder.runtime.precision in precisions
    assert encoder.runtime.parity is None or encoder.runtime.parity >= 0.999
    assert (encoder.runtime.threads >= 1) != encoder.capabilities.remote


def test_tokens_are_counted_beforehand_as_encoding_counts_them(encoder):
    texts = texts_for(encoder)
    counts, encoding = encoder.count_tokens(texts), encoder.encode(texts)
    assert counts.tokens.dtype == counts.unknown.dtype == np.int32
    assert counts.truncated.dtype == np.bool_
    np.testing.assert_array_equal(counts.truncated, encoding.truncated)
    np.testing.assert_array_equal(counts.unknown, encoding.unknown)
    if encoder.capabilities.counts_exactly:
        np.testing.assert_array_equal(counts.tokens, encoding.tokens)
    assert [len(column) for column in encoder.count_tokens([])] == [0, 0, 0]


def test_what_is_finished_is_handed_over(encoder, monkeypatch):
    monkeypatch.setattr(base, "PART_TEXTS", 5)
    texts = [f"w{n % 7} w{n % 3}" for n in range(23)]
    expected, seen, rows = encoder.encode(texts), [], {}

    def sink(places, encoding):
        assert len(places) == len(encoding)
        rows.update(zip(places, encoding.vectors, strict=True))

    encoder.encode_to(iter(texts), sink, progress=lambda done, of: seen.append((done, of)))
    assert sorted(rows) == list(range(23))
    stacked = np.stack([rows[place] for place in range(23)])
    assert ((stacked * expected.vectors).sum(1) >= 1 - 1e-4).all()
    assert seen[-1] == (23, 23)


def test_parts_add_up_to_the_vector_where_there_are_any(encoder):
    pair = ["w1 w2 w3", "w4 w5"]
    split = encoder.token_parts(iter(pair))
    assert (split is not None) == encoder.capabilities.token_parts
    if split is not None:
        sums = np.stack([part.parts.sum(axis=0) for part in split])
        np.testing.assert_allclose(sums, encoder.encode(pair).vectors, atol=1e-2)


def test_places_are_those_of_the_tokens_that_are_read(encoder):
    texts = ["w1 w2 w3", "w4"]
    found = encoder.token_places(iter(texts))
    if found is None:
        return
    counts = encoder.count_tokens(texts).tokens
    assert [len(places) for places in found] == list(counts)
    for text, places in zip(texts, found, strict=True):
        covered = "".join(text[start:end] for start, end in places.tolist())
        assert covered.replace(" ", "") == text.replace(" ", "")
        assert all(0 <= start <= end <= len(text) for start, end in places.tolist())


def test_what_it_costs_is_known_beforehand(encoder):
    cost = encoder.cost(iter(["a text that nobody has asked for"]))
    assert cost == 0  # also at a provider that gets no key
    assert (encoder.spending is not None) == encoder.capabilities.remote


class Series:
    """A column of a data frame whose index has nothing to do with the order."""

    def __init__(self, texts):
        self.values = np.array(texts, object)
        self.shape = self.values.shape
        self.index = [7, 3, 11]

    def __getitem__(self, label):
        return self.values[self.index.index(label)]

    def __len__(self):
        return len(self.values)

    def __iter__(self):
        return iter(self.values)

    def __array__(self, dtype=None, copy=None):
        return self.values if dtype is None else self.values.astype(dtype)


THREE = ["w1 w2", "w3", "w1 w2"]
FORMS = {
    "tuple": tuple,
    "generator": lambda texts: (text for text in texts),
    "map": lambda texts: map(str, texts),
    "iterator": iter,
    "values of a dict": lambda texts: dict(enumerate(texts)).values(),
    "array of U": np.array,
    "array of objects": lambda texts: np.array(texts, object),
    "column of an array": lambda texts: np.array(texts, object)[:, None],
    "reversed view": lambda texts: np.array(texts[::-1])[::-1],
    "series": Series,
    "arrow": pa.array,
    "chunked arrow": lambda texts: pa.chunked_array([texts[:1], texts[1:]]),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_texts_in_any_form(encoder, form):
    expected = encoder.encode(THREE)
    found = encoder.encode(form(THREE))
    assert ((found.vectors * expected.vectors).sum(1) >= 1 - 1e-4).all()
    np.testing.assert_array_equal(found.tokens, expected.tokens)
    for one, other in zip(
        encoder.count_tokens(form(THREE)), encoder.count_tokens(THREE), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    split, whole = encoder.token_parts(form(THREE)), encoder.token_parts(THREE)
    assert (split is None) == (whole is None)
    if split and whole:
        assert [part.places.tolist() for part in split] == [p.places.tolist() for p in whole]


def test_the_keys_of_a_dict(encoder):
    different = ["w1 w2", "w3"]
    found = encoder.encode(dict.fromkeys(different).keys()).vectors
    assert ((found * encoder.encode(different).vectors).sum(1) >= 1 - 1e-4).all()


NO_TEXTS = {
    "set": {"a", "b"},
    "frozenset": frozenset("ab"),
    "dict": {"a": 1},
    "None": None,
    "number": 7,
    "array of no dimension": np.array("a"),
    "array of two dimensions": np.array([["a", "b"]]),
}


@pytest.mark.parametrize("given", NO_TEXTS.values(), ids=NO_TEXTS)
def test_what_has_no_order_or_is_no_column_is_an_error(encoder, given):
    for ask in (encoder.encode, encoder.count_tokens):
        with pytest.raises(InvalidText):
            ask(given)


def test_what_is_masked_is_missing(encoder):
    masked = np.ma.array(np.array(THREE, object), mask=[False, True, False])
    with pytest.raises(InvalidText, match="Text 2 is not a string but NoneType"):
        encoder.encode(masked)
