"""The way in: ports.Intake over a worker's log. Drafts collect, batches commit, settling lets the log forget."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from tayori.delivery import decide
from tayori.errors import ShuttingDown
from tayori.model import Account, Action, Address, Envelope, MailboxName, Origin, Receipt, Replaced, Store
from tayori.ports import Applier, Clock, Directory
from tayori.ports import Draft as AnyDraft
from tayori.spool import draft, large, segment
from tayori.spool.batch import Batches, Letter
from tayori.spool.draft import Appended, Draft, Mail
from tayori.spool.faults import refusal
from tayori.spool.large import LargeFile
from tayori.spool.log import Log
from tayori.spool.replay import again, left, replay
from tayori.spool.room import Room
from tayori.spool.settings import Settings
from tayori.spool.settle import Settling
from tayori.spool.thread import Thread

log = logging.getLogger("tayori.spool")
T = TypeVar("T")

CATCH_UP = 30.0  # seconds between two tries to carry out a former life's log
MICROSECONDS = 1_000_000  # in a second: sequences begin at the clock, so that they ascend even when the log is lost
STOPPING = ShuttingDown("The server is stopping, try again")


class Spool:
    """One worker's way in. `start` and `drain` belong to whoever made it."""

    def __init__(
        self, data: Path, worker: str, applier: Applier, directory: Directory, clock: Clock, settings: Settings
    ) -> None:
        self.settings = settings
        self.directory = directory
        self.clock = clock
        self.room = Room(data, settings, clock)
        self._data = data
        self._worker = worker
        self._large = data / "spool" / "large"
        self._applier = applier
        self._threads = [ThreadPoolExecutor(1, f"spool-{what}") for what in ("make", "settle", "large")]
        maker, settler, self._scribe = self._threads
        self._writer = Thread("spool-sync")
        self._log = Log(data / "spool" / worker, settings.segment, self._writer, maker)
        self._batches = Batches(self._log, applier, self._over)
        self._settling = Settling(data, applier, self, settler)
        self._settler = settler
        self._committing: asyncio.Task[None] | None = None
        self._catching_up: asyncio.Task[None] | None = None
        self._large_files: dict[int, LargeFile] = {}  # by sequence, until they are settled
        self._stopping = False

    async def start(self) -> None:
        """After a replay of this worker's log. Raises OSError, OtherVersion."""
        segment.make_folder(self._large)
        await self._log.open(int(self.clock.now() * MICROSECONDS))
        self._committing = asyncio.create_task(self._commit_all(), name="spool-batches")
        self._settling.start()
        if left(self._data, self._worker):
            self._catching_up = asyncio.create_task(self._catch_up(), name="spool-catching-up")

    async def drain(self) -> None:
        """Stop: what waits is committed, everything is settled, the log is empty. Raises OSError."""
        self._stopping = True
        if self._catching_up is not None:
            self._catching_up.cancel()
            await asyncio.gather(self._catching_up, return_exceptions=True)
        try:
            if self._committing is not None:
                self._batches.stop()
                await self._committing
                await self._settling.stop()
                await self._log.close()
                self._remove(self._batches.finished)
        finally:
            self._writer.shutdown()
            for thread in self._threads:
                thread.shutdown()

    # ---- ports.Intake

    async def sender(self, path: str, origin: Origin) -> None:
        await decide.may_send_as(self.directory, path, origin, self.settings.rules)

    async def recipient(self, address: Address, origin: Origin) -> list[Action]:
        found = await decide.actions(self.directory, address, origin, self.settings.rules)
        for action in found:
            if isinstance(action, Store):
                await self._applier.room(action.account, 0)
        return found

    async def message(self, envelope: Envelope, origin: Origin, size: int) -> Draft:
        self.room.check(size)
        return Draft(self, Mail(self._new_id(), envelope, origin, *self._now()), size)

    async def append(
        self,
        account: Account,
        mailbox: MailboxName,
        flags: tuple[str, ...],
        received: tuple[int, int] | None,
        size: int,
        replaces: Replaced | None = None,
    ) -> Draft:
        self.room.check(size)
        await self._applier.room(account, size, replaces=replaces)
        store = Store(account, mailbox, "", flags)
        return Draft(self, Appended(self._new_id(), store, *(received or self._now()), replaces), size)

    async def commit_all(self, drafts: Sequence[AnyDraft]) -> list[Receipt]:
        ours = [each for each in drafts if isinstance(each, Draft)]
        size = sum(each.size for each in ours)
        account = ours[0].account
        more = len(ours) > 1 or size > ours[0].declared  # than there was room for when they were begun
        if account is not None and more:
            await self._applier.room(account, size, len(ours), ours[0].replaces)
        return await draft.commit_all(self, ours)

    # ---- draft.Desk

    async def commit(self, letters: Sequence[Letter]) -> list[Receipt]:
        if self._stopping:
            for letter in letters:
                letter.refused = STOPPING
            self._over(letters)
            raise STOPPING
        self._batches.join(letters)
        return [await letter.done for letter in letters]

    async def in_turn(self, work: Callable[[], T]) -> T:
        if self._stopping:
            raise STOPPING
        try:
            return await asyncio.get_running_loop().run_in_executor(self._scribe, work)
        except OSError as fault:
            raise refusal(fault) from fault

    def later(self, work: Callable[[], None]) -> None:
        try:
            self._scribe.submit(work)
        except RuntimeError:  # drained: the thread has ended, and nothing is before this
            work()

    def large_file(self, spool_id: str) -> LargeFile:
        return LargeFile(self._large, spool_id)

    # ---- settle.Applied

    def finished(self) -> int:
        return self._batches.finished

    def settled(self, sequence: int) -> None:
        self._log.settled(sequence)
        self._batches.note_settled()

    async def again(self, sequence: int) -> None:
        refused = set(self._batches.withdrawn)
        await again(
            self._log.folder, self._applier, lambda each: each <= sequence and each not in refused, self._settler
        )

    # ---- within

    async def _commit_all(self) -> None:
        """A batch that fails for a reason that nobody foresaw costs its own messages, not those to come."""
        while True:
            (fault,) = await asyncio.gather(self._batches.run(), return_exceptions=True)
            if fault is None:
                return
            log.error("event=batch-broken log=%s", self._log.name, exc_info=fault)

    async def _catch_up(self) -> None:
        """Carry out what replay could not, when the disk lets us again."""
        while names := [name for name in left(self._data, self._worker) if name != self._log.name]:
            await asyncio.sleep(CATCH_UP)
            for name in names:
                await replay(self._data, self._applier, name)

    def _over(self, batch: Sequence[Letter]) -> None:
        """The batch is through with them; a large one's file is needed until no replay can want it."""
        for letter in batch:
            if letter.large is not None:
                self._keep(letter, letter.large)
        if self._large_files:
            self._remove(self._log.forgotten)

    def _keep(self, letter: Letter, file: LargeFile) -> None:
        if letter.refused is not None:
            self.later(file.discard)
        else:
            self._large_files[letter.sequence] = file
            self.later(file.placed)

    def _remove(self, forgotten: int) -> None:
        over = [self._large_files.pop(each).path for each in list(self._large_files) if each <= forgotten]
        if over:
            self.later(lambda: large.remove(over))

    def _now(self) -> tuple[int, int]:
        return int(self.clock.now()), self.clock.zone()

    def _new_id(self) -> str:
        """Unique among all that this worker ever gave; the worker's name makes it unique among all."""
        return f"{self._log.name}-{self._log.number():x}"
