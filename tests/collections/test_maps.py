"""A collection's map is kept with it, and texts that come later move nothing."""

import numpy as np
import pytest

from likewise.collections import Collection
from likewise.errors import InvalidOption

TEXTS = [f"text {number}" for number in range(40)]


def test_a_map_is_kept_and_read_again(notes, reopened):
    notes.add(TEXTS)
    said = []
    drawn = notes.map("pca", progress=lambda *told: said.append(told[0]))
    assert drawn.points.shape == (40, 2)
    assert drawn.identity == notes.identity
    assert "Neighbours" in said
    said.clear()
    again = reopened().map("pca", progress=lambda *told: said.append(told[0]))
    np.testing.assert_array_equal(again.points, drawn.points)
    assert not said  # read, not made


def test_what_was_on_it_stays_when_texts_come_and_go(notes):
    notes.add(TEXTS, ids=range(40))
    before = notes.map()
    notes.add(["another"], ids=["new"])
    notes.delete([3])
    after = notes.map()
    assert notes.ids == [*(str(i) for i in range(40) if i != 3), "new"]
    np.testing.assert_array_equal(after.points[:-1], np.delete(before.points, 3, axis=0))
    assert np.abs(after.points[-1]).max() <= 1
    assert len(after) == len(after.kept) == 40


def test_it_is_made_anew_where_a_quarter_is_new_or_on_demand(notes):
    notes.add(TEXTS)
    first = notes.map("pca")
    notes.add([f"more {number}" for number in range(20)])
    assert not np.array_equal(notes.map("pca").points[:40], first.points)
    said = []
    notes.map("pca", anew=True, progress=lambda *told: said.append(told[0]))
    assert "Layout" in said


def test_an_unknown_layout_is_refused(notes):
    notes.add(TEXTS[:3])
    with pytest.raises(InvalidOption, match="no layout"):
        notes.map("3d")


def test_a_map_of_what_is_removed_meanwhile_is_not_lost(tmp_path):
    notes = Collection.create(tmp_path / "notes", "sha256")
    notes.add([f"text {n}" for n in range(30)])

    def removed(*_):
        if notes.path.exists():
            notes.store.remove()

    assert len(notes.map("pca", progress=removed)) == 30
    assert not notes.path.exists()


def test_a_map_of_a_collection_that_was_emptied(notes):
    notes.add(TEXTS)
    notes.map("pca")
    notes.delete(notes.ids)
    assert len(notes.map("pca")) == 0
