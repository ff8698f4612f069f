"""`likewise label`, answered through a pipe."""

import csv
import json
import re
import signal

import httpx
import pytest

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


def test_what_can_be_known_before(cli, tmp_path):
    write(tmp_path / "a.csv")
    for arguments, said in (
        (("a.csv", "-o", "a.csv"), "is also the input"),
        (("a.csv", "-o", "out.doc"), "doesn't tell a format"),
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
