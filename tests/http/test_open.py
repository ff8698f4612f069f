"""POST /api/encoders/open: any folder, but only for the owner of the machine."""

import httpx

from likewise.encoders.sha256 import Sha256Encoder
from likewise.server.app import create_app
from likewise.server.workbench.schemas import EncodersAnswer
from tests.encoders.models import write_model
from tests.http.serving import check_envelope, make_settings, serving


def test_an_opened_folder_compares(tmp_path):
    write_model(tmp_path / "model", prompts={"query": "w7 "})
    folder = str(tmp_path / "model")
    with (
        serving(create_app(make_settings(tmp_path), Sha256Encoder(), page=tmp_path)) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        asked = {"texts": ["w1", "w2"], "encoder": folder}
        check_envelope(client.post("/api/compare", json=asked), 404, "model_not_found", "encoder")
        answer = client.post("/api/encoders/open", json={"name": folder})
        EncodersAnswer.model_validate_json(answer.content, strict=True)
        assert answer.json()["encoders"][-1]["name"] == folder
        assert answer.json()["encoders"][-1]["prompts"] == {"query": "w7 "}
        assert answer.json() == client.get("/api/encoders").json()
        assert client.post("/api/compare", json=asked).json()["encoder"]["dims"] == 32
        nothing = client.post("/api/encoders/open", json={"name": str(tmp_path / "nothing")})
        assert nothing.status_code == 404
        assert "There is no folder" in nothing.json()["error"]["problem"]


def test_strangers_open_nothing(tmp_path):
    write_model(tmp_path / "model")
    app = create_app(make_settings(tmp_path, public=True), Sha256Encoder(), page=tmp_path)
    with serving(app) as url, httpx.Client(base_url=url, timeout=60) as client:
        assert client.get("/api/encoders").json()["opens"] is False
        answer = client.post("/api/encoders/open", json={"name": str(tmp_path / "model")})
        error = check_envelope(answer, 404, "model_not_found", "name")
        assert "strangers" in error["problem"]
        # a form of another site can't ask either
        form = client.post("/api/encoders/open", content=b'{"name": "x"}')
        check_envelope(form, 415, "unsupported_media_type")
