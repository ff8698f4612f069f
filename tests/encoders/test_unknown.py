"""What a model does not know is counted, kept with the vector, and said."""

import sqlite3
import zlib

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

import likewise
from likewise.encoders.cached import CachedEncoder
from likewise.encoders.embedding import keys_of
from likewise.encoders.sha256 import Sha256Encoder
from likewise.encoders.vector_cache import VectorCache
from likewise.types import Encoding, Reading
from tests.contract.kinds import KINDS, made
from tests.encoders.folders import change_json, change_weights
from tests.encoders.models import write_model

THAI = ["สวัสดีครับ", "ฝนจะตกพรุ่งนี้"]
EXACT = [kind for kind in KINDS if "remote" not in kind and kind not in ("sha256", "minilm")]


@pytest.mark.parametrize("kind", EXACT)
def test_unknown_tokens_are_counted_by_every_kind(kind, tmp_path):
    with made(kind, tmp_path) as encoder:
        before = encoder.count_tokens([""]).unknown[0]
        texts = ["w1 w2", "🙂 w1", "hello there friend", "w1 unheard"]
        expected = before + np.array([0, 1, 3, 1])
        np.testing.assert_array_equal(encoder.count_tokens(texts).unknown, expected)
        for _ in range(2):  # computed, then kept
            np.testing.assert_array_equal(encoder.encode(texts).unknown, expected)


@pytest.mark.parametrize("kind", ["sha256", "remote", "remote and cached"])
def test_who_knows_no_vocabulary_counts_none(kind, tmp_path):
    with made(kind, tmp_path) as encoder:
        assert encoder.encode(["🙂", *THAI]).unknown.tolist() == [0, 0, 0]


@pytest.mark.parametrize("prefix", [None, "query"])
@pytest.mark.parametrize("framed", [True, False])
def test_a_text_of_which_no_token_is_left_is_not_known(tmp_path, prefix, framed):
    # two of them have one vector, as two that are unknown have
    write_model(tmp_path / "model", prompts={"query": "w7 "})

    def change(tokenizer):
        dropped = {"type": "Replace", "pattern": {"Regex": "[\\x01-\\x08]"}, "content": ""}
        kept = tokenizer["post_processor"] if framed else None
        return {**tokenizer, "normalizer": dropped, "post_processor": kept}

    change_json(tmp_path / "model" / "tokenizer.json", change)
    encoder = likewise.load(str(tmp_path / "model"), prefix=prefix)
    encoding = encoder.encode(["\x01", "\x02\x03", "\x01 w1", "w1", "", " "])
    assert encoding.unknown.tolist() == [1, 1, 0, 0, 0, 0]
    assert float(encoding.vectors[0] @ encoding.vectors[1]) > 0.9999
    assert (encoding.tokens >= encoding.unknown).all()


def test_minilm_does_not_know_what_it_was_not_trained_on(minilm):
    # "two texts of unknown characters are the same" to it
    encoding = minilm.encode(["🙂", "😡", "x" * 120, "A cat sleeps."])
    assert encoding.unknown.tolist() == [1, 1, 1, 0]
    assert float(encoding.vectors[0] @ encoding.vectors[1]) > 0.9999


def test_rows_that_an_older_likewise_kept_are_counted_when_they_are_read(tmp_path):
    write_model(tmp_path / "model")
    encoder = likewise.load(str(tmp_path / "model"))
    texts = ["w1 🙂 🙂", "w2"]
    fresh = encoder.encode(texts)
    path = tmp_path / "vectors.sqlite3"
    with sqlite3.connect(path) as old:
        old.execute(
            "create table vectors (key blob primary key, vector blob not null, tokens integer not "
            "null, truncated integer not null, checksum integer not null, used integer not null)"
        )
        for key, vector, tokens in zip(
            keys_of(encoder.identity, texts), fresh.vectors, fresh.tokens, strict=True
        ):
            raw = vector.astype("<f4").tobytes()
            row = (key, raw, int(tokens), 0, zlib.crc32(raw), 20_000)
            old.execute("insert into vectors values (?, ?, ?, ?, ?, ?)", row)
    old.close()

    behind = Spy(encoder)
    for asked in ([texts], []):  # the second time the count is kept too
        cached = CachedEncoder(behind, VectorCache(path))
        encoding = cached.encode(texts)
        np.testing.assert_array_equal(encoding.vectors, fresh.vectors)
        assert encoding.unknown.tolist() == [2, 0]
        assert behind.encoded == []
        assert behind.counted == asked
        behind.counted.clear()


class Spy:
    """Notes what an encoder is asked."""

    def __init__(self, encoder):
        self._encoder = encoder
        self.encoded, self.counted = [], []

    def __getattr__(self, name):
        return getattr(self._encoder, name)

    def encode_to(self, texts, sink, *, progress=None):
        self.encoded.append(list(texts))
        self._encoder.encode_to(texts, sink, progress=progress)

    def count_tokens(self, texts):
        self.counted.append(list(texts))
        return self._encoder.count_tokens(texts)


def encoding(tokens, truncated, unknown) -> Encoding:
    vectors = np.ones((len(tokens), 1), np.float32)
    return Encoding(
        vectors, np.array(tokens, np.int32), np.array(truncated), np.array(unknown, np.int32)
    )


def test_a_reading_says_what_was_not_read_and_not_known():
    reading = Reading()
    reading.add(encoding([5, 9], [False, True], [0, 3]))
    reading.add(encoding([4], [False], [4]))
    assert reading.notes(Sha256Encoder.identity) == [
        "1 of 3 texts was cut off: sha256 reads 0 tokens.",
        "2 of 3 texts have tokens that sha256 does not know, 7 of 13: it reads them all as one and "
        "the same.",
    ]
    one = Reading()
    one.add(encoding([4], [False], [1]))
    assert one.notes(Sha256Encoder.identity) == [
        "1 of 1 text has tokens that sha256 does not know, 1 of 4: it reads them all as one and "
        "the same."
    ]
    assert Reading().notes(Sha256Encoder.identity) == []
    reading.join(one)
    assert reading == Reading(texts=4, cut_off=1, with_unknown=3, tokens=17, unknown=8)


SPECIAL = ["[CLS]", "[PAD]", "[SEP]", "[UNK]"]
FRAME = processors.TemplateProcessing(
    single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 0), ("[SEP]", 2)]
)


def unigram() -> Tokenizer:
    vocabulary = [(token, 0.0) for token in SPECIAL] + [("▁w1", -1.0), ("▁w2", -1.0), ("▁", -5.0)]
    made = Tokenizer(models.Unigram(vocabulary, unk_id=3))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    return made


def wordpiece() -> Tokenizer:
    vocabulary = {token: n for n, token in enumerate([*SPECIAL, "w", "##1", "##2"])}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return made


def bpe() -> Tokenizer:
    vocabulary = {token: n for n, token in enumerate([*SPECIAL, "w", "1", "2", "w1"])}
    made = Tokenizer(models.BPE(vocabulary, [("w", "1")], unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return made


def without_unknown() -> Tokenizer:
    vocabulary = {token: n for n, token in enumerate([*SPECIAL, "w", "1", "2", "w1"])}
    made = Tokenizer(models.BPE(vocabulary, [("w", "1")]))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return made


def on_bytes(alphabet: list[str]) -> Tokenizer:
    made = Tokenizer(models.BPE({token: n for n, token in enumerate([*SPECIAL, *alphabet])}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return made


def without_some_bytes() -> Tokenizer:
    return on_bytes(list("Ġw12"))


def with_every_byte() -> Tokenizer:
    return on_bytes(sorted(pre_tokenizers.ByteLevel.alphabet()))


def with_300_rows(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    name = "embeddings.word_embeddings.weight"
    return {**weights, name: np.resize(weights[name], (300, weights[name].shape[1]))}


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (unigram, [0, 1, 2]),
        (wordpiece, [0, 1, 2]),
        (bpe, [0, 1, 2]),
        (without_unknown, [0, 1, 2]),
        (without_some_bytes, [0, 1, 2]),
        (with_every_byte, [0, 0, 0]),
    ],
)
def test_each_kind_of_tokenizer_has_its_way_to_say_unknown(tmp_path, make, expected):
    write_model(tmp_path / "model")
    made = make()
    made.post_processor = FRAME
    made.save(str(tmp_path / "model" / "tokenizer.json"))
    if make is with_every_byte:
        change_weights(tmp_path / "model", with_300_rows)
        change_json(tmp_path / "model/config.json", {"vocab_size": 300})
    encoder = likewise.load(str(tmp_path / "model"))
    assert encoder.encode(["w1 w2", "w1 🙂", "ฝ w1 🙂"]).unknown.tolist() == expected
