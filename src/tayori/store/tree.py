"""The mailboxes of an account: made, deleted, renamed, listed. RFC 3501 sections 6.3.3 to 6.3.10.

Law: every level above a mailbox is a mailbox too, if only a name (selectable False). A deleted one keeps its row,
without a name, until the mirror has removed its files.
"""

import secrets
from collections.abc import Sequence

import apsw
from msgspec.json import encode

from tayori.errors import CannotDo, HasChildren, MailboxExists, NoSuchMailbox, TooMany
from tayori.model import DELETED, DELIMITER, INBOX, SPECIAL_USES, MailboxInfo, MailboxName, Status
from tayori.store import change, paths, sql
from tayori.store.journal import UIDS, Step

MAX_MAILBOXES = 10_000


def furnish(step: Step, now: int) -> None:
    """INBOX and the special-use mailboxes of a new account."""
    for name in (INBOX, *map(MailboxName, SPECIAL_USES)):
        insert(step, name, now, SPECIAL_USES.get(name, ""))
        subscribe(step, name)


def insert(step: Step, name: MailboxName, now: int, special_use: str = "", selectable: bool = True) -> str:
    """A new row; its guid. Its limits hold at once: should a power cut take the row, its UIDVALIDITY goes with it."""
    db = step.db
    guid = secrets.token_hex(16)
    db.execute(
        "insert into mailbox(name, folder, guid, uid_validity, uid_limit, uid_raised, modseq, selectable, special_use)"
        " values(?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (name, guid, guid, next_uid_validity(db, now), UIDS, UIDS, step.modseq, selectable, special_use),
    )
    _settle_in(db, db.last_insert_rowid(), name if selectable else None)
    step.rearrange()
    return guid


def _settle_in(db: apsw.Connection, mailbox_id: int, name: MailboxName | None) -> None:
    """Give it its name's folder, or where another still has it (or it needs none) a provisional one."""
    folder = paths.provisional_folder(mailbox_id)
    if name is not None:
        wanted = paths.mailbox_folder(name)
        if not db.execute("select 1 from mailbox where folder = ? and id != ?", (wanted, mailbox_id)).get:
            folder = wanted
    db.execute("update mailbox set folder = ? where id = ?", (folder, mailbox_id))


def next_uid_validity(db: apsw.Connection, now: int) -> int:
    """The clock in seconds, but above all that this account has had. RFC 3501 section 2.3.1.1."""
    db.execute("update account set last_uid_validity = max(last_uid_validity + 1, ?)", (now,))
    return int(db.execute("select last_uid_validity from account").get)


def create(step: Step, name: MailboxName, special_use: str, now: int) -> str:
    """The new mailbox's guid. Raises MailboxExists, TooMany."""
    db = step.db
    row = db.execute("select id, selectable from mailbox where name = ?", (name,)).get
    if row is None:
        if db.execute("select count(*) from mailbox").get >= MAX_MAILBOXES:
            raise TooMany("Too many mailboxes")
        _make_levels_above(step, name, now)
        return insert(step, name, now, special_use)
    if row[1]:
        raise MailboxExists("The mailbox is there already")
    db.execute("delete from mailbox where id = ?", (row[0],))  # what was only a name becomes a mailbox
    return insert(step, name, now, special_use)


def _make_levels_above(step: Step, name: MailboxName, now: int) -> None:
    levels = name.split(DELIMITER)[:-1]
    for depth in range(1, len(levels) + 1):
        above = MailboxName(DELIMITER.join(levels[:depth]))
        if not step.db.execute("select 1 from mailbox where name = ?", (above,)).get:
            insert(step, above, now)


def delete(step: Step, name: MailboxName, now: int) -> None:
    """Raises NoSuchMailbox; CannotDo: INBOX; HasChildren: only a name that others lie below. RFC 3501 section 6.3.4."""
    if name == INBOX:
        raise CannotDo("INBOX stays")
    db = step.db
    row = db.execute("select id, selectable from mailbox where name = ?", (name,)).get
    if row is None:
        raise NoSuchMailbox("No such mailbox")
    parent = _has_children(db, name)
    if parent and not row[1]:
        raise HasChildren("Mailboxes lie below it: delete those first")
    db.execute("update mailbox set name = null, special_use = '', modseq = ? where id = ?", (step.modseq, row[0]))
    db.execute("delete from annotation where mailbox_id = ?", (row[0],))
    step.rearrange()
    if parent:
        insert(step, name, now, selectable=False)


def _has_children(db: apsw.Connection, name: MailboxName) -> bool:
    return bool(db.execute("select 1 from mailbox where name > ? and name < ?", _below(name)).get)


def _below(name: MailboxName) -> tuple[str, str]:
    """Between these two lie the names below it: "0" comes after "/"."""
    return name + DELIMITER, name + chr(ord(DELIMITER) + 1)


def rename(step: Step, old: MailboxName, new: MailboxName, now: int) -> None:
    """With all below it. Raises NoSuchMailbox, MailboxExists, CannotDo."""
    db = step.db
    if db.execute("select 1 from mailbox where name = ?", (new,)).get:
        raise MailboxExists("The mailbox is there already")
    if old == INBOX:
        _empty_inbox_into(step, new, now)
        return
    if new.startswith(old + DELIMITER):
        raise CannotDo("A mailbox cannot lie below itself")
    query = "select id, name from mailbox where name = ? or name > ? and name < ?"
    rows = sql.rows(tuple[int, str], db, query, (old, *_below(old)))
    if not any(name == old for _, name in rows):
        raise NoSuchMailbox("No such mailbox")
    renamed = [(paths.canonical(new + name[len(old) :]), step.modseq, mailbox_id) for mailbox_id, name in rows]
    _make_levels_above(step, new, now)
    db.executemany("update mailbox set name = ?, modseq = max(modseq, ?) where id = ?", renamed)
    step.rearrange()


def _empty_inbox_into(step: Step, new: MailboxName, now: int) -> None:
    """RFC 3501 section 6.3.5: renaming INBOX moves its messages, and it stays, empty; what lies below it stays."""
    create(step, new, "", now)
    source, target = require(step.db, INBOX), require(step.db, new)
    step.db.execute(  # as in `insert`, a new mailbox's limits hold at once
        "update mailbox set uid_limit = uid_limit + n, uid_raised = uid_raised + n"
        " from (select messages as n from mailbox where id = ?) where id = ?",
        (source, target),
    )
    change.move(step, source, change.EVERYTHING, target, now)


def require(db: apsw.Connection, name: MailboxName) -> int:
    """A mailbox's id. Raises NoSuchMailbox."""
    mailbox_id = db.execute("select id from mailbox where name = ? and selectable", (name,)).get
    if mailbox_id is None:
        raise NoSuchMailbox("No such mailbox")
    return int(mailbox_id)


def identity(db: apsw.Connection, name: MailboxName) -> tuple[int, str]:
    """A mailbox's id here, and the one that others know. Raises NoSuchMailbox."""
    query = "select id, guid from mailbox where name = ? and selectable"
    found = sql.row(tuple[int, str], db, query, (name,))
    if found is None:
        raise NoSuchMailbox("No such mailbox")
    return found


def subscribe(step: Step, name: MailboxName) -> None:
    step.db.execute("insert or ignore into subscription values(?)", (name,))
    if step.db.changes():
        step.rearrange()


def unsubscribe(step: Step, name: MailboxName) -> None:
    step.db.execute("delete from subscription where name = ?", (name,))
    if step.db.changes():
        step.rearrange()


def listing(db: apsw.Connection) -> list[MailboxInfo]:
    """All mailboxes, and subscribed names that are none (id "", selectable False); INBOX first, then by name."""
    rows = sql.rows(
        tuple[MailboxName, str, str, int, int],
        db,
        "select m.name, guid, special_use, s.name is not null, selectable from mailbox m"
        " left join subscription s on s.name = m.name where m.name is not null"
        " union all select name, '', '', 1, 0 from subscription where name not in"
        " (select name from mailbox where name is not null)",
    )
    infos = [MailboxInfo(name, guid, use, bool(subscribed), bool(real)) for name, guid, use, subscribed, real in rows]
    return sorted(infos, key=lambda info: (info.name != INBOX, info.name))


def status(db: apsw.Connection, name: MailboxName) -> Status:
    """Raises NoSuchMailbox."""
    row = db.execute(f"select {_STATUS} from mailbox m where name = ? and selectable", (name,)).get
    if row is None:
        raise NoSuchMailbox("No such mailbox")
    return Status(*row)


def statuses(db: apsw.Connection, names: Sequence[MailboxName]) -> dict[MailboxName, Status]:
    """Of those that are there."""
    query = f"select {_STATUS}, name from mailbox m where name in (select value from json_each(?)) and selectable"
    return {MailboxName(name): Status(*row) for *row, name in db.execute(query, (encode(names).decode(),))}


_STATUS = (
    "messages, iif(recent_from < uid_next, (select count(*) from entry where mailbox_id = m.id and uid >= recent_from),"
    " 0), uid_next, uid_validity, unseen, deleted, size, modseq, guid,"
    f" iif(deleted, (select sum(size) from entry where mailbox_id = m.id and flags & {DELETED}), 0)"
)
