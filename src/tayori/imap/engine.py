"""Bytes to commands: lines, literals of both kinds, every limit they can reach. RFC 3501 section 2.2, RFC 7888.

Laws: a literal's octets are asked for (or awaited) only once its size is allowed; what is refused is passed over to its
end, so that the next command is read as one; the memory held is MAX_COMMAND and what one read brings.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tayori.errors import LineTooLong, ProtocolError, Refusal, TooLarge
from tayori.wire.lines import Lines

MAX_LINE = 64 * 1024  # octets of one line, its CRLF included
MAX_LITERAL = 64 * 1024  # octets of a literal that is no message
MAX_COMMAND = 256 * 1024  # octets of one command, its literals included, a message's text not
MAX_PASSED_OVER = 2**28  # octets of a refused literal that is on its way already; beyond, the connection ends

UNASKED = 4096  # octets of a literal that does not wait, where only LITERAL- is offered, RFC 7888 section 5
ANY_SIZE = 2**64

CONTINUE = b"+ Go ahead\r\n"

# RFC 3501 section 9: tag = 1*<any ASTRING-CHAR except "+">; a command's name is an atom, after UID a second one.
_HEAD = re.compile(rb"([!#$&',\-./0-9:;<=>?@A-Z\[\]^_`a-z|}~]{1,128}+) ((?:[Uu][Ii][Dd] )?[A-Za-z0-9-]++)(?= |\Z)")
_TAG = re.compile(rb"([!#$&',\-./0-9:;<=>?@A-Z\[\]^_`a-z|}~]{1,128}+)(?= |\Z)")

# RFC 3501 section 9: literal = "{" number "}" CRLF; RFC 7888 adds "+", RFC 3516 "~" for octets with NUL.
_LITERAL = re.compile(rb"(~?)\{(\d{1,20}+)(\+?)\}\Z")


class Literal(NamedTuple):
    """A literal whose octets have not been read yet."""

    octets: int
    synchronizing: bool  # the client waits for "+"
    binary: bool  # RFC 3516's literal8


class Command(NamedTuple):
    """A command; `arguments` is what stands behind its name, with each literal in its place.

    b'a LOGIN {3}\\r\\nbob "x"' gives arguments b' {3}\\r\\nbob "x"'. A message's literal is only announced.
    """

    tag: bytes
    name: bytes  # upper case; b"UID FETCH"
    arguments: bytes
    literal: Literal | None = None


class Refused(NamedTuple):
    """What cannot be a command; the tag is b"*" where none was found."""

    tag: bytes
    error: Refusal
    ends: bool = False  # the connection, because its octets cannot be passed over
    name: bytes = b""  # of a command, upper case, one of whose literals is too long


class Engine:
    """A buffer between reads and commands.

    `streamed` names the commands whose literals are messages, and how many arguments stand before those. `say` sends.
    A literal that does not wait may have `unasked` octets.

    >>> engine = Engine(print, {})
    >>> engine.feed(b"a NOOP\\r\\n")
    >>> engine.command()
    Command(tag=b'a', name=b'NOOP', arguments=b'', literal=None)
    """

    __slots__ = (
        "_announced", "_lines", "_octets", "_owed", "_pieces", "_refused", "_say", "_streamed", "_streaming",
        "_unasked",
    )  # fmt: skip

    def __init__(self, say: Callable[[bytes], None], streamed: Mapping[bytes, int], unasked: int = ANY_SIZE) -> None:
        self._say = say
        self._streamed = streamed
        self._unasked = unasked
        self._lines = Lines(MAX_LINE)
        self._pieces: list[bytes] = []  # of the command that is being read
        self._octets = 0  # in the pieces
        self._owed = 0  # octets of a literal that are still to come
        self._refused: Refused | None = None  # what will be said once the command has been passed over
        self._announced: Literal | None = None  # a message's literal that nobody has accepted yet
        self._streaming = False  # a command was given out whose end has not been read

    def feed(self, chunk: bytes) -> None:
        self._lines.feed(chunk)

    def clear(self) -> None:
        """Drop all that is there: STARTTLS, RFC 3501 section 6.2.1."""
        self._lines.clear()

    def left(self) -> bytes:
        """All that is there and not read yet, which is somebody else's now."""
        return self._lines.take(len(self._lines))

    # ---- commands

    def command(self) -> Command | Refused | None:
        """The next command, or what was refused; None: more must be read."""
        if self._streaming and (refused := self._abandon()):
            return refused
        while self._owed == 0 or self._gather():
            try:
                line = self._lines.line()
            except LineTooLong as error:
                return self._too_long(error)
            if line is None:
                return None
            outcome = self._take_line(line)
            if outcome is not None:
                return outcome
        return None

    def line(self) -> bytes | None:
        """A line that is no command: SASL's responses, DONE. Raises LineTooLong."""
        return self._lines.line()

    def _take_line(self, line: bytes) -> Command | Refused | None:
        marker = _LITERAL.search(line) if line.endswith(b"}") else None
        if self._refused is not None:
            return self._pass_over(marker)
        if marker is None:
            return self._complete(line)
        self._pieces.append(line + b"\r\n")
        self._octets += len(line) + 2
        return self._take_literal(Literal(int(marker[2]), not marker[3], bool(marker[1])))

    def _complete(self, line: bytes) -> Command | Refused:
        if self._pieces:
            line = b"".join([*self._pieces, line])
            self._forget()
        return _parsed(line)

    def _take_literal(self, literal: Literal) -> Command | Refused | None:
        if not literal.synchronizing and literal.octets > self._unasked:
            return self._refuse(literal, self._has_to_wait())
        if self._is_message():
            return self._announce(literal)
        if literal.octets > MAX_LITERAL or self._octets + literal.octets > MAX_COMMAND:
            return self._refuse(literal, TooLarge(f"Literal longer than {MAX_LITERAL} octets"))
        self._owed = literal.octets
        if literal.synchronizing:
            self._say(CONTINUE)
        return None

    def _is_message(self) -> bool:
        """Whether the literal just announced stands behind the arguments that come before a message."""
        head = _HEAD.match(self._pieces[0])
        if head is None or head[2].upper() not in self._streamed:
            return False
        before = self._streamed[head[2].upper()]
        return len(self._pieces) > 1 or self._pieces[0].count(b" ", head.end()) > before

    def _has_to_wait(self) -> TooLarge:
        return TooLarge(f"A literal longer than {self._unasked} octets has to wait for +")

    def _announce(self, literal: Literal) -> Command | Refused:
        text = b"".join(self._pieces)
        command = _parsed(text[: text.rindex(b"{")].removesuffix(b"~"))
        self._forget()
        self._announced, self._streaming = literal, True
        return command if isinstance(command, Refused) else command._replace(literal=literal)

    def _refuse(self, literal: Literal, error: Refusal) -> Refused | None:
        """A client that waits has not sent the octets; those of another are passed over first."""
        head = _HEAD.match(self._pieces[0])
        refused = Refused(self._tag(), error, name=head[2].upper() if head else b"")
        self._forget()
        if literal.synchronizing:
            return refused
        if literal.octets > MAX_PASSED_OVER:
            return refused._replace(ends=True)
        self._refused, self._owed = refused, literal.octets
        return None

    def _pass_over(self, marker: re.Match[bytes] | None) -> Refused | None:
        """A line of a refused command; its last, or a literal that the client waits with, ends it."""
        on_its_way = int(marker[2]) if marker is not None and marker[3] else None
        if on_its_way is not None and on_its_way <= MAX_PASSED_OVER:
            self._owed = on_its_way
            return None
        refused, self._refused = self._refused, None
        if refused is not None and on_its_way is not None:
            return refused._replace(ends=True)
        return None if refused is _ANSWERED else refused

    def _gather(self) -> bool:
        """Move a literal's octets to the pieces, or away if it was refused; False: more must be read."""
        while self._owed:
            taken = self._lines.take(self._owed)
            if not taken:
                return False
            self._owed -= len(taken)
            if self._refused is None:
                self._pieces.append(taken)
                self._octets += len(taken)
        return True

    def _too_long(self, error: LineTooLong) -> Refused:
        refused = self._refused or Refused(self._tag(), error)
        self._refused = None
        self._forget()
        return refused

    def _tag(self) -> bytes:
        """The tag of the command that is being read, or of the line that was too long."""
        found = _TAG.match(self._pieces[0] if self._pieces else self._lines.opening)
        return found[1] if found else b"*"

    def _forget(self) -> None:
        self._pieces, self._octets = [], 0

    # ---- a message's literal

    def accept(self) -> None:
        """Ask for the octets of the announced literal."""
        if self._announced is not None:
            self._owed = self._announced.octets
            if self._announced.synchronizing:
                self._say(CONTINUE)
        self._announced = None

    @property
    def owed(self) -> int:
        """Octets of the accepted literal that have not been taken."""
        return self._owed

    def take(self) -> bytes:
        """Octets of the accepted literal that are there; b"" when more must be read."""
        taken = self._lines.take(self._owed)
        self._owed -= len(taken)
        return taken

    def rest(self) -> tuple[bytes, Literal | None] | None:
        """The line behind a message's literal, and the literal it ends with in turn; None: more must be read.

        Raises LineTooLong; TooLarge: that literal does not wait, though it has to.
        """
        self._streaming = False  # where the line is too long, it was the command's last
        line = self._lines.line()
        marker = _LITERAL.search(line) if line is not None else None
        self._streaming = line is None or marker is not None
        if line is None:
            return None
        if marker is None:
            return line, None
        self._announced = literal = Literal(int(marker[2]), not marker[3], bool(marker[1]))
        if not literal.synchronizing and literal.octets > self._unasked:
            raise self._has_to_wait()
        return line[: marker.start()], literal

    def _abandon(self) -> Refused | None:
        """A command was answered before its end: pass over what is on its way, if it can be."""
        self._streaming = False
        announced, self._announced = self._announced, None
        if announced is not None:
            if announced.synchronizing:
                return None
            if announced.octets > MAX_PASSED_OVER:
                return _ANSWERED._replace(ends=True)
            self._owed = announced.octets
        self._refused = _ANSWERED
        return None


_ANSWERED = Refused(b"*", TooLarge("That literal is too long to be passed over"))


def _parsed(line: bytes) -> Command | Refused:
    """b"a uid fetch 1 FLAGS" gives Command(b"a", b"UID FETCH", b" 1 FLAGS")."""
    head = _HEAD.match(line)
    if head is not None:
        return Command(head[1], head[2].upper(), line[head.end() :])
    tag = _TAG.match(line)
    return Refused(tag[1] if tag else b"*", ProtocolError("A command is a tag, a space and a name"))
