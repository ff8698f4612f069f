"""/api/uploads over HTTP: large files come in a stream, are read in one, and go again."""

import gc
import threading

import httpx
import pytest

from likewise.errors import UnreadableFile
from likewise.files.options import Bounds
from likewise.files.read import open_table
from likewise.server.app import create_app
from tests.http.serving import WordEncoder, check_envelope, make_page, make_settings, serving
from tests.http.test_explore import ended
from tests.waiting import wait_for

FILE = {"Content-Type": "application/octet-stream"}
MOST_BYTES, MOST_ROWS = 60_000, 3_000


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("uploads")
    return make_settings(
        folder,
        collections=folder / "collections",
        max_upload_bytes=MOST_BYTES,
        max_upload_rows=MOST_ROWS,
        max_body_bytes=1_000,
    )


@pytest.fixture(scope="module")
def client(settings):
    app = create_app(settings, WordEncoder(5), page=make_page(settings.cache.parent / "page"))
    with serving(app) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def send(client: httpx.Client, content, name: str = "t.csv", **asked) -> httpx.Response:
    asked["name"] = name
    return client.post("/api/uploads", params=asked, content=content, headers=FILE)


def held(settings) -> list[str]:
    """The files that wait in the folder."""
    gc.collect()
    folder = settings.cache / "uploads"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_a_collection_is_made_of_a_file_that_came_in_a_stream(client, settings):
    before = set(held(settings))
    pieces = [b"id,text\n", *(f"a{i},text number {i}\n".encode() for i in range(2_000))]
    table = send(client, iter(pieces), "../../wicked.csv").json()
    assert (table["rows"], table["columns"], table["text"]) == (2_000, ["id", "text"], "text")
    assert table["name"] == "wicked.csv"
    [stored] = set(held(settings)) - before
    assert stored.endswith(".csv")
    assert "wicked" not in stored
    look = client.get(f"/api/uploads/{table['id']}/look").json()
    assert [column["name"] for column in look["columns"]] == ["id", "text"]
    # training keeps its own bound: what is here is no table of Classify
    assert client.get(f"/api/tables/{table['id']}").status_code == 404
    body = {"name": "streamed", "table": table["id"], "text": "text", "id": "id"}
    job = ended(client, client.post("/api/collections", json=body))
    assert job["state"] == "done", job
    assert job["notes"][0].startswith("2,000 texts added")
    assert client.get("/api/collections/streamed").json()["count"] == 2_000


def test_the_page_is_told_the_bounds(client):
    listed = client.get("/api/collections").json()
    assert (listed["most_bytes"], listed["most_rows"]) == (MOST_BYTES, MOST_ROWS)


@pytest.mark.parametrize("declared", [True, False])
def test_too_many_bytes_are_refused_with_the_way_out(client, settings, declared):
    before = held(settings)
    raw = b"text\n" + b"x" * MOST_BYTES
    answer = send(client, raw if declared else iter([raw[:30_000], raw[30_000:]]))
    check_envelope(answer, 413, "body_too_large")
    assert f"{MOST_BYTES:,} bytes" in answer.json()["error"]["message"]
    assert "likewise add" in answer.json()["error"]["message"]
    assert held(settings) == before


def test_too_many_rows_are_refused_with_the_way_out(client, settings):
    before = held(settings)
    answer = send(client, b"text\n" + b"ab\n" * (MOST_ROWS + 1))
    check_envelope(answer, 413, "body_too_large")
    assert f"{MOST_ROWS:,} rows" in answer.json()["error"]["message"]
    assert "likewise add" in answer.json()["error"]["message"]
    assert held(settings) == before
    assert send(client, b"text\n" + b"ab\n" * MOST_ROWS).json()["rows"] == MOST_ROWS


@pytest.mark.parametrize(
    ("raw", "name", "asked", "code"),
    [
        (b"", "t.csv", {}, "unreadable_file"),
        (b"\0\1\2" * 100, "t.parquet", {}, "unreadable_file"),
        (b"text\n\xff\xfe\xfa", "t.csv", {"encoding": "utf-8"}, "unreadable_file"),
        (b"text\nab", "t.csv", {"encoding": "klingon"}, "invalid_option"),
        (b"a,b\n" * 5, "t.csv", {"separator": "too long"}, "invalid_option"),
    ],
)
def test_what_is_no_table_is_one_sentence_and_leaves_nothing(
    client, settings, raw, name, asked, code
):
    before = held(settings)
    answer = send(client, raw, name, **asked)
    check_envelope(answer, 400, code, next(iter(asked), None))
    message = answer.json()["error"]["message"]
    assert str(settings.cache) not in message
    assert "--" not in message
    assert held(settings) == before


def test_a_form_of_another_site_is_refused(client):
    answer = client.post("/api/uploads", content=b"a", headers={"Content-Type": "text/plain"})
    check_envelope(answer, 415, "unsupported_media_type")


def test_a_client_that_goes_while_it_sends_leaves_nothing(client, settings):
    before, begun = held(settings), threading.Event()

    def pieces():
        yield b"text\n"
        wait_for(lambda: len(held(settings)) > len(before))
        begun.set()
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        send(client, pieces())
    assert begun.is_set()
    wait_for(lambda: held(settings) == before)


def test_a_server_that_ends_leaves_nothing(tmp_path):
    settings = make_settings(tmp_path, collections=tmp_path / "kept")
    with serving(create_app(settings, WordEncoder(5), page=make_page(tmp_path / "page"))) as url:
        with httpx.Client(base_url=url, timeout=60) as client:
            assert send(client, b"text\nsecret\n").status_code == 200
        assert len(held(settings)) == 1
    assert held(settings) == []


def test_the_oldest_file_of_a_visitor_makes_room(client, settings):
    ids = [send(client, f"text\nnumber {i}\n".encode()).json()["id"] for i in range(5)]
    assert client.get(f"/api/uploads/{ids[0]}/look").status_code == 404
    assert client.get(f"/api/uploads/{ids[-1]}/look").status_code == 200
    assert len(held(settings)) == 4


def test_a_json_document_may_be_less_than_lines(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("[" + ",".join(['{"text": "ab"}'] * 100) + "]")
    with pytest.raises(UnreadableFile, match="more than 1,000 characters"):
        open_table(path, bounds=Bounds(whole=1_000))
    assert len(list(open_table(path).rows())) == 100


def test_search_says_what_of_the_query_was_not_read(client):
    table = send(client, b"text\none two\nthree four\n").json()
    body = {"name": "cut", "table": table["id"], "text": "text"}
    assert ended(client, client.post("/api/collections", json=body))["state"] == "done"
    asked = {"query": [{"text": "one two three four five six"}, {"text": "one"}]}
    found = client.post("/api/collections/cut/search", json=asked).json()
    assert found["notes"] == ["1 of 2 texts was cut off: words reads 5 tokens."]
    found = client.post("/api/collections/cut/search", json={"like": [{"row": 0}]}).json()
    assert found["notes"] == []


@pytest.mark.parametrize(
    "content", [b"{}", b"{}\n{}\n", b"[{}]", b"[]", b"\n", b"\xef\xbb\xbf", b","]
)
@pytest.mark.parametrize("route", ["/api/uploads", "/api/tables", "/api/texts"])
def test_a_table_of_nothing_is_no_defect(client, route, content):
    for name in ("", "t.jsonl", "t.csv"):
        answer = client.post(
            route,
            params={"name": name},
            content=content,
            headers={"content-type": "application/octet-stream"},
        )
        assert answer.status_code in (200, 400, 413, 415, 422), answer.text
