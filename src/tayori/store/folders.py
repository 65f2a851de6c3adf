"""The folders of a Maildir++ follow the names of the mailboxes. DESIGN section 5.

Law: a folder is renamed first, then, that being on the disk, its row; done again after a crash it comes to the same.
None is overwritten. Mail that comes in between may make the old place anew: it is moved before the row forgets that.
"""

import errno
import logging
import os
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import apsw

from tayori.model import INBOX, MailboxName
from tayori.store import maildir, paths, sql
from tayori.store.account import AccountMail

_IN_THE_WAY = {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}

_log = logging.getLogger("tayori.store")


class _Folder(NamedTuple):
    mailbox_id: int
    now: str
    wanted: str


async def follow_names(mail: AccountMail, sync: Callable[[], Awaitable[None]]) -> None:
    """Rename what was renamed or deleted. Raises OSError, TryLater."""
    rows = await mail.catalog.read(_folders)
    moves = _in_order([row for row in rows if row.now != row.wanted], {row.now for row in rows})
    for together in _independent(moves):
        renamed = [folder for folder in together if _renamed(mail.root, folder)]
        if not renamed:
            continue
        while renamed:
            await sync()
            renamed = await mail.catalog.write(partial(_write, root=mail.root, folders=renamed))
        if together[-1] is not moves[-1]:
            await sync()  # what follows goes to places that these rows have left


def _folders(db: apsw.Connection) -> list[_Folder]:
    query = "select id, folder, iif(selectable, name, null) from mailbox"
    return [
        _Folder(mailbox_id, folder, wanted(mailbox_id, name))
        for mailbox_id, folder, name in sql.rows(tuple[int, str, str | None], db, query)
    ]


def misplaced(db: apsw.Connection) -> bool:
    """Whether any is to be renamed."""
    return any(folder.now != folder.wanted for folder in _folders(db))


def wanted(mailbox_id: int, name: str | None) -> str:
    """Where a mailbox is to lie; one without a name of its own (deleted, or not selectable) aside."""
    return paths.provisional_folder(mailbox_id) if name is None else paths.mailbox_folder(MailboxName(name))


def _in_order(moves: list[_Folder], taken: set[str]) -> list[_Folder]:
    """The moves so that each finds its place free; where they go round in a circle one steps aside first."""
    ordered: list[_Folder] = []
    while moves:
        move = next((move for move in moves if move.wanted not in taken), None)
        if move is None:
            holder = next((other for other in moves if other.now == moves[0].wanted), None)
            if holder is None:  # held by one that stays
                moves.pop(0)
                continue
            aside = paths.provisional_folder(holder.mailbox_id)
            move = holder._replace(wanted=aside)
            moves.append(holder._replace(now=aside))
            moves.remove(holder)
        else:
            moves.remove(move)
        ordered.append(move)
        taken = taken - {move.now} | {move.wanted}
    return ordered


def _independent(moves: list[_Folder]) -> Iterator[list[_Folder]]:
    """The moves in order, so many together as can be made in any order and each again."""
    together: list[_Folder] = []
    for move in moves:
        if any(move.wanted == other.now or move.mailbox_id == other.mailbox_id for other in together):
            yield together
            together = []
        together.append(move)
    if together:
        yield together


def _renamed(root: str, folder: _Folder) -> bool:
    """Whether it lies where it is wanted now. Raises OSError."""
    if folder.now == paths.mailbox_folder(INBOX):
        return False
    try:
        os.rename(f"{root}/{folder.now}", f"{root}/{folder.wanted}")
    except FileNotFoundError:  # never made, or renamed before a crash
        return True
    except OSError as fault:
        if fault.errno not in _IN_THE_WAY:
            raise
        _log.error("event=folder-in-the-way maildir=%r folder=%r", root, folder.wanted)
        return False
    return True


def _write(db: apsw.Connection, root: str, folders: list[_Folder]) -> list[_Folder]:
    """Those that are to be written later: mail had come to their old places, and has been moved. Raises OSError.

    Files may still come there, but no row of them: who writes that looks at the mailbox's in a transaction like this
    one, and finds its place changed once nothing was to be moved.
    """
    late = [folder for folder in folders if _moved(f"{root}/{folder.now}", f"{root}/{folder.wanted}")]
    db.executemany(
        "update or ignore mailbox set folder = ? where id = ? and folder = ?",
        [(folder.wanted, folder.mailbox_id, folder.now) for folder in folders if folder not in late],
    )
    return late


def _moved(old: str, new: str) -> bool:
    """Whether there was mail in an old folder again; it lies in the new one now. Raises OSError.

    Never more is removed than what is known to be empty: mail may come at any moment.
    """
    if not os.path.isdir(old):
        return False
    maildir.make(*os.path.split(new))
    late = [where for found in maildir.places(old).values() for where in found]
    for where in late:
        os.rename(f"{old}/{where}", f"{new}/{where}")
    for entry in list(os.scandir(old)):
        with suppress(OSError):  # not empty, or a stranger's
            os.rmdir(entry.path) if entry.is_dir(follow_symlinks=False) else os.unlink(entry.path)
    with suppress(OSError):
        os.rmdir(old)
    return bool(late)


# ---- Deleted mailboxes


async def clear_away(mail: AccountMail, sync: Callable[[], Awaitable[None]]) -> None:
    """Remove the folders of deleted mailboxes that no message is left of, then their rows: ids are given again.

    Raises OSError, TryLater.
    """
    graves = await mail.catalog.read(_empty_graves)
    for mailbox_id, folder in graves:
        if folder == paths.provisional_folder(mailbox_id):
            shutil.rmtree(f"{mail.root}/{folder}", ignore_errors=True)
    if graves:
        await sync()
        await mail.catalog.write(partial(_bury, graves=graves))


async def may_clear_away(mail: AccountMail) -> bool:
    """Whether there are such. Raises TryLater."""
    return bool(await mail.catalog.read(_empty_graves))


def _bury(db: apsw.Connection, graves: list[tuple[int, str]]) -> None:
    db.executemany("delete from mailbox where id = ?", [(mailbox_id,) for mailbox_id, _ in graves])


def _empty_graves(db: apsw.Connection) -> list[tuple[int, str]]:
    return sql.rows(
        tuple[int, str],
        db,
        "select id, folder from mailbox b where name is null"
        " and not exists(select 1 from entry where mailbox_id = b.id)"
        " and not exists(select 1 from doomed where mailbox_id = b.id)",
    )
