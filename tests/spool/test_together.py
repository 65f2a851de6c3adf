"""Appended messages that belong together are kept all or not at all; what is replaced goes when the new one is safe."""

import asyncio
import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aids.applier import UID_VALIDITY, MemoryApplier
from aids.way_in import ALICE, BOB, MESSAGE, append, deliver, killed, large, new_spool, opened, spooled
from tayori.errors import NoSuchMailbox, OverQuota, ShuttingDown, TryLater
from tayori.model import INBOX, MailboxName, Placement, Receipt, Replaced
from tayori.spool import Spool, notes, recovery, replay
from tayori.spool.draft import Draft
from tayori.spool.large import LargeFile

OLD = Replaced(INBOX, UID_VALIDITY, 1)
TEXTS = [b"A: %d\r\n\r\nletter\r\n" % number for number in range(3)]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tayori.spool.failed.PAUSE", 0.0)


async def drafts(spool: Spool, contents: list[bytes], *mailboxes: str) -> list[Draft]:
    made = []
    for at, content in enumerate(contents):
        mailbox = MailboxName((*mailboxes, *[INBOX] * len(contents))[at])
        made.append(await spool.append(ALICE, mailbox, (), None, len(content)))
        await made[-1].write(content)
    return made


async def together(spool: Spool, *contents: bytes) -> list[Receipt]:
    return await spool.commit_all(await drafts(spool, list(contents) or TEXTS))


async def replaced(spool: Spool, mailbox: str = INBOX) -> Receipt:
    """The first message of INBOX gives way to a new one."""
    made = await spool.append(ALICE, MailboxName(mailbox), (), None, 10, OLD)
    await made.write(TEXTS[1])
    (receipt,) = await spool.commit_all([made])
    return receipt


def failing_sync(nth: int) -> Callable[[int], None]:
    """os.fdatasync that fails at the `nth` call."""
    real, calls = os.fdatasync, [0]

    def sync(descriptor: int) -> None:
        calls[0] += 1
        if calls[0] == nth:
            raise OSError(errno.EIO, "failed")
        real(descriptor)

    return sync


def torn(data: Path, nth: int) -> None:
    """One octet of a message in the log is not what it was."""
    logged = recovery.read(data / "spool" / "w0").messages[nth]
    with logged.path.open("r+b") as file:
        file.seek(logged.start)
        file.write(b"?")


def carried_out(data: Path, applier: MemoryApplier) -> int:
    return asyncio.run(replay(data, applier))


# ---- together


@spooled
async def test_they_are_placed_in_one_step_in_their_order(spool: Spool, applier: MemoryApplier) -> None:
    receipts = await together(spool)
    assert [receipt.placements[0].uid for receipt in receipts] == [1, 2, 3]
    assert applier.batches == [3]
    assert applier.contents() == TEXTS


@spooled
async def test_others_are_placed_beside_them_and_not_between(spool: Spool, applier: MemoryApplier) -> None:
    receipts = await asyncio.gather(together(spool), together(spool), together(spool))
    assert sorted([[each.placements[0].uid for each in group] for group in receipts]) == [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
    ]


def test_they_are_not_divided_by_the_size_of_a_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tayori.spool.batch.MAX_BATCH", 10)

    async def life() -> None:
        applier = MemoryApplier()
        async with opened(tmp_path, applier) as spool:
            await asyncio.gather(together(spool), deliver(spool), together(spool))
        assert sorted(applier.batches) == [1, 3, 3]

    asyncio.run(life())


@spooled
async def test_one_that_is_refused_refuses_all(spool: Spool, applier: MemoryApplier) -> None:
    applier.gone = {MailboxName("Gone")}
    made = await drafts(spool, TEXTS, INBOX, "Gone")
    with pytest.raises(NoSuchMailbox):
        await spool.commit_all(made)
    assert applier.contents() == []
    await deliver(spool)
    assert len(recovery.read(spool._log.folder).messages) == 1


@spooled
async def test_all_of_them_must_find_room(spool: Spool, applier: MemoryApplier) -> None:
    made, one = await drafts(spool, TEXTS), await drafts(spool, TEXTS[:1])
    applier.room_fault = OverQuota("full")
    with pytest.raises(OverQuota):
        await spool.commit_all(made)
    assert len(await spool.commit_all(one)) == 1  # as it was declared


@spooled
async def test_room_is_asked_for_as_many_as_they_are(spool: Spool, applier: MemoryApplier) -> None:
    await together(spool)
    octets = sum(map(len, TEXTS))
    assert applier.asked == [*((len(text), 1, None) for text in TEXTS), (octets, 3, None)]
    assert len({arrival.together for arrival in applier.arrivals}) == 1


@spooled
async def test_room_is_asked_for_one_that_goes_for_another(spool: Spool, applier: MemoryApplier) -> None:
    await together(spool, TEXTS[0])
    applier.asked.clear()
    await replaced(spool)
    assert applier.asked == [(10, 1, OLD), (len(TEXTS[1]), 1, OLD)]


def test_what_replay_carries_out_was_promised(tmp_path: Path) -> None:
    killed(tmp_path, together, MemoryApplier())
    after = MemoryApplier()
    carried_out(tmp_path, after)
    assert [arrival.promised for arrival in after.arrivals] == [True] * 3


def test_none_of_them_is_taken_by_a_spool_that_stops(tmp_path: Path) -> None:
    async def life() -> None:
        spool = new_spool(tmp_path, MemoryApplier())
        await spool.start()
        made = await drafts(spool, [*TEXTS, large()])
        await spool.drain()
        with pytest.raises(ShuttingDown):
            await spool.commit_all(made)

    asyncio.run(life())


@spooled
async def test_what_is_set_aside_holds_neither_memory_nor_descriptor(spool: Spool, applier: MemoryApplier) -> None:
    made = await drafts(spool, [MESSAGE, large(), b""])
    for each in made[:2]:
        await each.set_aside()
    assert [each._file is not None and each._file._descriptor for each in made] == [-1, -1, False]
    assert sum(each._held for each in made) == 0
    await spool.commit_all(made[:2])
    assert applier.contents() == [MESSAGE, large()]


@spooled
async def test_what_is_set_aside_empty_makes_no_file(spool: Spool, applier: MemoryApplier) -> None:
    (made,) = await drafts(spool, [b""])
    await made.set_aside()
    assert list(spool._large.iterdir()) == []


def test_a_file_that_fails_leaves_nothing_of_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finish, calls = LargeFile.finish, []

    def second_fails(file: LargeFile, message: notes.Message) -> object:
        calls.append(message.id)
        if len(calls) == 2:
            raise OSError(errno.EIO, "failed")
        return finish(file, message)

    async def life() -> None:
        async with opened(tmp_path, MemoryApplier()) as spool:
            monkeypatch.setattr(LargeFile, "finish", second_fails)
            with pytest.raises(TryLater):
                await together(spool, large(), large())
        assert list((tmp_path / "spool" / "large").iterdir()) == []

    asyncio.run(life())


# ---- after a crash


def test_after_a_power_cut_all_are_there_with_their_uids(tmp_path: Path) -> None:
    applier = MemoryApplier()
    receipts = killed(tmp_path, lambda spool: together(spool, *TEXTS, large()), applier)
    before = dict(applier.state.messages)
    applier.power_cut()
    assert carried_out(tmp_path, applier) == 4
    assert applier.state.messages == before
    assert set(before) == {receipt.placements[0] for receipt in receipts}


@pytest.mark.parametrize("nth", [0, 1, 2])
def test_of_those_that_the_log_has_not_whole_none_is_carried_out(tmp_path: Path, nth: int) -> None:
    applier = MemoryApplier()

    async def life(spool: Spool) -> None:
        await deliver(spool)
        await together(spool)

    killed(tmp_path, life, applier)
    applier.power_cut()
    torn(tmp_path, nth + 1)
    assert carried_out(tmp_path, applier) == 1
    assert [b"A letter." in content for content in applier.contents()] == [True]


def test_a_torn_one_takes_none_of_the_next_life_along(tmp_path: Path) -> None:
    """The same clock gives the next life the sequences that were lost."""
    applier = MemoryApplier()
    killed(tmp_path, together, applier)
    torn(tmp_path, 2)
    killed(tmp_path, append, applier)
    applier.power_cut()
    assert carried_out(tmp_path, applier) == 1
    assert applier.contents() == [MESSAGE]


def test_replay_does_not_divide_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    applier = MemoryApplier()

    async def life(spool: Spool) -> None:
        await together(spool)
        await together(spool)

    killed(tmp_path, life, applier)
    applier.power_cut()
    applier.batches.clear()
    monkeypatch.setattr(sys.modules["tayori.spool.replay"], "BATCH", 2)
    carried_out(tmp_path, applier)
    assert applier.batches == [3, 3]


def test_those_that_fail_five_times_are_kept_for_a_person_all_of_them(tmp_path: Path) -> None:
    applier = MemoryApplier()

    async def life(spool: Spool) -> None:
        await together(spool)
        await deliver(spool, MESSAGE, BOB)

    killed(tmp_path, life, applier)
    applier.power_cut()
    applier.refuse[ALICE] = TryLater("damaged")
    carried_out(tmp_path, applier)
    kept = sorted((tmp_path / "spool" / "failed").glob("*.eml"))
    assert [path.read_bytes() for path in kept] == TEXTS
    assert len(applier.contents()) == 1


def test_a_log_of_before_is_read() -> None:
    note = notes.decode_message(notes.encode(["w0-1", None, [[ALICE, INBOX, "", []]], 1, 2, 3, False]))
    assert (note.replaces, note.nth, note.of) == (None, 0, 1)


# ---- instead of another


@spooled
async def test_what_is_replaced_goes_when_the_new_one_comes(spool: Spool, applier: MemoryApplier) -> None:
    await append(spool)
    receipt = await replaced(spool)
    assert applier.state.messages == {receipt.placements[0]: TEXTS[1]}


def test_what_is_replaced_stays_where_the_new_one_is_not_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def life() -> None:
        applier = MemoryApplier()
        async with opened(tmp_path, applier) as spool:
            await append(spool)
            monkeypatch.setattr(os, "fdatasync", failing_sync(1))
            with pytest.raises(TryLater):
                await replaced(spool)
            assert applier.contents() == [MESSAGE]

    asyncio.run(life())


def test_once_another_has_gone_for_it_it_is_not_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second sync is of where it lies; that the log has it itself is sure already."""
    applier = MemoryApplier()

    async def life(spool: Spool) -> Receipt:
        await append(spool)
        monkeypatch.setattr(os, "fdatasync", failing_sync(2))
        return await replaced(spool)

    receipt = killed(tmp_path, life, applier)
    assert applier.state.messages == {receipt.placements[0]: TEXTS[1]}
    applier.power_cut()
    carried_out(tmp_path, applier)
    assert applier.contents() == [TEXTS[1]]


@spooled
async def test_a_mailbox_that_is_gone_costs_nothing_its_message(spool: Spool, applier: MemoryApplier) -> None:
    await append(spool)
    applier.gone = {MailboxName("Gone")}
    with pytest.raises(NoSuchMailbox):
        await replaced(spool, "Gone")
    assert applier.contents() == [MESSAGE]


def test_after_a_power_cut_the_old_one_does_not_come_back(tmp_path: Path) -> None:
    async def life(spool: Spool) -> Receipt:
        await append(spool)
        return await replaced(spool)

    applier = MemoryApplier()
    receipt = killed(tmp_path, life, applier)
    applier.power_cut()
    carried_out(tmp_path, applier)
    assert applier.state.messages == {receipt.placements[0]: TEXTS[1]}
    assert receipt.placements == [Placement(ALICE, INBOX, UID_VALIDITY, 2)]
