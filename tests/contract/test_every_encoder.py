"""The promises of `likewise.encoders.base.Encoder`, kept by every encoder."""

import numpy as np
import pytest

import likewise
from likewise.encoders import embedding
from likewise.encoders.base import Encoder
from likewise.encoders.cached import CachedEncoder, VectorCache
from likewise.encoders.stream import embed_stream
from likewise.errors import InvalidText
from tests.encoders.models import write_model

KINDS = ("minilm", "sha256", "folder", "cached")

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
def encoder(request, tmp_path_factory) -> Encoder:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "folder":
        write_model(folder / "model")
        return likewise.load(str(folder / "model"))
    if request.param == "cached":
        return CachedEncoder(likewise.load("minilm"), VectorCache(folder / "v.sqlite3"))
    return likewise.load(request.param)


def test_is_an_encoder(encoder):
    assert isinstance(encoder, Encoder)


def test_shapes_and_types(encoder):
    encoding = encoder.encode(TEXTS)
    assert encoding.vectors.shape == (len(TEXTS), encoder.identity.dims)
    assert encoding.vectors.dtype == np.float32
    assert encoding.tokens.shape == encoding.truncated.shape == (len(TEXTS),)
    assert encoding.tokens.dtype == np.int32
    assert encoding.truncated.dtype == np.bool_
    assert len(encoding) == len(TEXTS)


def test_unit_length_and_finite(encoder):
    vectors = encoder.encode(TEXTS).vectors
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_no_texts(encoder):
    encoding = encoder.encode([])
    assert encoding.vectors.shape == (0, encoder.identity.dims)
    assert encoding.vectors.dtype == np.float32
    assert len(encoding.tokens) == len(encoding.truncated) == 0


def test_equal_texts_give_equal_rows(encoder):
    vectors = encoder.encode(TEXTS).vectors
    assert (vectors[0] == vectors[4]).all()


def test_different_texts_give_different_rows(encoder):
    vectors = encoder.encode(["w1 w2 w3", "w4 w5 w6 w7"]).vectors
    assert vectors[0] @ vectors[1] < 0.999


def test_order_is_kept_and_the_batch_does_not_matter(encoder):
    together = encoder.encode(TEXTS).vectors
    alone = np.concatenate([encoder.encode([text]).vectors for text in TEXTS])
    backwards = encoder.encode(TEXTS[::-1]).vectors[::-1]
    assert ((together * alone).sum(1) >= 1 - 1e-4).all()
    assert ((together * backwards).sum(1) >= 1 - 1e-4).all()


def test_long_texts_are_marked(encoder):
    limit = encoder.identity.max_tokens
    encoding = encoder.encode(["w1 w2", "long " * 400])
    assert not encoding.truncated[0]
    assert encoding.truncated[1] == (0 < limit < 400)
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
    monkeypatch.setattr(embedding, "SLICE_TEXTS", 7)
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
    assert encoder.runtime.precision in ("bf16", "f16", "f32", "exact")
    assert encoder.runtime.parity is None or encoder.runtime.parity >= 0.999
    assert encoder.runtime.threads >= 1
