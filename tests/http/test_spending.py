"""Money: one bound for all encoders of a process, and prices that nobody knows."""

import threading

import httpx
import pytest
from filelock import FileLock

from likewise.encoders import with_cache
from likewise.encoders.remote.encoder import RemoteEncoder
from likewise.errors import RemoteQuota, RemoteUnavailable
from likewise.server.app import create_app
from likewise.server.engine import budget
from tests.http.provider import Reply, providing
from tests.http.serving import (
    check_envelope,
    make_page,
    make_settings,
    serving,
    wait_until_ready,
)
from tests.waiting import A_HANG


@pytest.fixture
def provider():
    with providing() as provider:
        yield provider


@pytest.fixture
def keys(provider):
    """A key that the provider gets, by its host."""
    return {provider.url.removeprefix("http://").removesuffix("/v1"): "sk-canary"}


@pytest.fixture
def remote(provider, tmp_path):
    """Make an encoder at the provider, whose width costs ten tokens to learn."""

    def make(model="model", **settings):
        chosen = make_settings(tmp_path, offline=False, remote_seconds=2 * A_HANG, **settings)
        encoder = with_cache(RemoteEncoder(f"{provider.url}/{model}", chosen), settings=chosen)
        provider.asked.clear()
        return encoder

    return make


def test_one_bound_holds_for_all_encoders_of_a_process(remote, provider):
    money = {"remote_price": 1_000_000.0, "max_cost": 45.0}
    one, other = remote("one", **money), remote("other", **money)
    one.encode(["abcde"])
    other.encode(["abcde"])
    provider.asked.clear()
    with pytest.raises(RemoteQuota, match=r"\$46\.0000, more than the \$45\.0000"):
        other.encode(["x" * 15])
    assert provider.asked == []
    assert other.spending.dollars == pytest.approx(20.0)


def test_an_unknown_price_is_not_free(remote, provider, keys):
    encoder = remote(remote_keys=keys)
    assert encoder.cost(["a"]) is None
    encoder.encode(["a"])
    assert encoder.cost(["a"]) == 0  # it is kept
    with pytest.raises(RemoteQuota, match="Set LIKEWISE_REMOTE_PRICE"):
        remote(remote_keys=keys, max_cost=5.0)
    encoder.spending.most = 5.0
    provider.asked.clear()
    with pytest.raises(RemoteQuota, match="Set LIKEWISE_REMOTE_PRICE"):
        encoder.encode(["b"])
    assert provider.asked == []
    assert remote(max_cost=5.0).cost(["b"]) == 0  # no key goes there


@pytest.mark.parametrize("price", [None, 0.02])
def test_what_takes_a_key_may_have_charged_whatever_is_known_of_its_price(
    remote, provider, keys, price
):
    encoder = remote(remote_keys=keys, remote_price=price)
    provider.replies = [Reply(break_off=True)]
    with pytest.raises(RemoteUnavailable, match="may have charged"):
        encoder.encode(["a"])
    assert len(provider.asked) == 1


def test_a_price_of_nothing_may_be_asked_again(remote, provider, keys):
    encoder = remote(remote_keys=keys, remote_price=0, max_cost=0)
    provider.replies = [Reply(break_off=True)]
    assert len(encoder.encode(["a"])) == 1
    assert len(provider.asked) == 2


def test_no_budget_holds_for_an_unknown_price(remote, provider, keys, tmp_path):
    encoder = remote(remote_keys=keys)
    settings = make_settings(tmp_path, daily_budget=10.0, public=True)
    with serving(create_app(settings, encoder, page=tmp_path)) as url:
        answer = httpx.post(
            f"{url}/v1/embeddings", json={"model": encoder.identity.name, "input": "visitor"}
        )
    error = check_envelope(answer, 503, "remote_quota")
    assert "Set LIKEWISE_REMOTE_PRICE" in error["remedy"]
    assert "visitor" not in provider.texts


@pytest.mark.parametrize("price", [None, 0.02])
def test_a_provider_is_not_asked_before_anybody_asks(remote, provider, keys, tmp_path, price):
    encoder = remote(remote_keys=keys, remote_price=price)
    page = make_page(tmp_path / "page")
    with serving(create_app(make_settings(tmp_path), encoder, page=page)) as url:
        wait_until_ready(url)
        assert "may charge for each text" in httpx.get(url).text
        assert provider.asked == []
        asked = httpx.post(f"{url}/api/compare", json={"texts": ["mine"]}, timeout=60)
        assert asked.status_code == 200
        assert "mine" in provider.texts


@pytest.fixture
def limited(remote, tmp_path):
    """A server with a daily budget; gives its address, and a function that spends of it."""
    encoder = remote(remote_price=0.02)
    settings = make_settings(tmp_path, daily_budget=10.0, public=True)

    def spend():
        body = {"model": encoder.identity.name, "input": "visitor"}
        return httpx.post(f"{url}/v1/embeddings", json=body, timeout=60)

    with serving(create_app(settings, encoder, page=tmp_path)) as url:
        yield url, spend


def test_a_locked_budget_keeps_nobody_else_waiting(limited, provider, tmp_path, monkeypatch):
    url, spend = limited
    asked = threading.Event()

    class Noticed(FileLock):
        def acquire(self, *arguments, **options):
            asked.set()
            return super().acquire(*arguments, **options)

    monkeypatch.setattr(budget, "FileLock", Noticed)
    monkeypatch.setattr(budget, "LOCK_SECONDS", 60)
    answers = []
    asking = threading.Thread(target=lambda: answers.append(spend()))
    with FileLock(tmp_path / "cache" / "budget.lock"):
        asking.start()
        assert asked.wait(30)
        assert httpx.get(f"{url}/health", timeout=10).status_code == 200
        assert answers == []
    asking.join()
    assert answers[0].status_code == 200
    assert provider.texts[-1] == "visitor"


def test_a_budget_that_stays_locked_is_not_spent(limited, provider, tmp_path, monkeypatch):
    monkeypatch.setattr(budget, "LOCK_SECONDS", 1)
    with FileLock(tmp_path / "cache" / "budget.lock"):
        answer = limited[1]()
    check_envelope(answer, 503, "server_overloaded")
    assert answer.headers["retry-after"] == "1"
    assert "visitor" not in provider.texts
