"""The index as a process reads it, and which runs of texts it leaves to be scanned. DESIGN section 5.

Law: what is left out cannot hold what is looked for; the loop is given back after each moment's work.
"""

import asyncio
import os
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from time import perf_counter
from typing import NamedTuple
from weakref import finalize
from zlib import crc32

from tayori.store import grams, index
from tayori.store.index import Head

MARKS = 24  # of a text that is looked for that are looked up: more exclude hardly more
WORTHWHILE = 3  # where more than one group in so many is left, it is not quicker to pass over the others
CHECKED = 2**19  # octets that are checked at once
MOMENT = 0.0003  # seconds of work before others may go on

Span = tuple[int, int]
"""First and last ordinal."""
Run = tuple[int, int, int]
"""Number of a segment, first and last ordinal: as texts.Run."""


class Taken(NamedTuple):
    """A record of the extract that a process has read."""

    head: bytes
    end: int  # in the segment
    first: int  # ordinal
    mails: int


Records = Mapping[Span, Taken]
"""By number of the segment, and where it begins in that."""


class Block(NamedTuple):
    rows: int  # where they begin in the file
    width: int  # octets of each
    firsts: "array[int]"  # ordinal of the first mail of each group, and the one behind the last


class Index:
    """That of one segment."""

    def __init__(self, folder: Path, number: int) -> None:
        self._folder = folder
        self._number = number
        self._descriptor = os.open(index.path(folder, number), os.O_RDONLY | os.O_CLOEXEC)
        finalize(self, os.close, self._descriptor)
        self._state = self._now()
        self._known = 0  # records, when blocks were looked at last
        self._sound: dict[int, Block] = {}  # by where their rows begin

    @property
    def blocks(self) -> list[Block]:
        return list(self._sound.values())

    def is_as_read(self) -> bool:
        """Whether nobody has written to it, or put another in its place, since it was opened."""
        try:
            other = os.stat(index.path(self._folder, self._number))
        except OSError:
            return False
        return self._state == _state(other) == self._now()

    async def follow(self, records: Records) -> None:
        """Take in the blocks whose records are known now. Raises OSError."""
        if self._known == len(records):
            return
        self._known = len(records)
        for head in index.heads(self._descriptor):
            taken = [] if head.rows in self._sound else _records(self._number, head, records)
            if taken and await self._is_sound(head):
                self._sound[head.rows] = self._block(head, taken[0].first)

    def _now(self) -> tuple[int, int, int]:
        return _state(os.fstat(self._descriptor))

    def _block(self, head: Head, first: int) -> Block:
        firsts = array("Q", [first])
        for mails in index.counts(self._descriptor, head):
            firsts.append(firsts[-1] + mails)
        return Block(head.rows, head.width, firsts)

    async def _is_sound(self, head: Head) -> bool:
        """Whether the block is as it was written; a file with one that is not goes, and is made anew."""
        crc = 0
        for at in range(head.body, head.next, CHECKED):
            crc = crc32(os.pread(self._descriptor, min(CHECKED, head.next - at), at), crc)
            await asyncio.sleep(0)
        if crc != head.crc:
            index.remove(self._folder, self._number)
        return crc == head.crc

    def left(self, block: Block, rows: Iterable[int]) -> int:
        """A bit for each group that has all the marks. Raises OSError."""
        left = (1 << len(block.firsts) - 1) - 1
        for row in rows:
            octets = os.pread(self._descriptor, block.width, block.rows + row * block.width)
            if len(octets) < block.width:
                raise OSError("the index ends early")
            left &= int.from_bytes(octets, "little")
            if not left:
                break
        return left


def _state(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns


def _records(number: int, head: Head, records: Records) -> list[Taken]:
    """Those of the block; none where the segment has no such ones, or a process has read others between them."""
    found: list[Taken] = []
    at, ordinal = head.start, -1
    while at < head.end and (taken := records.get((number, at))) and ordinal in (-1, taken.first):
        found.append(taken)
        at, ordinal = taken.end, taken.first + taken.mails
    return found if at == head.end and index.digest(each.head for each in found) == head.digest else []


async def excluded(indexes: Iterable[Index], sought: Iterable[bytes]) -> list[Span]:
    """The mails that cannot hold all of these folded texts; none that may. Raises OSError."""
    rows = sorted(set().union(*map(grams.rows, sought)))[:MARKS]
    found: list[Span] = []
    resumed = perf_counter()
    for each in indexes if rows else ():
        for block in each.blocks:
            left = each.left(block, rows)
            if left.bit_count() * WORTHWHILE < len(block.firsts):
                found += _gaps(block, left)
            if perf_counter() - resumed > MOMENT:
                await asyncio.sleep(0)
                resumed = perf_counter()
    return sorted(found)


def _gaps(block: Block, left: int) -> Iterator[Span]:
    """Between the groups that are left."""
    group = 0
    while left:
        next_left = (left & -left).bit_length() - 1
        if next_left > group:
            yield block.firsts[group], block.firsts[next_left] - 1
        group = next_left + 1
        left &= left - 1
    if group < len(block.firsts) - 1:
        yield block.firsts[group], block.firsts[-1] - 1


def without(among: Iterable[Run], gaps: list[Span]) -> Iterator[Run]:
    """The runs, cut where there are gaps, which are sorted and do not overlap."""
    for number, first, last in among:
        place = bisect_left(gaps, (first,))
        if place and gaps[place - 1][1] >= first:
            first = gaps[place - 1][1] + 1
        while place < len(gaps) and gaps[place][0] <= last and first <= last:
            if gaps[place][0] > first:
                yield number, first, gaps[place][0] - 1
            first = gaps[place][1] + 1
            place += 1
        if first <= last:
            yield number, first, last
