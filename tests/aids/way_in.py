"""A spool over an applier in memory, and messages to put into it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from aids.applier import MemoryApplier
from aids.clock import StandingClock
from aids.directory import MemoryDirectory
from tayori.model import INBOX, Account, Envelope, MailboxName, Origin, Receipt, Recipient
from tayori.smtp import grammar
from tayori.spool import Settings, Spool
from tayori.spool.draft import Draft

T = TypeVar("T")

ALICE, BOB = Account("alice@example.org"), Account("bob@example.org")
ORIGIN = Origin("smtp", "192.0.2.1", "mx.example.net", "ESMTP")
SUBMITTED = Origin("submission", "192.0.2.2", "laptop", "ESMTPSA", account=ALICE)
MESSAGE = b"From: carol@example.net\r\nSubject: hello\r\n\r\nA letter.\r\n"
SEGMENT = 2**19  # octets, so that tests turn to others soon


def directory() -> MemoryDirectory:
    return MemoryDirectory({ALICE: "", BOB: ""}, {"both@example.org": [ALICE, BOB]})


def new_spool(data: Path, applier: MemoryApplier, reserve: int = 0, segment: int = SEGMENT) -> Spool:
    settings = Settings(hostname="mail.example.org", reserve=reserve, reserve_files=0, segment=segment)
    return Spool(data, "w0", applier, directory(), StandingClock(), settings)


@asynccontextmanager
async def opened(data: Path, applier: MemoryApplier, reserve: int = 0, segment: int = SEGMENT) -> AsyncIterator[Spool]:
    spool = new_spool(data, applier, reserve, segment)
    await spool.start()
    try:
        yield spool
    finally:
        await spool.drain()


def killed(data: Path, test: Callable[[Spool], Awaitable[T]], applier: MemoryApplier) -> T:
    """What the test gives; the life of its spool ends as by SIGKILL: nothing more is written."""

    async def life() -> T:
        spool = new_spool(data, applier)
        await spool.start()
        try:
            return await test(spool)
        finally:
            for thread in spool._threads:  # what they are at comes to its end, as it may
                thread.shutdown()

    return asyncio.run(life())


def spooled(test: Callable[[Spool, MemoryApplier], Awaitable[None]]) -> Callable[[Path], None]:
    """A test that is given a spool in a new folder, and its applier."""

    def run(tmp_path: Path) -> None:
        async def with_spool() -> None:
            applier = MemoryApplier()
            async with opened(tmp_path, applier) as spool:
                await test(spool, applier)

        asyncio.run(with_spool())

    run.__doc__ = test.__doc__
    return run


def envelope(*recipients: str, sender: str = "carol@example.net") -> Envelope:
    return Envelope(sender, [Recipient(grammar.address(each)) for each in recipients])


async def draft(spool: Spool, chunks: Sequence[bytes], *recipients: str, origin: Origin = ORIGIN) -> Draft:
    """Written, not committed."""
    made = await spool.message(envelope(*recipients), origin, 0)
    for chunk in chunks:
        await made.write(chunk)
    return made


async def deliver(
    spool: Spool, content: bytes = MESSAGE, *recipients: str, origin: Origin = ORIGIN, chunk: int = 2**16
) -> Receipt:
    """To alice, if nobody else is named."""
    chunks = [content[at : at + chunk] for at in range(0, len(content), chunk)]
    return await (await draft(spool, chunks, *(recipients or (ALICE,)), origin=origin)).commit()


async def append(
    spool: Spool, content: bytes = MESSAGE, mailbox: str = INBOX, flags: tuple[str, ...] = (), size: int = 0
) -> Receipt:
    made = await spool.append(ALICE, MailboxName(mailbox), flags, (1_700_000_000, 60), size)
    await made.write(content)
    return await made.commit()


def body(content: bytes) -> bytes:
    """What stands behind the header."""
    return content.partition(b"\r\n\r\n")[2]


def large(octets: int = 700_000, end: bytes = b"\r\n") -> bytes:
    """A message of about so many octets, whose lines end so."""
    line = b"0123456789" * 7 + end
    return b"Subject: large" + end + end + line * (octets // len(line))
