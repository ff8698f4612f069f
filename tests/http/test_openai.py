"""/v1 as OpenAI's clients expect it."""

import base64
import re
from urllib.parse import unquote

import httpx
import numpy as np
import pytest

import likewise
from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import LikewiseError
from likewise.server.app import create_app
from likewise.server.openai.schemas import EmbeddingsAnswer, ModelsAnswer
from tests.encoders.models import write_model
from tests.http.serving import WordEncoder, check_envelope, make_settings, serving, wait_until_ready

TEXTS = ["one", "two words", "three words here"]


@pytest.fixture(scope="module")
def words():
    return WordEncoder(max_tokens=10)


@pytest.fixture(scope="module")
def v1(tmp_path_factory, words):
    settings = make_settings(
        tmp_path_factory.mktemp("v1"), encoders=("sha256",), aliases={"text-embedding-x": "words"}
    )
    with (
        serving(create_app(settings, words)) as url,
        httpx.Client(base_url=f"{url}/v1", timeout=30) as client,
    ):
        yield client


def ask(client, **fields):
    return client.post("/embeddings", json={"model": "words", "input": TEXTS, **fields})


def vectors_of(answer):
    return np.array([item["embedding"] for item in answer.json()["data"]], np.float32)


def test_an_encoder_may_have_a_name_in_any_script(tmp_path):
    encoder = WordEncoder(name="~/модель 1")
    with serving(create_app(make_settings(tmp_path), encoder)) as url:
        body = {"model": "~/модель 1", "input": "a"}
        answer = httpx.post(f"{url}/v1/embeddings", json=body)
    assert answer.status_code == 200
    assert answer.json()["model"] == "~/модель 1"
    assert unquote(answer.headers["x-likewise-encoder"]) == "~/модель 1"
    assert answer.headers["x-likewise-encoder"].startswith("~/%D0%BC")


def test_the_answer(v1, words):
    answer = ask(v1)
    assert answer.status_code == 200
    body = answer.json()
    assert list(body) == ["object", "data", "model", "usage"]
    assert body["object"] == "list"
    assert body["model"] == "words"
    assert body["usage"] == {"prompt_tokens": 6, "total_tokens": 6}
    assert [item["index"] for item in body["data"]] == [0, 1, 2]
    assert {item["object"] for item in body["data"]} == {"embedding"}
    assert np.array_equal(vectors_of(answer), words.encode(TEXTS).vectors)


def test_a_single_string(v1, words):
    answer = ask(v1, input="two words")
    assert np.array_equal(vectors_of(answer), words.encode(["two words"]).vectors)


def test_base64_is_little_endian_float32_bit_for_bit(v1, words):
    answer = ask(v1, encoding_format="base64")
    rows = [base64.b64decode(item["embedding"], validate=True) for item in answer.json()["data"]]
    assert [np.frombuffer(row, "<f4").tolist() for row in rows] == words.encode(
        TEXTS
    ).vectors.tolist()


def test_float_and_base64_are_the_same_numbers(v1):
    floats = vectors_of(ask(v1, model="sha256", encoding_format="float"))
    packed = ask(v1, model="sha256", encoding_format="base64").json()["data"]
    rows = [np.frombuffer(base64.b64decode(item["embedding"]), "<f4") for item in packed]
    assert np.array_equal(floats, np.stack(rows))


def test_the_answer_is_as_openapi_says(v1):
    for form in ("float", "base64"):
        EmbeddingsAnswer.model_validate_json(ask(v1, encoding_format=form).content, strict=True)
    ModelsAnswer.model_validate_json(v1.get("/models").content, strict=True)


def test_repeated_texts_are_encoded_once(v1, words):
    words.asked.clear()
    first = ask(v1, input=["fresh", "again", "fresh"])
    second = ask(v1, input=["again", "fresh"])
    assert words.asked == [["fresh", "again"]]
    assert np.array_equal(vectors_of(first)[[1, 0]], vectors_of(second))
    assert np.array_equal(vectors_of(first)[0], vectors_of(first)[2])
    assert second.json()["usage"]["total_tokens"] == 2


def test_headers_say_who_answered(v1, words):
    answer = ask(v1)
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
    assert ask(v1).headers["x-request-id"] != answer.headers["x-request-id"]
    assert int(answer.headers["openai-processing-ms"]) >= 0
    assert answer.headers["x-likewise-encoder"] == "words"
    assert answer.headers["x-likewise-digest"] == words.identity.digest
    assert answer.headers["x-likewise-precision"] == "exact"
    assert "x-likewise-truncated" not in answer.headers
    assert re.fullmatch("[0-9a-f]{32}", ask(v1, input=[]).headers["x-request-id"])


def test_an_alias_answers_with_the_true_name(v1):
    answer = ask(v1, model="text-embedding-x")
    assert answer.status_code == 200
    assert answer.json()["model"] == "words"


LONG = "w " * 11


def test_too_long_is_an_error_unless_truncation_is_asked_for(v1, words):
    check_envelope(ask(v1, input=["short", LONG]), 400, None, "input")
    answer = ask(v1, input=["short", LONG, "other", "v " * 50], truncate=True)
    assert answer.status_code == 200
    assert answer.headers["x-likewise-truncated"] == "1,3"
    assert answer.json()["usage"]["total_tokens"] == 1 + 10 + 1 + 10
    assert np.array_equal(vectors_of(answer)[1], words.encode(["w " * 10]).vectors[0])


def test_a_cut_text_in_the_cache_is_still_an_error_without_truncation(v1):
    assert ask(v1, input=LONG, truncate=True).headers["x-likewise-truncated"] == "0"
    check_envelope(ask(v1, input=LONG), 400, None, "input")
    assert ask(v1, input=LONG, truncate=True).headers["x-likewise-truncated"] == "0"
    check_envelope(ask(v1, input=LONG, truncate=False), 400, None, "input")


def test_many_cut_texts_do_not_make_a_long_header(v1):
    answer = ask(v1, input=[f"{n} " * 11 for n in range(500)], truncate=True)
    header = answer.headers["x-likewise-truncated"]
    assert header.startswith("0,1,2,")
    assert header.endswith(",99,...")


def test_models(v1, words):
    body = v1.get("/models").json()
    assert body["object"] == "list"
    assert [model["id"] for model in body["data"]] == ["words", "sha256"]
    model = body["data"][0]
    assert model["object"] == "model"
    assert model["owned_by"] == "likewise"
    assert model["created"] > 1_700_000_000
    assert model["likewise"]["identity"]["digest"] == words.identity.digest
    assert model["likewise"]["identity"]["max_tokens"] == 10
    assert model["likewise"]["runtime"]["precision"] == "exact"
    assert v1.get("/models/words").json() == model
    check_envelope(v1.get("/models/none/such"), 404, "model_not_found", "model")
    check_envelope(v1.get("/models/../x"), 404, "not_found")


def test_ready_and_health(tmp_path):
    class Missing(WordEncoder):
        pass

    settings = make_settings(tmp_path, encoder="no/such-model", encoders=())
    with serving(create_app(settings)) as url:
        assert httpx.get(f"{url}/health").json()["status"] == "ok"
        while "not loaded yet" in (answer := httpx.get(f"{url}/ready")).text:
            check_envelope(answer, 503, "server_overloaded")
            assert answer.headers["retry-after"] == "1"
        check_envelope(answer, answer.status_code, answer.json()["error"]["code"])
        assert "no/such-model" in answer.text
        asked = httpx.post(f"{url}/v1/embeddings", json={"model": "no/such-model", "input": "a"})
        assert asked.status_code == 503
    with serving(create_app(make_settings(tmp_path), Missing())) as url:
        wait_until_ready(url)
        assert httpx.get(f"{url}/ready").json()["status"] == "ready"


def test_defective_vectors_never_leave(tmp_path):
    class Defective(WordEncoder):
        def encode(self, texts, *, progress=None):
            encoding = super().encode(texts, progress=progress)
            for index, text in enumerate(texts):
                if text in {"nan", "zero", "long"}:
                    encoding.vectors[index] = {"nan": np.nan, "zero": 0, "long": 1}[text]
            return encoding

    with serving(create_app(make_settings(tmp_path), Defective())) as url:
        for text in ("nan", "zero", "long"):
            for _ in range(2):  # nor is it remembered
                body = {"model": "words", "input": ["fine", text]}
                answer = httpx.post(f"{url}/v1/embeddings", json=body)
                error = check_envelope(answer, 422, "text_not_encoded", "input[1]")
                assert error["problem"].startswith("input[1]: words gives no vector for this text")
                assert answer.headers["x-should-retry"] == "false"
                answer = httpx.post(f"{url}/v1/embeddings", json=body | {"input": text})
                check_envelope(answer, 422, "text_not_encoded", "input")
        fine = httpx.post(f"{url}/v1/embeddings", json={"model": "words", "input": "fine"})
        assert fine.status_code == 200


def test_an_encoder_that_fails_does_not_fail_later_requests(tmp_path):
    class Fails(WordEncoder):
        def encode(self, texts, *, progress=None):
            if "break" in texts:
                raise LikewiseError("It broke.", "Mend it.")
            if "crash" in texts:
                raise RuntimeError("canary")
            return super().encode(texts, progress=progress)

    with serving(create_app(make_settings(tmp_path), Fails())) as url:
        for text, code in (("break", "internal_error"), ("crash", "internal_error")):
            answer = httpx.post(f"{url}/v1/embeddings", json={"model": "words", "input": text})
            assert "canary" not in check_envelope(answer, 500, code)["message"]
        fine = httpx.post(f"{url}/v1/embeddings", json={"model": "words", "input": "fine"})
        assert fine.status_code == 200


def test_minilm_over_the_wire_is_minilm(tmp_path):
    import likewise

    settings = make_settings(tmp_path, encoder="minilm")
    texts = ["A short one.", "A cat sleeps for around fifteen hours a day.", "word " * 254]
    with serving(create_app(settings)) as url:
        body = {"model": "minilm", "input": texts}
        answer = httpx.post(f"{url}/v1/embeddings", json=body, timeout=60)
        too_long = {"model": "minilm", "input": "word " * 255}
        check_envelope(httpx.post(f"{url}/v1/embeddings", json=too_long), 400, None, "input")
    expected = likewise.load("minilm").encode(texts)
    assert answer.json()["usage"]["total_tokens"] == expected.tokens.sum() == 6 + 12 + 256
    assert (vectors_of(answer) * expected.vectors).sum(axis=1).min() > 0.9999
    assert answer.headers["x-likewise-precision"] == likewise.load("minilm").runtime.precision
    assert Sha256Encoder.identity.digest != answer.headers["x-likewise-digest"]


def test_a_header_says_which_inputs_have_unknown_tokens(tmp_path):
    write_model(tmp_path / "tiny")
    encoder = likewise.load(str(tmp_path / "tiny"))
    settings = make_settings(tmp_path)
    with serving(create_app(settings, encoder)) as url:
        for _ in range(2):  # computed, then from memory
            body = {"model": encoder.identity.name, "input": ["w1", "🙂", "w2", "w1 hello"]}
            answer = httpx.post(f"{url}/v1/embeddings", json=body)
            assert answer.headers["x-likewise-unknown"] == "1,3"
        body["input"] = "w1"
        assert "x-likewise-unknown" not in httpx.post(f"{url}/v1/embeddings", json=body).headers
        body["input"] = ["🙂"] * 150
        listed = httpx.post(f"{url}/v1/embeddings", json=body).headers["x-likewise-unknown"]
        assert listed.split(",")[-2:] == ["99", "..."]


def test_an_encoder_that_gives_nothing_at_all_is_at_fault_itself(tmp_path):
    class Broken(WordEncoder):
        def encode(self, texts, *, progress=None):
            encoding = super().encode(texts, progress=progress)
            encoding.vectors[:] = np.nan
            return encoding

    with serving(create_app(make_settings(tmp_path), Broken())) as url:
        body = {"model": "words", "input": ["one", "two"]}
        answer = httpx.post(f"{url}/v1/embeddings", json=body)
        check_envelope(answer, 500, "defective_vectors")
