"""Thousands of ranges are a few statements, and what becomes of the messages is the same."""

import pytest

from aids.stored import WORK, filled, stored, texts
from tayori.model import INBOX, Column, Copied, FlagChange
from tayori.store.among import FEW, NARROW, exactly, parts, runs
from tayori.store.store import Store

ODD = [(uid, uid) for uid in range(1, 60, 2)]
WIDE_BEFORE_ODD = [(1, 2 + NARROW), *((uid, uid) for uid in range(1_001, 1_060, 2))]


def test_few_ranges_are_asked_for_one_by_one() -> None:
    ranges = [(10 * nth, 10 * nth + 5) for nth in range(1, FEW + 1)]
    assert [part.ranges for part in parts(1, ranges)] == [[pair] for pair in ranges]


def test_many_narrow_ranges_are_one_condition_beside_the_wide_ones() -> None:
    assert [part.ranges for part in parts(1, WIDE_BEFORE_ODD)] == [WIDE_BEFORE_ODD[:1], WIDE_BEFORE_ODD[1:]]


def test_a_range_without_end_is_never_written_out() -> None:
    wide, narrow = parts(1, [*ODD, (100, 2**32 - 1)])
    assert wide.bindings["last"] == 2**32 - 1
    assert narrow.bindings["uids"] == str([first for first, _ in ODD]).replace(" ", "")


def test_exact_uids_are_one_condition_where_they_are_scattered() -> None:
    assert [part.ranges for part in exactly(1, [1, 2, 3, 7])] == [[(1, 3)], [(7, 7)]]
    assert len(exactly(1, [first for first, _ in ODD])) == 1


@pytest.mark.parametrize(
    ("uids", "ranges"), [([], []), ([4], [(4, 4)]), ([1, 2, 3, 7, 9, 10], [(1, 3), (7, 7), (9, 10)])]
)
def test_runs_are_ranges_without_a_gap(uids: list[int], ranges: list[tuple[int, int]]) -> None:
    assert list(runs(uids)) == ranges


@stored
async def test_every_second_message_is_expunged(store: Store) -> None:
    mail = await filled(store, 60)
    mailbox = await mail.open(INBOX)
    await mailbox.store(ODD, FlagChange.ADD, ("\\Deleted",))
    assert await mailbox.expunge() == [first for first, _ in ODD]
    assert [uid for (uid,) in await mailbox.rows([(1, 60)], ())] == list(range(2, 61, 2))
    assert (await mail.status(INBOX)).messages == 30


@stored
async def test_every_second_message_is_copied_in_the_order_of_the_uids(store: Store) -> None:
    mail = await filled(store, 60)
    inbox = await mail.open(INBOX)
    copied = await inbox.copy(ODD, WORK)
    assert copied == Copied(copied.uid_validity, [first for first, _ in ODD], list(range(1, 31)))
    there = await texts(await mail.open(WORK))
    assert [there[uid] for uid in copied.target] == [f"letter {first}" for first, _ in ODD]


@stored
async def test_every_second_message_that_has_not_changed_since_is_stored(store: Store) -> None:
    mailbox = await (await filled(store, 60)).open(INBOX)
    before = (await mailbox.store([(9, 9)], FlagChange.ADD, ("\\Seen",))).modseq
    stored_now = await mailbox.store(ODD, FlagChange.ADD, ("\\Flagged",), before - 1)
    assert stored_now.refused == [9]
    flagged = [uid for uid, flags in await mailbox.rows([(1, 60)], (Column.FLAGS,)) if flags]
    assert flagged == [first for first, _ in ODD]


@stored
async def test_scattered_changes_are_told_to_who_follows(store: Store) -> None:
    mailbox = await (await filled(store, 60)).open(INBOX)
    told = await mailbox.latest()
    await mailbox.store(ODD, FlagChange.ADD, ("\\Flagged",))
    assert (await mailbox.advance(told)).changed == [first for first, _ in ODD]
