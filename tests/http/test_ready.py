"""A server that can't do its work says so: in its log, and where it is asked."""

import json
import logging

import httpx
import pytest

from likewise import encoders
from likewise.errors import WeightsMissing
from likewise.server.app import create_app
from tests.http.serving import check_envelope, make_page, make_settings, serving
from tests.panics import PanicException
from tests.waiting import wait_for


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (WeightsMissing("The weights are away.", "Fetch them."), "weights_missing", "are away"),
        (ValueError("secret of the model"), "encoder_unavailable", "ValueError"),
        (MemoryError(), "encoder_unavailable", "MemoryError"),
        (RecursionError("deep"), "encoder_unavailable", "RecursionError"),
        (PanicException("secret"), "encoder_unavailable", "PanicException"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_why_the_encoder_is_not_ready(tmp_path, monkeypatch, caplog, error, code, said):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(encoders, "load", fail)
    app = create_app(make_settings(tmp_path), page=make_page(tmp_path / "page"))
    with caplog.at_level(logging.WARNING), serving(app) as url:
        wait_for(lambda: "not loaded yet" not in httpx.get(f"{url}/ready").text)
        told = check_envelope(httpx.get(f"{url}/ready"), 503, code)
        assert said in told["problem"]
        body = {"model": "sha256", "input": "a"}
        check_envelope(httpx.post(f"{url}/v1/embeddings", json=body), 503, code)
        assert httpx.get(f"{url}/health").status_code == 200
    assert said in caplog.text
    assert "secret" not in json.dumps(told)


def test_it_is_ready_once_it_can_be_loaded(tmp_path, monkeypatch):
    load, broken = encoders.load, [True]

    def sometimes(*args, **kwargs):
        if broken:
            raise WeightsMissing("Away.", "Fetch them.")
        return load(*args, **kwargs)

    monkeypatch.setattr(encoders, "load", sometimes)
    with serving(create_app(make_settings(tmp_path))) as url:
        wait_for(lambda: "not loaded yet" not in httpx.get(f"{url}/ready").text)
        check_envelope(httpx.get(f"{url}/ready"), 503, "weights_missing")
        broken.clear()
        body = {"model": "sha256", "input": "a"}
        assert httpx.post(f"{url}/v1/embeddings", json=body).status_code == 200
        assert httpx.get(f"{url}/ready").json()["status"] == "ready"
