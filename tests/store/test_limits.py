"""No UID and no MODSEQ is given twice, whatever a power cut takes back."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from aids.stored import ALICE, NOW, WORK, Post, deliver, filled, opened, stored
from tayori.errors import TryLater
from tayori.model import INBOX, FlagChange, MailboxName
from tayori.store import clean, creation, journal, paths, tree
from tayori.store.account import AccountMail
from tayori.store.journal import MODSEQS, UIDS
from tayori.store.store import Store

ALL = [(1, 2**32 - 1)]


async def limits(store: Store) -> tuple[int, int, int]:
    """INBOX's UID limit, the one raised, and the account's MODSEQ limit."""
    mail = await store.mailboxes(ALICE)
    query = "select uid_limit, uid_raised, modseq_limit from mailbox, account where name = 'INBOX'"
    return (await mail.catalog.rows(tuple[int, int, int], query))[0]


async def near_the_limit(store: Store) -> None:
    mail = await store.mailboxes(ALICE)
    await mail.catalog.write(lambda db: db.execute("update mailbox set uid_next = uid_limit - 2 where name = 'INBOX'"))


@stored
async def test_a_new_accounts_modseq_starts_at_the_clock(store: Store) -> None:
    status = await (await store.mailboxes(ALICE)).status(INBOX)
    assert NOW * 1000 < status.highest_modseq < NOW * 1000 + 10


@stored
async def test_a_limit_is_raised_ahead_of_need_and_holds_once_settled(store: Store) -> None:
    await near_the_limit(store)
    await deliver(store, [Post().letter()])
    before = await limits(store)
    await store.settled(store.before_settling())
    after = await limits(store)
    assert before[:2] == (UIDS, 2 * UIDS)
    assert after[:2] == (2 * UIDS, 2 * UIDS)


@stored
async def test_a_limit_raised_after_the_settling_began_does_not_hold_yet(store: Store) -> None:
    mark = store.before_settling()
    await near_the_limit(store)
    await deliver(store, [Post().letter()])
    await store.settled(mark)
    assert (await limits(store))[0] == UIDS
    assert store.unsettled()


@stored
async def test_who_needs_more_than_the_limit_waits_for_the_disk(store: Store) -> None:
    await near_the_limit(store)
    assert await deliver(store, Post().letters(5)) == [UIDS - 2 + number for number in range(5)]
    assert (await limits(store))[0] > UIDS + 3


def test_after_a_crash_mail_for_many_mailboxes_comes_in_at_once(tmp_path: Path) -> None:
    """Each had to be raised for itself, and the fourth was refused: "The mailbox grows too fast"."""

    async def life(epoch: int) -> int:
        clean.begin(tmp_path)
        async with opened(tmp_path) as store:
            await filled(store, 0) if epoch == 1 else None
            names = [info.name for info in await (await store.mailboxes(ALICE)).listing()]
            post = Post(f"w{epoch}")
            return len(await deliver(store, [post.letter(mailbox=name) for name in names]))

    assert asyncio.run(life(1)) > 4
    assert asyncio.run(life(2)) > 4


@stored
async def test_without_a_disk_nothing_is_given_past_the_limit(store: Store) -> None:
    await near_the_limit(store)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tayori.store.disk.sync_file_system", fails)
        with pytest.raises(TryLater):
            await deliver(store, Post().letters(5))
    assert (await (await store.mailboxes(ALICE)).status(INBOX)).messages == 0


def fails(path: Path) -> None:
    raise OSError(5, "Input/output error")


@stored
async def test_a_large_copy_gets_all_its_uids(store: Store) -> None:
    mail = await filled(store, 3)
    await mail.catalog.write(lambda db: db.execute("update mailbox set uid_next = uid_limit - 1 where name = 'Work'"))
    copied = await (await mail.open(INBOX)).copy(ALL, WORK)
    assert copied.target == [UIDS - 1, UIDS, UIDS + 1]


@stored
async def test_the_modseq_limit_is_kept_too(store: Store) -> None:
    mail = await filled(store, 1)
    await mail.catalog.write(lambda db: db.execute("update account set modseq = modseq_limit - 1"))
    stored = await (await mail.open(INBOX)).store(ALL, FlagChange.ADD, ("\\Seen",))
    assert stored.modseq < (await limits(store))[2]


@stored
async def test_nothing_is_unsettled_after_a_settling(store: Store) -> None:
    await filled(store, 1)
    before = store.unsettled()
    await store.settled(store.before_settling())
    assert (before, store.unsettled()) == (True, False)


def test_after_a_life_in_doubt_uids_and_modseqs_go_to_their_limits(tmp_path: Path) -> None:
    async def life() -> tuple[int, int]:
        clean.begin(tmp_path)
        async with opened(tmp_path) as store:
            mail = await filled_or_found(store)
            status = await mail.status(INBOX)
            return status.uid_next, status.highest_modseq

    (uid, modseq), after = asyncio.run(life()), asyncio.run(life())
    assert after == (max(uid, UIDS), NOW * 1000 + MODSEQS)
    assert modseq < after[1]


async def filled_or_found(store: Store) -> AccountMail:
    return await store.mailboxes(ALICE)


def test_after_an_orderly_end_they_go_on(tmp_path: Path) -> None:
    async def life(log: str) -> list[int]:
        clean.begin(tmp_path)
        async with opened(tmp_path) as store:
            uids = await deliver(store, [Post(log).letter()])
        clean.finish(tmp_path)
        return uids

    assert [asyncio.run(life("w0")), asyncio.run(life("w1"))] == [[1], [2]]


def test_an_end_is_orderly_only_once(tmp_path: Path) -> None:
    clean.begin(tmp_path)
    clean.finish(tmp_path)
    epochs = []
    for _ in range(3):
        clean.begin(tmp_path)
        epochs.append(clean.current(tmp_path))
    assert epochs == [0, 1, 2]


def test_what_a_power_cut_took_back_is_not_given_to_others(tmp_path: Path) -> None:
    """The catalog goes back to an earlier state; UIDs that were seen meanwhile mean nothing else afterwards."""

    async def seen(data: Path, log: str) -> tuple[set[int], int]:
        async with opened(data) as store:
            uids = await deliver(store, Post(log).letters(3))
            inbox = await (await store.mailboxes(ALICE)).open(INBOX)
            return set(uids), (await inbox.store(ALL, FlagChange.REPLACE, (log,))).modseq

    now, cut = tmp_path / "now", tmp_path / "cut"
    clean.begin(now)
    asyncio.run(seen(now, "w0"))
    shutil.copytree(now, cut)
    lost = asyncio.run(seen(now, "w1"))
    clean.begin(cut)
    after = asyncio.run(seen(cut, "w2"))
    assert not lost[0] & after[0]
    assert lost[1] < after[1]


def test_an_account_made_in_doubt_is_bumped_once(tmp_path: Path) -> None:
    async def next_uids() -> list[int]:
        async with opened(tmp_path) as store:
            return await deliver(store, [Post(str(os.urandom(4).hex())).letter()])

    clean.begin(tmp_path)
    asyncio.run(next_uids())
    clean.begin(tmp_path)
    first, second = asyncio.run(next_uids()), asyncio.run(next_uids())
    assert second == [first[0] + 1]


@pytest.mark.parametrize(
    ("ranges", "few"),
    [
        ([], []),
        ([(1, 2), (3, 4)], [(1, 4)]),
        ([(5, 6), (1, 1)], [(1, 1), (5, 6)]),
        ([(1, 9), (3, 4)], [(1, 9)]),
    ],
)
def test_ranges_are_joined_where_they_touch(ranges: list[tuple[int, int]], few: list[tuple[int, int]]) -> None:
    assert journal.few(ranges) == few


def test_many_ranges_become_few_that_cover_them() -> None:
    many = [(uid, uid) for uid in range(1, 10_000, 3)]
    few = journal.few(many)
    assert len(few) <= journal.ROWS_A_STEP
    assert all(any(first <= uid <= last for first, last in few) for uid, _ in many)


@stored
async def test_more_than_a_block_of_uids_is_given_at_once(store: Store) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal, "UIDS", 10)
        mail = await filled(store, 0)
        await mail.catalog.write(lambda db: db.execute("update mailbox set uid_limit = 16, uid_raised = 16"))
        assert await deliver(store, Post().letters(50)) == list(range(1, 51))


@stored
async def test_a_large_inbox_can_be_renamed(store: Store) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tree, "UIDS", 10)
        mail = await filled(store, 30)
        await mail.rename(INBOX, MailboxName("Old"))
    assert (await mail.status(MailboxName("Old"))).messages == 30


def test_an_account_made_before_the_first_start_begins_with_uid_1(tmp_path: Path) -> None:
    async def first() -> list[int]:
        async with opened(tmp_path) as store:
            return await deliver(store, [Post().letter()])

    creation.create(paths.account_folder(tmp_path, ALICE), 1.0, clean.current(tmp_path))
    clean.begin(tmp_path)
    assert asyncio.run(first()) == [1]
