"""What nobody wishes for comes through every door: library, command line and server."""

import csv
import io
import json
from pathlib import Path

import httpx
import pytest

from likewise.collections import Collection
from likewise.collections.adding.sources import open_source
from likewise.collections.export import write_rows
from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import LikewiseError
from likewise.server.app import create_app
from tests.cli.conftest import one_sentence_error
from tests.collections import bad_input
from tests.collections.bad_input import FILES, FILTERS, KEPT, TROUBLE, BadFile
from tests.http.serving import make_page, make_settings, serving
from tests.http.test_explore import ended

MOST = 1_000


class Library:
    """Python code."""

    def __init__(self, settings):
        self._settings = settings

    def _opened(self, name):
        return Collection.open(name, settings=self._settings)

    def add(self, name, file: BadFile, path: Path):
        source = open_source(str(path), text=file.text, ids=file.id)
        source.count()
        self._opened(name).add_items(source, source.columns)

    def search(self, name, text, where=None):
        return [(hit.id, hit.text) for hit in self._opened(name).search(text, MOST, filter=where)]

    def twice(self, name):
        return self._opened(name).duplicates(cosine=1).duplicates

    def map(self, name):
        self._opened(name).map("pca")

    def csv(self, name, path: Path):
        write_rows(self._opened(name), path)
        return path.read_text("utf-8-sig")


class CommandLine:
    """`likewise` in a terminal."""

    def __init__(self, settings, cli):
        self._env = {
            "LIKEWISE_COLLECTIONS": str(settings.collections),
            "LIKEWISE_ENCODER": "sha256",
        }
        self._cli = cli

    def _run(self, *arguments):
        ran = self._cli(*arguments, env=self._env)
        if ran.code:
            one_sentence_error(ran, ran.code)
            raise Refused(ran.err.rpartition("Error: ")[2])
        return ran.out

    def add(self, name, file: BadFile, path: Path):
        ids = () if file.id is None else ("--id-column", file.id)
        self._run("add", path, "-c", name, "--text", file.text, *ids)

    def search(self, name, text, where=None):
        some = () if where is None else ("--filter", where)
        found = json.loads(self._run("search", text, "-c", name, "-k", str(MOST), "--json", *some))
        return [(hit["id"], hit["text"]) for hit in found["hits"]]

    def twice(self, name):
        found = json.loads(self._run("duplicates", "-c", name, "--cosine", "1", "--json"))
        return sum(len(group["duplicates"]) for group in found["groups"])

    def map(self, name):
        self._run("map", "-c", name, "--layout", "pca")

    def csv(self, name, path: Path):
        self._run("collections", "export", name, path)
        return path.read_text("utf-8-sig")


class OverHttp:
    """The server, as its page asks it."""

    def __init__(self, client):
        self._client = client

    def _ask(self, path, body=None, **asked):
        answer = self._client.request("GET" if body is None else "POST", path, **asked, json=body)
        return self._checked(answer)

    def _checked(self, answer):
        if answer.is_error:
            raise Refused(answer.json()["error"]["message"])
        return answer

    def _done(self, started):
        job = ended(self._client, self._checked(started))
        if job["state"] != "done":
            raise Refused(f"{job['error']['problem']} {job['error']['remedy']}")

    def add(self, name, file: BadFile, path: Path):
        sent = self._checked(
            self._client.post(
                *("/api/uploads",),
                params={"name": path.name},
                content=path.read_bytes(),
                headers={"Content-Type": "application/octet-stream"},
            )
        )
        asked = {"name": name, "table": sent.json()["id"], "text": file.text, "id": file.id}
        self._done(self._client.post("/api/collections", json=asked))

    def search(self, name, text, where=None):
        asked = {"query": [{"text": text}], "k": MOST, "filter": where}
        found = self._ask(f"/api/collections/{name}/search", asked).json()
        return [(hit["id"], hit["text"]) for hit in found["hits"]]

    def twice(self, name):
        at = f"/api/collections/{name}/duplicates"
        self._done(self._client.post(at, json={"percentile": 100}))
        found = self._ask(at, params={"percentile": 100}).json()
        return sum(one["exact"] for group in found["groups"] for one in group["duplicates"])

    def map(self, name):
        self._done(self._client.post(f"/api/collections/{name}/maps", json={"layout": "pca"}))

    def csv(self, name, path: Path):
        at = f"/api/collections/{name}"
        rows = list(range(self._ask(at).json()["count"]))
        return self._ask(f"{at}/export", {"rows": rows, "format": "csv"}).content.decode(
            "utf-8-sig"
        )


class Refused(Exception):
    """A door said no."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doors")
    return make_settings(folder, collections=folder / "collections")


@pytest.fixture(scope="module")
def client(settings):
    app = create_app(settings, Sha256Encoder(), page=make_page(settings.cache.parent / "page"))
    with serving(app) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


@pytest.fixture(params=["library", "command line", "server"])
def door(request, settings, cli):
    if request.param == "library":
        return Library(settings)
    if request.param == "command line":
        return CommandLine(settings, cli)
    return OverHttp(request.getfixturevalue("client"))


@pytest.fixture
def notes(request, settings):
    """A collection of a name of its own that holds a text."""
    made = bad_input.kept(f"notes{abs(hash(request.node.name))}", settings)
    yield made
    made.store.remove()


def held(notes):
    notes.refresh()
    assert notes.verify() == []
    return list(zip(notes.ids, notes.texts(), strict=True))


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_a_file_is_right_or_refused(door, notes, tmp_path, file):
    path = tmp_path / "a.csv"
    path.write_bytes(file.content)
    if file.said is not None:
        with pytest.raises((Refused, LikewiseError), match=r"\w") as refused:
            door.add(notes.name, file, path)
        assert file.said in str(refused.value)
        assert "--" not in str(refused.value) or not isinstance(door, OverHttp)
        assert held(notes) == [KEPT]
        return
    door.add(notes.name, file, path)
    first, *rows = held(notes)
    assert first == KEPT
    assert not file.texts or rows == list(file.texts)
    text = rows[-1][1]
    same = sum(one == text for _, one in rows)
    found = door.search(notes.name, text)
    assert {one for _, one in found[:same]} == {text}
    assert sorted(found) == sorted([first, *rows])
    assert door.twice(notes.name) == file.twice
    door.map(notes.name)
    written = csv.DictReader(io.StringIO(door.csv(notes.name, tmp_path / "out.csv")))
    assert [(row["id"], row["text"].removeprefix("'")) for row in written] == [first, *rows]


@pytest.mark.parametrize(("trouble", "said"), TROUBLE.values(), ids=TROUBLE)
def test_trouble_is_a_sentence_and_takes_nothing(door, notes, tmp_path, trouble, said):
    path = tmp_path / "a.csv"
    path.write_bytes(FILES["two rows"].content)
    with (
        pytest.MonkeyPatch.context() as patch,
        trouble(notes.path, patch),
        pytest.raises((Refused, LikewiseError), match=said),
    ):
        door.add(notes.name, FILES["two rows"], path)
    assert held(notes) == [KEPT]
    door.add(notes.name, FILES["two rows"], path)
    assert held(notes) == [KEPT, ("1", "a"), ("2", "b")]


@pytest.mark.parametrize("asked", FILTERS)
def test_no_filter_is_a_command(door, notes, asked):
    with pytest.raises((Refused, LikewiseError), match=FILTERS[asked]):
        door.search(notes.name, "a", asked)
    assert held(notes) == [KEPT]
