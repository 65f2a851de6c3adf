"""Versions of a mailbox that all sessions of a process share. DESIGN section 5; RFC 9051 section 5.5.

Law: a Snapshot is never changed once given out. The next one costs a copy of its arrays, and the rows that changed.
"""

import asyncio
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable

import apsw
from msgspec.json import decode

from tayori.errors import MailboxGone
from tayori.model import Changes, Ranges, Snapshot
from tayori.store import flags, journal
from tayori.store.catalog import Catalog

SLICE = 1_000  # rows of a first reading between two looks at other work: 0.7 ms

# As two texts, because that takes half the time of a row for each.
_MANY = (
    "select json_group_array(uid), json_group_array(flags)"
    " from (select uid, flags from entry where mailbox_id = ? and uid > ? order by uid limit ?)"
)
_RANGE = (
    "select json_group_array(uid), json_group_array(flags)"
    " from (select uid, flags from entry where mailbox_id = ? and uid between ? and ? order by uid)"
)
_CHANGED = (
    "select json_group_array(uid)"
    " from (select uid from entry where mailbox_id = ? and uid between ? and ? and modseq > ? order by uid)"
)

Fetch = Callable[[int, int], tuple[list[int], list[int]]]
"""The UIDs, ascending, and the flags beside them, of a range of UIDs."""

FEW = 16  # a part of all so small is looked up one by one


class Versions:
    """The newest version of one mailbox that this process has read, and the ways that lead to it."""

    __slots__ = ("__weakref__", "_catalog", "_changes", "_lock", "_now", "_version", "claimed", "mailbox_id")

    def __init__(self, catalog: Catalog, mailbox_id: int) -> None:
        self.mailbox_id = mailbox_id
        self._catalog = catalog
        self._now: Snapshot | None = None
        self._version: object = None  # of the catalog, when _now was read
        self._changes: dict[int, Changes] = {}  # to _now, by the MODSEQ they start from
        self.claimed: tuple[object, int] = None, 0  # a version of the catalog that has nothing recent, and its UIDNEXT
        self._lock = asyncio.Lock()  # one first reading at a time

    def __len__(self) -> int:
        """Messages in the newest version that was read."""
        return len(self._now.uids) if self._now is not None else 0

    async def latest(self, version: object = None) -> Snapshot:
        """Of the catalog's `version`, where that was asked for just now, or of a later one. Raises MailboxGone."""
        if self._now is None:
            async with self._lock:
                if self._now is None:
                    self._now = await self._first_reading()
        elif (version or await self._catalog.version()) == self._version:
            return self._now
        return await self._catalog.read(self._refreshed)

    async def advance(self, told: Snapshot) -> Changes:
        """Raises MailboxGone."""
        now = await self.latest()
        if now is told or (now.modseq == told.modseq and now.uid_next == told.uid_next):
            return Changes(told, [], [])
        changes = self._changes.get(told.modseq)
        if changes is None:
            changes = self._changes[told.modseq] = await self._catalog.read(lambda db: self._since(db, told))
        return changes

    async def _first_reading(self) -> Snapshot:
        """In slices, which `_refreshed` then brings to one version."""
        head = await self._catalog.read(self._head)
        uids, bits = array("I"), array("q")
        while True:
            before = len(uids)
            bindings = (self.mailbox_id, uids[-1] if uids else 0, SLICE)
            for some, more in await self._catalog.rows(tuple[str, str], _MANY, bindings):
                uids.extend(decode(some, type=list[int]))
                bits.extend(decode(more, type=list[int]))
            if len(uids) < before + SLICE:
                return Snapshot(*head, uids, bits)
            await asyncio.sleep(0)

    def _head(self, db: apsw.Connection) -> tuple[int, int, int, tuple[str, ...]]:
        """UIDVALIDITY, UIDNEXT, HIGHESTMODSEQ and keywords as they are now."""
        row = db.execute(
            "select uid_validity, uid_next, modseq, keywords from mailbox where id = ? and name is not null",
            (self.mailbox_id,),
        ).get
        if row is None:
            raise MailboxGone("The mailbox was deleted")
        return row[0], row[1], row[2], flags.split(row[3])

    def _refreshed(self, db: apsw.Connection) -> Snapshot:
        """The newest version, read with what has changed since the last; sets `_now`."""
        old = self._now
        assert old is not None
        self._version = self._catalog.version_within(db)
        head = self._head(db)
        if head[2] == old.modseq:
            return old
        changed = journal.since(db, self.mailbox_id, old.modseq, old.uid_next)
        uids, bits = patched(old.uids, old.flags, changed, lambda first, last: self._rows(db, first, last))
        if uids == old.uids:
            uids = old.uids  # what is kept beside it stays good
        self._now = Snapshot(*head, uids, bits)
        self._changes = {}
        return self._now

    def _rows(self, db: apsw.Connection, first: int, last: int) -> tuple[list[int], list[int]]:
        uids, bits = db.execute(_RANGE, (self.mailbox_id, first, last)).get
        return decode(uids, type=list[int]), decode(bits, type=list[int])

    def _since(self, db: apsw.Connection, told: Snapshot) -> Changes:
        now = self._now
        assert now is not None
        ranges = journal.since(db, self.mailbox_id, told.modseq, told.uid_next)
        end = told.uids[-1] if told.uids else 0
        changed: list[int] = []
        for first, last in ranges:
            if first <= end:
                found = db.execute(_CHANGED, (self.mailbox_id, first, min(last, end), told.modseq)).get
                changed += decode(found, type=list[int])
        return Changes(now, vanished(told.uids, now.uids, ranges), _among(told.uids, changed))


def patched(uids: "array[int]", bits: "array[int]", ranges: Ranges, fetch: Fetch) -> tuple["array[int]", "array[int]"]:
    """Copies of both arrays, with what `fetch` gives in place of what they have within `ranges`."""
    uids, bits = uids[:], bits[:]
    for first, last in reversed(ranges):
        start, end = bisect_left(uids, first), bisect_right(uids, last)
        there, flags_there = fetch(first, last)
        uids[start:end] = array("I", there)
        bits[start:end] = array("q", flags_there)
    return uids, bits


def vanished(old: "array[int]", new: "array[int]", ranges: Ranges) -> list[int]:
    """The UIDs of `old` that `new` lacks; outside of `ranges` both are alike."""
    gone: list[int] = []
    for first, last in ranges:
        before = old[bisect_left(old, first) : bisect_right(old, last)]
        after = new[bisect_left(new, first) : bisect_right(new, last)]
        if before and after[: len(before)] != before:
            still = set(after)
            gone.extend(uid for uid in before if uid not in still)
    return gone


def _among(uids: "array[int]", found: list[int]) -> list[int]:
    """Those of `found` that are in the ascending `uids`: a replayed UID may lie below the last and still be new."""
    if array("I", found) == uids:
        return found
    if FEW * len(found) > len(uids):
        return list(filter(set(found).__contains__, uids))
    known = []
    for uid in found:
        at = bisect_left(uids, uid)
        if at < len(uids) and uids[at] == uid:
            known.append(uid)
    return known
