"""What visitors leave: each one's own, within one budget, forgotten after a while."""

import pytest

from likewise.errors import NotFound, Overloaded
from likewise.server.kept import Budget, Kept


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def make(budget=None, *, clock, **changes):
    chosen = {"each": 3, "seconds": 60, "again": "Send it again.", "clock": clock, **changes}
    return Kept("table", budget or Budget(1_000), **chosen)


def test_a_thing_is_its_owners_alone(clock):
    kept = make(clock=clock)
    key = kept.put("me", "mine", 10)
    assert len(key) >= 20
    assert kept.get("me", key) == "mine"
    for owner, asked in (("you", key), ("me", key[:-1]), ("me", "")):
        with pytest.raises(NotFound, match="no longer kept") as raised:
            kept.get(owner, asked)
        assert raised.value.kind == "table"
        assert (raised.value.status, raised.value.code) == (404, "not_found")


def test_who_leaves_too_many_loses_the_oldest_and_nobody_else_does(clock):
    kept = make(clock=clock)
    other = kept.put("you", "yours", 10)
    keys = [kept.put("me", number, 10) for number in range(5)]
    assert kept.of("me") == [2, 3, 4]
    assert kept.get("you", other) == "yours"
    with pytest.raises(NotFound):
        kept.get("me", keys[1])


def test_who_leaves_too_much_loses_the_oldest(clock):
    budget = Budget(1_000)
    kept = make(budget, clock=clock)
    kept.put("me", "old", 300)
    kept.put("me", "new", 400)
    assert kept.of("me") == ["new"]
    assert budget.used == 400


def test_what_nobody_may_leave_displaces_nothing(clock):
    kept = make(clock=clock)
    kept.put("me", "small", 100)
    with pytest.raises(Overloaded, match="about 501 bytes; one visitor may leave 500"):
        kept.put("me", "large", 501)
    assert kept.of("me") == ["small"]


def test_where_there_is_no_room_the_newest_is_refused(clock):
    budget = Budget(1_000)
    kept, others = make(budget, clock=clock), make(budget, clock=clock)
    kept.put("a", 1, 500)
    others.put("b", 2, 450)
    with pytest.raises(Overloaded, match="no room for another table"):
        kept.put("c", 3, 100)
    assert kept.all() == [1]
    assert others.all() == [2]
    kept.put("c", 3, 50)
    assert budget.used == 1_000


def test_what_nobody_asks_for_is_forgotten(clock):
    budget = Budget(1_000)
    kept = make(budget, clock=clock)
    asked, left = kept.put("me", "asked", 100), kept.put("me", "left", 100)
    clock.now = 59
    kept.get("me", asked)
    clock.now = 61
    assert kept.get("me", asked) == "asked"
    with pytest.raises(NotFound):
        kept.get("me", left)
    assert budget.used == 100


def test_what_is_in_use_is_not_let_go(clock):
    busy = {"running"}
    kept = make(clock=clock, each=2, busy=lambda thing: thing in busy)
    kept.put("me", "running", 10)
    kept.put("me", "ended", 10)
    kept.put("me", "new", 10)
    assert kept.of("me") == ["running", "new"]
    busy.add("new")
    with pytest.raises(Overloaded, match="2 tables here, and all are in use"):
        kept.put("me", "one more", 10)
    clock.now = 100
    assert len(kept.all()) == 2
    assert kept.put("you", "yours", 10)
    assert "running" in kept.all()
