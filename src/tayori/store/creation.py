"""An account's mail comes into being, durably, or not at all. DESIGN section 5."""

import os
import threading
import time
from pathlib import Path

import apsw

from tayori.model import INBOX, SPECIAL_USES, MailboxName
from tayori.store import disk, journal, maildir, paths, schema, tree
from tayori.store.catalog import begin_log, connect
from tayori.store.journal import Step

ABANDONED = 3600.0  # seconds


def create(folder: Path, now: float, epoch: int) -> None:
    """Folders and catalog of a new account; one that is there stays. Raises OSError, apsw.Error."""
    root = paths.maildir(folder)
    disk.make_folders(folder.parent)
    folder.mkdir(0o700, exist_ok=True)
    for name in (INBOX, *map(MailboxName, SPECIAL_USES)):
        maildir.make(str(root), paths.mailbox_folder(name))
    draft = new_catalog(folder, now, epoch)
    try:
        db = unsynced(draft)
        db.execute("begin")
        tree.furnish(Step(db), int(now))
        db.execute("commit")
        db.close()
        publish(draft, paths.catalog(folder))
    finally:
        draft.unlink(missing_ok=True)


def new_catalog(folder: Path, now: float, epoch: int) -> Path:
    """An empty catalog under a name of this thread's. MODSEQ starts at the clock in milliseconds. Raises apsw.Error."""
    draft = paths.catalog(folder).with_name(f"index.db.{threading.get_native_id()}.new")
    draft.unlink(missing_ok=True)
    _forget_abandoned(folder)
    db = unsynced(draft)
    schema.make(db)
    modseq = int(now * 1000)
    limit = modseq + journal.MODSEQS
    db.execute("insert into account values(1, ?, ?, ?, 0, ?, 0, ?, null, null)", (modseq, limit, limit, epoch, modseq))
    db.close()
    return draft


def _forget_abandoned(folder: Path) -> None:
    """Drafts that nobody has written to for so long: who made them was killed."""
    for left in folder.glob("index.db.*.new*"):
        try:
            if time.time() - left.stat().st_mtime > ABANDONED:
                left.unlink()
        except FileNotFoundError:  # another does the same
            pass


def unsynced(draft: Path) -> apsw.Connection:
    """A connection to what `publish` syncs whole. Raises apsw.Error."""
    db = apsw.Connection(str(draft))
    db.pragma("synchronous", "off")
    return db


def publish(draft: Path, catalog: Path) -> None:
    """Give a finished catalog its name, unless another process was quicker; on return it is durable."""
    db = unsynced(draft)
    db.pragma("journal_mode", "wal")
    db.close()
    disk.sync_path(draft)
    try:
        os.link(draft, catalog)
    except FileExistsError:
        return
    db = connect(catalog)
    begin_log(db)
    db.close()
    disk.sync_path(catalog.parent)
    disk.sync_path(catalog.parent.parent)
