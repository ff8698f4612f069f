"""`likewise export`."""

import onnxruntime
import pytest

from likewise import Classifier
from tests.classify.test_training import texts_and_labels
from tests.cli.conftest import one_sentence_error


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
