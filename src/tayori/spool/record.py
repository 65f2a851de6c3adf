"""The log's format: a segment is a page with its header, then records, each of which proves its place by its check.

The check is a CRC32 that begins with the one of the record before (the first: of the segment's header, which holds the
generation). So a record is believed only behind the very record it was written behind: whatever is cut, flipped,
exchanged or left from an earlier use of the file, reading gives a prefix of what was written.

Each write begins on a page of its own, so that no write touches what an earlier one made durable.
"""

import struct
from collections.abc import Iterator
from enum import IntEnum
from mmap import mmap
from typing import NamedTuple
from zlib import crc32

VERSION = 1
PAGE = 4096
MAGIC = b"TAYORILG"
MARK = 0x54794C31

# magic, version, generation, first sequence | check
_SEGMENT = struct.Struct("<8sIQQ")
# mark, kind, octets of the head, octets of the content, generation, sequence | check
_RECORD = struct.Struct("<IIIIQQ")
_CHECK = struct.Struct("<I")

SEGMENT_HEADER = _SEGMENT.size + _CHECK.size
RECORD_HEADER = _RECORD.size + _CHECK.size


class Kind(IntEnum):
    MESSAGE = 1  # head: notes.Message; content: the message, or nothing when it lies in spool/large
    PLACED = 2  # head: notes.Placed
    WITHDRAWN = 3  # head: notes.Withdrawn
    SETTLED = 4  # head: notes.Settled


_KINDS = {kind.value: kind for kind in Kind}


class OtherVersion(Exception):
    """A log that another version of this program wrote; it knows best what to make of it."""


class Opening(NamedTuple):
    """What a segment's header says."""

    generation: int  # of this use of the file; no two uses in one log have the same
    first: int  # every sequence in it is this or above
    check: int  # where its first record's check begins


class Record(NamedTuple):
    kind: Kind
    sequence: int
    head: bytes
    start: int  # of the content in the segment
    end: int


def opening(generation: int, first: int) -> bytes:
    """The header of a segment."""
    header = _SEGMENT.pack(MAGIC, VERSION, generation, first)
    return header + _CHECK.pack(crc32(header))


def read_opening(raw: bytes) -> Opening | None:
    """None: there is no header that can be believed. Raises OtherVersion."""
    if len(raw) < SEGMENT_HEADER:
        return None
    magic, version, generation, first = _SEGMENT.unpack_from(raw)
    (check,) = _CHECK.unpack_from(raw, _SEGMENT.size)
    if magic != MAGIC or check != crc32(raw[: _SEGMENT.size]):
        return None
    if version != VERSION:
        raise OtherVersion(f"the spool log has version {version}, this program writes {VERSION}")
    return Opening(generation, first, check)


def header(kind: Kind, generation: int, sequence: int, head: bytes, content: bytes, check: int) -> tuple[bytes, int]:
    """What stands before `head` and `content`; and the check that the next record begins with."""
    plain = _RECORD.pack(MARK, kind, len(head), len(content), generation, sequence)
    check = crc32(content, crc32(head, crc32(plain, check)))
    return plain + _CHECK.pack(check), check


def next_page(position: int) -> int:
    return (position + PAGE - 1) & -PAGE


def records(raw: bytes | mmap) -> Iterator[Record]:
    """The records of one segment's octets, up to the first that does not fit. Raises OtherVersion."""
    begun = read_opening(raw[:SEGMENT_HEADER])
    if begun is None:
        return
    position, check, last = PAGE, begun.check, begun.first - 1
    while True:
        found = _at(raw, position, begun.generation, last, check)
        if found is None:  # the next write may have begun on the next page
            found = _at(raw, next_page(position), begun.generation, last, check)
        if found is None:
            return
        record, check = found
        yield record
        position, last = record.end, record.sequence


def _at(raw: bytes | mmap, position: int, generation: int, last: int, before: int) -> tuple[Record, int] | None:
    """The record at `position`, and its check; None where there is none that fits behind `last`."""
    body = position + RECORD_HEADER
    if body > len(raw):
        return None
    plain = raw[position : position + _RECORD.size]
    mark, kind, head_size, content_size, its_generation, sequence = _RECORD.unpack(plain)
    end = body + head_size + content_size
    fits = mark == MARK and kind in _KINDS and its_generation == generation and sequence > last and end <= len(raw)
    if not fits:
        return None
    start = body + head_size
    head = raw[body:start]
    check = crc32(raw[start:end], crc32(head, crc32(plain, before)))
    if _CHECK.unpack_from(raw, position + _RECORD.size)[0] != check:
        return None
    return Record(_KINDS[kind], sequence, head, start, end), check
