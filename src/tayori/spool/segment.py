"""A segment of the log: one file, written whole before its first use so that syncing it later is cheap.

Writing over a file that is there costs a sync of its octets alone; one that grows costs a journal's commit too.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tayori.spool import record
from tayori.spool.record import PAGE, RECORD_HEADER, Kind

MAX_PARTS = 1000  # of one write; the system's IOV_MAX is 1024
ZEROS = bytes(2**20)


class Entry(NamedTuple):
    """A record to be."""

    sequence: int
    kind: Kind
    head: bytes
    content: bytes = b""


class Segment:
    """An open segment. Writing raises OSError, and makes it `broken`: then nothing is written or synced here again."""

    __slots__ = ("_check", "_generation", "_position", "broken", "descriptor", "last", "path", "size")

    def __init__(self, path: Path, descriptor: int, size: int) -> None:
        self.path = path
        self.descriptor = descriptor
        self.size = size
        self.last = 0  # the highest sequence in it
        self.broken = False
        self._generation = 0
        self._check = 0
        self._position = PAGE

    def begin(self, generation: int, first: int) -> None:
        """Make it empty, for sequences from `first` on; durable with the next sync. Raises OSError."""
        header = record.opening(generation, first)
        self._generation, self._position, self.last = generation, PAGE, first - 1
        self._check = record.read_opening(header).check  # type: ignore[union-attr]  # just made
        self._write([header], 0)

    def fits(self, octets: int) -> bool:
        return not self.broken and record.next_page(self._position) + octets <= self.size

    def append(self, entries: Sequence[Entry]) -> None:
        """Write records, on a page of their own, in one call as a rule. Raises OSError."""
        parts: list[bytes] = []
        check = self._check
        for sequence, kind, head, content in entries:
            header, check = record.header(kind, self._generation, sequence, head, content, check)
            parts += (header, head, content)
        position = record.next_page(self._position)
        self._position = self._write(parts, position)
        self._check = check
        self.last = entries[-1].sequence

    def sync(self) -> None:
        """Raises OSError. For a thread."""
        if self.broken:
            raise OSError(0, "a sync of it has failed before", str(self.path))
        try:
            os.fdatasync(self.descriptor)
        except OSError:
            self.broken = True  # the kernel forgets what it could not write: a second sync would tell a lie
            raise

    def close(self) -> None:
        os.close(self.descriptor)

    def remove(self) -> None:
        """Close it and take its file away; one that stays does no harm."""
        self.close()
        self.path.unlink(missing_ok=True)

    def _write(self, parts: list[bytes], position: int) -> int:
        """The position behind what was written."""
        try:
            while parts:
                written = os.pwritev(self.descriptor, parts[:MAX_PARTS], position)
                position += written
                parts = _rest(parts, written)
        except OSError:
            self.broken = True
            raise
        return position


def octets(entries: Sequence[Entry]) -> int:
    """What so many records take up."""
    return sum(RECORD_HEADER + len(head) + len(content) for _, _, head, content in entries)


def create(path: Path, size: int) -> Segment:
    """A new file of `size` octets, on the disk; not begun yet. Raises OSError, and leaves nothing. For a thread."""
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        _fill(descriptor, size)
        os.fsync(descriptor)
        os.rename(draft, path)
        sync_folder(path.parent)
    except OSError:
        os.close(descriptor)
        draft.unlink(missing_ok=True)
        raise
    return Segment(path, descriptor, size)


def reopen(path: Path) -> Segment:
    """A file that is there, for a new use; not begun yet. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    return Segment(path, descriptor, os.fstat(descriptor).st_size)


def sync_folder(folder: Path) -> None:
    """Make the names in it durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """The folder, 0700, and those above it that lack; durable. Raises OSError."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(0o700, exist_ok=True)
    sync_folder(folder.parent)


def _fill(descriptor: int, size: int) -> None:
    position = 0
    while position < size:
        position += os.pwrite(descriptor, ZEROS[: size - position], position)


def _rest(parts: list[bytes], written: int) -> list[bytes]:
    """What is left of the parts when so many octets went out."""
    for index, part in enumerate(parts):
        if written < len(part):
            return [part[written:], *parts[index + 1 :]]
        written -= len(part)
    return []
