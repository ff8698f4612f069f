"""How long a provider may have us wait, whatever it says."""

import httpx
import pytest

from likewise.encoders.remote import provider as asking
from likewise.encoders.remote.encoder import RemoteEncoder
from likewise.errors import RemoteUnavailable
from tests.http.provider import error_reply, providing
from tests.http.serving import make_settings

NO_PAUSES = [
    ("retry-after-ms", "inf"),
    ("retry-after-ms", "nan"),
    ("retry-after-ms", "-5"),
    ("retry-after-ms", "1e999"),
    ("retry-after-ms", "soon"),
    ("retry-after", "inf"),
    ("retry-after", "9" * 400),
    ("retry-after", "-5"),
    ("retry-after", "0"),
    ("retry-after", "Mon, 01 Jan 0001 00:00:00 +2359"),
    ("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT"),
    ("retry-after", "soon"),
]


@pytest.mark.parametrize(("header", "value"), NO_PAUSES)
def test_what_is_no_pause_is_not_heeded(header, value):
    assert asking._asked_pause(httpx.Response(503, headers={header: value})) is None


@pytest.mark.parametrize(
    ("header", "value", "seconds"),
    [("retry-after-ms", "1500", 1.5), ("retry-after", "2.5", 2.5), ("retry-after", "7", 7)],
)
def test_a_pause(header, value, seconds):
    assert asking._asked_pause(httpx.Response(503, headers={header: value})) == seconds


@pytest.mark.parametrize("value", ["inf", "nan", "-1e300"])
def test_a_provider_that_asks_to_wait_for_ever(tmp_path, monkeypatch, value):
    monkeypatch.setattr(asking, "MOST_PAUSE", 0.01)
    with providing() as provider:
        settings = make_settings(tmp_path, offline=False, remote_seconds=30)
        encoder = RemoteEncoder(f"{provider.url}/model", settings)
        busy = error_reply(503, headers={"retry-after-ms": value})
        provider.replies = [busy]
        assert len(encoder.encode(["a"])) == 1
        provider.then = busy
        with pytest.raises(RemoteUnavailable, match="503") as caught:
            encoder.encode(["b"])
    assert caught.value.retry_after == 5
