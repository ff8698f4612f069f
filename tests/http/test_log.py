"""The request log says much of a request and nothing of its content."""

import json
import logging
import os

import httpx
import pytest

from likewise.server.app import create_app
from tests.http.serving import WordEncoder, make_settings, serving, wait_until_ready

CANARY = "xylophonecanary"


class Crashing(WordEncoder):
    def encode(self, texts, *, progress=None):
        if any("crash" in text for text in texts):
            raise RuntimeError(f"can't encode {texts}")
        return super().encode(texts, progress=progress)


def lines_of(caplog):
    return [
        json.loads(record.getMessage())
        for record in caplog.records
        if record.name == "likewise.server.requests"
    ]


def test_a_line_for_each_request(tmp_path, caplog):
    settings = make_settings(tmp_path, log_requests=True)
    with caplog.at_level(logging.INFO), serving(create_app(settings, WordEncoder())) as url:
        answer = httpx.post(
            f"{url}/v1/embeddings", json={"model": "words", "input": ["one two", "three"]}
        )
        httpx.get(f"{url}/nothing/here?x=1")
        httpx.get(f"{url}/v1/models/words")
    first, second, third = lines_of(caplog)
    assert first["id"] == answer.headers["x-request-id"]
    assert (first["method"], first["route"], first["status"]) == ("POST", "/v1/embeddings", 200)
    assert (first["encoder"], first["texts"], first["tokens"]) == ("words", 2, 3)
    assert first["ms"] > 0
    assert first["client"] == second["client"]
    assert len(first["client"]) == 16
    assert "address" not in first
    assert (second["route"], second["status"]) == ("other", 404)
    assert third["route"] == "/v1/models/{name:path}"


def test_addresses_only_where_they_are_wanted(tmp_path, caplog):
    settings = make_settings(tmp_path, log_requests=True, log_addresses=True)
    with caplog.at_level(logging.INFO), serving(create_app(settings, WordEncoder())) as url:
        httpx.get(f"{url}/health")
    assert lines_of(caplog)[0]["address"] == "127.0.0.1"


def test_no_line_unless_it_is_wanted(tmp_path, caplog):
    app = create_app(make_settings(tmp_path), WordEncoder())
    with caplog.at_level(logging.INFO), serving(app) as url:
        httpx.get(f"{url}/health")
    assert lines_of(caplog) == []


@pytest.mark.filterwarnings("default")
def test_no_text_and_no_key_is_written_down_anywhere(tmp_path, caplog, capfd):
    settings = make_settings(tmp_path, log_requests=True, api_keys=("right-" + CANARY,), page=True)
    sent = 0
    with caplog.at_level(logging.DEBUG), serving(create_app(settings, Crashing())) as url:
        headers = {"authorization": f"Bearer right-{CANARY}", "x-canary": CANARY}
        with httpx.Client(base_url=url, headers=headers, timeout=30) as client:
            for path, body in [
                ("/v1/embeddings", {"model": "words", "input": CANARY}),
                ("/v1/embeddings", {"model": "words", "input": [CANARY, ""]}),
                ("/v1/embeddings", {"model": CANARY, "input": CANARY}),
                ("/v1/embeddings", {"model": "words", "input": CANARY, CANARY: CANARY}),
                ("/v1/embeddings", {"model": "words", "input": CANARY, "user": CANARY}),
                ("/v1/embeddings", {"model": "words", "input": f"crash {CANARY}"}),
                ("/v1/embeddings", {"model": "words", "input": f"{CANARY} " * 9_000}),
                ("/v1/embeddings", {"model": "words", "input": CANARY * 1_000_000}),
                ("/api/compare", {"texts": [CANARY, "b"]}),
                ("/api/compare", {"texts": [f"crash {CANARY}", "b"]}),
                ("/api/compare", {"texts": [CANARY], "encoder": CANARY}),
                (f"/v1/{CANARY}?{CANARY}={CANARY}", {}),
                (f"/{CANARY}", {}),
            ]:
                client.post(path, json=body)
                sent += 1
            client.post("/v1/embeddings", content=f'{{"{CANARY}'.encode())
            client.get("/v1/models", headers={"authorization": f"Bearer wrong-{CANARY}"})
            client.get(f"/v1/models/{CANARY}")
            client.request(CANARY.upper(), f"/{CANARY}")
            metrics = client.get("/metrics").text
    out, err = capfd.readouterr()
    # the client of this test logs too, in the same process
    ours = [r for r in caplog.records if r.name.startswith(("likewise", "uvicorn"))]
    written = "\n".join([logging.Formatter().format(record) for record in ours])
    files = b"".join(
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and os.access(path, 4)
    )
    assert len(lines_of(caplog)) >= sent
    assert "RuntimeError" in written
    for place in (written, metrics, out, err, files.decode("latin-1")):
        assert CANARY not in place.lower()


def test_metrics(tmp_path):
    with serving(create_app(make_settings(tmp_path), WordEncoder())) as url:
        wait_until_ready(url)  # else what the server asks itself at its start may be waiting
        for _ in range(2):
            httpx.post(f"{url}/v1/embeddings", json={"model": "words", "input": ["a b", "c"]})
        httpx.get(f"{url}/nothing")
        answer = httpx.get(f"{url}/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert 'likewise_requests_total{route="/v1/embeddings",status="200"} 2.0' in lines
    assert 'likewise_requests_total{route="other",status="404"} 1.0' in lines
    assert 'likewise_texts_total{encoder="words",source="computed"} 2.0' in lines
    assert 'likewise_texts_total{encoder="words",source="cache"} 2.0' in lines
    assert 'likewise_tokens_total{encoder="words"} 6.0' in lines
    assert "likewise_waiting_tokens 0.0" in lines
    assert any(line.startswith("likewise_batch_seconds_bucket") for line in lines)
