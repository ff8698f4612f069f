"""Keys, addresses, and what is counted per client: rows 54 and 59 of the catalogue."""

import asyncio
import re
import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx
import pytest

from likewise.errors import InvalidOption
from likewise.server.app import create_app
from likewise.server.http.clients import ApiKeys, Clients, Proxies, Pseudonyms, grouped
from likewise.server.http.rates import duration
from likewise.server.http.state import state_of
from tests.http.serving import WordEncoder, check_envelope, make_page, make_settings, serving

KEY = "sk-canary-5e1f"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    settings = make_settings(folder, api_keys=("other", KEY))
    app = create_app(settings, WordEncoder(), page=make_page(folder / "page"))
    with serving(app) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def ask(client, *, headers=None, **fields):
    body = {"model": "words", "input": "a", **fields}
    return client.post("/v1/embeddings", json=body, headers=headers)


@pytest.mark.parametrize(
    "header",
    [
        None,
        b"",
        b"Bearer",
        b"Bearer wrong",
        b"Bearer " + KEY[:-1].encode(),
        b"Bearer " + KEY.encode() + b"x",
        b"Basic " + KEY.encode(),
        b"Bearer k\xc3\xa9y",
        b"Bearer \xff\xfe",
    ],
)
def test_row_54_no_or_wrong_key(guarded, header):
    headers = {} if header is None else {b"authorization": header}
    answer = ask(guarded, headers=headers)
    error = check_envelope(answer, 401, "invalid_api_key")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "wrong" not in error["message"]
    assert KEY[:-1] not in answer.text


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_a_right_key(guarded, scheme):
    assert ask(guarded, headers={"authorization": f"{scheme} {KEY}"}).status_code == 200


def test_keys_are_wanted_for_v1_and_metrics_and_the_page_is_off(guarded):
    for path in ("/v1/models", "/v1/models/words", "/metrics", "/v1", "/v1/nothing"):
        check_envelope(guarded.get(path), 401, "invalid_api_key")
    headers = {"authorization": f"Bearer {KEY}"}
    assert guarded.get("/metrics", headers=headers).status_code == 200
    assert guarded.get("/health").status_code == 200
    for path in ("/", "/api/encoders"):
        check_envelope(guarded.get(path), 404, "not_found")


def test_the_page_can_be_kept_with_keys(tmp_path):
    settings = make_settings(tmp_path, api_keys=(KEY,), page=True)
    app = create_app(settings, WordEncoder(), page=make_page(tmp_path / "page"))
    with serving(app) as url:
        assert httpx.get(url).status_code == 200
        assert httpx.get(f"{url}/v1/models").status_code == 401


@pytest.fixture
def limited(tmp_path):
    def start(**settings):
        chosen = make_settings(tmp_path, **settings)
        return serving(create_app(chosen, WordEncoder()), chosen)

    return start


def test_row_59_too_many_requests(limited):
    with limited(rate_requests="3/minute") as url, httpx.Client(base_url=url) as client:
        answers = [ask(client) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        remaining = [answer.headers["x-ratelimit-remaining-requests"] for answer in answers]
        assert remaining == ["2", "1", "0", "0", "0"]
        refused = answers[3]
        error = refused.json()["error"]
        assert (error["type"], error["code"]) == ("requests", "rate_limit_exceeded")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert refused.headers["x-ratelimit-limit-requests"] == "3"
        assert re.fullmatch(r"(\d+m)?\d+s", refused.headers["x-ratelimit-reset-requests"])
        compared = client.post("/api/compare", json={"texts": ["a"]})
        assert compared.status_code == 429
        assert client.get("/health").status_code == 200


def test_row_59_too_many_tokens(limited):
    with limited(rate_tokens="100/minute") as url, httpx.Client(base_url=url) as client:
        first = ask(client, input="w " * 60)
        assert first.headers["x-ratelimit-remaining-tokens"] == "40"
        second = ask(client, input="v " * 60)
        assert second.status_code == 429
        assert second.json()["error"]["type"] == "tokens"
        third = ask(client, input="v " * 40)
        assert third.status_code == 200
        assert third.headers["x-ratelimit-remaining-tokens"] == "0"


def test_what_can_never_be_allowed_uses_nothing_up(limited):
    with limited(rate_tokens="100/minute") as url, httpx.Client(base_url=url) as client:
        huge = ask(client, input="w " * 101)
        assert huge.status_code == 429
        assert "smaller" in huge.json()["error"]["remedy"]
        assert ask(client, input="w " * 100).status_code == 200


def test_keys_have_their_own_share(limited):
    with (
        limited(rate_requests="1/minute", api_keys=("a", "b")) as url,
        httpx.Client(base_url=url) as client,
    ):
        statuses = [
            ask(client, headers={"authorization": f"Bearer {key}"}).status_code for key in "aabb"
        ]
    assert statuses == [200, 429, 200, 429]


def test_a_forwarded_address_is_not_believed_from_anybody(limited):
    with limited(rate_requests="1/minute") as url, httpx.Client(base_url=url) as client:
        statuses = [
            ask(client, headers={"x-forwarded-for": f"9.9.9.{n}"}).status_code for n in range(3)
        ]
    assert statuses == [200, 429, 429]


def test_a_forwarded_address_is_believed_from_a_listed_proxy(limited):
    with (
        limited(rate_requests="1/minute", trusted_proxies=("127.0.0.0/8", "10.0.0.1")) as url,
        httpx.Client(base_url=url) as client,
    ):

        def status(forwarded):
            return ask(client, headers={"x-forwarded-for": forwarded}).status_code

        assert [status("9.9.9.1"), status("9.9.9.1"), status("9.9.9.2")] == [200, 429, 200]
        # the client's own claim stands left of what the proxy saw
        assert status("1.2.3.4, 9.9.9.2") == 429
        assert status("9.9.9.3, 10.0.0.1") == 200
        assert status("spoofed, 9.9.9.3") == 429
        assert status("2001:db8::1") == 200
        assert status("2001:db8::ffff:2") == 429
        assert status("2001:db8:0:1::1") == 200


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_clients_are_grouped(address, name):
    assert grouped(ip_address(address)) == name


@pytest.mark.parametrize(
    ("forwarded", "name"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:1234", "198.51.100.7"),
        ("1.1.1.1:1, 198.51.100.7:1234", "198.51.100.7"),
        ("[2001:db8::1]:1234", "2001:db8::/64"),
        ("[2001:db8::1]", "2001:db8::/64"),
        ("198.51.100.7, unknown", "10.0.0.1"),
        (None, "10.0.0.1"),
    ],
)
def test_ipv4_on_a_socket_of_ipv6_is_ipv4(tmp_path, forwarded, name):
    async def noted(scope, receive, send):
        assert state_of(scope).client == name

    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope = {
        "type": "http",
        "path": "/",
        "headers": headers,
        "client": ("::ffff:10.0.0.1", 1),  # what a server that listens on :: sees of a proxy
    }
    settings = make_settings(tmp_path, trusted_proxies=("10.0.0.1",))
    clients = Clients(noted, ApiKeys(settings), Proxies(settings))
    asyncio.run(clients(scope, None, None))


def test_without_an_address_there_is_one_client():
    assert grouped(None) == "local"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1s"), (59, "59s"), (360, "6m0s"), (7_200, "2h0m0s"), (0, "0s")]
)
def test_durations_are_as_openai_writes_them(seconds, text):
    assert duration(seconds) == text


def test_pseudonyms_depend_on_the_key():
    assert Pseudonyms("k").of("203.0.113.9") == Pseudonyms("k").of("203.0.113.9")
    assert Pseudonyms("k").of("203.0.113.9") != Pseudonyms("j").of("203.0.113.9")
    assert Pseudonyms(None).of("203.0.113.9") != Pseudonyms(None).of("203.0.113.9")
    assert re.fullmatch("[0-9a-f]{16}", Pseudonyms("k").of("x"))


@pytest.mark.parametrize(
    ("settings", "param"),
    [
        ({"rate_requests": "often"}, "LIKEWISE_RATE_REQUESTS"),
        ({"rate_tokens": "5 per fortnight"}, "LIKEWISE_RATE_TOKENS"),
        ({"rate_requests": "1/second;1/day"}, "LIKEWISE_RATE_REQUESTS"),
        ({"rate_requests": "1/0 minute"}, "LIKEWISE_RATE_REQUESTS"),
        ({"rate_tokens": "0/minute"}, "LIKEWISE_RATE_TOKENS"),
        ({"rate_tokens": "9" * 400 + "/minute"}, "LIKEWISE_RATE_TOKENS"),
        ({"rate_requests": "1/" + "9" * 400 + " seconds"}, "LIKEWISE_RATE_REQUESTS"),
        ({"rate_store": "carrier-pigeon://"}, "LIKEWISE_RATE_STORE"),
        ({"trusted_proxies": ("proxy.local",)}, "LIKEWISE_TRUSTED_PROXIES"),
        ({"api_keys": (" ",)}, "LIKEWISE_API_KEYS"),
        ({"api_keys": ("good", "")}, "LIKEWISE_API_KEYS"),
    ],
)
def test_wrong_settings_are_said_at_once(tmp_path, settings, param):
    with pytest.raises(InvalidOption) as raised:
        create_app(make_settings(tmp_path, **settings), WordEncoder())
    assert raised.value.param == param


def test_cors_only_where_it_is_configured(tmp_path):
    settings = make_settings(tmp_path, cors_origins=("https://good.example",), api_keys=(KEY,))
    with serving(create_app(settings, WordEncoder())) as url:
        asked = {"access-control-request-method": "POST"}
        good = httpx.options(
            f"{url}/v1/embeddings", headers={"origin": "https://good.example", **asked}
        )
        evil = httpx.options(
            f"{url}/v1/embeddings", headers={"origin": "https://evil.com", **asked}
        )
    assert good.headers["access-control-allow-origin"] == "https://good.example"
    assert "access-control-allow-credentials" not in good.headers
    assert "access-control-allow-origin" not in evil.headers


def test_a_trailer_is_no_forwarded_address(tmp_path):
    settings = make_settings(tmp_path, rate_requests="2/hour", trusted_proxies=("127.0.0.1",))
    body = b'{"model":"words","input":"a"}'
    head = (
        b"POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with serving(create_app(settings, WordEncoder()), settings) as url:
        where = urlsplit(url)
        statuses = []
        for number in range(4):
            trailer = b"X-Forwarded-For: 203.0.113.%d\r\n\r\n" % number
            with socket.create_connection((where.hostname, where.port), timeout=30) as raw:
                raw.sendall(head + b"%x\r\n%b\r\n0\r\n%b" % (len(body), body, trailer))
                statuses.append(raw.recv(65_536)[9:12])
    assert statuses == [b"200", b"200", b"429", b"429"]
