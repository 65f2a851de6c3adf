"""Who waits long is told of it."""

import asyncio
from collections.abc import Generator

import pytest

from aids.house import Walking
from aids.mailroom import Mailroom
from aids.peer import ScriptedPeer
from tayori.errors import TryLater
from tayori.imap.progress import Progress, patiently
from tayori.imap.session import Session


def waited(pace: float, **settings: object) -> tuple[Session, ScriptedPeer]:
    peer = ScriptedPeer()
    session = Mailroom().session(peer, **settings)
    session.clock, session.tag = Walking(pace), b"A1"
    return session, peer


async def worked(times: int) -> str:
    """What gives the loop back so often."""
    for _ in range(times):
        await asyncio.sleep(0)
    return "done"


async def test_long_work_is_told_of_every_ten_seconds_and_gives_its_result() -> None:
    session, peer = waited(5.0)
    assert await patiently(session, worked(4)) == "done"
    assert peer.flushed == [b'* OK [INPROGRESS ("A1" NIL NIL)] Still at it\r\n'] * 2


async def test_short_work_is_not_told_of() -> None:
    session, peer = waited(0.1)
    assert await patiently(session, worked(50)) == "done"
    assert peer.sent == b""


async def test_who_left_the_extension_out_hears_nothing() -> None:
    session, peer = waited(60.0, without=frozenset({"INPROGRESS"}))
    await patiently(session, worked(4))
    assert peer.sent == b""


async def test_what_the_work_raises_comes_through() -> None:
    async def fails() -> None:
        await asyncio.sleep(0)
        raise TryLater("later")

    session, _ = waited(1.0)
    with pytest.raises(TryLater):
        await patiently(session, fails())


async def test_who_is_cancelled_cancels_the_work() -> None:
    ended: list[str] = []

    async def forever() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.append("work")

    async def asked() -> None:
        await patiently(session, forever())

    session, _ = waited(1.0)
    task = asyncio.create_task(asked())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["work"]


@pytest.mark.parametrize(
    ("goal", "done", "said"),
    [(1000, 175, b"175 1000"), (0, 175, b"175 NIL"), (1000, None, b"NIL NIL"), (1000, 0, b"0 1000")],
)
async def test_what_is_known_of_it_is_told(goal: int, done: int | None, said: bytes) -> None:
    session, peer = waited(10.0)
    await Progress(session, goal).tell(done)
    assert peer.sent == b'* OK [INPROGRESS ("A1" %b)] Still at it\r\n' % said


async def test_work_that_bears_being_cancelled_goes_on() -> None:
    async def stubborn() -> str:
        for _ in range(2):
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                await asyncio.sleep(0)
        return "done"

    async def asked() -> str:
        return await patiently(session, stubborn())

    session, _ = waited(1.0)
    task = asyncio.create_task(asked())
    for _ in range(2):
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0)
    assert await task == "done"


async def test_work_may_end_when_it_is_cancelled() -> None:
    async def gives_in() -> str:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            return "cut short"
        return ""

    async def asked() -> str:
        return await patiently(session, gives_in())

    session, _ = waited(1.0)
    task = asyncio.create_task(asked())
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "cut short"


def test_a_class_may_be_thrown_into_it() -> None:
    async def work() -> None:
        await Once()

    class Once:
        def __await__(self) -> Generator[str, None, None]:
            yield "waits"

    session, _ = waited(1.0)
    asked = patiently(session, work())
    assert asked.send(None) == "waits"
    with pytest.raises(TryLater):
        asked.throw(TryLater)
