"""A map of a sample, with all other rows placed in it: every row has its place, and is measured."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.spatial import cKDTree

from likewise.distributed import mapped
from likewise.distributed.executors import Loop
from likewise.distributed.mapped import map_results
from likewise.errors import InvalidOption, ScaleError
from likewise.maps.map import NEIGHBOURS


def table_of(store, found):
    parts = sorted((store.local / found.folder).iterdir())
    return pa.concat_tables([pq.read_table(path) for path in parts])


def test_every_row_has_a_place_and_the_shares_are_those_of_brute_force(source, done, monkeypatch):
    store, plan = done(source)
    monkeypatch.setattr(mapped, "MEASURED", 200)
    found, drawn, texts = map_results(store, plan, Loop(), sample=300, layout="pca")
    table = table_of(store, found)
    rows = pa.concat_tables([pq.read_table(one) for one in sorted(store.local.glob("*.parquet"))])
    assert table["id"].to_pylist() == rows["id"].to_pylist()
    blank = rows["text"].is_null().to_numpy()
    assert (table["x"].is_null().to_numpy() == blank).all()
    assert (found.rows, found.sample, found.placed) == (3_000, 300, 2_970 - 300)
    # rows of the sample lie where the map has them
    mask = table["sample"].to_numpy()
    points = np.stack([table["x"].to_numpy(), table["y"].to_numpy()], axis=1)
    np.testing.assert_array_equal(points[mask], drawn.points)
    assert rows["text"].filter(pa.array(mask)).to_pylist() == texts
    # every other at the median of its neighbours there
    vectors = np.stack(rows["vector"].filter(pa.array(~blank)).to_numpy(zero_copy_only=False))
    inside = mask[~blank]
    near = np.argsort(-(vectors[~inside] @ vectors[inside].T), axis=1, kind="stable")
    expected = np.median(drawn.points[near[:, :NEIGHBOURS]], axis=1)
    close = np.abs(points[~mask & ~blank] - expected).max(axis=1) < 1e-5
    assert close.mean() > 0.99  # but for ties
    assert found.kept == drawn.share_kept
    others = np.load(store.local / found.folder.replace("placed", "others.npy"))
    assert (len(others), found.measured) == (200, 200)
    _, seen = cKDTree(drawn.points).query(expected, NEIGHBOURS)
    every = (seen[:, :, None] == near[:, None, :NEIGHBOURS]).any(axis=2).mean()
    assert found.placed_kept == pytest.approx(every, abs=0.05)


def test_a_second_call_goes_on_with_the_same_map(source, done):
    store, plan = done(source)
    found, drawn, _ = map_results(store, plan, Loop(), sample=200, layout="pca")
    before = table_of(store, found)
    (store.local / found.folder / "000004.parquet").unlink()
    told = []
    again, same, _ = map_results(
        store,
        plan,
        Loop(),
        sample=200,
        layout="pca",
        progress=lambda one: told.append(one.finished),
    )
    assert told == [1]
    assert again == found
    np.testing.assert_array_equal(same.points, drawn.points)
    assert table_of(store, found).equals(before)


def test_a_sample_of_everything_and_of_few_shards(source, done, monkeypatch):
    store, plan = done(source / "0.parquet")
    found, drawn, _ = map_results(store, plan, Loop(), sample=10_000, layout="pca")
    assert (found.sample, found.placed, found.placed_kept) == (990, 0, None)
    assert len(drawn.points) == 990
    monkeypatch.setattr(mapped, "_SHARDS", 2)
    some, _, _ = map_results(store, plan, Loop(), sample=100, layout="pca")
    parts = sorted((store.local / some.folder).iterdir())
    assert (some.sample, some.placed, len(parts)) == (100, 890, 3)
    assert sum(any(pq.read_table(one)["sample"].to_pylist()) for one in parts) == 2


def test_what_can_not_be_mapped_is_said(source, planned, done, tmp_path):
    store, plan = planned(source, "unfinished")
    with pytest.raises(ScaleError, match="9 of 9 shards are not finished"):
        map_results(store, plan, Loop())
    folder = tmp_path / "blank"
    folder.mkdir()
    pq.write_table(pa.table({"text": pa.array([None, None], pa.string())}), folder / "a.parquet")
    store, plan = done(folder, "nothing", text="text")
    with pytest.raises(InvalidOption, match="no vectors to map"):
        map_results(store, plan, Loop())
    with pytest.raises(InvalidOption, match="no layout 'x'"):
        map_results(store, plan, Loop(), layout="x")
    with pytest.raises(InvalidOption, match="0 rows"):
        map_results(store, plan, Loop(), sample=0)
