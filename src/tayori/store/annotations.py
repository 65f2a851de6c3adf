"""What is noted of mailboxes and of the server, in the table `annotation`. RFC 5464.

Law: an entry that was removed leaves a row whose name has "-" in front, so that who follows the account learns of it;
the latest of those are kept.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

import apsw

from tayori.errors import TooManyAnnotations
from tayori.model import SPECIAL_USE_ENTRY, MailboxName
from tayori.store import sql, tree
from tayori.store.journal import Step

SERVER = 0  # in place of a mailbox's id
MAX_ENTRIES = 100  # of one mailbox, or of the server
MAX_OCTETS = 4 * 2**20  # of an account's names and values …
ROW = 64  # … to which each counts so many more
MAX_REMOVED = 1000  # of an account, that are remembered

_STANDS = "name >= '/'"  # "-" comes before it
_REMOVED = "name < '/'"


def found(db: apsw.Connection, name: MailboxName | None, entries: Sequence[str], depth: int | None) -> dict[str, bytes]:
    """As ports.Mailboxes.annotations says. Raises NoSuchMailbox."""
    mailbox_id, wanted = _id(db, name), frozenset(entries)
    names = (
        f"select name from annotation where mailbox_id = ?1 and {_STANDS}"
        " union all select ?2 from mailbox where id = ?1 and special_use != ''"
    )
    value = (
        "select value from annotation where mailbox_id = ?1 and name = ?2"
        " union all select cast(special_use as blob) from mailbox where id = ?1 and ?2 = ?3"
    )
    return {
        entry: db.execute(value, (mailbox_id, entry, SPECIAL_USE_ENTRY)).get
        for entry in sql.column(str, db, names, (mailbox_id, SPECIAL_USE_ENTRY))
        if _is_reached(entry, wanted, depth)
    }


def _is_reached(entry: str, wanted: AbstractSet[str], depth: int | None) -> bool:
    """Whether it, or one so many levels above it, is among those."""
    levels = entry.split("/")
    highest = 1 if depth is None else max(1, len(levels) - 1 - depth)
    return any("/".join(levels[: end + 1]) in wanted for end in range(highest, len(levels)))


def annotate(step: Step, name: MailboxName | None, values: Mapping[str, bytes | None]) -> None:
    """As ports.Mailboxes.annotate says. Raises NoSuchMailbox, TooManyAnnotations."""
    mailbox_id = _id(step.db, name)
    for entry, value in values.items():
        if mailbox_id and entry == SPECIAL_USE_ENTRY:
            _use(step, mailbox_id, (value or b"").decode("ascii"))
        elif value is None:
            _remove(step, mailbox_id, entry)
        else:
            put(step, mailbox_id, entry, value)
    if any(value is not None for value in values.values()):
        _check(step.db, mailbox_id)


def put(step: Step, mailbox_id: int, entry: str, value: bytes) -> None:
    """An entry as it is already stays."""
    db = step.db
    if db.execute("select value from annotation where mailbox_id = ? and name = ?", (mailbox_id, entry)).get == value:
        return
    db.execute("delete from annotation where mailbox_id = ? and name = ?", (mailbox_id, f"-{entry}"))
    db.execute("replace into annotation values(?, ?, ?, ?)", (mailbox_id, entry, value, step.modseq))


def copy(step: Step, source: MailboxName, target: MailboxName) -> None:
    """INBOX keeps its own when it is renamed. RFC 5464 section 4.1. Raises TooManyAnnotations."""
    target_id = _id(step.db, target)
    step.db.execute(
        f"insert into annotation select ?, name, value, ? from annotation where mailbox_id = ? and {_STANDS}",
        (target_id, step.modseq, _id(step.db, source)),
    )
    _check(step.db, target_id)


def _remove(step: Step, mailbox_id: int, entry: str) -> None:
    db = step.db
    db.execute("delete from annotation where mailbox_id = ? and name = ?", (mailbox_id, entry))
    if not db.changes():
        return
    db.execute("replace into annotation values(?, ?, x'', ?)", (mailbox_id, f"-{entry}", step.modseq))
    oldest = f"select modseq from annotation where {_REMOVED} order by modseq desc limit 1 offset ?"
    last = db.execute(oldest, (MAX_REMOVED,)).get
    if last is not None:
        db.execute(f"delete from annotation where {_REMOVED} and modseq <= ?", (last,))


def _use(step: Step, mailbox_id: int, use: str) -> None:
    """The special use is the mailbox's, whichever way it was given. RFC 6154 section 4."""
    step.db.execute("update mailbox set special_use = ?1 where id = ?2 and special_use != ?1", (use, mailbox_id))
    if step.db.changes():
        step.rearrange()
        told = (mailbox_id, f"-{SPECIAL_USE_ENTRY}", step.modseq)  # as of what was removed: it stands elsewhere
        step.db.execute("replace into annotation values(?, ?, x'', ?)", told)


def _check(db: apsw.Connection, mailbox_id: int) -> None:
    """Raises TooManyAnnotations."""
    entries = f"select count(*) from annotation where mailbox_id = ? and {_STANDS}"
    if db.execute(entries, (mailbox_id,)).get > MAX_ENTRIES:
        raise TooManyAnnotations(f"More than {MAX_ENTRIES} entries")
    octets = f"select total({ROW} + length(name) + length(value)) from annotation where {_STANDS}"
    if db.execute(octets).get > MAX_OCTETS:
        raise TooManyAnnotations("More than is kept for an account")


def changed_since(db: apsw.Connection, modseq: int) -> list[tuple[MailboxName | None, str]]:
    """As ports.Mailboxes.annotated_since says."""
    query = (
        "select b.name, ltrim(a.name, '-') from annotation a left join mailbox b on b.id = a.mailbox_id"
        " where a.modseq > ? and (a.mailbox_id = 0 or b.name is not null) order by a.modseq, b.name, a.name"
    )
    return sql.rows(tuple[MailboxName | None, str], db, query, (modseq,))


def to_mirror(db: apsw.Connection, mirrored: int) -> list[tuple[str | None, dict[str, bytes]]]:
    """Folders of which something was noted or removed since that MODSEQ, None for the server, and all of it."""
    query = (
        "select distinct a.mailbox_id, b.folder from annotation a left join mailbox b on b.id = a.mailbox_id"
        " where a.modseq > ? and (a.mailbox_id = 0 or b.name is not null)"
    )
    stands = f"select name, value from annotation where mailbox_id = ? and {_STANDS}"
    return [
        (folder, dict(sql.rows(tuple[str, bytes], db, stands, (mailbox_id,))))
        for mailbox_id, folder in sql.rows(tuple[int, str | None], db, query, (mirrored,))
    ]


def _id(db: apsw.Connection, name: MailboxName | None) -> int:
    return SERVER if name is None else tree.require(db, name)
