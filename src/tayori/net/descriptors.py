"""The file descriptors of a process: connections leave some to what they ask for, and the log says when they are few.

descriptors.has_room(number)      whether a connection that got this one may stay
descriptors.complain(now)         the log is told, once a second at most
descriptors.look(now)             none is left at all: the kernel's callers are hung up on, and nobody else would know
"""

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

    def has_room(self, number: int) -> bool:
        return number < self._room

    def complain(self, now: float) -> None:
        """`now`: seconds of any clock that only goes forward."""
        if now - self._complained >= EVERY:
            self._complained = now
            log.error("reason=too-many-open-files limit=%d: new connections are turned away; raise it: %s",
                      self.limit, "LimitNOFILE= of the service, or ulimit -n, or workers")  # fmt: skip

    def look(self, now: float) -> None:
        try:
            os.close(os.dup(0))
        except OSError as fault:
            if fault.errno in (errno.EMFILE, errno.ENFILE):
                self.complain(now)
