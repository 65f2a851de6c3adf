"""Several processes on one DATA see each other's changes, with no hint at all."""

import asyncio
import multiprocessing
import os
from collections.abc import Callable, Coroutine
from pathlib import Path

import apsw
import pytest

from aids.stored import ALICE, WORK, Post, deliver, filled, opened, stored, texts
from aids.wait import until
from tayori.errors import InUse, MailboxGone
from tayori.model import INBOX, FlagChange
from tayori.store import catalog
from tayori.store.store import IDLE, QUIET, Store

ALL = [(1, 2**32 - 1)]
FORK = multiprocessing.get_context("fork")


def elsewhere(data: Path, work: Callable[[Store], Coroutine[None, None, None]]) -> None:
    """Do it with a store of another process, to the end."""

    async def run() -> None:
        async with opened(data) as store:
            await work(store)

    process = FORK.Process(target=lambda: asyncio.run(run()))
    process.start()
    process.join(30)
    assert process.exitcode == 0


def in_a_fork(true: Callable[[], bool]) -> bool:
    pid = os.fork()
    if pid == 0:
        os._exit(0 if true() else 1)
    return os.waitpid(pid, 0)[1] == 0


@stored
async def test_what_another_process_delivers_is_in_the_next_version(store: Store) -> None:
    mail = await filled(store, 1)
    inbox = await mail.open(INBOX)
    told = await inbox.latest()

    async def deliver_more(other: Store) -> None:
        await deliver(other, Post("w1").letters(2))

    elsewhere(store.data, deliver_more)
    assert list((await inbox.advance(told)).now.uids) == [1, 2, 3]


@stored
async def test_what_another_process_expunges_and_flags_is_told_as_such(store: Store) -> None:
    mail = await filled(store, 4)
    inbox = await mail.open(INBOX)
    told = await inbox.latest()

    async def change(other: Store) -> None:
        theirs = await (await other.mailboxes(ALICE)).open(INBOX)
        await theirs.store([(3, 4)], FlagChange.ADD, ("\\Seen",))
        await theirs.remove([(1, 1), (4, 4)])

    elsewhere(store.data, change)
    changes = await inbox.advance(told)
    assert (changes.vanished, changes.changed, list(changes.now.uids)) == ([1, 4], [3], [2, 3])


@stored
async def test_a_follower_is_woken_by_another_process_without_hints(store: Store) -> None:
    mail = await filled(store, 1)
    woken: list[int] = []
    leave = mail.follow(lambda: woken.append(1))

    async def deliver_more(other: Store) -> None:
        await deliver(other, [Post("w1").letter()])

    elsewhere(store.data, deliver_more)
    await until(lambda: bool(woken))
    leave()


@stored
async def test_a_hint_wakes_at_once_and_only_once(store: Store) -> None:
    mail = await filled(store, 1)
    woken: list[int] = []
    mail.follow(lambda: woken.append(1))
    store.hint(ALICE, mail.told + 1)
    store.hint(ALICE, mail.told)
    assert woken == [1]


@stored
async def test_a_change_of_ones_own_wakes_others_in_the_process(store: Store) -> None:
    mail = await filled(store, 1)
    woken: list[int] = []
    leave = mail.follow(lambda: woken.append(1))
    await deliver(store, [Post("w1").letter()])
    leave()
    await deliver(store, [Post("w2").letter()])
    assert woken == [1]


@stored
async def test_processes_that_write_at_the_same_time_lose_nothing(store: Store) -> None:
    mail = await filled(store, 0)

    async def deliver_many(log: str) -> None:
        async with opened(store.data) as other:
            for letter in Post(log).letters(50):
                await deliver(other, [letter])

    processes = [FORK.Process(target=lambda log=f"p{n}": asyncio.run(deliver_many(log))) for n in range(3)]
    for process in processes:
        process.start()
    await until(lambda: not any(process.is_alive() for process in processes), 60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert list((await (await mail.open(INBOX)).latest()).uids) == list(range(1, 151))
    assert len(await texts(await mail.open(INBOX))) == 150


@stored
async def test_a_forked_process_opens_its_own_connections(store: Store) -> None:
    mail = await filled(store, 1)
    before = mail.catalog._db
    assert in_a_fork(lambda: mail.catalog.db() is not before)
    assert await texts(await mail.open(INBOX)) == {1: "letter 1"}


@stored
async def test_a_writer_waits_for_another_and_then_says_in_use(store: Store) -> None:
    mail = await filled(store, 1)
    other = apsw.Connection(str(mail.catalog.path))
    other.execute("begin immediate")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalog, "PAUSES", (0.0, 0.0))
        with pytest.raises(InUse):
            await mail.subscribe(WORK)
    asyncio.get_running_loop().call_later(0.01, other.execute, "commit")
    await mail.subscribe(WORK)
    other.close()


@stored
async def test_an_account_that_was_removed_and_made_anew_is_opened_anew(store: Store) -> None:
    mail = await filled(store, 2)
    inbox = await mail.open(INBOX)
    await inbox.latest()
    os.rename(mail.folder, f"{mail.folder}.removed")
    assert await deliver(store, [Post("w1").letter("new")]) == [1]
    assert await texts(await (await store.mailboxes(ALICE)).open(INBOX)) == {1: "new"}
    with pytest.raises(MailboxGone):
        await inbox.latest()


@stored
async def test_more_accounts_than_may_be_open_take_turns(store: Store) -> None:
    store._most_open = 3
    accounts = [type(ALICE)(f"user{number}@example.org") for number in range(8)]
    for round_ in range(2):
        post = Post(f"w{round_}")
        await deliver(store, [post.letter(account=account) for account in accounts])
    opened_now = [mail for account in accounts if (mail := store._known.get(account)) and mail.catalog.is_open]
    assert len(opened_now) <= 3
    statuses = [await (await store.mailboxes(account)).status(INBOX) for account in accounts]
    assert [status.messages for status in statuses] == [2] * 8


@stored
async def test_a_catalog_that_nobody_uses_is_closed_and_opens_anew(store: Store) -> None:
    mail = await filled(store, 1)
    for _ in range(QUIET):
        await store._let_rest()
    assert not mail.catalog.is_open
    assert (await mail.status(INBOX)).messages == 1


@stored
async def test_a_catalog_whose_sessions_only_wait_is_closed_sooner(store: Store) -> None:
    mail = await filled(store, 1)
    leave = mail.follow(lambda: None)
    for _ in range(IDLE):
        await store._let_rest()
    assert not mail.catalog.is_open
    leave()


@stored
async def test_a_look_leaves_a_resting_catalog_closed(store: Store) -> None:
    mail = await filled(store, 1)
    mail.catalog.close()
    await mail.look()
    assert mail.told
    assert not mail.catalog.is_open
