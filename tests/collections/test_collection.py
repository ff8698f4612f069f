"""What was added is there, what was changed is changed, and nothing else is."""

import datetime as dt
import json
import shutil
import sys
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from likewise.collections import Collection
from likewise.collections.adding import adding
from likewise.collections.adding.sources import open_source
from likewise.collections.storage import writer
from likewise.collections.storage.items import Item
from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import (
    CollectionExists,
    CollectionMissing,
    IncompatibleVectors,
    InvalidOption,
    InvalidText,
    LikewiseError,
    MissingPackage,
    UnknownId,
)
from likewise.settings import Settings


def test_what_was_added_is_there_in_order(notes, reopened):
    added = notes.add(["b", "a"], ids=["2", "1"], columns={"year": [2001, 1999]})
    assert (added.new, added.updated, added.unchanged) == (2, 0, 0)
    for one in (notes, reopened()):
        assert len(one) == one.count == 2
        assert one.ids == ["2", "1"]
        assert one.texts() == ["b", "a"]
        assert one.texts([1]) == ["a"]
        assert one.rows().to_pylist()[0] == {"id": "2", "text": "b", "year": 2001}
        assert one.vectors.tobytes() == Sha256Encoder().encode(["b", "a"]).vectors.tobytes()
        assert one.identity == Sha256Encoder().identity


def test_a_second_time_nothing_is_done(notes):
    notes.add(["a", "b", "a"])
    generation = notes.generation
    again = notes.add(["a", "b", "a"])
    assert (again.new, again.updated, again.unchanged) == (0, 0, 3)
    assert notes.generation == generation
    assert len(notes) == 3


def test_changed_texts_and_cells_replace_the_old(notes, reopened):
    notes.add(["a", "b"], ids=[1, 2], columns={"x": ["p", "q"]})
    before = notes.vectors.copy()
    added = notes.add(["a", "new", "c"], ids=[1, 2, 3], columns={"x": ["changed", "q", None]})
    assert (added.new, added.updated, added.unchanged) == (1, 2, 0)
    rows = {row["id"]: row for row in reopened().rows().to_pylist()}
    assert rows == {
        "1": {"id": "1", "text": "a", "x": "changed"},
        "2": {"id": "2", "text": "new", "x": "q"},
        "3": {"id": "3", "text": "c", "x": None},
    }
    at = reopened().ids.index("1")
    assert reopened().vectors[at].tobytes() == before[0].tobytes()


def test_a_text_that_did_not_change_is_not_embedded_again(where):
    class Counting(Sha256Encoder):
        asked = 0

        def encode(self, texts, *, progress=None):
            texts = list(texts)
            Counting.asked += len(texts)
            return super().encode(texts, progress=progress)

    notes = Collection.create("notes", Counting(), settings=where)
    notes.add(["a", "b"], ids=[1, 2], columns={"x": [1, 2]})
    notes.add(["a", "b", "c"], ids=[1, 2, 3], columns={"x": [1, 3, 4]})
    assert Counting.asked == 3


def test_update_changes_what_is_given(notes):
    notes.add(["a", "b"], ids=[1, 2], columns={"x": [1, 2], "y": ["p", "q"]})
    notes.update([2], columns={"x": [5], "z": [True]})
    assert notes.rows([2]).to_pylist() == [{"id": "2", "text": "b", "x": 5, "y": "q", "z": True}]
    notes.update([1], texts=["new"])
    assert notes.rows([1], ["x"]).to_pylist() == [{"id": "1", "text": "new", "x": 1}]
    with pytest.raises(UnknownId, match="'9'"):
        notes.update([1, 9], texts=["x", "y"])
    assert notes.texts([1]) == ["new"]


def test_an_update_keeps_what_another_has_changed_meanwhile(notes, reopened):
    notes.add(["a", "b"], ids=[1, 2], columns={"x": [1, 1], "y": ["p", "p"]})
    other = reopened()
    other.update([1], columns={"y": ["q"]})
    notes.update([1], columns={"x": [5]})  # which has not seen it
    assert notes.rows([1]).to_pylist() == [{"id": "1", "text": "a", "x": 5, "y": "q"}]
    other.delete([2])
    with pytest.raises(UnknownId):
        notes.update([2], columns={"x": [5]})
    assert reopened().ids == ["1"]


def test_rows_whose_cells_alone_change_are_kept_a_few_at_a_time(notes, reopened, monkeypatch):
    monkeypatch.setattr(adding, "LOOKED_UP", 4)
    ids = list(range(12))
    notes.add([f"text {n}" for n in ids], ids=ids, columns={"x": [0] * 12})

    def items():
        for n in ids:
            if n == 9:
                raise KeyboardInterrupt
            yield Item(str(n), f"text {n}", (1,), n)

    with pytest.raises(KeyboardInterrupt):
        notes.add_items(items(), ["x"])
    changed = [row["id"] for row in reopened().rows().to_pylist() if row["x"] == 1]
    assert sorted(changed) == [str(n) for n in range(8)]
    assert reopened().verify() == []


def test_delete_takes_out(notes, reopened):
    notes.add(["a", "b", "c"], ids=[1, 2, 3])
    assert notes.delete([2, 2]) == 1
    with pytest.raises(UnknownId, match="no text with the id '2'"):
        notes.delete([1, 2])
    assert reopened().ids == ["1", "3"]
    assert reopened().vectors.shape == (2, 256)
    notes.add(["again"], ids=[2])
    assert reopened().texts() == ["a", "c", "again"]
    generation = notes.generation
    assert notes.delete([]) == 0
    assert notes.generation == generation
    notes.delete([1, 2, 3])
    assert len(reopened()) == 0
    assert reopened().vectors.shape == (0, 256)
    assert reopened().ids == []


def test_columns_widen_and_old_rows_follow(notes, reopened):
    notes.add(["a"], ids=["a"], columns={"n": [1], "flag": [True]})
    notes.add(["b"], ids=["b"], columns={"n": [0.5], "when": [None]})
    assert [row["n"] for row in notes.rows().to_pylist()] == [1.0, 0.5]
    notes.add(["c"], ids=["c"], columns={"n": ["many"], "flag": ["maybe"], "when": ["2020"]})
    found = reopened().rows().to_pylist()
    assert [row["n"] for row in found] == ["1", "0.5", "many"]
    assert [row["flag"] for row in found] == ["true", None, "maybe"]
    assert [row["when"] for row in found] == [None, None, 2020]
    notes.compact()
    assert reopened().rows().to_pylist() == found


def test_compaction_changes_nothing_but_files(notes, reopened, monkeypatch):
    monkeypatch.setattr(writer, "MOST_SMALL", 1_000)
    for number in range(6):
        notes.add([f"text {number}", f"other {number}"], ids=[number, 100 + number])
    notes.delete([1, 104])
    rows, vectors = notes.rows().to_pylist(), notes.vectors.copy()
    old = reopened()
    notes.compact()
    assert len(list(notes.path.glob("*.parquet"))) == 1
    assert len(list(notes.path.glob("*.npy"))) == 1
    for one in (notes, reopened(), old):
        assert one.rows().to_pylist() == rows
        assert one.vectors.tobytes() == vectors.tobytes()
    generation = notes.generation
    notes.compact()
    assert notes.generation == generation


def test_many_small_shards_are_put_together(notes, reopened, monkeypatch):
    monkeypatch.setattr(writer, "MOST_SMALL", 4)
    monkeypatch.setattr(writer, "SMALL_ROWS", 8)
    for number in range(40):
        notes.add([f"text {number}"])
    assert len(list(notes.path.glob("*.parquet"))) <= 8
    assert reopened().texts() == [f"text {number}" for number in range(40)]


def test_float16_takes_half_and_is_searched_the_same(where):
    half = Collection.create("half", precision="float16", settings=where)
    texts = [f"text {number}" for number in range(50)]
    half.add(texts)
    assert half.search("text 7")[0].text == "text 7"
    assert half.vectors.dtype == np.float32
    exact = Sha256Encoder().encode(texts).vectors
    assert np.abs(half.vectors - exact).max() < 1e-3


def test_what_has_no_name_yet_gets_one_from_its_text(notes):
    notes.add(["a", "a", "b"])
    first, second, third = notes.ids
    assert second == f"{first}-2"
    assert len({first, second, third}) == 3


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"texts": ["a", " "]}, InvalidText, "Text 2 is blank"),
        ({"texts": ["a", None]}, InvalidText, "Text 2 is not a string but NoneType"),
        ({"texts": ["\ud800"]}, InvalidText, "lone surrogate"),
        ({"texts": ["a"], "ids": [" "]}, InvalidText, "The id of text 1 is blank"),
        ({"texts": ["a"], "ids": [1, 2]}, InvalidOption, "There are 1 texts, but 2 'ids'"),
        ({"texts": ["a", "b"], "ids": ["c", None]}, InvalidText, "The id of text 2 is blank"),
        ({"texts": ["a"], "ids": [float("nan")]}, InvalidText, "The id of text 1 is blank"),
        ({"texts": ["a"], "ids": "b"}, InvalidOption, "Ids come as a list"),
        ({"texts": ["a"], "columns": {"x": "b"}}, InvalidOption, "Column 'x' is one str"),
        ({"texts": ["a"], "columns": {"x": [object()]}}, InvalidOption, "Cell 1 of .* is object"),
        ({"texts": ["a"], "columns": {"x": ["\ud800"]}}, InvalidOption, "lone surrogate"),
        ({"texts": ["a"], "columns": {"x": []}}, InvalidOption, "but 0 'x'"),
        ({"texts": ["a"], "columns": {"vector": [1]}}, InvalidOption, "can't be named 'vector'"),
        ({"texts": ["a"], "columns": {"id": [1]}}, InvalidOption, "can't be named 'id'"),
    ],
)
def test_what_can_not_be_added_changes_nothing(notes, options, error, said):
    notes.add(["kept"])
    with pytest.raises(error, match=said):
        notes.add(**options)
    assert notes.texts() == ["kept"]


def test_cells_may_come_in_anything(notes):
    cells = {
        "whole": np.arange(2),
        "points": np.float32([0.5, np.nan]),
        "dear": [Decimal("1.5"), None],
        "bytes": [b"a", b"\xff"],
        "missing": [pd.NA, "x"],
        "odd": [{1: b"x"}, ["y"]],
    }
    notes.add(["a", "b"], columns=cells)
    kept = notes.rows().to_pydict()
    assert (kept["whole"], kept["points"], kept["dear"]) == ([0, 1], [0.5, None], [1.5, None])
    assert (kept["bytes"], kept["missing"]) == (["a", "\ufffd"], [None, "x"])
    assert notes.add(["a", "b"], columns=cells).unchanged == 2


def test_one_id_is_no_list_of_its_characters(notes):
    notes.add(["one", "two"], ids=["a", "b"])
    with pytest.raises(InvalidOption, match="Ids come as a list"):
        notes.delete("ab")
    assert notes.ids == ["a", "b"]


def test_many_columns_are_looked_up_not_looked_through(notes, reopened):
    names = [f"c{n}" for n in range(300)]
    notes.add(["a"], columns={name: [n] for n, name in enumerate(names)})
    assert list(reopened().rows(columns=names).to_pylist()[0].values())[2:] == list(range(300))


def test_two_of_one_id_in_one_call_are_one_text(notes):
    added = notes.add(["old", "new"], ids=["x", "x"])
    assert notes.texts() == ["new"]
    assert added.new == 1


def test_a_whole_number_is_one_id_also_as_pandas_has_it_beside_a_missing_one(notes):
    notes.add(["a", "b", "c"], ids=np.array([7.0, 8.5, 9.0]))
    assert notes.ids == ["7", "8.5", "9"]
    assert notes.add(["a"], ids=[7]).unchanged == 1
    assert notes.search(like={7.0: 1, "9": -0.5}, k=1)[0].id == "8.5"


def test_a_precision_that_there_is_not_leaves_no_folder(where):
    with pytest.raises(InvalidOption, match="no precision 'float8'"):
        Collection.create("half", precision="float8", settings=where)
    assert not (where.collections / "half").exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda vectors: vectors * np.nan,
        lambda vectors: vectors * 0,
        lambda vectors: 3 * vectors,
        lambda vectors: vectors[:-1],
        lambda vectors: vectors[:, :-1],
    ],
    ids=["NaN", "zeros", "too long", "one too few", "too narrow"],
)
def test_what_an_encoder_of_others_gives_is_not_kept_unless_it_is_vectors(where, change):
    class Careless(Sha256Encoder):
        def encode(self, texts, *, progress=None):
            encoding = super().encode(texts)
            if not any("bad" in text for text in texts):
                return encoding
            return replace(encoding, vectors=change(encoding.vectors).astype(np.float32))

    notes = Collection.create("careless", Careless(), settings=where)
    notes.add(["sound"])
    added = notes.add(["good", "bad", "better"])
    assert [row for row, _ in added.left_out] == [2]
    assert notes.texts() == ["sound", "good", "better"]
    assert notes.verify() == []


def test_names_and_paths(where, tmp_path):
    Collection.create("b", settings=where)
    Collection.create(tmp_path / "elsewhere" / "a", settings=where)
    assert Collection.open("b", settings=where).name == "b"
    assert Collection.open(str(tmp_path / "elsewhere" / "a"), settings=where).name == "a"
    with pytest.raises(CollectionExists, match="'b'"):
        Collection.create("b", settings=where)
    with pytest.raises(CollectionMissing, match=r"no collection 'c'\. There are: b\."):
        Collection.open("c", settings=where)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    with pytest.raises(CollectionExists, match="holds something"):
        Collection.create(tmp_path / "mine", settings=where)
    for name in ("", "a b", "é" * 101, "a\0", "-x"):
        with pytest.raises(InvalidOption, match="can't be named"):
            Collection.create(name, settings=where)


def test_another_encoder_is_refused(notes, where):
    class Other(Sha256Encoder):
        identity = replace(Sha256Encoder().identity, prefix="x")

    with pytest.raises(IncompatibleVectors):
        Collection.open("notes", encoder=Other(), settings=where).add(["a"])
    assert len(notes) == 0


def test_frames(notes):
    when = dt.date(2020, 1, 2)
    notes.add(["a", "b"], ids=[1, 2], columns={"n": [1, None], "when": [str(when), None]})
    frame = notes.to_pandas()
    assert list(frame.columns) == ["id", "text", "n", "when"]
    assert frame["n"].tolist()[0] == 1
    table = notes.to_arrow()
    assert table["vector"].type.list_size == 256
    assert table["id"].to_pylist() == ["1", "2"]


def test_a_polars_frame(notes):
    notes.add(["a", "b"], ids=["x", "y"], columns={"n": [1, None], "lang": ["en", "de"]})
    frame = notes.to_polars()
    assert frame.rows() == [("x", "a", 1, "en"), ("y", "b", None, "de")]
    assert [str(kind) for kind in frame.dtypes] == ["String", "String", "Int64", "String"]
    vectors = notes.to_polars(vectors=True)["vector"].to_numpy()
    assert np.array_equal(vectors, notes.vectors)


def test_vectors_of_several_files_need_no_memory_of_their_own(notes, reopened, monkeypatch):
    monkeypatch.setattr("likewise.collections.storage.shards._MOST_COPIED_BYTES", 0)
    monkeypatch.setattr("likewise.collections.storage.shards._SPOOLED_ROWS", 2)
    for part in ("abc", "def"):
        notes.add(list(part), ids=list(part))
    notes.delete(["b"])
    expected = Sha256Encoder().encode(list("acdef")).vectors
    found = reopened()
    assert isinstance(found.vectors, np.memmap)
    assert np.array_equal(found.vectors, expected)
    assert found.vectors is found.vectors
    assert not [one for one in notes.path.iterdir() if one.name.startswith(".")]
    assert found.verify() == []


def test_a_frame_of_what_is_not_installed_is_one_sentence(notes, monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(MissingPackage, match=r"polars is not installed\. Install it: pip inst"):
        notes.to_polars()


def test_a_collection_that_was_made_anew_is_seen(notes, where):
    notes.add(["old"])
    notes.store.remove()
    Collection.create("notes", settings=where).add(["new"])
    notes.refresh()
    assert notes.texts() == ["new"]
    assert notes.search("new")[0].similarity == 1


def test_the_folder_is_for_its_owner(notes):
    assert notes.path.stat().st_mode & 0o777 == 0o700
    said = json.loads((notes.path / "manifest.json").read_text())
    assert said["encoder"]["digest"] == notes.identity.digest


def test_the_scale_is_that_of_its_own_pairs(notes, reopened):
    assert notes.scale is None
    notes.add([f"text {number}" for number in range(300)])
    vectors = notes.vectors
    cosines = (vectors @ vectors.T)[np.triu_indices(300, 1)]
    scale = notes.scale
    assert scale.background == "this collection"
    assert abs(np.interp(50, np.linspace(0, 99, 496), scale.quantiles[:496])
               - np.median(cosines)) < 1e-3  # fmt: skip
    again = reopened().scale
    assert again.quantiles.tolist() == scale.quantiles.tolist()


class AnyChanges(RuleBasedStateMachine):
    """Whatever is done in whatever order, the collection holds what a dict would."""

    ids = st.sampled_from(["a", "b", "c", "d", "e", "f"])
    texts = st.sampled_from(["one", "two", "three", "four"])

    @initialize()
    def begin(self):
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.where = Settings(collections=self.folder.name, encoder="sha256")
        self.notes = Collection.create("notes", settings=self.where)
        self.model = {}
        self.patched = (writer.MOST_SMALL, writer.SMALL_ROWS, adding.LOOKED_UP)
        writer.MOST_SMALL, writer.SMALL_ROWS, adding.LOOKED_UP = 3, 4, 2

    def teardown(self):
        if hasattr(self, "folder"):
            self.folder.cleanup()
            writer.MOST_SMALL, writer.SMALL_ROWS, adding.LOOKED_UP = self.patched

    @rule(rows=st.lists(st.tuples(ids, texts, st.integers(0, 3)), max_size=5))
    def add(self, rows):
        self.notes.add(
            [text for _, text, _ in rows],
            ids=[id_ for id_, _, _ in rows],
            columns={"x": [x for _, _, x in rows]},
        )
        self.model |= {id_: (text, x) for id_, text, x in rows}

    @rule(ids=st.sets(ids), text=st.none() | texts, x=st.integers(0, 3))
    def update(self, ids, text, x):
        there = [id_ for id_ in ids if id_ in self.model]
        texts = None if text is None else [text] * len(there)
        self.notes.update(there, texts=texts, columns={"x": [x] * len(there)})
        self.model |= {id_: (text or self.model[id_][0], x) for id_ in there}

    @rule(ids=st.sets(ids))
    def delete(self, ids):
        there = [id_ for id_ in ids if id_ in self.model]
        self.notes.delete(there)
        for id_ in there:
            del self.model[id_]

    @rule()
    def compact(self):
        self.notes.compact()

    @rule()
    def reopen(self):
        self.notes = Collection.open("notes", settings=self.where)

    @invariant()
    def same(self):
        if not hasattr(self, "notes"):
            return
        found = {row["id"]: (row["text"], row.get("x")) for row in self.notes.rows().to_pylist()}
        assert found == self.model
        assert len(self.notes) == len(self.model)
        wanted = Sha256Encoder().encode(self.notes.texts()).vectors
        assert self.notes.vectors.tobytes() == wanted.tobytes()

    @rule()
    def verify(self):
        assert self.notes.verify() == []


AnyChanges.TestCase.settings = settings(
    deadline=None, max_examples=15, stateful_step_count=12,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
test_any_changes = AnyChanges.TestCase


@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])).filter(str.strip), max_size=6))
def test_any_text_comes_back(tmp_path_factory, texts):
    where = Settings(collections=tmp_path_factory.mktemp("c"), encoder="sha256")
    notes = Collection.create("notes", settings=where)
    notes.add(texts)
    assert Collection.open("notes", settings=where).texts() == texts


def test_a_collection_that_was_removed_meanwhile_is_an_error_of_ours(notes):
    notes.add(["a", "b", "c"])
    shutil.rmtree(notes.path)
    with pytest.raises(CollectionMissing, match="any more"):
        notes.refresh()
    assert notes.map("pca").points.shape == (3, 2)  # for this process alone
    with pytest.raises(LikewiseError):
        notes.add(["d"])
    assert not notes.path.exists()


def test_update_changes_no_type(notes, tmp_path):
    """A time that comes from parquet is a time after its text was changed."""
    when = [dt.datetime(2020, 12, 31), None]
    table = pa.table(
        {
            "id": ["a", "b"],
            "text": ["one", "two"],
            "when": pa.array(when, pa.timestamp("ns")),
            "day": pa.array([1, 2], pa.date32()),
            "tags": [["x", "y"], None],
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    source = open_source(str(tmp_path / "t.parquet"), text="text", ids="id")
    notes.add_items(source, source.columns)
    types = notes.columns
    notes.update(["a"], texts=["three"])
    notes.update(["b"], columns={"day": [None]})
    assert notes.columns == types
    assert types["when"] == pa.timestamp("ns")
    assert [hit.text for hit in notes.search("x", filter="when > '2020-12-30'")] == ["three"]
    again = open_source(str(tmp_path / "t.parquet"), text="text", ids="id")
    assert notes.add_items(again, again.columns).updated == 2


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_vectors_that_others_made_are_not_taken_over_in_silence(tmp_path, kind):
    rows = [{"text": "one", "embedding": None, "tags": [1, 2]}]
    rows += [{"text": "two", "embedding": [0.5] * 12, "tags": ["a"] * 12}]
    path = tmp_path / f"t.{kind}"
    if kind == "parquet":
        table = pa.table({name: [row[name] for row in rows] for name in ("text", "embedding")})
        pq.write_table(table, path)
    elif kind == "jsonl":
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    else:
        path.write_text(f'text,embedding\none,\ntwo,"{rows[1]["embedding"]}"\n')
    said = [note for note in open_source(str(path)).notes if "vectors" in note]
    assert said == [
        "Lists of numbers are kept as text, in 'embedding'; if they are vectors, they are not "
        "searched: new ones are made."
    ]
    (tmp_path / "short.jsonl").write_text('{"text": "one", "tags": [1, 2]}\n')
    notes = open_source(str(tmp_path / "short.jsonl")).notes
    assert not any("vectors" in note for note in notes)
