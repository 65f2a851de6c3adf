"""After a crash: what the logs still hold is carried out, with the UIDs they recorded. DESIGN section 5.

Law: idempotent. What an account has seen already is not placed twice, so its messages are placed in the order of the
log; a log is emptied when all it held is settled. When the disk does not let us, it stays for another time.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from tayori.errors import NoSpace, NoSuchMailbox, TryLater
from tayori.model import Arrival, LogPosition, Store
from tayori.ports import Applier
from tayori.spool import failed, form, large, notes, recovery, segment, settle
from tayori.spool.failed import TRIES, Tries
from tayori.spool.faults import refusal
from tayori.spool.recovery import Logged, Recovered

log = logging.getLogger("tayori.spool")

BATCH = 100  # messages carried out together
AGAIN = "again"  # in the names of the files that are made here
NOT_LOGS = frozenset({"large", "failed"})  # folders under spool/


class Failure(NamedTuple):
    """One of a message's stores that came to nothing."""

    logged: Logged
    store: Store
    why: Exception


async def replay(data: Path, applier: Applier, worker: str | None = None) -> int:
    """Carry out the logs of all workers, or of one; how many messages. Not of a log that is open.

    All of them, before anybody listens: then UIDs are those that the logs recorded. One, while others serve: then a
    message that had not come to lie anywhere gets a new UID, as no UID may appear below one that has been seen.
    What cannot be carried out now stays. Raises OSError (a log cannot be read), OtherVersion.
    """
    logs = _logs(data)
    wanted = [path for path in logs if worker is None or path.name == worker]
    count = sum([await _Replay(path, applier, first=worker is None).run() for path in wanted])
    if worker is None and not is_held(data):
        large.remove(list((data / "spool" / "large").glob("*")))  # drafts that were never committed
    return count


def _logs(data: Path) -> list[Path]:
    return [path for path in sorted((data / "spool").glob("*")) if path.name not in NOT_LOGS and path.is_dir()]


def ends(data: Path) -> dict[str, int]:
    """The sequence at which each log ends: a power cut may have taken what was behind it, and nobody was promised that.

    Raises OSError, OtherVersion.
    """
    return {path.name: recovery.read(path).logged for path in _logs(data)}


def is_held(data: Path) -> bool:
    """Whether some log has messages that `replay` could not carry out. Raises OSError."""
    return any(recovery.read(path).messages for path in _logs(data))


def left(data: Path, worker: str) -> list[str]:
    """The worker's logs, of this life or former ones, that hold messages which may not be settled. Raises OSError."""
    logs = [path for path in (data / "spool").glob(f"{worker}*") if path.name.split("-")[0] == worker]
    return [path.name for path in logs if recovery.read(path).messages]


async def again(folder: Path, applier: Applier, wanted: Callable[[int], bool], thread: Executor) -> None:
    """Carry out once more those of a log's messages whose sequences are `wanted`, though its worker lives.

    Raises OSError, Refusal.
    """
    found = await asyncio.get_running_loop().run_in_executor(thread, recovery.read, folder)
    one = _Replay(folder, applier, first=False)
    for batch in _batches([logged for logged in found.messages if wanted(logged.sequence)], BATCH):
        for failure in await one.place(batch):
            raise failure.why


class _Replay:
    """One log; `first`: nobody listens yet."""

    def __init__(self, folder: Path, applier: Applier, first: bool) -> None:
        self._first = first
        self._folder = folder
        self._spool = folder.parent
        self._applier = applier
        self._tries = Tries(folder)

    async def run(self) -> int:
        """How many messages were carried out."""
        found = recovery.read(self._folder)
        if not found.messages:
            return 0
        log.warning("event=replay log=%s messages=%d", self._folder.name, len(found.messages))
        died_before = self._tries.begin("replay") > 1  # then one by one, so that the culprit is found
        try:
            for batch in _batches(found.messages, 1 if died_before else BATCH):
                await self._carry_out(batch)
            await self._empty(found)
        except (OSError, TryLater) as fault:
            self._tries.forget("replay")
            log.error("event=replay-held log=%s error=%r cause=%r", self._folder.name, fault, fault.__cause__)
            return 0
        return len(found.messages)

    async def _carry_out(self, batch: Sequence[Logged]) -> None:
        """A batch that fails is taken apart, so that one message does not keep others. Raises TryLater, OSError."""
        groups = list(notes.groups(batch))
        if len(groups) > 1 and not await self.place(batch):
            return
        for group in groups:
            await self._carry_out_alone(group)

    async def _carry_out_alone(self, group: Sequence[Logged]) -> None:
        """A message, or those that belong together."""
        failures = _all_of(group, RuntimeError("the server ended at each try"))
        what = str(group[0].sequence)
        while failures:
            hopeless = all(isinstance(failure.why, NoSuchMailbox) for failure in failures)
            if hopeless or self._tries.begin(what) > TRIES:
                self._give_up(group, failures)
                return
            failures = await self.place(group)
            if any(isinstance(failure.why, NoSpace) for failure in failures):
                self._tries.forget(what)
                raise NoSpace("No space left for mail")
            await asyncio.sleep(failed.PAUSE if failures else 0)
        self._tries.forget(what)

    async def place(self, batch: Sequence[Logged]) -> list[Failure]:
        """What of the batch could not be placed, nor had been before."""
        made: list[str] = []
        try:
            arrivals = [arrival for logged in batch for arrival in self._arrivals(logged, made)]
            answers = await self._applier.place(arrivals)
        except OSError as fault:
            return _all_of(batch, refusal(fault))
        finally:
            large.remove(made)
        wanted = [(logged, store) for logged in batch for store in logged.wanted]
        return [
            Failure(logged, store, answer)
            for (logged, store), answer in zip(wanted, answers, strict=True)
            if isinstance(answer, Exception)
        ]

    def _arrivals(self, logged: Logged, made: list[str]) -> Iterator[Arrival]:
        """Raises OSError."""
        position = LogPosition(self._folder.name, logged.sequence)
        message = logged.message
        files = [""] * len(message.stores)
        if message.large:
            kept, files = large.finished(self._spool / "large" / message.id, message, AGAIN)
            made += files
        else:
            kept = form.kept(logged.content())
        for nth, file in enumerate(files):
            if nth in logged.missed:
                continue
            arrival = form.arrival(message, nth, position, kept, file)
            arrival.promised = True
            if self._first and (place := logged.places.get(nth)):
                arrival.recorded = (place.uid_validity, place.uid)
            yield arrival

    def _give_up(self, group: Sequence[Logged], failures: Sequence[Failure]) -> None:
        """Raises OSError."""
        why = "; ".join(sorted({_reason(failure.why) for failure in failures}))
        for logged in group:
            stores = [failure.store for failure in failures if failure.logged is logged]
            failed.keep(self._spool, logged, stores, why)

    async def _empty(self, found: Recovered) -> None:
        """Everything is settled; then the segments hold nothing. Raises OSError."""
        mark = self._applier.before_settling()
        with ThreadPoolExecutor(1, "spool-settle") as thread:
            await asyncio.get_running_loop().run_in_executor(thread, settle.sync_file_system, self._folder)
        await self._applier.settled(mark)
        for generation, path in enumerate(found.segments, found.generation + 1):
            one = segment.reopen(path)
            try:
                one.begin(generation, found.last + 1)
                one.sync()
            finally:
                one.close()
        large.remove([self._spool / "large" / logged.message.id for logged in found.messages if logged.message.large])
        self._tries.forget("*")
        if "-" in self._folder.name:  # no log will have that name again
            large.remove(found.segments)
            self._folder.rmdir()


def _batches(messages: Sequence[Logged], most: int) -> Iterator[list[Logged]]:
    """At most so many messages, unless more belong together: those are never divided."""
    batch: list[Logged] = []
    for group in notes.groups(messages):
        if batch and len(batch) + len(group) > most:
            yield batch
            batch = []
        batch += group
    if batch:
        yield batch


def _all_of(batch: Sequence[Logged], why: Exception) -> list[Failure]:
    return [Failure(logged, store, why) for logged in batch for store in logged.wanted]


def _reason(why: Exception) -> str:
    return f"{why} ({why.__cause__!r})" if why.__cause__ else str(why)
