"""Whatever texts come in, each public door of the library makes the same of it."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pytest

import likewise
from likewise.classify.inputs import answers_of
from likewise.classify.multilabel import members_in
from likewise.collections import Collection
from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import InvalidLabels, InvalidOption, InvalidText
from likewise.settings import Settings
from likewise.sklearn import TextEncoder
from tests.contract.test_every_encoder import FORMS, NO_TEXTS, THREE

MISSING = {
    "None": ["a", None],
    "NaN": ["a", float("nan")],
    "bytes": [b"a"],
    "numbers": range(3),
    "lists": [["a"], ["b"]],
    "masked": np.ma.array(["a", "b"], mask=[False, True]),
    "Arrow's null": pa.array(["a", None]),
    "Arrow's table": pa.table({"text": ["a", "b"]}),
}


@pytest.fixture
def collection(tmp_path):
    settings = Settings(cache=tmp_path / "cache", collections=tmp_path / "collections")
    return Collection.create("c", Sha256Encoder(), settings=settings)


@pytest.fixture(scope="module")
def classifier():
    texts = [f"{'good' if n % 2 else 'bad'} {n}" for n in range(12)]
    labels = ["up" if n % 2 else "down" for n in range(12)]
    made = likewise.Classifier(encoder=Sha256Encoder(), candidates=["embeddings"])
    return made.fit(texts, labels)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_texts_in_any_form(collection, classifier, form):
    assert collection.add(form(THREE)).new == 3
    assert collection.texts() == THREE
    assert collection.search(form(THREE), 1)[0].text == "w1 w2"
    assert likewise.compare(form(THREE), Sha256Encoder()).similarities.shape == (3,)
    assert classifier.predict(form(THREE)).tolist() == classifier.predict(THREE).tolist()
    found = TextEncoder("sha256").fit_transform(form(THREE))
    np.testing.assert_array_equal(found, Sha256Encoder().encode(THREE).vectors)


@pytest.mark.parametrize("given", (NO_TEXTS | MISSING).values(), ids=NO_TEXTS | MISSING)
def test_what_is_no_column_of_texts_is_an_error_of_ours(collection, classifier, given):
    doors = [collection.add, classifier.predict, TextEncoder("sha256").fit_transform]
    if not isinstance(given, Mapping | set | frozenset):  # a query is a sum, without an order
        doors.append(collection.search)
    for door in doors:
        with pytest.raises(InvalidText):
            door(given)
    assert collection.count == 0


def test_cells_of_arrow_are_values(collection):
    collection.add(["a", "b"], columns={"n": pa.array([1, 2])})
    assert collection.rows()["n"].to_pylist() == [1, 2]


@pytest.mark.parametrize("query", [{"a": "b"}, {"a": None}, {"a": [1]}])
def test_weights_that_are_none(collection, query):
    collection.add(["a", "b"])
    with pytest.raises(InvalidOption, match="neither a list nor one with weights"):
        collection.search(query)
    with pytest.raises(InvalidOption):
        collection.search(like=7.5)


@pytest.mark.parametrize("given", ["up", b"up", 7, {"up"}, {"a": "up"}, iter], ids=repr)
def test_what_is_no_column_of_labels_is_an_error_of_ours(given):
    with pytest.raises(InvalidLabels, match="Labels come as a list"):
        answers_of(given)


def test_a_label_that_is_masked_is_missing():
    assert answers_of(np.ma.array(["up", "down"], mask=[False, True])) == ["up", None]


def test_several_labels_of_arrow():
    labels, members = members_in(pa.array([["a", "b"], ["b"], []]))
    assert labels == ["a", "b"]
    assert members.tolist() == [[True, True], [False, True], [False, False]]
    with pytest.raises(InvalidLabels, match="Labels come as a list"):
        members_in(7)
