"""An error about one text says which of the request's own it is, on every route."""

from dataclasses import replace

import httpx
import numpy as np
import pytest

from likewise.classify.classifier import Classifier
from likewise.server.app import create_app
from tests.http.serving import WordEncoder, check_envelope, make_page, make_settings, serving
from tests.waiting import wait_for

BAD = "defective words"
ELSEWHERE = "/home/operator/models/small"


class Defective(WordEncoder):
    def encode(self, texts, *, progress=None):
        every = list(texts)
        encoding = super().encode(every, progress=progress)
        encoding.vectors[[BAD in text for text in every]] = np.nan
        return encoding


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("places")
    (folder / "models").mkdir()
    texts = [f"{word} {n}" for word in ("good", "bad") for n in range(10)]
    model = Classifier(WordEncoder(), candidates=["embeddings"]).fit(texts, ["x"] * 10 + ["y"] * 10)
    model.save(folder / "models" / "m.likewise")
    model.model_ = replace(
        model.model_, identity=replace(model.model_.identity, name=ELSEWHERE, max_tokens=7)
    )
    model.save(folder / "models" / "elsewhere.likewise")
    settings = make_settings(folder, classifiers=folder / "models", page=True, training=True)
    app = create_app(settings, Defective(), page=make_page(folder / "page"))
    with serving(app) as url, httpx.Client(base_url=url, timeout=30) as asking:
        yield asking


@pytest.fixture(scope="module")
def table(client):
    rows = "".join(f"word {n},{'ab'[n % 2]}\n" for n in range(30))
    answer = client.post(
        "/api/tables",
        params={"name": "t.csv"},
        content=f"text,label\n{rows}{BAD},a\n".encode(),
        headers={"content-type": "application/octet-stream"},
    )
    return answer.json()["id"]


def ended(client, path):
    def status():
        return client.get(path).json()

    wait_for(lambda: status()["state"] in ("done", "failed"))
    return status()


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("/v1/embeddings", {"model": "words", "input": ["fine", "fine", BAD]}, "input[2]"),
        ("/v1/embeddings", {"model": "words", "input": BAD}, "input"),
        ("/api/compare", {"texts": ["fine", "another", BAD]}, "texts[2]"),
        ("/api/classify/m", {"texts": ["fine", "another", BAD]}, "texts[2]"),
        ("/api/why", {"one": "fine", "other": BAD}, "other"),
        ("/api/why", {"one": BAD, "other": "fine"}, "one"),
        ("/api/why", {"one": "fine words", "other": "defective other words"}, "other"),
    ],
)
def test_of_a_request(client, path, body, param):
    answer = client.post(path, json=body)
    error = check_envelope(answer, 422, "text_not_encoded", param)
    assert error["problem"].startswith(f"{param}: words gives no vector for this text")


def test_of_what_is_searched_for(client, table):
    made = client.post("/api/collections", json={"name": "c", "table": table, "text": "text"})
    job = ended(client, f"/api/collections/jobs/{made.json()['id']}")
    assert any(note.startswith("Row 31 of t.csv was left out: words") for note in job["notes"])
    query = [{"text": "fine"}, {"text": "fine"}, {"text": BAD}]
    answer = client.post("/api/collections/c/search", json={"query": query})
    check_envelope(answer, 422, "text_not_encoded", "query[2]")


def test_of_a_table_that_is_learnt_from(client, table):
    columns = {"text": "text", "label": "label", "quick": True}
    made = client.post("/api/trainings", json={"table": table, **columns}).json()
    done = ended(client, f"/api/trainings/{made['id']}")
    found = {one["kind"]: one["message"] for one in done["result"]["findings"]}
    assert "row 31 of t.csv. words gives no vector" in found["uncomputable"]


def test_the_folder_of_an_encoder_is_not_told(client):
    answer = client.post("/api/classify/elsewhere", json={"texts": ["fine"]})
    error = check_envelope(answer, 404, "model_not_found", "encoder")
    assert error["problem"] == "This server has no encoder 'small'."
    listed = client.get("/api/classify").json()["models"]
    assert {one["name"]: one["encoder"] for one in listed} == {"m": "words", "elsewhere": "small"}
