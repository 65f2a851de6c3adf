"""SORT's order: criteria, and messages put in it from columns, without reading one. RFC 5256 section 3.

Law: whatever is asked, messages that are alike stand in the mailbox's order; the loop is given back after each slice.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from heapq import merge
from typing import NamedTuple

from tayori.errors import ProtocolError
from tayori.imap.grammar import Arguments
from tayori.imap.sequence import bridged, slices
from tayori.imap.view import View
from tayori.model import Column, Row
from tayori.ports import Peer

SLICE = 500  # messages whose columns are asked for at once
GAP = 50  # messages for which one asking is not made two
RUN = 16_384  # messages that are sorted in one go
MERGED = 1000  # messages that are merged in one go
MAX_CRITERIA = 20

KEYS: Mapping[bytes, Column] = {
    b"ARRIVAL": Column.ARRIVAL,
    b"CC": Column.CC,
    b"DATE": Column.SENT,
    b"FROM": Column.FROM,
    b"SIZE": Column.SIZE,
    b"SUBJECT": Column.SUBJECT,
    b"TO": Column.TO,
}

_COMPLEMENT = bytes(255 - octet for octet in range(256))

Key = tuple[int | bytes | str, ...]
"""What is compared of a message; its UID comes last."""


class Criterion(NamedTuple):
    column: Column
    reverse: bool


def criteria(arguments: Arguments, keys: Mapping[bytes, Column]) -> list[Criterion]:
    """(REVERSE DATE SUBJECT). Raises ProtocolError: no such key, none at all, or far too many."""

    def criterion() -> Criterion:
        name = arguments.word()
        reverse = name == b"REVERSE"
        if reverse:
            arguments.space()
            name = arguments.word()
        if name not in keys:
            raise ProtocolError("There is no such sort key")
        return Criterion(keys[name], reverse)

    found = arguments.list_of(criterion)
    if not 0 < len(found) <= MAX_CRITERIA:
        raise ProtocolError(f"From one to {MAX_CRITERIA} sort keys are expected")
    return found


async def column_slices(
    view: View, uids: Sequence[int], columns: tuple[Column, ...], peer: Peer
) -> AsyncIterator[list[Row]]:
    """The rows of ascending known UIDs, in slices; what is gone is missing. Raises MailboxGone, TryLater, Gone."""
    spans = view.spans_of(uids) if len(uids) < len(view.uids) else [(0, len(uids))] * bool(uids)
    if not spans:
        return
    chosen = set(uids)
    for portion in slices(bridged(spans, GAP), SLICE):
        rows = await view.mailbox.rows(view.ranges(portion), columns)
        yield [row for row in rows if row[0] in chosen] if len(spans) > 1 else rows
        await peer.room()


async def ordered(view: View, uids: Sequence[int], wanted: Sequence[Criterion], peer: Peer) -> list[int]:
    """Ascending known UIDs in the order that is wanted."""
    runs: list[list[Key]] = [[]]
    async for rows in column_slices(view, uids, tuple(one.column for one in wanted), peer):
        runs[-1] += _keys(rows, wanted)
        if len(runs[-1]) >= RUN:
            runs[-1].sort()
            await peer.room()
            runs.append([])
    runs[-1].sort()
    result: list[int] = []
    for some in _portions(runs):
        result += [key[-1] for key in some]  # type: ignore[misc]  # the UID
        await peer.room()
    return result


def _keys(rows: Sequence[Row], wanted: Sequence[Criterion]) -> list[Key]:
    if len(wanted) == 1 and not wanted[0].reverse:
        return [(value, uid) for uid, value in rows]
    columns = list(zip(*rows, strict=True)) or [() for _ in range(len(wanted) + 1)]
    values = [
        [_reversed(value) for value in column] if one.reverse else column
        for one, column in zip(wanted, columns[1:], strict=True)
    ]
    return list(zip(*values, columns[0], strict=True))


def _reversed(value: int | bytes | str) -> int | bytes:
    """What compares the other way round; text by its code points, the shorter of two behind the longer."""
    if isinstance(value, int):
        return -value
    octets = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    return octets.translate(_COMPLEMENT) + b"\xff"


def _portions(runs: list[list[Key]]) -> Iterator[list[Key]]:
    """All runs as one, in portions."""
    if len(runs) == 1:
        yield runs[0]
        return
    portion: list[Key] = []
    for key in merge(*runs):
        portion.append(key)
        if len(portion) == MERGED:
            yield portion
            portion = []
    yield portion
