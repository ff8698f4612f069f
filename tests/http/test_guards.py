"""What stands before every route: hosts, sizes, headers, one shape for errors."""

import asyncio
import http.client
import json
import logging
import socket
from urllib.parse import urlsplit

import httpx
import orjson
import pytest
from pydantic import ValidationError

from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import InvalidJson, UnwritableFile
from likewise.server.app import create_app
from likewise.server.classify.predicting_schemas import PredictRequest
from likewise.server.contract import Routes
from likewise.server.http.body import parse
from likewise.server.openai.schemas import EmbeddingRequest
from likewise.server.workbench.schemas import CompareRequest
from tests.http.serving import check_envelope, connect, make_settings, serving, wait_until_ready
from tests.panics import PanicException


def test_health(client):
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert client.head("/health").status_code == 200


def test_unknown_paths_and_methods(client):
    check_envelope(client.get("/nothing"), 404, "not_found")
    check_envelope(client.get("/health/"), 404, "not_found")
    check_envelope(client.get("/docs"), 404, "not_found")
    wrong = client.get("/api/compare")
    check_envelope(wrong, 405, "method_not_allowed")
    assert wrong.headers["allow"] == "POST"
    check_envelope(client.post("/api/encoders"), 405, "method_not_allowed")
    check_envelope(client.patch("/api/compare"), 405, "method_not_allowed")
    check_envelope(client.request("BREW", "/api/compare"), 400, "invalid_request")


def test_headers_are_on_every_answer(client):
    for answer in (client.get("/"), client.get("/nothing"), client.get("/health")):
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "server" not in answer.headers


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST:99", "localhost:"])
def test_local_hosts_are_answered(client, host):
    assert client.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.com",
        "localhost.evil.com",
        "evil.com:localhost",
        "127.0.0.1.nip.io",
        "127.1",
        "",
        "localhost:80@evil.com",
        "x/health?",
        "::1",
        "[::1",
    ],
)
def test_other_hosts_are_refused(client, host):
    answer = client.get("/health", headers={"host": host})
    check_envelope(answer, 400, "host_not_allowed")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_two_host_headers_are_refused(server):
    where = urlsplit(server)
    with socket.create_connection((where.hostname, where.port), timeout=10) as raw:
        raw.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.com\r\n\r\n")
        assert b" 400 " in raw.recv(4096).split(b"\r\n")[0]


def test_no_cors_is_granted(client):
    answer = client.options(
        "/api/compare",
        headers={"origin": "https://evil.com", "access-control-request-method": "POST"},
    )
    check_envelope(answer, 405, "method_not_allowed")
    simple = client.get("/api/encoders", headers={"origin": "https://evil.com"})
    for headers in (answer.headers, simple.headers):
        assert not any(name.startswith("access-control") for name in headers)


def test_a_body_over_the_limit_is_refused(client):
    answer = client.post("/api/compare", json={"texts": ["a" * 5_000_000]})
    error = check_envelope(answer, 413, "body_too_large")
    assert "4,000,000 bytes" in error["problem"]


def test_a_declared_length_over_the_limit_is_refused_unread(server):
    where = urlsplit(server)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=10)
    connection.putrequest("POST", "/api/compare")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", "1000000000")
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert json.loads(answer.read())["error"]["code"] == "body_too_large"
    connection.close()


def test_a_chunked_body_is_counted_while_it_comes(client):
    sent = 0

    def chunks():
        nonlocal sent
        for _ in range(2_000):
            sent += 1
            yield b" " * 100_000

    answer = client.post(
        "/api/compare", content=chunks(), headers={"content-type": "application/json"}
    )
    check_envelope(answer, 413, "body_too_large")
    assert sent > 40


@pytest.mark.parametrize("kind", [ValueError, PanicException])
def test_a_defect_is_answered_and_its_text_is_not_logged(tmp_path, caplog, kind):
    app = create_app(make_settings(tmp_path), Sha256Encoder(), page=tmp_path)
    routes = Routes(protected=False)

    @routes.route("/defect", gives=None)
    async def defect(_):
        raise kind("canary text")

    @routes.route("/late", gives=None)
    async def late(_):
        raise asyncio.CancelledError  # as uvicorn has it for what a stopping server waited for

    @routes.route("/full", gives=None)
    async def full(_):
        raise UnwritableFile("The disk is full.", "Free some space.")

    app.dispatch.add(routes)
    with caplog.at_level(logging.DEBUG), serving(app) as url:
        error = check_envelope(httpx.get(f"{url}/defect"), 500, "internal_error")
        check_envelope(httpx.get(f"{url}/full"), 507, "unwritable_file")
        check_envelope(httpx.get(f"{url}/late"), 503, "server_overloaded")
    assert not any(record.exc_info for record in caplog.records)
    assert "canary" not in error["message"]
    assert "canary" not in caplog.text
    assert f"{kind.__name__} in" in caplog.text
    assert "test_guards.py" in caplog.text


def test_the_description_is_made_once_and_what_is_no_http_writes_no_line(
    tmp_path, monkeypatch, caplog
):
    app = create_app(make_settings(tmp_path), Sha256Encoder(), page=tmp_path)
    with caplog.at_level(logging.WARNING), serving(app) as url:
        wait_until_ready(url)
        caplog.clear()
        first = httpx.get(f"{url}/openapi.json")
        monkeypatch.setattr("likewise.server.app.describe", lambda _: 1 / 0)
        assert httpx.get(f"{url}/openapi.json").content == first.content
        with connect(url) as connection:
            connection.sendall(b"\x16\x03\x01 this is TLS\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
        written = [one for one in caplog.records if one.name.startswith(("likewise", "uvicorn"))]
    assert written == []


def test_openapi_is_served(client):
    assert "/api/compare" in client.get("/openapi.json").json()["paths"]


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/embeddings", "/v1/embeddings"),
        ("/v1/embeddings/", "/v1/embeddings"),
        ("/v1/v1/embeddings", "/v1/embeddings"),
        ("/V1/Embeddings", "/v1/embeddings"),
        ("/v1/embedding", "/v1/embeddings"),
        ("/openai/deployments/x/embeddings", "/v1/embeddings"),
        ("/v1//embeddings", "/v1/embeddings"),
        ("/models", "/v1/models"),
        ("/health/", "/health"),
        ("/api/compare/", "/api/compare"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_path_that_is_nearly_right_names_the_right_one(client, path, meant, method):
    answer = client.request(method, path, json={} if method == "POST" else None)
    error = check_envelope(answer, 404, "not_found")
    assert f"Did you mean {meant}?" in error["remedy"]


@pytest.mark.parametrize("path", ["/nothing", "/docs", "/wp-login.php", "/" + "v1/" * 3_000])
def test_a_path_that_is_like_none_names_none(client, path):
    error = check_envelope(client.get(path), 404, "not_found")
    assert error["remedy"] == "See /openapi.json for what this server answers."


def test_the_description_is_made_once(client, monkeypatch):
    first = client.get("/openapi.json").content
    monkeypatch.setattr("likewise.server.app.describe", lambda _: pytest.fail("made again"))
    assert client.get("/openapi.json").content == first


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "param"),
    [
        ("/api/compare", {"texts": [1] * 500_000}, 413, "too_many_texts", "texts"),
        ("/api/compare", {"texts": ["a"], "previous": [1] * 500_000}, 400, "invalid_type",
         "previous[0]"),
        ("/api/compare", {"texts": ["a"], "previous": [[0.5, 0.5]] * 90_000}, 400,
         "invalid_type", "previous"),
        ("/api/compare", {f"f{n}": 1 for n in range(200_000)}, 400, "unknown_parameter", "f0"),
        ("/v1/embeddings", {"model": "sha256", "input": [[1]] * 90_000}, 400,
         "token_input_unsupported", "input"),
        ("/v1/embeddings", {"model": "sha256", "input": [[]] * 500_000}, 400, "invalid_json", None),
        ("/v1/embeddings", {"model": "sha256", "input": ["a"] * 500_000}, 400, None, "input"),
        ("/v1/embeddings", {"model": "sha256", "input": ["a", None] * 250_000}, 400,
         "invalid_type", "input[1]"),
    ],
)  # fmt: skip
def test_a_large_request_is_refused_at_its_first_fault(client, path, body, status, code, param):
    answer = client.post(path, json=body)
    check_envelope(answer, status, code, param)


@pytest.mark.parametrize("text", ["[" * 150_000, '[\\"{' * 80_000, "\\" * 3 + "{" * 150_000])
def test_brackets_in_a_text_are_no_lists(text):
    asked = {"model": "sha256", "input": [text, "a"]}
    assert parse(orjson.dumps(asked), EmbeddingRequest).input == [text, "a"]
    nested = orjson.dumps({**asked, "user": [{}] * 100_001})
    with pytest.raises(InvalidJson, match="more than 100,000 lists"):
        parse(nested, EmbeddingRequest)


def test_of_many_faults_one_is_collected():
    """What is collected for each of a million takes seconds and gigabytes."""
    with pytest.raises(ValidationError) as raised:
        CompareRequest.model_validate({"texts": ["a"], "previous": [[1, "x"]] * 1_000})
    assert raised.value.error_count() == 1
    with pytest.raises(ValidationError) as raised:
        CompareRequest.model_validate({"texts": [1] * 100})
    assert raised.value.error_count() == 1
    with pytest.raises(ValidationError) as raised:
        PredictRequest.model_validate({"texts": [1] * 1_000})
    assert raised.value.error_count() == 1
