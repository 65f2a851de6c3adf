"""Header fields are given as sent, again without the file, and never another mailbox's."""

import os

from aids.stored import WORK, files, filled, stored
from tayori.message import header
from tayori.model import INBOX
from tayori.store.fields import ENTRY, Recent
from tayori.store.store import Store

SUBJECT = frozenset({b"subject"})


def test_the_oldest_goes_for_the_newest() -> None:
    recent = Recent(2 * (ENTRY + 10))
    for key in "abc":
        recent.keep(key, b"x" * 10)
    assert [key for key in "abc" if recent.get(key)] == ["b", "c"]


def test_what_is_larger_than_all_is_not_kept() -> None:
    recent = Recent(ENTRY + 10)
    recent.keep("large", b"x" * 11)
    assert recent.get("large") is None


@stored
async def test_fields_and_the_others_are_those_of_the_message(store: Store) -> None:
    mailbox = await (await filled(store, 1)).open(INBOX)
    raw, lf = await mailbox.content(1)
    block = raw[: header.header_end(raw)[0]]
    assert lf
    for others in (False, True):
        chosen = header.select(block, SUBJECT, others).replace(b"\n", b"\r\n")
        assert await mailbox.fields([1], SUBJECT, others) == [chosen]


@stored
async def test_fields_asked_for_again_need_no_file(store: Store) -> None:
    mail = await filled(store, 1)
    before = await (await mail.open(INBOX)).fields([1], SUBJECT, False)
    await (await mail.open(INBOX)).content(1)
    for path in [*files(mail, "new"), *files(mail, "cur")]:
        os.unlink(path)
    assert await (await mail.open(INBOX)).fields([1], SUBJECT, False) == before


@stored
async def test_a_message_that_is_gone_has_none(store: Store) -> None:
    mailbox = await (await filled(store, 3)).open(INBOX)
    await mailbox.remove([(2, 2)])
    assert [chosen is None for chosen in await mailbox.fields([1, 2, 3], SUBJECT, False)] == [False, True, False]


@stored
async def test_the_same_uid_of_another_mailbox_has_its_own_fields(store: Store) -> None:
    mail = await filled(store, 2)
    await (await mail.open(INBOX)).copy([(2, 2)], WORK)
    first = await (await mail.open(INBOX)).fields([1], SUBJECT, False)
    assert await (await mail.open(WORK)).fields([1], SUBJECT, False) != first
