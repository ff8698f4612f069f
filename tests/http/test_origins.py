"""Pages of strangers: what a browser sends for them is refused, whatever it would do."""

import httpx
import pytest

from likewise.server.app import create_app
from tests.http.serving import WordEncoder, check_envelope, make_page, make_settings, serving


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("origins")
    settings = make_settings(
        folder,
        cors_origins=("https://friend.example",),
        allowed_hosts=("embed.example.org",),
        training=True,
    )
    with serving(create_app(settings, WordEncoder(), page=make_page(folder / "page"))) as url:
        yield url


CHANGES = [
    ("POST", "/v1/embeddings"),
    ("POST", "/api/compare"),
    ("POST", "/api/why"),
    ("POST", "/api/encoders/open"),
    ("POST", "/api/tables"),
    ("POST", "/api/trainings"),
    ("DELETE", "/api/trainings/none"),
    ("POST", "/api/label"),
    ("POST", "/api/label/skip"),
    ("POST", "/api/label/undo"),
    ("POST", "/api/classify/none"),
    ("POST", "/nothing"),
]
FOREIGN = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "origin": "http://localhost"},
    {"sec-fetch-site": "same-origin, cross-site"},
    {"origin": "http://evil.example:9024"},
    {"origin": "null"},
    {"origin": ""},
    {"origin": "http://localhost.evil.example"},
    {"origin": "http://localhost@evil.example"},
    {"origin": "file://"},
    {"origin": "http://[::1"},
    {"origin": "https://friend.example.evil"},
    {"origin": "http://127.0.0.1:1"},
]


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_nothing_is_changed_for_a_page_of_another_site(url, method, path):
    headers = {"sec-fetch-site": "cross-site", "content-type": "application/json"}
    answer = httpx.request(method, f"{url}{path}", headers=headers, content=b"{}")
    check_envelope(answer, 403, "origin_not_allowed")


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_what_is_foreign(url, headers):
    answer = httpx.post(f"{url}/api/compare", json={"texts": ["a"]}, headers=headers)
    check_envelope(answer, 403, "origin_not_allowed")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "same-origin", "origin": "http://rewritten.by.a.proxy"},
        {"sec-fetch-site": "none"},
        {"origin": "https://friend.example"},
        {"origin": "https://friend.example", "sec-fetch-site": "cross-site"},
        {"origin": "https://embed.example.org"},
    ],
    ids=str,
)
def test_what_is_not(url, headers):
    answer = httpx.post(f"{url}/api/compare", json={"texts": ["a"]}, headers=headers)
    assert answer.status_code == 200


def test_the_own_page_of_an_older_browser(url):
    answer = httpx.post(f"{url}/api/compare", json={"texts": ["a"]}, headers={"origin": url})
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/", "/v1/models", "/health"])
def test_reading_is_not_refused_as_no_page_can_see_the_answer(url, path):
    answer = httpx.get(f"{url}{path}", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "path", ["/api/scale", "/api/sizes", "/api/collections/mine/duplicates", "/api/encoders"]
)
def test_no_image_of_another_site_makes_work(url, method, path):
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    assert httpx.request(method, f"{url}{path}", headers=headers).status_code == 403
    # from an allowed page, which says who it is
    headers["origin"] = "https://friend.example"
    assert httpx.request(method, f"{url}{path}", headers=headers).status_code in (200, 404)


@pytest.mark.parametrize(
    "kind",
    [None, "text/plain", "TEXT/plain; charset=utf-8", "application/x-www-form-urlencoded",
     "multipart/form-data; boundary=x", "text/plain; application/octet-stream"],
)  # fmt: skip
@pytest.mark.parametrize(
    "path", ["/api/tables?name=t.csv", "/api/label/undo", "/api/label", "/api/compare"]
)
def test_what_a_form_can_send_is_not_taken(url, path, kind):
    headers = {} if kind is None else {"content-type": kind}
    answer = httpx.post(f"{url}{path}", content=b"text,label\na,b\n", headers=headers)
    check_envelope(answer, 415, "unsupported_media_type")
