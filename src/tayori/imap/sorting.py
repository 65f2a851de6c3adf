"""SORT's order: criteria, and messages put in it from columns, without reading one. RFC 5256 section 3.

Laws: whatever is asked, messages that are alike stand in the mailbox's order; the loop is given back after each slice.
An order that is kept is of all messages of one version: it is what sorting them again would give.
"""

from array import array
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from heapq import merge
from typing import NamedTuple

from tayori.errors import ProtocolError
from tayori.imap.grammar import Arguments
from tayori.imap.sequence import bridged, slices
from tayori.imap.view import View
from tayori.model import Arrangement, Column, Row
from tayori.ports import Peer

SLICE = 500  # messages whose columns are asked for at once
GAP = 50  # messages for which one asking is not made two
RUN = 16_384  # messages that are sorted in one go
MERGED = 1000  # messages that are merged in one go
MAX_CRITERIA = 20
FEW = 8  # a part of all so small is sorted by itself where no order is kept
COME = 50  # new messages that find their places in an order that is kept; beyond, all are sorted anew

KEYS: Mapping[bytes, Column] = {
    b"ARRIVAL": Column.ARRIVAL,
    b"CC": Column.CC,
    b"DATE": Column.SENT,
    b"FROM": Column.FROM,
    b"SIZE": Column.SIZE,
    b"SUBJECT": Column.SUBJECT,
    b"TO": Column.TO,
}

_TEXTS = frozenset({Column.CC, Column.FROM, Column.SUBJECT, Column.TO, Column.DISPLAY_FROM, Column.DISPLAY_TO})

_COMPLEMENT = bytes(255 - octet for octet in range(256))

Key = tuple[int | bytes | str, ...]
"""What is compared of a message; its UID comes last."""


class Scored(Enum):
    """What is compared of a message as one search has found it."""

    RELEVANCY = "relevancy"  # int, 1 to 100; the best comes first, RFC 6203 section 6


SortKey = Column | Scored


class Criterion(NamedTuple):
    column: SortKey
    reverse: bool


def is_scored(wanted: Sequence[Criterion]) -> bool:
    """The order depends on more than the messages."""
    return any(isinstance(one.column, Scored) for one in wanted)


def criteria(arguments: Arguments, keys: Mapping[bytes, SortKey]) -> list[Criterion]:
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
    """Ascending known UIDs in the order that is wanted, by what is kept of it where it is asked of many."""
    known = view.mailbox.kept(tuple(wanted))
    if known is None and FEW * len(uids) < len(view.uids):
        return await _sorted(view, uids, wanted, peer)
    order = (await _followed(view, known, wanted, peer)).order
    if len(uids) == len(view.uids):
        return order.tolist()
    chosen = set(uids)
    return [uid for uid in order if uid in chosen]


async def _followed(view: View, known: Arrangement | None, wanted: Sequence[Criterion], peer: Peer) -> Arrangement:
    """The order of all messages of this version, out of that of another where few have come since."""
    uids = view.now.uids
    if known is not None and (known.uids is uids or known.uids == uids):
        return known
    come = list(uids) if known is None else sorted(set(uids).difference(known.uids))
    if known is None or len(come) > COME:
        order = await _sorted(view, uids, wanted, peer)
    else:
        here = set(uids)
        order = [uid for uid in known.order if uid in here]
        for before, (place, uid) in enumerate(await placed(view, order, come, wanted, peer)):
            order.insert(place + before, uid)
    there = uids if len(order) == len(uids) else array("I", sorted(order))  # some may be gone
    followed = Arrangement(there, array("I", order))
    view.mailbox.keep(tuple(wanted), followed)
    return followed


async def by_scores(
    view: View, uids: Sequence[int], wanted: Sequence[Criterion], scores: Sequence[int], peer: Peer
) -> list[int]:
    """As `ordered`, where RELEVANCY is wanted: the scores stand beside the UIDs."""
    return await _sorted(view, uids, wanted, peer, dict(zip(uids, scores, strict=True)))


async def _sorted(
    view: View,
    uids: Sequence[int],
    wanted: Sequence[Criterion],
    peer: Peer,
    scores: Mapping[int, int] | None = None,
) -> list[int]:
    runs: list[list[Key]] = [[]]
    async for rows in column_slices(view, uids, _columns(wanted), peer):
        runs[-1] += _keys(rows if scores is None else _with_scores(rows, wanted, scores), wanted)
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


async def placed(
    view: View, order: Sequence[int], uids: Sequence[int], wanted: Sequence[Criterion], peer: Peer
) -> list[tuple[int, int]]:
    """Where ascending UIDs belong in an order that `ordered` gave: (place, UID), as they follow each other.

    What is gone is left out. Costs the keys of about log2(len(order)) messages for each.
    """
    keys = await _keys_of(view, uids, wanted, peer)
    gone = set(view.gone)
    while True:
        there, showing = _there(order, gone)
        places, missing = await _bisected(view, showing, keys, wanted, peer)
        if not missing:
            return [(there[places[uid]], uid) for uid in sorted(keys, key=keys.__getitem__)]
        gone |= missing


def _there(order: Sequence[int], gone: AbstractSet[int]) -> tuple[Sequence[int], Sequence[int]]:
    """The places of what is not gone, with the one behind all, and the UIDs at them.

    A message without a key keeps its place in the order, but shows nobody theirs.
    """
    if not gone:
        return range(len(order) + 1), order
    there = [place for place, uid in enumerate(order) if uid not in gone]
    return [*there, len(order)], [order[place] for place in there]


async def _bisected(
    view: View, order: Sequence[int], keys: Mapping[int, Key], wanted: Sequence[Criterion], peer: Peer
) -> tuple[dict[int, int], set[int]]:
    """The place of each; or, beside anything, what of the order turned out to be gone."""
    first, stop = dict.fromkeys(keys, 0), dict.fromkeys(keys, len(order))
    while probes := {uid: order[(first[uid] + stop[uid]) // 2] for uid in keys if first[uid] < stop[uid]}:
        probed = sorted(set(probes.values()))
        known = await _keys_of(view, probed, wanted, peer)
        if len(known) < len(probed):
            return first, set(probed).difference(known)
        for uid, probe in probes.items():
            middle = (first[uid] + stop[uid]) // 2
            if known[probe] < keys[uid]:
                first[uid] = middle + 1
            else:
                stop[uid] = middle
    return first, set()


async def _keys_of(view: View, uids: Sequence[int], wanted: Sequence[Criterion], peer: Peer) -> dict[int, Key]:
    """The keys of ascending UIDs; what is gone is missing."""
    found: list[Key] = []
    async for rows in column_slices(view, uids, _columns(wanted), peer):
        found += _keys(rows, wanted)
    return {key[-1]: key for key in found}  # type: ignore[misc]  # the UID


def _columns(wanted: Sequence[Criterion]) -> tuple[Column, ...]:
    """What is asked of the store; it must be something."""
    return tuple(one.column for one in wanted if isinstance(one.column, Column)) or (Column.ARRIVAL,)


def _with_scores(rows: Sequence[Row], wanted: Sequence[Criterion], scores: Mapping[int, int]) -> list[Row]:
    """(uid, columns …) with a value for each criterion: of a score, what is less the better it is."""
    result: list[Row] = []
    for uid, *columns in rows:
        values = iter(columns)
        score = -scores[uid]  # type: ignore[index]  # a UID
        result.append((uid, *(score if one.column is Scored.RELEVANCY else next(values) for one in wanted)))
    return result


def _keys(rows: Sequence[Row], wanted: Sequence[Criterion]) -> list[Key]:
    if len(wanted) == 1 and not wanted[0].reverse and wanted[0].column not in _TEXTS:
        return [(value, uid) for uid, value in rows]
    columns = list(zip(*rows, strict=True)) or [() for _ in range(len(wanted) + 1)]
    values = [_compared(column, one) for one, column in zip(wanted, columns[1:], strict=True)]
    return list(zip(*values, columns[0], strict=True))


def _compared(column: Sequence[int | bytes | str], one: Criterion) -> Sequence[int | bytes | str]:
    """Text in capitals, so that "_" stands behind letters: i;unicode-casemap, RFC 5051 section 2."""
    if one.column in _TEXTS:
        column = list(map(str.upper, column))  # type: ignore[arg-type]
    return list(map(_reversed, column)) if one.reverse else column


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
