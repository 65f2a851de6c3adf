"""What a catalog's tables are, and how an older one becomes today's. DESIGN section 5: user_version, forward only."""

from pathlib import Path

import apsw

from tayori.errors import TryLater
from tayori.store.faults import DAMAGED

_FIRST = """
-- The one row about the account itself.
create table account(
    id integer primary key check(id = 1),
    modseq integer not null,            -- the last one given
    modseq_limit integer not null,      -- settled: given only below it
    modseq_raised integer not null,     -- what it will be once settled; never below the limit
    last_uid_validity integer not null,
    epoch integer not null,             -- the life of DATA in which the counters are right, see clean.py
    mirrored integer not null,          -- the mirror has seen all changes up to this MODSEQ
    journal_from integer not null,      -- `change` is complete above this MODSEQ
    quota integer                       -- octets, null: none
);

-- A deleted one has no name and lives until the mirror has removed its files. `folder` is where it lies now, and
-- follows the name. uid_limit and uid_raised are as modseq's. The mirrored_ columns are what the disk was
-- told; mirrored_uid -1 has its uidlist written anew.
create table mailbox(
    id integer primary key autoincrement,
    name text unique,
    folder text not null unique,
    guid text not null,
    uid_validity integer not null,
    uid_next integer not null default 1,
    uid_limit integer not null,
    uid_raised integer not null,
    recent_from integer not null default 1,
    modseq integer not null,
    messages integer not null default 0,
    unseen integer not null default 0,
    deleted integer not null default 0,
    size integer not null default 0,
    selectable integer not null default 1,
    special_use text not null default '',
    keywords text not null default '',  -- a space between; the n-th has bit 5 + n
    mirrored_recent integer not null default 1,
    mirrored_uid integer not null default -1,
    mirrored_keywords text not null default '',
    stale_lines integer not null default 0
);

create table subscription(name text primary key) without rowid;

-- A file and what is known of it. mailbox_id and uid: where it arrived.
create table mail(
    id integer primary key,
    name text not null,                 -- the file's, without ":2," and what follows
    lf integer not null,
    size integer not null,              -- octets of the file
    wire_size integer not null,
    header_size integer not null,
    mailbox_id integer not null,
    uid integer not null,
    received integer not null,
    zone integer not null,
    sent integer,
    sent_zone integer not null,
    internal_date blob not null,
    envelope blob not null,
    message_id blob not null,
    refs blob not null,
    bodystructure blob not null
);

-- A message of a mailbox. `filed` tells its file as the mirror left it: bit 0 that it lies in cur/, the flags in its
-- name above that; null while a copy has no file of its own and is read from where it was copied, the from_ columns.
create table entry(
    mailbox_id integer not null,
    uid integer not null,
    mail_id integer not null,
    flags integer not null,
    modseq integer not null,
    size integer not null,              -- octets in CRLF form
    saved integer not null,             -- when it came into this mailbox
    filed integer,
    from_mailbox integer,
    from_uid integer,
    primary key(mailbox_id, uid)
) without rowid;
create index copies on entry(mail_id) where from_uid is not null;

-- Messages that are gone, until their files are.
create table doomed(
    mailbox_id integer not null,
    uid integer not null,
    mail_id integer not null,
    filed integer,
    from_mailbox integer,
    from_uid integer,
    modseq integer not null,
    primary key(mailbox_id, uid)
) without rowid;

-- The journal: with this MODSEQ something changed among these UIDs. Who follows reads them anew.
create table change(
    modseq integer not null,
    mailbox_id integer not null,
    first integer not null,
    last integer not null,
    primary key(modseq, mailbox_id, first)
) without rowid;

-- How far each spool log has been applied here.
create table applied(log text primary key, sequence integer not null) without rowid;
"""

_SECOND = """
alter table account add column quota_messages integer;  -- null: none

-- What SORT compares, made from a mail's ENVELOPE off the delivery path; sorting.py makes what lacks when it is asked.
create table sorting(
    mail_id integer primary key,
    subject text not null,              -- the base subject, RFC 5256 section 2.1, folded
    from_ text not null,                -- each the first address's local part, folded
    to_ text not null,
    cc text not null,
    display_from text not null,         -- RFC 5957
    display_to text not null
);
create trigger mail_gone after delete on mail begin delete from sorting where mail_id = old.id; end;

-- RFC 5464. A mailbox's annotations stay with it when it is renamed; mailbox_id 0: the server's.
create table annotation(
    mailbox_id integer not null,
    name text not null,                 -- lower case: "/private/comment"
    value blob not null,
    modseq integer not null,
    primary key(mailbox_id, name)
) without rowid;
create trigger mailbox_gone after delete on mailbox begin delete from annotation where mailbox_id = old.id; end;
"""

MIGRATIONS = (_FIRST, _SECOND)
"""The n-th makes version n + 1. Never changed once released, only added to."""

VERSION = len(MIGRATIONS)


def migrate(db: apsw.Connection, path: Path) -> None:
    """Bring a catalog to VERSION in one transaction, after a copy of an older one.

    Raises TryLater: it is newer, or was one once and is empty now.
    """
    version = _version(db)
    if version == VERSION:
        return
    if not version:
        raise TryLater(DAMAGED) from ValueError(f"{path}: empty")
    if version > VERSION:
        raise TryLater("The mailbox index was written by a newer version") from ValueError(f"{path}: {version}")
    _back_up(db, path.with_name(f"{path.name}.v{version}"))
    make(db)


def make(db: apsw.Connection) -> None:
    """Carry out what is between its version, 0 for a new one, and VERSION."""
    db.execute("begin immediate")
    with_version = _version(db)  # another process may have been quicker
    for script in MIGRATIONS[with_version:]:
        db.execute(script)
    db.execute(f"pragma user_version = {VERSION}")
    db.execute("commit")


def _version(db: apsw.Connection) -> int:
    return int(db.pragma("user_version"))


def _back_up(db: apsw.Connection, path: Path) -> None:
    copy = apsw.Connection(str(path))
    with copy.backup("main", db, "main") as backup:
        backup.step()
    copy.close()
