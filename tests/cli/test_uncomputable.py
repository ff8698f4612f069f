"""A text that the encoder can't compute is left out and named by its line; all others are used."""

import csv
import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.encoders.models import write_model

WRONG = ", because the encoder can't compute them: row 3 of 'a.csv' (line 5), row 8."


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    write_model(folder)
    weights = load_file(folder / "model.safetensors")
    words = weights["embeddings.word_embeddings.weight"] = weights[
        "embeddings.word_embeddings.weight"
    ].copy()
    words[7 + 4] = np.nan
    save_file(weights, folder / "model.safetensors")
    return folder


@pytest.fixture
def table(tmp_path):
    rows = [[f"w{n % 3} w{4 + n % 2} w{n % 5}", "down" if n % 2 else "up", n] for n in range(24)]
    rows[1][0] = "two\nlines"
    rows[2][0] = rows[7][0] = "w1 w7"
    with (tmp_path / "a.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["text", "label", "stars"], *rows])
    return tmp_path


def test_embed_and_add_leave_them_out(cli, table, model):
    done = cli("embed", "a.csv", "-e", model, "-o", "a.jsonl")
    assert done.code == 0, done.err
    assert f"Left out{WRONG}" in done.err
    assert len((table / "a.jsonl").read_text().splitlines()) == 22
    added = cli("add", "a.csv", "-c", "./c", "-e", model)
    assert added.code == 0, added.err
    assert f"Left out{WRONG}" in added.err


def test_label_asks_for_all_others(cli, table, model):
    """Another name of a label that can't be computed, w7, costs nothing either."""
    done = cli("label", "a.csv", "-o", "out.csv", "-e", model, stdin="w7\nup\n" * 12)
    assert done.code == 0, done.err
    assert f"Not asked{WRONG}" in done.err
    assert "Every text is labelled or skipped." in done.err
    with (table / "out.csv").open(newline="") as file:
        blank = [row["text"] for row in csv.DictReader(file) if not row["label 2"]]
    assert blank == ["w1 w7", "w1 w7"]


@pytest.mark.parametrize("what", [("--label", "label"), ("--target", "stars")])
def test_train_leaves_them_out(cli, table, model, what):
    tested = table / "test.csv"
    tested.write_text("text,label,stars\nw0 w4,up,1\nw7,down,2\nw1 w5,down,3\n")
    done = cli("train", "a.csv", "-o", "m", "-e", model, "--quick", *what, "--json",
               "--test", tested)  # fmt: skip
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["texts"] == 22
    said = [one["message"] for one in found["findings"] if one["kind"] == "uncomputable"]
    assert "2 texts are left out, for the encoder can't compute them: row 3 of 'a.csv' (line 5), row 8 of 'a.csv' (line 10). " in said[0]  # fmt: skip # noqa: E501
    assert "1 text is left out, for the encoder can't compute it: row 2 of " in said[1]
    assert said[0] in done.err


def test_where_none_can_be_computed_nothing_is_learnt(cli, table, model):
    (table / "a.csv").write_text("text,label\n" + "w7 w1,up\nw7 w2,down\n" * 9)
    done = cli("train", "a.csv", "-o", "m", "-e", model, "--quick")
    assert done.code == 3
    assert "Row 1 of 'a.csv' (line 2): " in done.err
    assert not (table / "m").exists()
