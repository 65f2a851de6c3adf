"""Group commit: what waits is logged, applied and made durable together; then all who wait hear of it.

Law: nobody hears yes before the sync, and whoever hears no leaves nothing behind that anyone could see.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tayori.errors import NoSuchMailbox, Refusal, TryLater
from tayori.model import Arrival, LogPosition, Placement, Receipt
from tayori.ports import Applier
from tayori.spool import form, notes
from tayori.spool.faults import refusal
from tayori.spool.form import Kept
from tayori.spool.large import LargeFile
from tayori.spool.log import Log
from tayori.spool.notes import Message, Missed, Place
from tayori.spool.recipients import Recipients
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
    exact: bool = False  # INBOX instead of the mailbox will not do
    large: LargeFile | None = None
    recipients: Recipients | None = None  # who are answered each for itself; None: one answer is all
    sequence: int = 0
    placements: dict[int, Placement] = field(default_factory=dict)  # by store
    missed: Sequence[int] = ()  # stores that are not kept, though others are
    unwanted: Sequence[Placement] = ()  # to be taken back
    refused: Exception | None = None  # nothing of it is kept

    @property
    def has_replaced(self) -> bool:
        """Another message has gone for this one: it cannot be taken back, nor need it be, for the log has it."""
        return self.message.replaces is not None and bool(self.placements) and self.refused is None

    def arrivals(self, log_name: str) -> list[Arrival]:
        position = LogPosition(log_name, self.sequence)
        files = self.large.finished if self.large else [""] * len(self.message.stores)
        return [form.arrival(self.message, nth, position, self.kept, file) for nth, file in enumerate(files)]

    def take(self, answers: Sequence[Answer]) -> None:
        """What became of its stores: of all of them or of all that a recipient leads to, or the message is refused."""
        self.placements = {nth: answer for nth, answer in enumerate(answers) if isinstance(answer, Placement)}
        if self.exact or len(self.placements) < len(answers):
            objections = {nth: why for nth, answer in enumerate(answers) if (why := self._objection(nth, answer))}
            if objections:
                self._deny(objections)

    def refuse(self, why: Exception) -> None:
        """All of it, for the same reason to everyone."""
        self.recipients = None
        self._drop(why)

    def places(self) -> list[Place]:
        """For the log; none of a refused one."""
        return [
            Place(self.sequence, nth, placed.mailbox, placed.uid_validity, placed.uid)
            for nth, placed in self.placements.items()
        ]

    def _objection(self, nth: int, answer: Answer) -> Refusal | None:
        """Why no receipt can be made of this answer of the applier."""
        if isinstance(answer, Placement):
            elsewhere = self.exact and answer.mailbox != self.message.stores[nth].mailbox
            return NoSuchMailbox("No such mailbox") if elsewhere else None
        if isinstance(answer, Refusal):
            return answer
        # None: the catalog believes to have seen the position, so the log was put back to an older state.
        log.error("event=not-placed id=%s sequence=%d answer=%r", self.message.id, self.sequence, answer)
        return TryLater("The message cannot be stored now")

    def _deny(self, objections: Mapping[int, Refusal]) -> None:
        kept = self.recipients.deny(objections) if self.recipients else ()
        if not kept:
            self._drop(next(iter(objections.values())))
            return
        self.missed = [nth for nth in range(len(self.message.stores)) if nth not in kept]
        self.unwanted = [self.placements.pop(nth) for nth in self.missed if nth in self.placements]

    def _drop(self, why: Exception) -> None:
        self.refused = why
        self.unwanted = [*self.unwanted, *self.placements.values()]
        self.placements.clear()


@dataclass(slots=True)
class _Syncing:
    """A batch whose sync is under way, or has failed."""

    batch: list[Letter]
    withdrawn: int  # so many sequences does the log name that were withdrawn
    fault: BaseException | None = None


class Batches:
    """The loop. The log is written nowhere else; `over` hears of each batch that has got its answers.

    One batch is logged and applied while the one before it is synced, once it is as large: many small ones would cost
    more. A sync that fails takes both: what was appended behind it may lie in the segment that broke.
    """

    def __init__(self, spool_log: Log, applier: Applier, over: Callable[[Sequence[Letter]], None]) -> None:
        self._log = spool_log
        self._applier = applier
        self._over = over
        self._waiting: list[Sequence[Letter]] = []  # each of letters that belong together
        self._ready: list[Letter] | None = None  # applied, until its sync begins
        self._syncing: _Syncing | None = None
        self._arrived = asyncio.Event()
        self._stopping = False
        self.withdrawn: list[int] = []  # sequences that no durable record names yet
        self.finished = 0  # every message up to this sequence is applied, or was refused

    def join(self, letters: Sequence[Letter]) -> None:
        """Be part of the next batch, all of them; `Letter.done` tells how it went, of a no the first one's alone."""
        self._waiting.append(letters)
        if self._is_due:
            self._arrived.set()

    def note_settled(self) -> None:
        """Have the log say so with the next batch, and if nobody waits, at once."""
        self._arrived.set()

    def stop(self) -> None:
        """Let `run` return once nothing waits."""
        self._stopping = True
        self._arrived.set()

    async def run(self) -> None:
        """Commit batch after batch, until `stop`. After what it raises it may be run again."""
        while self._waiting or self._ready is not None or self._syncing is not None or not self._stopping:
            await self._arrived.wait()
            self._arrived.clear()
            await self._go_on()

    @property
    def _is_due(self) -> bool:
        """Whether to begin with those who wait."""
        if self._syncing is not None:
            return len(self._waiting) >= max(1, len(self._syncing.batch))
        return bool(self._waiting) or self._log.has_news

    async def _go_on(self) -> None:
        """As far as it goes without waiting for a sync."""
        if self._syncing is not None and self._syncing.fault is not None:
            await self._fail(self._syncing.batch, self._syncing.fault)
        if self._ready is None and self._is_due:
            await self._commit(self._next_batch())
        if self._ready is not None and self._syncing is None:
            self._begin_sync(self._ready)

    def _next_batch(self) -> list[Letter]:
        """What waits, so far as one write takes it; at least one, and what belongs together undivided."""
        batch: list[Letter] = []
        octets = taken = 0
        for letters in self._waiting:
            octets += sum([len(letter.content) for letter in letters])
            if octets > MAX_BATCH and batch:
                break
            batch += letters
            taken += 1
        self._waiting = self._waiting[taken:]
        return batch

    async def _commit(self, batch: list[Letter]) -> None:
        """Make it ready for its sync. Whatever happens to it, each of its letters gets an answer.

        Raises only what nobody foresaw.
        """
        try:
            await self._applied(batch)
            self._ready = batch
        except (OSError, Refusal) as fault:
            await self._refuse(batch, fault)
        except BaseException as fault:
            await self._refuse(batch, fault)
            raise

    def _begin_sync(self, batch: list[Letter]) -> None:
        """Of all that was appended."""
        self._ready = None
        self._syncing = _Syncing(batch, len(self.withdrawn))
        self._log.begun_sync().add_done_callback(self._synced)
        if self._is_due:
            self._arrived.set()

    def _synced(self, sync: "asyncio.Future[None]") -> None:
        """Who waits for it hears yes; a no is said in `_go_on`."""
        assert self._syncing is not None
        self._arrived.set()
        self._syncing.fault = sync.exception()
        if self._syncing.fault is None:
            del self.withdrawn[: self._syncing.withdrawn]
            batch, self._syncing = self._syncing.batch, None
            self._answer(batch)

    async def _fail(self, batch: list[Letter], fault: BaseException) -> None:
        """Raises only what nobody foresaw."""
        batch += self._ready or []
        self._syncing = self._ready = None
        await self._refuse(batch, fault)
        if not isinstance(fault, OSError):
            raise fault

    async def _refuse(self, batch: Sequence[Letter], fault: BaseException) -> None:
        await self._take_back(batch, fault)
        self._answer(batch)

    def _answer(self, batch: Sequence[Letter]) -> None:
        self.finished = max(self.finished, batch[-1].sequence) if batch else self.finished
        for letter in batch:
            _answer(letter)
        self._over(batch)

    async def _applied(self, batch: Sequence[Letter]) -> None:
        """All is written of it that its sync makes durable. Raises what the disk or the applier does."""
        for letter in batch:
            letter.sequence = self._log.number()
        await self._log.append([_message(letter) for letter in batch])
        if any(letter.message.replaces for letter in batch):
            await self._log.sync()  # what it replaces is not to go before the new one would survive
        if batch:
            await self._apply(batch)
            await self._log.append(self._outcome(batch))

    async def _apply(self, batch: Sequence[Letter]) -> None:
        """Place each letter, and all that belong together, in all their mailboxes or in none."""
        arrivals = [letter.arrivals(self._log.name) for letter in batch]
        answers = iter(await self._applier.place([arrival for each in arrivals for arrival in each]))
        for letter, each in zip(batch, arrivals, strict=True):
            letter.take([next(answers) for _ in each])
        for group in notes.groups(batch):
            _refuse_together(group)
        await self._withdraw([letter for letter in batch if letter.refused or letter.missed])

    def _outcome(self, batch: Sequence[Letter]) -> list[Entry]:
        """The records that tell where everything lies, and what is not to be carried out."""
        places = [place for letter in batch for place in letter.places()]
        missed = [Missed(letter.sequence, nth) for letter in batch for nth in letter.missed]
        entries = [Entry(self._log.number(), Kind.PLACED, notes.encode(notes.Placed(places, missed)))]
        return entries + self._withdrawal()

    def _withdrawal(self) -> list[Entry]:
        if not self.withdrawn:
            return []
        return [Entry(self._log.number(), Kind.WITHDRAWN, notes.encode(notes.Withdrawn(self.withdrawn)))]

    async def _withdraw(self, letters: Sequence[Letter]) -> None:
        """Nobody sees what is unwanted any more, and no replay is to carry it out. Raises what the applier does."""
        self.withdrawn += [letter.sequence for letter in letters if letter.refused]
        placements = [placement for letter in letters for placement in letter.unwanted]
        if placements:
            await self._applier.withdraw(placements)
        for letter in letters:
            letter.unwanted = ()

    async def _take_back(self, batch: Sequence[Letter], fault: BaseException) -> None:
        """Nothing of the batch is sure to be durable: undo it, and have the log say so at once if it can."""
        log.error("event=commit-failed log=%s messages=%d error=%r", self._log.name, len(batch), fault)
        not_refused = [letter for letter in batch if not letter.refused and not letter.has_replaced]
        for letter in not_refused:
            letter.refuse(refusal(fault))
        (second,) = await asyncio.gather(self._undo(not_refused), return_exceptions=True)
        if second is not None:
            log.error("event=not-undone log=%s messages=%d error=%r", self._log.name, len(not_refused), second)

    async def _undo(self, batch: Sequence[Letter]) -> None:
        await self._withdraw(batch)
        self._log.forsake_broken()
        await self._log.append(self._withdrawal())
        named = len(self.withdrawn)
        await self._log.sync()
        del self.withdrawn[:named]


def _refuse_together(group: Sequence[Letter]) -> None:
    why = next((letter.refused for letter in group if letter.refused), None)
    if why is not None and len(group) > 1:
        for letter in group:
            letter.refuse(why)


def _message(letter: Letter) -> Entry:
    return Entry(letter.sequence, Kind.MESSAGE, notes.encode(letter.message), letter.content)


def _answer(letter: Letter) -> None:
    """Whoever waits may have gone; the message stays where it is then."""
    if letter.done.done():
        return
    if letter.refused is not None and letter.message.nth:
        letter.done.cancel()  # the first one's says why
    elif letter.refused is not None and letter.recipients is None:
        letter.done.set_exception(letter.refused)
    else:
        letter.done.set_result(Receipt(letter.message.id, list(letter.placements.values())))
