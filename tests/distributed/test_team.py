"""What becomes of parts when actors are lost, by a stand-in for Ray that loses them as it is told.

A real cluster does the same in `make test-scale`; here each order of events can be had at once.
"""

import dataclasses
import gc
import logging
import types
import weakref
from collections import deque
from functools import partial
from unittest.mock import Mock

import pytest

from likewise.distributed import on_ray, shard
from likewise.distributed.executors import attempted, prepared
from likewise.distributed.on_ray import OnRay, _Team
from likewise.distributed.shard import Outcome, ShardWork
from likewise.errors import StoreUnavailable
from tests.distributed.conftest import digests
from tests.panics import PanicException


class Lost(Exception):
    """What Ray says of an actor that has died."""


class StandIn:
    """Answers in the order of the questions; `dies` says which questions end the actor."""

    exceptions = types.SimpleNamespace(RayError=Lost)

    def __init__(self, dies=lambda actor, what, part: False):
        self.dies = dies
        self.asked = []
        self.silent = deque()

    def wait(self, refs, *, num_returns, timeout):
        assert (num_returns, timeout) == (1, on_ray._JOIN_SECONDS)
        if self.silent:
            self.silent.popleft()()
            return [], refs
        return refs[:1], refs[1:]

    def get(self, ref):
        name, what, part, _ = ref
        if self.dies(name, what, part):
            raise Lost(f"{name} has died\nof {what}")
        return Outcome(part, rows=1).to_dict() if what == "do" else None


class Actor:
    """An actor of the stand-in: `is_there`, `prepare` and `do`, as those of a job have them."""

    def __init__(self, ray, name):
        for what in ("is_there", "prepare", "do"):
            ask = partial(self._ask, ray, name, what)
            method = types.SimpleNamespace(remote=ask, options=partial(self._options, ask))
            setattr(self, what, method)

    @staticmethod
    def _ask(ray, name, what, part=None):
        ray.asked.append((name, what, part))
        return (name, what, part, len(ray.asked))

    @staticmethod
    def _options(ask, max_task_retries):
        assert max_task_retries == -1
        return types.SimpleNamespace(remote=ask)


def outcomes(ray, parts=6, actors="ab"):
    return {
        one.number: one.problem
        for one in _Team(ray, [Actor(ray, name) for name in actors]).outcomes(range(parts))
    }


def test_every_part_is_done_once_and_every_actor_prepares_before_its_first():
    ray = StandIn()
    assert outcomes(ray) == dict.fromkeys(range(6))
    for name in "ab":
        mine = [what for one, what, _ in ray.asked if one == name]
        assert mine == ["prepare", "do", "do", "do"]


def test_a_part_whose_actor_is_lost_goes_to_whoever_is_free_first():
    deaths = iter([True])
    ray = StandIn(lambda name, what, part: part == 1 and next(deaths, False))
    assert outcomes(ray) == dict.fromkeys(range(6))
    assert [part for _, _, part in ray.asked].count(1) == 2
    assert ("b", "is_there", None) in ray.asked  # it is given nothing before it is there again


def test_a_part_that_ends_every_actor_is_given_up_and_the_others_are_done():
    ray = StandIn(lambda name, what, part: part == 1)
    found = outcomes(ray)
    assert sorted(found) == list(range(6))
    assert "its worker died 3 times" in found.pop(1)
    assert set(found.values()) == {None}


def test_an_actor_that_dies_as_it_prepares_is_given_parts_that_are_counted():
    ray = StandIn(lambda name, what, part: what != "is_there")
    found = outcomes(ray, parts=2)
    assert all("its worker died 3 times" in problem for problem in found.values())
    assert len([what for _, what, _ in ray.asked if what == "prepare"]) == 2


def test_actors_that_can_never_be_started_are_told_of_with_the_reason():
    found = outcomes(StandIn(lambda *_: True))
    assert found == dict.fromkeys(range(6), "no worker began: 'of is_there'")


def test_nobody_holds_an_actor_for_which_there_is_no_part_any_more():
    ray = StandIn()
    held = {name: Actor(ray, name) for name in "ab"}
    gone = {name: weakref.ref(actor) for name, actor in held.items()}
    work = _Team(ray, list(held.values())).outcomes(range(3))
    held.clear()
    next(work), next(work)  # "b" has done its one part, "a" does the last
    gc.collect()
    assert [name for name, actor in gone.items() if actor() is None] == ["b"]
    assert [one.number for one in work] == [2]


def test_it_is_said_when_no_worker_begins_and_not_while_one_works(caplog):
    ray = StandIn()
    said = []
    note = lambda: said.append(len(caplog.records))  # noqa: E731
    ray.silent += [note, note]
    with caplog.at_level(logging.WARNING):
        assert outcomes(ray, parts=1, actors="a") == {0: None}
    assert ["No worker has begun" in one.message for one in caplog.records] == [True, True]
    caplog.clear()
    ray = StandIn()
    work = _Team(ray, [Actor(ray, "a")]).outcomes(range(2))
    assert next(work).number == 0
    ray.silent.append(note)
    assert next(work).number == 1
    assert caplog.records == []


def test_a_connection_that_is_lost_is_one_sentence(monkeypatch):
    ended = []

    def lose(*_, **__):
        raise ConnectionError("Client is shutting down.")

    ray = StandIn()
    ray.wait, ray.shutdown = lose, lambda: ended.append(1)
    monkeypatch.setattr(on_ray, "_imported", lambda: ray)
    monkeypatch.setattr(OnRay, "_connect", lambda *_: None)
    monkeypatch.setattr(OnRay, "_room", lambda *_: 1)
    monkeypatch.setattr(OnRay, "_actors", lambda *_: [Actor(ray, "a")])
    said = r"connection to the Ray cluster at 'ray://head:1' was lost: 'Client is shutting down'\."
    with pytest.raises(StoreUnavailable, match=said):
        next(OnRay("ray://head:1").run(print, [1]))
    assert ended == [1]


def test_workers_load_what_they_need_before_their_first_part(source, planned, sha256, monkeypatch):
    asked = []

    class Noting(type(sha256)):
        def encode(self, texts, *, progress=None):
            asked.append(list(texts))
            return super().encode(asked[-1], progress=progress)

    monkeypatch.setattr("gc.freeze", lambda: None)  # this process is no worker
    store, plan = planned(source)
    work = ShardWork(store, plan.digest, Noting())
    before = digests(store)
    prepared(work)
    assert asked == [["a text"]]
    assert digests(store) == before == {}
    (store.local / "plan.json").unlink()
    assert work(0).problem is None  # the plan was read
    monkeypatch.setattr(shard, "TRIES", 1)
    gone = ShardWork(store, plan.digest, Noting())
    prepared(gone)  # says nothing: its parts do
    assert "can't be seen from this machine" in attempted(gone, 1).problem


def test_a_panic_of_a_library_costs_its_part_alone(monkeypatch):
    def panics(*_):
        raise PanicException("index out of bounds")

    monkeypatch.setattr("gc.freeze", lambda: None)  # this process is no worker
    prepared(types.SimpleNamespace(prepare=panics))
    outcome = attempted(panics, 3)
    assert (outcome.number, outcome.ours) == (3, False)
    assert "PanicException: index out of bounds" in outcome.problem
    with pytest.raises(KeyboardInterrupt):  # somebody wants an end
        attempted(Mock(side_effect=KeyboardInterrupt), 3)


def test_a_provider_is_asked_for_no_text_in_vain(source, planned, sha256, monkeypatch):
    class Provider(type(sha256)):
        capabilities = dataclasses.replace(sha256.capabilities, remote=True)

        def encode(self, texts, *, progress=None):
            raise AssertionError("it would charge for it")

    store, plan = planned(source)
    ShardWork(store, plan.digest, Provider()).prepare()
