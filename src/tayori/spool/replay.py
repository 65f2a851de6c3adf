"""After a crash: what the logs still hold is carried out, with the UIDs they recorded. DESIGN section 5.

Law: idempotent. What an account has seen already is not placed twice; a log is emptied when all it held is settled.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from tayori.errors import NoSuchMailbox
from tayori.model import Arrival, LogPosition, Placement
from tayori.ports import Applier
from tayori.spool import form, large, recovery, segment
from tayori.spool.recovery import Logged, Recovered
from tayori.spool.settle import sync_file_system

log = logging.getLogger("tayori.spool")

BATCH = 100  # messages carried out together
TRIES = 5  # of one record, over all starts
PAUSE = 0.2  # seconds between two of them
NOT_LOGS = frozenset({"large", "failed"})  # folders under spool/


class Unfinished(Exception):
    """A log could not be emptied: the disk does not let us."""


async def replay(data: Path, applier: Applier, worker: str | None = None) -> int:
    """Carry out the logs of all workers, or of one; how many messages. Before anybody opens those logs.

    Raises Unfinished, OSError.
    """
    spool = data / "spool"
    names = [worker] if worker else sorted(path.name for path in spool.glob("*") if path.name not in NOT_LOGS)
    count = 0
    for name in names:
        if (spool / name).is_dir():
            count += await _Replay(data, spool / name, applier).run()
    if worker is None:
        large.remove(list((spool / "large").glob("*")))
    return count


class _Replay:
    """One log."""

    def __init__(self, data: Path, folder: Path, applier: Applier) -> None:
        self._data = data
        self._folder = folder
        self._large = data / "spool" / "large"
        self._failed = data / "spool" / "failed"
        self._applier = applier

    async def run(self) -> int:
        found = recovery.read(self._folder)
        if not found.messages:
            return 0
        log.warning("replay log=%s messages=%d", self._folder.name, len(found.messages))
        died_before = self._begun()
        messages = iter(found.messages)
        while batch := list(islice(messages, 1 if died_before else BATCH)):
            await self._carry_out(batch)
        await self._empty(found)
        self._tries("replay").unlink(missing_ok=True)
        return len(found.messages)

    def _begun(self) -> bool:
        """Whether an earlier try to replay this log did not come to its end: then records go one by one."""
        return self._count("replay") > 1

    async def _carry_out(self, batch: Sequence[Logged]) -> None:
        """A batch that fails is taken apart, so that one record does not keep others."""
        alone = len(batch) == 1
        if alone and self._count(str(batch[0].sequence)) > TRIES:
            self._give_up(batch[0], "the server ended at each try to place it")
            return
        fault = await self._try(batch)
        if fault and not alone:
            for logged in batch:
                await self._carry_out([logged])
        elif fault:
            await self._try_again(batch[0], fault)
        if alone:
            self._tries(str(batch[0].sequence)).unlink(missing_ok=True)

    async def _try_again(self, logged: Logged, fault: Exception) -> None:
        while not isinstance(fault, NoSuchMailbox) and self._count(str(logged.sequence)) <= TRIES:
            await asyncio.sleep(PAUSE)
            again = await self._try([logged])
            if again is None:
                return
            fault = again
        self._give_up(logged, str(fault))

    async def _try(self, batch: Sequence[Logged]) -> Exception | None:
        """Why it did not work, if it did not."""
        made: list[str] = []
        try:
            arrivals = [arrival for logged in batch for arrival in self._arrivals(logged, made)]
            answers = await self._applier.place(arrivals)
        except OSError as fault:
            return fault
        finally:
            large.remove(made)
        return next((answer for answer in answers if answer and not isinstance(answer, Placement)), None)

    def _arrivals(self, logged: Logged, made: list[str]) -> Iterator[Arrival]:
        position = LogPosition(self._folder.name, logged.sequence)
        message = logged.message
        files = [""] * len(message.stores)
        if message.large:
            kept, files = large.finished(self._large / message.id, message)
            made += files
        else:
            kept = form.kept(logged.content())
        for nth, file in enumerate(files):
            arrival = form.arrival(message, nth, position, kept, file)
            if place := logged.places.get(nth):
                arrival.recorded = (place.uid_validity, place.uid)
            yield arrival

    def _give_up(self, logged: Logged, why: str) -> None:
        """Kept for a person to look at: the message, and beside it what went wrong. Raises OSError."""
        message = logged.message
        self._failed.mkdir(0o700, exist_ok=True)
        target = self._failed / f"{message.id}.eml"
        if message.large:
            (self._large / message.id).rename(target)
        else:
            target.write_bytes(logged.content())
        to = ", ".join(store.delivered_to or store.account for store in message.stores)
        target.with_suffix(".error").write_text(f"{why}\nfrom: <{message.sender or ''}>\nto: {to}\n", encoding="utf-8")
        log.error("given up id=%s kept=%s why=%r", message.id, target, why)

    async def _empty(self, found: Recovered) -> None:
        """Everything is settled; then the segments hold nothing. Raises OSError."""
        mark = self._applier.before_settling()
        await asyncio.get_running_loop().run_in_executor(None, sync_file_system, self._data)
        await self._applier.settled(mark)
        for generation, path in enumerate(found.segments, found.generation + 1):
            one = segment.reopen(path)
            try:
                one.begin(generation, found.last + 1)
                one.sync()
            finally:
                one.close()
        large.remove([self._large / logged.message.id for logged in found.messages if logged.message.large])

    def _tries(self, what: str) -> Path:
        return self._folder / f"{what}.tries"

    def _count(self, what: str) -> int:
        """How often this was begun, this time included; kept on the disk."""
        path = self._tries(what)
        try:
            count = int(path.read_text(encoding="ascii") or 0) + 1
        except (FileNotFoundError, ValueError):
            count = 1
        path.write_text(str(count), encoding="ascii")
        return count
