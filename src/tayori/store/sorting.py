"""What SORT compares, kept beside each mail: made from its ENVELOPE off the delivery path. RFC 5256, RFC 5957.

Law: a row of `sorting` is what the mail's envelope gives, or is not there; what cannot be kept is made each time.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import apsw

from tayori.errors import TryLater
from tayori.message.sort_keys import SortKeys, sort_keys
from tayori.model import Column, Row
from tayori.store.catalog import Catalog

SLICE = 200  # mails whose keys are made before others may go on

_log = logging.getLogger("tayori.store")

# A subject that tells of a reply ends with a line feed in the table: folded text has none.
COLUMNS = {
    Column.SUBJECT: "rtrim(s.subject, char(10))",
    Column.IS_REPLY: "substr(s.subject, -1) = char(10)",
    Column.FROM: "s.from_",
    Column.TO: "s.to_",
    Column.CC: "s.cc",
    Column.DISPLAY_FROM: "s.display_from",
    Column.DISPLAY_TO: "s.display_to",
}
"""In SQL over sorting s; null where a mail's row is not there yet, and only there."""

_FIELDS = {
    Column.SUBJECT: 0, Column.IS_REPLY: 1, Column.FROM: 2, Column.TO: 3, Column.CC: 4, Column.DISPLAY_FROM: 5,
    Column.DISPLAY_TO: 6,
}  # fmt: skip
"""Which of the SortKeys each is."""

_OF_MAILBOX = (
    "select e.uid, m.id, m.envelope from entry e join mail m on m.id = e.mail_id"
    " where e.mailbox_id = ? and e.uid between ? and ?"
)
_NEWEST = (
    "select 0, m.id, m.envelope from mail m where m.id > (select coalesce(max(mail_id), 0) from sorting)"
    " order by m.id limit ?"
)
# A mail may have gone meanwhile, and its number may be another's.
_KEEP = (
    "insert or ignore into sorting select id, ?, ?, ?, ?, ?, ? from mail where id = ? and envelope = ?"
)  # fmt: skip


class _Source(NamedTuple):
    uid: int
    mail_id: int
    envelope: bytes


class Mail(Protocol):
    @property
    def catalog(self) -> Catalog: ...


async def completed(catalog: Catalog, mailbox_id: int, rows: list[Row], columns: tuple[Column, ...]) -> list[Row]:
    """The rows with what their mails lacked in these columns, which is kept from now on."""
    places = [(place, _FIELDS[column]) for place, column in enumerate(columns, 1) if column in _FIELDS]
    lacking = [place for place, row in enumerate(rows) if row[places[0][0]] is None]
    rows = list(rows)
    for start in range(0, len(lacking), SLICE):
        part = lacking[start : start + SLICE]
        made = await _made(catalog, mailbox_id, [rows[place][0] for place in part])
        for place in part:
            keys = made.get(rows[place][0], _NOTHING)  # expunged meanwhile: nobody will ask
            values = list(rows[place])
            for at, field in places:
                values[at] = keys[field]
            rows[place] = tuple(values)
        await asyncio.sleep(0)
    return rows


async def fill(mail: Mail) -> None:
    """Make what the newest mails lack: all those that came after the last that has it. Raises TryLater."""
    while True:
        rows = await mail.catalog.rows(tuple[int, int, bytes], _NEWEST, (SLICE,))
        found = [_Source(*row) for row in rows]
        if not found:
            return
        await _kept(mail.catalog, found, [sort_keys(each.envelope) for each in found])
        await asyncio.sleep(0)


_NOTHING = SortKeys("", False, "", "", "", "", "")


async def _made(
    catalog: Catalog, mailbox_id: int, uids: Sequence[int | bytes | str]
) -> dict[int | bytes | str, SortKeys]:
    rows = await catalog.rows(tuple[int, int, bytes], _OF_MAILBOX, (mailbox_id, uids[0], uids[-1]))
    wanted = set(uids)
    found = [_Source(*row) for row in rows if row[0] in wanted]
    keys = [sort_keys(each.envelope) for each in found]
    try:
        await _kept(catalog, found, keys)
    except TryLater as refused:  # a full disk, or others at work: SORT needs it now, not kept
        _log.info("event=sorting-not-kept cause=%r", refused.__cause__ or refused)
    return {each.uid: its for each, its in zip(found, keys, strict=True)}


async def _kept(catalog: Catalog, found: Sequence[_Source], keys: Sequence[SortKeys]) -> None:
    rows = [
        (its.subject + "\n" * its.is_reply, *its[2:], each.mail_id, each.envelope)
        for each, its in zip(found, keys, strict=True)
    ]

    def keep(db: apsw.Connection) -> None:
        db.executemany(_KEEP, rows)

    await catalog.write_apart(keep)
