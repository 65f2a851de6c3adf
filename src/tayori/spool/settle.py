"""Settling: files and catalogs are made durable once a second, and the log's segments are used again. DESIGN section 1.

Law: what the log forgets has been on the disk before, outside it.
"""

import asyncio
import ctypes
import logging
import os
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

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


class Settling:
    """`finished()`: the sequence up to which all is applied; `settled(sequence)` hears what may be forgotten."""

    def __init__(
        self,
        data: Path,
        applier: Applier,
        finished: Callable[[], int],
        settled: Callable[[int], None],
        thread: Executor,
    ) -> None:
        self._data = data
        self._applier = applier
        self._finished = finished
        self._settled = settled
        self._thread = thread
        self._last = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="settle")

    async def stop(self) -> None:
        """After a last settling. Raises OSError."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.settle()

    async def settle(self) -> None:
        """Raises OSError: nothing is forgotten then."""
        finished = self._finished()
        mark = self._applier.before_settling()
        await asyncio.get_running_loop().run_in_executor(self._thread, sync_file_system, self._data)
        await self._applier.settled(mark)
        self._settled(finished)
        self._last = finished

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(PAUSE)
            if self._applier.unsettled() or self._finished() > self._last:
                try:
                    await self.settle()
                except OSError as fault:
                    log.error("event=settling-failed error=%r", str(fault))
