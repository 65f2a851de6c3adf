"""SEARCH: what is known is compared in memory, texts are looked through. RFC 3501 section 6.4.4, RFC 5032, RFC 7162.

Law: the answer is complete, and the loop is given back after each slice of rows and of a moment's reading.
"""

import asyncio
import logging
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import chain
from time import perf_counter
from typing import Protocol, TypeVar

from tayori.errors import Expunged, TryLater
from tayori.model import (
    All,
    And,
    Before,
    BodyHas,
    Buffer,
    DateField,
    Fuzzy,
    HasEmailId,
    HasFlag,
    HasThreadId,
    HeaderHas,
    Larger,
    ModSeqFrom,
    Not,
    On,
    Or,
    Ranges,
    SearchKey,
    Since,
    Smaller,
    Snapshot,
    TextHas,
    Uids,
    Younger,
)
from tayori.store import extract, figures, flags, fuzzy, headings, journal, locate, maildir, sql, texts
from tayori.store.catalog import Catalog
from tayori.store.extract import Text
from tayori.store.figures import NEVER, Figure
from tayori.store.fuzzy import Likened
from tayori.store.headings import InHeading
from tayori.store.sought import Sought
from tayori.store.texts import Coverage, Texts

T = TypeVar("T")

SLICE = 500  # rows that SQL looks at before others may go on
READING = 0.0003  # seconds for which messages are read, likewise
LARGE = 2**17  # octets of a message that is decoded in a thread: hostile ones take seconds
FEW = 8  # a part of all so small is looked up one by one
PASSED = 5_000  # rows that SQL passes over, likewise
IN_MEMORY = 5_000  # messages that are compared in memory before others may go on

_log = logging.getLogger("tayori.store")

_threads = ThreadPoolExecutor(1, "search")  # starts with the first large message

Compared = Before | On | Since | Larger | Smaller | Younger

Choose = Callable[[Sequence[int], Sequence[int]], list[int]]
"""The UIDs, of those given, that the values beside them choose."""

_EPOCH = date(1970, 1, 1).toordinal()
_DAYS = {
    DateField.INTERNAL: Figure.INTERNAL_DAY,
    DateField.SENT: Figure.SENT_DAY,
    DateField.SAVED: Figure.SAVED_DAY,
}
_CHANGED = "select uid from entry where mailbox_id = ? and uid between ? and ? and modseq >= ?"


class Readable(Protocol):
    mailbox_id: int

    async def content(self, uid: int) -> Buffer: ...


async def matching(mailbox: Readable, catalog: Catalog, snapshot: Snapshot, key: SearchKey, now: int) -> list[int]:
    """The UIDs among the snapshot's that match, ascending."""
    if isinstance(key, All):
        return list(snapshot.uids)
    return sorted(await _Search(mailbox, catalog, snapshot, now).among(key, _named(key, snapshot.uids)))


async def relevancy(
    mailbox: Readable, catalog: Catalog, snapshot: Snapshot, key: SearchKey, uids: Sequence[int]
) -> list[int]:
    """1 to 100 for each: by its FUZZY parts, the best of them 100; without such parts 100. RFC 6203 section 4."""
    return await _Search(mailbox, catalog, snapshot, 0).relevancy(key, uids)


def _named(key: SearchKey, uids: "array[int]") -> set[int]:
    """All that can match by its UID: what has changed in a large mailbox costs no look at the rest of it."""
    for one in key.keys if isinstance(key, And) else (key,):
        if isinstance(one, Uids):
            named = (uids[bisect_left(uids, first) : bisect_right(uids, last)] for first, last in one.ranges)
            return set(chain.from_iterable(named))
    return set(uids)


class _Search:
    def __init__(self, mailbox: Readable, catalog: Catalog, snapshot: Snapshot, now: int) -> None:
        self._mailbox = mailbox
        self._catalog = catalog
        self._snapshot = snapshot
        self._now = now

    async def among(self, key: SearchKey, uids: set[int]) -> set[int]:
        """Those of `uids` that match."""
        match key:
            case All():
                return uids
            case Not(inner):
                return uids - await self.among(inner, uids)
            case And(keys):
                for each in _cheap_first(keys):
                    uids = await self.among(each, uids) if uids else uids
                return uids
            case Or(keys):
                found: set[int] = set()
                for each in _cheap_first(keys):
                    found |= await self.among(each, uids - found)
                return found
            case Uids(ranges):
                return _within(uids, ranges)
            case HasFlag(flag):
                return self._common(uids, await self._with_flag(flags.known((flag,), self._snapshot.keywords), uids))
            case Before() | On() | Since() | Larger() | Smaller() | Younger():
                return self._common(uids, await self._figured(*_comparison(key, self._now), uids))
            case ModSeqFrom(modseq):
                return uids & await self._changed(modseq)
            case Fuzzy(inner):
                return await self._holding(Likened(inner), uids)
            case HeaderHas() if len(self._snapshot.uids) <= headings.MOST:
                place = self._catalog.identity, self._mailbox.mailbox_id, self._snapshot.uid_validity
                return await self._holding(InHeading(key, place), uids)
            case HeaderHas() | BodyHas() | TextHas():
                return await self._holding(Sought(key), uids)
            case HasEmailId(id):
                return uids & await self._identified(locate.ORIGIN, maildir.email_id, id.encode())
            case HasThreadId(id):
                return uids & await self._identified(locate.ROOT, maildir.thread_id, id.encode())
        raise TypeError(key)

    def _common(self, uids: set[int], found: set[int]) -> set[int]:
        """Those in both; `found` are the snapshot's."""
        return found if len(uids) == len(self._snapshot.uids) else uids & found

    # ---- what is in memory

    async def _with_flag(self, mask: int, among: set[int]) -> set[int]:
        return await self._chosen(
            self._snapshot.flags,
            lambda uids, bits: [uid for uid, its in zip(uids, bits, strict=True) if its & mask],
            among,
        )

    async def _figured(self, figure: Figure, choose: Choose, among: set[int]) -> set[int]:
        values = await figures.column(self._catalog, self._mailbox.mailbox_id, self._snapshot, figure)
        return await self._chosen(values, choose, among)

    async def _chosen(self, values: Sequence[int], choose: Choose, among: set[int]) -> set[int]:
        """The UIDs that are chosen by the values beside them: of all, or of those `among` which alone it matters."""
        uids = self._snapshot.uids
        if FEW * len(among) < len(uids):
            some = sorted(among)
            return set(choose(some, [values[bisect_left(uids, uid)] for uid in some]))
        if len(uids) <= IN_MEMORY:
            return set(choose(uids, values))
        found: set[int] = set()
        for start in range(0, len(uids), IN_MEMORY):
            found.update(choose(uids[start : start + IN_MEMORY], values[start : start + IN_MEMORY]))
            await asyncio.sleep(0)
        return found

    # ---- what SQL is asked

    async def _changed(self, modseq: int) -> set[int]:
        """Those of that MODSEQ or a later one: what came since stands last; below, the journal knows of changes."""
        uids, found = self._snapshot.uids, set[int]()
        stop, older = len(uids), 0
        while stop and not older:
            start = max(0, stop - SLICE)
            since = await self._changed_between(uids[start], uids[stop - 1], modseq)
            found.update(since)
            stop, older = start, stop - start - len(since)
            await asyncio.sleep(0)
        ranges = await self._catalog.read(
            lambda db: journal.since(db, self._mailbox.mailbox_id, modseq - 1, journal.LAST_UID)
        )
        for first, last in ranges:
            part = uids[bisect_left(uids, first) : min(bisect_right(uids, last), stop)]
            for start in range(0, len(part), PASSED):
                end = part[min(start + PASSED, len(part)) - 1]
                found.update(await self._changed_between(part[start], end, modseq))
                await asyncio.sleep(0)
        return found

    async def _changed_between(self, first: int, last: int, modseq: int) -> list[int]:
        return await self._catalog.glance(
            lambda db: sql.column(int, db, _CHANGED, (self._mailbox.mailbox_id, first, last, modseq))
        )

    async def _identified(self, column: str, identity: Callable[[str], bytes], wanted: bytes) -> set[int]:
        query = (
            f"select e.uid, {column} from entry e join mail m on m.id = e.mail_id"
            " where e.mailbox_id = ? and e.uid between ? and ?"
        )
        slices = self._slices(tuple[int, str], query, self._snapshot.uids)
        return {uid async for rows in slices for uid, made_of in rows if identity(made_of) == wanted}

    async def _slices(self, kind: type[T], query: str, uids: "array[int]") -> AsyncIterator[list[T]]:
        """The rows of a query for a mailbox and a range of its UIDs, over all of these."""
        for start in range(0, len(uids), SLICE):
            last = uids[min(start + SLICE, len(uids)) - 1]
            yield await self._catalog.rows(kind, query, (self._mailbox.mailbox_id, uids[start], last))
            if len(uids) > SLICE:
                await asyncio.sleep(0)

    # ---- what is read

    async def _holding(self, sought: Sought | Likened | InHeading, uids: set[int]) -> set[int]:
        """Those whose texts have it: by the extract, and of what that does not hold yet, by the messages."""
        opened, coverage = await self._extract()
        lacking = coverage.lacking(uids)
        covered = uids - lacking if lacking else uids
        try:
            found = await sought.among(opened, coverage, covered) if covered else covered
        except OSError as fault:
            _log.warning("event=extract-unreadable cause=%r", fault)
            found, lacking = set(), uids
        return found | await self._read(sought, lacking) if lacking else found

    async def _extract(self) -> tuple[Texts, Coverage]:
        """What is extracted of the mailbox; nothing where that cannot be read. Raises TryLater."""
        try:
            return await texts.of_mailbox(self._catalog, self._mailbox.mailbox_id, self._snapshot)
        except OSError as fault:
            _log.warning("event=extract-unreadable cause=%r", fault)
            return Texts(self._catalog.path.parent), Coverage()

    async def _read(self, sought: Sought | Likened | InHeading, uids: set[int]) -> set[int]:
        """Those whose message has it; what is gone or damaged has not."""
        found = set()
        resumed = perf_counter()
        for uid in sorted(uids):
            if perf_counter() - resumed > READING:
                await asyncio.sleep(0)
                resumed = perf_counter()
            try:
                content = await self._mailbox.content(uid)
            except (Expunged, TryLater):
                continue
            if len(content.raw) < LARGE:
                found.update([uid] if sought.in_message(content) else [])
            elif await asyncio.get_running_loop().run_in_executor(_threads, sought.in_message, content):
                found.add(uid)
        return found

    async def relevancy(self, key: SearchKey, uids: Sequence[int]) -> list[int]:
        """How well each of these matches. Raises TryLater."""
        likened = [Likened(each.key) for each in _fuzzy(key)]
        if not likened:
            return [100] * len(uids)
        opened, coverage = await self._extract()
        scores: list[float] = []
        resumed = perf_counter()
        for uid in uids:
            told = await self._told(opened, coverage, uid)
            scores.append(sum(each.score(told) for each in likened))
            if perf_counter() - resumed > READING:
                await asyncio.sleep(0)
                resumed = perf_counter()
        return fuzzy.relevancy(scores)

    async def _told(self, opened: Texts, coverage: Coverage, uid: int) -> Text:
        """A message's texts; none where it is gone."""
        try:
            if uid in coverage.ordinals:
                return opened.told(coverage.ordinals[uid])
            return extract.text_of(await self._mailbox.content(uid))
        except (OSError, Expunged, TryLater):
            return Text(b"\n", b"\n", b"")


def _fuzzy(key: SearchKey) -> Iterator[Fuzzy]:
    """What a message that matches may match well or badly."""
    match key:
        case Fuzzy():
            yield key
        case And(keys) | Or(keys):
            for each in keys:
                yield from _fuzzy(each)


def _cheap_first(keys: Sequence[SearchKey]) -> list[SearchKey]:
    """What is known of each message, then what must be read."""
    return sorted(keys, key=_is_read)


def _is_read(key: SearchKey) -> bool:
    match key:
        case Not(inner):
            return _is_read(inner)
        case And(keys) | Or(keys):
            return any(map(_is_read, keys))
    return isinstance(key, HeaderHas | BodyHas | TextHas | Fuzzy)


def _comparison(key: Compared, now: int) -> tuple[Figure, Choose]:
    """What is compared, and how. What was sent on no day is neither before nor since one."""
    match key:
        case Larger(octets):
            return Figure.SIZE, _from(octets + 1)
        case Smaller(octets):
            return Figure.SIZE, _between(NEVER, octets)
        case Younger(seconds):
            return Figure.RECEIVED, _from(now - seconds)
        case Since(field, day):
            return _DAYS[field], _from(day - _EPOCH)
        case On(field, day):
            return _DAYS[field], _between(day - _EPOCH - 1, day - _EPOCH + 1)
        case Before(field, day):
            return _DAYS[field], _between(NEVER, day - _EPOCH)


def _from(least: int) -> Choose:
    return lambda uids, values: [uid for uid, value in zip(uids, values, strict=True) if value >= least]


def _between(below: int, above: int) -> Choose:
    return lambda uids, values: [uid for uid, value in zip(uids, values, strict=True) if below < value < above]


def _within(uids: set[int], ranges: Ranges) -> set[int]:
    if sum(last - first for first, last in ranges) < 10 * len(uids):
        return uids.intersection(chain.from_iterable(range(first, last + 1) for first, last in ranges))
    return {uid for uid in uids if any(first <= uid <= last for first, last in ranges)}
