"""SEARCH: what the catalog knows is asked in SQL, texts are looked through. RFC 3501 section 6.4.4, RFC 5032, RFC 7162.

Law: the answer is complete, and the loop is given back after each slice of rows and of a moment's reading.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
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
from tayori.store import extract, flags, fuzzy, locate, maildir, texts
from tayori.store.catalog import Catalog
from tayori.store.extract import Text
from tayori.store.fuzzy import Likened
from tayori.store.sought import Sought
from tayori.store.texts import Coverage, Texts

T = TypeVar("T")

SLICE = 500  # rows that SQL looks at before others may go on
READING = 0.0003  # seconds for which messages are read, likewise
LARGE = 2**17  # octets of a message that is decoded in a thread: hostile ones take seconds
RANGES = 100  # of UIDs that are spelt out in SQL

_log = logging.getLogger("tayori.store")

_threads = ThreadPoolExecutor(1, "search")  # starts with the first large message

_EPOCH = date(1970, 1, 1).toordinal()
_DAYS = {
    DateField.INTERNAL: "(m.received + m.zone * 60)",
    DateField.SENT: "(m.sent + m.sent_zone * 60)",
    DateField.SAVED: "e.saved",
}
_COMPARED: dict[type, str] = {Before: "<", On: "=", Since: ">="}
_LONG_AGO = 10**6  # days; keeps SQL's division from rounding towards 1970


class Readable(Protocol):
    mailbox_id: int

    async def content(self, uid: int) -> Buffer: ...


async def matching(mailbox: Readable, catalog: Catalog, snapshot: Snapshot, key: SearchKey, now: int) -> list[int]:
    """The UIDs among the snapshot's that match, ascending."""
    return sorted(await _Search(mailbox, catalog, snapshot, now).among(key, set(snapshot.uids)))


async def relevancy(
    mailbox: Readable, catalog: Catalog, snapshot: Snapshot, key: SearchKey, uids: Sequence[int]
) -> list[int]:
    """1 to 100 for each: by its FUZZY parts, the best of them 100; without such parts 100. RFC 6203 section 4."""
    return await _Search(mailbox, catalog, snapshot, 0).relevancy(key, uids)


class _Search:
    def __init__(self, mailbox: Readable, catalog: Catalog, snapshot: Snapshot, now: int) -> None:
        self._mailbox = mailbox
        self._catalog = catalog
        self._snapshot = snapshot
        self._now = now

    async def among(self, key: SearchKey, uids: set[int]) -> set[int]:
        """Those of `uids` that match."""
        condition = self._condition(key)
        if condition is not None:
            return uids & await self._selected(condition)
        match key:
            case Not(inner):
                return uids - await self.among(inner, uids)
            case And(keys):
                for each in self._cheap_first(keys, And):
                    uids = await self.among(each, uids) if uids else uids
                return uids
            case Or(keys):
                found: set[int] = set()
                for each in self._cheap_first(keys, Or):
                    found |= await self.among(each, uids - found)
                return found
            case Uids(ranges):
                return _within(uids, ranges)
            case Fuzzy(inner):
                return await self._holding(Likened(inner), uids)
            case HeaderHas() | BodyHas() | TextHas():
                return await self._holding(Sought(key), uids)
            case HasEmailId(id):
                return uids & await self._identified(locate.ORIGIN, maildir.email_id, id.encode())
            case HasThreadId(id):
                return uids & await self._identified(locate.ROOT, maildir.thread_id, id.encode())
        raise TypeError(key)

    def _cheap_first(self, keys: Sequence[SearchKey], join: type[And] | type[Or]) -> list[SearchKey]:
        """What SQL can answer as one key, then what must be read."""
        known = tuple(key for key in keys if self._condition(key) is not None)
        return [join(known), *(key for key in keys if self._condition(key) is None)]

    async def _selected(self, condition: str) -> set[int]:
        join = " join mail m on m.id = e.mail_id" if "m." in condition else ""
        query = f"select e.uid from entry e{join} where e.mailbox_id = ? and e.uid between ? and ? and {condition}"
        return {uid async for rows in self._slices(tuple[int], query) for (uid,) in rows}

    async def _identified(self, column: str, identity: Callable[[str], bytes], wanted: bytes) -> set[int]:
        query = (
            f"select e.uid, {column} from entry e join mail m on m.id = e.mail_id"
            " where e.mailbox_id = ? and e.uid between ? and ?"
        )
        slices = self._slices(tuple[int, str], query)
        return {uid async for rows in slices for uid, made_of in rows if identity(made_of) == wanted}

    async def _slices(self, kind: type[T], query: str) -> AsyncIterator[list[T]]:
        """The rows of a query for a mailbox and a range of its UIDs, over all the snapshot's."""
        uids = self._snapshot.uids
        for start in range(0, len(uids), SLICE):
            last = uids[min(start + SLICE, len(uids)) - 1]
            yield await self._catalog.rows(kind, query, (self._mailbox.mailbox_id, uids[start], last))
            if len(uids) > SLICE:
                await asyncio.sleep(0)

    async def _holding(self, sought: Sought | Likened, uids: set[int]) -> set[int]:
        """Those whose texts have it: by the extract, and of what that does not hold yet, by the messages."""
        opened, coverage = await self._extract()
        covered = uids.intersection(coverage.ordinals)
        try:
            found = await sought.among(opened, coverage, covered) if covered else covered
        except OSError as fault:
            _log.warning("event=extract-unreadable cause=%r", fault)
            found, covered = set(), set()
        return found | await self._read(sought, uids - covered)

    async def _extract(self) -> tuple[Texts, Coverage]:
        """What is extracted of the mailbox; nothing where that cannot be read. Raises TryLater."""
        try:
            return await texts.of_mailbox(self._catalog, self._mailbox.mailbox_id, self._snapshot)
        except OSError as fault:
            _log.warning("event=extract-unreadable cause=%r", fault)
            return Texts(self._catalog.path.parent), Coverage()

    async def _read(self, sought: Sought | Likened, uids: set[int]) -> set[int]:
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

    # ---- SQL

    def _condition(self, key: SearchKey) -> str | None:
        """The key as SQL over entry e and mail m, all of it in figures; None if something must be read."""
        match key:
            case All():
                return "1"
            case HasFlag(flag):
                return f"(e.flags & {flags.known((flag,), self._snapshot.keywords)} != 0)"
            case Larger(octets):
                return f"(e.size > {octets:d})"
            case Smaller(octets):
                return f"(e.size < {octets:d})"
            case Younger(seconds):
                return f"(m.received >= {self._now - seconds:d})"
            case ModSeqFrom(modseq):
                return f"(e.modseq >= {modseq:d})"
            case Before(field, day) | On(field, day) | Since(field, day):
                return _day_condition(field, _COMPARED[type(key)], day)
            case Uids(ranges):
                return _uid_condition(ranges) if len(ranges) <= RANGES else None
            case Not(inner):
                condition = self._condition(inner)
                return None if condition is None else f"(not {condition})"
            case And(keys):
                return self._joined(keys, " and ", "1")
            case Or(keys):
                return self._joined(keys, " or ", "0")
        return None

    def _joined(self, keys: Sequence[SearchKey], operator: str, none: str) -> str | None:
        conditions = []
        for key in keys:
            condition = self._condition(key)
            if condition is None:
                return None
            conditions.append(condition)
        return _balanced(list(dict.fromkeys(conditions)), operator) if conditions else none


def _fuzzy(key: SearchKey) -> Iterator[Fuzzy]:
    """What a message that matches may match well or badly."""
    match key:
        case Fuzzy():
            yield key
        case And(keys) | Or(keys):
            for each in keys:
                yield from _fuzzy(each)


def _day_condition(field: DateField, comparison: str, day: int) -> str:
    """The day in its own zone; a message without a Date field is sent on none."""
    days = f"(({_DAYS[field]} + {86400 * _LONG_AGO}) / 86400 - {_LONG_AGO})"
    return f"coalesce({days} {comparison} {day - _EPOCH:d}, 0)"


def _uid_condition(ranges: Ranges) -> str:
    conditions = [f"(e.uid between {first:d} and {last:d})" for first, last in ranges]
    return _balanced(conditions, " or ") if conditions else "0"


def _balanced(conditions: list[str], operator: str) -> str:
    """All joined in pairs, so that SQLite's limit of an expression's depth (1,000) is never met by a long list."""
    while len(conditions) > 1:
        pairs = [conditions[at : at + 2] for at in range(0, len(conditions), 2)]
        conditions = [f"({operator.join(pair)})" for pair in pairs]
    return conditions[0]


def _within(uids: set[int], ranges: Ranges) -> set[int]:
    if sum(last - first for first, last in ranges) < 10 * len(uids):
        return {uid for first, last in ranges for uid in range(first, last + 1) if uid in uids}
    return {uid for uid in uids if any(first <= uid <= last for first, last in ranges)}
