"""The way in: ports.Intake over the log. A draft collects a message; its commit decides, logs, applies and syncs.

Law: a small message is in memory until its commit, a large one streams to disk; of neither is anything left when the
draft is discarded.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from tayori.delivery import decide, facts, submission, trace
from tayori.errors import NoSpace, Refusal, TooLarge
from tayori.message.header import header_end
from tayori.model import Account, Action, Address, Envelope, MailboxName, Origin, Receipt, Store
from tayori.ports import Applier, Clock, Directory
from tayori.spool import form, large, notes, segment
from tayori.spool.batch import Batches, Letter
from tayori.spool.faults import refusal
from tayori.spool.form import Kept
from tayori.spool.large import LARGE, LargeFile
from tayori.spool.log import Log
from tayori.spool.settings import Settings
from tayori.spool.settle import Settling

log = logging.getLogger("tayori.spool")
T = TypeVar("T")

MAX_HEADER = LARGE  # octets in which a header must end for its fields to be looked at
ROOM_FOR = 0.2  # seconds that an answer about free space is good for
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Spool:
    """One worker's way in. `start` and `drain` belong to whoever made it."""

    def __init__(
        self, data: Path, worker: str, applier: Applier, directory: Directory, clock: Clock, settings: Settings
    ) -> None:
        self._data = data
        self._folder = data / "spool" / worker
        self._large = data / "spool" / "large"
        self._applier = applier
        self.directory = directory
        self.clock = clock
        self.settings = settings
        self._writer = ThreadPoolExecutor(1, "spool-sync")
        self._maker = ThreadPoolExecutor(1, "spool-make")
        self._settler = ThreadPoolExecutor(1, "spool-settle")
        self._log = Log(self._folder, settings.segment, self._writer, self._maker)
        self._batches = Batches(self._log, applier)
        self._settling = Settling(data, applier, lambda: self._batches.finished, self._forget, self._settler)
        self._large_files: dict[int, Path] = {}  # by sequence, until they are settled
        self._room = (0.0, True)  # when it was asked, and the answer

    async def start(self) -> None:
        """Raises OSError; NotSettled: replay has not been carried out."""
        segment.make_folder(self._large)
        await self._log.open(int(self.clock.now() * 1_000_000))
        self._batches.start()
        self._settling.start()

    async def drain(self) -> None:
        """Stop: what waits is committed, everything is settled, the log is empty. Raises OSError."""
        await self._batches.stop()
        await self._settling.stop()
        await self._log.close()
        for threads in (self._writer, self._maker, self._settler):
            threads.shutdown()

    # ---- ports.Intake

    async def sender(self, path: str, origin: Origin) -> None:
        await decide.may_send_as(self.directory, path, origin, self.settings.rules)

    async def recipient(self, address: Address, origin: Origin) -> list[Action]:
        found = await decide.actions(self.directory, address, origin, self.settings.rules)
        for action in found:
            if isinstance(action, Store):
                await self._applier.room(action.account, 0)
        return found

    async def message(self, envelope: Envelope, origin: Origin, size: int) -> "Draft":
        self.check_room(size)
        return Draft(self, _Mail(self, envelope, origin))

    async def append(
        self,
        account: Account,
        mailbox: MailboxName,
        flags: tuple[str, ...],
        received: tuple[int, int] | None,
        size: int,
    ) -> "Draft":
        self.check_room(size)
        await self._applier.room(account, size)
        return Draft(self, _Appended(self, Store(account, mailbox, "", flags), received))

    # ---- for drafts

    def new_id(self) -> str:
        """Unique among all that this worker ever gave; the worker's name makes it unique among all."""
        return f"{self._folder.name}-{_base36(self._log.number())}"

    def check_room(self, size: int) -> None:
        """Raises NoSpace: less than the reserve would be left. Asked of the system at most five times a second."""
        now = self.clock.now()
        asked, enough = self._room
        if size or not 0 <= now - asked < ROOM_FOR:
            enough = self._has_room(size)
            self._room = (now, enough)
        if not enough:
            raise NoSpace("No space left for mail")

    def _has_room(self, size: int) -> bool:
        try:
            left = os.statvfs(self._data)
        except OSError as fault:
            raise refusal(fault) from fault
        octets = left.f_bavail * left.f_frsize
        files_matter = left.f_files > 0  # some file systems count none
        return octets - 2 * size >= self.settings.reserve and (
            not files_matter or left.f_favail >= self.settings.reserve_files
        )

    async def commit(self, letter: Letter, path: Path | None) -> Receipt:
        """Raises Refusal."""
        receipt = await self._batches.commit(letter)
        if path is not None:
            self._large_files[letter.sequence] = path
        return receipt

    def large_file(self, spool_id: str) -> LargeFile:
        return LargeFile(self._large, spool_id)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Raises NoSpace, TryLater."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._maker, work)
        except OSError as fault:
            raise refusal(fault) from fault

    def _forget(self, sequence: int) -> None:
        self._log.settled(sequence)
        over = [each for each in self._large_files if each <= sequence]
        large.remove([self._large_files.pop(each) for each in over])


class _Mail:
    """A message by SMTP, LMTP or submission: what goes in front of it, and to whom it goes."""

    exact = False

    def __init__(self, spool: Spool, envelope: Envelope, origin: Origin) -> None:
        self._spool = spool
        self._envelope = envelope
        self._origin = origin
        self.id = spool.new_id()
        self.now = int(spool.clock.now())
        self.zone = spool.clock.zone()

    async def begun(self, start: bytes) -> tuple[bytes, list[Store]]:
        """`start`, which holds the header, with what goes in front; and the stores. Raises MailLoop, NoSuchMailbox."""
        spool = self._spool
        end, body = header_end(start[:MAX_HEADER])
        header = start[:end]
        found = facts.facts(header)
        plan = await decide.plan(spool.directory, self._envelope, self._origin, spool.settings.rules)
        facts.refuse_loops(found, plan)
        hostname = spool.settings.hostname
        front = trace.received(self._origin, self._envelope, hostname, self.id, self.now, self.zone)
        if self._origin.account is not None:
            front += submission.missing(found, self.id, hostname, self.now, self.zone)
            header = submission.without_blind_copies(header)
        return front + header + start[body:], [action for action in plan if isinstance(action, Store)]

    def message(self, stores: list[Store], size: int, is_large: bool) -> notes.Message:
        return notes.Message(self.id, self._envelope.sender, stores, self.now, self.zone, size, is_large)

    def note(self, size: int) -> None:
        """One line a message, for who looks after the server; addresses are escaped."""
        to = ",".join(str(each.address) for each in self._envelope.recipients)
        log.info(
            "accepted id=%s from=%r to=%r size=%d peer=%s", self.id, self._envelope.sender, to, size,
            self._origin.address,
        )  # fmt: skip


class _Appended:
    """A message by APPEND: kept as it comes."""

    exact = True

    def __init__(self, spool: Spool, store: Store, received: tuple[int, int] | None) -> None:
        self._store = store
        self.id = spool.new_id()
        self.now, self.zone = received or (int(spool.clock.now()), spool.clock.zone())

    async def begun(self, start: bytes) -> tuple[bytes, list[Store]]:
        return start, [self._store]

    def message(self, stores: list[Store], size: int, is_large: bool) -> notes.Message:
        return notes.Message(self.id, None, stores, self.now, self.zone, size, is_large)

    def note(self, size: int) -> None:
        log.debug("appended id=%s account=%r mailbox=%r", self.id, self._store.account, self._store.mailbox)


class Draft:
    """ports.Draft."""

    def __init__(self, spool: Spool, about: _Mail | _Appended) -> None:
        self._spool = spool
        self._about = about
        self._chunks: list[bytes] = []
        self._held = 0  # octets in `_chunks`
        self._size = 0  # octets so far
        self._file: LargeFile | None = None
        self._stores: list[Store] = []

    async def write(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._held += len(chunk)
        self._size += len(chunk)
        if self._size > self._spool.settings.message:
            raise TooLarge("The message is larger than this server takes")
        if self._held > LARGE:
            await self._spill()

    async def commit(self) -> Receipt:
        if self._file is None:
            return await self._commit_small()
        return await self._commit_large(self._file)

    def discard(self) -> None:
        self._chunks.clear()
        if self._file is not None:
            self._file.close()
            large.remove([self._file.path])
            self._file = None

    async def _commit_small(self) -> Receipt:
        content, stores = await self._about.begun(b"".join(self._chunks))
        self._chunks.clear()
        message = self._about.message(stores, len(content), False)
        return await self._commit(message, content, form.kept(content), ())

    async def _commit_large(self, file: LargeFile) -> Receipt:
        if self._held:
            await self._spill()
        message = self._about.message(self._stores, self._size, True)
        await self._spool.in_thread(file.sync)
        kept, made = await self._spool.in_thread(lambda: large.finished(file.path, message))
        self._release(file)
        try:
            return await self._commit(message, b"", kept, made, file.path)
        except Refusal:
            large.remove([file.path])
            raise
        finally:
            large.remove(made)

    def _release(self, file: LargeFile) -> None:
        """From here on it belongs to the log: no discard takes it away."""
        file.close()
        self._file = None

    async def _commit(
        self,
        message: notes.Message,
        content: bytes,
        kept: Kept,
        files: Sequence[str],
        path: Path | None = None,
    ) -> Receipt:
        done = asyncio.get_running_loop().create_future()
        receipt = await self._spool.commit(Letter(message, content, kept, done, files, self._about.exact), path)
        self._about.note(message.size)
        return receipt

    async def _spill(self) -> None:
        """What is held goes to the file; before its first octets stands what goes in front of the message."""
        held = b"".join(self._chunks)
        self._chunks.clear()
        self._held = 0
        if self._file is None:
            held, self._stores = await self._about.begun(held)
            self._spool.check_room(self._size)
            self._file = await self._spool.in_thread(lambda: self._spool.large_file(self._about.id))
        file = self._file
        await self._spool.in_thread(lambda: file.write(held))


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return digits or "0"
