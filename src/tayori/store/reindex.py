"""A catalog from what lies on the disk: after a loss, or of a Maildir that another program left. DESIGN section 5.

Law: no file is removed. The new catalog takes the old one's place when it is complete, and the old one is kept.
"""

import os
import secrets
import time
from collections.abc import Callable, Container, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import apsw

from tayori.errors import NoSuchMailbox
from tayori.message.date import internal_date
from tayori.message.digest import digest
from tayori.model import DELETED, DELIMITER, INBOX, SEEN, SPECIAL_USES, Account, Digest, MailboxName
from tayori.store import annotations, clean, creation, dovecot, found, maildir, paths, sql, tree
from tayori.store.dovecot import UidList
from tayori.store.found import Box, File
from tayori.store.journal import MODSEQS, Step

Progress = Callable[[int, int], None]
"""Told now and then: messages done, messages in all."""

EVERY = 100  # messages between two tellings


class _Link(NamedTuple):
    """One name of a file, and the message that it is."""

    box: Box
    file: File
    uid: int


class _Mail(NamedTuple):
    """A row to be; `home` is where it arrived, (0, 0) when that message is gone."""

    name: str
    home: tuple[int, int]


def reindex(
    data: Path, account: Account, progress: Progress = lambda done, total: None, held: Container[str] = ()
) -> int:
    """Make the account's catalog anew from its Maildir, while no server runs; how many messages it has.

    UIDVALIDITY, UIDs, flags, keywords, subscriptions, special uses and annotations come from the files that we or
    Dovecot left; what has no UID gets one, the oldest first. Messages whose spool ids are `held` are left to the replay
    of the logs, which places them with the UIDs that they had. Raises NoSuchMailbox (there is no Maildir), OSError,
    apsw.Error.
    """
    folder = paths.account_folder(data, account)
    root = str(paths.maildir(folder))
    if not Path(root, "cur").is_dir():
        raise NoSuchMailbox(f"There is no Maildir for {account}")
    return _Reindexing(root, held, progress).into(folder, clean.current(data))


class _Reindexing:
    def __init__(self, root: str, held: Container[str], progress: Progress) -> None:
        self._root = root
        self._progress = progress
        self._boxes = list(found.boxes(root, held))
        self._ids: dict[MailboxName, int] = {}
        self._total = sum(len(box.files) for box in self._boxes)
        self._done = 0

    def into(self, folder: Path, epoch: int) -> int:
        """Write the catalog and give it its name."""
        path = paths.catalog(folder)
        now = max(time.time(), (_last_modseq(path) + MODSEQS) / 1000)
        draft = creation.new_catalog(folder, now, epoch)
        try:
            db = creation.unsynced(draft)
            db.execute("begin")
            self._write(Step(db), int(time.time()))
            db.execute("commit")
            lists = list(self._new_lists(db))
            db.close()
            _set_aside(path)
            creation.publish(draft, path)
            for home, uidlist in lists:
                with suppress(dovecot.Locked):  # the mirror writes it when the lock is gone
                    dovecot.write_uidlist(home, uidlist)
        finally:
            draft.unlink(missing_ok=True)
        return self._total

    def _write(self, step: Step, now: int) -> None:
        self._write_mailboxes(step, now)
        links: dict[int, list[_Link]] = {}
        for box in self._boxes:
            for file, uid in zip(box.files, box.uids, strict=True):
                links.setdefault(file.inode, []).append(_Link(box, file, uid))
        for group in links.values():
            self._write_mail(step, group, now)
        step.db.execute(_COUNT, {"seen": SEEN, "deleted": DELETED, "modseq": step.modseq})
        step.db.execute("insert into change select ?, id, 1, uid_next from mailbox where selectable", (step.modseq,))

    def _new_lists(self, db: apsw.Connection) -> Iterable[tuple[str, UidList]]:
        """Those of folders that had none, which the next reindex is to find as it is made now."""
        query = "select uid_validity, uid_next, guid from mailbox where id = ?"
        for box in self._boxes:
            if not box.uidlist.uid_validity:
                [(validity, following, guid)] = sql.rows(tuple[int, int, str], db, query, (self._ids[box.name],))
                uids = {file.name: uid for file, uid in zip(box.files, box.uids, strict=True)}
                yield f"{self._root}/{box.folder}", UidList(validity, following, guid, uids)

    # ---- Mailboxes

    def _write_mailboxes(self, step: Step, now: int) -> None:
        served = dovecot.served(self._root)
        uses = dovecot.read_special_uses(self._root) if served else dict(_usual_uses())
        names = {box.name for box in self._boxes}
        for name in sorted({INBOX, *(() if served else uses), *_levels_above(names)} - names):
            only_a_name = name != INBOX and name not in uses
            tree.insert(step, name, now, uses.get(name, ""), selectable=not only_a_name)
        for box in self._boxes:
            tree.insert(step, box.name, now, uses.get(box.name, ""))
            self._ids[box.name] = step.db.last_insert_rowid()
            self._tell(step.db, box)
            self._note(step, self._ids[box.name], f"{self._root}/{box.folder}/{dovecot.ANNOTATIONS}")
        self._note(step, annotations.SERVER, f"{self._root}/{dovecot.SERVER_ANNOTATIONS}")
        subscribed = dovecot.read_subscriptions(self._root)
        for name in subscribed if served or subscribed else [INBOX, *uses]:
            tree.subscribe(step, name)

    def _note(self, step: Step, mailbox_id: int, path: str) -> None:
        for entry, value in dovecot.read_annotations(path).items():
            annotations.put(step, mailbox_id, entry, value)

    def _tell(self, db: apsw.Connection, box: Box) -> None:
        """What the folder's own files know of it."""
        mailbox_id = self._ids[box.name]
        uidlist = box.uidlist
        if uidlist.uid_validity:
            db.execute("update mailbox set uid_validity = ? where id = ?", (uidlist.uid_validity, mailbox_id))
            db.execute("update account set last_uid_validity = max(last_uid_validity, ?)", (uidlist.uid_validity,))
        unseen = [uid for file, uid in zip(box.files, box.uids, strict=True) if file.where.startswith("new/")]
        db.execute(
            "update mailbox set guid = ?, uid_next = ?2, uid_limit = ?2 + uid_limit, uid_raised = ?2 + uid_limit,"
            " recent_from = ?, keywords = ? where id = ?",
            (
                uidlist.guid or secrets.token_hex(16),
                uidlist.uid_next,
                min(unseen, default=uidlist.uid_next),
                " ".join(box.keywords),
                mailbox_id,
            ),
        )

    # ---- Messages

    def _write_mail(self, step: Step, group: list[_Link], now: int) -> None:
        """The names of one file: the one it arrived under, links that we made for copies, and those of others."""
        first = group[0]
        content = Path(self._root, first.box.folder, first.file.where).read_bytes()
        lf = found.has_lf(first.file.name, content)
        told = digest(content, bare_lf=lf)
        ids: dict[_Mail, int] = {}
        for link in sorted(group, key=_is_copy):
            mail = self._mail_of(link, ids)
            if mail not in ids:
                ids[mail] = _insert_mail(step.db, mail, link.file, lf, told)
            self._write_entry(step, link, mail, ids[mail], told.wire_size, now)
            self._done += 1
            if self._done % EVERY == 0 or self._done == self._total:
                self._progress(self._done, self._total)

    def _mail_of(self, link: _Link, ids: Iterable[_Mail]) -> _Mail:
        """The mail that a copy belongs to; whatever else it is, it is one itself."""
        original, uid = maildir.original_name(link.file.name)
        if uid == link.uid:
            return next((mail for mail in ids if mail.name == original), _Mail(original, (0, 0)))
        return _Mail(link.file.name, (self._ids[link.box.name], link.uid))

    def _write_entry(self, step: Step, link: _Link, mail: _Mail, mail_id: int, size: int, now: int) -> None:
        here = self._ids[link.box.name], link.uid
        flags = found.bits(link.box, link.file)
        filed = maildir.filed(flags, in_cur=link.file.where.startswith("cur/"))
        copied_from = (None, None) if mail.home == here else mail.home
        step.db.execute(
            "insert into entry values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*here, mail_id, flags, step.modseq, size, now, filed, *copied_from),
        )
        where = maildir.place(link.file.name, filed)
        if where != link.file.where:
            os.rename(f"{self._root}/{link.box.folder}/{link.file.where}", f"{self._root}/{link.box.folder}/{where}")


_COUNT = """
update mailbox set modseq = :modseq,
    messages = (select count(*) from entry where mailbox_id = mailbox.id),
    unseen = (select count(*) from entry where mailbox_id = mailbox.id and not flags & :seen),
    deleted = (select count(*) from entry where mailbox_id = mailbox.id and flags & :deleted),
    size = (select coalesce(sum(size), 0) from entry where mailbox_id = mailbox.id)
"""


def _is_copy(link: _Link) -> bool:
    return maildir.original_name(link.file.name)[1] == link.uid


def _insert_mail(db: apsw.Connection, mail: _Mail, file: File, lf: bool, told: Digest) -> int:
    shown = internal_date(file.time, 0)
    db.execute(
        "insert into mail values(null, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(mail.name, lf, file.size, told.wire_size, told.header_size, *mail.home, file.time),
            *(told.sent, told.sent_zone, shown, told.envelope, told.message_id, told.references, told.bodystructure),
        ),
    )
    return db.last_insert_rowid()


def _usual_uses() -> Iterable[tuple[MailboxName, str]]:
    return ((MailboxName(name), use) for name, use in SPECIAL_USES.items())


def _levels_above(names: Iterable[MailboxName]) -> set[MailboxName]:
    above = set()
    for name in names:
        levels = name.split(DELIMITER)
        above |= {MailboxName(DELIMITER.join(levels[:depth])) for depth in range(1, len(levels))}
    return above


def _last_modseq(path: Path) -> int:
    """What the old catalog may have given, if it can still tell: MODSEQ only grows."""
    try:
        db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    except apsw.CantOpenError:
        return 0
    try:
        return int(db.execute("select modseq_raised from account").get or 0)
    except apsw.Error:
        return 0
    finally:
        db.close()


def _set_aside(path: Path) -> None:
    """Keep the old catalog under another name, its log with it."""
    for suffix in ("", "-wal", "-shm"):
        old = path.with_name(path.name + suffix)
        if old.exists():
            old.rename(path.with_name(f"{path.name}.old{suffix}"))
