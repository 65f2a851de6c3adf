"""What has changed in an account since a MODSEQ, for who watches all of it. RFC 5465, DESIGN section 1 (idea 3)."""

import asyncio

import apsw

from tayori.model import AccountChanges, Standing
from tayori.store import sql
from tayori.store.catalog import Catalog
from tayori.store.journal import TREE

SLICE = 500  # mailboxes between two looks at other work


async def changed_since(catalog: Catalog, modseq: int) -> AccountChanges:
    """Mailboxes are read after the account's MODSEQ: one that changes meanwhile is told once more. Raises TryLater."""
    now, names = await catalog.read(lambda db: _head(db, modseq))
    mailboxes: list[Standing] = []
    if now == modseq:
        return AccountChanges(now, False, mailboxes)
    after = 0
    while True:
        rows = await catalog.rows(tuple[int, str, int, int, int, int, int], _STANDINGS, (after, modseq, SLICE))
        mailboxes += [Standing(*row[1:]) for row in rows]
        if len(rows) < SLICE:
            return AccountChanges(now, names, mailboxes)
        after = rows[-1][0]
        await asyncio.sleep(0)


_STANDINGS = (
    "select id, guid, messages, uid_next, uid_validity, unseen, modseq from mailbox"
    " where id > ? and modseq > ? and name is not null and selectable order by id limit ?"
)


def _head(db: apsw.Connection, modseq: int) -> tuple[int, bool]:
    """The account's MODSEQ, and whether its mailboxes or subscriptions have changed since the one given."""
    query = (
        "select modseq, journal_from > ?1 or exists(select 1 from change where modseq > ?1 and mailbox_id = ?2)"
        " from account"
    )
    row = sql.row(tuple[int, int], db, query, (modseq, TREE))
    assert row is not None
    return row[0], bool(row[1])
