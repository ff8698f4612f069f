"""A model that was trained with words before queries and documents gets each where it belongs."""

import numpy as np
import pytest

from likewise.collections import Collection
from likewise.encoders import load
from tests.encoders.models import write_model


@pytest.mark.parametrize(
    ("prompts", "texts", "query"),
    [
        ({"query": "w7 ", "passage": "w8 "}, "w8 ", "w7 "),
        ({"query": "w7 ", "document": "w8 "}, "w8 ", "w7 "),
        ({"query": "w7 "}, "", "w7 "),
        ({"passage": "w8 "}, "w8 ", "w8 "),
        ({}, "", ""),
    ],
)
def test_each_has_its_own(where, tmp_path, prompts, texts, query):
    write_model(tmp_path / "model", prompts=prompts)
    name = str(tmp_path / "model")
    made = Collection.create("notes", name, settings=where)
    made.add(["w1 w2", "w3 w4 w5", "w6"])
    assert made.identity.prefix == texts
    asked = load(name, prefix=query).encode(["w3 w1"]).vectors[0]
    expected = sorted(np.asarray(made.vectors) @ asked, reverse=True)
    for one in (made, Collection.open("notes", settings=where)):
        found = [hit.similarity for hit in one.search("w3 w1")]
        assert np.allclose(found, expected, atol=1e-5)


def test_a_prefix_of_ones_own_is_for_both(where, tmp_path):
    write_model(tmp_path / "model", prompts={"query": "w7 ", "passage": "w8 "})
    own = load(str(tmp_path / "model"), prefix="w9 ")
    made = Collection.create("notes", own, settings=where)
    made.add(["w1 w2", "w3"])
    assert made.identity.prefix == "w9 "
    for one in (made, Collection.open("notes", settings=where)):
        assert one.search("w3")[0].similarity == pytest.approx(1, abs=1e-5)
