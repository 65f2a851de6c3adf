"""Signals as something that a selector can wait for, and forks that inherit none of it."""

import os
import signal
import socket
from collections.abc import Sequence
from types import FrameType, TracebackType

OF_THE_TERMINAL = (signal.SIGINT, signal.SIGHUP)
"""These go to every process of a terminal's group; the parent says what they mean."""


def _noted(number: int, frame: FrameType | None) -> None:
    """Python writes the number to the wakeup socket for signals that have a handler."""


class Signals:
    """While it is entered, `wanted` signals make `fileno` readable, and `taken` tells which came."""

    def __init__(self, wanted: Sequence[signal.Signals]) -> None:
        self._wanted = wanted
        self._inlet, self._outlet = socket.socketpair()
        for end in (self._inlet, self._outlet):
            end.setblocking(False)

    def __enter__(self) -> "Signals":
        signal.set_wakeup_fd(self._inlet.fileno(), warn_on_full_buffer=False)
        for number in self._wanted:
            signal.signal(number, _noted)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._forget()

    def fileno(self) -> int:
        return self._outlet.fileno()

    def taken(self) -> set[int]:
        try:
            return set(self._outlet.recv(4096))
        except BlockingIOError:
            return set()

    def fork(self) -> int:
        """os.fork, whose child has no signal of ours: not one that comes before it can say so, either."""
        signal.pthread_sigmask(signal.SIG_BLOCK, self._wanted)
        try:
            pid = os.fork()
            if pid == 0:
                self._forget()
                for number in OF_THE_TERMINAL:
                    signal.signal(number, signal.SIG_IGN)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self._wanted)
        return pid

    def _forget(self) -> None:
        signal.set_wakeup_fd(-1)
        for number in self._wanted:
            signal.signal(number, signal.SIG_DFL)
        self._inlet.close()
        self._outlet.close()
