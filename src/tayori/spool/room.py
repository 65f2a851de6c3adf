"""Room is asked before the promise: what is left of the file system for messages that come in. DESIGN section 5."""

import os
from pathlib import Path

from tayori.errors import NoSpace
from tayori.ports import Clock
from tayori.spool.faults import refusal
from tayori.spool.settings import Settings

GOOD_FOR = 0.2  # seconds that the file system's answer is trusted for
COPIES = 2  # a message is on the disk so often until it is settled: in the log or in spool/large, and in a mailbox


class Room:
    """`promised`: octets of the drafts that are open, as they were declared or have come."""

    def __init__(self, data: Path, settings: Settings, clock: Clock) -> None:
        self._data = data
        self._settings = settings
        self._clock = clock
        self._asked = -GOOD_FOR
        self._octets = 0
        self._files = 0
        self.promised = 0

    def check(self, octets: int = 0) -> None:
        """Return if so much more may be promised. Raises NoSpace, TryLater."""
        now = self._clock.now()
        if 0 <= now - self._asked < GOOD_FOR and self._enough(octets):
            return
        self._ask()  # nor is an old no trusted: room may just have been made
        self._asked = now
        if not self._enough(octets):
            raise NoSpace("No space left for mail")

    def _enough(self, octets: int) -> bool:
        left = self._octets - COPIES * (self.promised + octets)
        return left >= self._settings.reserve and self._files >= self._settings.reserve_files

    def _ask(self) -> None:
        try:
            found = os.statvfs(self._data)
        except OSError as fault:
            raise refusal(fault) from fault
        self._octets = found.f_bavail * found.f_frsize
        self._files = found.f_favail if found.f_files else self._settings.reserve_files  # some count none
