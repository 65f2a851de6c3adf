"""What the log forgets is on the disk; after a sync that failed nothing is believed."""

import asyncio
import errno
import threading
from pathlib import Path

import pytest

from aids.applier import MemoryApplier
from aids.faults import Faults
from aids.wait import until
from aids.way_in import deliver, large, new_spool, spooled
from tayori.errors import TryLater
from tayori.spool import Spool, recovery, settle


def waiting(data: Path) -> int:
    return len(recovery.read(data / "spool" / "w0").messages)


@spooled
async def test_what_is_settled_is_what_was_applied_before(spool: Spool, applier: MemoryApplier) -> None:
    await deliver(spool)
    await spool._settling.settle()
    assert applier.settled_state == applier.state
    assert not applier.unsettled()


def test_changes_are_settled_without_being_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle, "PAUSE", 0.01)

    async def life() -> None:
        applier = MemoryApplier()
        spool = new_spool(tmp_path, applier)
        await spool.start()
        await deliver(spool)
        await until(lambda: applier.settled_state == applier.state)
        await spool.drain()

    asyncio.run(life())


def test_the_log_remembers_what_is_settled(tmp_path: Path) -> None:
    async def life() -> None:
        spool = new_spool(tmp_path, MemoryApplier())
        await spool.start()
        await deliver(spool)
        await spool._settling.settle()
        await deliver(spool)
        assert waiting(tmp_path) == 1
        await spool.drain()

    asyncio.run(life())


def test_after_a_failed_sync_nothing_is_forgotten_before_it_was_carried_out_again(tmp_path: Path) -> None:
    async def life() -> None:
        applier = MemoryApplier()
        spool = new_spool(tmp_path, applier)
        await spool.start()
        await deliver(spool)
        await deliver(spool, large(), "both@example.org")
        with Faults(tmp_path, 1, errno.EIO, lasting=True), pytest.raises(OSError, match="Input/output"):
            await spool._settling.settle()
        assert applier.settled_state.messages == {}
        applier.arrivals.clear()
        await spool._settling.settle()
        assert len(applier.arrivals) == 3
        assert applier.settled_state.messages == applier.state.messages
        await spool.drain()

    asyncio.run(life())


def test_what_cannot_be_carried_out_again_is_not_forgotten(tmp_path: Path) -> None:
    async def life() -> None:
        applier = MemoryApplier()
        spool = new_spool(tmp_path, applier)
        await spool.start()
        await deliver(spool)
        with Faults(tmp_path, 1, errno.EIO, lasting=True), pytest.raises(OSError, match="Input/output"):
            await spool._settling.settle()
        applier.refuse = dict.fromkeys([place.account for place in applier.state.messages], TryLater("damaged"))
        with pytest.raises(TryLater):
            await spool._settling.settle()
        assert waiting(tmp_path) == 1
        applier.refuse.clear()
        await spool.drain()

    asyncio.run(life())


def test_a_settling_that_fails_does_not_end_settling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle, "PAUSE", 0.01)

    async def life() -> None:
        applier = MemoryApplier()
        spool = new_spool(tmp_path, applier)
        await spool.start()
        await deliver(spool)
        with Faults(tmp_path, 1, errno.EIO, lasting=True) as faults:
            await until(lambda: len(faults.calls) > 0)
        await until(lambda: applier.settled_state.messages == applier.state.messages)
        await spool.drain()

    asyncio.run(life())


def test_a_settling_that_the_end_interrupts_is_none_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(folder: Path) -> None:
        begun.set()
        go_on.wait()

    async def life() -> None:
        applier = MemoryApplier()
        spool = new_spool(tmp_path, applier)
        await spool.start()
        await deliver(spool)
        monkeypatch.setattr(settle, "sync_file_system", slow)
        monkeypatch.setattr(settle, "PAUSE", 0.0)
        spool._settling.start()
        await until(begun.is_set)
        stopping = asyncio.create_task(spool.drain())
        await asyncio.sleep(0)
        go_on.set()
        await stopping
        assert len(applier.arrivals) == 1

    asyncio.run(life())
