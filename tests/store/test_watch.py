"""Who watches a whole account learns of all that changes in it, from whatever MODSEQ on, and of nothing else."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from aids.stored import WORK, Post, deliver, filled, stored
from tayori.model import INBOX, AccountChanges, FlagChange, MailboxName, Standing
from tayori.store import watch
from tayori.store.account import AccountMail
from tayori.store.store import Store

BELOW = MailboxName("Work/Plans")


MANY = (
    "with recursive n(n) as (select 1 union all select n + 1 from n where n < ?)"
    " insert into mailbox(name, folder, guid, uid_validity, uid_limit, uid_raised, modseq)"
    " select 'many' || n, '.many' || n, 'guid' || n, 1, 1, 1, 1 from n"
)


async def told(mail: AccountMail) -> int:
    """The account's MODSEQ."""
    return (await mail.changed_since(0)).modseq


async def changed(mail: AccountMail, since: int) -> list[str]:
    """Names of mailboxes whose messages or flags have changed."""
    ids = {info.id: info.name for info in await mail.listing()}
    return [ids[one.mailbox_id] for one in (await mail.changed_since(since)).mailboxes]


@stored
async def test_from_nothing_all_mailboxes_are_told(store: Store) -> None:
    mail = await filled(store, 3)
    changes = await mail.changed_since(0)
    statuses = [await mail.status(info.name) for info in await mail.listing()]
    assert changes.names
    assert sorted(changes.mailboxes) == sorted(
        Standing(one.mailbox_id, one.messages, one.uid_next, one.uid_validity, one.unseen, one.highest_modseq)
        for one in statuses
    )


@stored
async def test_nothing_has_changed_since_the_last(store: Store) -> None:
    mail = await filled(store, 3)
    since = await told(mail)
    assert await mail.changed_since(since) == AccountChanges(since, False, [])


@stored
async def test_a_delivery_changes_one_mailbox_and_no_names(store: Store) -> None:
    mail = await filled(store, 1)
    since = await told(mail)
    await deliver(store, [Post("w1").letter(mailbox=WORK)])
    assert await changed(mail, since) == [WORK]
    assert not (await mail.changed_since(since)).names


@stored
async def test_flags_and_expunges_change_their_mailbox(store: Store) -> None:
    mail = await filled(store, 3)
    inbox = await mail.open(INBOX)
    since = await told(mail)
    await inbox.store([(1, 1)], FlagChange.ADD, ("\\Seen",))
    (standing,) = (await mail.changed_since(since)).mailboxes
    assert (standing.messages, standing.unseen) == (3, 2)
    await inbox.remove([(2, 2)])
    (standing,) = (await mail.changed_since(standing.highest_modseq)).mailboxes
    assert (standing.messages, standing.unseen) == (2, 1)


WAYS: dict[str, Callable[[AccountMail], Awaitable[object]]] = {
    "create": lambda mail: mail.create(MailboxName("New/Below")),
    "delete": lambda mail: mail.delete(WORK),
    "rename": lambda mail: mail.rename(WORK, MailboxName("Play")),
    "subscribe": lambda mail: mail.subscribe(BELOW),
    "unsubscribe": lambda mail: mail.unsubscribe(WORK),
}


@pytest.mark.parametrize("way", WAYS)
def test_names_and_subscriptions_are_told_apart_from_messages(way: str, tmp_path: Path) -> None:
    @stored
    async def rearranged(store: Store) -> None:
        mail = await filled(store, 1)
        await mail.create(BELOW)
        await mail.subscribe(WORK)
        since = await told(mail)
        await WAYS[way](mail)
        changes = await mail.changed_since(since)
        assert changes.names
        assert not (await mail.changed_since(changes.modseq)).names

    rearranged(tmp_path)


@stored
async def test_a_subscription_that_was_there_changes_nothing(store: Store) -> None:
    mail = await filled(store, 1)
    since = await told(mail)
    await mail.subscribe(INBOX)
    assert (await mail.changed_since(since)).modseq == since


@stored
async def test_renaming_inbox_changes_both_mailboxes_and_the_names(store: Store) -> None:
    mail = await filled(store, 2)
    since = await told(mail)
    await mail.rename(INBOX, MailboxName("Old"))
    assert sorted(await changed(mail, since)) == [INBOX, "Old"]
    assert (await mail.changed_since(since)).names


@stored
async def test_what_the_journal_has_forgotten_may_have_been_names(store: Store) -> None:
    mail = await filled(store, 1)
    since = await told(mail)
    await deliver(store, [Post("w1").letter()])
    await mail.catalog.write(lambda db: db.execute("update account set journal_from = modseq"))
    assert (await mail.changed_since(since)).names


@stored
async def test_many_mailboxes_come_in_slices(store: Store) -> None:
    mail = await filled(store, 1)
    await mail.catalog.write(lambda db: db.execute(MANY, (2 * watch.SLICE,)))
    found = [one.mailbox_id for one in (await mail.changed_since(0)).mailboxes]
    assert sorted(found) == sorted(info.id for info in await mail.listing())
