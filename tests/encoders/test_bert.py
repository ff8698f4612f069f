"""The graph gives what the papers say, for every family, pooling and activation."""

from weakref import WeakSet

import numpy as np
import pytest

from likewise.encoders.local import encoder as encoder_module
from likewise.encoders.local import engine as engine_module
from likewise.encoders.local.encoder import LocalEncoder
from likewise.encoders.local.engine import PackedEngine, choices
from tests.encoders.models import expected_vector, tokenizer, write_model

TEXTS = ["w1 w2 w3", "w9", "", "w5 w5 w5 w5 w5 w5 w5", "nothing known w30"]


@pytest.mark.parametrize(
    ("family", "pooling", "activation"),
    [
        ("bert", "mean", "gelu"),
        ("bert", "cls", "gelu"),
        ("bert", "mean", "gelu_new"),
        ("bert", "mean", "relu"),
        ("distilbert", "mean", "gelu"),
        ("roberta", "mean", "gelu"),
        ("xlm-roberta", "cls", "gelu"),
    ],
)
def test_vectors_are_those_of_the_papers(tmp_path, family, pooling, activation):
    kind = {"family": family, "pooling": pooling, "activation": activation}
    weights = write_model(tmp_path / "model", **kind)
    encoder = LocalEncoder(tmp_path / "model", name="random", precision="f32")
    vectors = encoder.encode(TEXTS).vectors
    for text, vector in zip(TEXTS, vectors, strict=True):
        ids = tokenizer().encode(text).ids
        np.testing.assert_allclose(vector, expected_vector(weights, ids, **kind), atol=2e-5)


def test_a_cut_text_is_read_as_its_own_tokenizer_would_cut_it(tmp_path):
    weights = write_model(tmp_path / "model", max_seq_length=6)
    encoder = LocalEncoder(tmp_path / "model", name="random", precision="f32")
    encoding = encoder.encode(["w1 w2 w3 w4 w5 w6 w7"])
    ids = [0, 5, 6, 7, 8, 2]  # [CLS] w1 w2 w3 w4 [SEP]
    np.testing.assert_allclose(encoding.vectors[0], expected_vector(weights, ids), atol=2e-5)
    assert encoding.tokens.tolist() == [9]
    assert encoding.truncated.tolist() == [True]


def test_faster_precision_is_checked_against_float32(tmp_path, monkeypatch):
    write_model(tmp_path / "model")
    where = {"name": "random", "parity_cache": tmp_path / "cache"}
    encoder, again = (LocalEncoder(tmp_path / "model", **where) for _ in range(2))
    assert encoder.runtime.precision == again.runtime.precision
    if encoder.runtime.precision == "f32":
        assert encoder.runtime.parity is None
    else:
        assert 0.999 <= encoder.runtime.parity <= 1.001
        assert again.runtime.parity == encoder.runtime.parity


def test_every_precision_of_this_processor_gives_the_vectors_of_float32(tmp_path):
    write_model(tmp_path / "model")
    texts = [f"w{n} w{n + 1} " * (n + 1) for n in range(9)]
    exact = LocalEncoder(tmp_path / "model", name="random", precision="f32").encode(texts).vectors
    for precision in choices("auto"):
        encoder = LocalEncoder(tmp_path / "model", name="random", precision=precision)
        assert encoder.runtime.precision == precision
        together = encoder.encode(texts).vectors
        alone = np.concatenate([encoder.encode([text]).vectors for text in texts])
        assert ((together * exact).sum(1) >= 0.999).all()
        assert ((together * alone).sum(1) >= 1 - 1e-4).all()


def test_a_large_model_is_in_memory_once_while_its_precision_is_checked(tmp_path, monkeypatch):
    write_model(tmp_path / "model")
    alive: WeakSet[PackedEngine] = WeakSet()
    most = []

    class Counted(PackedEngine):
        def __init__(self, *given, **more):
            super().__init__(*given, **more)
            alive.add(self)
            most.append(len(alive))

    monkeypatch.setattr(encoder_module, "PackedEngine", Counted)
    monkeypatch.setattr(encoder_module, "choices", lambda _: ["another", "f32"])
    monkeypatch.setattr(engine_module, "properties", lambda *_: {})
    encoder = LocalEncoder(tmp_path / "model", name="random")
    assert most == [1, 1]
    assert encoder.runtime.parity == pytest.approx(1, abs=1e-3)


def test_what_a_check_found_is_kept_for_this_engine_on_this_processor(tmp_path, monkeypatch):
    write_model(tmp_path / "model")
    checked = []

    def parity(reference, computed):
        checked.append(1)
        return 0.9995

    monkeypatch.setattr(encoder_module, "parity", parity)
    monkeypatch.setattr(encoder_module, "choices", lambda _: ["another", "f32"])
    monkeypatch.setattr(engine_module, "properties", lambda *_: {})

    def loaded(**more):
        made = LocalEncoder(tmp_path / "model", name="a", parity_cache=tmp_path / "cache", **more)
        assert made.runtime.parity == 0.9995
        return len(checked)

    assert [loaded(), loaded()] == [1, 1]
    assert loaded(prefix="w7 ") == 2  # another encoder
    monkeypatch.setattr(encoder_module, "machine", lambda: ("another engine", "processor"))
    assert [loaded(), loaded()] == [3, 3]
    for broken in ("", "[]", '{"parity": 1.0}'):
        for file in (tmp_path / "cache").glob("*.json"):
            file.write_text(broken, encoding="utf-8")
        assert loaded() == len(checked)
    assert len(checked) == 6


def test_a_precision_that_does_not_agree_is_tried_anew(tmp_path, monkeypatch):
    write_model(tmp_path / "model")
    monkeypatch.setattr(encoder_module, "parity", lambda *_: 0.5)
    monkeypatch.setattr(encoder_module, "choices", lambda _: ["another", "f32"])
    monkeypatch.setattr(engine_module, "properties", lambda *_: {})
    for _ in range(2):
        made = LocalEncoder(tmp_path / "model", name="a", parity_cache=tmp_path / "cache")
        assert made.runtime.precision == "f32"
        assert "0.5000" in made.runtime.notes[0]
    assert not list((tmp_path / "cache").glob("*.json"))


def test_a_prefix_is_no_reason_to_leave_a_precision(tmp_path):
    write_model(tmp_path / "model", pooling="cls")
    plain = LocalEncoder(tmp_path / "model", name="random")
    prefixed = LocalEncoder(tmp_path / "model", name="random", prefix="w7 w8: ")
    assert prefixed.runtime.precision == plain.runtime.precision
    assert prefixed.runtime.notes == ()
    if plain.runtime.precision != "f32":
        assert prefixed.runtime.parity > 0.999


def test_prefix_stands_before_each_text(tmp_path):
    write_model(tmp_path / "model", prompts={"query": "w7 "})
    plain = LocalEncoder(tmp_path / "model", name="a", precision="f32")
    query = LocalEncoder(tmp_path / "model", name="a", precision="f32", prefix="query")
    literal = LocalEncoder(tmp_path / "model", name="a", precision="f32", prefix="w7 ")
    expected = plain.encode(["w7 w1", "w7 w2"]).vectors
    np.testing.assert_allclose(query.encode(["w1", "w2"]).vectors, expected, atol=1e-6)
    assert query.identity.prefix == "w7 "
    assert query.identity.digest == literal.identity.digest != plain.identity.digest


@pytest.mark.parametrize("family", ["bert", "roberta", "distilbert"])
def test_parts_of_a_vector_add_up_to_it(tmp_path, family):
    weights = write_model(tmp_path / "model", family=family)
    encoder = LocalEncoder(tmp_path / "model", name="random", precision="f32", prefix="w3 ")
    texts = ["w1 w2", "", "w4 nothing w5 w6"]
    for text, split in zip(texts, encoder.token_parts(texts), strict=True):
        ids = tokenizer().encode("w3 " + text).ids
        assert len(split.parts) == len(split.places) == len(ids)
        vector = expected_vector(weights, ids, family=family)
        np.testing.assert_allclose(split.parts.sum(axis=0), vector, atol=2e-5)
    places = encoder.token_parts(["w1 w2"])[0].places.tolist()
    assert places == [[0, 0], [0, 0], [0, 2], [3, 5], [0, 0]]  # [CLS], the prefix, …, [SEP]


def test_cls_pooling_has_no_parts(tmp_path):
    write_model(tmp_path / "model", pooling="cls")
    assert LocalEncoder(tmp_path / "model", name="random").token_parts(["w1"]) is None
