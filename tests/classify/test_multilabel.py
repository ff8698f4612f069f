import json
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.multiclass import OneVsRestClassifier

from likewise import Classifier, MultiLabelClassifier
from likewise.classify.cells import cells_of
from likewise.classify.data.label_sets import LabelSpelling
from likewise.classify.evaluate.board import PROCEDURE
from likewise.classify.evaluate.label_board import AT_HALF, FREQUENT, NEAREST
from likewise.classify.evaluate.multilabel_metrics import (
    counts_of,
    f1,
    f1_interval,
    label_scores,
)
from likewise.classify.evaluate.thresholds import say, tune_thresholds
from likewise.classify.export.onnx import to_onnx
from likewise.classify.learn.multilabel import calibrate, strata
from likewise.classify.learn.sigmoid import binary_losses, fit_sigmoid, sigmoid
from likewise.classify.learn.softmax import FeatureBlocks
from likewise.classify.predictions import TextPredictor
from likewise.classify.saved.artifact import load, save
from likewise.errors import InvalidLabels, InvalidOption, UnreadableFile

pytestmark = pytest.mark.usefixtures("few_settings")


def several(n: int, labels: int = 4, *, spread: float = 0.6, dims: int = 16, seed: int = 0):
    """Return unit vectors (n, dims), sums of their labels' centres, and members (n, labels)."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(98).normal(size=(labels, dims))
    members = rng.random((n, labels)) < 0.35
    rows = members @ centres + spread * rng.normal(size=(n, dims))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), members


NAMES = ["bills", "food", "law", "travel"]


def named(members):
    return [[name for name, there in zip(NAMES, row, strict=True) if there] for row in members]


@pytest.fixture(scope="module")
def data():
    return several(160)


@pytest.fixture(scope="module")
def model(data):
    vectors, members = data
    return MultiLabelClassifier().fit(vectors, named(members))


def test_each_label_is_scikit_learns_logistic_regression():
    vectors, members = several(120, seed=3)
    own = fit_sigmoid(FeatureBlocks(vectors), members, 1 / (10 * len(vectors)), tolerance=1e-12)
    oracle = OneVsRestClassifier(LogisticRegression(C=10, tol=1e-8, max_iter=2_000))
    theirs = oracle.fit(vectors, members.astype(int)).predict_proba(vectors)
    np.testing.assert_allclose(sigmoid(own.logits(FeatureBlocks(vectors))), theirs, atol=2e-3)


def test_learns_several_labels(model, data):
    assert model.classes_.tolist() == NAMES
    new, truth = several(300, seed=5)
    chances = model.predict_proba(new)
    assert chances.shape == (300, 4)
    assert f1_score(truth, model.predict_members(new), average="micro") > 0.85
    assert model.score(new, named(truth)) == pytest.approx(
        f1_score(truth, model.predict_members(new), average="micro")
    )
    assert model.predict(new) == [
        tuple(name for name, said in zip(NAMES, row, strict=True) if said)
        for row in model.predict_members(new)
    ]


def test_probabilities_are_calibrated(model):
    new, truth = several(2_000, seed=6)
    found = label_scores(model.predict_proba(new), model.predict_members(new), truth)
    assert found.calibration_error < 0.05
    assert found.log_loss < 0.3


def test_sets_keep_each_label_as_often_as_promised(model):
    new, truth = several(3_000, seed=7)
    within = model.model_.sets(model.predict_proba(new), 0.9)
    for place in range(4):
        assert within[truth[:, place], place].mean() > 0.84
    assert (within | ~model.predict_members(new)).all()  # what is said is in the set
    assert within.mean() < 0.7


def test_zeros_and_ones_are_the_same_as_lists(data, model):
    vectors, members = data
    other = MultiLabelClassifier().fit(vectors, members.astype(int))
    np.testing.assert_array_equal(other.predict_proba(vectors), model.predict_proba(vectors))
    assert other.classes_.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (["food", "law"] * 80, "Row 1 has 'food' instead of a list of labels"),
        ([["food"]] * 160, "only one label, 'food'"),
        ([["food"], ["law", None]] * 80, "is missing"),
        ([["food"], ["law"]], "There are 160 texts and 2 lists of labels"),
        (np.arange(320).reshape(160, 2), "holds more than 0 and 1"),
        (None, "y is None"),
    ],
)
def test_what_can_not_be_learnt(data, y, said):
    with pytest.raises(InvalidLabels, match=said):
        MultiLabelClassifier().fit(data[0], y)


def test_other_metrics_and_candidates_are_refused(data):
    vectors, members = data
    with pytest.raises(InvalidOption, match="micro-F1, macro-F1"):
        MultiLabelClassifier(metric="accuracy").fit(vectors, members)
    with pytest.raises(InvalidOption, match="'words' can't be tried"):
        MultiLabelClassifier(candidates=["words"]).fit(vectors, members)


def test_a_text_without_a_label_may_stay_without(data, model):
    _, members = data
    assert not members.any(axis=1).all()
    assert not model.model_.at_least_one
    chances = np.array([[0.1, 0.2, 0.0, 0.3]])
    half = np.full(4, 0.5)
    assert not say(chances, half, at_least_one=False).any()
    assert say(chances, half, at_least_one=True).tolist() == [[False, False, False, True]]


def test_thresholds_are_chosen_for_the_metric():
    rng = np.random.default_rng(0)
    members = rng.random((600, 3)) < [0.5, 0.1, 0.03]
    # all probabilities too low: 0.5 is never reached, and a lower threshold finds nearly all
    chances = np.clip(0.3 * members + 0.1 * rng.random((600, 3)), 0, 1)
    found = tune_thresholds(chances, members, "micro-F1", at_least_one=False)
    assert ((found > 0.1) & (found < 0.3)).all()
    assert f1(counts_of(chances >= found, members), "micro-F1") == 1
    right = np.where(members, 0.9, 0.1)
    assert tune_thresholds(right, members, "macro-F1", at_least_one=False).tolist() == [0.5] * 3


def test_rare_labels_go_to_all_folds():
    members = np.array([[1, 1, 0], [1, 0, 0], [1, 0, 1], [0, 0, 0]], bool)
    assert strata(members).tolist() == [1, 0, 2, 3]


def test_calibration_pulls_logits_to_what_held_out_texts_say():
    rng = np.random.default_rng(1)
    truth = rng.normal(size=(4_000, 2))
    members = rng.random((4_000, 2)) < sigmoid(truth)
    wrong = truth * 3 + [1, -2]  # too sure, and shifted
    found = calibrate(wrong, members)
    assert binary_losses(found(wrong), members).mean() < binary_losses(wrong, members).mean() - 0.2
    np.testing.assert_allclose(found(wrong), truth, atol=0.5)


def test_scores_are_scikit_learns():
    rng = np.random.default_rng(2)
    truth, said = rng.random((50, 5)) < 0.3, rng.random((50, 5)) < 0.4
    truth[:, 4] = said[:, 4] = False  # a label that is nowhere does not count
    counts = counts_of(said, truth)
    assert f1(counts, "micro-F1") == pytest.approx(f1_score(truth, said, average="micro"))
    seen = f1_score(truth[:, :4], said[:, :4], average="macro")
    assert f1(counts, "macro-F1") == pytest.approx(seen)
    low, high = f1_interval(truth, said, truth)
    assert 0 < low < 1 - f1(counts, "micro-F1") < high
    assert f1_interval(said, said, truth) == (0, 0)


def test_leaderboard_has_baselines_and_the_estimate(model):
    found = model.leaderboard()
    names = [entry.name for entry in found.entries]
    assert names == [FREQUENT, NEAREST, AT_HALF, "embeddings + logistic regression", PROCEDURE]
    assert found[found.saved].interval == (0, 0)
    assert found[FREQUENT].scores.micro_f1 < found[NEAREST].scores.micro_f1
    assert found.procedure.scores.micro_f1 > found[NEAREST].scores.micro_f1
    estimate = model.model_.facts.estimate
    assert estimate["micro_f1"] == found.procedure.scores.micro_f1
    assert estimate["design"] == found.design


def test_a_file_gives_the_same_back(model, tmp_path):
    new, _ = several(20, seed=8)
    path = tmp_path / "several.likewise"
    model.save(path)
    read = MultiLabelClassifier.load(path)
    np.testing.assert_array_equal(read.predict_proba(new), model.predict_proba(new))
    assert read.predict(new) == model.predict(new)
    assert read.predict_sets(new, 0.8) == model.predict_sets(new, 0.8)
    assert read.fits(new).tolist() == model.fits(new).tolist()
    with pytest.raises(UnreadableFile, match="MultiLabelClassifier"):
        Classifier.load(path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("at_least_one", "yes"),
        ("metric", "accuracy"),
        ("spelling", {"kind": "separator", "separator": ""}),
        ("spelling", {"kind": "code", "separator": "|"}),
        ("classes", ["bills", "food"]),
    ],
)
def test_a_damaged_file_is_refused(model, tmp_path, monkeypatch, field, value):
    from likewise.classify.saved import artifact

    fields, arrays = artifact.members_of(model.model_)
    monkeypatch.setattr(artifact, "members_of", lambda _: ({**fields, field: value}, arrays))
    save(model.model_, tmp_path / "bad.likewise")
    with pytest.raises(UnreadableFile, match="not a whole Likewise model"):
        load(tmp_path / "bad.likewise")


TEXTS = ["the bill is wrong", "a soup and a pizza", "our lawyer signs", "a flight to Rome"]


@pytest.fixture(scope="module")
def reads_texts():
    rng = np.random.default_rng(4)
    texts, labels = [], []
    for row in range(60):
        chosen = rng.permutation(4)[: rng.integers(1, 3)]
        texts.append(" and ".join(TEXTS[place] for place in chosen) + f" {row}")
        labels.append([NAMES[place] for place in chosen])
    return MultiLabelClassifier("sha256").fit(texts, labels)


def test_predictions_of_texts(reads_texts):
    encoder = reads_texts._reader()
    ask = TextPredictor(reads_texts.model_, encoder, listed=None, reasons=True, abstain=0.2)
    both, foreign = ask(["a flight to Rome and the bill is wrong", "asdf qwer"])
    assert set(both.labels) == {"bills", "travel"}
    assert [one.label for one in both.probabilities[:2]] in (
        ["bills", "travel"],
        ["travel", "bills"],
    )
    assert set(both.labels) <= set(both.set)
    assert len(foreign.labels) == 1  # every training text had a label
    assert json.dumps(foreign.to_dict())


def test_cells_are_spelt_as_labels_came_in(reads_texts):
    def row(kind, separator="|"):
        model = replace(reads_texts.model_, spelling=LabelSpelling(kind, separator))
        predictor = TextPredictor(model, reads_texts._reader(), listed=0)
        cells = cells_of(predictor)
        said = predictor(["a flight to Rome and the bill is wrong"])
        return dict(zip(cells.columns, cells.of(iter(said)), strict=True))

    assert row("separator", "; ")["labels"] == "bills; travel"
    assert row("list")["labels"] == '["bills", "travel"]'
    apart = row("columns")
    assert [apart[name] for name in NAMES] == [1, 0, 0, 1]


def test_onnx_says_the_same(model):
    new, _ = several(200, seed=9)
    for at_least_one in (False, True):
        learnt = replace(model.model_, at_least_one=at_least_one)
        session = onnxruntime.InferenceSession(to_onnx(learnt), providers=["CPUExecutionProvider"])
        chances, said = session.run(["probabilities", "labels"], {"embedding": new})
        np.testing.assert_allclose(chances, learnt.probabilities(new, ()), atol=1e-5)
        np.testing.assert_array_equal(said, learnt.say(learnt.probabilities(new, ())))


def test_a_job_in_shards_has_the_labels_as_lists(reads_texts):
    from likewise.distributed.rows import _cells_of, predicted_types

    types = predicted_types(reads_texts.model_)
    assert list(types) == ["labels", "set", "none_of_these"]
    [said] = TextPredictor(reads_texts.model_, reads_texts._reader())(["a soup and a pizza 3"])
    assert _cells_of(reads_texts.model_)(said, 3)[0] == ["food"]
