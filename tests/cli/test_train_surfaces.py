"""What `likewise train` says in the terminal, as JSON, in the report and in the file is one."""

import json
from html import unescape

from likewise import Classifier
from likewise.classify.report.shown import class_row, percent
from likewise.files.read import open_table
from tests.classify.test_training import texts_and_labels


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
