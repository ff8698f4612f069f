"""/api/collections over HTTP: made, searched, mapped, selected, taken out; bad input in between."""

import base64
import csv
import io
import threading

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import likewise
from likewise.collections import Collection
from likewise.collections.adding.sources import open_source
from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import NotFound
from likewise.maps.layouts import LAYOUTS, MapLayout
from likewise.server.app import create_app
from likewise.server.explore import answers
from likewise.server.explore.catalogue import Catalogue
from likewise.server.explore.opened import Opened
from likewise.server.explore.ordering import ordered
from tests.encoders.models import write_model
from tests.http.serving import check_envelope, make_page, make_settings, serving
from tests.waiting import wait_for

ANIMALS = ("penguin", "giraffe", "lobster", "falcon")
TEXTS = [f"{ANIMALS[i % 4]} number {i}" for i in range(40)]
WICKED = "=1+1;<script>alert(1)</script>"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explore")
    settings = make_settings(folder, collections=folder / "collections")
    app = create_app(settings, Sha256Encoder(), page=make_page(folder / "page"))
    with serving(app) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def ended(client: httpx.Client, started: httpx.Response) -> dict:
    """Follow a job to its end and return how it is then."""
    assert started.status_code == 200, started.text
    job = started.json()

    def is_over():
        job.update(client.get(f"/api/collections/jobs/{job['id']}").json())
        return job["state"] not in ("waiting", "running")

    wait_for(is_over)
    return job


def add(client: httpx.Client, name: str, rows: list[dict], **asked) -> dict:
    raw = io.StringIO()
    writer = csv.DictWriter(raw, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    table = client.post(
        "/api/tables",
        params={"name": "t.csv"},
        content=raw.getvalue().encode(),
        headers={"Content-Type": "application/octet-stream"},
    ).json()
    body = {"name": name, "table": table["id"], "text": "text", **asked}
    return ended(client, client.post("/api/collections", json=body))


@pytest.fixture(scope="module")
def animals(client):
    rows = [
        {"text": text, "sku": f"a{i}", "year": 2000 + i % 5, "kind": ANIMALS[i % 4]}
        for i, text in enumerate(TEXTS)
    ]
    job = add(client, "animals", rows, id="sku")
    assert job["state"] == "done", job
    assert job["notes"][0].startswith("40 texts added")
    return "/api/collections/animals"


@pytest.fixture(scope="module")
def mapped(client, animals):
    job = ended(client, client.post(f"{animals}/maps", json={"layout": "pca"}))
    assert job["state"] == "done", job
    return f"{animals}/maps/pca"


def int32(answer: str) -> list[int]:
    return np.frombuffer(base64.b64decode(answer), "<i4").tolist()


def test_a_collection_keeps_the_columns_and_says_who_made_it(client, animals):
    found = client.get(animals).json()
    assert found["count"] == 40
    assert {c["name"]: c["kind"] for c in found["columns"]} == {"year": "number", "kind": "text"}
    assert found["encoder"]["digest"] == Sha256Encoder.identity.digest
    listed = client.get("/api/collections").json()
    assert "animals" in [one["name"] for one in listed["collections"]]
    assert [one["name"] for one in listed["builtin"]] == ["docstrings", "emoji"]
    assert [one["name"] for one in listed["layouts"]] == ["tsne", "umap", "pca"]


def test_what_was_guessed_and_left_out_is_said(client):
    rows = [{"text": "one", "key": "a"}, {"text": " ", "key": "b"}, {"text": "two", "key": "c"}]
    job = add(client, "guessed", rows)
    assert job["notes"] == [
        "2 texts added, 0 changed, 0 known.",
        "The ids are read from column 'key'.",
        "1 row without text left out.",
    ]
    found = client.post("/api/collections/guessed/rows", json={"rows": [0, 1]}).json()["rows"]
    assert [row["id"] for row in found] == ["a", "c"]


def test_the_same_again_changes_nothing(client, animals):
    rows = [
        {"text": text, "sku": f"a{i}", "year": 2000 + i % 5, "kind": ANIMALS[i % 4]}
        for i, text in enumerate(TEXTS)
    ]
    job = add(client, "animals", rows, id="sku")
    assert job["notes"][0] == "0 texts added, 0 changed, 40 known."


def test_search_is_exact_and_says_how_many_were_compared(client, animals):
    found = client.post(f"{animals}/search", json={"query": [{"text": TEXTS[7]}], "k": 3}).json()
    assert found["hits"][0]["id"] == "a7"
    assert found["hits"][0]["row"] == 7
    assert found["hits"][0]["similarity"] == 1
    assert (found["searched"], found["total"], found["exact"]) == (40, 40, True)
    body = {"query": [{"text": TEXTS[7]}], "filter": "year >= 2003 and kind = 'giraffe'"}
    hits = client.post(f"{animals}/search", json=body).json()["hits"]
    assert hits
    assert all(h["columns"]["year"] >= 2003 and h["columns"]["kind"] == "giraffe" for h in hits)


def test_search_by_rows_needs_no_words_and_leaves_them_out(client, animals):
    body = {"like": [{"row": 3}, {"row": 4, "weight": -0.5}], "k": 40}
    hits = client.post(f"{animals}/search", json=body).json()["hits"]
    assert len(hits) == 38
    assert not {3, 4} & {hit["row"] for hit in hits}


def test_a_filter_gives_rows(client, animals):
    found = client.post(f"{animals}/filter", json={"filter": "kind = 'falcon'"}).json()
    assert int32(found["rows"]) == list(range(3, 40, 4))
    assert found["count"] == 10


def test_rows_that_were_counted_before_a_change_are_refused(client):
    rows = [{"text": "first"}, {"text": "second"}]
    add(client, "changing", rows)
    path = "/api/collections/changing"
    seen = {"If-Match": str(client.get(path).json()["generation"])}
    asked = {"rows": [0]}
    assert client.post(f"{path}/rows", json=asked, headers=seen).status_code == 200
    add(client, "changing", [{"text": "third"}])
    refused = client.post(f"{path}/export", json=asked, headers=seen)
    check_envelope(refused, 412, "collection_changed")
    assert client.post(f"{path}/export", json=asked).status_code == 200
    assert client.post(f"{path}/export", json=asked, headers={"If-Match": "*"}).status_code == 200


def test_a_column_may_have_any_name(client):
    odd = ["km/h ?#%2F", "..", "`"]
    rows = [{"text": "slow", **dict.fromkeys(odd, 3)}, {"text": "quick", **dict.fromkeys(odd, 200)}]
    job = add(client, "odd", rows)
    assert job["state"] == "done", job
    for name in odd:
        found = client.get("/api/collections/odd/column", params={"name": name}).json()
        assert np.frombuffer(base64.b64decode(found["values"]), "<f4").tolist() == [3, 200]
        ordered = client.get("/api/collections/odd/order", params={"column": name, "down": True})
        assert int32(ordered.json()["rows"]) == [1, 0]
        asked = {"filter": f"`{name.replace('`', '``')}` > 3"}
        passed = client.post("/api/collections/odd/filter", json=asked).json()
        assert int32(passed["rows"]) == [1]


def test_a_table_is_ordered_by_any_column(client, animals):
    def rows(column: str, **asked) -> list[int]:
        params = {"column": column, **asked}
        return int32(client.get(f"{animals}/order", params=params).json()["rows"])

    assert rows("year") == sorted(range(40), key=lambda row: row % 5)  # of equals the first first
    assert rows("year", down=True) == sorted(range(40), key=lambda row: -(row % 5))
    assert rows("kind") == sorted(range(40), key=lambda row: ANIMALS[row % 4])
    assert rows("text") == sorted(range(40), key=lambda row: TEXTS[row])
    assert rows("id") == sorted(range(40), key=lambda row: f"a{row}")
    refused = client.get(f"{animals}/order", params={"column": "colour"})
    check_envelope(refused, 400, "invalid_option", "column")


def test_every_text_has_its_similarity_to_a_query(client, animals):
    body = {"query": [{"text": "two"}, {"text": "one", "weight": -0.5}], "like": [{"row": 3}]}
    answer = client.post(f"{animals}/similarities", json=body).json()
    one, two, third, *all_ = Sha256Encoder().encode(["one", "two", TEXTS[3], *TEXTS]).vectors
    query = two - 0.5 * one + third
    expected = np.array(all_) @ query / np.linalg.norm(query)
    values = np.frombuffer(base64.b64decode(answer["values"]), "<f4")
    np.testing.assert_allclose(values, expected, atol=1e-5)
    refused = client.post(f"{animals}/similarities", json={})
    check_envelope(refused, 400, "invalid_option", "query")


def test_a_map_says_where_it_lies(client, mapped):
    about = client.get(mapped).json()
    assert about["count"] == 40
    assert 0 <= about["kept"] <= 1
    points = np.frombuffer(client.get(f"{mapped}/points").content, "<f4").reshape(-1, 2)
    assert points.shape == (40, 2)
    assert np.isfinite(points).all()
    kept = np.frombuffer(client.get(f"{mapped}/kept").content, np.uint8)
    assert kept.mean() / 255 == pytest.approx(about["kept"], abs=0.01)
    for number, level in enumerate(about["levels"]):
        labels = np.frombuffer(client.get(f"{mapped}/level-{number}").content, "<i4")
        assert np.bincount(labels).tolist() == [cluster["size"] for cluster in level]
    found = client.get(f"{mapped}/neighbours", params={"row": 5}).json()
    assert found["text"]["id"] == "a5"
    assert len(found["neighbours"]) == 15
    share = sum(one["kept"] for one in found["neighbours"]) / 15
    assert share == pytest.approx(kept[5] / 255, abs=0.01)


def test_columns_colour_a_map(client, animals):
    years = client.get(f"{animals}/column?name=year").json()
    assert years["kind"] == "number"
    values = np.frombuffer(base64.b64decode(years["values"]), "<f4")
    assert values.tolist() == [2000 + i % 5 for i in range(40)]
    kinds = client.get(f"{animals}/column?name=kind").json()
    named = [kinds["names"][place] for place in int32(kinds["values"])]
    assert named == [ANIMALS[i % 4] for i in range(40)]


TIMES = {
    "days": ([f"2020-01-{day:02}" for day in range(1, 11)], 86_400),
    "moments": ([f"2020-01-01T{hour:02}:00:00Z" for hour in range(10)], 3_600),
    "of a log": ([f"2020-01-01 00:00:0{n}.123" for n in range(10)], 1),
    "date32": (pa.array([18_262 + day for day in range(10)], pa.date32()), 86_400),
    "date64": (pa.array([86_400_000 * (18_262 + day) for day in range(10)], pa.date64()), 86_400),
    "nanoseconds": (
        pa.array([1_577_836_800 * 10**9 + n for n in range(10)], pa.timestamp("ns")),
        0,
    ),
    "in a zone": (
        pa.array([1_577_836_800 + n for n in range(9)] + [None], pa.timestamp("s", "UTC")),
        1,
    ),
}


@pytest.mark.parametrize(("cells", "step"), TIMES.values(), ids=TIMES)
def test_dates_are_a_scale_of_colours_and_have_an_order(tmp_path, cells, step):
    settings = make_settings(tmp_path, collections=tmp_path / "collections")
    notes = Collection.create("dated", Sha256Encoder(), settings=settings)
    texts = [f"text {n}" for n in range(10)]
    pq.write_table(pa.table({"text": texts, "at": cells}), tmp_path / "a.parquet")
    source = open_source(str(tmp_path / "a.parquet"), text="text")
    notes.add_items(list(source), source.columns)
    opened = Opened(notes)
    coloured = answers.column(opened, "at")
    assert (coloured["kind"], coloured["names"]) == ("time", [])
    seconds = np.frombuffer(base64.b64decode(coloured["values"]), "<f8")
    assert seconds[0] == 1_577_836_800
    assert (np.diff(seconds[:9]) == step).all()
    gone = isinstance(cells, pa.Array) and cells.null_count == 1
    assert bool(np.isnan(seconds[9])) == gone
    newest = [*range(8, -1, -1), 9] if gone else [*range(9, -1, -1)]
    assert int32(ordered(opened, "at", down=True)["rows"]) == newest


def test_a_selection_is_described_exported_and_made_a_table(client, animals):
    rows = list(range(0, 40, 4))
    told = client.post(f"{animals}/describe", json={"rows": rows}).json()
    assert told["words"][0] == "penguin"
    assert {one["row"] for one in told["typical"]} <= set(rows)
    raw = client.post(f"{animals}/export", json={"rows": rows, "format": "csv"})
    read = list(csv.DictReader(io.StringIO(raw.text)))
    assert [row["id"] for row in read] == [f"a{i}" for i in rows]
    assert read[1]["year"] == "2004"
    made = client.post(f"{animals}/table", json={"rows": rows}).json()
    table = client.get(f"/api/tables/{made['id']}").json()
    assert (made["rows"], table["rows"], table["text"]) == (10, 10, "text")


def twice(client: httpx.Client, at: str) -> dict:
    """Look for near-duplicates and return them."""
    job = ended(client, client.post(f"{at}/duplicates", json={}))
    assert (job["state"], job["what"]) == ("done", "Comparing"), job
    return client.get(f"{at}/duplicates").json()


def test_who_looks_for_other_duplicates_takes_none_away(client):
    assert add(client, "two", [{"text": "one"}, {"text": "one"}])["state"] == "done"
    at = "/api/collections/two"
    for percentile in (99.9, 99.99):
        ended(client, client.post(f"{at}/duplicates", json={"percentile": percentile}))
    for percentile in (99.9, 99.99):
        assert client.get(f"{at}/duplicates?percentile={percentile}").status_code == 200


def test_duplicates_are_grouped(client):
    rows = [{"text": text} for text in ("one", "two", "one", "three", "one", "two")]
    assert add(client, "repeats", rows)["state"] == "done"
    found = twice(client, "/api/collections/repeats")
    assert [1 + len(group["duplicates"]) for group in found["groups"]] == [3, 2]
    assert found["duplicates"] == 3
    assert all(one["exact"] for group in found["groups"] for one in group["duplicates"])


def test_what_the_encoder_does_not_read_or_know_is_said(tmp_path):
    write_model(tmp_path / "tiny", prompts={"query": "w7 ", "document": "w9 "})
    encoder = likewise.load(str(tmp_path / "tiny"))
    settings = make_settings(tmp_path, collections=tmp_path / "collections")
    app = create_app(settings, encoder, page=make_page(tmp_path / "page"))
    texts = ["w1 hello", "w1 bonjour", f"{'w2 ' * 30} w3", f"{'w2 ' * 30} w4", "w5 w6"]
    with serving(app) as url, httpx.Client(base_url=url, timeout=60) as client:
        added = add(client, "odd", [{"text": text} for text in texts])["notes"]
        at = "/api/collections/odd"
        drawn = ended(client, client.post(f"{at}/maps", json={"layout": "pca"}))["notes"]
        assert added[1] == "'w9 ' is put before each text."
        for notes in (added[2:], drawn):
            assert [note[:23] for note in notes] == [
                "2 of 5 texts were cut o", "2 of 5 texts have token",
            ]  # fmt: skip
        twice = ended(client, client.post(f"{at}/duplicates", json={"percentile": 50}))["notes"]
        assert "Of the near-duplicates, 2 of " in twice[0]
        asked = client.post(f"{at}/search", json={"query": [{"text": "hello"}]}).json()["notes"]
        assert asked[0] == "'w7 ' is put before the query."
        assert "1 of 1 text has tokens that" in asked[1]


def test_texts_and_names_of_columns_stay_texts(client):
    rows = [{"text": WICKED, "<b>": WICKED}, {"text": "other", "<b>": "x"}]
    assert add(client, "wicked", rows)["state"] == "done"
    at = "/api/collections/wicked"
    hits = client.post(f"{at}/search", json={"query": [{"text": WICKED}]}).json()["hits"]
    assert hits[0]["text"] == WICKED
    assert hits[0]["columns"] == {"<b>": WICKED}
    lines = client.post(f"{at}/export", json={"rows": [0], "format": "csv"}).text.splitlines()
    # whatever separates, no cell begins with what a spreadsheet would run
    assert "=1+1" not in [cell for line in lines for cell in line.replace(";", ",").split(",")]


def test_a_map_is_seen_while_it_is_drawn(client, animals, monkeypatch):
    seen = threading.Event()
    places = np.linspace(-1, 1, 80, dtype=np.float32).reshape(40, 2)

    def draw(_vectors, _neighbours, _threads, _progress, shown):
        shown(places)
        assert seen.wait(60)
        return -places

    monkeypatch.setitem(LAYOUTS, "tsne", MapLayout("tsne", "", draw))
    job = client.post(f"{animals}/maps", json={"layout": "tsne"}).json()
    at = f"/api/collections/jobs/{job['id']}"
    wait_for(lambda: client.get(at).json()["pictures"])
    picture = client.get(f"{at}/picture")
    assert picture.content == places.tobytes()
    seen.set()
    assert ended(client, client.get(at))["pictures"] == 1
    assert client.get(f"{at}/picture").content == b""  # the map itself is there
    assert client.get(f"{animals}/maps/tsne/points").content == (-places).tobytes()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "manifest.json").write_text("{"), "can't be understood"),
        (lambda folder: next(folder.glob("0*.parquet")).unlink(), "is missing"),
    ],
)
def test_a_spoilt_collection_is_one_sentence_and_hides_no_other(tmp_path, spoil, said):
    settings = make_settings(tmp_path, collections=tmp_path / "collections")
    for name in ("spoilt", "whole"):
        Collection.create(name, Sha256Encoder(), settings=settings).add(["a", "b"])
    spoil(tmp_path / "collections" / "spoilt")
    app = create_app(settings, Sha256Encoder(), page=make_page(tmp_path / "page"))
    with serving(app) as url, httpx.Client(base_url=url, timeout=60) as client:
        at = "/api/collections"
        asked = {"query": [{"text": "a"}]}
        answer = client.post(f"{at}/spoilt/search", json=asked)
        assert said in check_envelope(answer, 500, "damaged_collection")["problem"]
        listed = client.get(at).json()
        assert "whole" in [one["name"] for one in listed["collections"]]
        assert client.post(f"{at}/whole/search", json=asked).json()["hits"][0]["text"] == "a"
        assert client.delete(f"{at}/spoilt").status_code == 200
        assert [one["name"] for one in client.get(at).json()["collections"]] == ["whole"]


def test_who_reads_a_collection_reads_one_state_of_it(tmp_path):
    settings = make_settings(tmp_path, collections=tmp_path / "collections")
    notes = Collection.create("notes", Sha256Encoder(), settings=settings)
    notes.add(["a", "b", "c"])
    catalogue = Catalogue(settings)
    before = catalogue.opened("notes")
    notes.delete(notes.ids[:2])
    after = catalogue.opened("notes")
    assert catalogue.opened("notes") is after
    assert (before.view.count, after.view.count) == (3, 1)
    assert [row["text"] for row in before.texts(np.array([2, 0]))] == ["c", "a"]
    catalogue.remove("notes")
    assert [row["text"] for row in before.texts(np.array([1]))] == ["b"]
    with pytest.raises(NotFound):
        catalogue.opened("notes")


def test_a_builtin_collection_can_be_removed_again(client):
    body = {"name": "signs", "builtin": "emoji"}
    job = ended(client, client.post("/api/collections", json=body))
    assert job["state"] == "done"
    found = client.post("/api/collections/signs/search", json={"query": [{"text": "umbrella"}]})
    assert found.json()["hits"][0]["columns"]["sign"] == "☂"
    left = client.delete("/api/collections/signs").json()
    assert "signs" not in [one["name"] for one in left["collections"]]
    assert client.get("/api/collections/signs").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("get", "/none", None, 404, "no collection 'none'"),
        ("get", "/..", None, 404, ""),
        ("get", "/%2e%2e%2fetc", None, 404, ""),
        ("post", "/none/search", {"query": [{"text": "x"}]}, 404, "no collection"),
        ("post", "/animals/search", {}, 400, "nothing to search for"),
        ("post", "/animals/search", {"query": [{"text": "x"}], "k": 0}, 400, ""),
        ("post", "/animals/search", {"query": [{"text": "x"}], "k": 10**9}, 400, ""),
        ("post", "/animals/search", {"like": [{"row": 40}]}, 400, "no row 40"),
        ("post", "/animals/search", {"like": [{"row": 1}, {"row": 1}]}, 400, "named twice"),
        ("post", "/animals/rows", {"rows": [7] * 5_000}, 400, "named twice"),
        ("post", "/animals/export", {"rows": [0, 7, 7]}, 400, "named twice"),
        ("post", "/animals/search", {"like": [{"row": 2**70}]}, 400, ""),
        ("post", "/animals/search", {"like": [{"row": 2**63}]}, 400, ""),
        ("get", f"/animals/maps/pca/neighbours?row={2**64}", None, 400, ""),
        (
            "post",
            "/animals/search",
            {"query": [{"text": "x", "weight": 0}]},
            400,
            "cancel each other out",
        ),
        (
            "post",
            "/animals/search",
            {"query": [{"text": "x"}], "filter": "year = 1; drop table x"},
            400,
            "",
        ),
        ("post", "/animals/filter", {"filter": "colour = 'red'"}, 400, "colour"),
        ("post", "/animals/filter", {"filter": " "}, 400, "filter is empty"),
        ("post", "/animals/search", {"like": [{"row": 1}], "filter": ""}, 400, "filter is empty"),
        ("get", "/animals/column?name=colour", None, 400, "no column 'colour'"),
        ("get", "/animals/maps/umap", None, 404, "no map"),
        ("get", "/animals/maps/pca/secrets", None, 404, "no part"),
        ("get", "/animals/maps/pca/neighbours?row=-1", None, 400, ""),
        ("get", "/animals/maps/pca/neighbours?row=40", None, 400, "no row 40"),
        ("post", "/animals/duplicates", {"percentile": 3}, 400, "50 to 100"),
        ("get", "/animals/duplicates?percentile=3", None, 400, "50 to 100"),
        ("get", "/animals/duplicates?percentile=98", None, 404, "not looked for"),
        ("get", "/jobs/nonesuch/picture", None, 404, ""),
        ("post", "/animals/rows", {"rows": [39, 40]}, 400, "no row 40"),
        ("post", "/animals/rows", {"rows": [0] * 5_001}, 400, ""),
        ("post", "", {"name": "x"}, 400, "table or of a built-in"),
        ("post", "", {"name": "x", "builtin": "birds"}, 400, "docstrings, emoji"),
        ("post", "", {"name": "../x", "builtin": "emoji"}, 400, "can't be named"),
        ("post", "", {"name": "~", "builtin": "emoji"}, 400, "can't be named"),
        ("post", "", {"name": "x", "table": "of another"}, 404, "table"),
        ("get", "/jobs/of-another", None, 404, "job"),
        ("post", "/animals/comparisons", {}, 400, "with an encoder or with another"),
        ("post", "/animals/comparisons", {"encoder": "sha256", "collection": "x"}, 400, "one of"),
        ("post", "/animals/comparisons", {"encoder": "other"}, 404, "no encoder 'other'"),
        ("post", "/animals/comparisons", {"collection": "none"}, 404, "no collection 'none'"),
        ("post", "/animals/comparisons", {"collection": "animals", "k": 51}, 400, ""),
        ("get", "/animals/comparisons?encoder=minilm", None, 404, "was not compared with"),
        ("get", "/animals/comparisons/overlaps?encoder=minilm&k=0", None, 400, ""),
        ("post", "/animals/budget", {"dims": [8] * 13}, 400, ""),
    ],
)
def test_bad_input_is_one_sentence(client, mapped, method, path, body, status, said):
    arguments = {} if body is None else {"json": body}
    answer = client.request(method, f"/api/collections{path}", **arguments)
    assert answer.status_code == status, answer.text
    message = answer.json()["error"]["message"]
    assert said in message
    assert "Traceback" not in message


def test_with_keys_nobody_else_sees_them(tmp_path):
    settings = make_settings(
        tmp_path, collections=tmp_path / "c", api_keys=["secret"], page=True, training=True
    )
    app = create_app(settings, Sha256Encoder(), page=make_page(tmp_path / "page"))
    with serving(app) as url, httpx.Client(base_url=url) as client:
        assert client.get("/api/collections").status_code == 401
        keyed = client.get("/api/collections", headers={"Authorization": "Bearer secret"})
        assert keyed.status_code == 200


def test_strangers_are_offered_none(tmp_path):
    settings = make_settings(tmp_path, collections=tmp_path / "c", training=False)
    app = create_app(settings, Sha256Encoder(), page=make_page(tmp_path / "page"))
    with serving(app) as url:
        assert httpx.get(f"{url}/api/collections").status_code == 404


def test_two_encoders_are_compared_row_by_row(client, animals):
    asked = {"collection": "animals"}
    started = client.post(f"{animals}/comparisons", json={**asked, "k": 3})
    assert ended(client, started)["state"] == "done"
    said = client.get(f"{animals}/comparisons", params={**asked, "k": 3}).json()
    assert (said["overlap"], said["asked"], said["counts"]) == (1.0, 40, [0, 0, 0, 40])
    assert [one["name"] for one in said["encoders"]] == ["sha256", "sha256"]
    raw = client.get(f"{animals}/comparisons/overlaps", params={**asked, "k": 3}).content
    assert np.frombuffer(raw, "<f4").tolist() == [1.0] * 40


def test_a_budget_is_measured(client, animals):
    assert client.get(f"{animals}/budget").status_code == 404
    assert ended(client, client.post(f"{animals}/budget", json={"dims": [64]}))["state"] == "done"
    said = client.get(f"{animals}/budget").json()
    assert (said["shortened"], said["texts"], said["asked"]) == ("principal components", 40, 40)
    assert [(row["dims"], row["form"], row["bytes"]) for row in said["rows"]][::4] == [
        (256, "float32", 40 * 1024),
        (64, "float32", 40 * 256),
    ]
    assert said["rows"][0]["recall"] == 1.0


def test_cells_of_any_length_and_time_are_answered(tmp_path):
    settings = make_settings(tmp_path, collections=tmp_path / "collections")
    notes = Collection.create("odd", Sha256Encoder(), settings=settings)
    far = pa.table(
        {
            "text": ["a", "b", "c"],
            "far": pa.array([2**31 - 1, 0, None], pa.date32()),
            "long": ["x", "y" * 100_000, "x\0"],
        }
    )
    pq.write_table(far, tmp_path / "far.parquet")
    source = open_source(str(tmp_path / "far.parquet"))
    notes.add_items(list(source), source.columns)
    opened = Opened(notes)
    assert [row["columns"]["far"] for row in opened.texts(np.arange(3))][1:] == ["1970-01-01", None]
    assert notes.search("a", 3).to_dict()["hits"]
    assert b"1970-01-01" in answers.exported(opened, np.arange(3), "csv")
    assert answers.column(opened, "far")["kind"] == "time"
    long = answers.column(opened, "long")
    assert [len(name) for name in long["names"]] == [1, 2, answers.MOST_NAME]
    assert int32(long["values"]) == [0, 2, 1]
