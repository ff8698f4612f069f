"""What the event loop does in one turn is little, whatever waits; nothing of it is lost."""

import asyncio
import threading
from concurrent.futures import CancelledError, Future

import pytest

from likewise.server.engine import outbox
from likewise.server.engine.outbox import Outbox
from likewise.server.http import turns
from likewise.server.http.turns import Turns


async def spread(when):
    """Return in which turns of the loop `when` has put something into the list that it gets."""
    done, seen = [], []
    when(done)
    while len(done) < 40:
        before = len(done)
        await asyncio.sleep(0)
        seen.append(len(done) - before)
    return done, [n for n in seen if n]


def test_requests_begin_a_few_at_a_time_and_in_order():
    async def go():
        loop, begun = asyncio.get_running_loop(), Turns()

        def add(done):
            for n in range(40):
                begun.add(loop, lambda n=n: done.append(n))

        return await spread(add)

    done, each = asyncio.run(go())
    assert done == list(range(40))
    assert each == [turns.FEW, turns.FEW, 8]


def test_results_of_one_batch_are_handed_over_a_few_at_a_time():
    async def go():
        box = Outbox(asyncio.get_running_loop())
        futures = [Future() for _ in range(40)]
        tasks = [asyncio.create_task(box.result(future)) for future in futures]
        await asyncio.sleep(0)

        def end(done):
            for n, (future, task) in enumerate(zip(futures, tasks, strict=True)):
                task.add_done_callback(lambda task: done.append(task.result()))
                future.set_result(n)

        return await spread(end)

    done, each = asyncio.run(go())
    assert done == list(range(40))
    assert max(each) == outbox.FEW


def test_every_result_of_other_threads_arrives():
    async def go():
        box = Outbox(asyncio.get_running_loop())
        futures = [Future() for _ in range(600)]

        def compute(start):
            for n in range(start, 600, 3):
                futures[n].set_result(n)

        threads = [threading.Thread(target=compute, args=(n,)) for n in range(3)]
        waiting = [asyncio.ensure_future(box.result(future)) for future in futures]
        for thread in threads:
            thread.start()
        return await asyncio.wait_for(asyncio.gather(*waiting), 60)

    assert asyncio.run(go()) == list(range(600))


def test_errors_and_cancelling_go_both_ways():
    async def go():
        box = Outbox(asyncio.get_running_loop())
        failing, dropped, left = Future(), Future(), Future()
        failing.set_exception(KeyError("x"))
        with pytest.raises(KeyError):
            await box.result(failing)
        dropped.cancel()
        with pytest.raises(asyncio.CancelledError):
            await box.result(dropped)
        task = asyncio.create_task(box.result(left))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(CancelledError):
            left.result(0)

    asyncio.run(go())
