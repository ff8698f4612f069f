"""Labelling on the page: /api/label."""

import httpx
import numpy as np
import pytest

from likewise.classify.label.answer_log import AnswerLog
from likewise.classify.label.session import Labelling
from likewise.encoders.sha256 import Sha256Encoder
from likewise.server.app import create_app
from likewise.server.classify.labelling import LabellingSession
from tests.http.serving import check_envelope, make_page, make_settings, serving

TEXTS = [f"text {number}" for number in range(12)]


@pytest.fixture
def labelling(tmp_path):
    encoder = Sha256Encoder()
    session = Labelling(
        AnswerLog(tmp_path / "out.csv.answers", TEXTS), encoder, encoder.encode(TEXTS).vectors
    )
    sitting = LabellingSession(session, TEXTS, "texts.csv", ["odd"])
    settings = make_settings(tmp_path)
    app = create_app(settings, encoder, page=make_page(tmp_path / "page"), labelling=sitting)
    with serving(app) as url, httpx.Client(base_url=url) as client:
        yield client


def test_answers_are_kept_at_once_and_taken_back(labelling, tmp_path):
    first = labelling.get("/api/label").json()
    assert (first["name"], first["texts"], first["labelled"]) == ("texts.csv", 12, 0)
    assert first["labels"] == ["odd"]
    assert first["last"] is None
    asked = first["next"]
    assert asked["text"] == TEXTS[asked["row"]]
    after = labelling.post("/api/label", json={"row": asked["row"], "label": " even "}).json()
    assert after["labels"] == ["odd", "even"]
    assert after["last"] == {"row": asked["row"], "text": asked["text"], "label": "even"}
    assert after["next"]["row"] != asked["row"]
    assert AnswerLog(tmp_path / "out.csv.answers", TEXTS).answers == {asked["row"]: "even"}
    back = labelling.post("/api/label/undo", json={}).json()
    assert (back["labelled"], back["next"]["row"]) == (0, asked["row"])
    skipped = labelling.post("/api/label/skip", json={"row": asked["row"]}).json()
    assert skipped["next"]["row"] != asked["row"]


def test_the_model_says_how_sure_it_is_and_the_end_is_told(labelling):
    state = labelling.get("/api/label").json()
    for number in range(12):
        body = {"row": state["next"]["row"], "label": "ab"[number % 2]}
        state = labelling.post("/api/label", json=body).json()
        if state["next"] and state["labelled"] >= 4:
            chances = {one["label"]: one["probability"] for one in state["next"]["chances"]}
            assert set(chances) == {"a", "b"}
            assert np.isclose(sum(chances.values()), 1)
    assert state["labelled"] == 12
    assert state["next"] is None


@pytest.mark.parametrize(
    ("path", "body", "code", "param"),
    [
        ("", {"row": 12, "label": "a"}, "invalid_option", "row"),
        ("", {"row": -1, "label": "a"}, "invalid_type", "row"),
        ("", {"row": 0, "label": " "}, "invalid_text", "label"),
        ("/skip", {"row": 99}, "invalid_option", "row"),
        ("/skip", {}, "missing_required_parameter", "row"),
    ],
)
def test_bad_answers(labelling, path, body, code, param):
    check_envelope(labelling.post(f"/api/label{path}", json=body), 400, code, param)


def test_without_a_file_there_is_nothing_to_label(client):
    check_envelope(client.get("/api/label"), 404, "not_found")
