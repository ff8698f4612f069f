"""POST /api/compare and GET /api/encoders."""

import base64

import numpy as np
import pytest

from likewise.encoders.sha256 import Sha256Encoder
from likewise.server.workbench.schemas import CompareAnswer, EncodersAnswer
from likewise.similarity.compare import compare
from tests.http.serving import check_envelope

TEXTS = ["I love cats.", "I love cats.", "Felines are adorable.", "cat - concatenate files"]


def ask(client, body, **kwargs):
    return client.post("/api/compare", json=body, **kwargs)


def test_an_answer_is_what_the_library_says(client):
    answer = ask(client, {"texts": TEXTS})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    expected = compare(TEXTS, Sha256Encoder()).to_dict()
    expected["runtime"]["notes"] = list(expected["runtime"]["notes"])
    assert answer.json() == expected
    assert answer.json()["best"] == [1]
    assert answer.json()["matrix"][0][1] == 1.0


def test_the_answer_is_as_openapi_says(client):
    CompareAnswer.model_validate_json(ask(client, {"texts": TEXTS}).content, strict=True)
    EncodersAnswer.model_validate_json(client.get("/api/encoders").content, strict=True)


def test_embeddings_are_little_endian_float32(client):
    texts = ask(client, {"texts": TEXTS}).json()["texts"]
    vectors = np.stack([np.frombuffer(base64.b64decode(t["embedding"]), "<f4") for t in texts])
    assert np.array_equal(vectors, Sha256Encoder().encode(TEXTS).vectors)


def test_previous_points_turn_the_picture(client):
    points = [text["point"] for text in ask(client, {"texts": TEXTS[1:]}).json()["texts"]]
    turned = [[-y, x] for x, y in points]
    answer = ask(client, {"texts": TEXTS[1:], "previous": turned}).json()
    assert np.allclose([text["point"] for text in answer["texts"]], turned, atol=1e-5)


def test_one_text_and_a_hundred(client):
    one = ask(client, {"texts": ["alone"]}).json()
    assert (one["best"], one["matrix"], one["texts"][0]["nearest"]) == ([], [[1.0]], None)
    hundred = ask(client, {"texts": [f"text {n}" for n in range(100)]}).json()
    assert len(hundred["texts"]) == len(hundred["matrix"]) == len(hundred["matrix"][99]) == 100


@pytest.mark.parametrize(
    "text",
    [
        "a\0b",
        "\u202eright to left \u05e9\u05dc\u05d5\u05dd",
        "👩‍👩‍👧‍👦",
        "e\u0301",
        "\x07\x1b[31m",
        "[CLS] <s>",
    ],
    ids=["nul", "bidi", "zwj", "nfd", "control", "special"],
)
def test_odd_texts_are_texts_and_come_back_as_they_were(client, text):
    answer = ask(client, {"texts": [text, "plain"]})
    assert answer.status_code == 200
    assert answer.json()["texts"][0]["text"] == text


def test_a_long_text_is_answered(client):
    answer = ask(client, {"texts": ["long " * 200_000, "short"]})
    assert answer.status_code == 200
    assert answer.json()["texts"][0]["tokens"] == 1_000_000


def test_encoders_are_listed_with_identity_once_loaded(client):
    answer = client.get("/api/encoders").json()
    assert answer["default"] == "sha256"
    assert [encoder["name"] for encoder in answer["encoders"]] == ["sha256", "minilm"]
    sha256, minilm = answer["encoders"]
    assert sha256["ready"]
    assert sha256["identity"]["digest"] == Sha256Encoder.identity.digest
    assert sha256["runtime"]["precision"] == "exact"
    assert (minilm["ready"], minilm["identity"], minilm["runtime"]) == (False, None, None)


JSON = {"content-type": "application/json"}

BODIES = [
    ("empty", b"", "invalid_json", None),
    ("cut", b'{"texts":', "invalid_json", None),
    ("trailing", b'{"texts":["a"]} x', "invalid_json", None),
    ("null", b"null", "invalid_type", None),
    ("array", b"[]", "invalid_type", None),
    ("string", b'"a"', "invalid_type", None),
    ("bad utf-8", b'{"texts":["\xff\xfe"]}', "invalid_json", None),
    ("utf-16", '{"texts":["a"]}'.encode("utf-16"), "invalid_json", None),
    ("bom", b'\xef\xbb\xbf{"texts":["a"]}', "invalid_json", None),
    ("raw surrogate", b'{"texts":["\xed\xa0\x80"]}', "invalid_json", None),
    ("surrogate", rb'{"texts":["\ud800"]}', "invalid_json", None),
    ("surrogate key", rb'{"\ud800":1}', "invalid_json", None),
    ("nan", b'{"texts":["a"],"previous":[[NaN,0]]}', "invalid_json", None),
    ("infinite", b'{"texts":["a"],"previous":[[1e400,0]]}', "invalid_json", None),
    ("nested", b"[" * 100_000, "invalid_json", None),
    ("no texts", b"{}", "missing_required_parameter", "texts"),
    ("texts null", b'{"texts":null}', "invalid_type", "texts"),
    ("texts string", b'{"texts":"a"}', "invalid_type", "texts"),
    ("number", b'{"texts":["a",1]}', "invalid_type", "texts[1]"),
    ("true", b'{"texts":["a",true]}', "invalid_type", "texts[1]"),
    ("unknown", b'{"texts":["a"],"text":1}', "unknown_parameter", "text"),
    ("encoder type", b'{"texts":["a"],"encoder":5}', "invalid_type", "encoder"),
    ("far point", b'{"texts":["a"],"previous":[[1e300,0]]}', "invalid_type", "previous[0][0]"),
    ("point text", b'{"texts":["a"],"previous":[["1",0]]}', "invalid_type", "previous[0][0]"),
    ("long point", b'{"texts":["a"],"previous":[[0,0,0]]}', "invalid_type", "previous[0]"),
]


@pytest.mark.parametrize(
    ("body", "code", "param"), [case[1:] for case in BODIES], ids=[case[0] for case in BODIES]
)
def test_a_body_that_does_not_fit_gets_the_envelope(client, body, code, param):
    check_envelope(client.post("/api/compare", content=body, headers=JSON), 400, code, param)


def test_no_texts_and_too_many(client):
    check_envelope(ask(client, {"texts": []}), 400, "too_few_texts", "texts")
    error = check_envelope(ask(client, {"texts": ["a"] * 101}), 413, "too_many_texts", "texts")
    assert "101 texts" in error["problem"]


def test_a_blank_text_is_refused(client):
    error = check_envelope(ask(client, {"texts": ["a", " "]}), 400, "invalid_text", "texts[1]")
    assert "2" in error["problem"]


def test_points_must_be_as_many_as_texts(client):
    answer = ask(client, {"texts": ["a", "b"], "previous": [[0, 0]]})
    check_envelope(answer, 400, "invalid_option", "previous")


@pytest.mark.parametrize("name", ["nothing", "../../etc/passwd", "/", "a" * 10_000, "\0"])
def test_only_offered_encoders_can_be_named(client, name):
    answer = ask(client, {"texts": ["a"], "encoder": name})
    check_envelope(answer, 404, "model_not_found", "encoder")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
    ids=["none", "plain", "form", "gzip"],
)
def test_only_plain_json_is_read(client, headers):
    answer = client.post("/api/compare", content=b'{"texts":["a"]}', headers=headers)
    check_envelope(answer, 415, "unsupported_media_type")


def test_a_charset_is_allowed(client):
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    answer = client.post("/api/compare", content=b'{"texts":["a"]}', headers=headers)
    assert answer.status_code == 200


def test_the_last_of_two_equal_keys_counts(client):
    answer = client.post("/api/compare", content=b'{"texts":["a"],"texts":["b"]}', headers=JSON)
    assert [text["text"] for text in answer.json()["texts"]] == ["b"]
