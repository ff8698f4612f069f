"""Training by one path: what is in the file is what every surface says, to the last number."""

import json
import re
from html import unescape

import numpy as np
import pytest

from likewise import Classifier
from likewise.classify.data.checks import no_better_than_guessing
from likewise.classify.data.columns import Labelled
from likewise.classify.evaluate.board import PROCEDURE
from likewise.classify.evaluate.leaderboard import MAJORITY
from likewise.classify.learn.candidates import TITLES
from likewise.classify.report.figures import hundred, percent
from likewise.classify.report.shown import class_row, headline
from likewise.classify.saved import artifact
from likewise.classify.training import train
from likewise.classify.training_data import (
    TrainingData,
    TrainingOptions,
    expected_minutes,
    read,
)
from likewise.encoders import load
from likewise.errors import InvalidLabels, InvalidOption
from likewise.files.read import open_table
from likewise.types import EmbeddedTexts

pytestmark = pytest.mark.usefixtures("few_settings")

WORDS = {"fruit": ["apple", "pear", "plum", "fig"], "tool": ["saw", "drill", "file", "axe"],
         "beast": ["cow", "owl", "ape", "eel"]}  # fmt: skip


def texts_and_labels(n: int, noise: float = 0.25, seed: int = 0):
    """Return texts of which some words tell the label, with some labels turned."""
    rng = np.random.default_rng(seed)
    names = list(WORDS)
    texts, labels = [], []
    for row in range(n):
        label = names[row % 3]
        words = [str(rng.choice(WORDS[label])), *(f"w{rng.integers(0, 40)}" for _ in range(3))]
        texts.append(" ".join([*rng.permutation(words).tolist(), f"n{row}"]))
        labels.append(names[rng.integers(0, 3)] if rng.random() < noise else label)
    return texts, labels


def data_of(n: int, test: Labelled | None = None) -> TrainingData:
    return TrainingData(Labelled(*texts_and_labels(n), "text", "label"), test, ())


@pytest.mark.parametrize("n", [12, 35, 200, 1_000])
def test_every_figure_is_of_the_model_that_is_saved(n, tmp_path):
    trained = train(data_of(n), "sha256", TrainingOptions())
    results, board = trained.results, trained.results["leaderboard"]
    entries = {entry["name"]: entry for entry in board["entries"]}
    trained.estimator.save(tmp_path / "m.likewise")
    saved = artifact.load(tmp_path / "m.likewise")

    # one name
    assert board["saved"] == results["model"] == saved.facts.model
    assert board["saved"] == TITLES[saved.setting.candidate]
    assert entries[board["saved"]]["interval"] == [0, 0]
    assert entries[board["saved"]]["kind"] == "candidate"
    # one estimate: the whole procedure's
    procedure = entries[PROCEDURE]
    assert board["procedure"] == PROCEDURE
    assert procedure["kind"] == "procedure"
    numbers = {name: procedure[name] for name in results["estimate"] if name != "design"}
    assert results["estimate"] == {**numbers, "design": board["design"]}
    assert saved.facts.estimate == results["estimate"]
    # of which all other figures are
    table = np.array(results["confusion"])
    assert table.sum() == board["texts"] == procedure["texts"]
    assert np.trace(table) / table.sum() == pytest.approx(procedure["accuracy"])
    assert sum(one["count"] for one in results["reliability"]) == board["texts"]
    right = sum(one["count"] * one["accuracy"] for one in results["reliability"])
    assert right / board["texts"] == pytest.approx(procedure["accuracy"])
    wrong = sum(pair["times"] for pair in results["confused"])
    assert wrong == table.sum() - np.trace(table)
    # and the report shows
    page = unescape(trained.report())
    assert f"<strong>{headline(results)}</strong>" in page
    assert f"Right {hundred(procedure['accuracy'])} of 100" in headline(results)
    assert f"{percent(procedure['accuracy'])} right" in page
    chosen = re.search(r"<tr class=chosen>(.*?)</tr>", page)[1]
    assert re.findall(r"<td[^>]*>(.*?)</td>", chosen) == class_row(
        entries[board["saved"]], board["saved"]
    )
    json.dumps(results, allow_nan=False)


def test_the_procedure_is_what_each_part_chose(monkeypatch):
    """In each part it is what was chosen without that part."""
    found = train(data_of(80), "sha256", TrainingOptions()).board
    procedure = found.procedure
    others = [entry for entry in found.entries if entry.kind == "candidate"]
    for row, chances in enumerate(procedure.probabilities):
        assert any(np.array_equal(chances, other.probabilities[row]) for other in others)


def test_quick_has_an_estimate_that_says_that_it_flatters(tmp_path):
    trained = train(data_of(120), "sha256", TrainingOptions(compared=False))
    assert trained.results["leaderboard"] is None
    assert trained.results["curve"] is None
    assert "flatters" in trained.results["estimate"]["design"]
    table = np.array(trained.results["confusion"])
    assert np.trace(table) / table.sum() == pytest.approx(trained.results["estimate"]["accuracy"])


def test_groups_and_times_are_never_split(tmp_path):
    texts, labels = texts_and_labels(60)
    lines = ["text,label,who,day"]
    lines += [
        f"{t},{y},p{row // 6},2026-01-{1 + row // 3:02d}"
        for row, (t, y) in enumerate(zip(texts, labels, strict=True))
    ]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    by_group = TrainingOptions(group="who", candidates=["embeddings"])
    data = read(open_table(tmp_path / "a.csv"), by_group)
    model = train(data, "sha256", by_group).estimator
    splits = model._training.samples.groups
    assert len(np.unique(splits)) == 10
    by_time = TrainingOptions(time="day", candidates=["embeddings"])
    data = read(open_table(tmp_path / "a.csv"), by_time)
    assert data.labelled.times == sorted(data.labelled.times)
    found = train(data, "sha256", by_time)
    assert found.results["leaderboard"]["design"] == "the latest fifth of the texts held out"
    assert found.board.held_out.min() >= 48
    (tmp_path / "b.csv").write_text("text,label,day\na,x,soon\nb,y,2026-01-02\n", encoding="utf-8")
    with pytest.raises(InvalidLabels, match="'soon' in column 'day', which is not a time"):
        read(open_table(tmp_path / "b.csv"), by_time)


def test_many_groups_of_one_person_flatter_random_folds():
    """Rows of one person are nearly the same: only groups see that nothing else was learnt."""
    rng = np.random.default_rng(0)
    people = rng.normal(size=(30, 24))
    rows = np.repeat(people, 10, axis=0) + 0.05 * rng.normal(size=(300, 24))
    x = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    who, y = np.repeat(np.arange(30), 10), np.repeat(rng.integers(0, 2, 30), 10)
    model = Classifier(candidates=["embeddings"])
    random = model.fit(x, y).leaderboard().procedure.scores.accuracy
    grouped = model.fit(x, y, groups=who).leaderboard().procedure.scores.accuracy
    assert random > 0.95
    assert grouped < 0.75


def test_vectors_with_their_identity_teach_a_model_that_reads_texts(tmp_path):
    texts, labels = texts_and_labels(60)
    encoder = load("sha256")
    ready = EmbeddedTexts(encoder.encode(texts).vectors, tuple(texts), encoder.identity)
    model = Classifier().fit(ready, labels)  # minilm by default, and never asked
    again = Classifier("sha256").fit(texts, labels)
    assert model.predict(texts).tolist() == again.predict(texts).tolist()
    np.testing.assert_array_equal(model.predict_proba(texts), again.predict_proba(texts))
    model.save(tmp_path / "m.likewise")
    loaded = Classifier.load(tmp_path / "m.likewise")
    assert (
        loaded.predict(["apple n1", "saw n2"]).tolist()
        == model.predict(["apple n1", "saw n2"]).tolist()
    )


@pytest.mark.parametrize(
    ("n", "classes", "said"),
    [
        (500, 500, "500 different labels for 500 texts"),
        (401, 300, "300 different labels for 401 texts"),
    ],
)
def test_a_column_of_ids_is_no_column_of_labels(tmp_path, n, classes, said):
    lines = ["text,label", *(f"text {row},id {row % classes}" for row in range(n))]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InvalidLabels, match=said):
        read(open_table(tmp_path / "a.csv"), TrainingOptions(label="label"))


def test_what_memory_does_not_hold_is_refused(tmp_path):
    lines = ["text,label", *(f"text {row},{row % 50}" for row in range(1_000))]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InvalidLabels, match="texts times labels may be 49,999"):
        read(open_table(tmp_path / "a.csv"), TrainingOptions(label="label", most_cells=49_999))
    assert read(open_table(tmp_path / "a.csv"), TrainingOptions(label="label")).classes == 50


def test_texts_are_not_grouped_by_what_is_learnt(tmp_path):
    (tmp_path / "a.csv").write_text("text,team\na,x\nb,x\nc,y\nd,y\n", encoding="utf-8")
    for options in (TrainingOptions(group="team"), TrainingOptions(label="team", group="team")):
        with pytest.raises(InvalidOption, match="grouped by what is to be learnt"):
            read(open_table(tmp_path / "a.csv"), options)


def test_numbers_are_finite_as_weights_and_not_all_the_same(tmp_path):
    def said(*numbers):
        rows = [f"text {row},{number}" for row, number in enumerate(numbers)]
        (tmp_path / "a.csv").write_text("\n".join(["text,n", *rows]), encoding="utf-8")
        return read(open_table(tmp_path / "a.csv"), TrainingOptions(target="n")).findings

    with pytest.raises(
        InvalidLabels, match=r"line 12\) has -1e\+99 .*, which is too large"
    ) as error:
        said(*range(10), "-1e99")
    assert "up to 1e+30" in error.value.remedy
    assert said(*[1e30, -1e30] * 20) == ()
    assert [one.message for one in said(*[3] * 40)] == [
        "All numbers are 3: there is nothing to learn."
    ]


def test_a_word_beforehand_when_it_takes_minutes():
    short = TrainingData(Labelled(["a text"] * 300, ["x", "y"] * 150, "t", "l"), None, ())
    assert expected_minutes(short, TrainingOptions()) == 0
    many = [f"label {row % 150}" for row in range(30_000)]
    long = TrainingData(Labelled(["some text here"] * 30_000, many, "t", "l"), None, ())
    assert expected_minutes(long, TrainingOptions()) > 3
    assert expected_minutes(long, TrainingOptions(compared=False)) < expected_minutes(
        long, TrainingOptions()
    )


def test_options_that_do_not_go_together():
    with pytest.raises(InvalidOption, match="Both --label and --target"):
        TrainingOptions(label="a", target="b")
    with pytest.raises(InvalidOption, match="--balanced is for labels"):
        TrainingOptions(target="b", class_weight="balanced")
    with pytest.raises(InvalidOption, match="metric is 'f1'"):
        TrainingOptions(metric="f1")


def test_progress_never_goes_beyond_its_total():
    told: list[tuple[str, int, int]] = []
    train(data_of(60), "sha256", TrainingOptions(), lambda *what: told.append(what))
    assert {what.split(":")[0] for what, _, _ in told} >= {"Embedding", "Learning curve"}
    for what, done, total in told:
        assert 0 <= done <= total or total == 0, (what, done, total)
    trying = [done for what, done, _ in told if what.startswith("Trying")]
    assert trying == sorted(trying)


def test_noise_is_told_to_be_noise():
    texts, _ = texts_and_labels(60)
    labels = np.random.default_rng(3).choice(["x", "y", "z"], 60).tolist()
    data = TrainingData(Labelled(texts, labels, "text", "label"), None, ())
    results = train(data, "sha256", TrainingOptions()).results
    entries = {entry["name"]: entry for entry in results["leaderboard"]["entries"]}
    worse = entries[PROCEDURE]["log_loss"] >= entries[MAJORITY]["log_loss"]
    assert [one["kind"] for one in results["findings"]] == ["probabilities"] * worse
    assert no_better_than_guessing(1.2, 1.1)[0].message.startswith(
        "Its probabilities are no better"
    )
    assert no_better_than_guessing(1.0, 1.1) == []


def test_few_texts_are_told_to_be_few(tmp_path):
    for n, told in ((12, ["few"]), (39, ["few"]), (40, [])):
        texts, labels = texts_and_labels(n)
        lines = ["text,label", *(f"{t},{y}" for t, y in zip(texts, labels, strict=True))]
        (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
        data = read(open_table(tmp_path / "a.csv"), TrainingOptions())
        assert [finding.kind for finding in data.findings] == told
    trained = train(data_of(20), "sha256", TrainingOptions())
    curve = trained.results["curve"]
    assert curve["points"] == []
    assert curve["advice"].startswith("A learning curve takes 40 different texts or more")
    page = trained.report()
    assert curve["advice"] in page
    assert "training texts</text>" not in page  # no curve is drawn


def test_what_flatters_is_said_only_where_it_does():
    from likewise.classify.data.checks import leakage

    def said(tested):
        [found] = leakage(["One", "two", "three"], ["one ", "two", "new"], ["a", "b", "a"], tested)
        assert found.rows == (0, 1)
        return found.message

    assert said(["a", "b", "a"]).endswith("results on them flatter.")
    assert said(["b", "a", "a"]).endswith("results on them are worse than on new texts.")
    assert "1 of them with the same answer: results on these flatter." in said(["a", "a", "a"])
    assert leakage(["one"], ["two"], ["a"], ["a"]) == []
