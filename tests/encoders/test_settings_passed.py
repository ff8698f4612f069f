"""Two in one process, with settings of their own, keep apart."""

import httpx

import likewise
from likewise import compare
from likewise.encoders import with_cache
from likewise.server.app import create_app
from likewise.settings import Settings, settings
from tests.encoders.models import write_model
from tests.http.serving import make_settings, serving


def files(folder) -> set[str]:
    return {path.relative_to(folder).parts[0] for path in folder.rglob("*") if path.is_file()}


def test_two_applications_keep_to_their_own_folders(tmp_path):
    before = files(settings().cache) if settings().cache.exists() else set()
    for name, seed in (("one", 1), ("two", 2)):
        write_model(tmp_path / name / "models" / "org" / "model", seed=seed)
    answers = {}
    chosen = {
        name: make_settings(
            tmp_path / name, models=tmp_path / name / "models", encoder="org/model", encoders=()
        )
        for name in ("one", "two")
    }
    with (
        serving(create_app(chosen["one"]), chosen["one"]) as one,
        serving(create_app(chosen["two"]), chosen["two"]) as two,
    ):
        for name, url in (("one", one), ("two", two)):
            compared = httpx.post(f"{url}/api/compare", json={"texts": ["w1", "w2"]}, timeout=60)
            assert compared.status_code == 200, compared.text
            answers[name] = compared.json()
    digests = {name: answer["encoder"]["digest"] for name, answer in answers.items()}
    assert digests["one"] != digests["two"]  # each found the model in its own folder
    for name, digest in digests.items():
        kept = list((tmp_path / name / "cache" / "scales").iterdir())
        assert kept
        assert all(digest[:32] in path.name for path in kept)
    assert (files(settings().cache) if settings().cache.exists() else set()) == before


def test_the_library_takes_settings(tmp_path):
    write_model(tmp_path / "model")
    own = Settings(cache=tmp_path / "own", precision="f32", threads=1)
    other = Settings(cache=tmp_path / "other", precision="f32", threads=1)
    one, two = (likewise.load(str(tmp_path / "model"), settings=chosen) for chosen in (own, other))
    assert one is likewise.load(str(tmp_path / "model"), settings=own)
    assert one is not two
    with_cache(one, settings=own).encode(["w1"])
    assert files(tmp_path / "own") >= {"vectors.sqlite3"}
    assert not (tmp_path / "other" / "vectors.sqlite3").exists()
    compare(["w1", "w2"], two, settings=other)
    assert "scales" in files(tmp_path / "other")
    assert "scales" not in files(tmp_path / "own")
