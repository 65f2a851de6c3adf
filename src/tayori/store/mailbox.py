"""One mailbox as sessions use it. ports.Mailbox."""

import logging
from collections.abc import Callable, Hashable, Sequence
from typing import Protocol, TypeVar

import apsw

from tayori.errors import Expunged, MailboxGone, NoSpace, TryLater
from tayori.message import date, header
from tayori.model import (
    Arrangement,
    Buffer,
    Changes,
    Column,
    Copied,
    FlagChange,
    MailboxName,
    Ranges,
    Row,
    SearchKey,
    Snapshot,
    Stored,
)
from tayori.store import change, locate, maildir, paths, search, sorting, tree
from tayori.store.catalog import Catalog
from tayori.store.faults import refusal
from tayori.store.fields import Recent
from tayori.store.journal import Step
from tayori.store.locate import Location
from tayori.store.shelf import Shelf
from tayori.store.snapshot import Versions

T = TypeVar("T")

LARGE = 500  # messages; what changes more is done in a thread
ARRANGED = 32 * 2**20  # octets that a process keeps of what SORT and THREAD gave: 8 a message and order
AHEAD = 100  # messages whose files are looked up at once: what FETCH asks for in one go, or a look would begin anew

_log = logging.getLogger("tayori.store")

_COLUMNS = {
    Column.FLAGS: "e.flags",
    Column.MODSEQ: "e.modseq",
    Column.INTERNALDATE: "m.internal_date",
    Column.SIZE: "e.size",
    Column.ENVELOPE: "m.envelope",
    Column.BODYSTRUCTURE: "m.bodystructure",
    Column.EMAIL_ID: locate.ORIGIN,
    Column.THREAD_ID: locate.ROOT,
    Column.SAVE_DATE: "e.saved",
    Column.MESSAGE_ID: "m.message_id",
    Column.REFERENCES: "m.refs",
    Column.ARRIVAL: "m.received",
    Column.SENT: "coalesce(m.sent, m.received)",
    **sorting.COLUMNS,
}
_RENDERED: dict[Column, Callable[..., bytes | str]] = {
    Column.EMAIL_ID: maildir.email_id,
    Column.THREAD_ID: maildir.thread_id,
    Column.SAVE_DATE: lambda saved: date.internal_date(saved, 0),
}
"""Columns that the catalog keeps in another form."""

_queries: dict[tuple[Column, ...], str] = {}
_recent = Recent()
_arranged: Shelf[Arrangement] = Shelf(ARRANGED)


class Mail(Protocol):
    """What a mailbox asks of its account."""

    catalog: Catalog

    @property
    def root(self) -> str: ...
    def now(self) -> int: ...
    async def change(self, work: Callable[[Step], T], apart: bool = False) -> T: ...
    async def shrink(self, work: Callable[[Step], T], apart: bool = False) -> T: ...
    async def write(self, work: Callable[[apsw.Connection], T]) -> T: ...


class OpenMailbox:
    __slots__ = ("_located", "_mail", "_opened", "_versions", "id", "mailbox_id")

    def __init__(self, mail: Mail, versions: Versions, id: str = "", opened: object = None) -> None:
        self.id = id  # to those outside
        self.mailbox_id = versions.mailbox_id
        self._mail = mail
        self._versions = versions
        self._opened = opened  # the catalog's version then: good for the one command that opens
        self._located: dict[int, Location] = {}  # read ahead; may be out of date

    async def latest(self) -> Snapshot:
        opened, self._opened = self._opened, None
        return await self._versions.latest(opened)

    async def advance(self, told: Snapshot) -> Changes:
        return await self._versions.advance(told)

    async def claim_recent(self) -> int:
        opened, (claimed, known) = self._opened, self._versions.claimed
        if opened is not None and opened == claimed:
            return known
        query = "select recent_from, uid_next from mailbox where id = ? and name is not null"

        def claim(db: apsw.Connection) -> int:
            first = db.execute("select recent_from from mailbox where id = ?", (self.mailbox_id,)).get
            db.execute("update mailbox set recent_from = uid_next where id = ?", (self.mailbox_id,))
            return int(first)

        rows = await self._mail.catalog.rows(tuple[int, int], query, (self.mailbox_id,))
        if not rows:
            raise MailboxGone("The mailbox was deleted")
        first, uid_next = rows[0]
        if first == uid_next:
            self._versions.claimed = opened, first
            return first
        try:
            return await self._mail.write(claim)
        except NoSpace:  # a full disk is read from: they stay recent for the next one too
            return first

    async def rows(self, ranges: Ranges, columns: tuple[Column, ...]) -> list[Row]:
        query = _queries.get(columns) or _queries.setdefault(columns, _query(columns))
        rows: list[Row] = []
        for first, last in ranges:
            rows += await self._mail.catalog.rows(Row, query, (self.mailbox_id, first, last))
        if not rows:
            await self._stands()
        if not sorting.COLUMNS.keys().isdisjoint(columns):
            rows = await sorting.completed(self._mail.catalog, self.mailbox_id, rows, columns)
        for at, column in enumerate(columns, 1):
            if column in _RENDERED:
                render = _RENDERED[column]
                rows = [(*row[:at], render(row[at]), *row[at + 1 :]) for row in rows]
        return rows

    async def content(self, uid: int) -> Buffer:
        location = self._located.get(uid) or await self._locate(uid)
        raw = self._read(location.path(self._mail.root), location)
        if raw is None:  # its flags have changed meanwhile
            location = await self._locate(uid)
            raw = self._read(location.path(self._mail.root), location)
        if raw is None:
            raw = await self._searched_for(location)
        return Buffer(raw, location.lf)

    async def contents(self, uids: Sequence[int]) -> list[Buffer | None]:
        if not uids:
            return []
        try:
            if uids[0] not in self._located:
                await self._look(min(uids[0], uids[-1]))
            together = locate.together(self._located, uids)
            return [*locate.contents(self._mail.root, together)] or [await self.content(uids[0])]
        except Expunged:
            return [None]

    async def fields(self, uids: Sequence[int], names: frozenset[bytes], others: bool) -> list[bytes | None]:
        # The catalog is part of the key because another account's, or one made anew, gives the same numbers.
        place = (self._mail.catalog, self.mailbox_id, names, others)
        found = [_recent.get((place, uid)) for uid in uids]
        for at, each in enumerate(found if None in found else ()):
            if each is None:
                found[at] = await self._fields_read(uids[at], place)
        return found

    async def _fields_read(self, uid: int, place: tuple[Catalog, int, frozenset[bytes], bool]) -> bytes | None:
        try:
            raw, lf = await self.content(uid)
        except Expunged:
            return None
        chosen = header.select(raw[: header.header_end(raw)[0]], place[2], place[3])
        chosen = chosen.replace(b"\n", b"\r\n") if lf else chosen
        _recent.keep((place, uid), chosen)
        return chosen

    async def store(
        self, ranges: Ranges, change_: FlagChange, flags: tuple[str, ...], unchanged_since: int | None = None
    ) -> Stored:
        makes_room = "\\Deleted" in flags and change_ is not FlagChange.REMOVE  # for it goes before EXPUNGE
        return await (self._mail.shrink if makes_room else self._mail.change)(
            lambda step: change.store(step, self.mailbox_id, ranges, change_, flags, unchanged_since),
            apart=await self._is_large(ranges),
        )

    async def copy(self, ranges: Ranges, target: MailboxName) -> Copied:
        return await self._carried(change.copy, ranges, target)

    async def move(self, ranges: Ranges, target: MailboxName) -> Copied:
        return await self._carried(change.move, ranges, target)

    async def expunge(self, ranges: Ranges | None = None) -> list[int]:
        return await self._mail.shrink(
            lambda step: change.expunge(step, self.mailbox_id, ranges),
            apart=await self._is_large(change.EVERYTHING if ranges is None else ranges),
        )

    async def remove(self, ranges: Ranges) -> list[int]:
        return await self._mail.shrink(
            lambda step: change.remove(step, self.mailbox_id, ranges), apart=await self._is_large(ranges)
        )

    async def search(self, key: SearchKey) -> list[int]:
        snapshot = await self.latest()
        return await search.matching(self, self._mail.catalog, snapshot, key, self._mail.now())

    def kept(self, key: Hashable) -> Arrangement | None:
        return _arranged.get((self._mail.catalog.identity, self.mailbox_id, key))

    def keep(self, key: Hashable, arrangement: Arrangement) -> None:
        octets = 4 * (len(arrangement.uids) + len(arrangement.order)) + sum(map(len, arrangement.shape))
        _arranged.keep((self._mail.catalog.identity, self.mailbox_id, key), arrangement, octets)

    async def relevancy(self, key: SearchKey, uids: Sequence[int]) -> list[int]:
        return await search.relevancy(self, self._mail.catalog, await self.latest(), key, uids)

    async def _carried(self, way: change.Carry, ranges: Ranges, target: MailboxName) -> Copied:
        name, now = paths.canonical(target), self._mail.now()
        return await self._mail.change(
            lambda step: way(step, self.mailbox_id, ranges, tree.require(step.db, name), now),
            apart=await self._is_large(ranges),
        )

    async def _is_large(self, ranges: Ranges) -> bool:
        if sum(last - first for first, last in ranges) < LARGE:
            return False
        query = "select messages > ? from mailbox where id = ?"
        return (1,) in await self._mail.catalog.rows(tuple[int], query, (LARGE, self.mailbox_id))

    async def _stands(self) -> None:
        """Raises MailboxGone."""
        query = "select 1 from mailbox where id = ? and name is not null"
        if not await self._mail.catalog.rows(tuple[int], query, (self.mailbox_id,)):
            raise MailboxGone("The mailbox was deleted")

    async def _locate(self, uid: int) -> Location:
        """Where it lies, and the next ones as well. Raises Expunged, MailboxGone."""
        await self._look(uid)
        if uid not in self._located:
            await self._stands()
            raise Expunged("The message is gone")
        return self._located[uid]

    async def _look(self, start: int) -> None:
        """Where the messages from that UID on lie."""
        self._located = await self._mail.catalog.read(lambda db: locate.located(db, self.mailbox_id, start, AHEAD))

    async def _searched_for(self, location: Location) -> bytes:
        """Look into the directories once, by unique name. Raises Expunged."""
        folders = await self._mail.catalog.read(lambda db: locate.folders_of(db, location.mailbox_id))
        for folder in folders:
            home = f"{self._mail.root}/{folder}"
            where = maildir.listing(home).get(location.name)
            raw = self._read(f"{home}/{where}", location) if where else None
            if raw is not None:
                return raw
        raise Expunged("The message is gone")

    def _read(self, path: str, location: Location) -> bytes | None:
        """The file's octets; None if there is no such file. Raises TryLater: it is damaged, or cannot be read."""
        try:
            raw = maildir.read(path, location.size)
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise refusal(fault) from fault
        if raw is None:
            _log.error("event=damaged-file path=%r expected=%d", path, location.size)
            raise TryLater("The message's file is damaged")
        return raw


def _query(columns: tuple[Column, ...]) -> str:
    """Of a range of UIDs in a mailbox that stands."""
    chosen = ", ".join(["e.uid", *(_COLUMNS[column] for column in columns)])
    join = " join mail m on m.id = e.mail_id" if "m." in chosen else ""
    join += " left join sorting s on s.mail_id = e.mail_id" if "s." in chosen else ""
    return (
        f"select {chosen} from entry e{join} where e.mailbox_id = (select id from mailbox where id = ?"
        " and name is not null) and e.uid between ? and ? order by e.uid"
    )
