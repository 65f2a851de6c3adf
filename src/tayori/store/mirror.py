"""The files of a Maildir follow the catalog: copies get links, names tell flags, Dovecot's files the rest.

Law: each part may be cut off and done again. A file's name changes first, then its row; who reads in between looks
twice. A row tells of a link only when that is on the disk: after a power cut the catalog may have more of the last
second than the folders have, and for the sake of that link the first name goes. DESIGN section 5.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import NamedTuple

import apsw

from tayori.model import MailboxName
from tayori.store import annotations, astray, dovecot, flags, folders, journal, locate, maildir, sql
from tayori.store.account import AccountMail
from tayori.store.dovecot import Locked, UidList

SLICE = 50  # files between two looks at other work
STALE = 4  # a uidlist is written anew when one of so many lines tells of a message that is gone
JOURNAL = 10_000  # steps that are remembered for those who come back

_log = logging.getLogger("tayori.store")


class _Box(NamedTuple):
    """A mailbox as the catalog has it, and what its folder was told."""

    id: int
    folder: str
    uid_validity: int
    guid: str
    recent_from: int
    mirrored_recent: int
    keywords: str
    mirrored_keywords: str
    uid_next: int
    mirrored_uid: int
    messages: int
    stale_lines: int


class _Told(NamedTuple):
    """What is written of a mailbox when its folder was told."""

    keywords: str
    uid: int
    stale_lines: int
    mailbox_id: int


Filed = tuple[int, int, int]
"""What a file's name and folder tell now, its mailbox and its UID."""


class Followed(NamedTuple):
    """What `note` is to write: how far the Maildir has come."""

    modseq: int
    told: list[_Told]
    links: list[Filed]


class _Entry(NamedTuple):
    uid: int
    flags: int
    filed: int | None
    from_uid: int | None
    name: str


class _Change(NamedTuple):
    """What a mailbox's folder is to be told."""

    box: _Box
    ranges: list[tuple[int, int]]  # of UIDs: some of their files are to be linked or renamed
    fresh: list[tuple[str, int]]  # unique names and UIDs that the uidlist lacks, where it is not written anew


class _Found(NamedTuple):
    """What one version of the catalog has for the mirror."""

    modseq: int
    shape: int  # differs where the mailboxes, their uses or the subscriptions differ
    misplaced: bool  # a folder is not where its mailbox's name wants it
    changes: list[_Change]
    subscribed: list[MailboxName]
    special_uses: list[tuple[MailboxName, str]]
    annotated: list[tuple[str | None, dict[str, bytes]]]  # folders, None for the server, and what is noted of them


async def follow_catalog(mail: AccountMail, sync: Callable[[], Awaitable[None]]) -> Followed:
    """Bring the Maildir to what the catalog says; `note` it, and where there are links, after a sync.

    Raises OSError, TryLater.
    """
    found = await mail.catalog.read(partial(_found, told=mail.shape))
    if found.misplaced:
        await folders.follow_names(mail, sync)
        again = await mail.catalog.read(partial(_found, told=None))
        found = again._replace(modseq=found.modseq)  # later steps: next time
    links: list[Filed] = []
    told = [told for change in found.changes if (told := await _follow_box(mail, change, links))]
    if found.shape != mail.shape:  # with new mail alone it is as it was, for half the time
        dovecot.write_subscriptions(mail.root, found.subscribed)
        dovecot.write_special_uses(mail.root, found.special_uses)
        mail.shape = None if found.misplaced else found.shape
    for folder, values in found.annotated:
        _follow_annotations(mail.root, folder, values)
    return Followed(found.modseq, told, links)


async def note(mail: AccountMail, followed: Followed) -> None:
    """Raises TryLater."""

    def write(db: apsw.Connection) -> None:
        _write_filed(db, followed.links)
        _mirrored(db, followed.modseq, followed.told)

    await mail.catalog.write(write)


async def _follow_box(mail: AccountMail, change: _Change, links: list[Filed]) -> _Told | None:
    """What its folder has been told of the uidlist and the keywords; the links that were made join `links`."""
    box = change.box
    if box.mirrored_uid < 0:  # a new mailbox, or a life in doubt
        maildir.make(mail.root, box.folder)
        await astray.bring_back(mail, box.id, box.folder)
    await _follow_entries(mail, change, links)
    return await _follow_lists(mail, change)


def _follow_annotations(root: str, folder: str | None, values: dict[str, bytes]) -> None:
    if folder is None:
        dovecot.write_annotations(f"{root}/{dovecot.SERVER_ANNOTATIONS}", values)
        return
    maildir.make(root, folder)
    dovecot.write_annotations(f"{root}/{folder}/{dovecot.ANNOTATIONS}", values)


def _found(db: apsw.Connection, told: int | None) -> _Found:
    """`told` is the shape that the Maildir was told of last."""
    modseq, mirrored = db.execute("select modseq, mirrored from account").get
    rows = sql.rows(tuple[str | None, str, str, int, int], db, _SHAPE)
    subscribed = sql.column(str, db, "select name from subscription order by name")
    shape = hash((*rows, *subscribed))
    return _Found(
        modseq,
        shape,
        shape != told and folders.misplaced(db),
        [_change(db, box, mirrored) for box in _changed_boxes(db, mirrored)],
        list(map(MailboxName, subscribed)),
        [(MailboxName(name), use) for name, use, *_ in rows if use and name is not None],
        annotations.to_mirror(db, mirrored if db.execute(_NO_DOUBT).get else 0),
    )


_NO_DOUBT = "select not exists(select 1 from mailbox where mirrored_uid < 0)"
_SHAPE = "select name, special_use, folder, id, selectable from mailbox order by name"


def _change(db: apsw.Connection, box: _Box, mirrored: int) -> _Change:
    ranges = journal.since(db, box.id, mirrored, box.mirrored_uid + 1)
    if box.recent_from > box.mirrored_recent:
        ranges = journal.few([*ranges, (box.mirrored_recent, box.recent_from - 1)])
    return _Change(
        box,
        [pair for pair in ranges if db.execute(_OTHERWISE, (box.id, *pair, box.recent_from)).get],
        [] if box.mirrored_uid < 0 else list(_uids(db, box, box.mirrored_uid)),
    )


_OTHERWISE = (
    "select exists(select 1 from entry where mailbox_id = ? and uid between ? and ? and (filed is null or filed !="
    f" case when filed or uid < ? or flags & {maildir.SHOWN} then (flags & {maildir.SHOWN}) << 1 | 1 else 0 end))"
)
"""Whether a file among these UIDs says something else than `_Slice.wanted`."""


def _changed_boxes(db: apsw.Connection, mirrored: int) -> list[_Box]:
    query = f"select {', '.join(_Box._fields)} from mailbox where name is not null and selectable and {_CHANGED}"
    return [_Box(*row) for row in db.execute(query, (mirrored, STALE))]  # the columns are its fields


_CHANGED = (
    "(modseq > ? or recent_from > mirrored_recent or uid_next - 1 > mirrored_uid or keywords != mirrored_keywords"
    " or stale_lines * ? > messages + stale_lines)"
)


def _mirrored(db: apsw.Connection, modseq: int, told: list[_Told]) -> None:
    """Remember how far, and forget the journal's oldest."""
    db.executemany("update mailbox set mirrored_keywords = ?, mirrored_uid = ?, stale_lines = ? where id = ?", told)
    db.execute("update account set mirrored = max(mirrored, ?)", (modseq,))
    oldest = db.execute("select modseq from change order by modseq desc limit 1 offset ?", (JOURNAL,)).get
    if oldest is not None:
        db.execute("update account set journal_from = max(journal_from, min(?, mirrored))", (oldest,))
        db.execute("delete from change where modseq <= (select journal_from from account)")


# ---- Files


async def _follow_entries(mail: AccountMail, change: _Change, links: list[Filed]) -> None:
    """Link and rename what has changed, or has been seen by a reader, since the mirror looked last."""
    box = change.box
    for first, last in change.ranges:
        await _follow_range(mail, box, (first, last), links)
    if box.recent_from > box.mirrored_recent:
        query = "update mailbox set mirrored_recent = ? where id = ?"
        await mail.catalog.write(lambda db: db.execute(query, (box.recent_from, box.id)))


async def _follow_range(mail: AccountMail, box: _Box, uids: tuple[int, int], links: list[Filed]) -> None:
    first, last = uids
    while first <= last:
        work = _Slice(mail, box)
        entries = await mail.catalog.read(partial(work.read, first=first, last=last))
        renamed: list[Filed] = []
        for entry in entries:
            filed = work.followed(entry)
            if filed is not None:
                (links if entry.filed is None else renamed).append((filed, box.id, entry.uid))
        if renamed:
            await mail.catalog.write(partial(_write_filed, filed=renamed))
        if len(entries) < SLICE:
            return
        first = entries[-1].uid + 1
        await asyncio.sleep(0)


def _write_filed(db: apsw.Connection, filed: list[Filed]) -> None:
    """Also of what was expunged meanwhile."""
    db.executemany("update entry set filed = ? where mailbox_id = ? and uid = ?", filed)
    db.executemany("update doomed set filed = ? where mailbox_id = ? and uid = ?", filed)


class _Slice:
    """Some entries of a mailbox in a row, and their files."""

    def __init__(self, mail: AccountMail, box: _Box) -> None:
        self._root = mail.root
        self._box = box
        self._locations: dict[int, locate.Location] = {}
        self._listings: dict[str, dict[str, str]] = {}  # of folders where something was missed

    def read(self, db: apsw.Connection, first: int, last: int) -> list[_Entry]:
        rows = sql.rows(tuple[int, int, int | None, int | None, str], db, _ENTRIES, (self._box.id, first, last, SLICE))
        entries = [_Entry(*row) for row in rows]
        if any(entry.filed != self.wanted(entry) for entry in entries):  # of new mail seldom one
            self._locations = locate.located(db, self._box.id, first, SLICE)
        return entries

    def wanted(self, entry: _Entry) -> int:
        """What its file is to say."""
        return maildir.filed(entry.flags, bool(entry.filed) or entry.uid < self._box.recent_from)

    def followed(self, entry: _Entry) -> int | None:
        """What its file says now, if that is something else than before. Raises OSError."""
        wanted = self.wanted(entry)
        if entry.filed == wanted:
            return None
        location = self._locations.get(entry.uid)
        source = self._source(location) if location else None
        if source is None:
            _log.error("event=file-missing maildir=%r name=%r", self._root, entry.name)
            return None
        home = f"{self._root}/{self._box.folder}"
        if entry.filed is None:
            maildir.link(source, home, maildir.place(maildir.copy_name(entry.name, entry.uid), wanted))
        else:
            own_name = entry.name if entry.from_uid is None else maildir.copy_name(entry.name, entry.uid)
            where = maildir.place(own_name, wanted)
            os.rename(source, f"{home}/{where}")
            if home in self._listings:  # a copy in the same mailbox may be looked for next
                self._listings[home][own_name] = where
        return wanted

    def _source(self, location: locate.Location) -> str | None:
        """Where its file really lies."""
        path = location.path(self._root)
        if os.path.exists(path):
            return path
        home = f"{self._root}/{location.folder}"
        if home not in self._listings:
            self._listings[home] = maildir.listing(home)
        where = self._listings[home].get(location.name)
        return f"{home}/{where}" if where else None


_ENTRIES = (
    "select e.uid, e.flags, e.filed, e.from_uid, m.name from entry e join mail m on m.id = e.mail_id"
    " where e.mailbox_id = ?1 and e.uid between ?2 and ?3"
    " and exists(select 1 from mailbox where id = ?1 and name is not null)"  # it may have been deleted meanwhile
    " order by e.uid limit ?4"
)


# ---- Dovecot's files


async def _follow_lists(mail: AccountMail, change: _Change) -> _Told | None:
    """dovecot-uidlist and dovecot-keywords; None where nothing was written. Raises OSError, TryLater."""
    box = change.box
    home = f"{mail.root}/{box.folder}"
    if box.keywords != box.mirrored_keywords:
        dovecot.write_keywords(home, flags.split(box.keywords))
    stale = box.stale_lines * STALE > box.messages + box.stale_lines
    anew = stale or box.mirrored_uid < 0
    if anew or box.uid_next - 1 > box.mirrored_uid:
        try:
            await _follow_uids(mail, box, home, None if anew else change.fresh)
        except Locked:
            return None  # another program is at it: next time
    elif box.keywords == box.mirrored_keywords:
        return None
    return _Told(box.keywords, box.uid_next - 1, 0 if anew else box.stale_lines, box.id)


async def _follow_uids(mail: AccountMail, box: _Box, home: str, fresh: list[tuple[str, int]] | None) -> None:
    """Add the fresh ones; None: write all anew."""
    if fresh is not None:
        try:
            dovecot.append_uidlist(home, fresh)
            return
        except FileNotFoundError:
            pass
    uids = await mail.catalog.read(lambda db: list(_uids(db, box, 0)))
    dovecot.write_uidlist(home, UidList(box.uid_validity, box.uid_next, box.guid, dict(uids)))


def _uids(db: apsw.Connection, box: _Box, after: int) -> Iterable[tuple[str, int]]:
    """Unique names and UIDs that the list is to have."""
    query = (
        "select e.uid, e.from_uid is not null, m.name from entry e join mail m on m.id = e.mail_id"
        " where e.mailbox_id = ? and e.uid > ? and e.uid < ? order by e.uid"
    )
    for uid, copied, name in sql.rows(tuple[int, int, str], db, query, (box.id, after, box.uid_next)):
        yield maildir.copy_name(name, uid) if copied else name, uid
