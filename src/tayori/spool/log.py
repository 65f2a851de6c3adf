"""One worker's log: records go to the end of a segment, a sync makes them durable, settled segments are used again.

Law: what could not be written or synced is left as it is, and the log goes on in another segment; nothing is written
behind the records of a former life. Sequences ascend over the whole life of the log.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path

from tayori.spool import notes, recovery, segment
from tayori.spool.record import PAGE, Kind
from tayori.spool.segment import Entry, Segment
from tayori.spool.thread import Thread

log = logging.getLogger("tayori.spool")

FIRST_SEGMENT = 2**20  # octets; the first is small, for a server that starts and has nothing to do yet
SPARE_SEGMENTS = 6  # more of them than this are not kept


class Log:
    """Open for appending. `octets`: of a segment; `writer`: the thread that syncs, `maker`: one that waits."""

    def __init__(self, folder: Path, octets: int, writer: Thread, maker: Executor) -> None:
        self.name = folder.name
        self.folder = folder  # spool/<name>
        self._octets = octets
        self._writer = writer
        self._maker = maker
        self._number = 0
        self._generation = 0
        self._files = 0  # the highest number that a file has for its name
        self._settled = 0  # as it was told
        self._noted = 0  # as the last record of it says
        self.forgotten = 0  # as a durable record says: no replay carries out anything up to it
        self._free: deque[Segment] = deque()
        self._full: list[Segment] = []
        self._dirty: list[Segment] = []
        self._active: Segment | None = None
        self._spare: asyncio.Task[None] | None = None

    async def open(self, now: int) -> None:
        """Begin a life; no sequence will be below `now`. Raises OSError, OtherVersion.

        A folder that holds messages which no replay has carried out is left to it, and a new one is begun beside it.
        """
        segment.make_folder(self.folder)
        found = recovery.read(self.folder)
        if found.messages:
            self.folder = self.folder.with_name(f"{self.name}-{now:x}")
            self.name = self.folder.name
            segment.make_folder(self.folder)
            found = recovery.Recovered([])
        self._generation = found.generation
        self._number = max(found.last + 1, now)
        self._files = max((int(path.stem) for path in found.segments), default=0)
        for draft in self.folder.glob("*.new"):
            draft.unlink()
        for path in found.segments:
            self._free.append(segment.reopen(path))

    def number(self) -> int:
        """The next of the one series that sequences and spool ids are taken from."""
        self._number += 1
        return self._number

    async def append(self, entries: Sequence[Entry]) -> None:
        """Write records, and with them what is settled; their sequences ascend.

        Raises OSError: some of them may stand in the log, as if they were not synced.
        """
        settled = self._settled
        if self.has_news:
            entries = [*entries, Entry(self.number(), Kind.SETTLED, notes.encode(notes.Settled(settled)))]
        if not entries:
            return
        needed = segment.octets(entries)
        active = self._active
        if active is None or not active.fits(needed):
            active = await self._turn(needed, entries[0].sequence)
        if active not in self._dirty:
            self._dirty.append(active)
        try:
            active.append(entries)
        except OSError:
            self._dirty.remove(active)  # who was in it hears no: there is nothing to sync
            raise
        self._noted = settled

    @property
    def has_news(self) -> bool:
        """Whether more is settled than the log says."""
        return self._settled > self._noted

    async def sync(self) -> None:
        """On return all that was appended before survives a power cut. Raises OSError: then none of it may."""
        await self.begun_sync()

    def begun_sync(self) -> "asyncio.Future[None]":
        """The same, begun: what is appended from now on has no part in it, and fails behind it if it fails."""
        dirty, self._dirty = self._dirty, []
        sync = self._writer.begun(lambda: _sync(dirty))
        sync.add_done_callback(partial(self._end_sync, self._noted))
        return sync

    def _end_sync(self, noted: int, sync: "asyncio.Future[None]") -> None:
        if not sync.cancelled() and sync.exception() is None:
            self.forgotten = noted

    def forsake_broken(self) -> None:
        """Whatever was appended to segments that broke since is refused: they need no sync, and would only fail it."""
        self._dirty = [each for each in self._dirty if not each.broken]

    def settled(self, sequence: int) -> None:
        """All records up to `sequence` are of no more use: what holds only such is used again."""
        self._settled = sequence
        over = [each for each in self._full if each.last <= sequence]
        self._full = [each for each in self._full if each.last > sequence]
        for each in over:
            self._recycle(each)

    async def close(self) -> None:
        """Leave it empty on the disk, once everything is settled. Raises OSError."""
        if self._spare is not None:
            await asyncio.gather(self._spare, return_exceptions=True)
        if self._active is not None:
            self._full.append(self._active)
        self.settled(self._number)
        segments, self._free = list(self._free), deque()
        try:
            await self._writer.done(lambda: _sync(segments))
        finally:
            for each in segments:
                each.close()

    def _recycle(self, old: Segment) -> None:
        """A segment that was broken is not trusted again, nor is a small one worth it where there are others."""
        small = old.size < self._octets and bool(self._free)
        if old.broken or small or len(self._free) >= SPARE_SEGMENTS:
            old.remove()
            return
        try:
            self._begin(old, self._number + 1)
        except OSError as fault:
            log.warning("event=segment-lost path=%s error=%r", old.path, str(fault))
            old.remove()
            return
        self._free.append(old)

    def _begin(self, one: Segment, first: int) -> None:
        self._generation += 1
        one.begin(self._generation, first)

    async def _turn(self, needed: int, first: int) -> Segment:
        """Go on in a segment that has room for so many octets, from the sequence `first` on. Raises OSError."""
        fresh = self._fit(needed) or await self._create(needed)
        try:
            self._begin(fresh, first)
        except OSError:
            fresh.remove()
            raise
        if self._active is not None:
            self._full.append(self._active)
        self._active = fresh
        if not self._free and self._spare is None:
            self._spare = asyncio.create_task(self._prepare())
        return fresh

    def _fit(self, needed: int) -> Segment | None:
        """A free segment of that room; smaller ones are done away with."""
        while self._free:
            free = self._free.popleft()
            if free.size >= needed + PAGE:
                return free
            free.remove()
        return None

    async def _create(self, needed: int) -> Segment:
        size = self._octets if self._active is not None else min(FIRST_SEGMENT, self._octets)
        return await self._made(max(size, needed + PAGE))

    async def _prepare(self) -> None:
        """Have one more at hand before it is needed."""
        try:
            self._free.append(await self._made(self._octets))
        except OSError as fault:
            log.warning("event=segment-not-made folder=%s error=%r", self.folder, str(fault))
        finally:
            self._spare = None

    async def _made(self, size: int) -> Segment:
        self._files += 1
        path = self.folder / f"{self._files:08}.log"
        return await asyncio.get_running_loop().run_in_executor(self._maker, segment.create, path, size)


def _sync(segments: Sequence[Segment]) -> None:
    for each in segments:
        each.sync()
