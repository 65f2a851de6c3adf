"""Hints between the processes of one server: "this account is at that MODSEQ". DESIGN section 1, idea 3.

    bus = Bus(listeners)                      before the fork
    hints = bus.member(index)                 after it: a ports.Hints
    hints.open(store.hint, store.look_everywhere)
    ...
    hints.close()
    bus.speaker().speak()                     of a process that nobody follows accounts in: it is never woken

Law: lossy, and never in anybody's way. Each process has one queue that all others write to without waiting; who finds
it full marks the receiver in shared memory, which then looks everywhere.
"""

import asyncio
import os
import socket
from collections.abc import Callable, Iterator

from tayori.model import Account
from tayori.net.shared import Overflow

DATAGRAM = 4096  # octets of hints in one datagram
QUEUE = 2**20  # octets that the kernel may keep for one receiver; it takes what net.core.wmem_max allows
GATHER = 0.005  # seconds between two sends; what is said meanwhile goes together: a send each would cost 8 %
TURN = 64  # datagrams read before others on the loop get their turn
DROP_HINTS = "TAYORI_TEST_DROP_HINTS"  # "1" in the environment: none arrives, for tests of what must hold without them

Hint = Callable[[Account, int], None]


def dropping() -> bool:
    """Whether this run is to do without hints."""
    return os.environ.get(DROP_HINTS) == "1"


class LocalHints:
    """ports.Hints for a server of one process; `on_hint` may be set later, when the store is there."""

    def __init__(self, on_hint: Hint | None = None) -> None:
        self.on_hint = on_hint
        self._dropping = dropping()

    def changed(self, account: Account, modseq: int) -> None:
        if self.on_hint is not None and not self._dropping:
            self.on_hint(account, modseq)


class Bus:
    """A queue for each of `listeners`, made before the fork; all keep all ends, so that a successor finds its own."""

    def __init__(self, listeners: int) -> None:
        self._pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(listeners)]
        self._overflow = Overflow(listeners)
        for inlet, outlet in self._pairs:
            outlet.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, QUEUE)
            for end in (inlet, outlet):
                end.setblocking(False)

    def member(self, index: int) -> "Member":
        """What process `index` speaks and hears by."""
        return Member(index, self._pairs[index][1], [inlet for inlet, _ in self._pairs], self._overflow)

    def speaker(self) -> "Member":
        """What a process speaks by that hears nothing; `speak` is its `open`."""
        return Member(-1, self._pairs[0][1], [inlet for inlet, _ in self._pairs], self._overflow)

    def close(self) -> None:
        """In who forked everybody, or at a process's end."""
        for pair in self._pairs:
            for end in pair:
                end.close()


class Member:
    """ports.Hints for one process. What it says itself hears at once, the others when the loop comes round."""

    def __init__(self, index: int, outlet: socket.socket, inlets: list[socket.socket], overflow: Overflow) -> None:
        self._index = index
        self._outlet = outlet
        self._others = [(other, inlet) for other, inlet in enumerate(inlets) if other != index]
        self._overflow = overflow
        self._waiting: dict[Account, int] = {}  # said and not yet sent
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_hint: Hint = lambda account, modseq: None
        self._on_everywhere: Callable[[], None] = lambda: None
        self._dropping = dropping()
        self._sent_at = 0.0
        self._listening = False

    def open(self, on_hint: Hint, on_everywhere: Callable[[], None]) -> None:
        """Listen, on the running loop. `on_everywhere` comes once at first: a predecessor may have missed something."""
        self._on_hint, self._on_everywhere = on_hint, on_everywhere
        self.speak()
        self._listening = True
        asyncio.get_running_loop().add_reader(self._outlet, self._hear)
        self._overflow.mark(self._index)
        self._hear()

    def speak(self) -> None:
        """On the running loop, without listening."""
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """Say what is still to be said and hear no more."""
        self._send()
        if self._loop is not None and self._listening:
            self._loop.remove_reader(self._outlet)
        self._loop = None

    def changed(self, account: Account, modseq: int) -> None:
        """Must be called on the loop. Many changes of one account between two rounds are told once."""
        if self._dropping:
            return
        if not self._waiting and self._loop is not None:
            self._loop.call_at(max(self._loop.time(), self._sent_at + GATHER), self._send)
        self._waiting[account] = max(modseq, self._waiting.get(account, 0))
        self._on_hint(account, modseq)

    # ---- out

    def _send(self) -> None:
        if not self._waiting:
            return
        if self._loop is not None:
            self._sent_at = self._loop.time()
        datagrams = _datagrams(self._waiting)
        self._waiting.clear()
        for other, inlet in self._others:
            for datagram in datagrams:
                if not _sent(inlet, datagram):
                    # The mark first: if the queue has been read in between, the second try wakes the receiver.
                    self._overflow.mark(other)
                    _sent(inlet, b"")
                    break

    # ---- in

    def _hear(self) -> None:
        newest: dict[Account, int] = {}
        for _ in range(TURN):
            try:
                datagram = self._outlet.recv(DATAGRAM * 2)
            except BlockingIOError:
                break
            for account, modseq in _hints(datagram):
                newest[account] = max(modseq, newest.get(account, 0))
        if self._overflow.take(self._index):
            self._on_everywhere()
        for account, modseq in newest.items():
            self._on_hint(account, modseq)


def _sent(inlet: socket.socket, datagram: bytes) -> bool:
    try:
        inlet.send(datagram)
    except OSError:  # full, or the kernel has no memory for it
        return False
    return True


def _datagrams(changes: dict[Account, int]) -> list[bytes]:
    """Lines of MODSEQ and account, as many in one as fit."""
    made = [b""]
    for account, modseq in changes.items():
        line = f"{modseq} {account}\n".encode()
        if len(made[-1]) + len(line) > DATAGRAM:
            made.append(b"")
        made[-1] += line
    return made


def _hints(datagram: bytes) -> Iterator[tuple[Account, int]]:
    for line in datagram.split(b"\n")[:-1]:
        modseq, _, account = line.partition(b" ")
        yield Account(account.decode()), int(modseq)
