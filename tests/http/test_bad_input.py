"""The catalogue of bad input to /v1/embeddings; each row has the number that it has there.

Rows about the connection (41 to 43), keys (54), rates and load (58 to 60) are in
`test_slow_clients.py`, `test_clients.py`, `test_rates.py` and `test_load.py`.
"""

import gzip
import json
import threading

import httpx
import numpy as np
import pytest

from likewise.encoders.sha256 import Sha256Encoder
from likewise.server.app import create_app
from likewise.server.http import body as bodies
from tests.http.serving import WordEncoder, check_envelope, make_settings, serving

JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """A server whose model takes 8,192 words, and whose `sha256` can be shortened."""
    settings = make_settings(
        tmp_path_factory.mktemp("words"), encoders=("sha256",), matryoshka=("sha256",)
    )
    app = create_app(settings, WordEncoder())
    with serving(app) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def raw(client, body, headers=JSON):
    return client.post("/v1/embeddings", content=body, headers=headers)


def ask(client, **fields):
    return client.post("/v1/embeddings", json={"model": "words", "input": "a text", **fields})


ROWS = [
    (1, b"", "invalid_json", None),
    (2, b'{"model":', "invalid_json", None),
    (3, b'{"model":"words","input":"a"} x', "invalid_json", None),
    (4, b"null", "invalid_type", None),
    (4, b"[]", "invalid_type", None),
    (4, b'"a"', "invalid_type", None),
    (5, b'{"model":"words","input":"\xff\xfe"}', "invalid_json", None),
    (6, '{"model":"words","input":"a"}'.encode("utf-16"), "invalid_json", None),
    (6, '{"model":"words","input":"a"}'.encode("utf-16-le"), "invalid_json", None),
    (7, b'\xef\xbb\xbf{"model":"words","input":"a"}', "invalid_json", None),
    (8, b'{"model":"words","input":"\xed\xa0\x80"}', "invalid_json", None),
    (9, rb'{"model":"words","input":"\ud800"}', "invalid_json", None),
    (10, rb'{"model":"\ud800","input":"a"}', "invalid_json", None),
    (11, b'{"model":"words","input":"a","dimensions":NaN}', "invalid_json", None),
    (12, b'{"model":"words","input":"a","dimensions":1e400}', "invalid_json", None),
    (13, b"[" * 100_000, "invalid_json", None),
    (13, b'{"model":"words","input":' + b"[" * 100_000, "invalid_json", None),
    (14, b'{"model":"words","input":[' + b"9" * 5_000 + b"]}", "invalid_json", None),
    (18, b'{"input":"a"}', "missing_required_parameter", "model"),
    (19, b'{"model":"","input":"a"}', "invalid_type", "model"),
    (19, b'{"model":5,"input":"a"}', "invalid_type", "model"),
    (22, b'{"model":"words"}', "missing_required_parameter", "input"),
    (22, b'{"model":"words","input":null}', "invalid_type", "input"),
    (23, b'{"model":"words","input":""}', None, "input"),
    (26, b'{"model":"words","input":[]}', None, "input"),
    (27, b'{"model":"words","input":[[]]}', "invalid_type", "input[0]"),
    (28, b'{"model":"words","input":["a",1]}', "invalid_type", "input[1]"),
    (29, b'{"model":"words","input":["1",2]}', "invalid_type", "input[1]"),
    (30, b'{"model":"words","input":[true,false]}', "invalid_type", "input[0]"),
    (31, b'{"model":"words","input":[1.0,2.0]}', "invalid_type", "input[0]"),
    (32, b'{"model":"words","input":[-1]}', "invalid_type", "input[0]"),
    (32, b'{"model":"words","input":[' + str(2**70).encode() + b"]}", "invalid_type", "input[0]"),
    (32, b'{"model":"words","input":[[1,-1]]}', "invalid_type", "input[0]"),
    (33, b'{"model":"words","input":[15339,1917]}', "token_input_unsupported", "input"),
    (33, b'{"model":"words","input":[[15339,1917],[65]]}', "token_input_unsupported", "input"),
    (44, b'{"model":"sha256","input":"a","dimensions":0}', "invalid_type", "dimensions"),
    (44, b'{"model":"sha256","input":"a","dimensions":-1}', "invalid_type", "dimensions"),
    (44, b'{"model":"sha256","input":"a","dimensions":"12"}', "invalid_type", "dimensions"),
    (44, b'{"model":"sha256","input":"a","dimensions":true}', "invalid_type", "dimensions"),
    (44, b'{"model":"sha256","input":"a","dimensions":1.5}', "invalid_type", "dimensions"),
    (45, b'{"model":"sha256","input":"a","dimensions":257}', None, "dimensions"),
    (46, b'{"model":"words","input":"a","dimensions":128}', None, "dimensions"),
    (47, b'{"model":"words","input":"a","encoding_format":"hex"}', "invalid_type", None),
    (49, b'{"model":"words","input":"a","user":{}}', "invalid_type", "user"),
    (50, b'{"model":"words","input":"a","inputs":"b"}', "unknown_parameter", "inputs"),
    (65, b'{"model":"words","input":"a","base_url":"http://x"}', "unknown_parameter", "base_url"),
]


@pytest.mark.parametrize(
    ("body", "code", "param"), [row[1:] for row in ROWS], ids=[f"row{row[0]}" for row in ROWS]
)
def test_answer_400(words, body, code, param):
    if b"encoding_format" in body:
        param = "encoding_format"
    check_envelope(raw(words, body), 400, code, param)


def test_row_9_and_10_escaped_surrogate_pairs_are_characters(words):
    assert raw(words, rb'{"model":"words","input":"\ud83d\ude00"}').status_code == 200


def test_row_15_the_last_of_two_equal_keys_counts(words):
    answer = raw(words, b'{"model":"words","input":"one two three","input":"four"}')
    assert answer.json()["usage"]["prompt_tokens"] == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
    ],
    ids=["row16", "row16", "row17", "row17"],
)
def test_row_16_and_17_other_media_types(words, headers):
    answer = raw(words, b'{"model":"words","input":"a"}', headers)
    check_envelope(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("name", ["gpt-4", "../../etc/passwd", "/etc", "https://x", "w" * 100_000])
def test_row_20_and_21_unknown_models(words, name):
    check_envelope(ask(words, model=name), 404, "model_not_found", "model")


def test_row_24_the_empty_string_is_named(words):
    error = check_envelope(ask(words, input=["a", ""]), 400, None, "input")
    assert "index 1" in error["message"]
    assert "'$.input' is invalid" in error["message"]


def test_row_25_blank_is_a_text(words):
    assert ask(words, input="   ").status_code == 200


def test_row_34_how_many_strings(words):
    answer = ask(words, input=[f"t{n}" for n in range(2_048)])
    assert answer.status_code == 200
    assert [item["index"] for item in answer.json()["data"]] == list(range(2_048))
    error = check_envelope(ask(words, input=["a"] * 2_049), 400, None, "input")
    assert "2,049" in error["problem"]


def test_row_35_how_many_tokens_in_a_text(words):
    answer = ask(words, input="w " * 8_192)
    assert answer.status_code == 200
    assert answer.json()["usage"] == {"prompt_tokens": 8_192, "total_tokens": 8_192}
    error = check_envelope(ask(words, input=["a", "w " * 8_193]), 400, None, "input")
    assert error["message"].startswith(
        "This model's maximum context length is 8192 tokens, however you requested 8193 tokens"
    )
    assert "input[1]" in error["message"]


def test_row_36_how_many_tokens_in_a_request(words):
    most = ["w " * 8_000] * 37 + ["w " * 4_000]
    answer = ask(words, input=most)
    assert answer.json()["usage"]["total_tokens"] == 300_000
    refused = ask(words, input=[*most, "w"])
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert (error["type"], error["code"]) == ("max_tokens_per_request",) * 2
    assert "300,001" in error["problem"]


def test_row_37_a_long_word_is_refused_before_it_is_tokenised(tmp_path):
    encoder = WordEncoder(max_tokens=256)
    counted = []
    count = encoder.count_tokens
    encoder.count_tokens = lambda texts: counted.extend(map(len, texts)) or count(texts)
    with serving(create_app(make_settings(tmp_path), encoder)) as url:
        body = {"model": "words", "input": "w" * 1_000_000}
        answer = httpx.post(f"{url}/v1/embeddings", json=body, timeout=10)
    error = check_envelope(answer, 400, None, "input")
    assert "1,000,000 characters" in error["message"]
    assert max(counted, default=0) < 1_000  # only what the page opens with


def test_row_38_a_body_over_the_limit(words):
    check_envelope(ask(words, input="a" * 5_000_000), 413, "body_too_large")


def test_row_39_a_chunked_body_over_the_limit(words):
    answer = raw(words, (b" " * 100_000 for _ in range(100)))
    check_envelope(answer, 413, "body_too_large")


def test_row_40_a_compressed_body(words):
    bomb = gzip.compress(b" " * 100_000_000)
    answer = raw(words, bomb, {**JSON, "content-encoding": "gzip"})
    check_envelope(answer, 415, "unsupported_media_type")


def test_row_45_and_46_dimensions_where_the_model_allows_them(words):
    whole = ask(words, model="sha256", input="a").json()["data"][0]["embedding"]
    answer = ask(words, model="sha256", input="a", dimensions=8)
    short = np.array(answer.json()["data"][0]["embedding"], np.float32)
    expected = np.array(whole[:8], np.float32)
    assert np.allclose(short, expected / np.linalg.norm(expected), atol=1e-7)
    assert answer.headers["x-likewise-digest"] != Sha256Encoder.identity.digest
    assert ask(words, model="words", dimensions=256).status_code == 200
    error = ask(words, model="words", dimensions=128).json()["error"]
    assert "does not support specifying dimensions" in error["message"]


def test_row_48_null_is_the_default(words):
    answer = ask(words, encoding_format=None, dimensions=None, user=None)
    assert answer.status_code == 200
    assert isinstance(answer.json()["data"][0]["embedding"][0], float)


@pytest.mark.parametrize(
    "text",
    ["a\0b", "👩‍👩‍👧‍👦", "שלום", "[CLS] [SEP] <s>", "\x1b[2J"],
    ids=["row51", "row52", "row52", "row53", "control"],
)
def test_row_51_to_53_odd_texts(words, text):
    answer = ask(words, model="sha256", input=text)
    vector = answer.json()["data"][0]["embedding"]
    expected = Sha256Encoder().encode([text]).vectors[0]
    assert np.array_equal(np.array(vector, np.float32), expected)


def test_row_52_normal_forms_are_different_texts(words):
    composed, decomposed = ask(words, model="sha256", input=["é", "e\u0301"]).json()["data"]
    assert composed["embedding"] != decomposed["embedding"]
    again = ask(words, model="sha256", input="e\u0301").json()["data"][0]
    assert again["embedding"] == decomposed["embedding"]


@pytest.mark.parametrize("host", ["evil.com", "localhost.evil.com", "127.1", ""])
def test_row_55_other_hosts(words, host):
    answer = raw(words, b'{"model":"words","input":"a"}', {**JSON, "host": host})
    check_envelope(answer, 400, "host_not_allowed")


def test_row_56_no_cors(words):
    headers = {"origin": "https://evil.com", "access-control-request-method": "POST"}
    answer = words.options("/v1/embeddings", headers=headers)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_row_57_other_methods(words):
    answer = words.get("/v1/embeddings")
    check_envelope(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


def test_no_error_repeats_what_was_sent(words):
    secret = "canary" * 20_000
    for body in (
        {"model": "words", "input": secret, "x": secret},
        {"model": secret, "input": secret},
        {"model": "words", "input": [secret, 1]},
        {"model": "words", "input": "a", secret: 1},
        {"model": "words", "input": "a", "encoding_format": secret},
        {"model": "words", "input": {secret: secret}},
    ):
        answer = words.post("/v1/embeddings", json=body)
        assert 400 <= answer.status_code < 500
        assert len(answer.content) < 1_000, json.dumps(body)[:60]


def test_large_bodies_are_parsed_one_at_a_time_beside_the_event_loop(words, monkeypatch):
    parsed = []

    def noted(raw, model):
        parsed.append((len(raw), threading.current_thread().name))
        return parse(raw, model)

    parse = bodies.parse
    monkeypatch.setattr(bodies, "parse", noted)
    assert ask(words, input="small").status_code == 200
    assert ask(words, input=["large " * 6_000] * 4).status_code == 200
    check_envelope(raw(words, b"[" * 200_000), 400, "invalid_json")
    [small, *large] = parsed
    assert not small[1].startswith("large requests")
    assert [name for _, name in large] == ["large requests 1"] * 2
