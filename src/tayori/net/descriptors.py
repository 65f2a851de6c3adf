"""The file descriptors of a process: connections leave some to what they ask for, and the log says when they are few.

descriptors.has_room(number, now)   whether a connection that got this one may stay; if not, the log is told
descriptors.look(now)               none is left at all: callers are hung up on, and nobody else would know
"""

import asyncio
import errno
import logging
import os
import resource
from math import inf

log = logging.getLogger("tayori.net")

SHARE = 8  # an eighth is not for connections, but for mail, logs and programs …
MOST_SPARED = 512  # … or so many
EVERY = 1.0  # second: how often the log is told


class Descriptors:
    """The kernel gives the lowest free number: as many as its number are in use."""

    def __init__(self, limit: int | None = None) -> None:
        self.limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0] if limit is None else limit
        self._room = self.limit - min(self.limit // SHARE, MOST_SPARED)
        self._complained = -inf

    def has_room(self, number: int, now: float) -> bool:
        """`now`: seconds of any clock that only goes forward."""
        if number < self._room:
            return True
        self._complain(now)
        return False

    def _complain(self, now: float) -> None:
        if now - self._complained >= EVERY:
            self._complained = now
            log.error("reason=too-many-open-files limit=%d: new connections are turned away; raise it: %s",
                      self.limit, "LimitNOFILE= of the service, or ulimit -n, or workers")  # fmt: skip

    def look(self, now: float) -> None:
        try:
            os.close(os.dup(0))
        except OSError as fault:
            if fault.errno in (errno.EMFILE, errno.ENFILE):
                self._complain(now)


def number_of(transport: asyncio.BaseTransport) -> int:
    """Its descriptor; -1 where there is none."""
    socket = transport.get_extra_info("socket")
    return socket.fileno() if socket is not None else -1
