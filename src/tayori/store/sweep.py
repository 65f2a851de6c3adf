"""Files of messages that are gone go too. DESIGN section 5.

Law: only when the expunge is on the disk, and never a mail's last name while a row that is there needs it. The catalog
forgets a file when its end is on the disk too: otherwise one could come back that nobody knows.
"""

import asyncio
import os
from functools import partial
from typing import NamedTuple

import apsw

from tayori.store import maildir, sql
from tayori.store.account import AccountMail

SLICE = 100  # files, or rows of deleted mailboxes, between two looks at other work
MOST = 20_000  # files of one account in one step

_UNFILED_COPY = "select 1 from entry where mail_id = d.mail_id and from_uid is not null and filed is null"


class Condemned(NamedTuple):
    """A message that is gone, and its file."""

    mailbox_id: int
    uid: int
    filed: int | None
    mail_id: int
    folder: str
    name: str


async def condemned(mail: AccountMail) -> list[Condemned]:
    """What can go once all that is written now is settled. Raises TryLater."""
    while await mail.catalog.rows(tuple[int], _IN_GRAVES):
        await mail.catalog.write(_empty_graves)
        await asyncio.sleep(0)
    rows = await mail.catalog.rows(tuple[int, int, int | None, int | None, int, str, str], _CONDEMNED, (MOST,))
    return [
        Condemned(box, uid, filed, mail_id, folder, name if from_uid is None else maildir.copy_name(name, uid))
        for box, uid, filed, from_uid, mail_id, folder, name in rows
    ]


_IN_GRAVES = "select 1 from entry where mailbox_id in (select id from mailbox where name is null) limit 1"

_CONDEMNED = (
    "select d.mailbox_id, d.uid, d.filed, d.from_uid, d.mail_id, b.folder, m.name from doomed d"
    " join mailbox b on b.id = d.mailbox_id join mail m on m.id = d.mail_id"
    f" where not exists({_UNFILED_COPY}) limit ?"
)


def _empty_graves(db: apsw.Connection) -> None:
    """Doom some of the messages of deleted mailboxes."""
    rows = sql.rows(
        tuple[int, int],
        db,
        "select mailbox_id, uid from entry where mailbox_id in (select id from mailbox where name is null) limit ?",
        (SLICE,),
    )
    db.executemany(
        "insert into doomed select mailbox_id, uid, mail_id, filed, from_mailbox, from_uid, modseq from entry"
        " where mailbox_id = ? and uid = ?",
        rows,
    )
    db.executemany("delete from entry where mailbox_id = ? and uid = ?", rows)


async def unlink(root: str, gone: list[Condemned]) -> None:
    """Remove the files. Raises OSError."""
    listings: dict[str, dict[str, str]] = {}
    for start in range(0, len(gone), SLICE):
        for each in gone[start : start + SLICE]:
            _unlink(root, each, listings)
        await asyncio.sleep(0)


async def forget(mail: AccountMail, gone: list[Condemned]) -> None:
    """Remove what the catalog still knows of them. Raises TryLater."""
    for start in range(0, len(gone), SLICE):
        await mail.catalog.write(partial(_forget, gone=gone[start : start + SLICE]))
        await asyncio.sleep(0)


def _unlink(root: str, gone: Condemned, listings: dict[str, dict[str, str]]) -> None:
    if gone.filed is None:
        return
    home = f"{root}/{gone.folder}"
    try:
        os.unlink(f"{home}/{maildir.place(gone.name, gone.filed)}")
    except FileNotFoundError:  # under other flags, or away already
        if home not in listings:
            listings[home] = maildir.listing(home)
        where = listings[home].pop(gone.name, None)
        if where is not None:
            os.unlink(f"{home}/{where}")


def _forget(db: apsw.Connection, gone: list[Condemned]) -> None:
    db.executemany("delete from doomed where mailbox_id = ? and uid = ?", [each[:2] for each in gone])
    db.executemany(
        "update mailbox set stale_lines = stale_lines + ? where id = ?",
        [(sum(each.mailbox_id == box for each in gone), box) for box in {each.mailbox_id for each in gone}],
    )
    doomed = set(sql.column(int, db, "select mail_id from doomed"))
    db.executemany(
        "delete from mail where id = ?1"
        " and not exists(select 1 from entry e where e.mailbox_id = mail.mailbox_id and e.uid = mail.uid)"
        " and not exists(select 1 from entry where mail_id = ?1 and from_uid is not null)",
        [(mail_id,) for mail_id in {each.mail_id for each in gone} - doomed],
    )
