"""A process of the server as it sees itself: what it is to do, and what the supervisor tells it.

def front(index: int, bound: list[tuple[str, socket.socket]], control: Control) -> int:
    return uvloop.run(serve(index, bound, control))      # a loop of its own; no connection crosses a fork

async def serve(...):
    ...start all parts...
    control.ready()
    async for event in control.events():
        if event == "reload": ...                        # "stop" is the last one
    ...tell sessions, drain, close...
    return 0
"""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from tayori.net import signals
from tayori.net.sockets import Port

READY, RELOAD, STOP = b"!", b"r", b"s"

Event = Literal["reload", "stop"]
Bound = list[tuple[str, socket.socket]]
"""(service, socket), in [listen]'s order."""


class Control:
    """A worker's end of the pipe to the supervisor. Who is `last` to stop hears of it from there alone."""

    def __init__(self, link: socket.socket, last: bool = False) -> None:
        self.in_order = False  # someone wanted the stop: the supervisor has not just died
        self._last = last
        self._link = link
        link.setblocking(False)

    def ready(self) -> None:
        """All that this process is for works from here on."""
        try:
            self._link.send(READY)
        except OSError:
            pass  # the supervisor is gone: `events` says "stop"

    async def events(self) -> AsyncIterator[Event]:
        """What is wanted, as it comes. "stop", when the supervisor wants it or has died, or at SIGTERM, ends it."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._end)
        signals.let_in()
        while True:
            try:
                word = await loop.sock_recv(self._link, 1)
            except ConnectionError:
                word = b""
            if word != RELOAD:
                break
            yield "reload"
        self.in_order = self.in_order or word == STOP
        yield "stop"

    def _end(self) -> None:
        if self._last:  # it was sent to all of us, and the others may be at it still
            return
        self.in_order = True
        self._link.shutdown(socket.SHUT_RD)


def _nothing(index: int) -> None:
    pass


@dataclass(slots=True)
class Role:
    """`count` processes of one kind. `run` is called in each of them and gives its exit status."""

    name: str
    count: int
    run: Callable[[int, Bound, Control], int]
    ports: Sequence[Port] = ()
    ended: Callable[[int], None] = _nothing  # called in the supervisor when that process is gone, before its successor
