"""Tokens count whichever way they are asked for, and what the server needs for itself does not."""

import httpx
import pytest

from likewise.classify.regressor import Regressor
from likewise.server.app import create_app
from likewise.server.engine import retrying as patient
from likewise.similarity import background
from likewise.similarity.measured import Measured
from tests.http.serving import WordEncoder, make_page, make_settings, serving
from tests.waiting import wait_for

LEFT = "x-ratelimit-remaining-tokens"
TEXTS = [f"the {a} {b}" for a in ("cat", "dog", "car", "bus") for b in ("is old", "is lost", "ran")]


@pytest.fixture
def limited(tmp_path):
    """A server that lets 100 tokens an hour be encoded; gives a client of it."""
    models = tmp_path / "models"
    models.mkdir()
    Regressor("sha256").fit(TEXTS, [1, 2] * 6).save(models / "size.likewise")
    settings = make_settings(tmp_path, rate_tokens="100/hour", classifiers=models)
    app = create_app(settings, WordEncoder(), page=make_page(tmp_path / "page"))
    with serving(app, settings) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def test_compared_texts_count_and_known_ones_too(limited):
    body = {"texts": ["w " * 20, "v " * 20]}
    answers = [limited.post("/api/compare", json=body) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers[LEFT] for answer in answers] == ["60", "20", "20"]
    error = answers[2].json()["error"]
    assert (error["type"], error["code"]) == ("tokens", "rate_limit_exceeded")
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60
    embedded = {"model": "words", "input": "w " * 21}
    assert limited.post("/v1/embeddings", json=embedded).status_code == 429


def test_words_that_are_left_out_count(limited):
    # two texts of three words: whole, and each without one of them
    answer = limited.post("/api/why", json={"one": "a b c", "other": "d e f"})
    assert answer.status_code == 200, answer.text
    assert answer.headers[LEFT] == str(100 - 2 * 3 - 6 * 2)


def test_texts_for_a_model_count(limited):
    body = {"texts": ["of eighteen bytes."] * 3}  # of which each is a token
    answers = [limited.post("/api/classify/size", json=body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert [answer.headers[LEFT] for answer in answers] == ["46", "46"]


def test_the_scale_is_made_at_nobodys_expense(limited, monkeypatch):
    monkeypatch.setattr(background.KEPT, "in_memory", {})
    monkeypatch.setattr(Measured, "_cached", lambda *_: None)
    assert limited.get("/api/scale").status_code == 200
    answer = limited.post("/api/compare", json={"texts": ["one two", "three"], "encoder": "sha256"})
    assert answer.status_code == 200
    assert answer.headers[LEFT] == "88"


def test_a_training_waits_for_its_share_but_not_for_ever(limited, monkeypatch):
    monkeypatch.setattr(patient, "RETRY_SECONDS", 1)
    rows = "".join(f"the {a} {b},{len(b)}\n" for a in "abcdefgh" for b in ("is old", "ran", "was"))
    raw = ("text,size\n" + rows).encode()
    kind = {"content-type": "application/octet-stream"}
    table = limited.post("/api/tables?name=t.csv", content=raw, headers=kind).json()["id"]
    asked = {"table": table, "text": "text", "label": "size", "kind": "numbers"}
    spent = limited.post("/api/compare", json={"texts": ["w " * 90]})
    assert spent.headers[LEFT] == "10"
    training = limited.post("/api/trainings", json=asked).json()

    def ended():
        training.update(limited.get(f"/api/trainings/{training['id']}").json())
        return training["state"] not in {"waiting", "running"}

    wait_for(ended)
    assert training["state"] == "failed"
    assert "100 tokens per hour" in training["error"]["problem"]
