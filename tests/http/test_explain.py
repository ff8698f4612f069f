"""POST /api/why, POST /api/read, GET /api/scale and GET /api/sizes."""

import pytest

from likewise.encoders.sha256 import Sha256Encoder
from likewise.server.workbench.schemas import ReadAnswer, ScaleAnswer, SizesAnswer, WhyAnswer
from likewise.similarity.background import general_english
from likewise.similarity.sizes import sizes
from likewise.similarity.why import which_words
from tests.http.serving import check_envelope, make_settings

BODY = {"one": "I love cats.", "other": "Felines are lovely."}


def test_why_is_what_the_library_says(client):
    answer = client.post("/api/why", json=BODY)
    assert answer.status_code == 200
    assert answer.json() == which_words(*BODY.values(), Sha256Encoder()).to_dict()
    WhyAnswer.model_validate_json(answer.content, strict=True)


@pytest.mark.parametrize(
    ("change", "status", "code", "param"),
    [
        ({"one": " "}, 400, "invalid_text", "one"),
        ({"other": "cat " * 65}, 413, "too_long", "other"),
        ({"encoder": "nobody"}, 404, "model_not_found", "encoder"),
        ({"one": None}, 400, "invalid_type", "one"),
        ({"three": "x"}, 400, "unknown_parameter", "three"),
    ],
)
def test_why_of_bad_input(client, change, status, code, param):
    check_envelope(client.post("/api/why", json=BODY | change), status, code, param)


def test_the_scale_gives_the_percentiles_of_compare(client, tmp_path):
    answer = client.get("/api/scale", params={"encoder": "sha256"})
    ScaleAnswer.model_validate_json(answer.content, strict=True)
    scale, expected = answer.json(), general_english(Sha256Encoder(), make_settings(tmp_path))
    assert scale["digest"] == Sha256Encoder().identity.digest
    assert scale["levels"][0] == 0
    assert scale["levels"][-1] == 100
    assert len(scale["levels"]) == len(scale["quantiles"])
    assert scale["quantiles"] == pytest.approx(expected.quantiles.tolist(), abs=1e-6)


def test_the_scale_of_an_unknown_encoder(client):
    answer = client.get("/api/scale", params={"encoder": "nobody"})
    check_envelope(answer, 404, "model_not_found", "encoder")


def test_sizes_are_what_the_library_measures(client):
    answer = client.get("/api/sizes", params={"encoder": "sha256"})
    SizesAnswer.model_validate_json(answer.content, strict=True)
    assert answer.json() == sizes(Sha256Encoder()).to_dict()
    unknown = client.get("/api/sizes", params={"encoder": "nobody"})
    check_envelope(unknown, 404, "model_not_found", "encoder")


def test_an_encoder_without_a_limit_reads_all(client):
    answer = client.post("/api/read", json={"text": "cats \U0001f408 " * 500})
    ReadAnswer.model_validate_json(answer.content, strict=True)
    assert answer.json() == {"characters": 3500, "of": 3500, "tokens": None}


def test_read_of_bad_input(client):
    check_envelope(client.post("/api/read", json={}), 400, "missing_required_parameter", "text")
    body = {"text": "a", "encoder": "nobody"}
    check_envelope(client.post("/api/read", json=body), 404, "model_not_found", "encoder")
