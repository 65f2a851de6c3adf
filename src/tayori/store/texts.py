"""The extracts as a process reads them: which mails they hold, and where. DESIGN section 5.

Law: what is not extracted, or damaged, is not answered here. The loop is given back after each moment's work.
"""

import asyncio
import logging
import os
from array import array
from collections import OrderedDict
from collections.abc import Collection, Iterable
from contextlib import suppress
from itertools import count
from pathlib import Path

from tayori.model import Snapshot
from tayori.store import extract
from tayori.store.catalog import Catalog
from tayori.store.extract import Record, Segment, Text
from tayori.store.narrowing import Index, Taken

KEPT = 64, 500_000  # accounts whose extracts a process keeps open, and mails of them in all
SLICE = 100  # rows that are looked at before others may go on
CHUNK = 2**17  # octets of header texts, likewise
MERGED = 8192  # octets between two texts that are sooner read than passed over

Span = tuple[int, int]
Run = tuple[int, int, int]
"""Number of a segment in `Texts`, first and last ordinal: texts that lie behind each other in it."""

_log = logging.getLogger("tayori.store")


class Column:
    """Where one kind of text of every mail lies, by ordinal."""

    __slots__ = ("ends", "starts")

    def __init__(self) -> None:
        self.starts = array("Q")
        self.ends = array("Q")

    def extend(self, bounds: list[int]) -> None:
        """Take in texts that follow each other."""
        self.starts.extend(bounds[:-1])
        self.ends.extend(bounds[1:])


class Texts:
    """An account's extract, as far as it was read; a mail's ordinal is its place in the order of reading."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.segments: dict[int, Segment] = {}
        self.segment_of = array("I")  # by ordinal
        self.turns: list[int] = []  # ordinals before which another segment was read
        self.header, self.body, self.block = Column(), Column(), Column()
        self.ordinals: dict[int, int] = {}  # by key; the latest counts
        self.mailboxes: dict[tuple[int, int], Coverage] = {}
        self.records: dict[tuple[int, int], Taken] = {}  # by number of segment, and where it begins there
        self.indexes: dict[int, Index] = {}  # by number of segment
        self._reading = asyncio.Lock()

    def __len__(self) -> int:
        """Mails."""
        return len(self.segment_of)

    async def read_on(self) -> bool:
        """Take in what was written since; False when segments are gone, and all is to be begun anew. Raises OSError."""
        async with self._reading:
            numbers = extract.segments(self.folder)
            if any(not self._stands(segment) for segment in self.segments.values()):
                return False
            for number in numbers:
                if number not in self.segments:
                    with suppress(FileNotFoundError):  # it went just now
                        self.segments[number] = Segment(self.folder, number)
            for segment in self.segments.values():
                await self._read(segment)
                await self._follow_index(segment.number)
            return True

    def _stands(self, segment: Segment) -> bool:
        try:
            return os.stat(extract.path(self.folder, segment.number)).st_ino == segment.inode
        except FileNotFoundError:
            return False

    async def _read(self, segment: Segment) -> None:
        for record in segment.records():
            if await self._is_sound(segment, record):
                self._take(segment, record)
            else:
                _log.warning("event=damaged-extract folder=%r segment=%d", str(self.folder), segment.number)
                extract.condemn(self.folder, segment.number)

    async def _is_sound(self, segment: Segment, record: Record) -> bool:
        for fits in segment.checks(record):
            if not fits:
                return False
            if segment.end - record.start >= extract.CHECKED:
                await asyncio.sleep(0)
        return bool(record.directory)

    async def _follow_index(self, number: int) -> None:
        """Take in what there is of a segment's index; where it cannot be read there is none."""
        try:
            if number not in self.indexes or not self.indexes[number].is_as_read():
                self.indexes[number] = Index(self.folder, number)
            await self.indexes[number].follow(self.records)
        except OSError:
            self.indexes.pop(number, None)

    def _take(self, segment: Segment, record: Record) -> None:
        first = len(self.segment_of)
        keys, bounds = record.columns()
        self.records[segment.number, record.start] = Taken(record.head, record.end, first, len(keys))
        if first and self.segment_of[-1] != segment.number:
            self.turns.append(first)
        self.ordinals.update(zip(keys, count(first), strict=False))
        self.segment_of.extend([segment.number] * len(keys))
        for column, each in zip((self.header, self.body, self.block), bounds, strict=True):
            column.extend(each)

    def text(self, column: Column, ordinal: int) -> bytes:
        """Raises OSError."""
        return self.segments[self.segment_of[ordinal]].read((column.starts[ordinal], column.ends[ordinal]))

    def told(self, ordinal: int) -> Text:
        """A mail's texts, without its header as sent. Raises OSError."""
        return Text(self.text(self.header, ordinal), self.text(self.body, ordinal), b"")


class Coverage:
    """The mails of one mailbox that are extracted."""

    def __init__(self) -> None:
        self.ordinals: dict[int, int] = {}  # by UID
        self.waiting: dict[int, int] = {}  # keys of those that are not extracted, by UID
        self._unknown: set[int] = set()  # those of which the catalog said nothing
        self._uids: dict[int, list[int]] = {}  # by ordinal; a mail may be copied into its own mailbox
        self._runs: dict[int, list[Run]] = {}
        self._known: Snapshot | None = None
        self._taken = 0  # mails of the extract, when it was followed last

    async def follow(self, texts: Texts, catalog: Catalog, mailbox_id: int, snapshot: Snapshot) -> None:
        """Take in the snapshot's new messages, and what was extracted since. Raises TryLater."""
        if snapshot is not self._known:
            new = set(snapshot.uids).difference(self.ordinals, self.waiting)
            await self._ask(texts, catalog, mailbox_id, sorted(new))
            self._unknown = new.difference(self.ordinals, self.waiting)
            self._known = snapshot
        if self._taken != len(texts):
            self._taken = len(texts)
            waiting = list(self.waiting.items())
            for at in range(0, len(waiting), SLICE):
                self._place(texts, waiting[at : at + SLICE])
                await asyncio.sleep(0)

    def lacking(self, uids: set[int]) -> set[int]:
        """Those of a snapshot that are not extracted."""
        if self._known is None:
            return uids
        return uids.intersection(self.waiting) | (uids & self._unknown)

    def _place(self, texts: Texts, keys: Iterable[tuple[int, int]]) -> None:
        """Note of each UID where the mail of that key is, or that it waits."""
        for uid, key in keys:
            ordinal = texts.ordinals.get(key)
            if ordinal is None:
                self.waiting[uid] = key
            else:
                self.waiting.pop(uid, None)
                self.ordinals[uid] = ordinal
                self._uids.setdefault(ordinal, []).append(uid)
                self._runs = {}

    async def _ask(self, texts: Texts, catalog: Catalog, mailbox_id: int, uids: list[int]) -> None:
        query = (
            "select e.uid, m.name, m.size from entry e join mail m on m.id = e.mail_id"
            " where e.mailbox_id = ? and e.uid between ? and ?"
        )
        for at in range(0, len(uids), SLICE):
            some = uids[at : at + SLICE]
            rows = await catalog.rows(tuple[int, str, int], query, (mailbox_id, some[0], some[-1]))
            wanted = set(some)
            self._place(texts, [(uid, extract.key_of(name, size)) for uid, name, size in rows if uid in wanted])
            await asyncio.sleep(0)

    async def runs(self, texts: Texts, column: Column, uids: Collection[int]) -> list[Run]:
        """Where the texts of these lie, and maybe of others."""
        if 2 * len(uids) < len(self.ordinals):
            return await runs(texts, column, {self.ordinals[uid] for uid in uids if uid in self.ordinals})
        kept = self._runs  # another search may find more mails meanwhile, and begin anew
        if id(column) not in kept:
            kept[id(column)] = await runs(texts, column, self._uids)
        return kept[id(column)]

    def uids(self, ordinals: Iterable[int]) -> set[int]:
        return {uid for ordinal in ordinals for uid in self._uids.get(ordinal, ())}


async def runs(texts: Texts, column: Column, ordinals: Iterable[int]) -> list[Run]:
    """Texts that lie near each other, put together."""
    starts, ends, segment_of = column.starts, column.ends, texts.segment_of
    found: list[Run] = []
    in_order = sorted(ordinals)
    turns = iter([*texts.turns, len(texts)])
    turn = first = last = -1
    for at, ordinal in enumerate(in_order):
        if at % SLICE == SLICE - 1:
            await asyncio.sleep(0)
        near = last >= 0 and ordinal < turn and starts[ordinal] - ends[last] <= MERGED
        if not near:
            if last >= 0:
                found.append((segment_of[last], first, last))
            first = ordinal
            while turn <= ordinal:
                turn = next(turns)
        last = ordinal
    if last >= 0:
        found.append((segment_of[last], first, last))
    return found


# ---- Which extracts this process has open

_opened: OrderedDict[Path, Texts] = OrderedDict()  # least recently used first


async def of_mailbox(catalog: Catalog, mailbox_id: int, snapshot: Snapshot) -> tuple[Texts, Coverage]:
    """The account's extract, and what it has of the mailbox, as they are now. Raises OSError, TryLater."""
    texts = await of_account(catalog.path.parent)
    place = mailbox_id, snapshot.uid_validity
    coverage = texts.mailboxes.get(place)
    if coverage is None or len(coverage.ordinals) + len(coverage.waiting) > 2 * len(snapshot.uids) + SLICE:
        coverage = texts.mailboxes[place] = Coverage()
    await coverage.follow(texts, catalog, mailbox_id, snapshot)
    return texts, coverage


async def of_account(folder: Path) -> Texts:
    """The account's extract as it is now. Raises OSError."""
    texts = _opened.get(folder)
    while texts is None or not await texts.read_on():
        texts = _opened[folder] = Texts(folder)
    _opened[folder] = texts
    _opened.move_to_end(folder)
    accounts, mails = KEPT
    while len(_opened) > 1 and (len(_opened) > accounts or sum(map(len, _opened.values())) > mails):
        _opened.popitem(last=False)
    return texts
