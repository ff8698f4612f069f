import hashlib
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from likewise import Classifier
from likewise.classify.saved import artifact
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
    with pytest.raises(UnreadableFile, match="can't be read: you have no permission") as caught:
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
    inside["model.json"] = json.dumps({**fields, "version": 5}).encode()
    rewrite(path, inside)
    with pytest.raises(UnreadableFile, match="has version 5"):
        artifact.load(path)
    inside["model.json"] = json.dumps({**fields, "a new field": 1}).encode()
    rewrite(path, inside)
    artifact.load(path)


def arrays_of(inside):
    from safetensors.numpy import load

    return load(inside["arrays.safetensors"])


def attacks(fields, arrays):
    """Yield what a hostile file may hold: a name, fields and arrays."""

    def said(**changed):
        return {**fields, **changed}

    def held(**changed):
        return {**arrays, **changed}

    for value in (float("nan"), 0, -1, 1e-300, 10**400, "1", None, True, 1e9):
        yield f"temperature {value!r:.20}", said(temperature=value), arrays
    huge = np.empty((10**9, 0), np.float32)
    yield "a head of a thousand million rows of nothing", fields, held(**{"head.dense": huge})
    alone = {key: value for key, value in fields.items() if key != "novelty"}
    yield (
        "a scope of as many",
        {**alone, "scope": "linear", "identity": None},
        held(confidences=np.array([0.5]), **{"scope.dense": huge, "scope.bias": np.zeros(2, "f4")}),
    )
    yield "no vector at all", fields, held(**{"head.dense": np.empty((0, 2), np.float32)})
    yield "half a character", said(classes=["bad", "\ud800"]), arrays
    yield "half a character in a word", said(terms=["\udfff", *fields["terms"][1:]]), arrays
    yield (
        "half a character in the facts",
        said(facts={**fields["facts"], "model": "\ud800"}),
        arrays,
    )
    yield "one class", said(classes=["bad"]), arrays
    yield "a class twice", said(classes=["bad", "bad"]), arrays
    yield "classes as an object", said(classes={"bad": 1, "good": 2}), arrays
    yield "a class of lists", said(classes=[["bad"], ["good"]]), arrays
    yield "a class beyond 64 bits", said(classes=[1, 2**70]), arrays
    yield "a class that is not a number", said(classes=[1, float("nan")]), arrays
    yield "idf too short", fields, held(idf=arrays["idf"][:-1])
    yield "idf too long", fields, held(idf=np.ones(len(arrays["idf"]) + 1, np.float32))
    nan = arrays["idf"].copy()
    nan[0] = np.nan
    yield "idf that is not a number", fields, held(idf=nan)
    yield "idf of bytes", fields, held(idf=arrays["idf"].astype(np.int8))
    yield "a word less", said(terms=fields["terms"][:-1]), arrays
    yield "a word twice", said(terms=[fields["terms"][1], *fields["terms"][1:]]), arrays
    yield "words that are numbers", said(terms=list(range(len(fields["terms"])))), arrays
    yield (
        "fewer texts than vectors",
        said(examples={**fields["examples"], "texts": fields["examples"]["texts"][:-1]}),
        arrays,
    )
    yield (
        "fewer labels than vectors",
        said(examples={**fields["examples"], "answers": fields["examples"]["answers"][:-1]}),
        arrays,
    )
    yield "examples of no length", fields, held(examples=np.zeros_like(arrays["examples"]))
    for facts in ([], None, "x", {}, {**fields["facts"], "rows": "x"},
                  {**fields["facts"], "rows": -1}, {**fields["facts"], "made": 5},
                  {**fields["facts"], "reading": []},
                  {**fields["facts"], "tried": {}}):  # fmt: skip
        yield f"facts {facts!r:.30}", said(facts=facts), arrays
    yield "a column that is a number", said(text_column=5), arrays
    yield "a metric of its own", said(metric="luck"), arrays
    yield "a task of its own", said(task="poetry"), arrays
    yield "a candidate of its own", said(setting={**fields["setting"], "candidate": "oak"}), arrays
    yield "a negative C", said(setting={**fields["setting"], "C": -1}), arrays
    yield "a setting more", said(setting={**fields["setting"], "more": 1}), arrays
    yield "scores in disorder", fields, held(scores=arrays["scores"][::-1].copy())
    yield "scores beyond 1", fields, held(scores=arrays["scores"] + 2)
    yield "a detector of its own", said(novelty={"weights": {"nose": 1.0}}), arrays
    yield "a detector that counts too much", said(novelty={"weights": {"density": 1e9}}), arrays
    yield "no detector", said(novelty={"weights": {}}), arrays
    yield "detectors as a list", said(novelty={"weights": []}), arrays
    yield (
        "own texts in disorder",
        fields,
        held(**{"novelty.combined": arrays["novelty.combined"][::-1].copy()}),
    )
    yield "deep", said(facts={"made": json.loads("[" * 300 + "]" * 300)}), arrays
    yield "offsets of another width", fields, held(offsets=np.zeros(3))
    yield "a version that is a text", said(version="3"), arrays


def test_no_value_of_a_file_is_believed(trained, tmp_path):
    from safetensors.numpy import save

    path = tmp_path / "m.likewise"
    trained.save(path)
    inside = members(path)
    fields, arrays = json.loads(inside["model.json"]), arrays_of(inside)
    tried = 0
    for what, said, held in attacks(fields, arrays):
        changed = {
            **inside,
            "model.json": json.dumps(said).encode(),
            "arrays.safetensors": save(held),
        }
        rewrite(path, changed)
        with pytest.raises(UnreadableFile) as error:
            artifact.load(path)
        assert "\n" not in str(error.value), what
        tried += 1
    assert tried > 50


def test_a_model_of_before_is_read_as_it_was(tmp_path):
    """Versions 1 and 2: C was called cost, and confidence alone said what is none of these."""
    from safetensors.numpy import save

    x, y = blobs(200, 3)
    model = Classifier(candidates=["embeddings"]).fit(x, y)
    model.save(tmp_path / "m.likewise")
    inside = members(tmp_path / "m.likewise")
    fields, arrays = json.loads(inside["model.json"]), arrays_of(inside)
    fields["version"] = 1
    fields["setting"]["cost"] = fields["setting"].pop("C")
    del fields["novelty"]
    fields["scope"] = "linear"
    facts = fields["facts"]
    facts["cut off"], facts["held out"] = 2, facts.pop("estimate")
    del facts["reading"]
    arrays = {name: array for name, array in arrays.items() if not name.startswith("novelty")}
    arrays["scope.dense"], arrays["scope.bias"] = arrays["head.dense"], arrays["head.bias"]
    arrays["confidences"] = np.linspace(0.4, 1, 200)
    old = {**inside, "model.json": json.dumps(fields).encode(), "arrays.safetensors": save(arrays)}
    rewrite(tmp_path / "old.likewise", old)
    loaded = Classifier.load(tmp_path / "old.likewise")
    np.testing.assert_array_equal(loaded.predict_proba(x), model.predict_proba(x))
    assert loaded.model_.facts.reading.cut_off == 2
    logits = x @ arrays["head.dense"] + arrays["head.bias"]
    sure = np.exp(logits - logits.max(axis=1, keepdims=True))
    sure = (sure / sure.sum(axis=1, keepdims=True)).max(axis=1)
    floor = np.sort(arrays["confidences"])[int(0.2 * 201) - 1]
    clear = np.abs(sure - floor) > 1e-4
    np.testing.assert_array_equal(loaded.fits(x, 0.2)[clear], (sure >= floor)[clear])


def test_a_network_of_before_is_refused_in_a_sentence(trained, tmp_path):
    path = tmp_path / "m.likewise"
    trained.save(path)
    inside = members(path)
    fields = json.loads(inside["model.json"]) | {"head": "network"}
    rewrite(path, {**inside, "model.json": json.dumps(fields).encode()})
    with pytest.raises(UnreadableFile) as error:
        artifact.load(path)
    assert "holds a small neural network, which Likewise no longer has." in error.value.problem
    assert error.value.remedy == "Train it again from its texts."
