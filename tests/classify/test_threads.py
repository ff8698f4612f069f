"""Fits side by side: the same model to the last digit, and nothing left behind."""

from threading import Barrier, Event, current_thread, main_thread
from threading import enumerate as alive

import numpy as np
import pytest

from likewise import Classifier, MultiLabelClassifier, Regressor
from likewise.classify.learn import search, threads
from likewise.types import EmbeddedTexts
from tests.classify.conftest import blobs


@pytest.fixture
def two(monkeypatch):
    """Two threads, for data of any size, whatever the machine has."""
    monkeypatch.setattr(threads, "SMALL", 0)
    token = threads._allowed.set(2)
    yield
    threads._allowed.reset(token)


def rows(n: int) -> tuple[EmbeddedTexts, list[str]]:
    x, y = blobs(n, 3, spread=1.5)
    texts = tuple(f"{'abc'[label]} {'xyz'[row % 3]} n{row}" for row, label in enumerate(y))
    return EmbeddedTexts(x, texts), [f"label {label}" for label in y]


@pytest.mark.parametrize("large", [0, search.LARGE])
def test_the_model_is_the_same_to_the_last_digit(monkeypatch, large):
    from likewise.classify.evaluate import curve

    monkeypatch.setattr(search, "LARGE", large)
    monkeypatch.setattr(curve, "LARGE", large)
    x, y = rows(90)

    def trained() -> tuple[bytes, dict, object, bytes]:
        model = Classifier("sha256").fit(x, y)
        found = model.predict_proba(x).tobytes(), model.leaderboard().to_dict(), model.curve()
        return *found, model.model_.novelty.combined.tobytes()

    alone = trained()
    monkeypatch.setattr(threads, "SMALL", 0)
    seen = set()
    real = search.Split.scored

    def scored(self, *given, **options):
        seen.add(current_thread())
        return real(self, *given, **options)

    monkeypatch.setattr(search.Split, "scored", scored)
    monkeypatch.setattr("threadpoolctl.ThreadpoolController.info", lambda _: [
        {"user_api": "blas", "num_threads": 2}])  # fmt: skip
    assert trained() == alone
    assert len(seen - {main_thread()}) >= 2


def test_several_labels_and_numbers_too(monkeypatch):
    x, y = rows(60)
    sets = [[label, "odd"] if place % 2 else [label] for place, label in enumerate(y)]
    numbers = [float(len(text)) + place % 7 for place, text in enumerate(x.texts)]

    def trained() -> list[bytes]:
        several = MultiLabelClassifier("sha256").fit(x, sets)
        return [several.predict_proba(x).tobytes(), str(several.leaderboard().to_dict()).encode(),
                Regressor("sha256").fit(x, numbers).predict(x).tobytes()]  # fmt: skip

    alone = trained()
    monkeypatch.setattr(threads, "SMALL", 0)
    monkeypatch.setattr("threadpoolctl.ThreadpoolController.info", lambda _: [
        {"user_api": "blas", "num_threads": 2}])  # fmt: skip
    assert trained() == alone


def test_jobs_run_beside_each_other_and_come_in_order(two):
    both = Barrier(2, timeout=30)
    found = threads.side_by_side([lambda: both.wait() * 0 + 1, lambda: both.wait() * 0 + 2], 1)
    assert list(found) == [1, 2]


def test_an_error_ends_the_others_and_leaves_no_thread(two):
    begun = Event()

    def fails():
        begun.wait(30)
        raise ValueError("no")

    def goes_on():
        begun.set()
        while True:
            threads.leave_if_unwanted()

    with pytest.raises(ValueError, match="no"):
        list(threads.side_by_side([fails, goes_on], 1))
    assert not [one for one in alive() if one.name.startswith("training")]


def test_whoever_stops_listening_stops_the_work(two):
    x, y = rows(60)

    def stop(what, done, total):
        if what.startswith("Trying") and done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Classifier("sha256").fit(x, y, progress=stop)
    assert not [one for one in alive() if one.name.startswith("training")]


def test_a_bound_and_small_work_keep_to_one_thread(monkeypatch):
    monkeypatch.setattr("threadpoolctl.ThreadpoolController.info", lambda _: [
        {"user_api": "blas", "num_threads": 8}])  # fmt: skip

    def where(size):
        return list(threads.side_by_side([current_thread] * 2, size))

    with threads.one_thread_each():
        assert threads._allowed.get() == threads.MOST
        assert main_thread() not in where(threads.SMALL)
        assert where(threads.SMALL - 1) == [main_thread()] * 2
    with threads.at_most(1), threads.one_thread_each():
        assert where(threads.SMALL) == [main_thread()] * 2
    assert where(threads.SMALL) == [main_thread()] * 2


def test_the_largest_of_rows_are_those_of_a_sort():
    from likewise.classify.learn.novelty import largest

    rng = np.random.default_rng(0)
    for columns in (5, 1_279, 1_300, 3_001):
        values = rng.normal(size=(7, columns)).round(1).astype(np.float32)  # with equals
        expected = np.sort(values, axis=1)[:, -5:]
        np.testing.assert_array_equal(np.sort(largest(values, 5), axis=1), expected)
