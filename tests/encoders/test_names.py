"""What the name of an encoder stands for."""

import pytest

from likewise.encoders.names import source_of
from likewise.errors import UnknownEncoder

PAGES = (
    "https://huggingface.co/BAAI/bge-small-en-v1.5",
    "http://www.huggingface.co/BAAI/bge-small-en-v1.5/tree/main",
    "https://hf.co/BAAI/bge-small-en-v1.5?library=x",
    "https://HuggingFace.co/BAAI/bge-small-en-v1.5/",
)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_hub_is_not_asked_for_vectors(name):
    with pytest.raises(UnknownEncoder, match="is a page of the Hugging Face hub") as error:
        source_of(name)
    assert error.value.remedy == "Name the model as the hub does: BAAI/bge-small-en-v1.5."


@pytest.mark.parametrize(
    "name",
    [
        "https://router.huggingface.co/hf-inference/v1/model",
        "https://huggingface.co.example.org/v1/model",
        "http://localhost:8080/huggingface.co/a/b",
    ],
)
def test_a_provider_is_one(name):
    assert source_of(name).kind == "provider"


@pytest.mark.parametrize("name", ["", " ", "\t"])
def test_a_blank_name_is_no_folder(name):
    with pytest.raises(UnknownEncoder, match="no encoder named") as error:
        source_of(name)
    assert error.value.remedy.startswith("Choose one of minilm")
