"""Encoders clone, copy and pickle as a name and options, and answer in a forked process."""

import copy
import multiprocessing
import os
import pickle
import signal
import threading

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

import likewise
from likewise import Classifier
from likewise.encoders import forking, with_cache
from likewise.encoders.local.encoder import LocalEncoder
from likewise.errors import EncoderError
from likewise.settings import Settings
from likewise.sklearn import TextEncoder
from tests.contract.kinds import KINDS, made
from tests.encoders.models import write_model
from tests.http.provider import providing

TEXTS = [f"w{n % 3} w{4 + n % 2} w{n % 5}" for n in range(24)]
LABELS = ["up" if n % 2 else "down" for n in range(24)]
OWN = [kind for kind in KINDS if kind not in ("queued", "retrying")]
"""Kinds that a user holds; those of a server belong to its threads."""

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@pytest.fixture
def encoder(tmp_path):
    write_model(tmp_path / "model", prompts={"query": "w7 "})
    return likewise.load(str(tmp_path / "model"), prefix="query")


@pytest.mark.parametrize("kind", [kind for kind in OWN if "remote" not in kind])
def test_pickled_and_copied_it_is_the_same_encoder(kind, tmp_path):
    with made(kind, tmp_path) as encoder:
        expected = encoder.encode(TEXTS)
        raw = pickle.dumps(encoder)
        assert len(raw) < 4_000  # names and options, no weights
        for again in (pickle.loads(raw), copy.deepcopy(encoder), copy.copy(encoder)):
            assert again.identity == encoder.identity
            assert again.capabilities == encoder.capabilities
            np.testing.assert_allclose(again.encode(TEXTS).vectors, expected.vectors, atol=1e-5)


def test_copying_a_local_encoder_loads_nothing(encoder):
    assert copy.deepcopy(encoder) is encoder
    assert copy.copy(encoder) is encoder


def test_made_without_load_it_pickles_too(tmp_path):
    write_model(tmp_path / "model")
    encoder = LocalEncoder(tmp_path / "model", name="mine", precision="f32", prefix="w7 ")
    again = pickle.loads(pickle.dumps(encoder))
    assert again.identity == encoder.identity


def test_a_pickle_of_a_provider_holds_no_key(tmp_path, configure):
    with providing() as provider:
        host = provider.url.removeprefix("http://").removesuffix("/v1")
        secret = {host: "sk-canary"}
        settings = Settings(cache=tmp_path / "cache", offline=False, remote_keys=secret)
        encoder = likewise.load(f"{provider.url}/model", prefix="query: ", settings=settings)
        raw = pickle.dumps(encoder)
        assert b"canary" not in raw
        configure(offline="0", cache=tmp_path / "cache", remote_keys="{}")
        again = pickle.loads(raw)
        assert again.identity == encoder.identity
        again.encode(["a"])
        assert "Authorization" not in provider.asked[-1].headers
        assert provider.texts[-1] == "query: a"


def test_estimators_that_hold_an_encoder_are_cloned(encoder):
    model = Classifier(encoder, candidates=["embeddings"])
    assert clone(model).encoder is encoder
    scores = cross_val_score(model, TEXTS, LABELS, cv=2)
    assert scores.shape == (2,)
    pickled = pickle.loads(pickle.dumps(model.fit(TEXTS, LABELS)))
    assert (pickled.predict(TEXTS) == model.predict(TEXTS)).all()


def test_two_processes_cross_validate(encoder):
    model = Classifier(encoder, candidates=["embeddings"])
    two = cross_val_score(model, TEXTS, LABELS, cv=2, n_jobs=2)
    np.testing.assert_allclose(two, cross_val_score(model, TEXTS, LABELS, cv=2))


def test_two_processes_search_over_a_text_encoder(encoder):
    pipeline = make_pipeline(TextEncoder(encoder.identity.name), LogisticRegression(max_iter=1_000))
    grid = {"logisticregression__C": [1.0, 10.0]}
    one, two = (GridSearchCV(pipeline, grid, cv=2, n_jobs=n).fit(TEXTS, LABELS) for n in (1, 2))
    np.testing.assert_allclose(
        two.cv_results_["mean_test_score"], one.cv_results_["mean_test_score"]
    )


def encode(task):
    """Encode in a worker, which gives up by itself where it would hang."""
    encoder, texts = task
    signal.alarm(60)
    vectors = encoder.encode(texts).vectors
    counts = encoder.count_tokens(texts).tokens
    signal.alarm(0)
    return vectors, counts


@pytest.mark.parametrize("method", ["fork", "spawn"])
@needs_fork
def test_workers_of_multiprocessing(encoder, tmp_path, method):
    cached = with_cache(encoder, settings=Settings(cache=tmp_path / "cache"))
    expected = encoder.encode(TEXTS).vectors
    cached.encode(TEXTS[:1])
    with multiprocessing.get_context(method).Pool(2) as pool:
        found = pool.map(encode, [(encoder, TEXTS), (cached, TEXTS)])
    for vectors, _ in found:
        np.testing.assert_allclose(vectors, expected, atol=1e-5)


def in_a_fork(work) -> int:
    """Run `work` in a forked process; 0 where it returned true, 9 where it hung for 30 s."""
    child = os.fork()
    if not child:
        signal.signal(signal.SIGALRM, lambda *_: os._exit(9))
        signal.alarm(30)
        try:
            os._exit(0 if work() else 1)
        except BaseException:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_forked_while_threads_encode_it_answers(encoder):
    texts = [f"w{n % 30} w{n % 7}" for n in range(400)]
    expected = encoder.encode(texts[:50]).vectors
    stop = threading.Event()

    def busy():
        while not stop.is_set():
            encoder.encode(texts)
            encoder.count_tokens(texts)

    threads = [threading.Thread(target=busy) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        codes = [
            in_a_fork(lambda: np.allclose(encoder.encode(texts[:50]).vectors, expected, atol=1e-5))
            for _ in range(6)
        ]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert codes == [0] * 6


@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_forked_while_a_library_never_ends_it_says_so(encoder, monkeypatch):
    monkeypatch.setattr(forking, "MOST_SECONDS", 0.05)
    entered, leave = threading.Event(), threading.Event()

    def hang():
        with forking.computing():
            entered.set()
            leave.wait(60)

    thread = threading.Thread(target=hang)
    thread.start()
    assert entered.wait(10)

    def refused():
        try:
            encoder.encode(["w1"])
        except EncoderError as error:
            return "'spawn'" in error.remedy
        return False

    try:
        assert in_a_fork(refused) == 0
    finally:
        leave.set()
        thread.join()
    assert len(encoder.encode(["w1"])) == 1  # this process goes on


@needs_fork
def test_a_fork_from_within_what_computes_does_not_wait_for_itself():
    with forking.computing():
        assert in_a_fork(lambda: True) == 0


@needs_fork
def test_a_fork_of_a_process_with_many_models_opens_others_and_drops_them(tmp_path):
    models = []
    for seed in range(6):
        write_model(tmp_path / f"m{seed}", seed=seed)
        models.append(likewise.load(str(tmp_path / f"m{seed}")))
        models[-1].encode(TEXTS)

    def work():
        models.clear()
        return all(
            len(likewise.load(str(tmp_path / f"m{seed}"), prefix="w1 ").encode(TEXTS)) == 24
            for seed in range(6)
        )

    assert in_a_fork(work) == 0


@needs_fork
@pytest.mark.parametrize("kind", ["remote", "remote and cached", "queued"])
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_what_has_threads_or_files_begins_anew_in_a_fork(kind, tmp_path):
    with made(kind, tmp_path) as encoder:
        expected = encoder.encode(TEXTS).vectors  # threads run, files are open

        def same():
            vectors = encoder.encode([*TEXTS, "w9 w9 w9"]).vectors
            return np.allclose(vectors[:-1], expected, atol=1e-5)

        assert in_a_fork(same) == 0
        np.testing.assert_allclose(encoder.encode(TEXTS).vectors, expected, atol=1e-5)
