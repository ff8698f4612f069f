"""Whatever is asked of a server: an answer, or an error in the one shape; never a 500."""

import http.client
import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.encoders.sha256 import Sha256Encoder
from likewise.server.app import create_app
from tests.fuzz.conftest import examples
from tests.fuzz.strategies import changed, json_of, tables, texts
from tests.http.serving import make_page, make_settings, serving
from tests.waiting import A_HANG

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")

RIGHT = {
    "/v1/embeddings": {"model": "sha256", "input": ["a", "b"], "encoding_format": "float",
                       "dimensions": 256, "user": "me"},
    "/api/compare": {"texts": ["a", "b"], "encoder": "sha256", "previous": [[0.0, 1.0], None]},
    "/api/why": {"one": "a", "other": "b", "encoder": "sha256"},
    "/api/encoders/open": {"name": "sha256"},
    "/api/trainings": {"table": "none", "text": "text", "label": "label", "kind": "labels"},
    "/api/classify/none": {"texts": ["a"]},
}  # fmt: skip


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    settings = make_settings(folder, classifiers=folder, encoders=("sha256",))
    app = create_app(settings, Sha256Encoder(), page=make_page(folder / "page"))
    with serving(app, settings) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def check(answer):
    assert answer.status_code not in (500, 501, 502, 507), answer.text
    if answer.status_code >= 400:
        error = answer.json()["error"]
        assert error["problem"]
        assert error["remedy"]
        assert len(answer.content) < 4_000


@examples(200)
@given(data=st.data(), path=st.sampled_from(list(RIGHT)))
def test_any_body(client, data, path):
    body = json_of(data.draw(changed(RIGHT[path])))
    check(client.post(path, content=body, headers={"content-type": "application/json"}))


@examples(60)
@given(content=tables(), name=texts, encoding=texts)
def test_any_table(client, content, name, encoding):
    query = httpx.QueryParams(
        {"name": name.encode("utf-8", "replace"), "encoding": encoding.encode("utf-8", "replace")}
    )
    headers = {"content-type": "application/octet-stream"}
    answer = client.post("/api/tables", params=query, content=content, headers=headers)
    check(answer)
    if answer.status_code == 200:
        json.loads(answer.content)


@examples(60)
@given(
    method=st.sampled_from(["GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS"]),
    path=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30),
)
def test_any_path(client, method, path):
    # not by httpx, which does not send every path as it is
    where = client.base_url
    connection = http.client.HTTPConnection(where.host, where.port, timeout=A_HANG)
    try:
        connection.request(method, f"/{path}")
        assert connection.getresponse().status < 500
    finally:
        connection.close()
