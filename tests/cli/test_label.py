"""`likewise label`, answered through a pipe."""

import csv
import json
import os
import re
import shlex
import signal

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from likewise.classify.label.answer_log import locked
from tests.classify.conftest import HAPPY, SAD


def write(path):
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["id", "text"])
        lines.writerows(enumerate([*HAPPY, *SAD, ""], 1))


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_answers_are_saved_undone_and_resumed(cli, tmp_path):
    write(tmp_path / "a.csv")
    ran = cli("label", "a.csv", "-o", "out.csv", "--labels", "glad,low", stdin="1\n2\n-\n1\n.\n")
    assert ran.code == 0, ran.err
    assert "1 glad   2 low   >" in ran.err
    assert "Undone: " in ran.err
    assert "2 of 24 texts are labelled in" in ran.err
    rows = read(tmp_path / "out.csv")
    assert len(rows) == 25
    assert [row["label"] for row in rows if row["label"]] == ["glad", "glad"]
    again = cli("label", "a.csv", "-o", "out.csv", stdin="a new label\n+\n")  # then the pipe ends
    assert again.code == 0, again.err
    assert "2 of 24 texts are labelled already." in again.err
    labels = [row["label"] for row in read(tmp_path / "out.csv") if row["label"]]
    assert sorted(labels) == ["a new label", "glad", "glad"]


def test_what_is_typed_in_another_encoding_is_asked_again(cli, tmp_path):
    write(tmp_path / "a.csv")
    ran = cli("label", "a.csv", "-o", "out.csv", "-e", "sha256", stdin=b"caf\xe9\nok\n.\n")
    assert ran.code == 0, ran.err
    assert "What was typed is not UTF-8" in ran.err
    assert [row["label"] for row in read(tmp_path / "out.csv") if row["label"]] == ["ok"]
    ran = cli("label", "a.csv", "-o", "o.csv", "-e", "sha256", "--labels", "caf\udce9,b")
    assert ran.code == 2
    assert "'caf\\udce9' can't be a label" in ran.err


def test_to_the_end_and_on_to_training(cli, tmp_path):
    write(tmp_path / "a.csv")
    ran = cli("label", "a.csv", "-o", "out.csv", "-e", "sha256", stdin="x\ny\n" * 12)
    assert "Every text is labelled or skipped." in ran.err, ran.err
    trained = cli("train", "out.csv", "-o", "m.likewise", "--quick", "-e", "sha256")
    assert trained.code == 0, trained.err
    assert "24 texts with 2 labels." in trained.err


@pytest.mark.parametrize(
    ("options", "typed"),
    [
        (["--labels", "0,1"], ["1", "1", "0"]),
        (["--labels", "5,4,3,2,1"], ["5", "1", "2"]),
        (["--labels", "-1,1.0"], ["1", "-1", "1.0"]),
        ([], ["5", "1", "2"]),
        (["--labels", "glad"], ["3", "1", "glad"]),
    ],
)
def test_a_number_that_is_typed_is_the_label(cli, tmp_path, options, typed):
    write(tmp_path / "a.csv")
    lines = "\n".join([*typed, "."])
    ran = cli("label", "a.csv", "-o", "out.csv", "-e", "sha256", *options, stdin=lines)
    assert ran.code == 0, ran.err
    answers = (tmp_path / "out.csv.answers").read_text(encoding="utf-8").splitlines()
    kept = [json.loads(line) for line in answers]
    assert [line["label"] for line in kept if "label" in line] == typed


def test_the_menu_shows_what_may_be_typed(cli, tmp_path):
    write(tmp_path / "a.csv")
    ran = cli("label", "a.csv", "-o", "out.csv", "-e", "sha256", "--labels", "0,1", stdin="2\n")
    assert "\n0   1   > \n2 is a new label; - takes it back.\n" in ran.err
    assert "\n0   1   2   > \n" in ran.err


def label(cli, *typed, out="out.csv"):
    lines = "\n".join([*typed, "."])
    ran = cli("label", "a.csv", "-o", out, "-e", "sha256", stdin=lines)
    assert ran.code == 0, ran.err
    return ran.err


def change(path, edit):
    rows = read(path)
    edit(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        lines.writeheader()
        lines.writerows(rows)


def test_a_table_of_somebody_else_is_not_lost(cli, tmp_path):
    write(tmp_path / "a.csv")
    mine = tmp_path / "mine.csv"
    mine.write_text("text,stars\nold,2.3\n", encoding="utf-8")
    said = label(cli, out="mine.csv")
    assert "mine.csv is another table" in said
    assert "No text was labelled" in said
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.csv", "mine.csv"]
    assert mine.read_text(encoding="utf-8") == "text,stars\nold,2.3\n"
    said = label(cli, "glad", out="mine.csv")
    assert "The table that stood there is now" in said
    assert "mine-1.csv." in said
    assert (tmp_path / "mine-1.csv").read_text(encoding="utf-8") == "text,stars\nold,2.3\n"
    assert [row["label"] for row in read(mine) if row["label"]] == ["glad"]
    label(cli, "low", out="mine.csv")  # that table was written from the answers
    assert not (tmp_path / "mine-2.csv").exists()


def test_labels_by_hand_are_taken_in(cli, tmp_path):
    write(tmp_path / "a.csv")
    out = tmp_path / "out.csv"
    label(cli, "glad", "low", "glad")
    before = [row["label"] for row in read(out)]
    first, second, third = (place for place, given in enumerate(before) if given)
    empty = [place for place, given in enumerate(before) if not given][:2]

    def edit(rows):
        rows[first]["label"] = "calm"
        rows[second]["label"] = ""
        for place in empty:
            rows[place]["label"] = " by hand "

    change(out, edit)
    said = label(cli)
    assert "4 labels that were changed by hand in" in said
    assert "4 of 24 texts are labelled in" in said
    after = [row["label"] for row in read(out)]
    assert after[first] == "calm"
    assert after[second] == ""
    assert after[third] == before[third]
    assert [after[place] for place in empty] == ["by hand", "by hand"]
    assert "by hand in" not in label(cli)
    assert not (tmp_path / "out-1.csv").exists()


def test_what_else_was_changed_by_hand_is_kept(cli, tmp_path):
    write(tmp_path / "a.csv")
    out = tmp_path / "out.csv"
    label(cli, "glad")
    empty = next(place for place, row in enumerate(read(out)) if not row["label"])

    def edit(rows):
        rows[0]["id"] = "seven"
        rows[empty]["label"] = "low"

    change(out, edit)
    assert "1 label that was changed by hand in" in label(cli)
    assert read(out)[empty]["label"] == "low"
    assert read(tmp_path / "out-1.csv")[0]["id"] == "seven"
    change(out, lambda rows: rows.reverse())
    said = label(cli, "low")
    assert "out.csv is another table" in said
    assert read(out)[empty]["label"] == "low"
    assert read(tmp_path / "out-2.csv")[-1]["text"] == read(out)[0]["text"]


def test_a_crash_before_the_table_is_written_is_no_change_by_hand(cli, tmp_path):
    write(tmp_path / "a.csv")
    label(cli, "glad", "low")
    table = (tmp_path / "out.csv").read_bytes()
    label(cli, "-", "low", "glad")
    journal = tmp_path / "out.csv.answers"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-1]))  # all answers, but not that the table was written
    (tmp_path / "out.csv").write_bytes(table.replace(b"\r\n", b"\n"))
    said = label(cli)
    assert "by hand" not in said
    assert "is another table" not in said
    labels = [row["label"] for row in read(tmp_path / "out.csv") if row["label"]]
    assert sorted(labels) == ["glad", "glad", "low"]


def test_the_last_message_names_the_column_and_trains_on_it(cli, tmp_path):
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["text", "label"])
        lines.writerows([text, f"old {place % 3}"] for place, text in enumerate([*HAPPY, *SAD]))
    said = label(cli, *["x", "y"] * 12)
    assert "There is a column 'label' already: your answers go to 'label 2'." in said
    assert "24 of 24 texts are labelled in" in said
    assert "out.csv, column 'label 2'.\n" in said
    command = said.splitlines()[-1]
    expected = "Next: likewise train out.csv --text text --label 'label 2' -o out.likewise"
    assert command == expected
    _, _, *arguments = shlex.split(command)
    trained = cli(*arguments, "--quick", "-e", "sha256")
    assert trained.code == 0, trained.err
    assert "24 texts with 2 labels." in trained.err


def test_what_can_be_known_before(cli, tmp_path):
    write(tmp_path / "a.csv")
    for arguments, said in (
        (("a.csv", "-o", "a.csv"), "is also the input"),
        (("a.csv", "-o", "out.doc"), "does not say which output format"),
        (("a.csv", "-o", "b.csv", "--text", "body"), "has no column 'body'"),
        (("none.csv", "-o", "b.csv"), "none.csv"),
        (("a.csv", "-o", "b.csv", "--labels", "+,-"), "+ can't be a label"),
        (("-", "-o", "b.csv"), "Texts from a pipe can't be labelled"),
    ):
        ran = cli("label", *arguments)
        assert ran.code in (2, 4), ran
        assert said in ran.err
    assert [file.name for file in tmp_path.iterdir()] == ["a.csv"]


def test_on_the_page_until_ctrl_c(start, tmp_path):
    write(tmp_path / "a.csv")
    process = start("label", "a.csv", "-o", "out.csv", "--page", "-e", "sha256")
    for line in process.stderr:
        if found := re.search(rb"http://\S+?:\d+", line):
            break
    url = found.group().decode()
    asked = httpx.get(f"{url}/api/label").json()["next"]
    httpx.post(f"{url}/api/label", json={"row": asked["row"], "label": "glad"})
    process.send_signal(signal.SIGINT)
    assert b"1 of 24 texts are labelled in" in process.communicate(timeout=60)[1]
    labelled = [row for row in read(tmp_path / "out.csv") if row["label"]]
    assert [(row["text"], row["label"]) for row in labelled] == [(asked["text"], "glad")]


def test_parquet_keeps_its_types(cli, tmp_path):
    texts = [*HAPPY, *SAD]
    when = pa.array(range(len(texts)), pa.timestamp("ms"))
    pq.write_table(pa.table({"text": texts, "when": when}), tmp_path / "in.parquet")
    for answers in ("-1\n.\n", "7\n.\n"):  # the second run goes on from the first one's table
        ran = cli("label", "in.parquet", "-o", "out.parquet", "-e", "sha256", stdin=answers)
        assert ran.code == 0, ran.err
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.schema.field("when").type == pa.timestamp("ms")
    assert found["when"].combine_chunks().equals(when)
    assert sorted(label for label in found["label"].to_pylist() if label) == ["-1", "7"]


def test_a_pipe_by_name_is_refused_before_any_answer(cli, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "/dev/stdin"):
        ran = cli("label", name, "-o", "out.csv", "-e", "sha256", stdin="text\na\nb\n")
        assert (ran.code, ran.out) == (2, "")
        assert "can't be labelled: they can be read only once" in ran.err
    assert not (tmp_path / "out.csv").exists()


def test_the_file_of_the_texts_is_not_taken_for_answers(cli, tmp_path, monkeypatch):
    write(tmp_path / "a.csv")
    (tmp_path / "link.csv").symlink_to("a.csv")
    with (tmp_path / "a.csv").open("rb") as file:
        standard = os.fstat(file.fileno())
    monkeypatch.setattr("likewise.cli.label.os.fstat", lambda _: standard)
    for name in ("a.csv", "link.csv"):
        ran = cli("label", name, "-o", "out.csv", "-e", "sha256")
        assert (ran.code, ran.out) == (2, "")
        assert "is also what answers are read from" in ran.err
    assert not (tmp_path / "out.csv").exists()


def test_two_at_one_output(cli, tmp_path):
    write(tmp_path / "a.csv")
    with locked(tmp_path / "out.csv.answers"):
        ran = cli("label", "a.csv", "-o", "out.csv", "-e", "sha256", stdin="x\n")
    assert ran.code == 4
    assert "Another process is labelling into" in ran.err
    assert "Embedding" not in ran.err
    assert "1 of 24 texts are labelled in" in label(cli, "x")


def test_equal_texts_are_asked_once(cli, tmp_path):
    texts = ["Refund please", "Hello there", "Refund  please", "Bye now", "refund please"]
    (tmp_path / "a.csv").write_text("\n".join(["text", *texts]), encoding="utf-8")
    said = label(cli, "a", "b", "c", "d")
    assert "2 texts equal others: each is asked once." in said
    assert "5 of 5 texts are labelled in" in said
    labels = [row["label"] for row in read(tmp_path / "out.csv")]
    assert labels[0] == labels[2] == labels[4]
    assert len(set(labels)) == 3
