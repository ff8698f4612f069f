"""A map in one file: whole, offline, and with no text in it that could become markup."""

import base64
import datetime
import json
import re

import numpy as np
import pytest

from likewise.errors import PageMissing
from likewise.maps import html, make_map
from likewise.maps.html import as_html
from likewise.maps.made_by import MADE_BY
from tests.maps.test_map import IDENTITY, islands, texts_of

WICKED = "</script><script>alert(1)</script><img src=x onerror=alert(2)> /*data*/ \u2028"


@pytest.fixture(scope="module")
def made():
    vectors, group = islands(60)
    return make_map(vectors, texts_of(group), IDENTITY, layout="pca")


def data_of(document: str) -> dict:
    block = re.search(
        r'<script type="application/json" id="map-data">(.*?)</script>', document, re.S
    )
    return json.loads(block[1])


def test_everything_is_in_it(made):
    texts = [f"text {i}" for i in range(60)]
    columns = {"year": list(range(60)), "kind": ["a", "b"] * 30, "id": [f"x{i}" for i in range(60)]}
    document = as_html(made, texts, title="Animals", columns=columns)
    data = data_of(document)
    assert data["texts"] == texts
    assert data["title"] == "Animals"
    points = np.frombuffer(base64.b64decode(data["points"]), "<f4").reshape(-1, 2)
    np.testing.assert_array_equal(points, made.points)
    near = np.frombuffer(base64.b64decode(data["near"]), "<i4").reshape(60, -1)
    np.testing.assert_array_equal(near, made.neighbours.indices)
    # a column in which every value is another can't colour anything
    assert [(c["name"], c["kind"]) for c in data["columns"]] == [
        ("year", "number"),
        ("kind", "group"),
    ]
    assert MADE_BY in document[:1_000]
    assert "/*data*/" not in document
    assert "/*script*/" not in document
    assert "/*style*/" not in document


def test_dates_are_a_scale_however_many_there_are(made):
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    days = [start + datetime.timedelta(days=day) for day in range(60)]
    columns = {
        "dates": [day.date() for day in days],
        "moments": [*days[:-1], None],
        "written": [f"{day:%Y-%m-%d}" for day in days],
        "in a zone": [f"{day:%Y-%m-%dT%H:%M:%S}+01:00" for day in days],
        "few": [f"{day:%Y}-01-0{day.day % 2 + 1}" for day in days],
        "some": [f"{day:%Y-%m-%d}" for day in days[:-1]] + ["soon"],
    }
    data = data_of(as_html(made, ["x"] * 60, title="t", columns=columns))
    found = {column["name"]: column for column in data["columns"]}
    since = [start.timestamp() + 86_400 * day for day in range(60)]
    assert found["dates"] == {"name": "dates", "kind": "time", "values": since}
    assert found["moments"]["values"] == [*since[:-1], None]
    assert found["written"]["values"] == since
    assert found["in a zone"]["values"] == [second - 3_600 for second in since]
    assert found["few"]["kind"] == "group"
    assert "some" not in found


def test_it_asks_no_server(made):
    document = as_html(made, ["x"] * 60, title="t")
    assert "default-src 'none'" in document
    # the one address in it is the name of SVG
    assert set(re.findall(r"https?://[\w./]+", document)) == {"http://www.w3.org/2000/svg"}
    assert " src=" not in document
    assert "<link" not in document


def test_texts_and_names_are_data_never_markup(made):
    document = as_html(made, [WICKED] * 60, title=WICKED, columns={WICKED: [WICKED, "b"] * 30})
    assert document.count("<script") == as_html(made, ["x"] * 60, title="t").count("<script")
    assert "<img" not in document
    data = data_of(document)
    assert data["texts"][0] == WICKED
    assert data["columns"][0]["name"] == WICKED


def test_long_texts_go_along_by_their_beginning(made):
    data = data_of(as_html(made, ["y" * 5_000] * 60, title="t"))
    assert {len(text) for text in data["texts"]} == {400}


def test_without_its_viewer_it_says_so(made, monkeypatch, tmp_path):
    monkeypatch.setattr(
        html, "files", lambda _: html.__spec__ and __import__("pathlib").Path("/nowhere")
    )
    with pytest.raises(PageMissing, match="not built"):
        as_html(made, ["x"] * 60, title="t")
