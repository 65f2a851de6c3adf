"""An IMAP client that keeps a view of the selected mailbox by what it is told, and nothing else."""

import re
from collections.abc import Generator
from dataclasses import dataclass
from io import BufferedReader, BytesIO
from typing import BinaryIO, Protocol

from aids.mailroom import Mailroom
from aids.peer import ScriptedPeer

_LITERAL = re.compile(rb"\{(\d+)\}\r\n\Z")
_EXISTS = re.compile(rb"\* (\d+) EXISTS\r\n")
_EXPUNGE = re.compile(rb"\* (\d+) EXPUNGE\r\n")
_FETCH = re.compile(rb"\* (\d+) FETCH \((.*)\)\r\n", re.DOTALL)
_UID = re.compile(rb"\bUID (\d+)")
_FLAGS = re.compile(rb"\bFLAGS \(([^)]*)\)")
_VANISHED = re.compile(rb"\* VANISHED ([\d:,]+)\r\n")
_EARLIER = re.compile(rb"\* VANISHED \(EARLIER\) ([\d:,]+)\r\n")
_UIDFETCH = re.compile(rb"\* (\d+) UIDFETCH \((.*)\)\r\n", re.DOTALL)
_MODSEQ = re.compile(rb"\bMODSEQ \((\d+)\)")
_HIGHEST = re.compile(rb"\[HIGHESTMODSEQ (\d+)\]")
_KEYWORDS = re.compile(rb"\* FLAGS \(([^)]*)\)\r\n")

NUMBERS_IN_USE = ("FETCH", "STORE", "SEARCH")  # no EXPUNGE while they run, RFC 3501 section 7.4.1


class Driven(Protocol):
    """A session's `run`: `send` lets it go on until it waits for its client."""

    def send(self, value: None, /) -> object: ...

    def close(self) -> None: ...


class Room(Protocol):
    """Where sessions of one account meet."""

    def run(self, peer: "WaitingPeer") -> Driven: ...


class Suspended:
    """Awaited, it gives the turn back to who drives the coroutine."""

    def __await__(self) -> Generator[None, None, None]:
        yield


class WaitingPeer(ScriptedPeer):
    """Waits in `read` until it is fed or woken."""

    _reads = False

    @property
    def waits(self) -> bool:
        """Nothing is there to be read, and somebody wants to."""
        return self._reads and not self._script and not self._woken

    async def read(self) -> bytes:
        self._reads = True
        while self.waits:
            await Suspended()
        self._reads = False
        return await super().read()


@dataclass
class Seen:
    """A message as far as the client knows it."""

    uid: int | None = None
    flags: frozenset[str] | None = None
    modseq: int | None = None


class Belief:
    """What a client believes of the selected mailbox: `view`; `found` is what the last SEARCH gave."""

    def __init__(self) -> None:
        self.view: list[Seen] = []
        self.found: list[int] = []
        self.keywords: frozenset[str] = frozenset()  # the flags that there are, as FLAGS told them
        self.modseq = 0  # the highest that was told
        self.earlier: set[int] = set()  # UIDs that were told as gone before the mailbox was selected

    def apply(self, response: bytes, numbers_in_use: bool = False) -> None:
        """Take in an untagged response, literals in it."""
        if found := _EXISTS.fullmatch(response):
            assert int(found[1]) >= len(self.view), "EXISTS takes nothing away"
            self.view += [Seen() for _ in range(int(found[1]) - len(self.view))]
        elif found := _EXPUNGE.fullmatch(response):
            assert not numbers_in_use, "EXPUNGE while numbers are in use"
            del self.view[int(found[1]) - 1]
        elif found := _VANISHED.fullmatch(response):
            assert not numbers_in_use, "VANISHED while numbers are in use"
            for uid in uids_of(found[1]):
                gone = self._of_uid(uid)
                self.view = [seen for seen in self.view if seen is not gone]
        elif found := _EARLIER.fullmatch(response):
            self.earlier |= uids_of(found[1])
        elif found := _FETCH.fullmatch(response):
            self._apply_fetch(self.view[int(found[1]) - 1], found[2])
        elif found := _UIDFETCH.fullmatch(response):
            seen = self._of_uid(int(found[1]))
            seen.uid = int(found[1])
            self._apply_fetch(seen, found[2])
        elif found := _KEYWORDS.fullmatch(response):
            self.keywords = frozenset(found[1].decode().split())
        elif response.startswith(b"* SEARCH"):
            self.found = [int(number) for number in response.split()[2:]]
        self.note_modseq(response)

    def note_modseq(self, response: bytes) -> None:
        told = [int(number) for number in _HIGHEST.findall(response)[:1] + _MODSEQ.findall(response)[:1]]
        self.modseq = max(self.modseq, *told, 0)

    def _of_uid(self, uid: int) -> Seen:
        """The message of that UID; one whose UID was not told yet stands where it can be that, where numbers count."""
        for seen in self.view:
            if seen.uid == uid:
                return seen
        before = [place for place, seen in enumerate(self.view) if seen.uid is not None and seen.uid < uid]
        after = [seen for seen in self.view[max(before, default=-1) + 1 :] if seen.uid is None]
        assert after, f"nothing was told of UID {uid}"
        return after[0]

    def _apply_fetch(self, seen: Seen, items: bytes) -> None:
        if uid := _UID.search(items):
            assert seen.uid in (None, int(uid[1])), "a number means another message"
            seen.uid = int(uid[1])
        if flags := _FLAGS.search(items):
            seen.flags = frozenset(flag.decode() for flag in flags[1].split()) - {"\\Recent"}
            assert seen.flags <= self.keywords, "a flag that FLAGS has not told"
        if modseq := _MODSEQ.search(items):
            seen.modseq = int(modseq[1])


class Reader(Belief):
    """A client of a session without a socket."""

    def __init__(self, mailroom: Mailroom | Room) -> None:
        super().__init__()
        self.responses: list[bytes] = []  # all that were untagged
        self.peer = WaitingPeer()
        self.running = mailroom.session(self.peer).run() if isinstance(mailroom, Mailroom) else mailroom.run(self.peer)
        self._read = 0
        self.commands = 0
        self._drive()

    def command(self, text: str) -> str:
        """Say it; apply what is untagged to the view; the tagged response without its tag."""
        self.commands += 1
        self.peer.feed(b"c%d %b\r\n" % (self.commands, text.encode()))
        self._drive()
        numbers_in_use = text.startswith(NUMBERS_IN_USE)
        for response in self._responses():
            if response.startswith(b"c%d " % self.commands):
                return response.partition(b" ")[2].decode()
            self._hear(response, numbers_in_use)
        raise AssertionError(f"no answer to {text!r}")

    def listen(self) -> None:
        """Hear what is told in IDLE."""
        self._drive()
        for response in self._responses():
            if not response.startswith(b"+"):
                self._hear(response)

    def leave(self) -> None:
        """The connection breaks."""
        self.running.close()

    def idle(self) -> None:
        self.peer.feed(b"i IDLE\r\n")
        self.listen()

    def done(self) -> None:
        self.peer.feed(b"DONE\r\n")
        self._drive()
        *told, tagged = self._responses()
        for response in told:
            self._hear(response)
        assert tagged.startswith(b"i OK")

    def select(self, name: str = "INBOX") -> None:
        self.view = []
        assert self.command(f"SELECT {name}").startswith("OK")
        self.command("FETCH 1:* (UID FLAGS)")

    def _drive(self) -> None:
        """Let the session run until it waits for its client."""
        self.running.send(None)

    def _hear(self, response: bytes, numbers_in_use: bool = False) -> None:
        self.responses.append(response)
        self.apply(response, numbers_in_use)

    def _responses(self) -> list[bytes]:
        """Those that have come, literals in them."""
        octets = BytesIO(bytes(self.peer.sent[self._read :]))
        self._read = len(self.peer.sent)
        return list(iter(lambda: read_response(octets), b""))


def read_response(source: BinaryIO | BufferedReader) -> bytes:
    """The next response, literals in it; b"" at the end."""
    response = source.readline()
    while found := _LITERAL.search(response):
        response += source.read(int(found[1])) + source.readline()
    return response


def uids_of(text: bytes) -> set[int]:
    """b"1:3,7" gives {1, 2, 3, 7}."""
    pairs = [piece.split(b":") for piece in text.split(b",")]
    return {number for pair in pairs for number in range(int(pair[0]), int(pair[-1]) + 1)}
