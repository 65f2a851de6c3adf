"""ports.Draft: a message is collected, in memory or, past a bound, on disk; its commit decides and joins a batch.

Law: of a draft that is discarded, or whose commit fails, nothing is left.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tayori.delivery import decide, facts, submission, trace
from tayori.delivery.facts import Facts
from tayori.errors import Refusal, TooLarge
from tayori.message.header import header_end
from tayori.model import Account, Envelope, Origin, Receipt, Replaced, Store
from tayori.ports import Clock, Directory
from tayori.spool import form
from tayori.spool.batch import Letter
from tayori.spool.form import Kept
from tayori.spool.large import LARGE, LargeFile
from tayori.spool.notes import Message
from tayori.spool.recipients import Recipients
from tayori.spool.room import Room
from tayori.spool.settings import Settings

log = logging.getLogger("tayori.spool")
T = TypeVar("T")

MAX_HEADER = LARGE  # octets in which a header must end for its fields to be looked at


class Desk(Protocol):
    """What drafts need of the spool."""

    settings: Settings
    directory: Directory
    clock: Clock
    room: Room

    async def commit(self, letters: Sequence[Letter]) -> list[Receipt]:
        """All of them in one step. Raises Refusal: nothing of them is kept."""

    async def in_turn(self, work: Callable[[], T]) -> T:
        """Run it in the thread for large files, after what was given before. Raises NoSpace, TryLater."""

    def later(self, work: Callable[[], None]) -> None:
        """The same, without waiting for it."""

    def large_file(self, spool_id: str) -> LargeFile: ...


@dataclass(slots=True)
class Mail:
    """A message by SMTP, LMTP or submission: what goes in front of it, and to whom it goes."""

    id: str
    envelope: Envelope
    origin: Origin
    received: int
    zone: int
    recipients: Recipients | None = None  # who are answered each for itself, once `begun` knows them
    exact = False
    replaces = None

    @property
    def sender(self) -> str:
        return self.envelope.sender

    async def begun(self, desk: Desk, start: bytes) -> tuple[bytes, list[Store]]:
        """`start`, which holds the header, with what goes in front; and the stores, none if all throw it away.

        Raises MailLoop, and NoSuchMailbox where one answer is all.
        """
        end, _ = header_end(start[:MAX_HEADER])
        header = start[:end]
        found = facts.facts(header)
        stores = await (self._stores_of_each(desk, found) if self._many_answers else self._stores(desk, found))
        hostname = desk.settings.hostname
        front = trace.received(self.origin, self.envelope, hostname, self.id, self.received, self.zone)
        if self.origin.account is not None:
            front += submission.missing(found, self.id, hostname, self.received, self.zone)
            header = submission.without_blind_copies(header)
        blank = b"" if end or not start else b"\r\n"  # no header: what goes in front must not make one of the body
        return front + header + blank + start[end:], stores

    @property
    def _many_answers(self) -> bool:
        """RFC 2033 section 4.2."""
        return self.origin.service == "lmtp" and len(self.envelope.recipients) > 1

    async def _stores(self, desk: Desk, found: Facts) -> list[Store]:
        plan = await decide.plan(desk.directory, self.envelope, self.origin, desk.settings.rules)
        facts.refuse_loops(found, plan)
        return [action for action in plan if isinstance(action, Store)]

    async def _stores_of_each(self, desk: Desk, found: Facts) -> list[Store]:
        """Raises MailLoop: too many hops."""
        facts.refuse_loops(found, ())
        self.recipients = recipients = Recipients()
        for nth, each in enumerate(self.envelope.recipients):
            try:
                plan = await decide.actions(desk.directory, each.address, self.origin, desk.settings.rules)
                facts.refuse_loops(found, plan)
                recipients.add(nth, plan)
            except Refusal as refusal:
                recipients.refused[nth] = refusal
        return recipients.stores

    def note(self, size: int) -> None:
        """One line a message, for who looks after the server; addresses are escaped."""
        refused = self.recipients.refused if self.recipients else ()
        to = ",".join(str(each.address) for nth, each in enumerate(self.envelope.recipients) if nth not in refused)
        log.info(
            "accepted id=%s from=%r to=%r size=%d peer=%s", self.id, self.sender, to, size, self.origin.address,
        )  # fmt: skip


@dataclass(slots=True)
class Appended:
    """A message by APPEND: kept as it comes."""

    id: str
    store: Store
    received: int
    zone: int
    replaces: Replaced | None = None
    recipients = None
    exact = True
    sender = None

    async def begun(self, desk: Desk, start: bytes) -> tuple[bytes, list[Store]]:
        return start, [self.store]

    def note(self, size: int) -> None:
        log.debug("appended id=%s account=%r mailbox=%r", self.id, self.store.account, self.store.mailbox)


class Draft:
    """ports.Draft."""

    def __init__(self, desk: Desk, about: Mail | Appended, declared: int) -> None:
        self._desk = desk
        self._about = about
        self._chunks: list[bytes] = []
        self._held = 0  # octets in `_chunks`
        self.size = 0  # octets that have come
        self._written = 0  # octets in `_file`
        self._file: LargeFile | None = None
        self._stores: list[Store] = []
        self.declared = declared
        self._promised = 0
        self._promise(declared)

    async def write(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._held += len(chunk)
        self.size += len(chunk)
        if self.size > self._desk.settings.message:
            raise TooLarge("The message is larger than this server takes")
        if self._held > LARGE:
            await self._spill()

    @property
    def account(self) -> Account | None:
        """Whose it will be, of an appended one."""
        return self._about.store.account if isinstance(self._about, Appended) else None

    @property
    def replaces(self) -> Replaced | None:
        """What goes for it."""
        return self._about.replaces

    async def set_aside(self) -> None:
        if self._held:
            await self._spill()
        if self._file is not None:
            await self._desk.in_turn(self._file.rest)

    @property
    def refused(self) -> Mapping[int, Refusal]:
        recipients = self._about.recipients
        return recipients.refused if recipients is not None else {}

    async def commit(self) -> Receipt:
        (receipt,) = await commit_all(self._desk, [self])
        return receipt

    def discard(self) -> None:
        self._chunks.clear()
        self._promise(-self._promised)
        if self._file is not None:
            self._desk.later(self._file.discard)
            self._file = None

    async def letter(self, nth: int, of: int) -> Letter | None:
        """What is to be committed, as the `nth` `of` those that belong together; None: all stores throw it away.

        Raises MailLoop, NoSuchMailbox, NoSpace, TryLater.
        """
        if self._file is not None:
            return await self._large_letter(self._file, nth, of)
        content, stores = await self._about.begun(self._desk, b"".join(self._chunks))
        if not stores:
            return None
        return self._sealed(self._message(stores, len(content), nth, of), content, form.kept(content))

    async def _large_letter(self, file: LargeFile, nth: int, of: int) -> Letter | None:
        if self._held:
            await self._spill()
        if not self._stores:
            return None
        message = self._message(self._stores, self._written, nth, of)
        return self._sealed(message, b"", await self._desk.in_turn(lambda: file.finish(message)))

    def _message(self, stores: list[Store], size: int, nth: int, of: int) -> Message:
        about, large = self._about, self._file is not None
        return Message(
            about.id, about.sender, stores, about.received, about.zone, size, large, about.replaces, nth, of,
        )  # fmt: skip

    def _sealed(self, message: Message, content: bytes, kept: Kept) -> Letter:
        done: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        return Letter(message, content, kept, done, self._about.exact, self._file, self._about.recipients)

    def hand_over(self) -> None:
        """From here on its file is the batch's to keep or to discard."""
        self._file = None

    def thrown_away(self) -> Receipt:
        """For who sent it."""
        return Receipt(self._about.id, [])

    def note(self, size: int) -> None:
        self._about.note(size)

    async def _spill(self) -> None:
        """What is held goes to the file; before its first octets stands what goes in front of the message."""
        held = b"".join(self._chunks)
        self._chunks.clear()
        self._held = 0
        if self.size > self._promised:
            self._desk.room.check(self.size - self._promised)
            self._promise(self.size - self._promised)
        if self._file is None:
            held, self._stores = await self._about.begun(self._desk, held)
            self._file = self._desk.large_file(self._about.id)
        file = self._file
        await self._desk.in_turn(lambda: file.write(held))
        self._written += len(held)

    def _promise(self, octets: int) -> None:
        self._promised += octets
        self._desk.room.promised += octets


async def commit_all(desk: Desk, drafts: Sequence[Draft]) -> list[Receipt]:
    """Several are appended ones of one account: in one step. Raises Refusal: nothing of them is kept."""
    try:
        letters = [await draft.letter(nth, len(drafts)) for nth, draft in enumerate(drafts)]
        given = [letter for letter in letters if letter is not None]
        if not given:
            return [draft.thrown_away() for draft in drafts]
        for draft in drafts:
            draft.hand_over()
        receipts = await desk.commit(given)
        later = asyncio.get_running_loop().call_soon
        for draft, letter in zip(drafts, given, strict=True):
            if letter.refused is None:
                later(draft.note, letter.message.size)  # who waits for the answer need not wait for the log's line
        return receipts
    finally:
        for draft in drafts:
            draft.discard()
