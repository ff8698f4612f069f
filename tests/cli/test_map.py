"""`likewise map` on a small collection: what it prints, writes and refuses."""

import json

import pytest

from likewise.collections import Collection
from tests.maps.test_map import islands, texts_of


@pytest.fixture
def notes(tmp_path):
    _, group = islands(60)
    collection = Collection.create(tmp_path / "notes", "sha256")
    collection.add(texts_of(group), columns={"year": [2000 + i % 3 for i in range(60)]})
    return str(tmp_path / "notes")


def test_it_prints_clusters_and_where_the_map_lies(cli, notes):
    ran = cli("map", "-c", notes, "--layout", "pca")
    assert ran.code == 0, ran.err
    assert "typical" in ran.out
    assert "Of the 15 true neighbours of each text" in ran.err


def test_it_writes_all_three_files(cli, notes, tmp_path):
    ran = cli(
        "map",
        "-c",
        notes,
        "--layout",
        "pca",
        "--html",
        "a.html",
        "--svg",
        "a.svg",
        "--png",
        "a.png",
    )
    assert ran.code == 0, ran.err
    assert "penguin number 0" in (tmp_path / "a.html").read_text()
    assert (tmp_path / "a.svg").read_text().startswith("<svg")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_as_json_every_text_has_its_place(cli, notes):
    told = json.loads(cli("map", "-c", notes, "--layout", "pca", "--json").out)
    assert len(told["points"]) == 60
    shares = [point["kept"] for point in told["points"]]
    assert sum(shares) / 60 == pytest.approx(told["kept"], abs=1e-3)
    ids = {point["id"] for point in told["points"]}
    assert all(cluster["typical"] in ids for level in told["clusters"] for cluster in level)


def test_texts_that_were_added_are_placed_and_none_moves(cli, notes):
    before = json.loads(cli("map", "-c", notes, "--layout", "pca", "--json").out)
    Collection.open(notes).add(["penguin number 0 and a half"])
    after = json.loads(cli("map", "-c", notes, "--layout", "pca", "--json").out)
    assert after["points"][:60] == [
        {**point, "kept": new["kept"]}
        for point, new in zip(before["points"], after["points"], strict=False)
    ]
    assert len(after["points"]) == 61


def test_what_can_be_known_beforehand_is_said_beforehand(cli, notes, tmp_path):
    ran = cli("map", "-c", notes, "--html", "no/such/folder/a.html")
    assert ran.code == 4
    assert not (tmp_path / "notes" / "maps").exists()
    assert cli("map", "-c", "none").code != 0
    Collection.create(tmp_path / "empty", "sha256")
    ran = cli("map", "-c", str(tmp_path / "empty"))
    assert ran.code == 2
    assert "holds no texts" in ran.err
