"""extract.N.seg.index: which groups of mails of a segment cannot hold a text, so that SEARCH scans the others only.

Blocks, each for so many records of the segment that follow each other; DESIGN section 5.

    head    magic, groups, where the records begin and end, digest of their heads, CRC of the rest, CRC of the head
    groups  mails of each
    rows    for each of grams.ROWS a bit of each group: whether it has that mark

Law: disposable, and never believed unless its CRCs fit and the segment has those very records. What no block tells of
is scanned; so is what a block does not exclude.
"""

import os
import re
import struct
from array import array
from collections.abc import Iterable, Iterator
from contextlib import suppress
from errno import ENOSPC
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from tayori.store import extract, grams
from tayori.store.extract import Record, Segment

GROUP = 20 * 2**10  # octets of text from which on the next group is begun
SLICE = 8  # groups whose marks are made at once: bits of an octet

MAGIC = b"tayori\xfe\x01"  # the last octet is raised when marks are made otherwise: all is made anew
_HEAD = struct.Struct("<8sIQQ16sII")
_NAME = re.compile(r"extract\.(\d{1,9})\.seg\.index")


class Head(NamedTuple):
    """A block as its head tells of it."""

    groups: int
    start: int  # in the segment
    end: int
    digest: bytes
    crc: int
    body: int  # where it lies in the file

    @property
    def width(self) -> int:
        """Octets of a row."""
        return -(-self.groups // 8)

    @property
    def rows(self) -> int:
        """Where they begin in the file."""
        return self.body + 4 * self.groups

    @property
    def next(self) -> int:
        """Where the next block begins in the file."""
        return self.rows + grams.ROWS * self.width


def path(folder: Path, number: int) -> str:
    return f"{extract.path(folder, number)}.index"


def numbers(folder: Path) -> list[int]:
    """The segments for which one is there. Raises OSError."""
    return [int(match[1]) for name in os.listdir(folder) if (match := _NAME.fullmatch(name))]


def digest(heads: Iterable[bytes]) -> bytes:
    """Of records, by their heads: those hold the CRCs of all else."""
    return blake2b(b"".join(heads), digest_size=16).digest()


def heads(descriptor: int) -> Iterator[Head]:
    """Those of the blocks of a file, up to what is none, or not yet all of one. Raises OSError."""
    at, size = 0, os.fstat(descriptor).st_size
    while len(head := os.pread(descriptor, _HEAD.size, at)) == _HEAD.size:
        magic, groups, start, end, known, crc, own = _HEAD.unpack(head)
        found = Head(groups, start, end, known, crc, at + _HEAD.size)
        if magic != MAGIC or crc32(head[:-4]) != own or found.next > size:
            return
        yield found
        at = found.next


def counts(descriptor: int, head: Head) -> "array[int]":
    """Mails of each group. Raises OSError."""
    return array("I", os.pread(descriptor, 4 * head.groups, head.body))


# ---- Making


def made(segment: Segment, records: list[Record]) -> Iterator[bytes]:
    """The block of these records: b"" after each slice of work, all of it at the end. Raises OSError."""
    groups = list(_groups(records))
    width = -(-len(groups) // 8)
    rows = bytearray(grams.ROWS * width)
    for at in range(0, len(groups), SLICE):
        column = 0
        for bit, (_, spans) in enumerate(groups[at : at + SLICE]):
            column |= int.from_bytes(grams.marks(b"".join(map(segment.read, spans))), "little") << bit
        rows[at // 8 :: width] = column.to_bytes(grams.ROWS, "little")
        yield b""
    body = array("I", [mails for mails, _ in groups]).tobytes() + rows
    known = digest(record.head for record in records)
    head = _HEAD.pack(MAGIC, len(groups), records[0].start, records[-1].end, known, crc32(body), 0)[:-4]
    yield b"".join([head, crc32(head).to_bytes(4, "little"), body])


def _groups(records: list[Record]) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """How many mails are in each, and where their texts lie."""
    mails, octets = 0, 0
    spans: list[tuple[int, int]] = []
    for record in records:
        for entry in record.entries:
            mails += 1
            spans += [entry.header, entry.body]
            octets += entry.header[1] - entry.header[0] + entry.body[1] - entry.body[0]
            if octets >= GROUP:
                yield mails, spans
                mails, octets, spans = 0, 0, []
    if mails:
        yield mails, spans


def append(folder: Path, number: int, block: bytes) -> None:
    """Raises OSError; what stands there then is no block, and the file is made anew."""
    descriptor = os.open(path(folder, number), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.write(descriptor, block) != len(block):
            raise OSError(ENOSPC, os.strerror(ENOSPC))
    finally:
        os.close(descriptor)


def remove(folder: Path, number: int) -> None:
    """What is made of it will be made anew. Raises OSError."""
    with suppress(FileNotFoundError):
        os.unlink(path(folder, number))
