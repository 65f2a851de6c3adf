"""An account's limits hold to the message, by whichever way mail comes, and change while the server runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from aids.clock import StandingClock
from aids.commands import Commands
from aids.stored import opened
from aids.way_in import MESSAGE, deliver
from aids.way_in import directory as known
from tayori.errors import OverQuota
from tayori.model import INBOX, Account, Receipt, Replaced
from tayori.spool import Settings, Spool
from tayori.store.account import AccountMail
from tayori.store.store import Store

ALICE = Account("alice@example.org")


@asynccontextmanager
async def way_in(data: Path, octets: int | None = None, messages: int | None = None) -> AsyncIterator[Spool]:
    """The spool over the store, as a worker has them; alice may have so much."""
    async with opened(data) as store:
        await store.set_quota(ALICE, octets, messages)
        async with over(store, data) as spool:
            yield spool


@asynccontextmanager
async def over(store: Store, data: Path) -> AsyncIterator[Spool]:
    settings = Settings(hostname="mail.example.org", reserve=0, reserve_files=0, segment=2**19)
    spool = Spool(data, "w0", store, known(), StandingClock(), settings)
    await spool.start()
    try:
        yield spool
    finally:
        await spool.drain()


async def mail_of(spool: Spool) -> AccountMail:
    store = spool._applier
    assert isinstance(store, Store)
    return await store.mailboxes(ALICE)


async def append(spool: Spool, count: int, replaces: Replaced | None = None) -> list[Receipt]:
    drafts = [await spool.append(ALICE, INBOX, (), None, len(MESSAGE), replaces) for _ in range(count)]
    for draft in drafts:
        await draft.write(MESSAGE)
    return await spool.commit_all(drafts)


def test_of_five_that_come_at_once_three_are_kept(tmp_path: Path) -> None:
    async def main() -> None:
        async with way_in(tmp_path, messages=3) as spool:
            answers = await asyncio.gather(*(deliver(spool) for _ in range(5)), return_exceptions=True)
            assert sum(isinstance(answer, OverQuota) for answer in answers) == 2
            assert (await (await mail_of(spool)).quota()).messages == 3

    asyncio.run(main())


def test_octets_are_held_to_as_well(tmp_path: Path) -> None:
    async def main() -> None:
        async with way_in(tmp_path, octets=1000) as spool:
            await asyncio.gather(*(deliver(spool) for _ in range(20)), return_exceptions=True)
            quota = await (await mail_of(spool)).quota()
            size = quota.storage_used // quota.messages
            assert 1000 - size < quota.storage_used <= 1000

    asyncio.run(main())


def test_five_that_belong_together_are_refused_whole(tmp_path: Path) -> None:
    async def main() -> None:
        async with way_in(tmp_path, messages=3) as spool:
            with pytest.raises(OverQuota):
                await append(spool, 5)
            assert (await (await mail_of(spool)).quota()).messages == 0
            assert len(await append(spool, 3)) == 3

    asyncio.run(main())


def test_two_that_hurry_at_once_cannot_both_have_the_room(tmp_path: Path) -> None:
    async def main() -> None:
        async with way_in(tmp_path, messages=3) as spool:
            answers = await asyncio.gather(append(spool, 2), append(spool, 2), return_exceptions=True)
            assert sum(isinstance(answer, OverQuota) for answer in answers) == 1
            assert (await (await mail_of(spool)).quota()).messages == 2

    asyncio.run(main())


def test_a_full_account_replaces(tmp_path: Path) -> None:
    async def main() -> None:
        async with way_in(tmp_path, octets=len(MESSAGE), messages=1) as spool:
            (receipt,) = await append(spool, 1)
            _, mailbox, uid_validity, uid = receipt.placements[0]
            await append(spool, 1, Replaced(mailbox, uid_validity, uid))
            inbox = await (await mail_of(spool)).open(INBOX)
            assert list((await inbox.latest()).uids) == [2]

    asyncio.run(main())


def test_a_limit_that_is_given_while_the_server_runs_holds_at_once(tmp_path: Path) -> None:
    commands = Commands(tmp_path)
    commands.add("alice@example.org")

    async def main() -> None:
        async with opened(commands.data) as store, over(store, commands.data) as spool:
            await append(spool, 1)
            await asyncio.to_thread(commands.done, "account", "quota", "alice@example.org", "--messages", "1")
            with pytest.raises(OverQuota):
                await append(spool, 1)

    asyncio.run(main())
