"""More work than can be done: rows 58 and 60 of the catalogue, fairness, and health."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from likewise.server.app import create_app
from tests.http.serving import (
    WordEncoder,
    ask,
    check_envelope,
    connect,
    gated,
    make_settings,
    serving,
    wait_until_ready,
    waiting_jobs,
)
from tests.waiting import A_HANG, wait_for

HEAD = (
    b"POST %b HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n"
)


@pytest.fixture
def held(tmp_path):
    """A server whose encoder waits at a gate; its URL and the encoder."""
    with gated(tmp_path, max_queue_tokens=50) as both:
        yield both


def test_row_58_work_of_a_client_that_has_gone_is_dropped(held):
    url, encoder = held
    with ThreadPoolExecutor() as threads:
        first = threads.submit(ask, url, "first")
        wait_for(lambda: encoder.asked == [["first"]])
        for waiting, path, body in (
            (1, "/v1/embeddings", {"model": "words", "input": "dropped"}),
            (2, "/api/compare", {"texts": ["dropped too"]}),
        ):
            content = json.dumps(body).encode()
            with connect(url) as connection:
                # the second time with one behind it, which is not begun
                connection.sendall((HEAD % (path.encode(), len(content)) + content) * waiting)
                wait_for(lambda waiting=waiting: waiting_jobs(url) == waiting)
        wait_for(lambda: httpx.get(f"{url}/metrics").text.count('status="499"} 1.0') == 2)
        kept = threads.submit(ask, url, "kept")
        wait_for(lambda: waiting_jobs(url) >= 1)
        encoder.gate.set()
        assert first.result().status_code == kept.result().status_code == 200
    assert not any("dropped" in text for batch in encoder.asked for text in batch)


def test_row_60_a_full_queue_refuses_at_once_and_health_answers(held):
    url, encoder = held
    with ThreadPoolExecutor(50) as threads:
        futures = [threads.submit(ask, url, "ten words " * 5) for _ in range(30)]
        wait_for(lambda: sum(future.done() for future in futures) >= 20)
        assert httpx.get(f"{url}/health", timeout=A_HANG).status_code == 200
        assert {future.result().status_code for future in futures if future.done()} == {503}
        encoder.gate.set()
        answers = [future.result() for future in futures]
    refused = [answer for answer in answers if answer.status_code != 200]
    for answer in refused:
        check_envelope(answer, 503, "server_overloaded")
        assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert 20 <= len(refused) <= 25
    assert ask(url, "after").status_code == 200


def test_a_sentence_does_not_wait_for_a_long_request(tmp_path):
    class Stepped(WordEncoder):
        steps = None

        def encode(self, texts, *, progress=None):
            assert self.steps is None or self.steps.acquire(timeout=A_HANG)
            return super().encode(texts, progress=progress)

    encoder = Stepped()
    settings = make_settings(tmp_path, batch_tokens=100, memory_cache_bytes=0)
    with (
        serving(create_app(settings, encoder), settings) as url,
        ThreadPoolExecutor() as threads,
    ):
        wait_until_ready(url)
        encoder.steps = threading.Semaphore(3)  # batches that may be computed
        long = threads.submit(ask, url, [f"{n} " + "w " * 9 for n in range(200)])
        wait_for(lambda: sum(batch[0].endswith("w ") for batch in encoder.asked) == 3)
        short = threads.submit(ask, url, "one sentence")
        wait_for(lambda: waiting_jobs(url) == 2)
        encoder.steps.release(4)  # the one that was begun, the other's turn, the sentence's
        assert short.result().status_code == 200
        assert not long.done()
        encoder.steps.release(100)
        assert len(long.result().json()["data"]) == 200


def test_many_clients_at_once_each_get_their_own(tmp_path):
    encoder = WordEncoder()
    with serving(create_app(make_settings(tmp_path), encoder)) as url:
        expected = {n: encoder.encode([f"text {n}"]).vectors[0].tolist() for n in range(40)}
        barrier = threading.Barrier(20)

        def go(worker):
            barrier.wait()
            for n in range(worker, 40, 20):
                data = ask(url, f"text {n}").json()["data"]
                assert data[0]["embedding"] == pytest.approx(expected[n])
            return True

        with ThreadPoolExecutor(20) as threads:
            assert all(threads.map(go, range(20)))


def test_a_deadline_gives_a_request_up(tmp_path):
    with gated(tmp_path, deadline=0.5) as (url, encoder), ThreadPoolExecutor() as threads:
        first = threads.submit(ask, url, "first")
        wait_for(lambda: encoder.asked)
        late = threads.submit(ask, url, "late")
        wait_for(lambda: waiting_jobs(url) == 1)
        # the one that is computed has ended for its client too, whatever holds it up
        check_envelope(first.result(), 503, "server_overloaded")
        check_envelope(late.result(), 503, "server_overloaded")
        encoder.gate.set()
        wait_for(lambda: waiting_jobs(url) == 0)
        assert ["late"] not in encoder.asked
