"""What a catalog knows of mail that no log has: a power cut came between the row and the sync. DESIGN section 5.

Law: nobody was promised it, so it may stay where its octets did, and where they did not it goes: a row whose file is
cut would be in the way of every client.
"""

import os
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import apsw

from tayori.store import change, locate, maildir, sql
from tayori.store.account import AccountMail

LATEST = 2000  # of an account's mails may be such: those of the batches that were not synced
RECENT = 60 * 10**9  # ns before the last write to any catalog's log, in which an account was written to


class _Mail(NamedTuple):
    uid_validity: int
    uid: int
    size: int
    places: list[tuple[str, str]]


def recent(written: Mapping[str, int]) -> list[str]:
    """Of all accounts' folders, by when their logs were written to (ns), those that were when the power went."""
    last = max(written.values(), default=0)
    return [folder for folder, time in written.items() if last - time <= RECENT]


async def withdraw(mail: AccountMail, ends: Mapping[str, int]) -> int:
    """Take back what lies beyond the ends of the logs and is not whole; how many messages. Raises OSError, TryLater."""
    applied = await mail.catalog.rows(tuple[str, int], "select log, sequence from applied")
    beyond = [log for log, sequence in applied if sequence > ends.get(log, sequence)]
    if not beyond:
        return 0
    latest = await mail.catalog.read(
        partial(_latest, root=mail.root, workers={log.partition("-")[0] for log in beyond})
    )
    broken = [each for each in latest if not _stands(mail.root, each)]
    sizes = _sizes(mail.root) if broken else {}
    broken = [each for each in broken if not _lies_elsewhere(each, sizes)]
    for each in broken:
        await mail.change(partial(change.withdraw, uid_validity=each.uid_validity, uid=each.uid))
    await mail.catalog.write(partial(_end, ends=[(ends[log], log) for log in beyond]))
    mail.applied = None
    return len(broken)


def _latest(db: apsw.Connection, root: str, workers: Collection[str]) -> list[_Mail]:
    query = (
        "select m.id, m.name, b.uid_validity, m.uid, m.size from mail m join mailbox b on b.id = m.mailbox_id"
        " order by m.id desc limit ?"
    )
    rows = sql.rows(tuple[int, str, int, int, int], db, query, (LATEST,))
    return [
        _Mail(uid_validity, uid, size, locate.every_place(db, root, mail_id, name))
        for mail_id, name, uid_validity, uid, size in rows
        if maildir.worker_of(name) in workers
    ]


def _end(db: apsw.Connection, ends: Sequence[tuple[int, str]]) -> None:
    db.executemany("update applied set sequence = ? where log = ?", ends)


def _stands(root: str, mail: _Mail) -> bool:
    """Whether one of its files is as long as it was."""
    return any(_size(f"{root}/{folder}/{place}") == mail.size for folder, place in mail.places)


def _lies_elsewhere(mail: _Mail, sizes: Mapping[str, Collection[int]]) -> bool:
    """Renames may have come to the disk, and what the rows say of them not."""
    names = (place[4:].partition(":")[0] for _, place in mail.places)
    return any(mail.size in sizes.get(name, ()) for name in names)


def _sizes(root: str) -> dict[str, list[int]]:
    """Of all files below the Maildir, by unique name. Raises OSError."""
    found: dict[str, list[int]] = {}
    for folder in ["", *(each for each in os.listdir(root) if each.startswith("."))]:
        for name, places in maildir.places(f"{root}/{folder}").items():
            found.setdefault(name, []).extend(_size(f"{root}/{folder}/{place}") for place in places)
    return found


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return -1
