"""An application that is made before a fork, as by servers of several processes, answers."""

import os
import threading
from contextlib import nullcontext

import httpx
import pytest

import likewise
from likewise.errors import Overloaded
from likewise.server.app import create_app
from likewise.server.engine.batching import Batcher, Limits
from likewise.server.engine.budget import DailyBudget
from likewise.server.engine.embedder import Embedder
from likewise.server.engine.memory import MemoryCache
from likewise.server.engine.queued import QueuedEncoder
from tests.encoders.models import write_model
from tests.encoders.test_copies import in_a_fork, needs_fork
from tests.http.serving import WordEncoder, check_envelope, make_settings, serving, wait_until_ready


def answered(url: str, name: str) -> bool:
    wait_until_ready(url)
    with httpx.Client(base_url=url, timeout=20) as client:
        ready = client.get("/ready").status_code == 200
        body = {"model": name, "input": ["w1 w2", f"fresh {os.getpid()}"]}
        embedded = client.post("/v1/embeddings", json=body).status_code == 200
        compared = client.post("/api/compare", json={"texts": ["w1", "w2"]}).status_code == 200
        return ready and embedded and compared


@needs_fork
@pytest.mark.parametrize("used", [False, True], ids=["made", "made and used"])
@pytest.mark.parametrize("kind", ["sha256", "folder"])
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_made_before_the_fork_it_answers_after_it(tmp_path, kind, used):
    write_model(tmp_path / "tiny")
    encoder = likewise.load("sha256" if kind == "sha256" else str(tmp_path / "tiny"))
    settings = make_settings(tmp_path)
    app = create_app(settings, encoder)
    name = encoder.identity.name

    def served() -> bool:
        with serving(app, settings) as url:
            return answered(url, name)

    with serving(app, settings) if used else nullcontext() as url:
        if url:
            assert answered(url, name)
        assert in_a_fork(served) == 0
        assert in_a_fork(served) == 0
        if url:
            assert answered(url, name)  # nothing of it is lost here


def test_a_batcher_has_no_thread_before_the_first_job():
    before = set(threading.enumerate())  # of which some may end meanwhile
    works = Batcher()
    assert works.alive
    assert set(threading.enumerate()) <= before
    works.submit(WordEncoder(), ["a"], [1]).result(10)
    assert works.alive
    works.stop()


def test_what_ended_begins_again_with_the_next_job():
    works = Batcher()
    works.submit(WordEncoder(), ["a"], [1]).result(10)
    # what must not happen: the thread is gone though nobody stopped it
    works._thread = threading.Thread(target=lambda: None)
    works._thread.start()
    works._thread.join()
    assert not works.alive
    assert len(works.submit(WordEncoder(), ["b"], [1]).result(10)) == 1
    assert works.alive
    works.stop()


def test_the_deadline_is_kept_where_what_computes_hangs(tmp_path):
    encoder = WordEncoder()
    settings = make_settings(tmp_path, deadline=0.3)
    with (
        serving(create_app(settings, encoder), settings) as url,
        httpx.Client(base_url=url, timeout=20) as client,
    ):
        encoder.gate.clear()
        answer = client.post("/v1/embeddings", json={"model": "words", "input": "hangs"})
        check_envelope(answer, 503, "server_overloaded")
        encoder.gate.set()


def test_the_deadline_is_kept_for_code_on_threads(tmp_path):
    encoder = WordEncoder()
    batcher = Batcher(Limits(deadline=0.2))
    settings = make_settings(tmp_path)
    embedder = Embedder(batcher, MemoryCache(0), DailyBudget(settings))
    encoder.gate.clear()
    with pytest.raises(Overloaded):
        QueuedEncoder(encoder, embedder, "somebody").encode(["hangs"])
    encoder.gate.set()
    embedder.stop()
