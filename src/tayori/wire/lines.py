"""Bytes to lines and counted octets; the memory it holds is bounded by `limit` and what one read brings."""

from tayori.errors import LineTooLong

OPENING = 160  # octets that are kept of a line too long


class Lines:
    """A buffer between reads and commands.

    >>> lines = Lines(limit=512)
    >>> lines.feed(b"NOOP\\r\\nQU")
    >>> lines.line(), lines.line()
    (b'NOOP', None)
    """

    __slots__ = ("_buffer", "_seen", "_skipping", "_start", "limit", "opening")

    def __init__(self, limit: int) -> None:
        self.limit = limit  # octets of a line, its CRLF included
        self.opening = b""  # the first octets of the line that was refused last: what IMAP's tag is found in
        self._buffer = b""
        self._start = 0  # what lies before it is used up
        self._seen = 0  # no LF stands before it: not searched again
        self._skipping = False  # inside a line that was already refused

    def __len__(self) -> int:
        return len(self._buffer) - self._start

    def feed(self, chunk: bytes) -> None:
        """Add what was read; octets behind the last line are copied once a read, not once a line."""
        rest = self._buffer[self._start :] if self._start < len(self._buffer) else b""
        self._seen = max(self._seen - self._start, 0)
        self._buffer = rest + chunk if rest else chunk
        self._start = 0
        if self._skipping:
            self._skip()

    def line(self) -> bytes | None:
        """The next line without its CRLF (or lone LF); None: more must be read.

        Raises LineTooLong: once a line; the rest of it is dropped as it comes.
        """
        end = self._buffer.find(b"\n", self._seen)
        if end < 0:
            self._seen = len(self._buffer)
            if len(self) >= self.limit:
                self._skipping = True
                self.opening = self._buffer[self._start : self._start + OPENING]
                self.clear()
                raise LineTooLong(f"Line longer than {self.limit} octets")
            return None
        line = self._buffer[self._start : end]
        self._start = end + 1
        self._seen = self._start
        if len(line) >= self.limit:
            self.opening = line[:OPENING]
            raise LineTooLong(f"Line longer than {self.limit} octets")
        return line[:-1] if line.endswith(b"\r") else line

    def take(self, octets: int) -> bytes:
        """Up to so many octets of what is there, b"" for none: literals, chunks, message text."""
        end = min(self._start + octets, len(self._buffer))
        taken = self._buffer[self._start : end]
        self._start = end
        self._seen = max(self._seen, end)
        return taken

    def give_back(self, octets: bytes) -> None:
        """Put octets in front of what is there."""
        self._buffer = octets + self._buffer[self._start :]
        self._start = self._seen = 0

    def clear(self) -> None:
        """Drop all that is there: STARTTLS, RFC 3207 section 4.2."""
        self._buffer = b""
        self._start = self._seen = 0

    def _skip(self) -> None:
        end = self._buffer.find(b"\n")
        if end < 0:
            self.clear()
        else:
            self._start = self._seen = end + 1
            self._skipping = False
