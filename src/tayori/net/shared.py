"""Counts that hold over all workers, in memory mapped before the fork.

Law: no lock. Of each count every worker has a part of its own, which it alone raises; whoever asks adds them up. Keys
are kept as Python's hash of them: the same in all forks of one process, and nobody outside can aim at a collision.
"""

import mmap
import secrets
import socket
from typing import NamedTuple

ROWS = 2  # an address is counted in one slot of each row and has the lowest of them: sharing one slot harms nobody
SLOTS = 2**15  # of a row

BUCKETS = 2**12  # of failures, per worker
WAYS = 8  # failures kept in a bucket; then the oldest goes

MARKS = 2**16  # passwords that were right; one that falls on another's place takes it
MARK = 16  # octets

_HASH = 2**64 - 1


def mapped(octets: int) -> memoryview:
    """Zeros that this process and all that it forks see alike; pages never written to take no memory."""
    return memoryview(mmap.mmap(-1, octets))


class Connections:
    """How many connections each address has, over all workers. `limit` may be changed at any time."""

    def __init__(self, workers: int, limit: int) -> None:
        self.limit = limit
        self._parts = [mapped(4 * ROWS * SLOTS).cast("I") for _ in range(workers)]

    def door(self, worker: int) -> "Door":
        """What worker `worker` counts by; it starts from nothing."""
        self.clear(worker)
        return Door(self, self._parts[worker])

    def clear(self, worker: int) -> None:
        """That worker is gone, and its connections with it."""
        part = self._parts[worker].cast("B")
        part[:] = bytes(len(part))

    def count(self, address: str) -> int:
        return min(sum(part[slot] for part in self._parts) for slot in _slots(address))


class Door(NamedTuple):
    """net.connection.Crowd's `admit` and `leave`, for one worker."""

    connections: Connections
    part: memoryview

    def admit(self, address: str) -> bool:
        """Count one more, unless the address has enough; who is let in must `leave` once."""
        if self.connections.count(address) >= self.connections.limit:
            return False
        for slot in _slots(address):
            self.part[slot] += 1
        return True

    def leave(self, address: str) -> None:
        for slot in _slots(address):
            self.part[slot] -= 1


def _slots(address: str) -> tuple[int, int]:
    """A /64 of IPv6 is one customer."""
    whose: str | bytes = socket.inet_pton(socket.AF_INET6, address.partition("%")[0])[:8] if ":" in address else address
    key = hash(whose) & _HASH
    return key % SLOTS, SLOTS + (key >> 32) % SLOTS


class Failures:
    """directory.throttle.Failures, over all workers: how often something failed in a row, and when last.

    Made before the fork; each worker then says which it is by `of`.
    """

    def __init__(self, workers: int) -> None:
        self._parts = [_Part() for _ in range(workers)]
        self._own = self._parts[0]

    def of(self, worker: int) -> "Failures":
        same = Failures.__new__(Failures)
        same._parts, same._own = self._parts, self._parts[worker]
        return same

    def get(self, key: str) -> tuple[int, float]:
        """(0, 0.0) for none."""
        count, last = 0, 0.0
        for part, place in self._found(key):
            if part.counts[place]:
                count += part.counts[place]
                last = max(last, part.lasts[place])
        return count, last

    def put(self, key: str, count: int, last: float) -> None:
        others = sum(part.counts[place] for part, place in self._found(key) if part is not self._own)
        self._own.keep(_key(key), max(count - others, 0), last)

    def drop(self, key: str) -> None:
        """A zero may be written into another's part: it is one store, and says nothing that is untrue."""
        for part, place in self._found(key):
            part.counts[place] = 0

    def _found(self, key: str) -> list[tuple["_Part", int]]:
        wanted = _key(key)
        places = [(part, part.place(wanted)) for part in self._parts]
        return [(part, place) for part, place in places if place >= 0]


class _Part:
    """One worker's failures: three columns, a bucket's rows side by side."""

    __slots__ = ("counts", "keys", "lasts")

    def __init__(self) -> None:
        rows = BUCKETS * WAYS
        self.keys = mapped(8 * rows).cast("Q")
        self.lasts = mapped(8 * rows).cast("d")
        self.counts = mapped(4 * rows).cast("I")

    def place(self, key: int) -> int:
        """Its row, or -1."""
        first = key % BUCKETS * WAYS
        for place in range(first, first + WAYS):
            if self.keys[place] == key:
                return place
        return -1

    def keep(self, key: int, count: int, last: float) -> None:
        """In its row, a free one, or in place of what has failed least lately."""
        place = self.place(key)
        if place < 0:
            first = key % BUCKETS * WAYS
            place = min(range(first, first + WAYS), key=lambda row: self.lasts[row] if self.counts[row] else 0.0)
        self.counts[place] = 0  # whoever looks meanwhile finds nothing rather than another's count
        self.keys[place], self.lasts[place] = key, last
        self.counts[place] = min(count, 2**32 - 1)


def _key(text: str) -> int:
    return hash(text) & _HASH or 1  # 0 is a free row


class Right:
    """directory.verifier.Right, over all workers: who has logged in at one need not pay for it at the next."""

    def __init__(self) -> None:
        self.key = secrets.token_bytes(32)
        self._marks = mapped(MARK * MARKS)
        self._untils = mapped(8 * MARKS).cast("d")

    def until(self, mark: bytes) -> float:
        place, start = _mark_place(mark)
        before = self._untils[place]
        same = self._marks[start : start + MARK] == mark
        return before if same and self._untils[place] == before else 0.0  # else another is being written there

    def keep(self, mark: bytes, until: float, now: float) -> None:
        place, start = _mark_place(mark)
        self._untils[place] = 0.0
        self._marks[start : start + MARK] = mark
        self._untils[place] = until


def _mark_place(mark: bytes) -> tuple[int, int]:
    place = int.from_bytes(mark[:8], "little") % MARKS
    return place, MARK * place


class Overflow:
    """For each process whether it has missed something and must look everywhere."""

    def __init__(self, processes: int) -> None:
        self._marks = mapped(processes)

    def mark(self, process: int) -> None:
        self._marks[process] = 1

    def take(self, process: int) -> bool:
        """Whether it was marked; it is not any more."""
        if not self._marks[process]:
            return False
        self._marks[process] = 0
        return True
