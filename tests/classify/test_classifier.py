import json

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

import likewise
from likewise import Classifier, Regressor
from likewise.errors import (
    IncompatibleVectors,
    InvalidLabels,
    InvalidOption,
    InvalidText,
    InvalidVectors,
    TooFewTexts,
)
from likewise.sklearn import TextEncoder
from tests.classify.conftest import blobs

NEW = ["I am delighted.", "I am in despair.", "I am enraged."]


@pytest.fixture(scope="module")
def model():
    from tests.classify.conftest import ANGRY, HAPPY, SAD

    texts = HAPPY + SAD + ANGRY
    return Classifier(candidates=["embeddings", "both"]).fit(
        texts, ["happy"] * 12 + ["sad"] * 12 + ["angry"] * 12
    )


def test_tells_new_texts(model):
    assert model.classes_.tolist() == ["angry", "happy", "sad"]
    assert model.predict(NEW).tolist() == ["happy", "sad", "angry"]
    probabilities = model.predict_proba(NEW)
    assert probabilities.shape == (3, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert model.score(NEW, ["happy", "sad", "angry"]) == 1


def test_predict_is_the_most_probable(model):
    texts = [*NEW, "The tax office opens at nine.", "", "x" * 5000]
    probabilities = model.predict_proba(texts)
    assert model.predict(texts).tolist() == model.classes_[probabilities.argmax(axis=1)].tolist()


def test_sets_begin_with_the_prediction_and_grow(model):
    narrow, wide = model.predict_sets(NEW, 0.5), model.predict_sets(NEW, 0.9)
    for text, small, large in zip(NEW, narrow, wide, strict=True):
        assert small[0] == large[0] == model.predict([text])[0]
        assert set(small) <= set(large)
    assert model.predict_sets(NEW, 0.999) == [s if len(s) == 3 else None for s in
                                              model.predict_sets(NEW, 0.999)]  # fmt: skip
    with pytest.raises(InvalidOption, match="coverage is 95"):
        model.predict_sets(NEW, 95)


def test_what_is_no_mood_fits_less(model):
    moods = ["I am happy today.", "He is so sad.", "She is angry with me."]
    others = ["SELECT * FROM users;", "pH 7.4, 0.9 % NaCl", "Bus 14 to the depot, line closed"]
    abstain = 0.5
    assert model.fits(moods, abstain).sum() > model.fits(others, abstain).sum()
    assert model.fits(moods, 0.001).all()


def test_evaluate(model):
    found = model.evaluate(NEW, ["happy", "sad", "sad"])
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.texts == 3
    with pytest.raises(InvalidLabels, match="Row 2 has the label 'bored'"):
        model.evaluate(NEW[:2], ["happy", "bored"])


def test_explain(model):
    found = model.explain("I am so delighted with the weather")
    assert found.label == "happy"
    assert [near.label for near in found.same] == ["happy"] * 3
    assert all(near.label != "happy" for near in found.other)
    assert found.same[0].similarity >= found.same[1].similarity
    assert found.words[0].word == "delighted"
    json.dumps(found.to_dict(), allow_nan=False)
    # leaving a word out is what it says
    without = model.predict_proba(["I am so  with the weather"])[0, 1]
    whole = model.predict_proba(["I am so delighted with the weather"])[0, 1]
    assert found.words[0].weight == pytest.approx(whole - without, abs=2e-3)
    assert model.explain("hello").words == ()


def test_audit_finds_a_wrong_label(moods):
    texts, labels = moods
    labels[3] = "sad"  # She laughed with joy.
    found = Classifier(candidates=["embeddings"]).fit(texts, labels).audit()
    assert 3 in [suspect.row for suspect in found[:2]]


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        ([1, 0], int), ([True, False], bool), ([2.5, 0.5], float), (["b", "a"], str),
        ([np.int64(7), np.int64(3)], int), (["2024-01-01", "2023-05-05"], str),
        ([10, 9], int), (["10", "9"], str),
    ],
)  # fmt: skip
def test_labels_of_any_kind_come_back(labels, kind, tmp_path):
    x, y = blobs(40, 2, spread=0.2)
    given = [labels[place] for place in y]
    model = Classifier(candidates=["embeddings"]).fit(x, given)
    assert model.predict(x).tolist() == given
    model.save(tmp_path / "m.likewise")
    again = Classifier.load(tmp_path / "m.likewise")
    assert again.predict(x).tolist() == given
    assert {type(label) for label in again.model_.classes} == {kind}


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["a", None], "label of row 2 is missing"),
        (["a", float("nan")], "label of row 2 is missing"),
        (["a", "  "], "label of row 2 is missing"),
        (["a", 1], "several kinds: str in row 1, int in row 2"),
        ([True, 2], "several kinds: bool in row 1, int in row 2"),
        (["a", ["b"]], "label of row 2 is a list"),
        (["a", "a"], "only one label, 'a'"),
        (["a"], "only one label, 'a'"),
        ([], "no labels"),
        (["a", "b", "c"], "2 texts and 3 labels"),
    ],
)
def test_labels_without_an_answer(labels, said):
    with pytest.raises(InvalidLabels) as error:
        Classifier("sha256").fit(["x", "y"], labels)
    assert said in error.value.problem


def test_texts_without_an_answer():
    with pytest.raises(InvalidText, match="Text 2 is not a string"):
        Classifier("sha256").fit(["x", None], ["a", "b"])
    with pytest.raises(InvalidText, match="Texts come as a list"):
        Classifier("sha256").fit("xy", ["a", "b"])
    with pytest.raises(InvalidVectors, match="has length 2"):
        Classifier().fit(np.full((2, 4), 1.0), ["a", "b"])
    with pytest.raises(InvalidOption, match="'trees' can't be tried"):
        Classifier("sha256", candidates=["trees"]).fit(["x", "y"], ["a", "b"])
    with pytest.raises(InvalidOption, match="no text for the label 'b'"):
        Classifier("sha256", label_names={"a": "first"}).fit(["x", "y"], ["a", "b"])


def test_two_rows_are_enough_for_two_classes():
    model = Classifier().fit(["I am glad", "I am sad"], ["happy", "unhappy"])
    assert model.predict(["so glad!", "so sad"]).tolist() == ["happy", "unhappy"]
    assert model.predict_sets(["so glad"], 0.95) == [["happy", "unhappy"]]  # nothing is promised
    assert model.fits(["anything"]).all()
    assert model.model_.facts.estimate is None


def test_many_classes():
    x, y = blobs(2_000, 1_000, spread=0.05, dims=64)
    model = Classifier(candidates=["embeddings"]).fit(x, y)
    assert model.score(x, y) > 0.9


def test_a_rare_class_is_still_learnt():
    x, y = blobs(400, 2, spread=0.3)
    keep = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:2]])
    model = Classifier(candidates=["embeddings"]).fit(x[keep], y[keep])
    assert model.predict_proba(x[y == 1])[:, 1].mean() > 0
    assert model.predict(x[y == 0]).tolist() == [0] * 200


def test_given_vectors_and_texts_do_not_mix(model):
    x, y = blobs(60, 3, dims=384)
    on_vectors = Classifier(candidates=["embeddings"]).fit(x, y)
    assert on_vectors.score(x, y) > 0.9
    with pytest.raises(IncompatibleVectors):
        on_vectors.predict(["a text"])
    with pytest.raises(IncompatibleVectors):
        model.predict(x)
    with pytest.raises(InvalidOption, match="words need texts"):
        Classifier(candidates=["words"]).fit(x, y)


def test_another_encoder_is_refused(model):
    other = clone(model)
    other.set_params(encoder="sha256")
    other.model_, other.classes_ = model.model_, model.classes_
    with pytest.raises(IncompatibleVectors):
        other.predict(NEW)


def test_in_scikit_learn(moods):
    texts, labels = moods
    model = Classifier("sha256", candidates=["words"])
    copy = clone(model)
    assert copy.get_params()["candidates"] == ["words"]
    assert copy.set_params(encoder="minilm").encoder == "minilm"
    assert len(cross_val_score(Classifier(candidates=["embeddings"]), texts, labels, cv=3)) == 3
    search = GridSearchCV(
        make_pipeline(Classifier()),
        {"classifier__encoder": ["sha256", "minilm"], "classifier__candidates": [["embeddings"]]},
        cv=2,
        error_score="raise",
    ).fit(texts, labels)
    assert search.best_params_["classifier__encoder"] == "minilm"


def test_columns_of_any_kind(moods):
    texts, labels = moods
    model = Classifier("sha256", candidates=["words"]).fit(texts, labels)
    expected = model.predict_proba(NEW)
    for given, answers in (
        (np.array(texts), np.array(labels)),
        (np.array(texts, object), np.array(labels, object)),
        (tuple(texts), iter(labels)),
    ):
        again = Classifier("sha256", candidates=["words"]).fit(given, answers)
        assert again.classes_.tolist() == ["angry", "happy", "sad"]
        np.testing.assert_array_equal(again.predict_proba(NEW), expected)


def test_on_top_of_the_text_encoder(moods):
    texts, labels = moods
    pipeline = make_pipeline(TextEncoder("minilm"), Classifier(candidates=["embeddings"]))
    assert pipeline.fit(texts, labels).predict(NEW).tolist() == ["happy", "sad", "angry"]
    alone = Classifier("minilm", candidates=["embeddings"], label_names=None).fit(texts, labels)
    # in float32 (see tests/conftest.py) texts of other batches differ in the last digits alone
    np.testing.assert_allclose(pipeline.predict_proba(NEW), alone.predict_proba(NEW), atol=1e-3)


def test_the_leaderboard_names_a_winner(moods):
    texts, labels = moods
    model = Classifier().fit(texts, labels)
    found = model.leaderboard()
    assert len(found.entries) == 6
    names = [entry.name for entry in found.entries]
    assert names[:2] == ["always the most frequent label", "nearest label words"]
    assert found.winner.scores.accuracy > 0.6
    assert found.entries[0].scores.accuracy < 0.5
    json.dumps(found.to_dict(), allow_nan=False)


def test_no_text_to_predict(model):
    with pytest.raises(TooFewTexts):
        model.predict([])


def test_progress_is_reported(moods):
    said: list[str] = []
    Classifier(candidates=["embeddings"]).fit(
        *moods, progress=lambda what, done, total: said.append(what)
    )
    assert "Embedding" in said
    assert "Fitting on all texts" in said


class TestRegressor:
    def test_learns_and_promises(self):
        x, y = blobs(300, 3, spread=0.3)
        targets = y + 0.1 * np.random.default_rng(0).normal(size=300)
        model = Regressor().fit(x[:200], targets[:200])
        assert model.score(x[200:], targets[200:]) > 0.8
        ends = model.predict_interval(x[200:], 0.9)
        inside = (ends[:, 0] <= targets[200:]) & (targets[200:] <= ends[:, 1])
        assert 0.8 < inside.mean() <= 1
        tried = model.model_.facts.tried
        assert tried[0]["name"] == "always the mean"
        assert tried[1]["rmse"] < tried[0]["rmse"]

    def test_on_texts(self, moods):
        texts, labels = moods
        model = Regressor().fit(texts, [label == "happy" for label in labels])
        glad, sad = model.predict(["I am so happy and glad!", "I am in despair."])
        assert glad > sad + 0.3

    @pytest.mark.parametrize("bad", [None, float("nan"), float("inf"), "many", [1]])
    def test_targets_without_an_answer(self, bad):
        with pytest.raises(InvalidLabels, match="target of row 3"):
            Regressor("sha256").fit(["x"] * 12, [1, 2, bad, *[3] * 9])

    def test_targets_that_squares_would_overflow(self):
        with pytest.raises(InvalidLabels, match=r"target of row 2 is 1e\+308, which is too large"):
            Regressor("sha256").fit(["x"] * 12, [1, 1e308, *[3] * 10])

    def test_in_scikit_learn(self):
        x, y = blobs(60, 3)
        model = clone(Regressor("sha256", keep_texts=False))
        assert model.get_params() == {"encoder": "sha256", "keep_texts": False}
        search = GridSearchCV(Regressor(), {"keep_texts": [True, False]}, cv=2, error_score="raise")
        assert search.fit(x, y).best_score_ > 0.5
        assert len(cross_val_score(Regressor(), x, y, cv=3)) == 3

    def test_too_few(self):
        with pytest.raises(TooFewTexts, match="9 numbers are too few"):
            Regressor("sha256").fit(["x"] * 9, range(9))

    def test_equal_targets(self):
        x, _ = blobs(20, 2)
        assert Regressor().fit(x, [5] * 20).predict(x[:2]).tolist() == pytest.approx([5, 5])

    def test_comes_back(self, tmp_path):
        x, y = blobs(100, 3)
        model = Regressor().fit(x, y)
        model.save(tmp_path / "n.likewise")
        again = Regressor.load(tmp_path / "n.likewise")
        np.testing.assert_array_equal(again.predict(x), model.predict(x))
        np.testing.assert_array_equal(
            again.predict_interval(x, 0.8), model.predict_interval(x, 0.8)
        )
        with pytest.raises(likewise.errors.UnreadableFile, match="predicts numbers"):
            Classifier.load(tmp_path / "n.likewise")
