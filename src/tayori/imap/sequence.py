"""Sequence sets: numbers or UIDs, in ranges, between wire, places and UIDs. RFC 3501 section 9, sequence-set.

Places are what a view counts from 0; a span (i, j) of them stops before j.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from tayori.errors import ProtocolError

Span = tuple[int, int]

STAR = 2**32  # "*" in a set: the largest there is


class SequenceSet:
    """As the client wrote it: b"2,4:7,*"; what "*" is comes when it is looked up.

    b"$" is what the last SEARCH saved (RFC 5182); who looks it up knows that.
    """

    __slots__ = ("_pairs", "is_saved")

    def __init__(self, text: bytes) -> None:
        """Raises ProtocolError: a zero, or a number above 4294967295."""
        self.is_saved = text == b"$"
        self._pairs = [] if self.is_saved else [_pair(piece) for piece in text.split(b",")]

    def is_steady(self, by_uid: bool) -> bool:
        """Whether it names the same messages whatever comes and goes: all of them, or some by UID without "*"."""
        if self._pairs == [(1, STAR)]:
            return True
        return by_uid and all(last != STAR for _, last in self._pairs)

    def size(self) -> int:
        """How many numbers are written. Raises ProtocolError: a "*" is among them."""
        if any(last == STAR for _, last in self._pairs):
            raise ProtocolError('"*" cannot stand there')
        return sum(last - first + 1 for first, last in self._pairs)

    def among_numbers(self, count: int) -> list[Span]:
        """Spans of places; sequence number 1 is place 0. Raises ProtocolError: no such number."""
        if any(count < last < STAR for _, last in self._pairs):
            raise ProtocolError("There is no message of that number")
        return self.among_those_of(count)

    def among_those_of(self, count: int) -> list[Span]:
        """The same, without numbers that no message has."""
        spans = []
        for first, last in self._pairs:
            if last == STAR:
                first, last = min(first, count), count
            if first <= count and last:
                spans.append((first - 1, min(last, count)))
        return joined(spans)

    def missing(self, uids: "array[int]", highest: int) -> list[Span]:
        """What it names from 1 to `highest`, which "*" is here, and is not among the UIDs: spans of UIDs."""
        named = joined((min(first, highest), min(last, highest) + 1) for first, last in self._pairs if highest)
        gaps: list[Span] = []
        for first, stop in named:
            there = uids[bisect_left(uids, first) : bisect_left(uids, stop)]
            if len(there) == stop - first:
                continue
            edges = pairwise((first - 1, *there, stop))
            gaps += [(before + 1, after) for before, after in edges if after - before > 1]
        return gaps

    def among_uids(self, uids: "array[int]") -> list[Span]:
        """Spans of places of those that are there. RFC 3501 section 6.4.8."""
        highest = uids[-1] if uids else 0
        spans = []
        for first, last in self._pairs:
            first, last = sorted((highest if first == STAR else first, highest if last == STAR else last))
            spans.append((bisect_left(uids, first), bisect_right(uids, last)))
        return joined(spans)


def _pair(piece: bytes) -> tuple[int, int]:
    first, colon, last = piece.partition(b":")
    one = _number(first)
    other = _number(last) if colon else one
    return (one, other) if one <= other else (other, one)


def _number(text: bytes) -> int:
    if text == b"*":
        return STAR
    number = int(text)
    if not 0 < number < STAR:
        raise ProtocolError("A sequence set holds numbers from 1 to 4294967295")
    return number


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same places in ascending spans that neither touch nor overlap; empty ones are left out."""
    result: list[Span] = []
    for first, stop in sorted(spans):
        if first >= stop:
            continue
        if result and first <= result[-1][1]:
            result[-1] = (result[-1][0], max(stop, result[-1][1]))
        else:
            result.append((first, stop))
    return result


def count(spans: Iterable[Span]) -> int:
    """How many places."""
    return sum(stop - first for first, stop in spans)


def common(some: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """The places that are in both; each ascends."""
    result, at = [], 0
    for first, stop in some:
        while at < len(others) and others[at][1] <= first:
            at += 1
        here = at
        while here < len(others) and others[here][0] < stop:
            result.append((max(first, others[here][0]), min(stop, others[here][1])))
            here += 1
    return joined(result)


def uid_spans(uids: "array[int]", ranges: Iterable[tuple[int, int]]) -> list[Span]:
    """The places of ranges of UIDs."""
    return joined((bisect_left(uids, first), bisect_right(uids, last)) for first, last in ranges)


def within(spans: Sequence[Span], page: slice) -> list[Span]:
    """What a slice takes of all the places in a row."""
    first, stop, _ = page.indices(count(spans))
    result, before = [], 0
    for begin, end in spans:
        result.append((begin + max(first - before, 0), min(end, begin + stop - before)))
        before += end - begin
    return joined(result)


def bridged(spans: Sequence[Span], gap: int) -> list[Span]:
    """The ascending spans, with what lies between two of them where that is no more than `gap` places."""
    result = [spans[0]]
    for first, stop in spans[1:]:
        if first - result[-1][1] <= gap:
            result[-1] = (result[-1][0], stop)
        else:
            result.append((first, stop))
    return result


def slices(spans: Sequence[Span], size: int) -> Iterator[list[Span]]:
    """The spans in portions of at most so many places."""
    portion: list[Span] = []
    room = size
    for first, stop in spans:
        while first < stop:
            end = min(stop, first + room)
            portion.append((first, end))
            room -= end - first
            first = end
            if not room:
                yield portion
                portion, room = [], size
    if portion:
        yield portion


def uid_ranges(uids: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending UIDs as ranges: 1, 2, 3, 7 gives [(1, 3), (7, 7)]."""
    result: list[tuple[int, int]] = []
    first = last = -1
    for uid in uids:
        if uid != last + 1 or first < 0:
            if first >= 0:
                result.append((first, last))
            first = uid
        last = uid
    if first >= 0:
        result.append((first, last))
    return result


def set_of(uids: Iterable[int]) -> bytes:
    """UIDs, in the order given, as a set: 1, 2, 3, 7 gives b"1:3,7". RFC 4315 section 3."""
    return set_of_spans((first, last + 1) for first, last in uid_ranges(uids))


def set_of_spans(spans: Iterable[Span]) -> bytes:
    """(1, 4), (7, 8) gives b"1:3,7"."""
    return b",".join([b"%d" % first if stop == first + 1 else b"%d:%d" % (first, stop - 1) for first, stop in spans])
