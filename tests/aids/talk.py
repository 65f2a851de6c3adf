"""Talk files: conversations as text that anyone can write, held with a session in several ways.

A talk is read line by line:

    # a comment
    @ service lmtp                 an option for whoever opens the session, before the first turn
    C: NOOP                        the client says this, with CRLF
    C\\ a\\nb\\x00                    the client says just these octets, escapes as in Python, no CRLF
    C* 4096 x                      the client says "x" 4096 times, no CRLF
    S: 250 2.0.0 OK                the server says this line
    S: * OK …                      … a line that begins so
    S: /\\* \\d+ EXISTS/             … a line that matches the whole of this regular expression
    ---                            here the client waits for the answer even where it would pipeline (STARTTLS)
    ! deliver alice INBOX          something happens elsewhere: world["deliver"]("alice", "INBOX") is awaited
    S.                             the server closes; without it the client is gone after the last line

Ways to hold it: TURNS (one chunk before each answer), OCTETS (byte by byte), PIPELINED (everything up to the next
`---` or `!` in one chunk, so that each command has other bytes behind it).
"""

import re
from codecs import escape_decode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from aids.peer import ScriptedPeer
from tayori.errors import Gone
from tayori.ports import Conversation

TALKS = Path(__file__).parent.parent / "talks"

Happening = Callable[..., Awaitable[None]]
Open = Callable[[ScriptedPeer, dict[str, str]], Conversation]


class Way(Enum):
    TURNS = "turns"
    OCTETS = "octets"
    PIPELINED = "pipelined"


@dataclass
class Turn:
    """What the client says (or what happens), and what it then hears."""

    said: bytes = b""
    heard: list[str] = field(default_factory=list)
    happening: list[str] = field(default_factory=list)
    waits: bool = False  # nothing may be sent ahead of its answer
    line: int = 0


@dataclass
class Talk:
    name: str
    turns: list[Turn]
    options: dict[str, str]
    closed: bool  # by the server


def paths(protocol: str) -> list[Path]:
    """All talk files of a protocol, for parametrize (with `ids=lambda path: path.stem`)."""
    return sorted((TALKS / protocol).glob("*.talk"))


def parsed(text: str, name: str = "talk") -> Talk:
    """A talk from its text. Raises ValueError: a line that is none."""
    talk = Talk(name, [Turn()], {}, closed=False)
    for number, line in enumerate(text.splitlines(), 1):
        kind, _, rest = line.partition(" ")
        if kind and not kind.startswith("#"):
            _add(talk, kind, rest, number)
    return talk


def _add(talk: Talk, kind: str, rest: str, number: int) -> None:
    turn = talk.turns[-1]
    if kind in ("C:", "C\\", "C*", "!"):
        greeting = len(talk.turns) == 1
        if greeting or turn.heard or turn.happening or turn.waits or (kind == "!" and turn.said):
            turn = Turn(line=number)
            talk.turns.append(turn)
        if kind == "!":
            turn.happening = rest.split()
        else:
            turn.said += _octets(kind, rest)
    elif kind == "S:":
        turn.heard.append(rest)
    elif kind == "S.":
        talk.closed = True
    elif kind == "---":
        turn.waits = True
    elif kind == "@":
        key, _, value = rest.partition(" ")
        talk.options[key] = value
    else:
        raise ValueError(f"{talk.name}, line {number}: not a line of a talk")


def _octets(kind: str, rest: str) -> bytes:
    if kind == "C:":
        return rest.encode() + b"\r\n"
    if kind == "C*":
        count, _, what = rest.partition(" ")
        return int(count) * what.encode()
    return escape_decode(rest.encode())[0]


class _TalkingPeer(ScriptedPeer):
    """Says its next turn once the answer to the last has come, and compares that answer."""

    def __init__(self, talk: Talk, way: Way, world: Mapping[str, Happening]) -> None:
        super().__init__(secure="secure" in talk.options, can_start_tls="without-tls" not in talk.options)
        greeting, *turns = talk.turns
        self._turns = _joined(turns) if way is Way.PIPELINED else turns
        self._talk = talk
        self._way = way
        self._world = world
        self._compared = 0
        self._now = greeting

    async def read(self) -> bytes:
        while not self._script and not self._woken:
            self.compare()
            if not self._turns:
                assert not self._talk.closed, f"{self._talk.name}: the server should have closed"
                raise Gone
            await self._begin(self._turns.pop(0))
        return await super().read()

    async def _begin(self, turn: Turn) -> None:
        self._now = turn
        if turn.happening:
            await self._world[turn.happening[0]](*turn.happening[1:])
        if self._way is Way.OCTETS:
            self.feed(*(turn.said[at : at + 1] for at in range(len(turn.said))))
        elif turn.said:
            self.feed(turn.said)

    def compare(self) -> None:
        """The answer to the turn that is being held, against what the talk expects."""
        answer = bytes(self.sent[self._compared :])
        self._compared = len(self.sent)
        lines = answer.split(b"\r\n")
        where = f"{self._talk.name}, line {self._now.line} ({self._way.value}): {self._now.said!r:.200}"
        assert lines.pop() == b"", f"{where}: the answer does not end with CRLF: {answer!r}"
        heard = [line.decode("utf-8", "backslashreplace") for line in lines]
        matches = len(heard) == len(self._now.heard) and all(map(_matches, self._now.heard, heard))
        assert matches, f"{where}\n  expected {self._now.heard}\n  heard    {heard}"

    def left(self) -> bool:
        """Whether the client had more to say."""
        return bool(self._turns or self._script)


def _joined(turns: list[Turn]) -> list[Turn]:
    together: list[Turn] = []
    for turn in turns:
        if together and not turn.happening and not together[-1].waits:
            last = together[-1]
            together[-1] = Turn(last.said + turn.said, last.heard + turn.heard, last.happening, turn.waits, last.line)
        else:
            together.append(turn)
    return together


def _matches(expected: str, heard: str) -> bool:
    if len(expected) > 1 and expected[0] == expected[-1] == "/":
        return re.fullmatch(expected[1:-1], heard) is not None
    if expected.endswith("…"):
        return heard.startswith(expected[:-1])
    return heard == expected


async def hold(talk: Talk, way: Way, open_session: Open, world: Mapping[str, Happening] | None = None) -> None:
    """Hold the talk with the session that `open_session(peer, options)` makes; "! wake" is always there."""

    async def wake() -> None:
        peer.wake()

    peer = _TalkingPeer(talk, way, {"wake": wake, **(world or {})})
    session = open_session(peer, talk.options)
    try:
        await session.run()
    except Gone:
        assert not peer.left(), f"{talk.name}: gone before the talk's end"
        return
    peer.compare()
    assert talk.closed, f"{talk.name}: the server closed after {bytes(peer.sent[-200:])!r}"
    assert not peer.left(), f"{talk.name}: the server closed before the talk's end"
