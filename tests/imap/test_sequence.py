"""Sequence sets against sets of numbers."""

from array import array
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.errors import ProtocolError
from tayori.imap.sequence import SequenceSet, bridged, common, joined, set_of, slices, uid_ranges, within

uid_lists = st.lists(st.integers(1, 40), unique=True, max_size=20).map(sorted)
ends = st.integers(1, 45) | st.just("*")
sets = st.lists(st.tuples(ends, ends), min_size=1, max_size=5)
span_lists = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=8)


def text(pairs: list[tuple[int | str, int | str]]) -> bytes:
    return ",".join(f"{first}:{last}" if first != last else f"{first}" for first, last in pairs).encode()


def places(spans: list[tuple[int, int]]) -> list[int]:
    return [place for first, stop in spans for place in range(first, stop)]


@given(sets, uid_lists)
def test_uids_are_those_within_the_ranges(pairs: list[tuple[int | str, int | str]], uids: list[int]) -> None:
    highest = uids[-1] if uids else 0
    bounds = [sorted(highest if end == "*" else int(end) for end in pair) for pair in pairs]
    expected = [place for place, uid in enumerate(uids) if any(first <= uid <= last for first, last in bounds)]
    assert places(SequenceSet(text(pairs)).among_uids(array("I", uids))) == expected


@given(sets, st.integers(0, 50))
def test_numbers_are_within_the_mailbox_or_refused(pairs: list[tuple[int | str, int | str]], count: int) -> None:
    chosen = SequenceSet(text(pairs))
    if all(end == "*" or int(end) <= count or "*" in pair for pair in pairs for end in pair):
        assert all(place < count for place in places(chosen.among_numbers(count)))
    else:
        with pytest.raises(ProtocolError):
            chosen.among_numbers(count)


@pytest.mark.parametrize(
    ("written", "count", "expected"),
    [
        (b"2,4:7,9,12:*", 15, [1, 3, 4, 5, 6, 8, 11, 12, 13, 14]),
        (b"*:4,5:7", 10, [3, 4, 5, 6, 7, 8, 9]),
        (b"1:*", 0, []),
        (b"*", 3, [2]),
        (b"5:*", 3, [2]),
        (b"3,1,2,2:1", 3, [0, 1, 2]),
    ],
)
def test_numbers_are_places(written: bytes, count: int, expected: list[int]) -> None:
    assert places(SequenceSet(written).among_numbers(count)) == expected


def test_numbers_of_no_message_can_be_left_out() -> None:
    assert places(SequenceSet(b"2,7,3:9").among_those_of(4)) == [1, 2, 3]


@pytest.mark.parametrize("written", [b"0", b"1:0", b"4294967296", b"0:*"])
def test_a_number_out_of_range_is_refused(written: bytes) -> None:
    with pytest.raises(ProtocolError):
        SequenceSet(written)


@given(span_lists)
def test_joined_spans_cover_the_same_places_and_stand_apart(spans: list[tuple[int, int]]) -> None:
    result = joined(spans)
    assert places(result) == sorted({place for span in spans for place in range(*span)})
    assert all(before[1] < after[0] for before, after in pairwise(result))


@given(span_lists.map(joined), st.integers(1, 9))
def test_slices_are_full_but_for_the_last(spans: list[tuple[int, int]], size: int) -> None:
    portions = list(slices(spans, size))
    assert [place for portion in portions for place in places(portion)] == places(spans)
    assert all(len(places(portion)) == size for portion in portions[:-1])


@given(uid_lists)
def test_a_set_reads_back_as_the_uids_it_was_made_of(uids: list[int]) -> None:
    if uids:
        assert places(SequenceSet(set_of(uids)).among_uids(array("I", range(1, 41)))) == [uid - 1 for uid in uids]


def test_uids_out_of_order_keep_their_order() -> None:
    assert set_of([7, 8, 3, 4, 5, 1]) == b"7:8,3:5,1"


def test_no_uids_make_no_ranges() -> None:
    assert uid_ranges([]) == []


@given(sets, uid_lists, st.integers(0, 45))
def test_what_is_missing_is_named_and_not_there(
    pairs: list[tuple[int | str, int | str]], uids: list[int], room: int
) -> None:
    highest = max([room, *uids])
    named = {
        uid
        for pair in pairs
        for first, last in [sorted(highest if end == "*" else min(int(end), highest) for end in pair)]
        for uid in range(max(first, 1), last + 1)
    }
    assert places(SequenceSet(text(pairs)).missing(array("I", uids), highest)) == sorted(named.difference(uids))


@given(span_lists.map(joined), st.slices(12))
def test_a_page_is_a_slice_of_the_places(spans: list[tuple[int, int]], page: slice) -> None:
    plain = slice(page.start, page.stop)
    assert places(within(spans, plain)) == places(spans)[plain]


@given(span_lists.map(joined).filter(bool), st.integers(0, 5))
def test_bridges_cover_only_small_gaps(spans: list[tuple[int, int]], gap: int) -> None:
    wide = bridged(spans, gap)
    assert set(places(spans)) <= set(places(wide))
    assert all(after[0] - before[1] > gap for before, after in pairwise(wide))


def test_what_was_saved_is_written_with_a_dollar() -> None:
    assert SequenceSet(b"$").is_saved
    assert not SequenceSet(b"1").is_saved


@pytest.mark.parametrize(
    ("some", "others", "both"),
    [
        ([], [(0, 4)], []),
        ([(0, 4)], [], []),
        ([(0, 4)], [(4, 8)], []),
        ([(6, 9)], [(0, 2), (3, 6), (8, 9)], [(8, 9)]),
        ([(0, 4), (6, 9)], [(2, 7)], [(2, 4), (6, 7)]),
        ([(0, 9)], [(1, 2), (3, 5), (8, 12)], [(1, 2), (3, 5), (8, 9)]),
    ],
)
def test_places_in_both(
    some: list[tuple[int, int]], others: list[tuple[int, int]], both: list[tuple[int, int]]
) -> None:
    assert common(some, others) == both
