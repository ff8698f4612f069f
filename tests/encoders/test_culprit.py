"""An error about one text names it, through every layer; the others are not lost."""

import httpx
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import likewise
from likewise.encoders.base import BaseEncoder
from likewise.encoders.cached import CachedEncoder
from likewise.encoders.culprit import culprit
from likewise.encoders.sha256 import Sha256Encoder
from likewise.encoders.shortened import ShortenedEncoder
from likewise.encoders.vector_cache import VectorCache
from likewise.errors import DefectiveVectors, InvalidInput, InvalidText, TextNotEncoded
from likewise.server.app import create_app
from likewise.server.engine.retrying import RetryingEncoder
from likewise.settings import Settings
from tests.encoders.models import write_model
from tests.http.provider import error_reply, good, providing
from tests.http.serving import check_envelope, make_settings, serving

WORD = "embeddings.word_embeddings.weight"
GOOD = [f"w{n % 6} w{n % 5}" for n in range(40)]


@pytest.fixture
def broken(tmp_path):
    """A model to which the word w7 is not a number."""
    write_model(tmp_path / "model")
    weights = load_file(tmp_path / "model" / "model.safetensors")
    weights[WORD][7 + 4] = np.nan
    save_file(weights, tmp_path / "model" / "model.safetensors")
    return likewise.load(str(tmp_path / "model"))


@pytest.mark.parametrize("at", [0, 3, 39])
def test_the_text_is_named_and_the_same_for_every_wrapper(broken, tmp_path, at):
    texts = [*GOOD[:at], "w1 w7", *GOOD[at:], "w7"]
    for encoder in (
        broken,
        CachedEncoder(broken, VectorCache(tmp_path / "v.sqlite3")),
        ShortenedEncoder(broken, 8),
        RetryingEncoder(broken, lambda: None),
    ):
        with pytest.raises(DefectiveVectors) as caught:
            encoder.encode(texts)
        assert texts[caught.value.which] in {"w1 w7", "w7"}
        assert str(caught.value).startswith(f"Text {caught.value.which + 1}: ")


def test_a_spoilt_neighbour_is_computed_all_the_same(broken):
    # in one batch with it a text's holes may be filled from what is not a number
    expected = broken.encode(GOOD).vectors
    for number, text in enumerate(GOOD):
        with pytest.raises(DefectiveVectors) as caught:
            broken.encode([*GOOD[:number], "w7 w7 w7", text])
        assert caught.value.which == number
    np.testing.assert_allclose(broken.encode(GOOD).vectors, expected, atol=1e-6)


class Raising(BaseEncoder):
    """Fails at a word, and does not say at which text."""

    identity, runtime = Sha256Encoder.identity, Sha256Encoder.runtime
    count_tokens = Sha256Encoder.count_tokens

    def __init__(self, word: str) -> None:
        self.word = word
        self.asked = 0

    def encode(self, texts, *, progress=None):
        self.asked += 1
        if any(self.word in text for text in texts):
            raise DefectiveVectors("It failed.", "Mend it.")
        return Sha256Encoder().encode(texts, progress=progress)


@pytest.mark.parametrize("number", [1, 2, 7, 100, 1_000])
def test_it_is_found_by_halving(number):
    for at in {0, number // 2, number - 1}:
        encoder = Raising("bad")
        texts = [f"text {n}" for n in range(number)]
        texts[at] = "a bad one"
        found = culprit(encoder, texts, DefectiveVectors("It failed.", "Mend it."))
        assert isinstance(found, TextNotEncoded)
        assert found.which == at
        assert encoder.asked <= np.log2(number) + 4


def test_an_encoder_that_fails_at_everything_is_not_a_texts_fault():
    error = DefectiveVectors("It failed.", "Mend it.")
    assert culprit(Raising(""), ["one", "two"], error) is error


def test_one_that_fails_only_together_keeps_its_error():
    class Moody(Raising):
        def encode(self, texts, *, progress=None):
            if len(texts) > 1:
                raise DefectiveVectors("It failed.", "Mend it.")
            return Sha256Encoder().encode(texts)

    error = DefectiveVectors("It failed.", "Mend it.")
    assert culprit(Moody("x"), ["one", "two", "three"], error) is error


def test_over_http_the_input_is_named_and_others_are_answered(broken, tmp_path):
    settings = make_settings(tmp_path)
    with (
        serving(create_app(settings, broken), settings) as url,
        httpx.Client(base_url=url, timeout=30) as client,
    ):
        body = {"model": broken.identity.name, "input": ["w1", "w1", "w7", "w2"]}
        for _ in range(2):
            answer = client.post("/v1/embeddings", json=body)
            error = check_envelope(answer, 422, "text_not_encoded", "input[2]")
            assert "w7" not in error["message"]
        assert client.post("/v1/embeddings", json=body | {"input": ["w1", "w2"]}).status_code == 200
        compared = client.post("/api/compare", json={"texts": ["w1", "w2", "w7"]})
        check_envelope(compared, 422, "text_not_encoded", "texts[2]")


def test_at_a_provider_the_text_is_named(tmp_path):
    with providing() as provider:
        settings = Settings(cache=tmp_path / "cache", offline=False, remote_seconds=20)
        encoder = likewise.load(f"{provider.url}/model", settings=settings)
        encoder.encode(["known"])

        def refuse(asked):
            return error_reply(400) if "bad" in asked.body["input"] else good(asked)

        provider.then = refuse
        with pytest.raises(InvalidInput) as caught:
            encoder.encode(["known", "one", "known", "two", "bad", "three"])
        assert caught.value.which == 4
        with pytest.raises(InvalidText) as caught:
            encoder.encode(["known", "one", ""])
        assert caught.value.which == 2
        assert "providers do not embed" in caught.value.problem
