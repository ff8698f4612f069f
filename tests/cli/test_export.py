"""`likewise export`."""

import onnxruntime
import pytest

from likewise import Classifier, load
from likewise.settings import Settings
from tests.classify.test_training import texts_and_labels
from tests.cli.conftest import one_sentence_error
from tests.http.provider import providing


@pytest.fixture
def model(tmp_path):
    Classifier("sha256", candidates=["embeddings"]).fit(*texts_and_labels(60)).save(
        tmp_path / "m.likewise"
    )
    return "m.likewise"


def test_export(cli, tmp_path, model):
    ran = cli("export", model, "--onnx")
    assert ran.code == 0, ran.err
    assert "ONNX: " in ran.err
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    assert [one.name for one in session.get_inputs()] == ["embedding"]
    again = cli("export", model, "--onnx", "-o", "m.onnx")
    assert "The file that stood there is now" in again.err
    assert (tmp_path / "m-1.onnx").exists()
    assert cli("export", model, "--sklearn").code == 0
    assert (tmp_path / "m.skops").stat().st_size > 1_000


def test_export_without_an_answer(cli, tmp_path, model):
    one_sentence_error(cli("export", model), 2, "No format is named.")
    one_sentence_error(cli("export", "none.likewise", "--onnx"), 4, "There is no model")
    one_sentence_error(cli("export", model, "--onnx", "-o", model), 4, "is also the input")
    one_sentence_error(cli("export", model, "--onnx", "-o", "no/m.onnx"), 4, "no")
    before = (tmp_path / model).read_bytes()
    assert before[:2] == b"PK"


def test_a_file_never_decides_where_the_texts_of_what_is_exported_go(cli, tmp_path):
    with providing() as provider:
        name = f"{provider.url}/x"
        encoder = load(name, settings=Settings(cache=tmp_path / "cache", offline=False))
        made = Classifier(encoder, candidates=["embeddings"]).fit(*texts_and_labels(60))
        made.save(tmp_path / "m.likewise")
        asked = len(provider.asked)
        for kind in (["--sklearn"], ["--onnx", "--with-encoder"]):
            one_sentence_error(cli("export", "m.likewise", *kind), 3, "texts would be sent there")
        assert not (tmp_path / "m.skops").exists()
        assert cli("export", "m.likewise", "--onnx").code == 0  # a head alone sends nothing
        ran = cli("export", "m.likewise", "--sklearn", "-e", name)
        assert ran.code == 0, ran.err
        assert len(provider.asked) == asked
