"""Ranges of UIDs as conditions of SQL: few statements, however many ranges there are.

A statement costs microseconds even where it finds one row, and "every second message" is thousands of ranges.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import apsw
from msgspec.json import encode

from tayori.model import Ranges
from tayori.store import sql

FEW = 8  # ranges that are asked for one by one
NARROW = 100  # UIDs of a range that is written out


class Part(NamedTuple):
    """Some of the ranges: a condition on `entry`, what it binds, and which they are."""

    where: str
    bindings: dict[str, int | str]
    ranges: Ranges


def parts(mailbox_id: int, ranges: Ranges) -> list[Part]:
    """The wide ones each for itself, the narrow ones together."""
    narrow = [pair for pair in ranges if pair[1] - pair[0] < NARROW]
    if len(narrow) <= FEW:
        return [_range(mailbox_id, pair) for pair in ranges]
    wide = [_range(mailbox_id, pair) for pair in ranges if pair[1] - pair[0] >= NARROW]
    named = list(chain.from_iterable(range(first, last + 1) for first, last in narrow))
    return [*wide, _written_out(mailbox_id, named, narrow)]


def exactly(mailbox_id: int, ascending: Sequence[int]) -> list[Part]:
    """Those messages, in their order."""
    ranges = list(runs(ascending))
    if len(ranges) <= FEW:
        return [_range(mailbox_id, pair) for pair in ranges]
    return [_written_out(mailbox_id, ascending, ranges)]


def _range(mailbox_id: int, pair: tuple[int, int]) -> Part:
    where = "mailbox_id = :box and uid between :first and :last"
    return Part(where, {"box": mailbox_id, "first": pair[0], "last": pair[1]}, [pair])


def _written_out(mailbox_id: int, named: Sequence[int], ranges: Ranges) -> Part:
    where = "mailbox_id = :box and uid in (select value from json_each(:uids))"
    return Part(where, {"box": mailbox_id, "uids": encode(named).decode()}, ranges)


def uids(db: apsw.Connection, mailbox_id: int, ranges: Ranges, also: str = "true", **bindings: int) -> list[int]:
    """The UIDs that are there and meet a further condition, ascending."""
    found: list[int] = []
    for part in parts(mailbox_id, ranges):
        query = f"select uid from entry where {part.where} and {also}"
        found += sql.column(int, db, query, {**part.bindings, **bindings})
    return sorted(found)


def runs(ascending: Iterable[int]) -> Iterator[tuple[int, int]]:
    """[1, 2, 3, 7] gives (1, 3), (7, 7)."""
    first = last = -1
    for uid in ascending:
        if uid != last + 1:
            if last > 0:
                yield first, last
            first = uid
        last = uid
    if last > 0:
        yield first, last
