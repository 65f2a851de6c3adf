"""A store in a temporary folder, and messages for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tayori.message.digest import digest
from tayori.model import INBOX, Account, Arrival, LogPosition, MailboxName, Placement
from tayori.store.account import AccountMail
from tayori.store.mailbox import OpenMailbox
from tayori.store.store import Store

ALICE = Account("alice@example.org")
NOW = 1_795_499_340  # 24 November 2026, 05:49 UTC
WORK = MailboxName("Work")


class TickingClock:
    """ports.Clock that stands until a test moves it."""

    def __init__(self, time: float = NOW) -> None:
        self.time = time

    def now(self) -> float:
        return self.time

    def zone(self) -> int:
        return 540


class NoHints:
    """ports.Hints that lose every hint."""

    def changed(self, account: Account, modseq: int) -> None:
        pass


class Post:
    """Letters from one spool log, numbered."""

    def __init__(self, log: str = "w0") -> None:
        self.log = log
        self.sequence = 0

    def letter(
        self,
        text: str = "Hello",
        *,
        mailbox: MailboxName = INBOX,
        account: Account = ALICE,
        flags: tuple[str, ...] = (),
        recorded: tuple[int, int] | None = None,
    ) -> Arrival:
        """The next arrival; its subject and body are `text`."""
        self.sequence += 1
        content = f"From: b@example.net\nSubject: {text}\nDate: Tue, 24 Nov 2026 05:49:00 +0900\n\n{text}\n".encode()
        return Arrival(
            position=LogPosition(self.log, self.sequence),
            spool_id=f"{self.log}-{self.sequence:x}",
            account=account,
            mailbox=mailbox,
            flags=flags,
            received=NOW,
            zone=540,
            content=content,
            path="",
            lf=True,
            digest=digest(content, bare_lf=True),
            recorded=recorded,
        )

    def letters(self, count: int, mailbox: MailboxName = INBOX) -> list[Arrival]:
        return [self.letter(f"letter {number}", mailbox=mailbox) for number in range(1, count + 1)]


def new_store(data: Path, time: float = NOW) -> Store:
    return Store(data, NoHints(), TickingClock(time))


@asynccontextmanager
async def opened(data: Path, time: float = NOW) -> AsyncIterator[Store]:
    store = new_store(data, time)
    await store.start()
    try:
        yield store
    finally:
        await store.close()


def stored(test: Callable[[Store], Awaitable[None]]) -> Callable[[Path], None]:
    """A test that is given a store in a new folder."""

    def run(tmp_path: Path) -> None:
        async def with_store() -> None:
            async with opened(tmp_path) as store:
                await test(store)

        asyncio.run(with_store())

    run.__doc__ = test.__doc__
    return run


async def deliver(store: Store, arrivals: Sequence[Arrival]) -> list[int]:
    """The UIDs that they got; raises what the store answers instead."""
    uids = []
    for answer in await store.place(arrivals):
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Placement):
            uids.append(answer.uid)
    return uids


async def filled(store: Store, count: int) -> AccountMail:
    """Alice's mail with so many letters in INBOX, and an empty mailbox Work."""
    mail = await store.mailboxes(ALICE)
    await mail.create(WORK)
    await deliver(store, Post().letters(count))
    return mail


def files(mail: AccountMail, folder: str) -> list[Path]:
    """What lies in a folder of the Maildir, sorted by name."""
    return sorted(Path(mail.root, folder).iterdir())


async def texts(mailbox: OpenMailbox) -> dict[int, str]:
    """The last line of each message, by UID."""
    snapshot = await mailbox.latest()
    return {uid: (await mailbox.content(uid)).raw.decode().splitlines()[-1] for uid in snapshot.uids}
