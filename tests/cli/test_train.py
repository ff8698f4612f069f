"""`likewise train` and `likewise predict`, as a person uses them."""

import csv
import io
import json
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.classify.conftest import ANGRY, HAPPY, SAD

pytestmark = pytest.mark.usefixtures("few_settings")

MOODS = [
    (text, mood)
    for mood, texts in (("happy", HAPPY), ("sad", SAD), ("angry", ANGRY))
    for text in texts
]


def write_moods(path: Path, header: str = "text,label", rows=MOODS) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(header.split(","))
        lines.writerows(rows)
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """Return a trained model file, the same for all tests."""
    from likewise import Classifier

    path = tmp_path_factory.mktemp("model") / "mood.likewise"
    texts, labels = zip(*MOODS, strict=True)
    Classifier(candidates=["embeddings"]).fit(texts, labels).save(path)
    return path


@pytest.fixture(scope="module")
def hashed(tmp_path_factory) -> Path:
    """Return a model whose encoder takes no time."""
    from likewise import Classifier

    path = tmp_path_factory.mktemp("hashed") / "mood.likewise"
    texts, labels = zip(*MOODS, strict=True)
    Classifier("sha256", candidates=["embeddings"]).fit(texts, labels).save(path)
    return path


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_train_then_predict(cli, tmp_path):
    write_moods(tmp_path / "moods.csv")
    trained = cli("train", "moods.csv", "-o", "mood.likewise")
    assert trained.code == 0, trained.err
    assert "Texts are read from column 'text', labels from 'label'" in trained.err
    assert "36 texts with 3 labels." in trained.err
    lines = trained.out.splitlines()
    assert lines[0].split()[:3] == ["model", "right", "macro-F1"]
    assert len(lines) == 7
    assert sum(line.startswith("★") for line in lines) == 1
    assert "The choice is made by log-loss within the training texts" in trained.err
    assert "Model: " in trained.err
    page = (tmp_path / "mood.html").read_text(encoding="utf-8")
    Closed().feed(page)
    assert page.count("<svg") == 2  # of 36 texts there is no learning curve
    assert "http" not in page.replace("http-equiv", "")

    predicted = cli("predict", "mood.likewise", "-", stdin="I am delighted!\nI am in despair.\n")
    assert predicted.code == 0, predicted.err
    found = rows_of(predicted.out)
    assert [row["label"] for row in found] == ["happy", "sad"]
    assert 0.5 < float(found[0]["probability"]) <= 1
    assert found[0]["set"].split(" | ")[0] == "happy"
    assert found[0]["none_of_these"] in ("true", "false")


class Closed(HTMLParser):
    """Fails on a tag that is closed out of turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "th", "td", "tr", "small"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("meta", "th", "td", "tr", "small"):
            assert self.open.pop() == tag, tag


def test_json_and_a_test_file(cli, tmp_path):
    write_moods(tmp_path / "a.csv", "body,team")
    write_moods(tmp_path / "b.csv", "body,team", MOODS[::6])
    ran = cli("train", "a.csv", "--text", "body", "--label", "team", "-o", "m.likewise", "--quick",
              "--test", "b.csv", "--json")  # fmt: skip
    assert ran.code == 0, ran.err
    said = json.loads(ran.out)
    assert said["test"]["texts"] == 6
    assert "leakage" in [finding["kind"] for finding in said["findings"]]
    assert said["texts"] == 36
    assert not (tmp_path / "m.html").exists()
    assert "On 6 test texts: 100.0 % right, macro-F1 1.000" in ran.err


def test_parquet_is_read_as_csv_is(cli, tmp_path):
    texts, labels = zip(*MOODS, strict=True)
    columns = {"n": range(len(MOODS)), "text": texts, "label": labels}
    pq.write_table(pa.table(columns), tmp_path / "moods.parquet")
    write_moods(tmp_path / "moods.csv")
    found = []
    for name in ("moods.parquet", "moods.csv"):
        ran = cli("train", name, "-o", "m.likewise", "--quick", "--json")
        assert ran.code == 0, ran.err
        found.append(json.loads(ran.out))
        del found[-1]["made"]
    assert found[0] == found[1]
    assert found[0]["texts"] == len(MOODS)


def test_an_older_model_is_kept(cli, tmp_path):
    write_moods(tmp_path / "a.csv")
    arguments = ("train", "a.csv", "-o", "m.likewise", "--quick", "-e", "sha256")
    assert cli(*arguments).code == 0
    again = cli(*arguments)
    assert "The model that stood there is now" in again.err
    assert (tmp_path / "m-1.likewise").exists()


def test_an_older_report_is_kept(cli, tmp_path):
    write_moods(tmp_path / "a.csv")
    (tmp_path / "m.html").write_text("my own page")
    ran = cli("train", "a.csv", "-o", "m.likewise", "-e", "sha256")
    assert ran.code == 0, ran.err
    assert "The report that stood there is now" in ran.err
    assert (tmp_path / "m-1.html").read_text() == "my own page"
    assert "<h2>Most confused</h2>" in (tmp_path / "m.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "a.csv"), "'a.csv' is also the input."),
        (("-o", "b.csv", "--test", "b.csv"), "'b.csv' is also the input."),
        (("-o", "m.likewise", "--report", "a.csv"), "'a.csv' is also the input."),
        (("-o", "m.html"), "'m.html' can't be both the model and its report."),
        (("-o", "m.likewise", "--report", "m.likewise"), "can't be both the model and"),
        (("-o", "m.likewise", "--report", "no/m.html"), "There is no folder 'no'."),
    ],
)
def test_nothing_that_is_read_or_written_besides_is_written_over(cli, tmp_path, arguments, said):
    before = write_moods(tmp_path / "a.csv").read_bytes()
    write_moods(tmp_path / "b.csv")
    ran = cli("train", "a.csv", "-e", "sha256", *arguments)
    assert ran.code == 4, ran
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.csv", "b.csv"]
    assert (tmp_path / "a.csv").read_bytes() == before


def test_no_report_is_asked_for_in_vain(cli, tmp_path):
    write_moods(tmp_path / "a.csv")
    ran = cli("train", "a.csv", "-o", "m.likewise", "--quick", "--report", "r.html")
    assert ran.code == 2
    assert "--quick writes no report. Leave out --quick, or --report." in ran.err
    assert [file.name for file in tmp_path.iterdir()] == ["a.csv"]


def test_the_model_is_not_written_over_by_what_it_predicts(cli, tmp_path, model):
    (tmp_path / "m.csv").write_bytes(model.read_bytes())
    ran = cli("predict", "m.csv", "-", "-o", "m.csv", stdin="I am glad\n")
    assert ran.code == 4
    assert "'m.csv' is also the input." in ran.err
    assert (tmp_path / "m.csv").read_bytes() == model.read_bytes()


def test_numbers(cli, tmp_path):
    write_moods(tmp_path / "a.csv", "text,stars", [(t, m == "happy") for t, m in MOODS])
    wrong = cli("train", "a.csv", "--target", "stars", "-o", "s.likewise")
    assert wrong.code == 2
    assert (
        "Row 1 of 'a.csv' (line 2) has 'True' in column 'stars', which is not a number."
        in wrong.err
    )
    rows = [(t, 5 if m == "happy" else 1) for t, m in MOODS]
    write_moods(tmp_path / "a.csv", "text,stars", rows)
    ran = cli("train", "a.csv", "--target", "stars", "-o", "s.likewise")
    assert ran.code == 0, ran.err
    assert "embeddings + ridge regression" in ran.out
    page = (tmp_path / "s.html").read_text(encoding="utf-8")
    Closed().feed(page)
    assert page.count("<svg") == 2
    arguments = ("train", "a.csv", "--target", "stars", "-o", "q.likewise", "--quick", "--json")
    assert json.loads(cli(*arguments).out)["texts"] == 36
    assert cli(*arguments[:-1]).out == ""  # quick: nothing is compared
    assert not (tmp_path / "q.html").exists()
    why = cli("predict", "s.likewise", "-", "--explain", stdin="I am so glad\n")
    assert (why.code, why.out) == (2, "")
    assert "This model predicts numbers, and those can't be explained." in why.err
    most = cli("predict", "s.likewise", "-", "--coverage", "0.999", stdin="I am so glad\n")
    assert rows_of(most.out)[0]["low"] == rows_of(most.out)[0]["high"] == ""
    assert (
        "low and high stay empty: 36 examples are too few to promise a coverage of 0.999; "
        "--coverage 0.972 is the most."
    ) in most.err
    less = cli("predict", "s.likewise", "-", "--coverage", "0.972", stdin="I am so glad\n")
    assert rows_of(less.out)[0]["low"] != ""
    assert "empty" not in less.err
    found = rows_of(cli("predict", "s.likewise", "-", stdin="I am so glad and happy!\n").out)
    low, number, high = (float(found[0][name]) for name in ("low", "prediction", "high"))
    assert low < number < high
    assert number > 2.5


def test_findings_about_numbers_are_said(cli, tmp_path):
    rows = [(t, row) for row, (t, _) in enumerate(MOODS)]
    write_moods(tmp_path / "a.csv", "text,stars", [*rows, (HAPPY[0], 0), (SAD[0], 99)])
    write_moods(tmp_path / "b.csv", "text,stars", [*rows[:3], ("Something else.", 5)])
    ran = cli("train", "a.csv", "--target", "stars", "-o", "m.likewise", "--quick", "--json",
              "-e", "sha256", "--test", "b.csv")  # fmt: skip
    assert ran.code == 0, ran.err
    found = {one["kind"]: one["message"] for one in json.loads(ran.out)["findings"]}
    assert list(found) == ["duplicate", "contradiction", "few", "leakage"]
    assert "1 row repeats an earlier text" in found["duplicate"]
    assert "1 text has several numbers, such as 'I feel awful.': 12, 99." in found["contradiction"]
    assert "3 of 4 test texts stand among the training texts too" in found["leakage"]
    assert all(f"Check: {message}" in ran.err for message in found.values())


def test_every_row_and_column_comes_out_again(cli, tmp_path, model):
    text = 'id,text,label\n1,What a lovely day!,x\n2,,y\n3,"=HYPERLINK(""http://e"")",z\n'
    (tmp_path / "new.csv").write_text(text, encoding="utf-8")
    ran = cli("predict", model, "new.csv", "-o", "out.csv")
    assert ran.code == 0, ran.err
    assert "3 rows predicted, 1 without text." in ran.err
    assert (
        "'new.csv' has 'label' already: what is predicted stands in "
        "'label 2', 'probability', 'set', 'none_of_these'."
    ) in ran.err
    found = rows_of((tmp_path / "out.csv").read_text(encoding="utf-8"))
    assert list(found[0]) == [
        "id", "text", "label", "label 2", "probability", "set", "none_of_these",
    ]  # fmt: skip
    assert [row["id"] for row in found] == ["1", "2", "3"]
    assert found[0]["label"] == "x"
    assert found[0]["label 2"] == "happy"
    assert found[1]["label 2"] == ""
    assert found[2]["text"] == '\'=HYPERLINK("http://e")'  # safe in a spreadsheet
    again = cli("predict", model, "out.csv", "--text", "text", "--output-format", "jsonl")
    assert json.loads(again.out.splitlines()[2])["text"] == '=HYPERLINK("http://e")'


TICKETS = [("We sell, buy and ship many words in one long body.", *row) for row in MOODS]
NEW = [(HAPPY[0], SAD[1], ""), (SAD[0], HAPPY[1], "")]
"""New tickets, whose body says another mood than their subject."""


@pytest.fixture(scope="module")
def subjects(tmp_path_factory) -> Path:
    """Return a model that learnt from the column Subject of a table that has a Body as well."""
    from likewise.cli.run import likewise

    folder = tmp_path_factory.mktemp("subjects")
    table = write_moods(folder / "tickets.csv", "Body,Subject,Team", TICKETS)
    arguments = ("train", table, "--text", "Subject", "--label", "Team", "--quick", "-o")
    likewise([*map(str, arguments), str(folder / "team.likewise")], standalone_mode=False)
    return folder / "team.likewise"


def test_the_column_of_the_training_is_read_again(cli, tmp_path, subjects):
    write_moods(tmp_path / "new.csv", "Body,Subject,n", [(body, subject, n)
                for subject, body, n in NEW])  # fmt: skip
    ran = cli("predict", subjects, "new.csv")
    assert ran.code == 0, ran.err
    assert [row["label"] for row in rows_of(ran.out)] == ["happy", "sad"]
    assert "column" not in ran.err
    other = cli("predict", subjects, "new.csv", "--text", "Body")
    assert [row["label"] for row in rows_of(other.out)] == ["sad", "happy"]


def test_a_guessed_column_is_said(cli, tmp_path, subjects, model):
    write_moods(tmp_path / "new.csv", "Title,Body,n", NEW)
    ran = cli("predict", subjects, "new.csv")
    assert [row["label"] for row in rows_of(ran.out)] == ["sad", "happy"]
    assert (
        "There is no column 'Subject' as in the training. The texts are read from column 'Body'; "
        "--text names another: 'Title', 'n'."
    ) in ran.err
    # trained in Python on texts, which no column is known of
    nowhere = cli("predict", model, "new.csv").err
    assert nowhere.startswith("The texts are read from column 'Body'; --text names another")
    # lines of text have one column, which nobody need be told
    assert "column" not in cli("predict", subjects, "-", stdin="I am glad\n").err


def test_texts_that_were_cut_off_are_counted(cli, tmp_path, model):
    long = "so very glad " * 400
    write_moods(tmp_path / "a.csv", rows=[*MOODS, (long, "happy"), (f"{long}!", "happy")])
    trained = cli("train", "a.csv", "-o", "m.likewise", "--quick", "--json")
    assert "2 of 38 texts were cut off: minilm reads 256 tokens." in trained.err
    assert json.loads(trained.out)["reading"]["cut_off"] == 2
    rows = [(text, row) for row, (text, _) in enumerate(MOODS)] + [(long, 40)]
    write_moods(tmp_path / "n.csv", "text,stars", rows)
    trained = cli("train", "n.csv", "--target", "stars", "-o", "n.likewise", "--quick")
    assert "1 of 37 texts was cut off" in trained.err
    for name in (model, "n.likewise"):
        ran = cli("predict", name, "-", stdin=f"I am glad\n\n{long}\n")
        assert "1 of 2 texts was cut off: minilm reads 256 tokens." in ran.err
    assert "cut off" not in cli("predict", model, "-", stdin="I am glad\n").err


def test_a_table_from_a_pipe(cli, tmp_path, subjects):
    write_moods(tmp_path / "new.csv", "Title,Subject,n", [(b, s, n) for s, b, n in NEW])
    table = (tmp_path / "new.csv").read_bytes()
    lines = cli("predict", subjects, "-", stdin=table)
    assert "is read as a text a line; --input-format says otherwise." in lines.err
    assert len(rows_of(lines.out)) == 3
    ran = cli("predict", subjects, "-", "--input-format", "csv", stdin=table)
    assert ran.code == 0, ran.err
    assert [row["label"] for row in rows_of(ran.out)] == ["happy", "sad"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "a.txt", "-o", "m.likewise", "--quick", "-e", "sha256"),
        ("train", "a.txt", "-o", "m.likewise", "--quick", "-e", "sha256", "--test", "a.txt"),
        ("label", "a.txt", "-o", "l.csv", "-e", "sha256"),
        ("compare", "--file", "a.txt", "-e", "sha256"),
        ("embed", "a.txt", "-e", "sha256"),
    ],
    ids=lambda arguments: " ".join(arguments[::8]),
)
def test_the_format_and_encoding_can_be_said_to_every_command(cli, tmp_path, arguments):
    rows = [*MOODS, ("Schöner Tag", "happy")]
    text = "".join(f"{text}\t{label}\n" for text, label in [("text", "label"), *rows])
    (tmp_path / "a.txt").write_bytes(text.encode("cp1252"))
    said = ("--input-format", "tsv", "--encoding", "cp1252")
    ran = cli(*arguments, *said, stdin=".\n")
    assert ran.code == 0, ran.err
    assert "UTF-8" in cli(*arguments, *said[:2], stdin=".\n").err


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
def test_every_format(cli, tmp_path, model, ending):
    table = pa.table({"n": [1, 2, 3], "text": ["I am glad", None, "I am sad"], "ok": [True, None,
                      False], "when": pa.array([0, None, 1], pa.timestamp("ms"))})  # fmt: skip
    pq.write_table(table, tmp_path / "in.parquet")
    ran = cli("predict", model, "in.parquet", "-o", f"out.{ending}")
    assert ran.code == 0, ran.err
    from likewise.files.read import open_table

    out = open_table(tmp_path / f"out.{ending}")
    at = out.index("label")
    assert [row.values[at] for row in out.rows()] in (
        ["happy", None, "sad"], ["happy", "", "sad"],
    )  # fmt: skip
    if ending == "parquet":
        found = pq.read_table(tmp_path / "out.parquet").to_pylist()
        assert [row["n"] for row in found] == [1, 2, 3]
        assert [row["ok"] for row in found] == [True, None, False]
        assert found[0]["none_of_these"] in (True, False)
        when = pq.read_table(tmp_path / "out.parquet", columns=["when"])
        assert when.equals(table.select(["when"]))


def test_a_parquet_column_holds_a_value_that_comes_after_many_rows(cli, tmp_path, model):
    lines = [json.dumps({"text": "I am glad", "price": n, "sku": n}) for n in range(2_500)]
    lines.append(json.dumps({"text": "I am sad", "price": 9.99, "sku": "A1"}))
    (tmp_path / "in.jsonl").write_text("\n".join(lines) + "\n")
    ran = cli("predict", model, "in.jsonl", "-o", "out.parquet")
    assert ran.code == 0, ran.err
    found = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert [(row["price"], row["sku"]) for row in found[-2:]] == [(2499.0, "2499"), (9.99, "A1")]


def test_many_rows_in_slices(cli, tmp_path, hashed):
    lines = [f"I am glad number {index}" for index in range(5_000)]
    (tmp_path / "many.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ran = cli("predict", hashed, "many.txt", "-o", "out.jsonl")
    assert ran.code == 0, ran.err
    out = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(out) == 5_000
    assert json.loads(out[4_321])["text"] == lines[4_321]


def test_labels_that_are_true_or_false(cli, tmp_path):
    rows = [json.dumps({"text": text, "label": mood == "happy"}) for text, mood in MOODS]
    (tmp_path / "a.jsonl").write_text("\n".join(rows))
    assert cli("train", "a.jsonl", "-o", "m.likewise", "--quick").code == 0
    ran = cli("predict", "m.likewise", "-", "--coverage", "0.999", "--explain",
              "--output-format", "jsonl", stdin="I am so delighted today\n")  # fmt: skip
    found = json.loads(ran.out)
    assert found["label"] is True
    assert found["set"] == "true | false"
    assert "(true, " in found["because"]
    assert "(false, " in found["unlike"]


def test_explain(cli, model):
    ran = cli("predict", model, "-", "--explain", "--output-format", "jsonl",
              stdin="I am so delighted today\n")  # fmt: skip
    found = json.loads(ran.out)
    assert found["because"].endswith(")")
    assert "(happy, " in found["because"]
    assert found["words"].startswith("delighted +")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("text,label\na,x\nb,x\n", "There is only one label, 'x'."),
        ("text,label\nhello,\nyou,\n", "has no row with both a text and a label."),
        ("text\na\nb\n", "has no column that looks like labels."),
        ("text,other\na,x\nb,y\nc,z\n", "has no column that looks like labels."),
        ("", "is empty"),
    ],
)
def test_files_without_an_answer(cli, tmp_path, content, said):
    (tmp_path / "a.csv").write_text(content, encoding="utf-8")
    ran = cli("train", "a.csv", "-o", "m.likewise", "--quick", "-e", "sha256")
    assert ran.code in (2, 4)
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "m.likewise").exists()


def test_what_can_be_known_before_the_work(cli, tmp_path, model):
    write_moods(tmp_path / "a.csv")
    for arguments, said in (
        (("train", "a.csv", "-o", "no/m.likewise"), "no"),
        (("train", "a.csv", "-o", "m", "--label", "x", "--target", "y"), "Both --label and"),
        (("train", "a.csv", "-o", "m", "--label", "lable"), "Did you mean 'label'?"),
        (("train", "none.csv", "-o", "m"), "none.csv"),
        (("train", "a.csv", "-o", "m", "--metric", "f1"), "Give one of accuracy, macro-F1"),
        (("train", "a.csv", "-o", "m", "--target", "x", "--metric", "macro-F1"), "is for labels"),
        (("predict", "none.likewise", "a.csv"), "There is no model 'none.likewise'"),
        (("predict", "a.csv", "a.csv"), "is not a whole Likewise model"),
        (("predict", model, "a.csv", "--coverage", "95"), "coverage is 95."),
        (
            ("predict", model, "a.csv", "--abstain", "0"),
            "abstain is 0. Give a share between 0 and 1, both left out, such as 0.05.",
        ),
        (("predict", model, "a.csv", "-o", "a.csv"), "is also the input"),
        (
            ("predict", model, "a.csv", "-o", "out.xlsx"),
            "'out.xlsx' does not say which output format",
        ),
        (("predict", model, "a.csv", "--text", "body"), "has no column 'body'"),
    ):
        ran = cli(*arguments)
        assert ran.code in (2, 4), (arguments, ran)
        assert said in ran.err, (arguments, ran.err)
        assert "Traceback" not in ran.err
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.csv"]


def test_labels_of_every_kind_in_a_file(cli, tmp_path):
    for labels in (["0", "1"], ["true", "false"], ["2024-01-01", "2024-02-01"]):
        rows = [(t, labels[m == "happy"]) for t, m in MOODS]
        write_moods(tmp_path / "a.csv", "text,label", rows)
        ran = cli("train", "a.csv", "-o", "m.likewise", "--quick")
        assert ran.code == 0, ran.err
        found = rows_of(cli("predict", "m.likewise", "-", stdin="I am happy\n").out)
        assert found[0]["label"] == labels[1]


def test_findings_are_said(cli, tmp_path):
    rows = [*MOODS, (HAPPY[0], "happy"), (SAD[0], "angry"), ("Whatever.", "Sad "), ("Eh.", "bored")]
    write_moods(tmp_path / "a.csv", "text,label", rows)
    ran = cli("train", "a.csv", "-o", "m.likewise", "--quick")
    assert ran.code == 0, ran.err
    assert "1 row repeats an earlier text" in ran.err
    assert "1 text has several labels, such as 'I feel awful.': 'angry', 'sad'" in ran.err
    assert "'Sad ' and 'sad' differ in case, space or hyphens alone" in ran.err
    assert "2 labels have one example only" in ran.err


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("x", "a"), ("z", "b")] * 10, "18 rows repeat an earlier text"),
        ([("glad", "a"), ("sad", "b")], "2 labels have one example only"),
        ([("glad", "a"), ("sad", "b"), ("so sad", "b"), ("hm", "c")], "2 labels have one example"),
        ([(f"good {n}", "a") for n in range(99)] + [("bad", "b")], "the rarest label 1"),
    ],
    ids=["two different texts", "two rows", "four rows", "99 to 1"],
)
def test_awkward_data_still_has_a_leaderboard_and_a_report(cli, tmp_path, rows, said):
    write_moods(tmp_path / "a.csv", "text,label", rows)
    ran = cli("train", "a.csv", "-o", "m.likewise", "-e", "sha256")
    assert ran.code == 0, ran.err
    assert said in ran.err
    assert "Warning" not in ran.err
    Closed().feed((tmp_path / "m.html").read_text(encoding="utf-8"))
    assert cli("predict", "m.likewise", "-", stdin="glad\n").code == 0


def test_one_text_many_times_teaches_nothing(cli, tmp_path):
    write_moods(tmp_path / "a.csv", "text,label", [("same", "a"), ("Same ", "b")] * 10)
    ran = cli("train", "a.csv", "-o", "m.likewise", "-e", "sha256")
    assert ran.code == 2
    assert "There is only 1 different text among 20." in ran.err
    assert not (tmp_path / "m.likewise").exists()
