"""A message's octets by section, in CRLF form, whole or in part. RFC 3501 section 6.4.5.

Nothing is copied that is not asked for; what is large is given in pieces, so that others get a turn in between.
"""

from collections.abc import Iterator
from typing import NamedTuple

from tayori.message import header
from tayori.message.structure import Part, parse, part_at
from tayori.model import Buffer

SMALL = 256 * 1024  # octets that are given at once
PIECE = 64 * 1024  # octets of what is larger

FIELDS = b"HEADER.FIELDS"
FIELDS_NOT = b"HEADER.FIELDS.NOT"


class Section(NamedTuple):
    """What stands between BODY's brackets: BODY[1.2.HEADER.FIELDS (FROM)] is ((1, 2), FIELDS, {b"from"})."""

    path: tuple[int, ...]
    text: bytes  # b"" HEADER FIELDS FIELDS_NOT TEXT MIME
    names: frozenset[bytes] = frozenset()  # lower case


class Octets(NamedTuple):
    """raw[start:end]; with `lf` each LF in it stands for CRLF. Counts and offsets below are in the CRLF form."""

    raw: bytes
    start: int
    end: int
    lf: bool

    def is_small(self) -> bool:
        return self.end - self.start <= SMALL

    def whole(self) -> bytes:
        octets = self.raw[self.start : self.end]
        return octets.replace(b"\n", b"\r\n") if self.lf else octets

    def lengths(self) -> Iterator[int]:
        """What its pieces count; their sum is its size."""
        for piece in self._pieces():
            yield len(piece) + (piece.count(b"\n") if self.lf else 0)

    def part(self, first: int, count: int) -> Iterator[bytes]:
        """So many octets from `first` on, in pieces; what is passed over gives b"" for each piece."""
        position = 0
        for piece in self._pieces():
            if position >= first + count:
                return
            length = len(piece) + (piece.count(b"\n") if self.lf else 0)
            if position + length <= first:
                yield b""
            else:
                wire = piece.replace(b"\n", b"\r\n") if self.lf else piece
                yield wire[max(first - position, 0) : first + count - position]
            position += length

    def _pieces(self) -> Iterator[bytes]:
        for at in range(self.start, self.end, PIECE):
            yield self.raw[at : min(at + PIECE, self.end)]


class Content:
    """A message, read no further than asked."""

    __slots__ = ("_root", "lf", "raw")

    def __init__(self, buffer: Buffer) -> None:
        self.raw, self.lf = buffer
        self._root: Part | None = None

    def structure(self) -> Part:
        if self._root is None:
            self._root = parse(self.raw, self.lf)
        return self._root

    def section(self, section: Section) -> Octets | None:
        """None: the message has no such part."""
        if section.text == b"" and not section.path:
            return Octets(self.raw, 0, len(self.raw), self.lf)
        bounds = self._bounds(section)
        if bounds is None:
            return None
        start, middle, end = bounds
        if section.text in (b"", b"TEXT"):
            return Octets(self.raw, middle, end, self.lf)
        if section.names:
            chosen = header.select(self.raw[start:middle], section.names, section.text == FIELDS_NOT)
            return Octets(chosen, 0, len(chosen), self.lf)
        return Octets(self.raw, start, middle, self.lf)

    def _bounds(self, section: Section) -> tuple[int, int, int] | None:
        """Where header, body and end of the entity lie that a section is of."""
        if not section.path:
            return 0, header.end_of_header(self.raw, 0, len(self.raw)), len(self.raw)
        part = part_at(self.structure(), section.path)
        if part is not None and section.text not in (b"", b"MIME"):
            part = part.embedded  # RFC 3501 section 6.4.5: HEADER and TEXT are of the message that the part holds
        return None if part is None else (part.header_start, part.header_end, part.body_end)
