"""Where the IMAP sessions of one account meet: over memory, or over a store in this process. Both tell how INBOX is."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from aids.directory import MemoryDirectory
from aids.house import FixedClock
from aids.intake import MemoryDraft, MemoryIntake
from aids.mailroom import ALICE, MECHANISMS, Mailroom
from aids.reader import Driven, Seen, Suspended, WaitingPeer
from aids.stored import Post, deliver, new_store
from tayori.imap.flags import flag_texts
from tayori.imap.session import Session
from tayori.imap.settings import Settings
from tayori.model import INBOX, Column, Placement, Receipt
from tayori.store.store import Store

SETTINGS = Settings(hostname="mail.example.org", plaintext_without_tls=True)


class Room(Protocol):
    def run(self, peer: WaitingPeer) -> Driven:
        """A new session with that peer."""

    def truth(self) -> list[Seen]:
        """INBOX as it is."""

    def arrive(self, count: int) -> list[int]:
        """So many letters come from outside; their UIDs."""

    def close(self) -> None: ...


class MemoryRoom:
    """Pure: nothing waits but for its client."""

    def __init__(self) -> None:
        self._mailroom = Mailroom()

    def run(self, peer: WaitingPeer) -> Driven:
        return self._mailroom.session(peer).run()

    def truth(self) -> list[Seen]:
        inbox = self._mailroom.inbox
        return [Seen(uid, inbox.flags_of(uid), one.modseq) for uid, one in inbox.messages.items()]

    def arrive(self, count: int) -> list[int]:
        return [self._mailroom.inbox.add(b"Subject: new\r\n\r\ntext\r\n") for _ in range(count)]

    def close(self) -> None:
        pass


class StoreRoom:
    """A store in a folder of its own, and an event loop that runs while a session has something to do."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._folder = TemporaryDirectory()
        self._store = new_store(Path(self._folder.name))
        self.loop.run_until_complete(self._store.start())
        self._post = Post()
        self._directory = MemoryDirectory({ALICE: "wonderland"})
        self._intake = _StoreIntake(self._directory, self._store, self._post)
        self.arrive(3)

    def run(self, peer: WaitingPeer) -> Driven:
        return Turns(
            self.loop,
            peer,
            Session(peer, SETTINGS, MECHANISMS, self._store, self._intake, self._directory, FixedClock()),
        )

    def truth(self) -> list[Seen]:
        return self.loop.run_until_complete(self._truth())

    async def _truth(self) -> list[Seen]:
        inbox = await (await self._store.mailboxes(ALICE)).open(INBOX)
        names = flag_texts((await inbox.latest()).keywords).names
        rows = await inbox.rows([(1, 2**32 - 1)], (Column.FLAGS, Column.MODSEQ))
        return [Seen(int(uid), _names(names, int(bits)), int(modseq)) for uid, bits, modseq in rows]

    def arrive(self, count: int) -> list[int]:
        letters = [self._post.letter(account=ALICE) for _ in range(count)]
        return self.loop.run_until_complete(deliver(self._store, letters))

    def close(self) -> None:
        self.loop.run_until_complete(self._store.close())
        self.loop.close()
        self._folder.cleanup()


def _names(names: Sequence[bytes], bits: int) -> frozenset[str]:
    return frozenset(name.decode() for place, name in enumerate(names) if bits >> place & 1)


class Turns:
    """A session as a task of the loop, which gets turns until the session waits for its client."""

    def __init__(self, loop: asyncio.AbstractEventLoop, peer: WaitingPeer, session: Session) -> None:
        self._loop = loop
        self._peer = peer
        self._task = loop.create_task(session.run())

    def send(self, value: None, /) -> None:
        self._loop.run_until_complete(self._rest())

    async def _rest(self) -> None:
        await Suspended()  # what has been fed is taken first
        while not self._peer.waits and not self._task.done():
            await Suspended()
        if self._task.done():
            self._task.result()

    def close(self) -> None:
        self._task.cancel()
        self._loop.run_until_complete(asyncio.gather(self._task, return_exceptions=True))


class _StoreIntake(MemoryIntake):
    """What is appended is placed at once."""

    def __init__(self, directory: MemoryDirectory, store: Store, post: Post) -> None:
        super().__init__(directory)
        self._store = store
        self._post = post

    async def keep(self, draft: MemoryDraft) -> Receipt:
        receipt = await super().keep(draft)
        last = self.appended[-1]
        letter = self._post.letter(account=last.account, mailbox=last.mailbox, flags=last.flags)
        (uid,) = await deliver(self._store, [letter])
        there = await (await self._store.mailboxes(last.account)).open(last.mailbox)
        return Receipt(receipt.id, [Placement(last.account, last.mailbox, (await there.latest()).uid_validity, uid)])
