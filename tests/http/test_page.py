"""GET /: the page with the opening comparison in it."""

import json
import re

import httpx
import pytest

from likewise.encoders.sha256 import Sha256Encoder
from likewise.errors import WeightsMissing
from likewise.server.app import create_app
from likewise.server.static import data_block
from likewise.server.workbench.opening import OPENING_TEXTS
from tests.http.serving import INDEX, check_envelope, make_page, make_settings, serving


def opening(html):
    found = re.search(r'<script type="application/json" id="opening">(.*?)</script>', html, re.S)
    return json.loads(found.group(1))


def test_the_page_has_the_opening_comparison(client):
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert "<!--opening-->" not in answer.text
    embedded = opening(answer.text)
    asked = client.post("/api/compare", json={"texts": OPENING_TEXTS})
    assert embedded == asked.json()
    assert [text["text"] for text in embedded["texts"]] == list(OPENING_TEXTS)


def test_head_of_the_page(client):
    answer = client.head("/")
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > len(INDEX)


def test_assets_may_be_kept_for_ever_and_other_files_may_not(client):
    asset = client.get("/assets/a-1.js")
    assert asset.text == "export {};"
    assert asset.headers["content-type"].startswith("text/javascript")
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = client.get("/assets/a-1.js", headers={"if-none-match": asset.headers["etag"]})
    assert again.status_code == 304
    icon = client.get("/favicon.svg")
    assert icon.headers["content-type"] == "image/svg+xml"
    assert icon.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/none.js",
        "/assets/../index.html",
        "/assets/%2e%2e/index.html",
        "/index.html",
        "/%00",
    ],
)
def test_nothing_else_is_served(server, path):
    with httpx.Client(timeout=10) as raw:
        request = httpx.Request("GET", server)
        request.url = request.url.copy_with(raw_path=path.encode())
        check_envelope(raw.send(request), 404, "not_found")


def test_without_a_built_page_the_rest_is_served(tmp_path):
    app = create_app(make_settings(tmp_path), Sha256Encoder(), page=tmp_path / "none")
    with serving(app) as url:
        error = check_envelope(httpx.get(url), 404, "page_missing")
        assert "not built" in error["problem"]
        assert httpx.get(f"{url}/health").status_code == 200


class Missing(Sha256Encoder):
    def encode(self, texts, *, progress=None):
        raise WeightsMissing("The weights </script> are not here.", "Fetch them.")


def test_where_the_encoder_is_missing_the_page_says_so(tmp_path):
    app = create_app(make_settings(tmp_path), Missing(), page=make_page(tmp_path / "page"))
    with serving(app) as url:
        answer = httpx.get(url)
        assert answer.status_code == 200
        assert opening(answer.text)["error"]["code"] == "weights_missing"
        failed = httpx.post(f"{url}/api/compare", json={"texts": ["a"]})
        check_envelope(failed, 503, "weights_missing")


def test_a_text_can_not_end_the_data_block():
    block = data_block({"text": "</script><script>alert(1)</script><!--"})
    assert block.count("<") == 2
    assert opening(block) == {"text": "</script><script>alert(1)</script><!--"}


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/favicon.svgs", "/favicon.svg"),
        ("/favicon.svg/", "/favicon.svg"),
        ("/classify<script>alert(1)</script>", None),
        ("//evil.example/", None),
        ("/assets/none.js", None),
        ("/a/b/c", None),
    ],
)
def test_a_person_at_a_mistyped_address_is_shown_the_way_home(client, path, meant):
    answer = client.get(f"{client.base_url}{path}", headers={"accept": BROWSER})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert answer.headers["vary"] == "Accept"
    assert re.findall(r'href="(.*?)"', answer.text) == [*([meant] if meant else []), "/"]
    assert "alert(1)" not in answer.text
    assert client.head(path, headers={"accept": BROWSER}).content == b""


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/favicon.svgs", "*/*"),
        ("/favicon.svgs", ""),
        ("/favicon.svgs", "application/json, text/html;q=0.5"),
        ("/favicon.svgs", "text/html;q=0"),
        ("/favicon.svgs", "text/html;q=nan"),
        ("/favicon.svgs", "application/json, text/html"),
        ("/v1", BROWSER),
        ("/v1/embedding", BROWSER),
        ("/api/nothing", BROWSER),
    ],
)
def test_a_program_is_answered_in_json(client, path, accept):
    answer = client.get(path, headers={"accept": accept})
    check_envelope(answer, 404, "not_found")
    # below /v1 and /api it depends on nothing
    assert answer.headers.get("vary") == (None if accept == BROWSER else "Accept")


def test_what_a_browser_posts_is_answered_in_json(client):
    answer = client.post("/explor", headers={"accept": BROWSER, "content-type": "application/json"})
    check_envelope(answer, 404, "not_found")


def test_without_a_page_the_way_home_is_the_api(tmp_path):
    settings = make_settings(tmp_path, page=False)
    app = create_app(settings, Sha256Encoder(), page=make_page(tmp_path / "page"))
    with serving(app) as url:
        answer = httpx.get(f"{url}/classify", headers={"accept": BROWSER})
    assert re.findall(r'href="(.*?)"', answer.text) == ["/openapi.json"]


@pytest.mark.parametrize("path", ["/favicon.svg", "/assets/a-1.js", "/"])
@pytest.mark.parametrize("part", ["bytes=0-3", "bytes=" + "9" * 30 + "-", "bytes=-1,0-", "lines=1"])
def test_files_are_given_whole(client, path, part):
    whole, asked = client.get(path), client.get(path, headers={"range": part})
    assert (asked.status_code, asked.content) == (200, whole.content)
    assert asked.headers["content-type"] == whole.headers["content-type"]
