"""extract.N.seg: what SEARCH looks at of each mail, as the keeper writes it and everyone reads it. DESIGN section 5.

A segment is a row of records, each of some mails: a head, a directory, then the header texts of all, the body texts of
all, and the header blocks as sent, so that a search runs over nothing but what it looks into.

    head        magic, mails, octets of the three areas, CRC of directory and of areas, CRC of the head
    directory   per mail: id, key, octets of header text, body text, header block
    areas       each header text begins with LF and ends with it, each body text ends with it; no text holds one

Law: disposable, never truncated nor written in place. Whoever appends holds a lock and knows the end; a record that
does not fit its checks is passed over and its mails are made anew; what follows a damaged head is not read.
"""

import os
import re
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from errno import ENOSPC
from fcntl import LOCK_EX, LOCK_NB, flock
from hashlib import blake2b
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple
from weakref import finalize
from zlib import crc32

from tayori.message import encoded_word, header, structure, text
from tayori.message.address import addr_specs
from tayori.message.structure import Part
from tayori.model import Buffer

MAX_BODY = 64 * 2**20  # octets of a mail's folded text that are looked at: one letter of Arabic can become 18
SEGMENT = 128 * 2**20  # octets from which on the next one is begun
CHECKED = 2**19  # octets that are checked at once

MAGIC = b"tayori\xff\x02"  # the last octet is raised when texts are decoded or folded otherwise: all is made anew
_HEAD = struct.Struct("<8sIQQQIII")
_ENTRY = struct.Struct("<QQIII")
_BAD = re.compile(r"extract\.(\d{1,9})\.seg\.bad")
_OF_ADDRESSES = frozenset({b"from", b"sender", b"reply-to", b"to", b"cc", b"bcc"})
_FIELD_NAME = re.compile(rb"[!-9;-~]+")  # RFC 5322 section 2.2
_NAME = re.compile(r"extract\.(\d{1,9})\.seg")


More = Callable[[header.Raw, Part], Iterable[str]]


class Text(NamedTuple):
    """A mail's: UTF-8, folded; `header` is LF, then "name: value" and LF for each field."""

    header: bytes
    body: bytes
    block: bytes  # the header as sent, in CRLF form

    @property
    def octets(self) -> int:
        """How much that is."""
        return len(self.header) + len(self.body) + len(self.block)


class Entry(NamedTuple):
    """What a directory tells of a mail: where its texts are, start and end each."""

    id: int
    key: int
    header: tuple[int, int]
    body: tuple[int, int]
    block: tuple[int, int]


class Record(NamedTuple):
    start: int
    end: int
    areas: tuple[int, int, int]  # where each begins
    crc: int  # of the areas
    directory: bytes  # none where it is damaged
    head: bytes

    @property
    def text(self) -> int:
        """Octets of the texts that are looked through."""
        return self.areas[2] - self.areas[0]

    @property
    def entries(self) -> list[Entry]:
        """One of each mail."""
        return list(_entries(self.directory, self.areas))

    def columns(self) -> tuple[tuple[int, ...], list[list[int]]]:
        """The keys of the mails, and of each area where the texts begin, and the last one ends: all at once."""
        _, keys, *octets = zip(*_ENTRY.iter_unpack(self.directory), strict=True)
        return keys, [list(accumulate(each, initial=start)) for each, start in zip(octets, self.areas, strict=True)]


class Damaged(Exception):
    """What lies here is no record, or not yet all of one."""


def key_of(name: str, size: int) -> int:
    """A mail, by what no other shares: its file's name; mail.id is given again after a deletion."""
    return int.from_bytes(
        blake2b(f"{name}\0{size}".encode("utf-8", "surrogateescape"), digest_size=8).digest(), "little"
    )


# ---- What of a message is looked at


def octets(folded: str) -> bytes:
    return folded.encode("utf-8", "surrogatepass")


def text_of(content: Buffer, more: More = lambda raw, root: ()) -> Text:
    """A message's texts; `more` gives what its attachments say."""
    raw, lf = content
    root = structure.parse(raw, lf)
    said = [text.body_text(raw, root), *more(raw, root)]
    block = raw[: header.header_end(raw)[0]]
    return Text(
        header_text(root),
        octets(text.fold("\n".join(said)))[:MAX_BODY] + b"\n",
        block.replace(b"\n", b"\r\n") if lf else block,
    )


def header_text(root: Part) -> bytes:
    """b"Subject: =?utf-8?Q?=C3=89?=" is "\\nsubject: é\\n"."""
    lines = [f"\n{name.decode('ascii').lower()}: {text.fold(_shown(name, value))}" for name, value in root.fields]
    return octets("".join(lines)) + b"\n"


def _shown(name: bytes, value: bytes) -> str:
    """A field as people read it; beside addresses that comments part, as in b"a (x)@ b.example", these themselves."""
    shown = encoded_word.decode(value)
    if b"(" in value and name.lower() in _OF_ADDRESSES:
        shown = " ".join([shown, *(plain for plain in addr_specs(value) if plain not in shown)])
    return shown


def has_field(lines: bytes, name: str, wanted: bytes) -> bool:
    """Whether a header text has a field of that name, in any case, whose value contains `wanted`."""
    return any(wanted in value for value in field_values(lines, name))


def field_values(lines: bytes, name: str) -> Iterator[bytes]:
    """The values of the fields of that name in a header text."""
    field = field_name(name)
    opening = b"\n%b: " % field
    at = lines.find(opening) if field else -1
    while at >= 0:
        end = lines.index(b"\n", at + 1)
        yield lines[at + len(opening) : end]
        at = lines.find(opening, end)


def field_name(name: str) -> bytes:
    """As header texts have it; b"" where a field cannot have such a name."""
    field = name.lower().encode("utf-8", "surrogatepass")
    return field if _FIELD_NAME.fullmatch(field) else b""


# ---- Writing


def record(mails: list[tuple[int, int, Text]]) -> bytes:
    """The record of these mails: (id, key, texts) each."""
    directory = b"".join([_ENTRY.pack(id_, key, *map(len, told)) for id_, key, told in mails])
    areas = [b"".join([told[area] for _, _, told in mails]) for area in range(3)]
    crc = 0
    for area in areas:
        crc = crc32(area, crc)
    head = _HEAD.pack(MAGIC, len(mails), *map(len, areas), crc32(directory), crc, 0)[:-4]
    return b"".join([head, crc32(head).to_bytes(4, "little"), directory, *areas])


class Writer:
    """Appends to the segment that it knows the end of, or else to a new one."""

    def __init__(self, folder: Path, number: int = 0, size: int = 0) -> None:
        self._folder = folder
        self._number = number  # 0: none
        self._size = size

    def append(self, octets: bytes) -> None:
        """Raises OSError; what stands there then is no record, and the next goes into a new segment."""
        descriptor = self._descriptor()
        try:
            written = os.write(descriptor, octets)
        finally:
            os.close(descriptor)
        self._size += len(octets)
        if written != len(octets):
            raise OSError(ENOSPC, os.strerror(ENOSPC))

    def _descriptor(self) -> int:
        descriptor = self._same() if self._number and self._size < SEGMENT else None
        if descriptor is None:
            self._number, descriptor = _new_segment(self._folder)
            self._size = 0
            flock(descriptor, LOCK_EX)
        return descriptor

    def _same(self) -> int | None:
        """The segment, unless somebody else appends to it, or has, or it is gone."""
        try:
            descriptor = os.open(path(self._folder, self._number), _APPENDED)
        except FileNotFoundError:
            return None
        try:
            flock(descriptor, LOCK_EX | LOCK_NB)
            if os.fstat(descriptor).st_size == self._size:
                return descriptor
        except BlockingIOError:
            pass
        os.close(descriptor)
        return None


_APPENDED = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC


def _new_segment(folder: Path) -> tuple[int, int]:
    """Its number and descriptor; nobody else has made it."""
    number = max(segments(folder), default=0) + 1
    while True:
        try:
            return number, os.open(path(folder, number), _APPENDED | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            number += 1


# ---- Reading


def path(folder: Path, number: int) -> str:
    return f"{folder}/extract.{number}.seg"


def segments(folder: Path) -> list[int]:
    """The numbers of an account's segments, ascending. Raises OSError."""
    return sorted(int(match[1]) for name in os.listdir(folder) if (match := _NAME.fullmatch(name)))


def condemn(folder: Path, number: int) -> None:
    """Tell the keeper that the segment is damaged: what is sound in it is written anew."""
    with suppress(OSError):
        os.close(os.open(f"{path(folder, number)}.bad", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))


def condemned(folder: Path) -> list[int]:
    """Segments that readers found damaged. Raises OSError."""
    return [int(match[1]) for name in os.listdir(folder) if (match := _BAD.fullmatch(name))]


class Segment:
    """One that is open for reading; closed when nobody refers to it."""

    def __init__(self, folder: Path, number: int) -> None:
        self.number = number
        self.end = 0  # behind the last record that was read
        self.descriptor = os.open(path(folder, number), os.O_RDONLY | os.O_CLOEXEC)
        self.inode = os.fstat(self.descriptor).st_ino
        finalize(self, os.close, self.descriptor)

    def size(self) -> int:
        return os.fstat(self.descriptor).st_size

    def records(self) -> Iterator[Record]:
        """Those behind `end`, which follows; ends at what is no record, or not yet. Raises OSError."""
        size = self.size()
        while self.end < size:
            try:
                found = self._record(self.end, size)
            except Damaged:
                return
            self.end = found.end
            yield found

    def _record(self, start: int, size: int) -> Record:
        head = os.pread(self.descriptor, _HEAD.size, start)
        if len(head) < _HEAD.size or head[:8] != MAGIC or crc32(head[:-4]) != int.from_bytes(head[-4:], "little"):
            raise Damaged
        _, mails, headers, bodies, blocks, directory_crc, crc, _ = _HEAD.unpack(head)
        areas = start + _HEAD.size + mails * _ENTRY.size
        end = areas + headers + bodies + blocks
        if end > size:
            raise Damaged
        directory = os.pread(self.descriptor, mails * _ENTRY.size, start + _HEAD.size)
        sound = directory if crc32(directory) == directory_crc else b""
        return Record(start, end, (areas, areas + headers, areas + headers + bodies), crc, sound, head)

    def checks(self, found: Record) -> Iterator[bool]:
        """A slice of the record at a time: False at the end where it is damaged. Raises OSError."""
        crc = 0
        for at in range(found.areas[0], found.end, CHECKED):
            crc = crc32(os.pread(self.descriptor, min(CHECKED, found.end - at), at), crc)
            yield True
        if crc != found.crc:
            yield False

    def is_sound(self, found: Record) -> bool:
        """All of `checks` at once. Raises OSError."""
        return all(self.checks(found))

    def read(self, span: tuple[int, int]) -> bytes:
        return os.pread(self.descriptor, span[1] - span[0], span[0])


def _entries(directory: bytes, starts: tuple[int, int, int]) -> Iterator[Entry]:
    headers, bodies, blocks = starts
    for id_, key, header_, body, block in _ENTRY.iter_unpack(directory):
        yield Entry(id_, key, (headers, headers + header_), (bodies, bodies + body), (blocks, blocks + block))
        headers, bodies, blocks = headers + header_, bodies + body, blocks + block
