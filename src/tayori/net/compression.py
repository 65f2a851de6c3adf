"""DEFLATE for one connection as bytes to bytes: raw, without zlib's header. RFC 4978, RFC 1951.

Laws: answers with `separate` between them share no window, so that the length of one tells nothing of another; one
call inflates INFLATED octets at most, whatever came. A session that asked for it holds about 77 KiB, as measured: 32
for deflating, the rest for inflating, because its client may choose a window of 32 KiB.
"""

import zlib

from tayori.errors import Gone

LEVEL = 3  # 1.1 ms for 64 KiB of text; 6 takes 1.6 ms for 6 % less
WINDOW = 12  # its octets are 2 ** 12: with these two 32 KiB, where zlib's own choice takes 256 and saves 7 %
MEMORY = 5

INFLATED = 2**16  # octets of one call
PIECE = 2**12  # octets that are inflated at once: what is left of them is copied


class Deflater:
    """What is sent."""

    __slots__ = ("_ready", "_stream", "_trails", "waiting")

    def __init__(self) -> None:
        self._stream = zlib.compressobj(LEVEL, zlib.DEFLATED, -WINDOW, MEMORY)
        self._ready: list[bytes] = []
        self._trails = False  # something stands in the window
        self.waiting = 0  # octets that are ready

    def separate(self, plain: bytes) -> None:
        """Take it, to be sent later; nothing behind it sees it."""
        if plain or self._trails:
            self._add(plain, zlib.Z_FULL_FLUSH)
            self._trails = False

    def sent(self, plain: bytes) -> bytes:
        """All that was taken, and this: the peer can inflate it to its end."""
        if plain:
            self._add(plain, zlib.Z_SYNC_FLUSH)
            self._trails = True
        ready, self._ready, self.waiting = self._ready, [], 0
        return b"".join(ready)

    def _add(self, plain: bytes, flush: int) -> None:
        deflated = self._stream.compress(plain) + self._stream.flush(flush)
        self._ready.append(deflated)
        self.waiting += len(deflated)


class Inflater:
    """What comes. Feed it when nothing is `pending`."""

    __slots__ = ("_at", "_came", "_stream", "pending")

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
        self._came = b""
        self._at = 0  # what lies before it is used up
        self.pending = False  # there may be more without another octet from the peer

    def feed(self, chunk: bytes) -> None:
        self._came, self._at = chunk, 0
        self.pending = bool(chunk)

    def plain(self) -> bytes:
        """Some of it; b"": look at `pending`. Raises Gone: it cannot be inflated, or it has ended."""
        if self._stream.eof:
            raise Gone("the compressed stream has ended")
        piece = self._came[self._at : self._at + PIECE]
        try:
            plain = self._stream.decompress(piece, INFLATED)
        except zlib.error as cause:
            raise Gone("what came cannot be inflated") from cause
        self._at += len(piece) - len(self._stream.unconsumed_tail)
        if self._at == len(self._came):
            self._came, self._at = b"", 0  # a session at rest holds nothing of what it was told
        self.pending = bool(self._came) or len(plain) == INFLATED or self._stream.eof
        return plain
