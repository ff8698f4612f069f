"""What `likewise train` says in the terminal, as JSON, in the report and in the file is one."""

import json
from html import unescape

import pytest

from likewise import Classifier, MultiLabelClassifier, Regressor
from likewise.classify.report.figures import number, percent
from likewise.classify.report.shown import class_row, headline, label_row, number_row
from likewise.files.read import open_table
from tests.classify.test_training import texts_and_labels

pytestmark = pytest.mark.usefixtures("few_settings")


def test_terminal_json_report_and_file_agree(cli, tmp_path):
    texts, labels = texts_and_labels(90)
    lines = [json.dumps({"text": t, "label": y}) for t, y in zip(texts, labels, strict=True)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "b.jsonl").write_text("\n".join(lines[:30]), encoding="utf-8")
    arguments = ("train", "a.jsonl", "-e", "sha256", "--test", "b.jsonl", "-o", "m.likewise")
    shown = cli(*arguments)
    said = json.loads(cli(*arguments, "--json").out)
    board, test = said["leaderboard"], said["test"]
    stars = [line for line in shown.out.splitlines() if line.startswith("★")]
    assert len(stars) == 1
    assert board["saved"] in stars[0]
    for entry in board["entries"]:
        line = next(line for line in shown.out.splitlines() if entry["name"] in line)
        for cell in class_row(entry, board["saved"]):
            assert cell in line
    page = unescape((tmp_path / "m.html").read_text(encoding="utf-8"))
    assert "On 30 test texts" in page
    for text in (shown.err, page):
        for figure in (
            percent(test["accuracy"]),
            f"macro-F1 {test['macro_f1']:.3f}",
            f"log-loss {test['log_loss']:.3f}",
            percent(test["calibration_error"]),
            percent(test["coverage"]),
            f"{test['set_size']:.2f} labels",
            percent(test["rejected"]),
        ):
            assert figure in text
    low, high = said["rejection"]["between"]
    assert 0 < low < 0.05 < high < 0.2
    for text in (shown.err, page):
        assert said["rejection"]["said"] in text
        assert "90 texts held out" in text
        assert f"the share that comes out most likely lies between {percent(low)} and" in text
    loaded = Classifier.load(tmp_path / "m.likewise")
    assert loaded.model_.facts.estimate == said["estimate"]
    assert loaded.evaluate(texts[:30], labels[:30]).accuracy == test["accuracy"]


def test_the_audit_is_counted_in_the_terminal_and_whole_in_a_table(cli, tmp_path):
    texts, labels = texts_and_labels(90, noise=0.15)
    lines = ["text,label", *(f"{t},{y}" for t, y in zip(texts, labels, strict=True))]
    lines.insert(5, ",fruit")  # left out, and counted in the file's own rows all the same
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    ran = cli("train", "a.csv", "-e", "sha256", "-o", "m.likewise", "--audit", "odd.csv", "--json")
    assert ran.code == 0, ran.err
    said = json.loads(ran.out)
    assert f"{len(said['suspects'])} of 90 labels look wrong" in ran.err
    table = open_table(tmp_path / "odd.csv")
    rows = [row.values for row in table.rows()]
    assert table.columns == ("row", "given", "suggested", "probability", "text")
    assert len(rows) == len(said["suspects"]) == said["suspects_found"]
    chances = [float(row[3]) for row in rows]
    assert chances == sorted(chances)
    for row in rows:
        # row 1 is the first under the header
        assert lines[int(row[0])] == f"{row[4]},{row[1]}"
    why = cli("train", "a.csv", "-e", "sha256", "-o", "m.likewise", "--audit", "a.csv")
    assert why.code == 4


SETS = [("red",), ("red", "round"), ("round",), ("soft", "round"), ("soft",)]


def test_surfaces_agree_where_a_text_has_several_labels(cli, tmp_path):
    sets = [SETS[row % 5] for row in range(60)]
    texts = [f"{' and '.join(one)} {row}" for row, one in enumerate(sets)]
    rows = [f"{text},{'; '.join(one)}" for text, one in zip(texts, sets, strict=True)]
    (tmp_path / "a.csv").write_text("\n".join(["text,tags", *rows]), encoding="utf-8")
    (tmp_path / "b.csv").write_text("\n".join(["text,tags", *rows[:10]]), encoding="utf-8")
    ran = cli("train", "a.csv", "-e", "sha256", "--test", "b.csv", "-o", "m.likewise", "--json")
    assert ran.code == 0, ran.err
    said = json.loads(ran.out)
    assert "stand in 'tags' with ';' between them; --no-multi" in ran.err
    page = unescape((tmp_path / "m.html").read_text(encoding="utf-8"))
    assert headline(said) in ran.err
    assert headline(said) in page
    board, test = said["leaderboard"], said["test"]
    for entry in board["entries"]:
        for cell in label_row(entry, board["saved"]):
            assert cell in page
    estimate = dict(said["estimate"])
    assert estimate.pop("design") == board["design"]
    procedure = next(one for one in board["entries"] if one["name"] == board["procedure"])
    assert estimate == {key: procedure[key] for key in estimate}
    figures = {"micro_f1", "macro_f1", "exact", "log_loss", "calibration_error"}
    assert figures | {"coverage", "set_size", "rejected"} <= set(test)
    assert f"micro-F1 {test['micro_f1']:.3f}" in ran.err
    assert said["rejection"]["said"] in ran.err
    assert said["rejection"]["said"] in page
    loaded = MultiLabelClassifier.load(tmp_path / "m.likewise")
    assert loaded.model_.facts.estimate == said["estimate"]
    assert loaded.evaluate(texts[:10], sets[:10]).micro_f1 == test["micro_f1"]
    told = cli("predict", "m.likewise", "b.csv", "--probabilities")
    header, first, *_ = told.out.splitlines()
    assert header == (
        "text,tags,labels,set,none_of_these,probability red,probability round,probability soft"
    )
    chances = loaded.predict_proba(texts[:1])[0]
    assert [float(cell) for cell in first.split(",")[-3:]] == [round(c, 4) for c in chances]
    assert loaded.predict(texts[:1]) == [("red",)]
    assert first.split(",")[2] == "red"
    numbers = cli("predict", "m.likewise", "b.csv", "--explain")
    assert (numbers.code, numbers.out) == (2, "")
    assert "several labels per text, and those can't be explained" in numbers.err
    for refused in ("--audit=odd.csv", "--balanced", "--metric=accuracy", "--target=tags"):
        assert cli("train", "a.csv", "-e", "sha256", "-o", "n.likewise", refused).code != 0
    assert not (tmp_path / "n.likewise").exists()


def test_surfaces_agree_about_numbers(cli, tmp_path):
    """Stars, and what they are as levels; and sums of money, which are long."""
    columns = {
        "stars": [row % 5 + 1 for row in range(60)],
        "paid": [12_345.67 * (row % 5 + 1) + row for row in range(60)],
    }
    for name, numbers in columns.items():
        rows = [f"{'very ' * (row % 5)}good {row},{one}" for row, one in enumerate(numbers)]
        (tmp_path / "a.csv").write_text("\n".join([f"text,{name}", *rows]), encoding="utf-8")
        arguments = ("train", "a.csv", "--target", name, "-e", "sha256", "-o", f"{name}.likewise")
        shown = cli(*arguments)
        said = json.loads(cli(*arguments, "--json").out)
        page = unescape((tmp_path / f"{name}.html").read_text(encoding="utf-8"))
        for entry in said["leaderboard"]:
            line = next(line for line in shown.out.splitlines() if entry["name"] in line)
            for cell in number_row(entry):
                assert cell in line
                assert cell in page
        assert (said["levels"] is None) == (name == "paid")
        if said["levels"] is not None:
            assert said["levels"]["said"] in shown.err
            assert said["levels"]["said"] in page
        saved = next(entry for entry in said["leaderboard"] if entry["saved"])
        estimate = Regressor.load(tmp_path / f"{name}.likewise").model_.facts.estimate
        assert estimate == said["estimate"]
        assert estimate["mae"] == saved["mae"]
        assert f"from {number(min(numbers))} to {number(max(numbers))}" in page
