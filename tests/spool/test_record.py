"""The log's format believes nothing that does not stand where it was written."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.spool import record
from tayori.spool.record import PAGE, Kind, OtherVersion

Written = list[list[tuple[bytes, bytes]]]  # writes of records of (head, content)

writes = st.lists(
    st.lists(st.tuples(st.binary(max_size=40), st.binary(max_size=200)), min_size=1, max_size=4), min_size=1, max_size=4
)


def segment(written: Written, generation: int = 3, size: int = 0) -> bytearray:
    """A segment as the log writes it, zeros behind."""
    raw = bytearray(record.opening(generation, 1))
    begun = record.read_opening(bytes(raw))
    assert begun is not None
    check, sequence = begun.check, 0
    for entries in written:
        raw += bytes(record.next_page(len(raw)) - len(raw))
        for head, content in entries:
            sequence += 1
            header, check = record.header(Kind.MESSAGE, generation, sequence, head, content, check)
            raw += header + head + content
    return raw + bytes(max(PAGE, size - len(raw)))


def read(raw: bytes | bytearray) -> list[tuple[bytes, bytes]]:
    octets = bytes(raw)
    return [(each.head, octets[each.start : each.end]) for each in record.records(octets)]


def flat(written: Written) -> list[tuple[bytes, bytes]]:
    return [each for entries in written for each in entries]


def is_prefix(found: Sequence[object], of: Sequence[object]) -> bool:
    return list(found) == list(of[: len(found)])


@given(writes)
def test_what_was_written_is_read(written: Written) -> None:
    assert read(segment(written)) == flat(written)


@given(writes, st.data())
def test_a_flipped_bit_ends_the_reading_before_it(written: Written, data: st.DataObject) -> None:
    raw = segment(written)
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= 1 << data.draw(st.integers(0, 7))
    found = read(raw)
    assert is_prefix(found, flat(written))
    ends = [each.end for each in record.records(bytes(segment(written)))]
    assert len(found) in (sum(end <= at for end in ends), len(ends))  # behind the records a flip is nobody's


@given(writes, st.data())
def test_a_cut_file_gives_the_records_before_the_cut(written: Written, data: st.DataObject) -> None:
    raw = segment(written)
    assert is_prefix(read(raw[: data.draw(st.integers(0, len(raw)))]), flat(written))


@given(writes, st.data())
def test_pages_in_another_order_give_a_prefix(written: Written, data: st.DataObject) -> None:
    raw = segment(written)
    raw += bytes(record.next_page(len(raw)) - len(raw))
    pages = [raw[at : at + PAGE] for at in range(0, len(raw), PAGE)]
    shuffled = data.draw(st.permutations(range(len(pages))))
    assert is_prefix(read(b"".join(bytes(pages[at]) for at in shuffled)), flat(written))


@given(writes, writes, st.data())
def test_nothing_of_an_earlier_use_is_believed(old: Written, new: Written, data: st.DataObject) -> None:
    raw = segment(old, generation=3)
    over = segment(new, generation=4)
    cut = data.draw(st.integers(0, len(over) // PAGE)) * PAGE  # so many octets reached the disk
    raw[:cut] = over[:cut]
    assert is_prefix(read(raw), flat(new)) or (cut == 0 and read(raw) == flat(old))


def test_records_of_equal_length_cannot_change_places() -> None:
    raw = segment([[(b"a", b"one"), (b"b", b"two")]])
    first, second = record.records(bytes(raw))
    length = second.end - first.end
    one, two = raw[first.end - length : first.end], raw[first.end : second.end]
    raw[first.end - length : second.end] = two + one
    assert read(raw) == []


def test_a_record_cannot_follow_another_than_its_own() -> None:
    raw = segment([[(b"a", b"one")], [(b"b", b"two")], [(b"c", b"three")]])
    raw[2 * PAGE : 3 * PAGE] = raw[3 * PAGE : 4 * PAGE]
    assert read(raw) == [(b"a", b"one")]


@given(st.binary(max_size=3 * PAGE))
def test_garbage_holds_no_records(raw: bytes) -> None:
    assert read(raw) == []


@given(st.binary(max_size=PAGE))
def test_garbage_behind_a_header_holds_no_records(raw: bytes) -> None:
    assert read(record.opening(1, 1).ljust(PAGE, b"\0") + raw) == []


def test_a_log_of_another_version_is_not_taken_for_an_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = record.opening(1, 1)
    monkeypatch.setattr(record, "VERSION", 2)
    with pytest.raises(OtherVersion):
        record.read_opening(raw)
