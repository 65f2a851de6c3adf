"""The keeper makes indexes of extracts that are large, a slice at a time. DESIGN section 5.

Law: whatever is lost here is only time. What is there of an index is believed if it tells of the segment's records.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tayori.store import extract, index
from tayori.store.extract import Record, Segment

LEAST = 32 * 2**20  # octets of an extract from which on it has an index: less is scanned in 5 ms
BLOCK = 10 * 2**20  # octets of text from which on a block is made, once the segment has them
REST = 16 * index.GROUP  # or if it has so many left, and the next segment is begun


class Done(NamedTuple):
    """How far a segment has its index."""

    end: int  # in the segment
    size: int  # of the index


class Indexer:
    """Knows what is done in each account; its work is done by whoever goes through it."""

    def __init__(self) -> None:
        self._done: dict[tuple[Path, int], Done] = {}

    def work(self, folder: Path, after: int = 0) -> Iterator[None]:
        """Make what lacks, of the segments after that number; goes on with the next slice each time. Raises OSError."""
        there = extract.segments(folder)
        for number in set(index.numbers(folder)).difference(there):
            index.remove(folder, number)
            self._done.pop((folder, number), None)
        numbers = [number for number in there if number > after]
        if sum(_size(extract.path(folder, number)) for number in numbers) >= LEAST:
            for number in numbers:
                with suppress(FileNotFoundError):  # another process has just put it together
                    yield from self._follow(folder, number, REST if number < numbers[-1] else BLOCK)

    def _follow(self, folder: Path, number: int, least: int) -> Iterator[None]:
        place = folder, number
        done = self._done.get(place)
        if done is None or done.size != _size(index.path(folder, number)):
            done = self._done[place] = _learnt(folder, number)
        segment = Segment(folder, number)
        segment.end = done.end
        if segment.size() - done.end < least:
            return
        for records in _batches(segment, least):
            if not all(record.directory and segment.is_sound(record) for record in records):
                extract.condemn(folder, number)
                return
            for block in index.made(segment, records):
                if block:
                    index.append(folder, number, block)
                    done = Done(records[-1].end, done.size + len(block))
                    self._done[place] = done
                yield


def _batches(segment: Segment, least: int) -> Iterator[list[Record]]:
    """The records of each block that is to be made."""
    batch: list[Record] = []
    octets = 0
    for record in segment.records():
        batch.append(record)
        octets += record.text
        if octets >= BLOCK:
            yield batch
            batch, octets = [], 0
    if octets >= least:
        yield batch


def _learnt(folder: Path, number: int) -> Done:
    """What lies there; it goes if it is not wholly of this segment."""
    try:
        descriptor = os.open(index.path(folder, number), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return Done(0, 0)
    try:
        size = os.fstat(descriptor).st_size
        heads = list(index.heads(descriptor))
    finally:
        os.close(descriptor)
    known = {record.start: record for record in Segment(folder, number).records()}
    end = 0
    for head in heads:
        end = head.end if head.start == end and _is_of(head, known) else -1
    if end < 0 or size != (heads[-1].next if heads else 0):
        index.remove(folder, number)
        return Done(0, 0)
    return Done(end, size)


def _is_of(head: index.Head, known: dict[int, Record]) -> bool:
    at, heads = head.start, []
    while at < head.end and at in known:
        heads.append(known[at].head)
        at = known[at].end
    return at == head.end and index.digest(heads) == head.digest


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0
