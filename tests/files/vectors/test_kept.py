"""Texts with what is kept beside them, cut into slices column by column."""

import pytest

from likewise.encoders.stream import slices
from likewise.errors import UnreadableFile
from likewise.files.read import open_texts
from likewise.files.vectors.kept import KeptRows


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "t.csv"
    lines = [f"{n},{'word ' * (n % 40 + 1)},{n % 3}" for n in range(9_000)]
    lines[5] = "5, ,1"  # no text
    found.write_text("key,text,kind\n" + "\n".join(lines) + "\n")
    return found


def test_slices_are_those_of_texts_one_by_one(path, monkeypatch):
    monkeypatch.setattr("likewise.encoders.stream.SLICE_TEXTS", 700)
    monkeypatch.setattr("likewise.encoders.stream.SLICE_CHARACTERS", 60_000)
    rows = KeptRows(open_texts(path), columns=True, ids="key")
    assert rows.count() == 8_999
    found = list(rows.slices(700, 60_000))
    one_by_one = list(slices((text.text for text in open_texts(path)), str))
    assert [part.texts for part in found] == one_by_one
    assert len({len(part.texts) for part in found}) > 1
    flat = [number for part in found for number in part.numbers]
    assert flat == [n for n in range(1, 9_001) if n != 6]
    assert [id_ for part in found for id_ in part.ids] == [str(n - 1) for n in flat]
    assert [cell for part in found for cell in part.columns[0]] == [str((n - 1) % 3) for n in flat]


def test_some_of_a_part(path):
    part = next(KeptRows(open_texts(path)).slices(10, 10**6))
    assert part.taken([0, 2]).numbers == [1, 3]
    assert part.taken([0, 2]).texts == [part.texts[0], part.texts[2]]


def test_a_row_without_an_id_is_named(path):
    path.write_text("key,text\n1,a\n,b\n")
    with pytest.raises(UnreadableFile, match=r"Row 2 of .* has no id"):
        list(KeptRows(open_texts(path), ids="key").parts())
