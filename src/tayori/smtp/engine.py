"""The text of a message as DATA carries it, both ways; lines and counted octets: wire.Lines. RFC 5321 section 4.5.2.

Laws: text ends at CRLF "." CRLF and nowhere else, so that no two servers see different messages in one stream
(smuggling); CR or LF alone is noticed, never mended. Work is a few calls a chunk, none a line.
"""

COMMAND_LINE = 12288  # octets with CRLF; RFC 5321 section 4.5.3.1.4, grown by AUTH: RFC 4954 section 4
# A lone LF ends a command line as well (people type commands into netcat). Nothing can hide behind that: what is a
# command and what is a message is decided by CRLF "." CRLF and by BDAT's count alone.

_END = b"\r\n.\r\n"
_TAILS = (b"\r\n.\r", b"\r\n.", b"\r\n", b"\r")  # a chunk's end that may be the start of _END, longest first


class Text:
    """DATA's text: takes chunks wherever they are cut, gives the message without its dots.

    >>> text = Text()
    >>> text.taken(b"a\\r\\n..b\\r"), text.taken(b"\\n.\\r\\nQUIT\\r\\n"), text.ended, text.rest
    (b'a', b'\\r\\n.b\\r\\n', True, b'QUIT\\r\\n')
    """

    __slots__ = ("_first", "_kept", "bare", "ended", "rest")

    def __init__(self) -> None:
        self.ended = False
        self.bare = False  # a CR or LF alone was seen
        self.rest = b""  # what followed the end in its chunk
        self._kept = b"\r\n"  # a line begins at the start: "." CRLF there is an empty message
        self._first = True

    def taken(self, chunk: bytes) -> bytes:
        """The message's next octets. Once `ended`, nothing may be given any more."""
        octets = self._kept + chunk if self._kept else chunk
        dot = _first_dot(octets)
        end = octets.find(_END, dot) if dot >= 0 else -1
        if end >= 0:
            self.ended = True
            self.rest = octets[end + len(_END) :]
            octets = octets[: end + 2]
        else:
            octets = self._without_tail(octets)
        if octets.replace(b"\r", b"").replace(b"\n", b"\r\n") != octets:  # twice as fast as to count
            self.bare = True
        return self._without_dots(octets) if dot != end else self._without_start(octets)

    def _without_tail(self, octets: bytes) -> bytes:
        for tail in _TAILS:
            if octets.endswith(tail):
                self._kept = tail
                return octets[: -len(tail)]
        self._kept = b""
        return octets

    def _without_dots(self, octets: bytes) -> bytes:
        return self._without_start(octets.replace(b"\r\n.", b"\r\n"))

    def _without_start(self, octets: bytes) -> bytes:
        """Without the line end that stood before the start."""
        if self._first and octets:
            self._first = False
            return octets[2:]
        return octets


def _first_dot(octets: bytes) -> int:
    """Where the first CRLF stands that a dot follows, or -1.

    A single octet is found fifty times as fast as a pair, and an attachment in base64 has no dot: only what lies
    between the first and the last one, the end's aside, is searched.
    """
    ended = octets.endswith(_END)
    last = octets.rfind(b".", 0, len(octets) - 3 if ended else len(octets))
    found = -1
    if last >= 0:
        found = octets.find(b"\r\n.", max(octets.find(b".") - 2, 0), last + 1)
    return len(octets) - len(_END) if found < 0 and ended else found


class Dots:
    """The other way, for a client: chunks to DATA's text, and its end. RFC 5321 section 4.5.2.

    >>> dots = Dots()
    >>> dots.added(b".a\\r"), dots.added(b"\\n."), dots.end()
    (b'..a\\r', b'\\n..', b'\\r\\n.\\r\\n')
    """

    __slots__ = ("_said",)

    def __init__(self) -> None:
        self._said = b"\r\n"  # the last two octets: a line begins at the start

    def added(self, chunk: bytes) -> bytes:
        octets = self._said + chunk
        before = len(self._said)
        self._said = octets[-2:]
        return octets.replace(b"\r\n.", b"\r\n..")[before:]

    def end(self) -> bytes:
        return b".\r\n" if self._said == b"\r\n" else _END
