"""Mailboxes, messages and threads keep their identifiers. RFC 8474."""

from aids.stored import ALICE, Post, deliver, stored
from tayori.message.digest import digest
from tayori.model import INBOX, Arrival, Column, HasEmailId, HasThreadId, MailboxName, Not
from tayori.store.mailbox import OpenMailbox
from tayori.store.store import Store

ALL = [(1, 2**32 - 1)]


def arrival(post: Post, fields: str) -> Arrival:
    letter = post.letter()
    letter.content = f"{fields}\n\nbody\n".encode()
    letter.digest = digest(letter.content, bare_lf=True)
    return letter


async def conversation(store: Store) -> OpenMailbox:
    """A message, two answers to it, and two that have no identifier."""
    post = Post()
    headers = (
        "Message-ID: <1@a>",
        "Message-ID: <2@a>\nReferences: <1@a>",
        "Message-ID: <3@a>\nReferences: <1@a> <2@a>",
        "Subject: x",
        "Subject: x",
    )
    await deliver(store, [arrival(post, fields) for fields in headers])
    return await (await store.mailboxes(ALICE)).open(INBOX)


async def threads(mailbox: OpenMailbox) -> list[object]:
    return [row[1] for row in await mailbox.rows(ALL, (Column.THREAD_ID,))]


@stored
async def test_answers_are_of_the_thread_of_what_they_answer(store: Store) -> None:
    first, second, third, *_ = await threads(await conversation(store))
    assert first == second == third


@stored
async def test_messages_without_an_identifier_are_threads_of_their_own(store: Store) -> None:
    assert len(set(await threads(await conversation(store)))) == 3


@stored
async def test_a_copy_is_of_the_same_thread(store: Store) -> None:
    mailbox = await conversation(store)
    await mailbox.copy(ALL, MailboxName("Archive"))
    copied = await (await store.mailboxes(ALICE)).open(MailboxName("Archive"))
    assert await threads(copied) == await threads(mailbox)


@stored
async def test_a_thread_is_found_by_its_identifier(store: Store) -> None:
    mailbox = await conversation(store)
    ((_, id),) = await mailbox.rows([(1, 1)], (Column.THREAD_ID,))
    assert isinstance(id, bytes)
    thread = HasThreadId(id.decode())
    assert await mailbox.search(thread) == [1, 2, 3]
    assert await mailbox.search(Not(thread)) == [4, 5]


@stored
async def test_a_message_is_found_by_its_identifier(store: Store) -> None:
    mailbox = await conversation(store)
    ((_, id),) = await mailbox.rows([(4, 4)], (Column.EMAIL_ID,))
    assert isinstance(id, bytes)
    assert await mailbox.search(HasEmailId(id.decode())) == [4]


@stored
async def test_a_mailbox_has_one_identifier_wherever_it_is_told(store: Store) -> None:
    mailboxes = await store.mailboxes(ALICE)
    id = await mailboxes.create(MailboxName("foo"))
    await mailboxes.rename(MailboxName("foo"), MailboxName("bar"))
    name = MailboxName("bar")
    assert (await mailboxes.open(name)).id == (await mailboxes.status(name)).mailbox_id == id
