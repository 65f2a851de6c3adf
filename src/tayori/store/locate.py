"""From a message to its file: where its row says it lies, and what to do when it does not. DESIGN section 5."""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import apsw

from tayori.model import Buffer, MailboxName
from tayori.store import maildir, paths, sql

TOGETHER = 20  # messages that are read at once …
OCTETS = 2**16  # … while the next one begins below so many

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_CLOEXEC


class Location(NamedTuple):
    """A message's file as its row knows it."""

    mailbox_id: int  # of the mailbox that has the file
    folder: str  # of that mailbox
    name: str  # without flags
    filed: int
    size: int
    lf: bool

    def path(self, root: str) -> str:
        return f"{root}/{self.folder}/{maildir.place(self.name, self.filed)}"


ORIGIN = "m.name"
"""What maildir.email_id is made of."""

ROOT = (
    "iif(length(m.refs), substr(m.refs, 1, iif(instr(m.refs, x'20'), instr(m.refs, x'20') - 1, length(m.refs))),"
    " iif(length(m.message_id), m.message_id, m.name))"
)
"""What maildir.thread_id is made of: the first identifier of References, or the message's own."""

_QUERY = (
    "select e.uid, m.name, e.filed, e.from_mailbox, e.from_uid, m.size, m.lf, b.folder"
    " from entry e join mail m on m.id = e.mail_id join mailbox b on b.id = e.mailbox_id"
    " where e.mailbox_id = ? and b.name is not null and e.uid >= ? order by e.uid limit ?"
)

# A copy without a file of its own is read from where it was copied; that one may be gone, but its file is not yet.
_SOURCE = (
    "select x.filed, x.from_uid, b.folder from (select filed, from_uid, mailbox_id from entry"
    " where mailbox_id = ?1 and uid = ?2 union all select filed, from_uid, mailbox_id from doomed"
    " where mailbox_id = ?1 and uid = ?2) x join mailbox b on b.id = x.mailbox_id"
)


def located(db: apsw.Connection, mailbox_id: int, start: int, count: int) -> dict[int, Location]:
    """Where the messages from the UID `start` on lie, at most `count`; what is gone, or has no file, is missing."""
    found: dict[int, Location] = {}
    new = tuple.__new__  # less than half the time of the class's own
    rows = sql.rows(tuple[int, str, int | None, int, int | None, int, int, str], db, _QUERY, (mailbox_id, start, count))
    for uid, name, filed, from_mailbox, from_uid, size, lf, folder in rows:
        if filed is not None:
            own_name = name if from_uid is None else maildir.copy_name(name, uid)
            found[uid] = new(Location, (mailbox_id, folder, own_name, filed, size, lf == 1))
            continue
        source = sql.row(tuple[int | None, int | None, str], db, _SOURCE, (from_mailbox, from_uid))
        if source is not None and source[0] is not None and from_uid is not None:
            source_name = name if source[1] is None else maildir.copy_name(name, from_uid)
            found[uid] = Location(from_mailbox, source[2], source_name, source[0], size, bool(lf))
    return found


def together(located: Mapping[int, Location], uids: Sequence[int]) -> list[Location]:
    """Of the first of these messages, as many as are read at once; none where the first is large."""
    chosen: list[Location] = []
    octets = 0
    for uid in uids[:TOGETHER]:
        location = located.get(uid)
        if location is None or location.size > OCTETS or octets >= OCTETS:
            break
        octets += location.size
        chosen.append(location)
    return chosen


def contents(root: str, locations: Iterable[Location]) -> list[Buffer]:
    """Those up to the first that does not lie, whole, where its row says; each folder's path is walked once."""
    found: list[Buffer] = []
    homes: dict[str, int] = {}
    new = tuple.__new__  # less than half the time of the class's own
    try:
        for _, folder, name, filed, size, lf in locations:
            if folder not in homes:
                homes[folder] = os.open(f"{root}/{folder}", _FOLDER)
            front, back = maildir.around(filed)
            descriptor = os.open(front + name + back, _FILE, dir_fd=homes[folder])
            try:
                raw = os.read(descriptor, size + 1)
            finally:
                os.close(descriptor)
            if len(raw) != size:
                break
            found.append(new(Buffer, (raw, lf)))
    except OSError:
        pass  # whoever asks for that one alone is told
    finally:
        for home in homes.values():
            os.close(home)
    return found


def folders_of(db: apsw.Connection, mailbox_id: int) -> Iterable[str]:
    """The folders in which a mailbox's files may lie: while the mirror renames one, it has two."""
    row = db.execute("select folder, name from mailbox where id = ?", (mailbox_id,)).get
    return () if row is None else _folders(mailbox_id, *row)


def _folders(mailbox_id: int, folder: str, name: str | None) -> Iterable[str]:
    wanted = paths.mailbox_folder(MailboxName(name)) if name else folder
    return dict.fromkeys((folder, wanted, paths.provisional_folder(mailbox_id)))


def standing(db: apsw.Connection, root: str, mailbox_id: int, folder: str, name: str | None) -> str:
    """The one of a mailbox's folders that is there: the mirror may have renamed it and not yet said so."""
    for one in _folders(mailbox_id, folder, name):
        if os.path.isdir(f"{root}/{one}") and not db.execute(_ANOTHERS, (one, mailbox_id)).get:
            return one
    return folder


_ANOTHERS = "select 1 from mailbox where folder = ? and id <> ?"


def every_place(db: apsw.Connection, root: str, mail_id: int, name: str) -> list[tuple[str, str]]:
    """Every file of a mail of that unique name, as (folder, place)."""
    rows = sql.rows(tuple[int, str, str | None, int, int, int | None], db, _FILES, (mail_id,))
    return [
        (
            standing(db, root, mailbox_id, folder, mailbox),
            maildir.place(name if from_uid is None else maildir.copy_name(name, uid), filed),
        )
        for mailbox_id, folder, mailbox, uid, filed, from_uid in rows
    ]


_FILES = (
    "select b.id, b.folder, b.name, e.uid, e.filed, e.from_uid from mail m join entry e on e.mailbox_id = m.mailbox_id"
    " and e.uid = m.uid join mailbox b on b.id = e.mailbox_id where m.id = ?1 and e.filed is not null"
    " and e.mail_id = ?1 union all"
    " select b.id, b.folder, b.name, e.uid, e.filed, e.from_uid from entry e join mailbox b on b.id = e.mailbox_id"
    " where e.mail_id = ?1 and e.from_uid is not null and e.filed is not null union all"
    " select b.id, b.folder, b.name, d.uid, d.filed, d.from_uid from doomed d join mailbox b on b.id = d.mailbox_id"
    " where d.mail_id = ?1 and d.filed is not null"
)
"""Every file of a mail: where it arrived, its copies, and those of messages that are gone: a copy may be read there."""
