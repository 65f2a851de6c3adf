"""The log's thread: its work is done in turn, and its faults are heard where it was ordered."""

import asyncio
import threading

import pytest

from tayori.spool.thread import Thread


async def test_work_is_done_in_turn_in_another_thread() -> None:
    thread, seen = Thread("t"), list[tuple[int, bool]]()
    here = threading.get_ident()

    def work(number: int) -> None:
        seen.append((number, threading.get_ident() != here))

    await asyncio.gather(*[thread.done(lambda number=number: work(number)) for number in range(3)])  # type: ignore[misc]
    thread.shutdown()
    assert seen == [(0, True), (1, True), (2, True)]


async def test_a_fault_is_raised_where_it_was_ordered_and_the_next_is_done() -> None:
    thread, done = Thread("t"), list[int]()

    def fail() -> None:
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        await thread.done(fail)
    await thread.done(lambda: done.append(1))
    thread.shutdown()
    assert done == [1]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_after_a_fault_that_nobody_foresaw_the_next_is_done() -> None:
    thread, done = Thread("t"), list[int]()

    def fail() -> None:
        raise ZeroDivisionError

    await thread.done(lambda: None)
    first = thread._thread
    with pytest.raises(ZeroDivisionError):
        await thread.done(fail)
    assert first is not None
    first.join()  # its death is told to this test
    await thread.done(lambda: done.append(1))
    thread.shutdown()
    assert done == [1]


async def test_work_goes_on_when_who_ordered_it_is_cancelled() -> None:
    thread, gate, done = Thread("t"), threading.Event(), list[int]()

    def work() -> None:
        gate.wait()
        done.append(1)

    waiting = asyncio.create_task(thread.done(work))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    gate.set()
    await thread.done(lambda: done.append(2))
    thread.shutdown()
    assert done == [1, 2]


def test_a_loop_that_has_ended_is_not_told() -> None:
    thread, gate, done = Thread("t"), threading.Event(), list[int]()

    def work() -> None:
        gate.wait()
        done.append(1)

    async def leave() -> None:
        order = asyncio.create_task(thread.done(work))
        await asyncio.sleep(0)
        order.cancel()

    asyncio.run(leave())
    gate.set()
    thread.shutdown()
    assert done == [1]


def test_one_that_never_worked_ends_at_once() -> None:
    thread = Thread("t")
    thread.shutdown()
    assert thread._thread is None
