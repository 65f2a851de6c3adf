"""Settling: files and catalogs are made durable once a second, and the log's segments are used again. DESIGN section 1.

Law: what the log forgets has been on the disk before, outside it. After a sync that failed the kernel may have dropped
what it could not write and say nothing of it next time: so everything is carried out once more before the next one.
"""

import asyncio
import ctypes
import logging
import os
from collections.abc import Awaitable
from concurrent.futures import Executor
from pathlib import Path
from typing import Protocol

from tayori.ports import Applier

log = logging.getLogger("tayori.spool")

PAUSE = 1.0  # seconds between two settlings while there are changes

_libc = ctypes.CDLL(None, use_errno=True)


def sync_file_system(folder: Path) -> None:
    """All that was written to the file system of `folder` is on the disk. syncfs(2). Raises OSError. For a thread."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if _libc.syncfs(descriptor) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), str(folder))
    finally:
        os.close(descriptor)


class Applied(Protocol):
    """What is to be settled, as the spool knows it."""

    def finished(self) -> int:
        """Everything up to this sequence is applied."""

    def settled(self, sequence: int) -> None:
        """Everything up to it may be forgotten."""

    def again(self, sequence: int) -> Awaitable[None]:
        """Carry out once more what was not settled, up to it. Raises OSError, Refusal."""


class Settling:
    """The loop. `thread` is its own."""

    def __init__(self, data: Path, applier: Applier, applied: Applied, thread: Executor) -> None:
        self._data = data
        self._applier = applier
        self._applied = applied
        self._thread = thread
        self._last = 0
        self._marks: list[object] = []  # of settlings that failed
        self._failed = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="spool-settling")

    async def stop(self) -> None:
        """After a last settling. Raises OSError, Refusal."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.settle()

    async def settle(self) -> None:
        """Raises OSError, Refusal: nothing is forgotten then."""
        finished = self._applied.finished()
        if self._failed:
            await self._applied.again(finished)
        self._marks.append(self._applier.before_settling())
        await self._sync()
        marks, self._marks = self._marks, []
        for mark in marks:
            await self._applier.settled(mark)
        self._applied.settled(finished)
        self._last = finished

    async def _sync(self) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, sync_file_system, self._data)
        except OSError:
            self._failed = True
            raise
        self._failed = False

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(PAUSE)
            if self._applier.unsettled() or self._failed or self._applied.finished() > self._last:
                (fault,) = await asyncio.gather(self.settle(), return_exceptions=True)
                if fault is not None:
                    log.error("event=settling-failed error=%r", fault)
