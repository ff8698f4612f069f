from dataclasses import replace

import pytest

import likewise
from likewise.errors import IncompatibleVectors
from likewise.types import Identity, check_same
from tests.encoders.models import write_model

ONE = Identity("one", "r1", "w", "t", "g", 8, 16, "mean", "")


@pytest.mark.parametrize(
    "change",
    [
        {"weights": "x"},
        {"tokenizer": "x"},
        {"graph": "x"},
        {"dims": 9},
        {"max_tokens": 17},
        {"pooling": "cls"},
        {"prefix": "query: "},
    ],
)
def test_whatever_changes_a_vector_changes_the_digest(change):
    assert replace(ONE, **change).digest != ONE.digest
    with pytest.raises(IncompatibleVectors, match=r"one .* and of one .* can't be compared"):
        check_same(ONE, replace(ONE, **change))


@pytest.mark.parametrize("change", [{"name": "two"}, {"revision": "r2"}])
def test_labels_do_not(change):
    assert replace(ONE, **change).digest == ONE.digest
    check_same(ONE, replace(ONE, **change))


def test_one_model_under_two_paths_is_one_encoder(tmp_path):
    for name in ("here", "there"):
        write_model(tmp_path / name)
    here, there = (likewise.load(str(tmp_path / name)) for name in ("here", "there"))
    assert here.identity.digest == there.identity.digest
    check_same(here.identity, there.identity)


def test_the_digest_of_minilm_is_as_it_was(minilm):
    # everything that was ever stamped with it depends on this
    assert minilm.identity.digest == (
        "f510aca7d9c758a191fb3f19726cc1f166b018faef7120cad748b2d42000557b"
    )
