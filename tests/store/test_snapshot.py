"""Versions are shared, never changed, and the way between two of them is told whole."""

import asyncio
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aids.stored import ALICE, WORK, Post, deliver, filled, stored
from tayori.model import INBOX, FlagChange
from tayori.store import mirror, snapshot
from tayori.store.keeper import Keeper
from tayori.store.snapshot import patched, vanished
from tayori.store.store import Store

ALL = [(1, 2**32 - 1)]
BOX = st.dictionaries(st.integers(1, 40), st.integers(0, 3), max_size=20)


def arrays(box: dict[int, int]) -> tuple["array[int]", "array[int]"]:
    uids = sorted(box)
    return array("I", uids), array("q", [box[uid] for uid in uids])


@given(BOX, BOX, st.sets(st.integers(1, 40)))
def test_what_changed_within_ranges_is_all_that_is_read(
    old: dict[int, int], new: dict[int, int], touched: set[int]
) -> None:
    now = {uid: new[uid] if uid in touched else old[uid] for uid in (old.keys() - touched) | (new.keys() & touched)}
    ranges = [(uid, uid) for uid in sorted(touched)]

    def fetched(first: int, last: int) -> tuple[list[int], list[int]]:
        uids = sorted(uid for uid in now if first <= uid <= last)
        return uids, [now[uid] for uid in uids]

    uids, bits = patched(*arrays(old), ranges, fetched)
    assert (uids, bits) == arrays(now)
    assert vanished(arrays(old)[0], uids, ranges) == sorted(old.keys() - now.keys())


@stored
async def test_sessions_share_one_version(store: Store) -> None:
    mail = await filled(store, 3)
    first, second = await mail.open(INBOX), await mail.open(INBOX)
    assert await first.latest() is await second.latest()


@stored
async def test_a_mailbox_where_nothing_has_happened_is_selected_by_one_question(store: Store) -> None:
    mail = await filled(store, 3)
    asked = []

    def note(_: object, statement: str, bindings: object) -> bool:
        asked.append(statement)
        return True

    async def selected() -> tuple[int, int]:
        inbox = await mail.open(INBOX)
        return await inbox.claim_recent(), len((await inbox.latest()).uids)

    for _ in range(3):
        await selected()
    mail.catalog.db().set_exec_trace(note)
    assert (await selected(), asked) == ((4, 3), ["pragma data_version"])


@stored
async def test_what_came_since_a_mailbox_was_selected_is_recent_and_there_for_the_next(store: Store) -> None:
    mail = await filled(store, 3)
    for _ in range(3):
        inbox = await mail.open(INBOX)
        await inbox.claim_recent()
        await inbox.latest()
    await deliver(store, [Post("later").letter()])
    inbox = await mail.open(INBOX)
    assert (await inbox.claim_recent(), list((await inbox.latest()).uids)) == (4, [1, 2, 3, 4])


@stored
async def test_the_second_look_into_an_open_mailbox_sees_what_came_since_it_was_opened(store: Store) -> None:
    mail = await filled(store, 3)
    await (await mail.open(INBOX)).latest()
    inbox = await mail.open(INBOX)
    await deliver(store, [Post("later").letter()])
    await inbox.latest()
    assert len((await inbox.latest()).uids) == 4


@stored
async def test_a_version_stays_as_it_was(store: Store) -> None:
    inbox = await (await filled(store, 3)).open(INBOX)
    told = await inbox.latest()
    await inbox.remove([(2, 2)])
    now = await inbox.latest()
    assert (list(told.uids), list(now.uids)) == ([1, 2, 3], [1, 3])


@stored
async def test_nothing_new_gives_the_very_version_that_was_told(store: Store) -> None:
    mail = await filled(store, 3)
    inbox = await mail.open(INBOX)
    told = await inbox.latest()
    await deliver(store, [Post("w1").letter(mailbox=WORK)])
    assert (await inbox.advance(told)).now is told


@stored
async def test_the_way_from_any_older_version_is_told(store: Store) -> None:
    inbox = await (await filled(store, 5)).open(INBOX)
    versions = [await inbox.latest()]
    for step in (inbox.store([(1, 1)], FlagChange.ADD, ("\\Seen",)), inbox.remove([(2, 2)]), inbox.remove([(1, 1)])):
        await step
        versions.append(await inbox.latest())
    ways = [await inbox.advance(version) for version in versions]
    assert [(way.vanished, way.changed) for way in ways] == [([1, 2], []), ([1, 2], []), ([1], []), ([], [])]


@stored
async def test_a_new_keyword_is_told_with_a_new_version(store: Store) -> None:
    inbox = await (await filled(store, 1)).open(INBOX)
    told = await inbox.latest()
    await inbox.store(ALL, FlagChange.ADD, ("Later",))
    assert (await inbox.advance(told)).now.keywords == ("Later",)


@stored
async def test_a_large_mailbox_is_first_read_in_slices_that_others_may_change(store: Store) -> None:
    mail = await filled(store, 50)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot, "SLICE", 10)
        reading = asyncio.create_task((await mail.open(INBOX)).latest())
        await asyncio.sleep(0)
        other = await mail.open(INBOX)
        await other.remove([(1, 2), (45, 45)])
        await deliver(store, [Post("w1").letter()])
        assert list((await reading).uids) == [*range(3, 45), *range(46, 52)]


@stored
async def test_who_was_away_longer_than_the_journal_reaches_is_told_all_the_same(store: Store) -> None:
    mail = await filled(store, 3)
    inbox, keeper = await mail.open(INBOX), Keeper(store)
    told = await inbox.latest()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mirror, "JOURNAL", 2)
        for flags in (("\\Seen",), ("\\Flagged",), ("\\Draft",), ("\\Answered",)):
            await inbox.store([(2, 2)], FlagChange.ADD, flags)
            await keeper.step()
    await inbox.remove([(1, 1)])
    assert await mail.catalog.rows(tuple[int], "select count(*) from change") == [(3,)]
    changes = await inbox.advance(told)
    assert (changes.vanished, changes.changed) == ([1], [2])


@stored
async def test_a_mailbox_opened_lately_is_not_read_again(store: Store) -> None:
    told = await (await (await filled(store, 3)).open(INBOX)).latest()
    again = await (await store.mailboxes(ALICE)).open(INBOX)
    assert await again.latest() is told
