"""`likewise scale` and `likewise open`, as a person types them."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest


@pytest.fixture
def reviews(tmp_path):
    folder = tmp_path / "reviews"
    folder.mkdir()
    texts = [f"review {number}" for number in range(500)] + [None]
    table = pa.table({"body": texts, "stars": [number % 5 for number in range(501)]})
    pq.write_table(table, folder / "a.parquet", row_group_size=100)
    return folder


def test_from_a_plan_to_a_collection(cli, reviews, tmp_path):
    planned = cli(
        *("scale", "plan", "reviews", "out", "-e", "sha256", "--keep-columns"),
        *("--shard-rows", "100"),
    )
    assert planned.code == 0
    assert "rows     501" in planned.out
    assert "shards   6" in planned.out
    assert "nothing but the machines" in planned.out
    assert "Run it: likewise scale embed out" in planned.err
    before = cli("scale", "status", "out")
    assert before.out.splitlines()[1:] == [
        "0 of 6 shards are finished",
        "0 of 501 rows, 0 of them with an error",
        "nobody is at work: likewise scale embed out",
    ]
    ran = cli("scale", "embed", "out")
    assert ran.code == 0
    assert "6 of 6 shards are finished" in ran.err
    assert "1 of these rows could not be done" in ran.err
    assert "All 6 shards are finished already." in cli("scale", "embed", "out").err
    told = json.loads(cli("scale", "status", "out/plan.json", "--json").out)
    assert (told["done"], told["rows_done"], told["rows_failed"]) == (6, 501, 1)
    checked = cli("scale", "verify", "out")
    assert (checked.code, checked.out) == (0, "")
    assert "501 rows in 6 of 6 shards are as they were written; 1 of them" in checked.err
    drawn = cli("scale", "map", "out", "--sample", "50", "--layout", "pca", "--svg", "out.svg")
    assert "The map of a sample of 50 of " in drawn.out
    assert "other rows are placed in it, near " in drawn.out
    double = cli("scale", "dedupe", "out", "--sample", "50")
    assert double.out.startswith("0 of 501 rows need not be kept")
    assert "Recall: unknown, for 50 rows of a sample have no duplicate." in double.out
    opened = cli("open", "out")
    assert "is a collection of 500 texts: likewise search -c ./out QUERY" in opened.err
    found = json.loads(cli("search", "-c", "./out", "review 42", "-k", "1", "--json").out)
    assert "review 42" in json.dumps(found)


def test_a_plan_says_json(cli, reviews):
    said = json.loads(cli("scale", "plan", "reviews", "out", "-e", "sha256", "--json").out)
    assert (said["rows"], said["shards"], said["files"], said["dollars"]) == (501, 1, 1, 0)
    assert said["rows_are_estimated"] is False
    assert said["bytes"] > 501 * 256 * 4
    again = cli("scale", "plan", "reviews", "out", "-e", "sha256", "--no-sample")
    assert "holds this very plan already" in again.err
    other = cli("scale", "plan", "reviews", "out", "-e", "sha256", "--float16", "--no-sample")
    assert other.code == 4
    assert "There is another plan in" in other.err


def test_rows_of_csv_are_estimated(cli, tmp_path):
    (tmp_path / "a.csv").write_text("text,n\n" + "".join(f"some text,{n}\n" for n in range(5_000)))
    said = json.loads(cli("scale", "plan", "a.csv", "out", "-e", "sha256", "--json").out)
    assert said["rows_are_estimated"] is True
    assert said["rows"] == pytest.approx(5_000, rel=0.1)


def test_what_is_wrong_is_one_line_and_a_code(cli, reviews, tmp_path):
    assert cli("scale", "embed", "nowhere").code == 4
    assert cli("scale", "plan", "nowhere", "out", "-e", "sha256").code == 4
    cli("scale", "plan", "reviews", "out", "-e", "sha256", "--no-sample")
    wrong = cli("scale", "predict", "out")
    assert wrong.code == 2
    assert "was planned to embed, not to predict" in wrong.err
    cli("scale", "embed", "out")
    (tmp_path / "out" / "000000.parquet").write_bytes(b"PAR1 and no more PAR1")
    broken = cli("scale", "verify", "out")
    assert broken.code == 4
    assert broken.out.startswith("Shard 0: ")
    plan = tmp_path / "out" / "plan.json"
    plan.write_text(plan.read_text().replace('"text":"body"', '"text":"stars"'))
    edited = cli("scale", "status", "out")
    assert (edited.code, edited.out) == (4, "")
    assert "it was changed after it was made" in edited.err


def test_the_estimate_shows_its_arithmetic(cli):
    said = cli("scale", "estimate", "--texts", "1e9", "--rate", "543", "--hourly", "0.8")
    assert "1 B / (543/s × 3600 s × 0.75 in use)" in said.out
    told = json.loads(cli("scale", "estimate", "--json").out)
    assert [one["texts"] for one in told] == [1e9, 1e10, 1e11]
    sizes = [one["lines"][0]["result"] for one in told]
    assert sizes == ["1.54 TB", "15.4 TB", "154 TB"]


def test_a_trained_model_predicts_in_shards(cli, tmp_path):
    rows = "".join(f"{word} {n},{mood}\n" for n in range(12)
                   for word, mood in (("good", "happy"), ("bad", "sad")))  # fmt: skip
    (tmp_path / "moods.csv").write_text("text,label\n" + rows)
    trained = cli("train", "moods.csv", "-e", "sha256", "-o", "mood.likewise")
    assert trained.code == 0, trained.err
    (tmp_path / "new.jsonl").write_text('{"text":"good 3"}\n{"text":""}\n{"text":"bad 1"}\n')
    planned = cli("scale", "plan", "new.jsonl", "out", "--model", "mood.likewise")
    assert planned.code == 0, planned.err
    ran = cli("scale", "predict", "out")
    assert ran.code == 0, ran.err
    found = pq.read_table(tmp_path / "out" / "000000.parquet")
    alone = cli("predict", "mood.likewise", "new.jsonl", "--output-format", "jsonl")
    labels = [json.loads(line).get("label") for line in alone.out.splitlines()]
    assert found["label"].to_pylist() == labels
    assert found["error"].to_pylist() == [None, "it has no text", None]
    assert cli("scale", "verify", "out").code == 0
    with (tmp_path / "mood.likewise").open("ab") as file:
        file.write(b"changed")
    (tmp_path / "out" / "000000.parquet").unlink()
    changed = cli("scale", "predict", "out")
    assert "is not the one that the job was planned with" in changed.err
    assert changed.code != 0
