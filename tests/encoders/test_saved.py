"""What was saved is opened again with the encoder that made it, or one sentence says why not."""

import json
import pickle
from dataclasses import fields, replace

import numpy as np
import pytest

import likewise
from likewise.encoders import load_as
from likewise.encoders.base import BaseEncoder, Encoder
from likewise.encoders.sha256 import Sha256Encoder
from likewise.encoders.shortened import ShortenedEncoder
from likewise.encoders.wrapped import WrappedEncoder
from likewise.errors import (
    FileMissing,
    IncompatibleVectors,
    InvalidIdentity,
    UnconfirmedEncoder,
)
from likewise.settings import Settings
from likewise.types import Identity, check_same
from tests.contract.kinds import KINDS, made
from tests.encoders.models import write_model
from tests.http.provider import providing

LOCAL = [kind for kind in KINDS if "remote" not in kind]
ONE = Sha256Encoder.identity


def through_json(identity: Identity) -> Identity:
    return Identity.from_dict(json.loads(json.dumps(identity.to_dict())))


@pytest.mark.parametrize("kind", KINDS)
def test_an_identity_goes_round(kind, tmp_path):
    with made(kind, tmp_path) as encoder:
        again = through_json(encoder.identity)
    assert again == encoder.identity
    assert again.digest == encoder.identity.digest


@pytest.mark.parametrize("kind", LOCAL)
def test_the_encoder_of_a_saved_identity_gives_the_same_vectors(kind, tmp_path):
    with made(kind, tmp_path) as encoder:
        again = load_as(through_json(encoder.identity))
        assert again.identity == encoder.identity  # name, revision and prefix too
        texts = ["w1 w2 w3", "w7", "a text"]
        vectors, expected = again.encode(texts).vectors, encoder.encode(texts).vectors
        assert (vectors * expected).sum(axis=1).min() >= 0.9999  # what the contract promises
        if kind != "fastest":
            np.testing.assert_allclose(vectors, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"dims": "256"}, "its dims is '256'"),
        ({"dims": True}, "its dims is True"),
        ({"dims": 0}, "dims 0"),
        ({"dims": 256.0}, "its dims is 256.0"),
        ({"max_tokens": -1}, "max_tokens -1"),
        ({"prefix": None}, "its prefix is None"),
        ({"name": ["sha256"]}, "its name is ['sha256']"),
        ({"weights": "others"}, "its digest is not that of its other members"),
        ({"digest": "0" * 64}, "its digest is not that of its other members"),
        ({"digest": None}, "its digest is not that of its other members"),
        ({"normalised": True}, "the member 'normalised', which this version"),
    ],
)
def test_an_identity_that_is_none(change, said):
    with pytest.raises(InvalidIdentity) as caught:
        Identity.from_dict({**ONE.to_dict(), **change})
    assert said in caught.value.problem


@pytest.mark.parametrize("member", [*(field.name for field in fields(Identity)), "digest"])
def test_an_identity_that_lacks_a_member(member):
    members = ONE.to_dict()
    del members[member]
    with pytest.raises(InvalidIdentity):
        Identity.from_dict(members)


@pytest.mark.parametrize("members", [None, [], "sha256", 7])
def test_an_identity_that_is_no_object(members):
    with pytest.raises(InvalidIdentity, match="not an object"):
        Identity.from_dict(members)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"prefix": "query: "}, "their prefix is '' and 'query: '"),
        ({"dims": 9}, "their dims is 256 and 9"),
        ({"weights": "a" * 64}, "their weights is 'none' and aaaaaaaaaaaa…"),
        ({"pooling": "cls", "max_tokens": 2}, "their max_tokens is 0 and 2, pooling is 'none'"),
    ],
)
def test_a_mismatch_names_what_differs(change, said):
    with pytest.raises(IncompatibleVectors) as caught:
        check_same(ONE, replace(ONE, **change))
    assert said in caught.value.problem


def test_a_folder_is_stored_absolute_and_found_from_anywhere(tmp_path, monkeypatch):
    write_model(tmp_path / "models" / "tiny")
    monkeypatch.chdir(tmp_path)
    relative = likewise.load("models/tiny").identity
    dotted = likewise.load("./models/../models/tiny").identity
    assert relative.name == dotted.name == str((tmp_path / "models" / "tiny").resolve())
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert load_as(relative).identity == relative


def test_a_folder_that_moved_is_named_by_its_user(tmp_path):
    write_model(tmp_path / "here", prompts={"query": "w7 "})
    identity = likewise.load(str(tmp_path / "here"), prefix="query").identity
    (tmp_path / "here").rename(tmp_path / "there")
    with pytest.raises(FileMissing, match=r"there is no such folder\. .*--encoder FOLDER"):
        load_as(identity)
    again = load_as(identity, encoder=str(tmp_path / "there"))
    assert again.identity.digest == identity.digest
    assert again.identity.prefix == "w7 "


def test_another_model_in_the_folders_place_is_told_by_its_digest(tmp_path):
    write_model(tmp_path / "model")
    identity = likewise.load(str(tmp_path / "model")).identity
    write_model(tmp_path / "other", seed=1)
    with pytest.raises(IncompatibleVectors, match=r"their weights is \w{12}… and \w{12}…"):
        load_as(identity, encoder=str(tmp_path / "other"))
    with pytest.raises(IncompatibleVectors, match="weights"):
        load_as(identity, encoder=likewise.load(str(tmp_path / "other")))


def test_a_prefix_that_is_also_a_prompts_name_is_taken_as_it_is(tmp_path):
    write_model(tmp_path / "model", prompts={"w7": "w1 "})
    literal = replace(likewise.load(str(tmp_path / "model")).identity, prefix="w7")
    assert load_as(literal).identity.prefix == "w7"
    assert likewise.load(str(tmp_path / "model"), prefix="w7").identity.prefix == "w1 "


@pytest.mark.parametrize(
    "relative", ["./nowhere", "../nowhere", "~/no/such/folder", "models/x.onnx"]
)
def test_what_reads_as_a_path_is_never_asked_of_the_hub(relative, tmp_path, monkeypatch, configure):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "x.onnx").write_bytes(b"")
    with providing() as hub:
        configure(offline="0", hub=hub.url, cache=tmp_path / "cache")
        with pytest.raises(FileMissing):
            likewise.load(relative)
        with pytest.raises(FileMissing):
            load_as(replace(ONE, name=relative))
        assert hub.asked == []


NAMES = ["{url}/model", "openai/text-embedding-3-small", "someone/evil", "//host/share/model"]


@pytest.mark.parametrize("name", [*NAMES, "\\\\host\\share\\model", "a name of nothing", "minilm"])
def test_a_file_never_decides_where_texts_go(name, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    with providing() as provider:
        settings = Settings(
            cache=tmp_path / "cache",
            models=None,
            offline=False,
            hub=provider.url,
            openai_url=provider.url,
            openai_key="sk-canary",
        )
        identity = replace(ONE, name=name.format(url=provider.url), graph="remote")
        with pytest.raises(UnconfirmedEncoder) as caught:
            load_as(identity, settings=settings)
        assert provider.asked == []
    assert "--encoder" in caught.value.remedy


def test_a_provider_that_the_user_names_is_asked(tmp_path):
    with providing() as provider:
        settings = Settings(cache=tmp_path / "cache", offline=False)
        name = f"{provider.url}/model"
        identity = likewise.load(name, prefix="query: ", settings=settings).identity
        again = load_as(identity, encoder=name, settings=settings)
        assert again.identity == identity
        again.encode(["a"])
        assert provider.texts[-1] == "query: a"
        with pytest.raises(IncompatibleVectors, match="weights"):
            load_as(identity, encoder=f"{provider.url}/other", settings=settings)


def test_a_width_that_the_encoder_does_not_have(tmp_path):
    write_model(tmp_path / "model")
    identity = ShortenedEncoder(likewise.load(str(tmp_path / "model")), 8).identity
    hostile = replace(identity, dims=10**9, graph=f"{identity.graph}, first {10**9} of 8")
    with pytest.raises(IncompatibleVectors):
        load_as(hostile)


def members(of: type) -> set[str]:
    return {name for name in vars(of) if not name.startswith("_")}


def test_a_wrapper_hands_on_all_of_the_contract():
    assert members(Encoder) <= members(WrappedEncoder)
    own = {"identity", "runtime", "count_tokens"}  # what an encoder of one's own has to give
    assert members(Encoder) - own <= members(BaseEncoder)


@pytest.mark.parametrize("kind", KINDS)
def test_wrapped_twice_is_still_the_same(kind, tmp_path):
    with made(kind, tmp_path) as encoder:
        wrapped = WrappedEncoder(WrappedEncoder(encoder))
        for name in ("identity", "runtime", "capabilities", "spending"):
            assert getattr(wrapped, name) == getattr(encoder, name)
        assert isinstance(wrapped, Encoder)
        assert wrapped.cost(["new"]) == encoder.cost(["new"])


def test_a_folder_that_is_changed_meanwhile_is_read_anew(tmp_path):
    write_model(tmp_path / "model")
    before = likewise.load(str(tmp_path / "model"))
    assert likewise.load(str(tmp_path / "model")) is before
    write_model(tmp_path / "other", seed=5)
    (tmp_path / "other" / "model.safetensors").replace(tmp_path / "model" / "model.safetensors")
    after = likewise.load(str(tmp_path / "model"))
    assert after.identity.weights != before.identity.weights
    with pytest.raises(IncompatibleVectors, match="weights"):
        load_as(before.identity)
    raw = pickle.dumps(before)
    with pytest.raises(IncompatibleVectors, match="their weights is"):
        pickle.loads(raw)
