"""POST /api/encoders/open: any folder, but only for the owner of the machine."""

import httpx

from likewise.encoders.sha256 import Sha256Encoder
from likewise.server.app import create_app
from likewise.server.workbench.schemas import EncodersAnswer
from tests.encoders.fake_hub import serving_model
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


def test_suggestions_are_for_the_owner_and_say_what_is_here(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    name = "BAAI/bge-small-en-v1.5"
    write_model(tmp_path / "models" / name)
    settings = make_settings(tmp_path, models=tmp_path / "models")
    app = create_app(settings, Sha256Encoder(), page=tmp_path)
    with serving(app) as url, httpx.Client(base_url=url, timeout=60) as client:
        answer = client.get("/api/encoders")
        EncodersAnswer.model_validate_json(answer.content, strict=True)
        suggested = {one["name"]: one for one in answer.json()["suggestions"]}
        assert len(suggested) == 5
        assert [one for one, about in suggested.items() if about["here"]] == [name]
        assert suggested[name]["download_bytes"] == 134_000_000
        opened = client.post("/api/encoders/open", json={"name": name})
        assert opened.status_code == 200
        assert opened.json()["encoders"][-1]["name"] == name
    app = create_app(make_settings(tmp_path, public=True), Sha256Encoder(), page=tmp_path)
    with serving(app) as url:
        assert httpx.get(f"{url}/api/encoders").json()["suggestions"] == []


def test_a_name_that_is_no_model_is_the_askers_mistake(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    write_model(tmp_path / "tiny")
    (tmp_path / "tiny" / "model.safetensors").rename(tmp_path / "tiny" / "notes.txt")
    with serving_model(tmp_path / "tiny", "no/weights") as hub:
        settings = make_settings(tmp_path, offline=False, hub=hub)
        app = create_app(settings, Sha256Encoder(), page=tmp_path)
        with serving(app, settings) as url, httpx.Client(base_url=url, timeout=60) as client:
            nobody = client.post("/api/encoders/open", json={"name": "nobody/nothing"})
            check_envelope(nobody, 404, "model_not_found", "encoder")
            other = client.post("/api/encoders/open", json={"name": "no/weights"})
            check_envelope(other, 400, "unsupported_model")
            for name in ("no such model", "a/b/c"):
                wrong = client.post("/api/encoders/open", json={"name": name})
                check_envelope(wrong, 404, "model_not_found", "encoder")
