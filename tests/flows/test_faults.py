"""A disk that fails at each step in turn, under spool and store together: nothing promised is lost, cut or doubled."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from aids.faults import Faults
from aids.stored import NoHints, TickingClock
from aids.way_in import ALICE, BOB, append, deliver, directory, large
from tayori.errors import Refusal
from tayori.model import INBOX, Account, FlagChange, MailboxName, Receipt
from tayori.spool import Settings, Spool, replay
from tayori.store import clean
from tayori.store.store import Store

ACCOUNTS = (ALICE, BOB)
Outcomes = dict[bytes, Receipt | BaseException]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: there are hundreds of lives."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@asynccontextmanager
async def house(data: Path) -> AsyncIterator[tuple[Store, Spool]]:
    """A life after one that ended without a word, and that ends so itself."""
    clean.begin(data)
    store = Store(data, NoHints(), TickingClock())
    await store.start()
    await replay(data, store)
    settings = Settings(hostname="mail.example.org", reserve=0, reserve_files=0, segment=2**19)
    spool = Spool(data, "w0", store, directory(), TickingClock(), settings)
    await spool.start()
    try:
        yield store, spool
    finally:
        await spool.in_turn(lambda: None)
        await store.close()


async def busy(spool: Spool, outcomes: Outcomes) -> None:
    """Small and large messages, to one and to both, by SMTP and by APPEND, together and alone."""
    await asyncio.gather(
        tried(b"t10", deliver(spool, letter(b"t10")), outcomes),
        tried(b"t11", deliver(spool, letter(b"t11"), ALICE, BOB), outcomes),
        tried(b"t12", deliver(spool, letter(b"t12", 300_000), BOB), outcomes),
        tried(b"t13", append(spool, letter(b"t13", 100_000)), outcomes),
    )
    await asyncio.gather(spool._settling.settle(), return_exceptions=True)
    await tried(b"t14", deliver(spool, letter(b"t14"), BOB), outcomes)


def letter(subject: bytes, octets: int = 1000) -> bytes:
    return b"Subject: " + subject + b"\r\nFrom: x@example.net\r\n" + large(octets)


async def tried(subject: bytes, sent: Awaitable[Receipt], outcomes: Outcomes) -> None:
    (outcomes[subject],) = await asyncio.gather(sent, return_exceptions=True)


async def found(store: Store, account: Account) -> dict[bytes, int]:
    """UIDs by subject; every message is what was sent."""
    mailbox = await (await store.mailboxes(account)).open(INBOX)
    uids: dict[bytes, int] = {}
    for uid in (await mailbox.latest()).uids:
        raw, lf = await mailbox.content(uid)
        wire = bytes(raw).replace(b"\n", b"\r\n") if lf else bytes(raw)
        subject = wire.partition(b"Subject: ")[2][:3]
        assert subject not in uids, f"{subject!r} is there twice"
        assert wire.endswith(letter(subject, {b"t12": 300_000, b"t13": 100_000}.get(subject, 1000)))
        uids[subject] = uid
    return uids


def promised(outcomes: Outcomes, account: Account) -> dict[bytes, int]:
    """The UIDs that receipts tell, by subject."""
    return {
        subject: place.uid
        for subject, outcome in outcomes.items()
        if isinstance(outcome, Receipt)
        for place in outcome.placements
        if place.account == account
    }


def life(data: Path, faults: Faults, after: Callable[[Store], Awaitable[None]] | None = None) -> Outcomes:
    outcomes: Outcomes = {b"t00": Receipt("", [])}

    async def run() -> None:
        async with house(data) as (store, spool):
            outcomes[b"t00"] = await deliver(spool, letter(b"t00"), ALICE, BOB)
            with faults:
                await busy(spool, outcomes)
                if after is not None:
                    await after(store)
            if not faults.lasting:
                for account in ACCOUNTS:
                    assert await found(store, account) == promised(outcomes, account)

    asyncio.run(run())
    return outcomes


def later(data: Path) -> dict[Account, dict[bytes, int]]:
    """What the next life has."""

    async def run() -> dict[Account, dict[bytes, int]]:
        async with house(data) as (store, _):
            return {account: await found(store, account) for account in ACCOUNTS}

    return asyncio.run(run())


def steps(data: Path) -> list[str]:
    faults = Faults(data)
    outcomes = life(data, faults)
    assert all(isinstance(outcome, Receipt) for outcome in outcomes.values())
    return faults.calls


@pytest.mark.slow_flow
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_each_step_of_a_delivery_fails_once(disk: Path, code: int) -> None:
    names = steps(disk / "sound")
    assert {name.split()[0] for name in names} >= {"open", "write", "rename", "link", "fsync", "fdatasync", "pwritev"}
    refused = 0
    for step in range(1, len(names) + 1):
        data = disk / str(step)
        outcomes = life(data, Faults(data, step, code))
        assert all(isinstance(outcome, Receipt | Refusal) for outcome in outcomes.values()), names[step - 1]
        assert later(data) == {account: promised(outcomes, account) for account in ACCOUNTS}, names[step - 1]
        refused += any(isinstance(outcome, Refusal) for outcome in outcomes.values())
    assert refused > len(names) / 2


@pytest.mark.slow_flow
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_a_disk_that_fails_for_good_loses_nothing_promised(disk: Path, code: int) -> None:
    names = steps(disk / "sound")
    for step in range(1, len(names) + 1, 2):
        data = disk / str(step)
        outcomes = life(data, Faults(data, step, code, lasting=True))
        there = later(data)
        for account in ACCOUNTS:
            assert promised(outcomes, account).items() <= there[account].items(), names[step - 1]


async def changes(store: Store) -> None:
    """STORE, COPY and EXPUNGE, each of which may be refused."""
    inbox = await (await store.mailboxes(ALICE)).open(INBOX)
    (first, *_) = (await inbox.latest()).uids
    await asyncio.gather(inbox.store([(first, first)], FlagChange.ADD, ("\\Deleted",)), return_exceptions=True)
    await asyncio.gather(inbox.copy([(first, first)], MailboxName("Archive")), return_exceptions=True)
    await asyncio.gather(store.sync(), return_exceptions=True)


@pytest.mark.slow_flow
def test_changes_of_a_mailbox_survive_a_fault_at_each_step(disk: Path) -> None:
    sound = Faults(disk / "sound")
    life(disk / "sound", sound, changes)
    for step in range(len(sound.calls) - 10, len(sound.calls) + 1):
        data = disk / str(step)
        outcomes = life(data, Faults(data, step), changes)
        assert later(data)[ALICE] == promised(outcomes, ALICE), sound.calls[step - 1]
