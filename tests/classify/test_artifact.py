import hashlib
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from likewise import Classifier
from likewise.classify import artifact
from likewise.errors import FileMissing, UnreadableFile, UnwritableFile
from tests.classify.conftest import blobs

TEXTS = ["good day", "good night", "good work", "good luck"] * 3 + ["bad day", "bad night",
         "bad work", "bad luck"] * 3  # fmt: skip
LABELS = ["good"] * 12 + ["bad"] * 12


@pytest.fixture(scope="module")
def trained():
    return Classifier("sha256", candidates=["words"]).fit(TEXTS, LABELS)


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path, changed, *, digests=True, compression=zipfile.ZIP_STORED):
    if digests:
        names = ("model.json", "arrays.safetensors")
        changed["digests.json"] = json.dumps(
            {name: hashlib.sha256(changed[name]).hexdigest() for name in names}
        ).encode()
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in changed.items():
            archive.writestr(name, data)


def test_comes_back_the_same(trained, tmp_path):
    trained.save(tmp_path / "m.likewise")
    again = Classifier.load(tmp_path / "m.likewise")
    new = ["good grief", "bad luck again", "neither", ""]
    np.testing.assert_array_equal(again.predict_proba(new), trained.predict_proba(new))
    assert again.predict_sets(new, 0.9) == trained.predict_sets(new, 0.9)
    assert again.fits(new).tolist() == trained.fits(new).tolist()
    assert again.model_.facts.to_dict() == json.loads(json.dumps(trained.model_.facts.to_dict()))
    assert again.model_.identity == trained.model_.identity
    assert again.explain("good luck").same[0].text == "good luck"


def test_the_column_of_the_texts_comes_back(trained, tmp_path):
    model = replace(trained.model_, text_column="Subject")
    artifact.save(model, tmp_path / "m.likewise")
    assert artifact.load(tmp_path / "m.likewise").text_column == "Subject"
    inside = members(tmp_path / "m.likewise")
    fields = json.loads(inside["model.json"])
    del fields["text_column"]  # as models of before it was kept are
    rewrite(tmp_path / "old.likewise", inside | {"model.json": json.dumps(fields).encode()})
    assert artifact.load(tmp_path / "old.likewise").text_column is None


def test_a_model_that_may_not_be_read_is_not_called_damaged(trained, tmp_path, monkeypatch):
    with pytest.raises(UnreadableFile, match="is a folder"):
        artifact.load(tmp_path)
    trained.save(tmp_path / "m.likewise")

    def refuse(path, *_):
        raise PermissionError(13, "Permission denied", str(path))

    # the tests may run as root, who may read everything
    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(UnreadableFile, match="may not be read by you") as caught:
        artifact.load(tmp_path / "m.likewise")
    assert "train" not in caught.value.remedy


@pytest.mark.parametrize("candidate", ["words", "embeddings", "both"])
def test_every_head_comes_back(candidate, tmp_path):
    model = Classifier("sha256", candidates=[candidate]).fit(TEXTS, LABELS)
    model.save(tmp_path / "m.likewise")
    again = Classifier.load(tmp_path / "m.likewise")
    np.testing.assert_array_equal(again.predict_proba(TEXTS), model.predict_proba(TEXTS))


def test_holds_no_code_and_no_texts_if_asked(tmp_path):
    model = Classifier("sha256", candidates=["embeddings"], keep_texts=False).fit(TEXTS, LABELS)
    model.save(tmp_path / "m.likewise")
    inside = members(tmp_path / "m.likewise")
    assert sorted(inside) == ["arrays.safetensors", "digests.json", "model.json"]
    assert b"good night" not in b"".join(inside.values())
    fields = json.loads(inside["model.json"])
    assert fields["format"] == "likewise model"
    assert fields["version"] == 3
    assert fields["identity"]["digest"] == model.model_.identity.digest
    assert fields["classes"] == ["bad", "good"]
    assert fields["facts"]["rows"] == 24
    assert len(fields["facts"]["fingerprint"]) == 64
    assert set(fields["facts"]["versions"]) == {"likewise", "scikit-learn", "python"}
    assert fields["facts"]["estimate"]["texts"] == 24
    [tried] = fields["facts"]["tried"]
    assert tried["model"] == "embeddings + logistic regression" == fields["facts"]["model"]
    assert tried["log_loss"] == pytest.approx(fields["facts"]["estimate"]["log_loss"], abs=0.02)
    assert Classifier.load(tmp_path / "m.likewise").explain("good").same == ()


def test_every_trained_version_is_kept(trained, tmp_path):
    path = tmp_path / "m.likewise"
    assert trained.save(path) is None
    first = path.read_bytes()
    assert trained.save(path) == tmp_path / "m-1.likewise"
    assert (tmp_path / "m-1.likewise").read_bytes() == first
    assert trained.save(path) == tmp_path / "m-2.likewise"
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "m-1.likewise", "m-2.likewise", "m.likewise",
    ]  # fmt: skip


def test_an_older_one_is_kept_without_hard_links(trained, tmp_path, monkeypatch):
    path = tmp_path / "m.likewise"
    trained.save(path)
    first = path.read_bytes()

    def refuse(self, target):
        raise PermissionError(1, "no hard links here")

    monkeypatch.setattr(type(path), "hardlink_to", refuse)
    assert trained.save(path) == tmp_path / "m-1.likewise"
    assert (tmp_path / "m-1.likewise").read_bytes() == first


def test_a_folder_that_is_not_there(trained, tmp_path):
    with pytest.raises(UnwritableFile):
        trained.save(tmp_path / "no" / "m.likewise")
    with pytest.raises(FileMissing, match="There is no model"):
        Classifier.load(tmp_path / "none.likewise")


def damages(inside: dict[str, bytes]):
    fields = json.loads(inside["model.json"])

    def with_fields(**changed):
        return {**inside, "model.json": json.dumps({**fields, **changed}).encode()}

    yield "text changed", {**inside, "model.json": inside["model.json"] + b" "}, False
    flipped = bytearray(inside["arrays.safetensors"])
    flipped[-5] ^= 255
    yield "array changed", {**inside, "arrays.safetensors": bytes(flipped)}, False
    yield "classes fewer", with_fields(classes=["bad"]), True
    yield "unknown head", with_fields(head="forest"), True
    yield "no format", with_fields(format="other"), True
    yield "other encoder's dims", with_fields(identity={**fields["identity"], "dims": 9}), True
    yield "terms missing", with_fields(terms=[]), True
    yield "no JSON", {**inside, "model.json": b"{"}, True
    yield "JSON list", {**inside, "model.json": b"[]"}, True
    yield "no arrays", {**inside, "arrays.safetensors": b""}, True
    yield "pickle beside", {**inside, "model.pkl": b"x"}, True


def test_a_damaged_file_is_one_sentence(trained, tmp_path):
    path = tmp_path / "m.likewise"
    trained.save(path)
    inside = members(path)
    for what, changed, digests in damages(inside):
        rewrite(path, dict(changed), digests=digests)
        with pytest.raises(UnreadableFile) as error:
            artifact.load(path)
        assert "is not a whole Likewise model" in error.value.problem, what
        assert "\n" not in str(error.value), what


def test_cut_files(trained, tmp_path):
    path = tmp_path / "m.likewise"
    trained.save(path)
    whole = path.read_bytes()
    for size in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(UnreadableFile):
            artifact.load(path)


def test_a_zip_bomb_is_not_unfolded(trained, tmp_path):
    path = tmp_path / "m.likewise"
    trained.save(path)
    inside = members(path)
    inside["arrays.safetensors"] = bytes(200_000_000)
    rewrite(path, inside, compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(UnreadableFile, match="is compressed"):
        artifact.load(path)


def test_numbers_that_are_not_finite(tmp_path):
    x, y = blobs(40, 2)
    model = Classifier(candidates=["embeddings"]).fit(x, y)
    model.model_.fitted.head.linear.bias[0] = np.nan
    model.save(tmp_path / "m.likewise")
    with pytest.raises(UnreadableFile, match="not finite"):
        Classifier.load(tmp_path / "m.likewise")


def test_a_newer_format_says_so(trained, tmp_path):
    path = tmp_path / "m.likewise"
    trained.save(path)
    inside = members(path)
    fields = json.loads(inside["model.json"])
    inside["model.json"] = json.dumps({**fields, "version": 4}).encode()
    rewrite(path, inside)
    with pytest.raises(UnreadableFile, match="has version 4"):
        artifact.load(path)
    inside["model.json"] = json.dumps({**fields, "a new field": 1}).encode()
    rewrite(path, inside)
    artifact.load(path)
