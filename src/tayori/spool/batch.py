"""Group commit: what waits is logged, applied and made durable together; then all who wait hear of it.

Law: nobody hears yes before the sync, and whoever hears no leaves nothing behind that anyone could see.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tayori.errors import NoSuchMailbox, Refusal, TryLater
from tayori.model import Arrival, LogPosition, Placement, Receipt
from tayori.ports import Applier
from tayori.spool import form, notes
from tayori.spool.faults import refusal
from tayori.spool.form import Kept
from tayori.spool.log import Log
from tayori.spool.notes import Message, Place
from tayori.spool.record import Kind
from tayori.spool.segment import Entry

log = logging.getLogger("tayori.spool")

MAX_BATCH = 4 * 2**20  # octets of messages that one write takes

Answer = Placement | Exception | None


@dataclass(slots=True, eq=False)
class Letter:
    """A message that waits to be committed."""

    message: Message
    content: bytes  # as the log keeps it; b"" for a large one
    kept: Kept
    done: "asyncio.Future[Receipt]"
    files: Sequence[str] = ()  # of a large one: finished, one for each of the stores
    exact: bool = False  # INBOX instead of the mailbox will not do
    sequence: int = 0
    placements: list[Placement] = field(default_factory=list)
    refused: Exception | None = None

    def arrivals(self, log_name: str) -> list[Arrival]:
        position = LogPosition(log_name, self.sequence)
        files = self.files or [""] * len(self.message.stores)
        return [form.arrival(self.message, nth, position, self.kept, file) for nth, file in enumerate(files)]

    def take(self, answers: Iterable[Answer]) -> None:
        """What became of each of its stores: all of them, or the message is refused."""
        for store, answer in zip(self.message.stores, answers, strict=True):
            if isinstance(answer, Placement):
                self.placements.append(answer)
                if self.exact and answer.mailbox != store.mailbox:
                    self.refused = NoSuchMailbox("No such mailbox")
            else:
                self.refused = answer or TryLater("The message cannot be stored now")

    def places(self) -> list[Place]:
        return [
            Place(self.sequence, nth, placed.mailbox, placed.uid_validity, placed.uid)
            for nth, placed in enumerate(self.placements)
        ]


class Batches:
    """The loop. `log` is only written here."""

    def __init__(self, spool_log: Log, applier: Applier) -> None:
        self._log = spool_log
        self._applier = applier
        self._waiting: list[Letter] = []
        self._arrived = asyncio.Event()
        self._withdrawn: list[int] = []  # still to be noted
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self.finished = 0  # everything up to this sequence is applied or withdrawn

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="spool-batches")

    async def stop(self) -> None:
        """After everything that waits."""
        self._stopping = True
        self._arrived.set()
        if self._task is not None:
            await self._task

    async def commit(self, letter: Letter) -> Receipt:
        """Wait until it is durable. Raises Refusal: nothing of it is kept."""
        if self._stopping:
            raise TryLater("The server is stopping, try again")
        self._waiting.append(letter)
        self._arrived.set()
        return await letter.done

    async def _run(self) -> None:
        while self._waiting or not self._stopping:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                await self._commit(self._next_batch())

    def _next_batch(self) -> list[Letter]:
        """What waits, up to MAX_BATCH octets, at least one."""
        octets = 0
        for at, letter in enumerate(self._waiting):
            octets += len(letter.content)
            if octets > MAX_BATCH and at:
                batch, self._waiting = self._waiting[:at], self._waiting[at:]
                return batch
        batch, self._waiting = self._waiting, []
        return batch

    async def _commit(self, batch: list[Letter]) -> None:
        for letter in batch:
            letter.sequence = self._log.number()
        try:
            await self._log.append([*self._notes(), *map(_entry, batch)])
            await self._apply(batch)
            await self._log.append([_placed(self._log.number(), batch), *self._notes()])
            await self._log.sync()
        except OSError as fault:
            log.error("event=commit-failed log=%s messages=%d error=%r", self._log.name, len(batch), str(fault))
            for letter in batch:
                letter.refused = letter.refused or refusal(fault)
        await self._withdraw([letter for letter in batch if letter.refused])
        self.finished = batch[-1].sequence
        for letter in batch:
            _answer(letter)

    async def _apply(self, batch: list[Letter]) -> None:
        arrivals = [letter.arrivals(self._log.name) for letter in batch]
        answers = iter(await self._applier.place([arrival for each in arrivals for arrival in each]))
        for letter, each in zip(batch, arrivals, strict=True):
            letter.take([next(answers) for _ in each])
        await self._withdraw([letter for letter in batch if letter.refused])

    async def _withdraw(self, refused: list[Letter]) -> None:
        """Nobody sees them any more, and no replay carries them out: that is noted with the next records."""
        for letter in refused:
            placements, letter.placements = letter.placements, []
            self._withdrawn.append(letter.sequence)
            try:
                await self._applier.withdraw(placements)
            except Refusal as cause:
                log.error("event=not-withdrawn id=%s placements=%r cause=%r", letter.message.id, placements, cause)

    def _notes(self) -> list[Entry]:
        """Records of what was withdrawn since the last ones."""
        if not self._withdrawn:
            return []
        sequences, self._withdrawn = sorted(set(self._withdrawn)), []
        return [Entry(self._log.number(), Kind.WITHDRAWN, notes.encode(notes.Withdrawn(sequences)))]


def _entry(letter: Letter) -> Entry:
    return Entry(letter.sequence, Kind.MESSAGE, notes.encode(letter.message), letter.content)


def _placed(sequence: int, batch: list[Letter]) -> Entry:
    places = [place for letter in batch for place in letter.places()]
    return Entry(sequence, Kind.PLACED, notes.encode(notes.Placed(places)))


def _answer(letter: Letter) -> None:
    """Whoever waits may have gone; the message stays where it is then."""
    if letter.done.done():
        return
    if letter.refused is not None:
        letter.done.set_exception(letter.refused)
    else:
        letter.done.set_result(Receipt(letter.message.id, letter.placements))
