"""A field that is searched again is looked for in memory, and found as in the extract."""

import asyncio
from collections.abc import Iterator
from unittest.mock import patch

import pytest

from aids.extracts import extracted, unread
from aids.stored import ALICE, Post, deliver, filled, stored
from tayori.message.digest import digest
from tayori.model import INBOX, Arrival, HeaderHas
from tayori.store import headings
from tayori.store.extract import Segment
from tayori.store.mailbox import OpenMailbox
from tayori.store.shelf import Shelf
from tayori.store.store import Store

WANTED = [
    HeaderHas("subject", "a"), HeaderHas("X-Tag", ""), HeaderHas("x-tag", "second"), HeaderHas("x-ta", ""),
    HeaderHas("subject", "zzz"), HeaderHas("no such", "a"), HeaderHas("Subject", "É"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_is_kept_yet() -> Iterator[None]:
    with patch.object(headings, "_shelf", Shelf(headings.KEPT)):
        yield


def letters(post: Post, count: int) -> list[Arrival]:
    """Every second has a field twice."""
    found = post.letters(count)
    for number, one in enumerate(found):
        tags = "X-Tag: first\nX-Tag: second\n" if number % 2 else "Subject: ña\n"
        one.content = tags.encode() + one.content
        one.digest = digest(one.content, bare_lf=True)
    return found


async def all_found(inbox: OpenMailbox) -> list[list[int]]:
    return [await inbox.search(key) for key in WANTED]


@stored
async def test_what_is_kept_finds_what_the_extract_finds_whatever_came_and_went(store: Store) -> None:
    post, mail = Post(), await store.mailboxes(ALICE)
    inbox = await mail.open(INBOX)
    for gone in range(1, 9):
        await deliver(store, letters(post, 3))
        await inbox.remove([(2 * gone, 2 * gone)])
        if gone % 3:
            await extracted(mail)
        with patch.multiple(headings, IN_MEMORY=2, CHUNK=100):
            kept = await all_found(inbox)
        with patch.object(headings, "MOST", 0):
            assert kept == await all_found(inbox)


@stored
async def test_a_field_that_is_kept_is_not_read_again(store: Store) -> None:
    mail = await filled(store, 5)
    await extracted(mail)
    inbox = await mail.open(INBOX)
    with unread():
        first = await inbox.search(HeaderHas("subject", "letter"))
        with patch.object(Segment, "read", side_effect=AssertionError):
            assert await inbox.search(HeaderHas("Subject", "LETTER")) == first == [1, 2, 3, 4, 5]


@stored
async def test_two_who_read_the_same_at_once_find_each_once(store: Store) -> None:
    mail = await filled(store, 5)
    await extracted(mail)
    inbox = await mail.open(INBOX)
    with patch.object(headings, "CHUNK", 1):
        await asyncio.gather(*(inbox.search(HeaderHas("subject", "letter")) for _ in range(2)))
        assert await inbox.search(HeaderHas("subject", "3")) == [3]


@stored
async def test_what_is_kept_of_a_mailbox_that_was_emptied_goes(store: Store) -> None:
    mail = await filled(store, 130)
    await extracted(mail)
    inbox = await mail.open(INBOX)
    await inbox.search(HeaderHas("subject", "letter"))
    await inbox.remove([(1, 129)])
    with patch.object(headings.Heading, "add") as added:
        await inbox.search(HeaderHas("subject", "letter"))
    assert added.call_count == 1
