"""No visitor sees, stops or displaces what another left; what they leave is bounded in bytes."""

import httpx
import pytest

from likewise.classify.data.moods import moods
from likewise.collections import Collection
from likewise.encoders.sha256 import Sha256Encoder
from likewise.server.app import create_app
from likewise.server.classify import tables, trainings
from tests.http.serving import (
    WordEncoder,
    check_envelope,
    make_page,
    make_settings,
    serving,
    upload,
    wait_until_ready,
)

CSV = "text,label\n" + "".join(f"some text {n},{'ab'[n % 2]}\n" for n in range(20))
COLUMNS = {"text": "text", "label": "label"}


@pytest.fixture
def encoder():
    return WordEncoder()


@pytest.fixture
def visitors(tmp_path, encoder):
    """Two visitors behind a proxy, of a server that lets them train."""
    settings = make_settings(tmp_path, trusted_proxies=("127.0.0.1",), training=True)
    app = create_app(settings, encoder, page=make_page(tmp_path / "page"))
    with (
        serving(app) as url,
        httpx.Client(base_url=url, headers={"x-forwarded-for": "203.0.113.1"}, timeout=60) as one,
        httpx.Client(base_url=url, headers={"x-forwarded-for": "203.0.113.2"}, timeout=60) as other,
    ):
        yield one, other


def begin(client, table="moods", **columns):
    body = {"table": table, "text": "text", "label": "mood", **columns}
    return client.post("/api/trainings", json=body)


def test_a_table_is_its_visitors_alone(visitors):
    one, other = visitors
    key = upload(one, CSV).json()["id"]
    assert one.get(f"/api/tables/{key}").status_code == 200
    check_envelope(other.get(f"/api/tables/{key}"), 404, "not_found", "table")
    check_envelope(other.post(f"/api/tables/{key}/checks", json=COLUMNS), 404, "not_found", "table")
    check_envelope(begin(other, key, label="label"), 404, "not_found", "table")


def test_nobodys_tables_are_displaced_by_anothers(visitors):
    one, other = visitors
    key = upload(one, CSV).json()["id"]
    mine = [upload(other, CSV).json()["id"] for _ in range(2 * tables.EACH)]
    assert one.get(f"/api/tables/{key}").status_code == 200
    assert other.get(f"/api/tables/{mine[-1]}").status_code == 200
    assert other.get(f"/api/tables/{mine[0]}").status_code == 404


def test_nobodys_training_is_seen_stopped_or_displaced(visitors):
    one, other = visitors
    key = begin(one).json()["id"]
    path = f"/api/trainings/{key}"
    check_envelope(other.get(path), 404, "not_found")
    check_envelope(other.delete(path), 404, "not_found")
    check_envelope(other.get(f"{path}/model"), 404, "not_found")
    check_envelope(other.post(f"{path}/predict", json={"texts": ["a"]}), 404, "not_found")
    for _ in range(2 * trainings.EACH):
        begun = begin(other)
        if begun.status_code == 200:
            other.delete(f"/api/trainings/{begun.json()['id']}")
    assert one.get(path).json()["state"] in ("waiting", "running", "done")
    assert one.delete(path).status_code == 200


def test_one_visitor_has_few_trainings_under_way(visitors, encoder):
    one, other = visitors
    wait_until_ready(str(one.base_url).rstrip("/"))
    encoder.gate.clear()  # none of them ends
    begun = [begin(one) for _ in range(trainings.MOST_RUNNING + 1)]
    assert [answer.status_code for answer in begun] == [200] * trainings.MOST_RUNNING + [503]
    error = check_envelope(begun[-1], 503, "server_overloaded")
    assert "your trainings" in error["problem"]
    theirs = begin(other)
    assert theirs.status_code == 200
    for client, answer in [*((one, a) for a in begun[:-1]), (other, theirs)]:
        client.delete(f"/api/trainings/{answer.json()['id']}")
    encoder.gate.set()


def test_a_table_that_takes_too_much_memory_is_refused_while_it_is_read(visitors, monkeypatch):
    one, _ = visitors
    monkeypatch.setattr(tables, "MOST_HELD", 100_000)
    wide = ",".join(f"c{n}" for n in range(200)) + "\n"
    error = check_envelope(upload(one, wide + ("1," * 199 + "1\n") * 100), 413, "body_too_large")
    assert "100,000 bytes of memory" in error["problem"]


def test_all_that_is_kept_shares_one_budget(tmp_path):
    settings = make_settings(
        tmp_path, trusted_proxies=("127.0.0.1",), training=True, max_kept_bytes=1_000_000
    )
    texts, _ = moods()
    big = "text,label\n" + "".join(f"{'long text ' * 30}{n},a\n" for n in range(1_000))
    app = create_app(settings, WordEncoder(), page=make_page(tmp_path / "page"))
    with serving(app) as url:

        def client(number):
            forwarded = {"x-forwarded-for": f"203.0.113.{number}"}
            return httpx.Client(base_url=url, headers=forwarded, timeout=60)

        with client(1) as one, client(2) as other, client(3) as third:
            assert upload(one, big).status_code == 200
            assert upload(other, big).status_code == 200
            refused = check_envelope(upload(third, big), 503, "server_overloaded")
            assert "no room for another table" in refused["problem"]
            assert upload(third, CSV).status_code == 200
            assert upload(one, big).status_code == 200  # in place of the own one
            assert begin(third).status_code == 503
    assert len(texts) * trainings.BYTES_PER_TEXT > 1_000_000 / 2


@pytest.mark.parametrize(
    ("name", "raw"),
    [("notes.jsonl", b'{"text": 1}\n{nonsense\n'), ("x.csv", b""), ("", b"\xff\xfe\x00"),
     ("a b'c.txt", b"\x00\x01"), ("table.jsonl", b"[]\n{"), ("t", b'{"a":1}\n{"a":2}\n')],
)  # fmt: skip
def test_a_table_goes_by_its_visitors_name(visitors, name, raw):
    one, _ = visitors
    answer = upload(one, raw, name)
    assert "likewise-" not in answer.text
    assert "/tmp" not in answer.text
    assert "--" not in answer.text


def test_the_operators_collections_are_nobody_elses(tmp_path):
    settings = make_settings(
        tmp_path, trusted_proxies=("127.0.0.1",), training=True, collections=tmp_path / "own"
    )
    Collection.create("diary", Sha256Encoder(), settings=settings).add(["a secret"])
    app = create_app(settings, Sha256Encoder(), page=make_page(tmp_path / "page"))
    with serving(app, settings) as url, httpx.Client(base_url=url) as stranger:
        for method, path in [
            ("GET", "/api/collections"),
            ("GET", "/api/collections/diary"),
            ("DELETE", "/api/collections/diary"),
        ]:
            assert stranger.request(method, path).status_code == 404
        assert stranger.get("/api/tables/moods").status_code == 200  # what may be open is
    assert Collection.open("diary", settings=settings).count == 1
