"""An IMAP client that keeps a view of the selected mailbox by what it is told, and nothing else."""

import re
from collections import deque
from collections.abc import Coroutine, Generator
from dataclasses import dataclass, field

from aids.mailroom import Mailroom
from aids.peer import ScriptedPeer

_LITERAL = re.compile(rb"\{(\d+)\}\r\n\Z")
_EXISTS = re.compile(rb"\* (\d+) EXISTS\r\n")
_EXPUNGE = re.compile(rb"\* (\d+) EXPUNGE\r\n")
_FETCH = re.compile(rb"\* (\d+) FETCH \((.*)\)\r\n", re.DOTALL)
_UID = re.compile(rb"\bUID (\d+)")
_FLAGS = re.compile(rb"\bFLAGS \(([^)]*)\)")
_VANISHED = re.compile(rb"\* VANISHED ([\d:,]+)\r\n")

NUMBERS_IN_USE = ("FETCH", "STORE", "SEARCH")  # no EXPUNGE while they run, RFC 3501 section 7.4.1


class Suspended:
    """Awaited, it gives the turn back to who drives the coroutine."""

    def __await__(self) -> Generator[None, None, None]:
        yield


class WaitingPeer(ScriptedPeer):
    """Waits in `read` until it is fed or woken."""

    async def read(self) -> bytes:
        while not self._script and not self._woken:
            await Suspended()
        return await super().read()


@dataclass
class Seen:
    """A message as far as the client knows it."""

    uid: int | None = None
    flags: frozenset[str] | None = None


@dataclass
class Reader:
    """`view` is what the client believes; `found` what the last SEARCH gave."""

    mailroom: Mailroom
    view: list[Seen] = field(default_factory=list)
    found: list[int] = field(default_factory=list)
    responses: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.peer = WaitingPeer()
        self.running: Coroutine[None, None, None] = self.mailroom.session(self.peer).run()
        self._read = 0
        self._commands = 0
        self._drive()

    def command(self, text: str) -> str:
        """Say it; apply what is untagged to the view; the tagged response without its tag."""
        self._commands += 1
        self.peer.feed(b"c%d %b\r\n" % (self._commands, text.encode()))
        self._drive()
        numbers_in_use = text.startswith(NUMBERS_IN_USE)
        for response in self._responses():
            if response.startswith(b"c%d " % self._commands):
                return response.partition(b" ")[2].decode()
            self._apply(response, numbers_in_use)
        raise AssertionError(f"no answer to {text!r}")

    def listen(self) -> None:
        """Hear what is told in IDLE."""
        self._drive()
        for response in self._responses():
            if not response.startswith(b"+"):
                self._apply(response, numbers_in_use=False)

    def idle(self) -> None:
        self.peer.feed(b"i IDLE\r\n")
        self.listen()

    def done(self) -> None:
        self.peer.feed(b"DONE\r\n")
        self._drive()
        *told, tagged = self._responses()
        for response in told:
            self._apply(response, numbers_in_use=False)
        assert tagged.startswith(b"i OK")

    def select(self, name: str = "INBOX") -> None:
        self.view = []
        assert self.command(f"SELECT {name}").startswith("OK")
        self.command("FETCH 1:* (UID FLAGS)")

    def _drive(self) -> None:
        self.running.send(None)

    def _responses(self) -> list[bytes]:
        """Those that have come, literals in them."""
        octets = bytes(self.peer.sent[self._read :])
        self._read = len(self.peer.sent)
        pieces, lines = [], deque(octets.splitlines(keepends=True))
        while lines:
            piece = lines.popleft()
            while found := _LITERAL.search(piece):
                wanted = len(piece) + int(found[1])
                while len(piece) < wanted:
                    piece += lines.popleft()
                piece = piece + lines.popleft() if len(piece) == wanted else piece
            pieces.append(piece)
        return pieces

    def _apply(self, response: bytes, numbers_in_use: bool) -> None:
        self.responses.append(response)
        if found := _EXISTS.fullmatch(response):
            assert int(found[1]) >= len(self.view), "EXISTS takes nothing away"
            self.view += [Seen() for _ in range(int(found[1]) - len(self.view))]
        elif found := _EXPUNGE.fullmatch(response):
            assert not numbers_in_use, "EXPUNGE while numbers are in use"
            del self.view[int(found[1]) - 1]
        elif found := _VANISHED.fullmatch(response):
            assert not numbers_in_use
            gone = uids_of(found[1])
            self.view = [seen for seen in self.view if seen.uid not in gone]
        elif found := _FETCH.fullmatch(response):
            self._apply_fetch(self.view[int(found[1]) - 1], found[2])
        elif response.startswith(b"* SEARCH"):
            self.found = [int(number) for number in response.split()[2:]]

    def _apply_fetch(self, seen: Seen, items: bytes) -> None:
        if uid := _UID.search(items):
            assert seen.uid in (None, int(uid[1])), "a number means another message"
            seen.uid = int(uid[1])
        if flags := _FLAGS.search(items):
            seen.flags = frozenset(flag.decode() for flag in flags[1].split()) - {"\\Recent"}


def uids_of(text: bytes) -> set[int]:
    """b"1:3,7" gives {1, 2, 3, 7}."""
    pairs = [piece.split(b":") for piece in text.split(b",")]
    return {number for pair in pairs for number in range(int(pair[0]), int(pair[-1]) + 1)}
