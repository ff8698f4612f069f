"""Large csv and jsonl files are cut between records: the rows are those of the whole file."""

import io
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.distributed import cutting, jobs
from likewise.distributed.executors import Loop
from likewise.distributed.input_rows import rows_of
from likewise.distributed.plan import JobPlan
from likewise.distributed.planning import JobOptions, make_plan, write_plan
from likewise.distributed.store import JobStore
from likewise.errors import ColumnMissing, DamagedPlan, ShardsFailed
from tests.distributed.conftest import digests, rows_in


@pytest.fixture
def small(monkeypatch):
    """Pieces of some bytes, so that files of some rows are cut often."""
    monkeypatch.setattr(cutting, "_SMALLEST", 64)


def plan_of(path, sha256, **wish):
    return make_plan(str(path), str(path.parent / "out"), sha256.identity, JobOptions(**wish)).plan


def rows_by_shard(plan):
    folder = JobStore(plan.input)
    return [list(rows_of(plan, plan.shard(number), folder)) for number in range(len(plan))]


def both_ways(path, sha256, rows, **wish):
    """Return the rows of a file that is cut, shard by shard, and those of the whole file."""
    cut = plan_of(path, sha256, rows=rows, **wish)
    whole = plan_of(path, sha256, rows=10_000_000, **wish)
    assert whole.rows.tolist() == [-1]
    return cut, rows_by_shard(cut), rows_by_shard(whole)[0]


def csv_text(rows, newline="\n"):
    file = io.StringIO()
    file.write(f"key,text,year{newline}")
    for at, text in enumerate(rows):
        quoted = text.replace('"', '""')
        file.write(f'{at},"{quoted}",{1990 + at % 30}{newline}')
    return file.getvalue()


def some_texts(count):
    rng = random.Random(5)
    odd = ["line\nbreak", 'a "mark"', "two,\r\nlines", "ünï · 字", "", "=1+1", "plain words here"]
    return [f"{rng.choice(odd)} {at}" * rng.randint(1, 3) for at in range(count)]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_parts_of_a_csv_file_have_its_rows(tmp_path, sha256, small, newline):
    path = tmp_path / "a.csv"
    path.write_bytes(csv_text(some_texts(600), newline).encode())
    plan, parts, whole = both_ways(path, sha256, 50, text="text", keep=True)
    assert len(plan) > 8
    assert [row for part in parts for row in part] == whole
    assert [len(part) for part in parts] == plan.rows.tolist()
    assert plan.known_rows == 600
    assert all(50 <= rows < 75 for rows in plan.rows[:-1])
    assert [part[0].number - 1 for part in parts] == plan.start.tolist()


def test_blocks_that_are_read_at_once_are_cut_too(tmp_path, sha256, monkeypatch):
    monkeypatch.setattr(cutting, "_SMALLEST", 20_000)
    path = tmp_path / "a.csv"
    lines = csv_text(some_texts(6_000)).replace("line\nbreak", "1,2\n3,4").splitlines(keepends=True)
    lines[3_000:3_000] = ["1,2,3,4\n", "key,text,year\n"]
    path.write_text("".join(lines))
    plan, parts, whole = both_ways(path, sha256, 700, text="text", keep=True, id="key")
    assert len(plan) > 5
    assert sorted(map(str, (row for part in parts for row in part))) == sorted(map(str, whole))
    assert plan.known_rows == len(whole)


def test_rows_that_are_damaged_keep_their_lines(tmp_path, sha256, small):
    lines = csv_text(some_texts(400)).splitlines(keepends=True)
    lines.insert(100, "1,too,many,cells\n")
    lines.append("1,so,many,cells\n")
    lines.insert(500, "9,b\udcff\udcfe,1999\n")
    lines[550:550] = ["\n", "\n"]
    path = tmp_path / "a.csv"
    path.write_bytes("".join(lines).encode("utf-8", "surrogateescape"))
    _, parts, whole = both_ways(path, sha256, 40, text="text")
    found = [row for part in parts for row in part]
    assert sorted(found) == sorted(whole)
    wrong = [row.problem for row in found if row.problem]
    for at in (101, lines.index("1,so,many,cells\n") + 1):
        assert f"the row at line {at} has 4 cells, but there are 3 columns" in wrong


TEXTS = st.lists(st.text(st.sampled_from('ab,"\n\r;é字 '), max_size=30), min_size=30, max_size=90)


@settings(max_examples=50)
@given(TEXTS, st.booleans())
def test_any_texts_are_cut_as_they_are_read(tmp_path_factory, sha256, texts, as_csv):
    folder = tmp_path_factory.getbasetemp() / "cut"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "_SMALLEST", 16)
        if as_csv:
            path = folder / "a.csv"
            path.write_bytes(csv_text(texts).encode())
        else:
            path = folder / "a.jsonl"
            path.write_text("".join(json.dumps({"text": one}) + "\n" for one in texts))
        _, parts, whole = both_ways(path, sha256, 5, text="text")
    assert len(parts) > 1
    assert [row for part in parts for row in part] == whole


def test_the_parts_of_a_jsonl_file_have_its_rows_and_lines(tmp_path, sha256, small):
    lines = [json.dumps({"text": one, "n": at}) for at, one in enumerate(some_texts(500))]
    lines[200:200] = ["", "{broken", "  "]
    lines.append('{"text": 1, "late": true}')
    path = tmp_path / "a.jsonl"
    path.write_text("\ufeff" + "\n".join(lines), encoding="utf-8")  # the last line has no end
    plan, parts, whole = both_ways(path, sha256, 60, keep=True)
    assert [sorted(row for part in parts for row in part)] == [sorted(whole)]
    assert set(plan.columns) == {"n", "late"}
    assert plan.known_rows == 502
    wrong = [row for part in parts for row in part if row.problem]
    assert [(row.id, row.number) for row in wrong] == [("1-line-202", 202)]


def test_a_part_that_changed_is_refused_and_the_others_are_made(tmp_path, planned, sha256, small):
    path = tmp_path / "a.csv"
    path.write_text(csv_text(some_texts(400)))
    store, plan = planned(path, rows=60, text="text")
    data = bytearray(path.read_bytes())
    place = plan.cuts[0].offset[3] + 40
    data[place] ^= 1
    path.write_bytes(data)  # of the same size, and perhaps of the same time
    with pytest.raises(ShardsFailed, match=r"^1 of .*\(3: The input 'a.csv' has changed since"):
        jobs.run(store, plan, sha256, Loop(), job="embed")
    assert len(digests(store)) == len(plan) - 1
    data[place] ^= 1
    path.write_bytes(data)
    assert jobs.run(store, plan, sha256, Loop(), job="embed").finished == 1
    path.write_bytes(data + b"1,more,2\n")
    (store.local / "000000.parquet").unlink()
    with pytest.raises(ShardsFailed, match="has changed since"):
        jobs.run(store, plan, sha256, Loop(), job="embed")


def test_planning_again_gives_the_same_plan(tmp_path, planned, sha256, small):
    path = tmp_path / "a.csv"
    path.write_text(csv_text(some_texts(200)))
    store, plan = planned(path, rows=50, text="text")
    path.write_text(csv_text(some_texts(200)))
    assert planned(path, rows=50, text="text")[1].digest == plan.digest
    assert JobPlan.read(store).cuts == plan.cuts


def test_cuts_that_contradict_the_shards_are_refused(tmp_path, planned, small):
    path = tmp_path / "a.csv"
    path.write_text(csv_text(some_texts(200)))
    store, plan = planned(path, rows=50, text="text")
    cut = plan.cuts[0]
    for change in (
        {"offset": cut.offset[::-1]},
        {"line": cut.line[:-1]},
        {"file": 1},
        {"layout": None},
    ):
        broken = plan_with(plan, cut.model_copy(update=change))
        broken.write(store)
        with pytest.raises(DamagedPlan, match="contradicts itself"):
            JobPlan.read(store)


def plan_with(plan, cut):
    from dataclasses import replace

    return replace(plan, cuts=(cut,))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", csv_text(some_texts(300)).encode("utf-16")),
        ("a.json", json.dumps([{"text": one} for one in some_texts(300)]).encode()),
        ("a.csv.gz", None),
    ],
)
def test_what_can_not_be_cut_is_one_shard(tmp_path, sha256, small, name, content):
    import gzip

    path = tmp_path / name
    path.write_bytes(content or gzip.compress(csv_text(some_texts(300)).encode()))
    plan = plan_of(path, sha256, rows=20, text="text")
    assert plan.rows.tolist() == [-1]
    assert len(rows_by_shard(plan)[0]) == 300


def test_a_column_that_a_later_file_lacks_is_said_when_the_job_is_planned(tmp_path, sha256, small):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_text(csv_text(some_texts(100)))
    with pytest.raises(ColumnMissing, match=r"'a.csv' has no column 'nr'"):
        make_plan(str(folder), str(tmp_path / "out"), sha256.identity, JobOptions("text", "nr"))
    (folder / "b.csv").write_text(csv_text(some_texts(100)).replace("text", "words"))
    with pytest.raises(ColumnMissing, match=r"'b.csv' has no column 'text'.*'words'"):
        make_plan(str(folder), str(tmp_path / "out"), sha256.identity, JobOptions("text", rows=10))
    (folder / "b.csv").unlink()
    (folder / "c.jsonl").write_text('{"body": "one"}\n' * 300)
    with pytest.raises(ColumnMissing, match=r"'c.jsonl' has no column 'text'.*'body'"):
        make_plan(str(folder), str(tmp_path / "out"), sha256.identity, JobOptions("text", rows=10))


def test_a_file_that_is_planned_elsewhere_is_read_there(tmp_path, sha256, small):
    """A file of fsspec, which no path leads to."""
    address = "memory://cutting"
    JobStore(address).write("a.csv", csv_text(some_texts(200)).encode())
    plan = make_plan(
        f"{address}/a.csv", str(tmp_path / "out"), sha256.identity, JobOptions("text", rows=40)
    ).plan
    store = JobStore(str(tmp_path / "out"))
    write_plan(plan, store)
    jobs.run(store, plan, sha256, Loop(), job="embed")
    assert len(plan) > 3
    assert len(rows_in(store)) == 200
    state, wrong = jobs.verify(store, plan, Loop())
    assert (wrong, state.rows) == ([], 200)
