"""What `train` and `predict` do with tables and models that are not what they should be."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from tests.classify.conftest import ANGRY, HAPPY, SAD
from tests.cli.conftest import one_sentence_error
from tests.cli.test_train import rows_of, write_moods

pytestmark = pytest.mark.usefixtures("few_settings")

MOODS = [(t, m) for m, ts in (("happy", HAPPY), ("sad", SAD), ("angry", ANGRY)) for t in ts]
QUICK = ("-o", "m.likewise", "--quick", "-e", "sha256")


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """Return a small model of the contrast encoder."""
    from likewise import Classifier

    path = tmp_path_factory.mktemp("model") / "m.likewise"
    texts, labels = zip(*MOODS, strict=True)
    Classifier("sha256", candidates=["embeddings"]).fit(texts, labels).save(path)
    return path


def nothing_made(folder: Path, *there: str) -> None:
    assert sorted(file.name for file in folder.iterdir()) == sorted(there)


def test_rows_without_label_are_left_out_and_counted(cli, tmp_path):
    write_moods(tmp_path / "a.csv", rows=[*MOODS, ("no label", ""), ("", "sad"), ("none", "NaN")])
    ran = cli("train", "a.csv", *QUICK, "--json")
    assert ran.code == 0, ran.err
    assert "1 row without text left out." in ran.err
    assert "without label left out" in ran.err
    assert json.loads(ran.out)["texts"] == 37  # "NaN" is a label that a person may mean


def test_numbers_booleans_and_dates_keep_their_kind_in_jsonl(cli, tmp_path):
    for labels in ([0, 1], [True, False], [0.5, 2.5], ["2024-01-01", "2024-02-01"]):
        lines = [json.dumps({"text": t, "label": labels[m == "happy"]}) for t, m in MOODS]
        (tmp_path / "a.jsonl").write_text("\n".join(lines) + "\n")
        assert cli("train", "a.jsonl", *QUICK).code == 0
        ran = cli("predict", "m.likewise", "a.jsonl", "--text", "text", "--output-format", "jsonl")
        found = {json.dumps(json.loads(line)["label 2"]) for line in ran.out.splitlines()}
        assert found <= {json.dumps(label) for label in labels}, ran


def test_labels_of_mixed_kinds_are_refused(cli, tmp_path):
    rows = [{"text": t, "label": row if row % 2 else "odd"} for row, (t, _) in enumerate(MOODS)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    one_sentence_error(
        cli("train", "a.jsonl", *QUICK),
        2,
        "several kinds: str in row 1 of 'a.jsonl' (line 1), int in row 2 of 'a.jsonl' (line 2)",
    )
    nothing_made(tmp_path, "a.jsonl")


def test_hundreds_of_labels(cli, tmp_path):
    rows = [(f"word{label} again {time}", f"label{label}") for label in range(300)
            for time in range(2)]  # fmt: skip
    write_moods(tmp_path / "a.csv", rows=rows)
    ran = cli("train", "a.csv", *QUICK)
    assert ran.code == 0, ran.err
    assert "600 texts with 300 labels." in ran.err
    assert rows_of(cli("predict", "m.likewise", "-", stdin="word7 again 0\n").out)[0]["label"]


def test_a_label_in_the_test_file_alone(cli, tmp_path):
    write_moods(tmp_path / "a.csv")
    write_moods(tmp_path / "b.csv", rows=[("Hello.", "happy"), ("Ho hum.", "bored")])
    ran = cli("train", "a.csv", *QUICK, "--test", "b.csv")
    assert ran.code == 2, ran
    assert (
        "Row 2 of 'b.csv' (line 3) has the label 'bored', which the model has not learned."
        in ran.err
    )
    assert "Traceback" not in ran.err
    nothing_made(tmp_path, "a.csv", "b.csv")


def test_a_label_in_the_test_file_alone_is_known_before_the_work(cli, tmp_path):
    write_moods(tmp_path / "a.csv")
    write_moods(tmp_path / "b.csv", rows=[("Hello.", "happy"), ("Ho hum.", "bored")])
    ran = cli("train", "a.csv", "-o", "m.likewise", "-e", "sha256", "--test", "b.csv")
    one_sentence_error(ran, 2, "Row 2 of 'b.csv' (line 3) has the label 'bored'")
    assert ran.out == ""  # the leaderboard would have stood there


def test_a_label_that_holds_the_bar_of_sets(cli, tmp_path):
    rows = [(t, "a | b" if m == "happy" else 'c "d"') for t, m in MOODS]
    write_moods(tmp_path / "a.csv", rows=rows)
    assert cli("train", "a.csv", *QUICK).code == 0
    ran = cli("predict", "m.likewise", "-", "--coverage", "0.999", stdin="What a lovely day!\n")
    assert "1 row predicted." in ran.err
    assert sorted(json.loads(rows_of(ran.out)[0]["set"])) == ["a | b", 'c "d"']


def test_a_target_that_is_too_large(cli, tmp_path):
    write_moods(tmp_path / "a.csv", "text,stars", [(t, "-1e308") for t, _ in MOODS])
    ran = cli("train", "a.csv", "--target", "stars", *QUICK)
    one_sentence_error(ran, 2, "Row 1 of 'a.csv' (line 2) has -1e+308", "too large")
    nothing_made(tmp_path, "a.csv")


def test_two_columns_of_one_name(cli, tmp_path):
    write_moods(tmp_path / "a.csv", "text,label,label", [(t, m, "x") for t, m in MOODS])
    ran = cli("train", "a.csv", *QUICK, "--label", "label")
    assert ran.code == 0, ran.err
    assert "label 2" in ran.err  # what the second is called now is said
    assert "36 texts with 3 labels." in ran.err


def test_a_wrong_encoding(cli, tmp_path):
    write_moods(tmp_path / "utf8.csv", rows=[*MOODS, ("Schöner Tag für Käse", "happy")])
    text = (tmp_path / "utf8.csv").read_text(encoding="utf-8")
    (tmp_path / "a.csv").write_bytes(text.encode("cp1252"))
    ran = cli("train", "a.csv", *QUICK, "--encoding", "utf-8")
    one_sentence_error(ran, ran.code, "a.csv")
    assert ran.code in (2, 4)
    nothing_made(tmp_path, "a.csv", "utf8.csv")
    assert cli("train", "a.csv", *QUICK, "--encoding", "cp1252").code == 0


def test_a_text_column_of_numbers(cli, tmp_path):
    rows = [(str(row), "even" if row % 2 == 0 else "odd") for row in range(40)]
    write_moods(tmp_path / "a.csv", rows=rows)
    ran = cli("train", "a.csv", *QUICK)
    assert ran.code == 0, ran.err
    assert "Texts are read from column 'text', labels from 'label'" in ran.err
    assert "40 texts with 2 labels." in ran.err


@pytest.mark.parametrize("target", ["nan", "inf", "three", "-Infinity"])
def test_targets_that_are_no_number(cli, tmp_path, target):
    rows = [(t, row) for row, (t, _) in enumerate(MOODS)] + [("The last one.", target)]
    write_moods(tmp_path / "a.csv", "text,stars", rows)
    ran = cli("train", "a.csv", "--target", "stars", *QUICK)
    one_sentence_error(ran, 2, "Row 37", "not a number")
    nothing_made(tmp_path, "a.csv")


def test_too_few_numbers(cli, tmp_path):
    write_moods(tmp_path / "a.csv", "text,stars", [("a", 1), ("b", 2)])
    one_sentence_error(cli("train", "a.csv", "--target", "stars", *QUICK), 2, "too few to learn")
    nothing_made(tmp_path, "a.csv")


def changed(model: Path, to: Path, how: str) -> None:
    """Write a model that is damaged in one way."""
    whole = model.read_bytes()
    if how == "truncated":
        to.write_bytes(whole[: len(whole) // 2])
        return
    with zipfile.ZipFile(model) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    if how == "tampered":
        before = inside["model.json"]
        inside["model.json"] = before.replace(b'"temperature": ', b'"temperature": 9')
        assert inside["model.json"] != before
    elif how == "other encoder":
        fields = json.loads(inside["model.json"])
        fields["identity"]["digest"] = "0" * 64
        inside["model.json"] = json.dumps(fields).encode()
        digests = {name: hashlib.sha256(inside[name]).hexdigest() for name in inside}
        del digests["digests.json"]
        inside["digests.json"] = json.dumps(digests).encode()
    else:
        inside["arrays.safetensors"] = bytes(100_000_000)
    packing = zipfile.ZIP_DEFLATED if how == "bomb" else zipfile.ZIP_STORED
    with zipfile.ZipFile(to, "w", packing) as archive:
        for name, data in inside.items():
            archive.writestr(name, data)


@pytest.mark.parametrize("how", ["truncated", "tampered", "other encoder", "bomb"])
def test_a_model_that_is_not_as_it_was_written(cli, tmp_path, model, how):
    changed(model, tmp_path / "bad.likewise", how)
    (tmp_path / "out.csv").write_text("as before\n")
    ran = cli("predict", "bad.likewise", "-", "-o", "out.csv", stdin="I am glad\n")
    one_sentence_error(ran, 4, "bad.likewise")
    assert (tmp_path / "out.csv").read_text() == "as before\n"


def test_a_model_of_another_encoder(cli, tmp_path):
    from dataclasses import replace

    from likewise import Classifier

    texts, labels = zip(*MOODS, strict=True)
    made = Classifier("sha256", candidates=["embeddings"]).fit(texts, labels)
    other = replace(made.model_.identity, weights="of another make")
    made.model_ = replace(made.model_, identity=other)
    made.save(tmp_path / "other.likewise")
    ran = cli("predict", "other.likewise", "-", "-o", "out.csv", stdin="I am glad\n")
    one_sentence_error(ran, 2, "sha256")
    nothing_made(tmp_path, "other.likewise")


def test_a_failed_training_leaves_the_older_model(cli, tmp_path, model):
    (tmp_path / "m.likewise").write_bytes(model.read_bytes())
    (tmp_path / "m.html").write_text("as before")
    write_moods(tmp_path / "a.csv", rows=[("a", "x"), ("b", "x")])
    one_sentence_error(cli("train", "a.csv", "-o", "m.likewise", "-e", "sha256"), 2, "one label")
    assert (tmp_path / "m.likewise").read_bytes() == model.read_bytes()
    assert (tmp_path / "m.html").read_text() == "as before"
    nothing_made(tmp_path, "a.csv", "m.html", "m.likewise")
