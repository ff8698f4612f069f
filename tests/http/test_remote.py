"""Encoders at a provider: batches, retries, money, and rows 61 to 64 of the catalogue."""

import asyncio
import socket
import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import httpx
import numpy as np
import pytest

from likewise.encoders import with_cache
from likewise.encoders.cached import CachedEncoder
from likewise.encoders.remote import destination as destinations
from likewise.encoders.remote import provider as asking
from likewise.encoders.remote.destination import destination
from likewise.encoders.remote.encoder import RemoteEncoder, split_name
from likewise.encoders.sha256 import Sha256Encoder
from likewise.encoders.shortened import ShortenedEncoder
from likewise.encoders.vector_cache import VectorCache
from likewise.errors import (
    InvalidInput,
    InvalidOption,
    InvalidText,
    RemoteDefective,
    RemoteError,
    RemoteQuota,
    RemoteRefused,
    RemoteTimeout,
    RemoteUnavailable,
    UnknownEncoder,
)
from likewise.server.app import create_app
from tests.http.provider import Reply, error_reply, good, providing
from tests.http.serving import check_envelope, make_settings, serving
from tests.waiting import A_HANG

KEY = "sk-canary-93ab"


@pytest.fixture
def provider():
    with providing() as provider:
        yield provider


@pytest.fixture
def remote(provider, tmp_path):
    """Make an encoder at the provider; the request that asks for the width is not counted."""

    def make(name=None, **settings):
        settings = {"remote_seconds": 2 * A_HANG, **settings}
        chosen = make_settings(tmp_path, offline=False, **settings)
        encoder = with_cache(
            RemoteEncoder(name or f"{provider.url}/some/model", chosen), settings=chosen
        )
        provider.asked.clear()
        return encoder

    return make


@pytest.fixture
def openai(provider, remote):
    """`openai/…` at the provider, whose vectors then need 1,536 numbers."""

    def make(**settings):
        return remote(
            "openai/text-embedding-3-small",
            openai_url=provider.url,
            openai_key=KEY,
            **settings,
        )

    def wide(asked):
        reply = good(asked)
        for item in reply.body["data"]:
            item["embedding"] = [float(len(asked.body["input"][item["index"]]))] * 1_536
        return reply

    provider.then = wide
    return make


def test_vectors_are_the_providers_at_unit_length(provider, remote):
    encoder = remote()
    assert encoder.identity.dims == 256
    assert encoder.identity.name == f"{provider.url}/some/model"
    texts = ["one", "two", "one", "שלום"]
    encoding = encoder.encode(texts)
    assert np.allclose(encoding.vectors, Sha256Encoder().encode(texts).vectors, atol=1e-6)
    assert provider.texts == ["one", "two", "שלום"]
    assert encoding.tokens[[0, 1, 3]].sum() == 30
    asked = provider.asked[0]
    assert asked.path == "/v1/embeddings"
    assert asked.body == {
        "model": "some/model",
        "input": ["one", "two", "שלום"],
        "encoding_format": "float",
    }
    assert "Authorization" not in asked.headers
    assert asked.headers["Host"] == provider.url.removeprefix("http://").removesuffix("/v1")


def test_no_texts(remote, provider):
    assert remote().encode([]).vectors.shape == (0, 256)
    assert provider.asked == []


def test_a_repeated_text_costs_nothing_also_in_another_process(remote, provider):
    remote().encode(["kept", "also kept"])
    provider.asked.clear()
    again = remote()
    encoding = again.encode(["also kept", "new"])
    assert provider.texts == ["new"]
    assert np.allclose(encoding.vectors, Sha256Encoder().encode(["also kept", "new"]).vectors)


def test_another_model_or_address_is_another_identity(remote, provider, tmp_path):
    settings = make_settings(tmp_path, offline=False)
    one, two = remote(), RemoteEncoder(f"{provider.url}/other", settings)
    three = RemoteEncoder(f"{provider.url}/other", settings, prefix="query: ")
    assert len({encoder.identity.digest for encoder in (one, two, three)}) == 3
    provider.asked.clear()
    three.encode(["a"])
    assert provider.texts == ["query: a"]


def test_many_texts_go_in_batches_several_at_a_time(remote, provider):
    running, most = 0, 0
    lock = threading.Lock()

    def slow(asked):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if most == 3:
                together.set()
        together.wait(A_HANG)
        with lock:
            running -= 1
        return good(asked)

    together = threading.Event()
    encoder = remote(remote_concurrency=3, remote_seconds=2 * A_HANG)
    provider.then = slow
    texts = [f"text {n}" for n in range(5_000)]
    seen = []
    encoding = encoder.encode(texts, progress=lambda done, total: seen.append((done, total)))
    assert np.allclose(encoding.vectors, Sha256Encoder().encode(texts).vectors, atol=1e-6)
    assert max(len(asked.body["input"]) for asked in provider.asked) <= 2_048
    assert most == 3
    assert seen[-1] == (5_000, 5_000)
    assert seen == sorted(seen)


def test_batches_stay_below_300_000_tokens(remote, provider):
    remote().encode([f"{n} " + "word " * 40_000 for n in range(6)])
    sizes = [sum(map(len, asked.body["input"])) for asked in provider.asked]
    assert max(sizes) <= 300_000 * 2.5
    assert len(sizes) == 2


def test_a_refused_batch_is_halved_until_it_fits(remote, provider):
    def at_most_32(asked):
        if len(asked.body["input"]) > 32:
            return error_reply(413, "batch_too_large")
        return good(asked)

    encoder = remote()
    provider.then = at_most_32
    texts = [f"text {n}" for n in range(200)]
    vectors = encoder.encode(texts).vectors
    assert np.allclose(vectors, Sha256Encoder().encode(texts).vectors, atol=1e-6)


def test_a_refused_text_is_named_in_the_providers_words_without_the_key(openai, provider):
    def too_long(asked):
        if any("long" in text for text in asked.body["input"]):
            return error_reply(400, message=f"8192 tokens at most, {KEY}")
        return good(asked)

    encoder = openai()
    provider.then = too_long
    with pytest.raises(InvalidInput, match="8192 tokens at most") as raised:
        encoder.encode(["long"])
    assert KEY not in str(raised.value)


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503])
def test_what_was_not_done_is_asked_again(remote, provider, status):
    encoder = remote()
    provider.replies = [error_reply(status, headers={"retry-after-ms": "10"})] * 2
    assert len(encoder.encode(["a"])) == 1
    assert len(provider.asked) == 3


def test_retry_after_is_obeyed(remote, provider):
    encoder = remote()
    provider.replies = [error_reply(429, headers={"Retry-After": "1"})]
    began = time.monotonic()
    encoder.encode(["a"])
    assert time.monotonic() - began >= 1


def test_a_pause_longer_than_the_deadline_is_not_waited_for(remote, provider):
    encoder = remote(remote_seconds=1_000)
    provider.replies = [error_reply(429, headers={"Retry-After": "3600"})]
    with pytest.raises(RemoteUnavailable) as raised:
        encoder.encode(["a"])
    assert raised.value.retry_after == 60


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_what_will_not_help_is_not_asked_again(remote, provider, status):
    encoder = remote()
    provider.then = error_reply(status)
    with pytest.raises((RemoteRefused, InvalidInput)):
        encoder.encode(["a"])
    assert len(provider.asked) == 1


def test_should_retry_overrides(remote, provider):
    encoder = remote()
    provider.replies = [error_reply(500, headers={"x-should-retry": "false"})]
    with pytest.raises(RemoteUnavailable):
        encoder.encode(["a"])
    provider.replies = [error_reply(400, headers={"x-should-retry": "true"})]
    assert len(encoder.encode(["a"])) == 1


def test_what_may_have_been_charged_is_not_asked_again_by_itself(openai, provider):
    encoder = openai()
    provider.replies = [Reply(break_off=True)]
    with pytest.raises(RemoteUnavailable, match="may have charged"):
        encoder.encode(["a"])
    assert len(provider.asked) == 1
    assert len(encoder.encode(["a"])) == 1


def test_what_is_free_is_asked_again(remote, provider):
    encoder = remote()
    provider.replies = [Reply(break_off=True)]
    assert len(encoder.encode(["a"])) == 1
    assert len(provider.asked) == 2


def test_after_a_failure_the_rest_is_kept_and_the_next_run_goes_on(remote, provider):
    encoder = remote(remote_concurrency=2)
    texts = [f"text {n}" for n in range(3_000)]

    def fail(asked):
        return error_reply(401) if "text 1500" in asked.body["input"] else good(asked)

    provider.then = fail
    with pytest.raises(RemoteRefused):
        encoder.encode(texts)
    answered = [asked.body["input"] for asked in provider.asked]
    paid = {text for texts in answered if "text 1500" not in texts for text in texts}
    assert len(paid) >= 1_024
    provider.asked.clear()
    provider.then = good
    assert len(encoder.encode(texts)) == 3_000
    assert not paid & set(provider.texts)


def width(count):
    def reply(asked):
        answer = good(asked)
        for item in answer.body["data"]:
            item["embedding"] = item["embedding"][:count]
        return answer

    return reply


def changed(change):
    def reply(asked):
        answer = good(asked)
        change(answer.body["data"])
        return answer

    return reply


DEFECTS = {
    "too few": changed(lambda data: data.pop()),
    "too many": changed(lambda data: data.append(dict(data[0], index=2))),
    "order": changed(lambda data: data.reverse()),
    "one index twice": changed(lambda data: data[1].update(index=0)),
    "no index, and a wrong one": changed(
        lambda data: (data[0].pop("index"), data[1].update(index=0))
    ),
    "index as text": changed(lambda data: data[1].update(index="1")),
    "index true": changed(lambda data: data[1].update(index=True)),
    "index too high": changed(lambda data: data[1].update(index=2)),
    "no index, too few": changed(lambda data: (data.pop(), data[0].pop("index"))),
    "width": width(255),
    "quarter width": width(64),
    "widths differ": changed(lambda data: data[1]["embedding"].pop()),
    "nan": changed(lambda data: data[1].update(embedding="AADAfw==" * 64 + "AADAfw==" * 192)),
    "null": changed(lambda data: data[1]["embedding"].__setitem__(3, None)),
    "true": changed(lambda data: data[1]["embedding"].__setitem__(3, True)),
    "text": changed(lambda data: data[1]["embedding"].__setitem__(3, "0.5")),
    "huge": changed(lambda data: data[1]["embedding"].__setitem__(3, 1e300)),
    "zero": changed(lambda data: data[1].update(embedding=[0.0] * 256)),
    "empty": changed(lambda data: data[1].update(embedding=[])),
    "bad base64": changed(lambda data: data[1].update(embedding="!!!!")),
    "other end first": changed(lambda data: data[1].update(embedding="PYAAAA==" * 256)),
    "half floats": changed(lambda data: data[1].update(embedding="LAAsACwA" * 170 + "LAAsAA==")),
    "html": Reply(b"<html>Welcome</html>"),
    "nothing": Reply(b""),
    "json nan": Reply(b'{"data":[{"index":0,"embedding":[NaN]}]}'),
    "a list": Reply(b"[]"),
    "null body": Reply(b"null"),
    "error in 200": Reply({"error": {"message": "no"}}),
    "detail in 200": Reply({"detail": "Not Found"}),
    "no gzip": Reply({"data": []}, headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize(
    "places", [[0], [0, 1], [1], [0, 1, 2]], ids=["the first", "two", "one", "all"]
)
@pytest.mark.parametrize("how", ["left out", "null"])
def test_where_an_index_is_left_out_the_place_counts(remote, provider, places, how):
    def change(data):
        for place in places:
            if how == "null":
                data[place]["index"] = None
            else:
                del data[place]["index"]

    encoder = remote()
    provider.replies = [changed(change)]
    texts = ["one", "two", "three"]
    assert np.allclose(encoder.encode(texts).vectors, Sha256Encoder().encode(texts).vectors)
    provider.then = changed(lambda data: [item.pop("index") for item in data])
    assert remote(f"{provider.url}/another").identity.dims == 256  # the probe too


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
def test_row_63_a_defective_answer_is_refused_and_never_kept(remote, provider, defect):
    encoder = remote()
    provider.replies = [defect]
    with pytest.raises(RemoteDefective):
        encoder.encode(["one", "two"])
    provider.asked.clear()
    encoding = encoder.encode(["one", "two"])
    assert provider.texts == ["one", "two"]
    assert np.allclose(encoding.vectors, Sha256Encoder().encode(["one", "two"]).vectors, atol=1e-6)


def test_another_model_that_answers_meanwhile_is_not_mixed_in(remote, provider):
    encoder = remote()

    def other(asked):
        answer = good(asked)
        answer.body["model"] = "another"
        return answer

    provider.replies = [other]
    with pytest.raises(RemoteDefective, match=r"of the model 'another', before of 'some/model'"):
        encoder.encode(["one", "two"])
    assert len(encoder.encode(["one", "two"])) == 2  # nothing of it was kept
    provider.then = other  # who says another name from the first is believed
    assert len(remote().encode(["one", "three"])) == 2


@pytest.mark.parametrize("usage", ["many", [1], {"total_tokens": "x"}, {"total_tokens": -5}, 3])
def test_tokens_that_can_not_be_read_cost_no_vector(remote, provider, usage):
    def reply(asked):
        answer = good(asked)
        answer.body["usage"] = usage
        return answer

    provider.then = reply
    encoder = remote()
    assert len(encoder.encode(["one", "two"])) == 2
    assert encoder.spending.tokens == 0


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (error_reply(404, message="model m does not exist"), "404 at /v1/embeddings .*not exist"),
        (Reply(b"<html>", 404), r"answers 404 at /v1/embeddings for the model 'm'\."),
        (Reply(b"", 204), "answers 204 at"),
        (error_reply(200, message="overloaded"), "status 200 and an error: 'overloaded'"),
        (changed(lambda data: data[1]["embedding"].pop()), "vectors of different lengths"),
        (changed(lambda data: data.pop()), "1 vector for 2 texts"),
    ],
)
def test_what_is_wrong_with_an_answer_is_said(remote, provider, reply, said):
    encoder = remote(f"{provider.url}/m")
    provider.then = reply
    with pytest.raises(RemoteError, match=said):
        encoder.encode(["one", "two"])


def test_no_password_of_an_address_is_shown():
    with pytest.raises(InvalidOption) as caught:
        destination("http://user:secret@h/v1", private=True)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "status", "code", "retry"),
    [
        (error_reply(401, "invalid_api_key"), 502, "remote_refused", "false"),
        (error_reply(403, "model_not_found"), 502, "remote_refused", "false"),
        (error_reply(429, "insufficient_quota"), 503, "remote_quota", "false"),
        (Reply(b"<html>"), 502, "remote_defective", "false"),
        (Reply(status=302, headers={"Location": "http://169.254.169.254/"}), 502, None, "false"),
        (Reply(hang=2 * A_HANG), 504, "remote_timeout", None),
        (Reply({"data": []}, drip=0.1), 504, "remote_timeout", None),
    ],
    ids=["row61", "row61", "row62", "row63", "redirect", "row64 hangs", "row64 drips"],
)
def test_rows_61_to_64_over_the_wire(provider, remote, tmp_path, reply, status, code, retry):
    encoder = remote()
    name = encoder.identity.name
    provider.then = reply
    patient = encoder.encoder._provider
    if code == "remote_timeout":
        encoder.encoder._provider = replace(patient, seconds=0.5)
    with serving(create_app(make_settings(tmp_path), encoder, page=tmp_path)) as url:
        answer = httpx.post(f"{url}/v1/embeddings", json={"model": name, "input": "a text"})
        check_envelope(answer, status, code or "remote_refused")
        assert answer.headers.get("x-should-retry") == retry
        provider.then = good
        encoder.encoder._provider = patient
        fine = httpx.post(f"{url}/v1/embeddings", json={"model": name, "input": "b"})
        assert fine.status_code == 200


def test_a_drip_of_head_bytes_ends_at_the_deadline(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip():
            connection, _ = listener.accept()
            with connection:
                try:
                    for byte in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1_000:
                        connection.sendall(bytes([byte]))
                        time.sleep(0.05)
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1/model"
        with pytest.raises(RemoteTimeout):
            RemoteEncoder(url, make_settings(tmp_path, offline=False, remote_seconds=0.5))
        thread.join()


def test_a_provider_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr(asking, "MOST_ATTEMPTS", 1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    settings = make_settings(tmp_path, offline=False)
    with pytest.raises(RemoteUnavailable, match="can't be reached"):
        RemoteEncoder(f"http://127.0.0.1:{port}/v1/model", settings)


def test_offline_is_offline(tmp_path):
    with pytest.raises(RemoteUnavailable, match="LIKEWISE_OFFLINE"):
        RemoteEncoder("openai/text-embedding-3-small", make_settings(tmp_path))


def test_the_key_goes_to_its_provider_only(openai, provider, remote):
    openai().encode(["a"])
    assert provider.asked[0].headers["Authorization"] == f"Bearer {KEY}"
    assert provider.asked[0].body["encoding_format"] == "base64"
    provider.then = good
    other = remote(openai_key=KEY)
    other.encode(["b"])
    assert "Authorization" not in provider.asked[0].headers
    host = provider.url.removeprefix("http://").removesuffix("/v1")
    keyed = remote(remote_keys={host: "another"})
    keyed.encode(["c"])
    assert provider.asked[0].headers["Authorization"] == "Bearer another"


def test_money_is_counted_and_bounded(openai, provider):
    encoder = openai(remote_price=1_000_000.0, max_cost=60.0)
    assert encoder.cost(["abcde", "abcde"]) == pytest.approx(2.0)
    encoder.encode(["abcde"])
    assert (encoder.spending.requests, encoder.spending.tokens) == (1, 10)
    assert encoder.spending.dollars == pytest.approx(10.0)
    assert encoder.cost(["abcde"]) == 0
    provider.asked.clear()
    with pytest.raises(RemoteQuota, match="max-cost"):
        encoder.encode(["x" * 200])
    assert provider.asked == []
    encoder.encode(["y" * 50])
    assert encoder.spending.dollars == pytest.approx(20.0)


def test_a_known_price(openai):
    assert openai().cost(["x" * 2_500_000]) == pytest.approx(0.02)


def test_an_empty_text_is_refused_before_it_is_asked(remote, provider):
    with pytest.raises(InvalidText, match="Text 2"):
        remote().encode(["a", ""])
    assert provider.asked == []


def test_a_broken_cache_is_a_miss(provider, tmp_path):
    path = tmp_path / "vectors.sqlite3"
    path.write_bytes(b"not a database at all" * 100)
    settings = make_settings(tmp_path, offline=False)
    encoder = CachedEncoder(RemoteEncoder(f"{provider.url}/model", settings), VectorCache(path))
    assert len(encoder.encode(["a"])) == 1


def test_shortened(openai):
    short = ShortenedEncoder(openai(), 100)
    encoding = short.encode(["some text"])
    assert encoding.vectors.shape == (1, 100)
    assert np.linalg.norm(encoding.vectors[0]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("name", "base", "model"),
    [
        ("openai/text-embedding-3-small", "https://api.openai.com/v1", "text-embedding-3-small"),
        ("http://localhost:11434/v1/nomic-embed-text", "http://localhost:11434/v1", None),
        ("http://h/v1/BAAI/bge-small", "http://h/v1", "BAAI/bge-small"),
        ("https://h/openai/v1/m:latest", "https://h/openai/v1", "m:latest"),
        ("http://h:80/api/m", "http://h:80/api", "m"),
        ("http://[::1]:80/v1/m", "http://[::1]:80/v1", "m"),
    ],
)
def test_names(name, base, model):
    assert split_name(name, "https://api.openai.com/v1") == (base, model or "nomic-embed-text")


@pytest.mark.parametrize("name", ["openai/", "http://h", "http://h/", "http://h/v1/", "https:///m"])
def test_names_without_a_model(name):
    with pytest.raises(UnknownEncoder):
        split_name(name, "https://api.openai.com/v1")


@pytest.mark.parametrize(
    "base",
    [
        "ftp://h/v1",
        "file:///etc/passwd",
        "http://user:secret@h/v1",
        "http://h/v1?key=secret",
        "http://h/v1#x",
        "http://169.254.169.254/v1",
        "http://[::ffff:169.254.169.254]/v1",
        "http://[fe80::1]/v1",
        "http://[fd00:ec2::254]/v1",
        "http://100.100.100.200/v1",
        "http://h:0/v1",
        "http://h:99999/v1",
        "http:///v1",
    ],
)
def test_addresses_that_are_never_asked(base):
    with pytest.raises(InvalidOption):
        destination(base, private=True)


def resolving(monkeypatch, *answers):
    """Have names lead to `answers`, one after another, and the last for ever."""
    left = list(answers)

    async def getaddrinfo(*_, **__):
        address = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))]

    loop = SimpleNamespace(getaddrinfo=getaddrinfo)
    monkeypatch.setattr(destinations, "asyncio", SimpleNamespace(get_running_loop=lambda: loop))


@pytest.mark.parametrize(
    ("name", "address", "private", "allowed"),
    [
        ("api.example.com", "93.184.216.34", False, True),
        ("api.example.com", "10.0.0.5", False, False),
        ("api.example.com", "127.0.0.1", False, False),
        ("api.example.com", "::1", False, False),
        ("api.example.com", "::ffff:10.0.0.5", False, False),
        ("api.example.com", "2002:0a00:0005::", False, False),
        ("api.example.com", "0.0.0.0", False, False),
        ("ollama", "172.18.0.2", False, False),
        ("ollama", "172.18.0.2", True, True),
        ("ollama", "169.254.169.254", True, False),
        ("ollama", "::ffff:169.254.169.254", True, False),
        ("2130706433", "127.0.0.1", False, False),
        ("0x7f.1", "127.0.0.1", False, False),
        ("localhost", "127.0.0.1", False, True),
        ("localhost", "169.254.169.254", False, False),
        ("127.0.0.1", "127.0.0.1", False, True),
        ("192.168.1.5", "192.168.1.5", False, True),
    ],
)
def test_where_names_may_lead(monkeypatch, name, address, private, allowed):
    where = destination(f"http://{name}/v1", private=private)
    resolving(monkeypatch, address)
    if allowed:
        assert asyncio.run(where.resolve()) == [address]
    else:
        with pytest.raises(RemoteUnavailable):
            asyncio.run(where.resolve())


def test_a_name_with_several_addresses_is_asked_at_the_next(remote, provider, monkeypatch):
    encoder = remote(provider.url.replace("127.0.0.1", "localhost") + "/model")

    async def getaddrinfo(*_, **__):
        found = ("::1", "127.0.0.2", "127.0.0.1")  # nobody listens at the first two
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in found]

    loop = SimpleNamespace(getaddrinfo=getaddrinfo)
    monkeypatch.setattr(destinations, "asyncio", SimpleNamespace(get_running_loop=lambda: loop))
    assert encoder.encode(["a text"]).vectors.shape == (1, 256)
    assert len(provider.asked) == 1


def test_visitors_do_not_spend_unless_there_is_a_budget(openai, provider, tmp_path):
    encoder = openai(remote_price=1_000_000.0)
    name = encoder.identity.name

    def ask(url, text, **headers):
        return httpx.post(
            f"{url}/v1/embeddings",
            json={"model": name, "input": text},
            headers={"host": "public.example", **headers},
        )

    public = {"allowed_hosts": ("public.example",), "page": True}
    with serving(create_app(make_settings(tmp_path, **public), encoder, page=tmp_path)) as url:
        provider.asked.clear()
        check_envelope(ask(url, "visitor"), 503, "remote_quota")
        compared = httpx.post(
            f"{url}/api/compare", json={"texts": ["a"]}, headers={"host": "public.example"}
        )
        check_envelope(compared, 503, "remote_quota")
        assert provider.asked == []
    keyed = make_settings(tmp_path, api_keys=("k",), **public)
    with serving(create_app(keyed, encoder, page=tmp_path)) as url:
        assert ask(url, "holder of a key", authorization="Bearer k").status_code == 200
    limited = make_settings(tmp_path, daily_budget=10.0, memory_cache_bytes=0, **public)
    statuses = []
    for _ in range(2):  # the second server goes on where the first one was
        with serving(create_app(limited, encoder, page=tmp_path)) as url:
            statuses += [ask(url, f"{len(statuses)} {n}").status_code for n in range(4)]
    assert statuses.count(200) == 5
    assert statuses[5:] == [503] * 3
    with serving(create_app(make_settings(tmp_path), encoder, page=tmp_path)) as url:
        assert ask(url, "the operator", host="localhost").status_code == 200
