"""The operator's models behind POST /api/classify: several, damaged ones, and the usual guards."""

import os
import time
from dataclasses import replace

import httpx
import numpy as np
import pytest

from likewise.classify.classifier import Classifier
from likewise.classify.regressor import Regressor
from likewise.server.app import create_app
from tests.classify.conftest import blobs
from tests.cli.test_train_bad_input import changed
from tests.http.serving import check_envelope, make_settings, serving

TEXTS = [f"so {tone} {number}" for number in range(6) for tone in ("good", "bad")]
LABELS = ["up", "down"] * 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of models, whole ones and others."""
    models = tmp_path_factory.mktemp("models")
    good = Classifier("sha256", candidates=["words"]).fit(TEXTS, LABELS)
    good.save(models / "tone.likewise")
    good.save(models / "no\udcfftext.likewise")  # bytes that no request and no answer can hold
    Regressor("sha256").fit(TEXTS, [1, 0] * 6).save(models / "size.likewise")
    Classifier("sha256", candidates=["words"]).fit(TEXTS, [True, False] * 6).save(
        models / "yes.likewise"
    )
    for how in ("truncated", "tampered", "other encoder", "bomb"):
        changed(models / "tone.likewise", models / f"{how}.likewise", how)
    x, y = blobs(40, 2)
    Classifier(candidates=["embeddings"]).fit(x, y).save(models / "vectors.likewise")
    for name, fields in (
        ("made otherwise", {"weights": "of another make"}),
        ("of nobody", {"name": "nobody/knows", "weights": "of nobody"}),
    ):
        other = Classifier("sha256", candidates=["words"]).fit(TEXTS, LABELS)
        other.model_ = replace(other.model_, identity=replace(other.model_.identity, **fields))
        other.save(models / f"{name}.likewise")
    return models


@pytest.fixture(scope="module")
def client(folder, tmp_path_factory):
    settings = make_settings(tmp_path_factory.mktemp("server"), classifiers=folder)
    with serving(create_app(settings)) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def ask(client, name, **more):
    return client.post(f"/api/classify/{name}", json={"texts": ["so good"], **more})


def test_all_that_can_be_read_are_listed(client):
    models = {model["name"]: model for model in client.get("/api/classify").json()["models"]}
    assert list(models) == ["made otherwise", "of nobody", "size", "tone", "vectors", "yes"]
    assert models["tone"]["classes"] == ["down", "up"]
    assert models["size"]["kind"] == "numbers"
    assert models["tone"]["texts"] == 12


def test_of_one_that_is_not_there_it_is_said_which_are(client):
    told = check_envelope(ask(client, "gone"), 404, "not_found", "model")
    assert "size, tampered, tone" in told["remedy"]


def test_each_answers_in_its_own_kind(client):
    assert ask(client, "tone").json()["predictions"][0]["label"] == "up"
    assert ask(client, "yes").json()["predictions"][0]["label"] is True
    number = ask(client, "size").json()["predictions"][0]
    assert 0 < number["number"] < 1
    # with 12 texts no interval keeps a promise of 95 %, but one does of 50 %
    assert (number["low"], number["high"]) == (None, None)
    number = ask(client, "size", coverage=0.5).json()["predictions"][0]
    assert number["low"] < number["number"] < number["high"]


def test_why(client):
    said = ask(client, "tone", explain=True).json()["predictions"][0]["explanation"]
    assert said["label"] == "up"
    assert said["same"][0]["text"].startswith("so good")
    assert said["terms"][0]["word"] == "good"


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("truncated", 400, "unreadable_file"),
        ("tampered", 400, "unreadable_file"),
        ("other encoder", 400, "unreadable_file"),
        ("bomb", 400, "unreadable_file"),
        ("vectors", 400, "invalid_option"),
        ("made otherwise", 409, "incompatible_vectors"),
        ("of nobody", 404, "model_not_found"),
    ],
)
def test_what_can_not_answer_says_why(client, folder, name, status, code):
    answer = ask(client, name)
    error = check_envelope(answer, status, code, answer.json()["error"]["param"])
    assert str(folder) not in error["message"]  # where it lies is nobody's business


def test_a_model_that_is_written_anew_is_read_anew(folder, client):
    path = folder / "changing.likewise"
    Classifier("sha256", candidates=["words"]).fit(TEXTS, LABELS).save(path)
    assert ask(client, "changing").json()["predictions"][0]["label"] == "up"
    path.unlink()
    check_envelope(ask(client, "changing"), 404, "not_found", "model")
    Classifier("sha256", candidates=["words"]).fit(TEXTS, ["plus", "minus"] * 6).save(path)
    os.utime(path, ns=(time.time_ns(), time.time_ns() + 1_000_000_000))
    assert ask(client, "changing").json()["predictions"][0]["label"] == "plus"
    path.unlink()


def test_the_rate_holds_here_too(folder, tmp_path):
    settings = make_settings(tmp_path, classifiers=folder, rate_requests="2/minute")
    with serving(create_app(settings)) as url, httpx.Client(base_url=url) as client:
        answers = [ask(client, "tone") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2].headers["retry-after"]) > 0


def test_a_body_that_is_too_large(client):
    answer = client.post("/api/classify/tone", json={"texts": ["x" * 5_000_000]})
    check_envelope(answer, 413, "body_too_large", None)


def test_many_at_once_get_their_own_answers(client, folder):
    from concurrent.futures import ThreadPoolExecutor

    model = Classifier.load(folder / "tone.likewise")
    texts = [f"so {'good' if n % 3 else 'bad'} {n}" for n in range(24)]
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda text: ask(client, "tone", texts=[text]).json(), texts))
    ours = [
        {p["label"]: p["probability"] for p in one["predictions"][0]["probabilities"]}["up"]
        for one in said
    ]
    np.testing.assert_allclose(ours, model.predict_proba(texts)[:, 1], atol=1e-6)
