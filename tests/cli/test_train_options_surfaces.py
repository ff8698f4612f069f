"""Whatever is asked of a training, and whatever labels are called: all surfaces say one thing.

Surfaces are the terminal, the report, `--json`, what the page is given, the file, the attributes of
the loaded model, and what `likewise predict` writes.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
from pydantic import TypeAdapter

from likewise import Classifier, MultiLabelClassifier, Regressor
from likewise.classify import training
from likewise.classify.data.labels import spelt
from likewise.classify.learn.candidates import TITLES
from likewise.classify.report.shown import about, class_row, headline, label_row, number_row
from likewise.server.classify.result_schemas import Results
from tests.classify.test_training import texts_and_labels

ROWS = {
    "classes": class_row,
    "multi-label": label_row,
    "numbers": lambda entry, _: number_row(entry),
}
ESTIMATORS = {"classes": Classifier, "multi-label": MultiLabelClassifier, "numbers": Regressor}


@dataclass(frozen=True)
class Case:
    """What is trained: `says` makes the answer of a row from its place and its fruit or tool."""

    says: Callable[[int, str], Any] = lambda _, label: label
    arguments: tuple[str, ...] = ()
    rows: int = 30
    kind: str = "classes"
    asked: str = "--label"


def named(*names: Any) -> Callable[[int, str], Any]:
    """Return what calls the three labels so."""
    by_label = dict(zip(("fruit", "tool", "beast"), names, strict=True))
    return lambda _, label: by_label[label]


STARS = {"fruit": 1, "tool": 3, "beast": 5}
TAGS = {"fruit": "sweet; round", "tool": "hard", "beast": "round; alive"}

GROUPS_IN_TIME = ("--group", "who", "--time", "day")

CASES = {
    "twelve rows": Case(rows=12),
    "groups of one": Case(arguments=("--group", "text"), rows=20),
    "groups and times": Case(arguments=GROUPS_IN_TIME),
    "balanced": Case(lambda row, label: label if row % 4 else "fruit", ("--balanced",)),
    "macro-F1": Case(lambda row, label: label if row % 3 else "fruit", ("--metric", "macro-F1")),
    "whole numbers": Case(named(1, 2, 10)),
    "fractions": Case(named(0.5, 1.5, -2.25)),
    "yes and no": Case(named(True, False, True)),
    "written numbers": Case(named("1", "2", "10")),
    "space around": Case(named(" fruit", "fruit ", "fruit")),
    "case": Case(named("Fruit", "fruit", "FRUIT")),
    "empty": Case(lambda row, label: "" if row % 9 == 4 else label),
    "other letters": Case(named("果物", "e\u0301tau", "\u00e9tau")),
    "right to left": Case(named("פרי", "كلي", "<i>")),
    "long": Case(named("f" * 300, "f" * 299 + "g", "t")),
    "our own words": Case(named("none of these", "saved", "always the most frequent label")),
    "marks": Case(named("a | b", "=1+1", '"q", \n& <b>')),
    "stars": Case(lambda _, label: STARS[label], kind="numbers", asked="--target"),
    "stars of groups in time": Case(
        lambda _, label: STARS[label], GROUPS_IN_TIME, kind="numbers", asked="--target"
    ),
    "tags": Case(lambda _, label: TAGS[label], ("--multi",), kind="multi-label"),
    "tags of groups in time": Case(
        lambda _, label: TAGS[label], ("--multi", *GROUPS_IN_TIME), kind="multi-label"
    ),
}  # fmt: skip


@pytest.fixture
def trained_once(monkeypatch):
    """Let two commands show one training."""
    kept: list[Any] = []
    really = training.train

    def train(*arguments: Any) -> Any:
        if not kept:
            kept.append(really(*arguments))
        return kept[0]

    monkeypatch.setattr(training, "train", train)


@pytest.mark.usefixtures("trained_once", "few_settings", "few_everyday_sentences")
@pytest.mark.parametrize("name", CASES)
def test_one_truth(name, cli, tmp_path):
    case = CASES[name]
    texts, labels = texts_and_labels(case.rows, noise=0.1)
    rows = [
        {"text": text, "answer": case.says(row, label), "who": f"p{row // 4}", "day": row // 2}
        for row, (text, label) in enumerate(zip(texts, labels, strict=True))
    ]
    table = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (tmp_path / "a.jsonl").write_text(table, encoding="utf-8")
    arguments = ("train", "a.jsonl", "--text", "text", case.asked, "answer", *case.arguments)
    arguments += ("-e", "sha256", "--test", "a.jsonl", "-o", "m.likewise")
    shown = cli(*arguments)
    said = json.loads(cli(*arguments, "--json").out)
    assert shown.code == 0, shown.err
    assert said["kind"] == case.kind
    page = unescape((tmp_path / "m.html").read_text(encoding="utf-8"))

    # the page is given the same, but for test texts, which nobody gives there
    given = {**said, "test": None}
    assert TypeAdapter(Results).validate_python(given).model_dump() == given

    # the table of models, and the one that is saved
    starred = [line for line in shown.out.splitlines() if line.startswith("★")]
    assert len(starred) == 1
    assert said["model"] in starred[0]
    board = said["leaderboard"]
    entries = board if case.kind == "numbers" else board["entries"]
    for entry in entries:
        cells = ROWS[case.kind](entry, said["model"])
        assert any(all(cell in line for cell in cells) for line in shown.out.splitlines()), cells
        assert all(cell in page for cell in cells)

    # sentences
    for sentence in [headline(said), *about(said)]:
        assert sentence in shown.err
        assert sentence in page
    for finding in said["findings"]:
        assert finding["message"] in shown.err
        assert finding["message"] in page

    # the file
    model = ESTIMATORS[case.kind].load(tmp_path / "m.likewise")
    assert model.model_.facts.estimate == said["estimate"]
    assert model.model_.facts.model == said["model"]
    assert model.model_.facts.fingerprint == said["fingerprint"]
    if case.kind == "classes":
        assert TITLES[model.model_.setting.candidate] == said["model"] == board["saved"]
        assert model.model_.metric == model.metric == said["metric"]

    # new texts get what the test says
    predicted = cli("predict", "m.likewise", "a.jsonl", "--output-format", "jsonl")
    answers = [json.loads(line) for line in predicted.out.splitlines()]
    known = [row for row in answers if str(row["answer"]).strip()]
    assert len(known) == said["texts"] == said["test"]["texts"]
    if case.kind == "classes":
        right = sum(row["label"] == row["answer"] for row in known)
        assert right / len(known) == said["test"]["accuracy"]
        rejected = sum(row["none_of_these"] for row in known)
        assert rejected / len(known) == pytest.approx(said["test"]["rejected"])
        assert [spelt(label) for label in model.classes_.tolist()] == said["classes"]
        assert {json.dumps(row["answer"]) for row in known} == {
            json.dumps(label) for label in model.model_.classes
        }
        assert all(cell in page for cell in said["classes"])
        assert {one["label"] for one in said["per_class"]} <= set(said["classes"])
    elif case.kind == "multi-label":
        right = sum(
            sorted(row["labels"].split("; ")) == sorted(row["answer"].split("; ")) for row in known
        )
        assert right / len(known) == said["test"]["exact"]
    else:
        off = sum(abs(row["prediction"] - row["answer"]) for row in known) / len(known)
        assert off == pytest.approx(said["test"]["mae"], abs=1e-5)
