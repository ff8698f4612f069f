import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kstest

from likewise.encoders import load
from likewise.similarity import background
from likewise.similarity.background import general_english
from likewise.similarity.percentiles import measure
from tests.similarity.conftest import WordEncoder

HELD_OUT = Path(__file__).with_name("held_out.txt")


def cache_file(encoder: WordEncoder, own) -> Path:
    return background.KEPT.file(encoder.identity, own)


def test_the_sentences_are_varied():
    topics, sentences = background.topics_and_sentences()
    assert set(Counter(topics).values()) == {10}
    assert len(set(topics)) >= 40
    assert len(set(sentences)) == len(sentences) == 420
    lengths = [len(sentence.split()) for sentence in sentences]
    assert min(lengths) <= 4
    assert max(lengths) >= 25
    assert all(sentence == sentence.strip() and sentence.isprintable() for sentence in sentences)


def test_the_scale_is_shipped_for_minilm():
    shipped = background.loads(background._read(background.SHIPPED), load("minilm").identity)
    assert shipped is not None, "run python -m likewise.similarity.background"
    made = background.make(load("minilm"))
    assert shipped.pairs == made.pairs == 86_100
    # precisions differ by a little; the highest of 86,100 pairs is one pair
    np.testing.assert_allclose(
        shipped.quantiles, made.quantiles, atol=4e-3,
        err_msg="run python -m likewise.similarity.background",
    )  # fmt: skip


def test_held_out_unrelated_pairs_are_nearly_uniform(own):
    lines = [line.split("\t") for line in HELD_OUT.read_text("utf-8").splitlines()]
    topics, sentences = zip(*lines, strict=True)
    assert len(set(topics)) >= 30
    assert not set(sentences) & set(background.topics_and_sentences()[1])
    minilm = load("minilm")
    held_out = measure("held out", minilm.encode(sentences).vectors, topics, minilm.identity)
    percentiles = general_english(minilm, own).percentiles(held_out.quantiles, minilm.identity)
    levels = np.linspace(0, 99, 100)
    uniform = np.interp(levels, background.LEVELS, percentiles) / 100
    assert kstest(uniform, "uniform").statistic < 0.10


def test_a_made_scale_is_kept_for_the_next_process(words, own):
    made = general_english(words, own)
    assert words.encoded == 420
    background.KEPT.in_memory.clear()
    kept = general_english(words, own)
    assert words.encoded == 420
    np.testing.assert_allclose(kept.quantiles, made.quantiles, atol=1e-5)
    assert [file.name for file in cache_file(words, own).parent.iterdir()] == [
        cache_file(words, own).name
    ]


def test_each_encoder_has_its_own(own):
    first, second = WordEncoder("1"), WordEncoder("2")
    assert general_english(first, own).digest != general_english(second, own).digest
    assert cache_file(first, own) != cache_file(second, own)
    assert general_english(first, own).digest == first.identity.digest


def broken_files():
    whole = {
        "name": "general English",
        "pairs": 3,
        "digest": WordEncoder().identity.digest,
        "sentences": background.sentences_digest(),
        "quantiles": np.linspace(-1, 1, len(background.LEVELS)).tolist(),
    }
    yield "whole", json.dumps(whole), True
    yield "empty", "", False
    yield "cut", json.dumps(whole)[:-20], False
    yield "not a table", "[1, 2]", False
    yield "other encoder", json.dumps({**whole, "digest": "0" * 64}), False
    yield "old sentences", json.dumps({**whole, "sentences": "0" * 64}), False
    yield "too few", json.dumps({**whole, "quantiles": [0.1, 0.2]}), False
    yield "falling", json.dumps({**whole, "quantiles": whole["quantiles"][::-1]}), False
    yield "not numbers", json.dumps({**whole, "quantiles": ["x"] * 596}), False
    yield "NaN", json.dumps({**whole, "quantiles": [float("nan")] * 596}), False
    yield "missing field", json.dumps({"quantiles": whole["quantiles"]}), False


@pytest.mark.parametrize(("text", "good"), [pytest.param(t, g, id=i) for i, t, g in broken_files()])
def test_a_broken_file_is_remade(words, text, good, own):
    cache_file(words, own).parent.mkdir(parents=True)
    cache_file(words, own).write_text(text, "utf-8")
    scale = general_english(words, own)
    assert words.encoded == (0 if good else 420)
    if not good:
        assert scale.pairs == 86_100
        assert (
            background.loads(cache_file(words, own).read_text("utf-8"), words.identity) is not None
        )


def test_bytes_that_are_no_text_are_remade(words, own):
    cache_file(words, own).parent.mkdir(parents=True)
    cache_file(words, own).write_bytes(b"\xff\xfe\x00")
    assert general_english(words, own).pairs == 86_100


def test_a_cache_that_cannot_be_written_does_no_harm(words, tmp_path, own):
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert general_english(words, own).pairs == 86_100
