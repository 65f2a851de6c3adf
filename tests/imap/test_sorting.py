"""The order that SORT gives, over many messages and any criteria."""

import asyncio
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from aids.mailboxes import MemoryMailbox, MemoryMailboxes
from aids.peer import ScriptedPeer
from tayori.imap import sorting
from tayori.imap.sorting import Criterion
from tayori.imap.view import View
from tayori.model import INBOX, Column

COLUMNS: st.SearchStrategy[Column] = st.sampled_from([Column.SUBJECT, Column.SIZE, Column.ARRIVAL, Column.MESSAGE_ID])
CRITERIA = st.lists(st.builds(Criterion, COLUMNS, st.booleans()), min_size=1, max_size=3)
SUBJECTS = st.lists(st.text("ab\u00e9\U0001f600", max_size=3), max_size=12)


def view_of(subjects: list[str]) -> tuple[View, MemoryMailbox]:
    inbox = MemoryMailboxes().named(INBOX)
    for number, subject in enumerate(subjects):
        raw = f"Subject: x{subject}\r\nMessage-ID: <{subject}@x>\r\n\r\n".encode()
        inbox.add(raw, received=number % 3)
    return View(inbox, INBOX, asyncio.run(inbox.latest()), read_only=True, first_recent=None), inbox


def order(view: View, uids: list[int], wanted: list[Criterion]) -> list[int]:
    return asyncio.run(sorting.ordered(view, uids, wanted, ScriptedPeer()))


@given(SUBJECTS, CRITERIA)
def test_the_order_is_that_of_stable_sorting_from_the_last_criterion_to_the_first(
    subjects: list[str], wanted: list[Criterion]
) -> None:
    view, inbox = view_of(subjects)
    expected = list(view.uids)
    for one in reversed(wanted):
        values = {row[0]: row[1] for row in asyncio.run(inbox.rows([(1, 99)], (Column(one.column.value),)))}
        expected.sort(key=lambda uid, values=values: values[uid], reverse=one.reverse)  # type: ignore[misc]
    assert order(view, list(view.uids), wanted) == expected


@given(SUBJECTS, CRITERIA)
def test_runs_that_are_merged_give_what_one_run_gives(subjects: list[str], wanted: list[Criterion]) -> None:
    view, inbox = view_of(subjects)
    whole = order(view, list(view.uids), wanted)
    inbox.arrangements.clear()
    with patch.multiple(sorting, RUN=2, SLICE=3, MERGED=2):
        assert order(view, list(view.uids), wanted) == whole


def test_signs_stand_before_or_behind_letters_of_either_case() -> None:
    """As i;unicode-casemap has them, which compares capitals. RFC 5051 section 2."""
    view, _ = view_of(["_", "b", "A", "^", "1"])
    assert order(view, list(view.uids), [Criterion(Column.SUBJECT, reverse=False)]) == [5, 3, 2, 4, 1]
    assert order(view, list(view.uids), [Criterion(Column.SUBJECT, reverse=True)]) == [1, 4, 2, 3, 5]


def test_only_what_was_found_is_sorted() -> None:
    view, _ = view_of(["b", "x", "a", "x", "c"])
    assert order(view, [1, 3, 5], [Criterion(Column.SUBJECT, reverse=False)]) == [3, 1, 5]


def test_what_is_gone_is_left_out() -> None:
    view, inbox = view_of(["b", "x", "a"])
    asyncio.run(inbox.remove([(2, 2)]))
    assert order(view, [1, 2, 3], [Criterion(Column.SUBJECT, reverse=True)]) == [1, 3]


def test_where_all_is_gone_nothing_is_left() -> None:
    view, inbox = view_of(["b"])
    asyncio.run(inbox.remove([(1, 1)]))
    assert order(view, [1], [Criterion(Column.SUBJECT, reverse=True)]) == []


CHANGES = st.lists(st.tuples(SUBJECTS, st.sets(st.integers(1, 20), max_size=5)), min_size=1, max_size=5)


@given(CHANGES, CRITERIA, st.integers(0, 20))
def test_an_order_that_is_kept_is_that_of_sorting_anew_whatever_came_and_went(
    changes: list[tuple[list[str], set[int]]], wanted: list[Criterion], come: int
) -> None:
    view, inbox = view_of(["b", "a", "b"])
    for subjects, gone in changes:
        for number, subject in enumerate(subjects):
            inbox.add(f"Subject: x{subject}\r\nMessage-ID: <{subject}@x>\r\n\r\n".encode(), received=number % 3)
        asyncio.run(inbox.remove([(uid, uid) for uid in gone]))
        asyncio.run(view.advance(expunges=True))
        uids = list(view.uids)
        with patch.object(sorting, "COME", come):
            kept = order(view, uids, wanted)
        inbox.arrangements, aside = {}, inbox.arrangements
        assert kept == order(view, uids, wanted)
        inbox.arrangements = aside


def test_an_order_that_is_kept_serves_those_who_look_for_less() -> None:
    view, _ = view_of(["b", "x", "a", "x", "c"])
    wanted = [Criterion(Column.SUBJECT, reverse=False)]
    order(view, list(view.uids), wanted)
    with patch.object(MemoryMailbox, "rows", side_effect=AssertionError):
        assert order(view, [1, 3, 5], wanted) == [3, 1, 5]


def test_a_few_of_many_are_sorted_by_themselves() -> None:
    view, inbox = view_of(["c", "b", "a"] * 10)
    assert (order(view, [1, 2], [Criterion(Column.SUBJECT, reverse=False)]), inbox.arrangements) == ([2, 1], {})


def test_what_goes_while_places_are_looked_for_shows_nobody_theirs() -> None:
    view, inbox = view_of(["a", "c", "e", "b", "d"])
    asyncio.run(inbox.remove([(2, 2), (4, 4)]))
    placed = sorting.placed(view, [1, 4, 2, 3], [5], [Criterion(Column.SUBJECT, reverse=False)], ScriptedPeer())
    assert asyncio.run(placed) == [(3, 5)]


def test_what_is_gone_itself_has_no_place() -> None:
    view, inbox = view_of(["a", "c", "b"])
    asyncio.run(inbox.remove([(3, 3)]))
    placed = sorting.placed(view, [1, 2], [3], [Criterion(Column.SUBJECT, reverse=False)], ScriptedPeer())
    assert asyncio.run(placed) == []
