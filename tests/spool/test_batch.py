"""Group commit: one sync for all that wait, nobody hears yes before it, a no leaves nothing behind."""

import asyncio
import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from aids.applier import MemoryApplier
from aids.wait import until
from aids.way_in import ALICE, BOB, MESSAGE, append, deliver, draft, large, new_spool, opened, spooled
from tayori.errors import NoSpace, OverQuota, TryLater
from tayori.model import Receipt
from tayori.spool import Spool, recovery
from tayori.spool.recovery import Recovered


def logged(data: Path) -> Recovered:
    return recovery.read(data / "spool" / "w0")


def failing(name: str, code: int, real: Callable[..., object], times: int = 1) -> Callable[..., object]:
    """An os function that fails so many times."""
    left = [times]

    def call(*arguments: object) -> object:
        if left[0]:
            left[0] -= 1
            raise OSError(code, os.strerror(code), name)
        return real(*arguments)

    return call


@spooled
async def test_those_who_wait_are_placed_together(spool: Spool, applier: MemoryApplier) -> None:
    await asyncio.gather(*(deliver(spool) for _ in range(30)))
    assert sum(applier.batches) == 30
    assert len(applier.batches) < 10


@spooled
async def test_positions_ascend_in_the_order_of_placing(spool: Spool, applier: MemoryApplier) -> None:
    await asyncio.gather(*(deliver(spool, MESSAGE, "both@example.org") for _ in range(10)))
    sequences = [arrival.position.sequence for arrival in applier.arrivals]
    assert sequences == sorted(sequences)


def test_yes_is_said_after_the_sync_and_not_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, real = threading.Event(), threading.Event(), os.fdatasync

    def slow(descriptor: int) -> None:
        begun.set()
        go_on.wait()
        real(descriptor)

    async def life() -> None:
        async with opened(tmp_path, MemoryApplier()) as spool:
            monkeypatch.setattr(os, "fdatasync", slow)
            waiting = asyncio.create_task(deliver(spool))
            await asyncio.get_running_loop().run_in_executor(None, begun.wait)
            assert not waiting.done()
            go_on.set()
            assert (await waiting).placements

    asyncio.run(life())


@pytest.mark.parametrize(("code", "refusal"), [(errno.EIO, TryLater), (errno.ENOSPC, NoSpace)])
@pytest.mark.parametrize("name", ["fdatasync", "pwritev"])
def test_a_log_that_fails_refuses_and_withdraws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: int, refusal: type[TryLater]
) -> None:
    async def life() -> None:
        applier = MemoryApplier()
        async with opened(tmp_path, applier) as spool:
            await deliver(spool)
            with monkeypatch.context() as patched:
                patched.setattr(os, name, failing(name, code, getattr(os, name)))
                with pytest.raises(refusal):
                    await deliver(spool)
            assert len(applier.contents()) == 1
            assert len(logged(tmp_path).messages) == 1
            await deliver(spool)

    asyncio.run(life())


def test_a_segment_whose_sync_failed_is_never_synced_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fdatasync

    def first_fails(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        if len(synced) == 1:
            raise OSError(errno.EIO, "failed")
        real(descriptor)

    async def life() -> None:
        async with opened(tmp_path, MemoryApplier()) as spool:
            monkeypatch.setattr(os, "fdatasync", first_fails)
            with pytest.raises(TryLater):
                await deliver(spool)
            await deliver(spool)

    asyncio.run(life())
    assert synced.count(synced[0]) == 1


class SlowSync:
    """os.fdatasync that waits at its first call, and then fails if it is to."""

    def __init__(self, fails: bool) -> None:
        self.begun, self.go_on, self.synced = threading.Event(), threading.Event(), list[str]()
        self._fails = fails
        self._real = os.fdatasync

    def __call__(self, descriptor: int) -> None:
        self.synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        if len(self.synced) == 1:
            self.begun.set()
            self.go_on.wait()
            if self._fails:
                raise OSError(errno.EIO, "failed")
        self._real(descriptor)


async def two_batches(spool: Spool, applier: MemoryApplier, sync: SlowSync) -> list[object]:
    """How it went for one message that is being synced when another is applied behind it."""
    first = asyncio.create_task(deliver(spool))
    await asyncio.get_running_loop().run_in_executor(None, sync.begun.wait)
    second = asyncio.create_task(deliver(spool))
    await until(lambda: len(applier.contents()) == 2)
    assert not first.done()
    assert not second.done()
    sync.go_on.set()
    return [*await asyncio.gather(first, second, return_exceptions=True)]


def test_a_batch_is_applied_while_the_one_before_it_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def life() -> None:
        applier, sync = MemoryApplier(), SlowSync(fails=False)
        async with opened(tmp_path, applier) as spool:
            monkeypatch.setattr(os, "fdatasync", sync)
            assert all(isinstance(each, Receipt) for each in await two_batches(spool, applier, sync))
            assert len(logged(tmp_path).messages) == 2

    asyncio.run(life())


def test_a_batch_behind_a_sync_begins_when_it_is_as_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def life() -> None:
        applier, sync = MemoryApplier(), SlowSync(fails=False)
        async with opened(tmp_path, applier) as spool:
            monkeypatch.setattr(os, "fdatasync", sync)
            pair = [await draft(spool, [MESSAGE], ALICE) for _ in range(2)]
            first = asyncio.gather(*(each.commit() for each in pair))
            await asyncio.get_running_loop().run_in_executor(None, sync.begun.wait)
            (in_sync,) = applier.batches
            later = [asyncio.create_task(deliver(spool)) for _ in range(in_sync - 1)]
            await until(lambda: len(spool._batches._waiting) == in_sync - 1)
            assert applier.batches == [in_sync]
            later += [asyncio.create_task(deliver(spool))]
            await until(lambda: len(applier.batches) == 2)
            sync.go_on.set()
            await asyncio.gather(first, *later)

    asyncio.run(life())


def test_a_sync_that_fails_takes_along_what_was_applied_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def life() -> None:
        applier, sync = MemoryApplier(), SlowSync(fails=True)
        async with opened(tmp_path, applier) as spool:
            monkeypatch.setattr(os, "fdatasync", sync)
            assert all(isinstance(each, TryLater) for each in await two_batches(spool, applier, sync))
            assert not applier.contents()
            assert not logged(tmp_path).messages
            await deliver(spool)
        assert sync.synced.count(sync.synced[0]) == 1

    asyncio.run(life())


def test_a_batch_that_fails_behind_a_sync_takes_nobody_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def life() -> None:
        applier, sync = MemoryApplier(), SlowSync(fails=False)
        async with opened(tmp_path, applier) as spool:
            monkeypatch.setattr(os, "fdatasync", sync)
            first = asyncio.create_task(deliver(spool))
            await asyncio.get_running_loop().run_in_executor(None, sync.begun.wait)
            applier.fault = RuntimeError("a bug")
            second = asyncio.create_task(deliver(spool))
            await until(lambda: bool(spool._batches.withdrawn))
            sync.go_on.set()
            outcomes = await asyncio.gather(first, second, return_exceptions=True)
            assert [type(each) for each in outcomes] == [Receipt, TryLater]
            assert not spool._batches.withdrawn

    asyncio.run(life())


@spooled
async def test_an_account_that_refuses_takes_only_its_own_messages_along(spool: Spool, applier: MemoryApplier) -> None:
    applier.refuse[BOB] = OverQuota("full")
    outcomes = await asyncio.gather(
        deliver(spool), deliver(spool, MESSAGE, BOB), deliver(spool, MESSAGE, ALICE, BOB), return_exceptions=True
    )
    assert [isinstance(each, OverQuota) for each in outcomes] == [False, True, True]
    assert len(applier.contents()) == 1


@spooled
async def test_a_position_that_the_catalog_has_seen_is_no_receipt(spool: Spool, applier: MemoryApplier) -> None:
    applier.state.applied[ALICE, "w0"] = 2**62
    with pytest.raises(TryLater):
        await deliver(spool)


@spooled
async def test_an_applier_that_breaks_costs_its_batch_alone(spool: Spool, applier: MemoryApplier) -> None:
    applier.fault = RuntimeError("a bug")
    with pytest.raises(TryLater):
        await deliver(spool)
    applier.fault = None
    assert (await deliver(spool)).placements


@spooled
async def test_who_goes_away_meanwhile_disturbs_nobody(spool: Spool, applier: MemoryApplier) -> None:
    gone = asyncio.create_task(deliver(spool))
    gone_with_much = asyncio.create_task(deliver(spool, large()))
    await asyncio.sleep(0)
    for each in (gone, gone_with_much):
        each.cancel()
    assert (await deliver(spool)).placements
    assert all(content.endswith(b"\r\n") for content in applier.contents())


def test_a_batch_may_be_larger_than_a_segment(tmp_path: Path) -> None:
    async def life() -> None:
        applier = MemoryApplier()
        async with opened(tmp_path, applier, segment=2**16) as spool:
            await asyncio.gather(*(deliver(spool, large(100_000)) for _ in range(20)))
        assert len(applier.contents()) == 20

    asyncio.run(life())


def test_the_log_turns_to_new_segments_and_uses_old_ones_again(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, MemoryApplier()) as spool:
            for _ in range(12):
                await asyncio.gather(*(deliver(spool, large(100_000)) for _ in range(4)))
                await spool._settling.settle()
            assert len(list((tmp_path / "spool" / "w0").glob("*.log"))) <= 8
            assert len(logged(tmp_path).messages) <= 12

    asyncio.run(life())


def test_places_are_recorded(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, MemoryApplier()) as spool:
            receipt = await deliver(spool, MESSAGE, ALICE, BOB)
            (found,) = logged(tmp_path).messages
            assert [found.places[nth].uid for nth in (0, 1)] == [place.uid for place in receipt.placements]

    asyncio.run(life())


def test_who_waits_when_the_end_comes_is_answered(tmp_path: Path) -> None:
    async def life() -> None:
        applier = MemoryApplier()
        spool = new_spool(tmp_path, applier)
        await spool.start()
        waiting = [asyncio.create_task(append(spool)) for _ in range(5)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await spool.drain()
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert sum(not isinstance(each, Exception) for each in outcomes) == len(applier.contents())

    asyncio.run(life())


@spooled
async def test_a_draft_of_a_large_message_stops_with_its_task(spool: Spool, applier: MemoryApplier) -> None:
    made = await draft(spool, [large()], ALICE)
    committing = asyncio.create_task(made.commit())
    await asyncio.sleep(0)
    committing.cancel()
    await asyncio.gather(committing, return_exceptions=True)
    await deliver(spool, large())
    assert spool.room.promised == 0
    assert applier.contents() in ([applier.contents()[-1]], applier.contents()[-2:])
