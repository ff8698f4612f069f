"""`likewise embed`: formats in and out, what it says, and where it refuses."""

import csv
import json
import resource

import numpy as np
import pyarrow.parquet as pq
import pytest

from likewise.encoders import load
from likewise.files.vectors.kept import KeptRows
from tests.cli.conftest import one_sentence_error, texts_file
from tests.files.test_write import FORBIDDEN

CSV = 'id,review,stars\n7,"Good, and\nlong",5\n8,,1\n9,=bad(),2\n'
TEXTS = ["Good, and\nlong", "=bad()"]


@pytest.fixture
def reviews(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text(CSV)
    return path


def expected():
    return load("sha256").encode(TEXTS).vectors


def vectors(path):
    if path.suffix == ".npy":
        return np.load(path)
    if path.suffix == ".npz":
        return np.load(path)["vectors"]
    if path.suffix == ".parquet":
        return np.array(pq.read_table(path)["vector"].to_pylist(), np.float32)
    if path.suffix == ".jsonl":
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        return np.array([row["vector"] for row in rows], np.float32)
    with path.open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    return np.array([row[4:] for row in rows], np.float32)


@pytest.mark.parametrize("format_", ["npy", "npz", "csv", "jsonl", "parquet"])
def test_every_format_has_the_same_vectors(cli, tmp_path, reviews, format_):
    out = tmp_path / f"out.{format_}"
    ran = cli("embed", reviews.name, "-o", out.name, "-e", "sha256")
    assert ran.code == 0
    assert ran.out == ""
    assert vectors(out).tobytes() == expected().tobytes()
    notes = ran.err.splitlines()
    assert notes[:2] == [
        "The texts are read from column 'review'; --text names another: 'id', 'stars'.",
        "1 row without text left out.",
    ]
    assert notes[2].startswith(f"2 texts embedded by sha256 into out.{format_}: 2 × 256 in ")
    beside = {"out.npy", "out.npy.json"} if format_ == "npy" else {f"out.{format_}"}
    assert {path.name for path in tmp_path.iterdir()} == {"reviews.csv", *beside}


def test_npy_says_beside_it_who_made_it(cli, tmp_path, reviews):
    cli("embed", reviews, "-o", "out.npy", "-e", "sha256")
    said = json.loads((tmp_path / "out.npy.json").read_text())
    assert said["encoder"]["digest"] == load("sha256").identity.digest
    assert (said["vectors"], said["dims"]) == (2, 256)


def test_ids_are_the_rows_of_the_input(cli, tmp_path, reviews):
    cli("embed", reviews, "-o", "out.parquet", "-e", "sha256")
    assert pq.read_table(tmp_path / "out.parquet")["id"].to_pylist() == [1, 3]


@pytest.mark.parametrize("arguments", [(), ("-o", "-"), ("--output-format", "csv")])
def test_standard_output_carries_vectors_alone(cli, reviews, arguments):
    ran = cli("embed", reviews, "-e", "sha256", *arguments)
    assert ran.code == 0
    if "csv" in arguments:
        rows = list(csv.reader(ran.out.splitlines(keepends=True)))
        assert rows[0][:5] == ["id", "text", "truncated", "encoder", "v0"]
        assert rows[2][:2] == ["3", "'=bad()"]
    else:
        rows = [json.loads(line) for line in ran.out.splitlines()]
        assert [row["text"] for row in rows] == TEXTS


def test_a_pipe_in_and_a_column(cli, tmp_path):
    ran = cli("embed", "-", "-o", "o.npy", "--text-column", "review", "-e", "sha256", stdin=CSV)
    assert ran.code == 0
    assert np.load(tmp_path / "o.npy").tobytes() == expected().tobytes()


def test_other_encodings_formats_and_no_header(cli, tmp_path):
    (tmp_path / "x.dat").write_bytes("größe;1\nmaß;2\n".encode("cp1252"))
    arguments = ("--input-format", "csv", "--encoding", "cp1252", "--no-header")
    ran = cli("embed", "x.dat", "-e", "sha256", *arguments)
    assert [json.loads(line)["text"] for line in ran.out.splitlines()] == ["größe", "maß"]


def test_the_real_encoder_says_how_many_texts_were_cut_off(cli, tmp_path, minilm):
    texts = ["a short one", "word " * 600, "another"]
    texts_file(tmp_path / "t.txt", texts)
    ran = cli("embed", "t.txt", "-o", "out.npz")
    assert "1 of 3 texts was cut off: minilm reads 256 tokens." in ran.err
    arrays = np.load(tmp_path / "out.npz")
    assert arrays["truncated"].tolist() == [False, True, False]
    cosines = (arrays["vectors"] * minilm.encode(texts).vectors).sum(axis=1)
    assert cosines.min() > 0.9999


def test_a_prefix_makes_another_encoder(cli, reviews):
    plain = cli("embed", reviews).out.splitlines()[0]
    prefixed = cli("embed", reviews, "--prefix", "query: ").out.splitlines()[0]
    assert json.loads(plain)["text"] == json.loads(prefixed)["text"]
    assert json.loads(plain)["encoder"] != json.loads(prefixed)["encoder"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("no.csv", "-o", "x.npy"), 4, "There is no file 'no.csv'."),
        (("review.csv", "-o", "x.npy"), 4, "Did you mean 'reviews.csv'?"),
        (("folder.npy", "-o", "x.npy"), 4, "'folder.npy' is a folder without tables."),
        (("empty.txt", "-o", "x.npy"), 4, "'empty.txt' is empty."),
        (("header.csv", "-o", "x.npy"), 2, "'header.csv' holds no text."),
        (("reviews.csv", "-o", "x.xlsx"), 2, "End it in one of .csv, .jsonl"),
        (("reviews.csv", "-o", "no/x.npy"), 4, "There is no folder 'no'."),
        (("reviews.csv", "-o", "."), 2, "does not say which output format"),
        (("reviews.csv", "-o", "folder.npy"), 4, "'folder.npy' is a folder."),
        (("reviews.csv", "-o", "reviews.csv"), 4, "is also the input. Name another output."),
        (
            ("reviews.csv", "-o", FORBIDDEN / "x.npy"),
            4,
            "can't be written: you have no permission.",
        ),
        (("reviews.csv", "--text-column", "text", "-o", "x.npy"), 4, "columns are 'id', 'review'"),
        (
            ("reviews.csv", "-o", "-", "--output-format", "npy"),
            2,
            "npy can't be written to a pipe.",
        ),
        (("latin.csv", "-o", "x.npy"), 4, "line 2, byte 9 is 0xE9. Save it as UTF-8, or name"),
        (("reviews.csv", "--encoding", "utf9", "-o", "x.npy"), 2, "no text encoding 'utf9'"),
        (("reviews.csv", "-e", "nosuch", "-o", "x.npy"), 3, "no encoder named 'nosuch'"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_what_can_not_be_done_is_one_sentence_and_leaves_nothing(
    cli, tmp_path, reviews, arguments, code, said
):
    (tmp_path / "empty.txt").touch()
    (tmp_path / "folder.npy").mkdir()
    (tmp_path / "header.csv").write_text("id,text\n")
    (tmp_path / "latin.csv").write_bytes(b"text\ncaf\xe9\n")
    before = sorted(tmp_path.iterdir())
    encoder = () if "-e" in arguments else ("-e", "sha256")
    one_sentence_error(cli("embed", *arguments, *encoder), code, said)
    assert sorted(tmp_path.iterdir()) == before
    assert reviews.read_text() == CSV


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (lambda here: (here / "x.npy.part" / "mine").mkdir(parents=True), "'x.npy.part' is in the"),
        (lambda here: (here / "x.npy.json").mkdir(), "'x.npy.json' is a folder."),
        (lambda here: (here / "x.npy.json").symlink_to("reviews.csv"), "'x.npy.json' is a link."),
        (lambda here: (here / "x.npy.part").symlink_to("."), "'x.npy.part' is in the way"),
    ],
)
def test_names_beside_the_output_are_checked_as_it_is(cli, tmp_path, reviews, plant, said):
    plant(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    one_sentence_error(cli("embed", reviews.name, "-o", "x.npy", "-e", "sha256"), 4, said)
    assert sorted(tmp_path.rglob("*")) == before
    assert reviews.read_text() == CSV


def test_the_input_is_not_written_over_by_what_stands_beside_the_output(cli, tmp_path):
    (tmp_path / "w.npy.json").write_text('{"text": "precious"}')
    ran = cli("embed", "w.npy.json", "-o", "w.npy", "-e", "sha256")
    one_sentence_error(ran, 4, "'w.npy.json' is also the input.")
    (tmp_path / "hard.json").hardlink_to(tmp_path / "w.npy.json")
    ran = cli("embed", "hard.json", "-o", "w.npy", "-e", "sha256")
    one_sentence_error(ran, 4, "'w.npy.json' is also the input.")
    assert (tmp_path / "w.npy.json").read_text() == '{"text": "precious"}'


def test_a_file_that_has_the_sidecars_name_is_kept(cli, tmp_path, reviews):
    (tmp_path / "x.npy.json").write_text('{"mine": true}')
    ran = cli("embed", reviews.name, "-o", "x.npy", "-e", "sha256")
    assert "What was in x.npy.json is now in x.npy-1.json." in ran.err
    assert (tmp_path / "x.npy-1.json").read_text() == '{"mine": true}'
    assert cli("embed", reviews.name, "-o", "x.npy", "-e", "sha256").code == 0
    assert not (tmp_path / "x.npy-2.json").exists()


@pytest.mark.parametrize("format_", ["npy", "npz", "csv", "jsonl", "parquet"])
def test_a_disk_that_fills_up_leaves_no_half_file(cli, process, tmp_path, format_):
    texts_file(tmp_path / "t.txt", [f"text {number}" for number in range(5_000)])
    old = tmp_path / f"out.{format_}"
    old.write_bytes(b"old")
    size = 5_000 * 256 * 4 - 1  # one slice fits, all vectors do not
    ran = process(
        *("embed", "t.txt", "-o", old.name, "-e", "sha256"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )
    one_sentence_error(ran, 4, f"'{old.name}' can't be written: the file is too large.")
    assert "What is finished is in out" in ran.err
    assert old.read_bytes() == b"old"
    ran = cli("embed", "t.txt", "-o", old.name, "-e", "sha256")
    assert ran.code == 0
    assert "Going on from what an earlier run has embedded." in ran.err
    assert len(vectors(old)) == 5_000
    beside = {f"{old.name}.json"} if format_ == "npy" else set()
    assert {path.name for path in tmp_path.iterdir()} == {"t.txt", old.name, *beside}


def test_the_output_may_be_a_pipe_with_a_name(tmp_path, reviews, cli, process):
    ran = process("embed", reviews, "-o", "/dev/stdout", "--output-format", "jsonl", "-e", "sha256")
    assert [json.loads(line)["text"] for line in ran.out.splitlines()] == TEXTS
    ran = cli("embed", reviews, "-o", "/dev/full", "--output-format", "csv", "-e", "sha256")
    one_sentence_error(ran, 4, "'/dev/full' can't be written: the disk is full.")


def test_progress_is_for_terminals_only(process, reviews):
    ran = process("embed", reviews, "-o", "x.npy", "-e", "sha256")
    assert "2 texts embedded by sha256" in ran.err
    assert "\x1b" not in ran.err
    assert "\r" not in ran.err


@pytest.mark.parametrize("rows", [30, 50])
def test_a_file_that_changes_while_it_is_read_is_told(cli, tmp_path, monkeypatch, rows):
    (tmp_path / "a.csv").write_text("text\n" + "some words\n" * 40)
    count = KeptRows.count

    def counted(self):
        found = count(self)
        (tmp_path / "a.csv").write_text("text\n" + "some words\n" * rows)
        return found

    monkeypatch.setattr(KeptRows, "count", counted)
    done = cli("embed", "a.csv", "-e", "sha256", "-o", "a.jsonl")
    assert done.code == 0, done.err
    assert f"40 texts were counted, then {rows} were found" in done.err
