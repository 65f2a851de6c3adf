"""Signals as something that a selector can wait for, and forks that inherit none of it.

    hold_back()                 first of all: who is still starting is not ended in the middle of it
    with Signals(wanted) as …   what came meanwhile comes now; at the end they are held back again

Law: a stop, however early or often it is told, ends in order.
"""

import os
import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType, TracebackType

OF_THE_TERMINAL = (signal.SIGINT, signal.SIGHUP)
"""These go to every process of a terminal's group; the parent says what they mean."""
OF_PEOPLE = (signal.SIGTERM, *OF_THE_TERMINAL)


def hold_back() -> None:
    """What people tell us waits until `let_in`, or Signals, or is forgotten when this process ends of itself."""
    signal.pthread_sigmask(signal.SIG_BLOCK, OF_PEOPLE)


def let_in() -> None:
    """Somebody is there who knows what they mean."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, OF_PEOPLE)


@contextmanager
def heard() -> Iterator[None]:
    """They come in meanwhile; at the end they are held back again: a second one ends nothing by force."""
    let_in()
    try:
        yield
    finally:
        hold_back()


def is_wanted_to_stop() -> bool:
    """One of those held back says so."""
    return bool(signal.sigpending() & {signal.SIGTERM, signal.SIGINT})


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
        let_in()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        hold_back()
        self._forget()

    def fileno(self) -> int:
        return self._outlet.fileno()

    def taken(self) -> set[int]:
        try:
            return set(self._outlet.recv(4096))
        except BlockingIOError:
            return set()

    def fork(self) -> int:
        """os.fork, whose child has no signal of ours: not one that comes before it can say so, either.

        SIGTERM waits there until the child lets it in: it, too, is not ended in the middle of its start.
        """
        let_in = set(self._wanted)
        signal.pthread_sigmask(signal.SIG_BLOCK, let_in)
        try:
            pid = os.fork()
            if pid == 0:
                let_in.discard(signal.SIGTERM)
                self._forget()
                for number in OF_THE_TERMINAL:
                    signal.signal(number, signal.SIG_IGN)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, let_in)
        return pid

    def _forget(self) -> None:
        signal.set_wakeup_fd(-1)
        for number in self._wanted:
            signal.signal(number, signal.SIG_DFL)
        self._inlet.close()
        self._outlet.close()
