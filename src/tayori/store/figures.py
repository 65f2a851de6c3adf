"""What SEARCH compares of each message and never changes (days, octets), beside the UIDs of its mailbox, in memory.

Law: a message's figure is what the catalog has for its UID; the loop is given back after each slice of rows.
"""

import asyncio
from array import array
from collections.abc import Sequence
from enum import Enum
from itertools import islice

from tayori.model import Snapshot
from tayori.store.catalog import Catalog
from tayori.store.shelf import Shelf

KEPT = 32 * 2**20  # octets of all mailboxes in this process: a message's figure takes 8
SLICE = 500  # rows that are read before others may go on

NEVER = -(2**62)  # the day of what was sent on none
_LONG_AGO = 10**6  # days; keeps SQL's division from rounding towards 1970


def _day(seconds: str) -> str:
    return f"({seconds} + {86400 * _LONG_AGO}) / 86400 - {_LONG_AGO}"


class Figure(Enum):
    """As SQL over entry e and mail m; a day counts from 1970, in the message's own zone."""

    INTERNAL_DAY = _day("m.received + m.zone * 60")
    SENT_DAY = f"coalesce({_day('m.sent + m.sent_zone * 60')}, {NEVER})"
    SAVED_DAY = _day("e.saved")
    RECEIVED = "m.received"  # seconds
    SIZE = "e.size"


class _Column:
    __slots__ = ("uids", "values")

    def __init__(self, uids: "array[int]", values: "array[int]") -> None:
        self.uids = uids  # ascending
        self.values = values  # beside them


_shelf: Shelf[_Column] = Shelf(KEPT)


async def column(catalog: Catalog, mailbox_id: int, snapshot: Snapshot, figure: Figure) -> Sequence[int]:
    """The figure of each message of the snapshot, beside its UIDs; NEVER for one that is gone. Raises TryLater."""
    uids = snapshot.uids
    key = catalog.identity, mailbox_id, snapshot.uid_validity, figure
    kept = _shelf.get(key)
    if kept is None:
        kept = _Column(array("I"), array("q"))
    if kept.uids is not uids:
        values = await _followed(catalog, mailbox_id, kept, uids, figure)
        kept = _Column(uids, values)
        _shelf.keep(key, kept, 12 * len(uids))
    return kept.values


async def _followed(
    catalog: Catalog, mailbox_id: int, kept: _Column, uids: "array[int]", figure: Figure
) -> "array[int]":
    """The column of these UIDs, where `kept` is the one of others."""
    if kept.uids == uids:
        return kept.values
    if uids[: len(kept.uids)] == kept.uids:  # some have come
        return kept.values + await _read(catalog, mailbox_id, uids[len(kept.uids) :], figure)
    known = dict(zip(kept.uids, kept.values, strict=True))
    new = array("I", [uid for uid in uids if uid not in known])
    known.update(zip(new, await _read(catalog, mailbox_id, new, figure), strict=True))
    return array("q", [known[uid] for uid in uids])


async def _read(catalog: Catalog, mailbox_id: int, uids: "array[int]", figure: Figure) -> "array[int]":
    join = " join mail m on m.id = e.mail_id" if "m." in figure.value else ""
    query = f"select e.uid, {figure.value} from entry e{join} where e.mailbox_id = ? and e.uid between ? and ?"
    values = array("q")
    waiting = iter(uids)
    while some := list(islice(waiting, SLICE)):
        found = dict(await catalog.rows(tuple[int, int], query, (mailbox_id, some[0], some[-1])))
        values.extend([found.get(uid, NEVER) for uid in some])
        await asyncio.sleep(0)
    return values
