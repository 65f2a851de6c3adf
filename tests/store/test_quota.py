"""An account holds what it may, in octets and in messages. RFC 9208."""

import pytest

from aids.stored import ALICE, WORK, filled, stored
from tayori.errors import OverQuota
from tayori.model import INBOX, FlagChange
from tayori.store import quota
from tayori.store.account import AccountMail
from tayori.store.store import Store

ALL = [(1, 2**32 - 1)]


async def with_messages(store: Store, count: int, limit: int) -> AccountMail:
    mail = await filled(store, count)
    await mail.write(lambda db: quota.allow_messages(db, limit))
    return mail


@stored
async def test_more_messages_than_may_be_are_refused_on_the_way_in(store: Store) -> None:
    mail = await with_messages(store, 2, limit=3)
    await store.room(ALICE, 100)
    await mail.write(lambda db: quota.allow_messages(db, 2))
    with pytest.raises(OverQuota):
        await store.room(ALICE, 100)


@stored
async def test_a_copy_past_the_number_of_messages_is_refused_and_a_move_is_not(store: Store) -> None:
    mailbox = await (await with_messages(store, 2, limit=3)).open(INBOX)
    with pytest.raises(OverQuota):
        await mailbox.copy(ALL, WORK)
    assert len((await mailbox.move(ALL, WORK)).target) == 2


@stored
async def test_what_is_used_and_allowed_is_told(store: Store) -> None:
    mail = await with_messages(store, 2, limit=3)
    await store.set_quota(ALICE, 5000)
    size = (await mail.status(INBOX)).size
    assert await mail.quota() == (size, 5000, 2, 3)


@stored
async def test_the_size_of_what_is_deleted_is_told(store: Store) -> None:
    mail = await filled(store, 2)
    assert (await mail.status(INBOX)).deleted_size == 0
    await (await mail.open(INBOX)).store(ALL, FlagChange.ADD, ("\\Deleted",))
    assert (await mail.status(INBOX)).deleted_size == (await mail.status(INBOX)).size
