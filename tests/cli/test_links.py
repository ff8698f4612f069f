"""A link at a name that the user did not give leads to no other file; nor is one written over."""

import pytest

from likewise import Classifier
from tests.classify.test_training import texts_and_labels
from tests.cli.test_train import MOODS

TABLE = "text,label\n" + "".join(f"{text},{mood}\n" for text, mood in MOODS)
BROKEN = TABLE + "a,b,c,d,e\n"
COMMANDS = {
    "report": ("m.html", ("train", "t.csv", "-e", "sha256", "-o", "m.likewise")),
    "onnx": ("given.onnx", ("export", "given.likewise", "--onnx")),
    "sklearn": ("given.skops", ("export", "given.likewise", "--sklearn")),
    "answers": ("l.csv.answers", ("label", "t.csv", "-o", "l.csv", "-e", "sha256")),
    "identity": ("v.npy.json", ("embed", "t.csv", "-e", "sha256", "-o", "v.npy")),
    "rows set aside": (
        "v.parquet.rejected.csv",
        ("embed", "broken.csv", "-e", "sha256", "-o", "v.parquet"),
    ),
    "rows not predicted": (
        "p.csv.rejected.csv",
        ("predict", "given.likewise", "broken.csv", "-o", "p.csv"),
    ),
}


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """A trained model, as bytes."""
    path = tmp_path_factory.mktemp("given") / "given.likewise"
    Classifier("sha256", candidates=["embeddings"]).fit(*texts_and_labels(60)).save(path)
    return path.read_bytes()


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize(("name", "arguments"), COMMANDS.values(), ids=COMMANDS)
def test_no_link_beside_an_output_is_followed(cli, tmp_path, given, name, arguments, exists):
    (tmp_path / "t.csv").write_text(TABLE)
    (tmp_path / "broken.csv").write_text(BROKEN)
    (tmp_path / "given.likewise").write_bytes(given)
    outside = tmp_path / "outside"
    outside.mkdir()
    if exists:
        (outside / "thesis").write_text("precious")
    (tmp_path / name).symlink_to(outside / "thesis")
    before = sorted(tmp_path.rglob("*"))
    ran = cli(*arguments, stdin="up\n.\n")
    assert (ran.code, ran.out) == (4, "")
    assert "is a link. Remove it, or name another output." in ran.err
    left = [path for path in sorted(tmp_path.rglob("*")) if path.suffix != ".lock"]
    assert left == before
    assert not exists or (outside / "thesis").read_text() == "precious"


@pytest.mark.parametrize("line", ["precious", '{"rows"', '{"row":', "\0\0 precious"])
def test_a_file_of_one_line_is_not_taken_for_an_answer_that_a_crash_cut(cli, tmp_path, line):
    (tmp_path / "t.csv").write_text(TABLE)
    path = tmp_path / "l.csv.answers"
    path.write_text(line)
    ran = cli("label", "t.csv", "-o", "l.csv", "-e", "sha256", stdin="up\n.\n")
    if line == '{"row":':
        assert ran.code == 0
    else:
        assert ran.code == 4
        assert "does not hold answers" in ran.err
        assert path.read_text() == line
