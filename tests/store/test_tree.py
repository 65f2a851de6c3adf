"""Mailboxes are made, deleted and renamed as RFC 3501 section 6.3 says, and a name never has a lower UIDVALIDITY."""

import pytest

from aids.stored import ALICE, WORK, Post, deliver, filled, stored, texts
from tayori.errors import CannotDo, HasChildren, MailboxExists, MailboxGone, NoSuchMailbox, TooMany
from tayori.model import INBOX, MailboxName
from tayori.store import tree
from tayori.store.store import Store

A, AB, ABC, X = (MailboxName(name) for name in ("A", "A/B", "A/B/C", "X"))


async def names(store: Store) -> list[str]:
    mail = await store.mailboxes(ALICE)
    return [info.name for info in await mail.listing() if info.id and not info.special_use]


@stored
async def test_a_new_account_has_its_mailboxes_and_is_subscribed_to_them(store: Store) -> None:
    infos = await (await store.mailboxes(ALICE)).listing()
    assert [(info.name, info.special_use, info.subscribed) for info in infos] == [
        ("INBOX", "", True),
        ("Archive", "\\Archive", True),
        ("Drafts", "\\Drafts", True),
        ("Junk", "\\Junk", True),
        ("Sent", "\\Sent", True),
        ("Trash", "\\Trash", True),
    ]


@stored
async def test_the_levels_above_are_made_too(store: Store) -> None:
    await (await store.mailboxes(ALICE)).create(ABC)
    assert await names(store) == ["INBOX", A, AB, ABC]


@stored
async def test_a_mailbox_is_made_once(store: Store) -> None:
    mail = await store.mailboxes(ALICE)
    await mail.create(A)
    for name in (A, INBOX, MailboxName("inbox")):
        with pytest.raises(MailboxExists):
            await mail.create(name)


@stored
async def test_create_gives_the_id_that_listing_and_status_tell(store: Store) -> None:
    mail = await store.mailboxes(ALICE)
    made = await mail.create(A, "\\Flagged")
    (info,) = [info for info in await mail.listing() if info.name == A]
    assert (info.id, info.special_use, (await mail.status(A)).mailbox_id) == (made, "\\Flagged", made)


@stored
async def test_a_mailbox_made_anew_has_a_higher_uidvalidity(store: Store) -> None:
    mail = await store.mailboxes(ALICE)
    validities = []
    for _ in range(3):
        await mail.create(A)
        validities.append((await mail.status(A)).uid_validity)
        await mail.delete(A)
    assert validities == sorted(set(validities))


@stored
async def test_a_deleted_mailbox_is_empty_when_made_anew(store: Store) -> None:
    mail = await filled(store, 0)
    await deliver(store, [Post("w1").letter(mailbox=WORK)])
    await mail.delete(WORK)
    await mail.create(WORK)
    assert (await mail.status(WORK)).messages == 0
    assert await deliver(store, [Post("w2").letter(mailbox=WORK)]) == [1]


@stored
async def test_a_deleted_mailbox_with_others_below_stays_as_a_name(store: Store) -> None:
    mail = await store.mailboxes(ALICE)
    await mail.create(AB)
    await mail.delete(A)
    assert [info.selectable for info in await mail.listing() if info.name in (A, AB)] == [False, True]
    for attempt in (mail.open(A), mail.status(A)):
        with pytest.raises(NoSuchMailbox):
            await attempt
    with pytest.raises(HasChildren):
        await mail.delete(A)


@stored
async def test_a_mere_name_can_be_made_a_mailbox_and_deleted(store: Store) -> None:
    mail = await store.mailboxes(ALICE)
    await mail.create(AB)
    await mail.delete(A)
    await mail.create(A)
    assert (await mail.status(A)).messages == 0
    await mail.delete(A)
    await mail.delete(AB)
    await mail.delete(A)
    assert await names(store) == ["INBOX"]


@stored
async def test_inbox_and_what_is_not_there_cannot_be_deleted(store: Store) -> None:
    mail = await store.mailboxes(ALICE)
    with pytest.raises(CannotDo):
        await mail.delete(INBOX)
    with pytest.raises(NoSuchMailbox):
        await mail.delete(A)


@stored
async def test_a_rename_takes_all_below_along(store: Store) -> None:
    mail = await store.mailboxes(ALICE)
    await mail.create(ABC)
    await mail.create(MailboxName("A/Bx"))
    await deliver(store, [Post().letter("deep", mailbox=ABC)])
    await mail.rename(AB, MailboxName("X/Y"))
    assert await names(store) == ["INBOX", A, "A/Bx", X, "X/Y", "X/Y/C"]
    assert await texts(await mail.open(MailboxName("X/Y/C"))) == {1: "deep"}


@stored
async def test_a_rename_keeps_uidvalidity_and_id(store: Store) -> None:
    mail = await store.mailboxes(ALICE)
    await mail.create(A)
    before = await mail.status(A)
    await mail.rename(A, X)
    after = await mail.status(X)
    assert (after.uid_validity, after.mailbox_id) == (before.uid_validity, before.mailbox_id)


@stored
async def test_a_name_that_was_renamed_away_can_be_made_anew(store: Store) -> None:
    mail = await store.mailboxes(ALICE)
    await mail.create(A)
    await deliver(store, [Post("w0").letter("old", mailbox=A)])
    await mail.rename(A, X)
    await mail.create(A)
    await deliver(store, [Post("w1").letter("new", mailbox=A)])
    assert [await texts(await mail.open(name)) for name in (A, X)] == [{1: "new"}, {1: "old"}]


@stored
async def test_a_rename_is_refused_where_it_makes_no_sense(store: Store) -> None:
    mail = await store.mailboxes(ALICE)
    await mail.create(AB)
    for old, new, refusal in (
        (X, MailboxName("Z"), NoSuchMailbox),
        (AB, A, MailboxExists),
        (A, INBOX, MailboxExists),
        (A, ABC, CannotDo),
        (A, MailboxName("x" * 300), CannotDo),
    ):
        with pytest.raises(refusal):
            await mail.rename(old, new)
    assert await names(store) == ["INBOX", A, AB]


@stored
async def test_renaming_inbox_moves_its_messages_and_leaves_it(store: Store) -> None:
    mail = await filled(store, 2)
    below = MailboxName("INBOX/Below")
    await mail.create(below)
    await mail.rename(INBOX, X)
    assert await texts(await mail.open(X)) == {1: "letter 1", 2: "letter 2"}
    assert (await mail.status(INBOX)).messages == 0
    assert below in await names(store)


@stored
async def test_a_subscription_outlives_its_mailbox(store: Store) -> None:
    mail = await store.mailboxes(ALICE)
    await mail.create(A)
    await mail.subscribe(A)
    await mail.delete(A)
    assert [info[1:] for info in await mail.listing() if info.name == A] == [("", "", True, False)]
    await mail.unsubscribe(A)
    assert A not in [info.name for info in await mail.listing()]


@stored
async def test_there_are_only_so_many_mailboxes(store: Store) -> None:
    mail = await store.mailboxes(ALICE)
    await mail.catalog.write(lambda db: db.execute(_MANY, (tree.MAX_MAILBOXES,)))
    with pytest.raises(TooMany):
        await mail.create(A)


_MANY = (
    "with recursive n(n) as (select 1 union all select n + 1 from n where n < ?)"
    " insert into mailbox(name, folder, guid, uid_validity, uid_limit, uid_raised, modseq)"
    " select 'many' || n, '.many' || n, '', 1, 1, 1, 1 from n"
)


@stored
async def test_who_has_a_deleted_mailbox_open_sees_it_gone_though_its_name_is_there_again(store: Store) -> None:
    mail = await filled(store, 0)
    work = await mail.open(WORK)
    await mail.delete(WORK)
    await mail.create(WORK)
    with pytest.raises(MailboxGone):
        await work.latest()


@stored
async def test_a_name_that_was_opened_before_leads_to_what_bears_it_now(store: Store) -> None:
    mail = await filled(store, 1)
    first = await mail.open(WORK)
    await mail.rename(WORK, MailboxName("Old"))
    with pytest.raises(NoSuchMailbox):
        await mail.open(WORK)
    await mail.create(WORK)
    assert (await mail.open(MailboxName("Old"))).id == first.id != (await mail.open(WORK)).id


@stored
async def test_statuses_are_those_of_each_and_of_what_is_there(store: Store) -> None:
    mail = await filled(store, 3)
    gone = MailboxName("Gone")
    assert await mail.statuses([WORK, INBOX, gone]) == {name: await mail.status(name) for name in (INBOX, WORK)}
