"""Dates: as the RFC wants them, as they come, and as we write them."""

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.message.date import internal_date, parse, rfc5322

MOMENT = 1795499340  # 2026-11-24 05:49:00 UTC


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"Tue, 24 Nov 2026 05:49:00 +0000", (MOMENT, 0)),
        (b" Tue, 24 Nov 2026 14:49:00 +0900\r\n", (MOMENT, 540)),
        (b"24 Nov 2026 00:19:00 -0530", (MOMENT, -330)),
        (b"Tue, 24 Nov 2026 05:49 +0000", (MOMENT, 0)),
        (b"tue,24 nov 2026 05:49:00 -0000 (UTC)", (MOMENT, 0)),
        (b"Tue,\r\n 24\tNov 2026\r\n 05:49:00 +0000", (MOMENT, 0)),
        (b"Tue (a (nested\\)) comment), 24 Nov 2026 (x) 14:49:00 (y) +0900 (JST)", (MOMENT, 540)),
        (b"Tue, 24 Nov 2026 05 : 49 : 00 GMT", (MOMENT, 0)),
        (b"Tue, 24 Nov 26 00:49:00 EST", (MOMENT, -300)),
        (b"Mon, 23 Nov 2026 22:49:00 pdt", (MOMENT, -420)),
        (b"Tue, 24 Nov 126 05:49:00 UT", (MOMENT, 0)),
        (b"Tue, 24 Nov 2026 05:49:00 Z", (MOMENT, 0)),
        (b"Tue, 24 Nov 2026 05:49:00", (MOMENT, 0)),
        (b"Tuesday, 24 November 2026 05:49:00.123 +00:00", (MOMENT, 0)),
        (b"24-Nov-2026 05:49:00 +0000", (MOMENT, 0)),
        (b"Tue Nov 24 05:49:00 2026", (MOMENT, 0)),
        (b"Tue Nov 24 05:49:00 UTC 2026", (MOMENT, 0)),
        (b"Nov 24 14:49:00 +0900 2026", (MOMENT, 540)),
        (b"Tue, 24 Nov 2026 05:49:00 +9900", (MOMENT, 0)),
        (b"Tue, 24 Nov 2026 05:49:00 +0060", (MOMENT, 0)),
        (b"Sat, 31 Dec 2016 23:59:60 +0000", (1483228799, 0)),
        (b"Thu, 1 Jan 1970 00:00:00 +0000", (0, 0)),
        (b"1 Jan 70 00:00:00 +0000", (0, 0)),
    ],
)
def test_dates_are_read(value: bytes, expected: tuple[int, int]) -> None:
    assert parse(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"yesterday",
        b"Tue, 24 Nov 2026",
        b"Tue, 31 Feb 2026 05:49:00 +0000",
        b"Tue, 24 Foo 2026 05:49:00 +0000",
        b"Tue, 24 Nov 2026 24:00:00 +0000",
        b"Tue, 24 Nov 2026 05:60:00 +0000",
        b"Tue, 24 Nov 2026 05:49:61 +0000",
        b"Tue, 24 Nov 0000 05:49:00 +0000",
        b"Tue, 24 Nov 20266 05:49:00 +0000",
        b"(" * 100_000,
        b"\\(" * 50_000,
        b"(" + b"\\(" * 50_000,
    ],
)
def test_what_is_no_date_is_none(value: bytes) -> None:
    assert parse(value) is None


def test_a_header_date_is_written() -> None:
    assert rfc5322(MOMENT, 540) == b"Tue, 24 Nov 2026 14:49:00 +0900"


def test_a_header_date_without_a_zone_is_in_utc() -> None:
    assert rfc5322(MOMENT) == b"Tue, 24 Nov 2026 05:49:00 +0000"


def test_an_internal_date_pads_its_day_with_a_space() -> None:
    assert internal_date(MOMENT - 20 * 86400, -330) == b" 4-Nov-2026 00:19:00 -0530"


@pytest.mark.parametrize(("epoch", "year"), [(-(10**15), b"0001"), (10**15, b"9999")])
def test_a_moment_that_no_calendar_has_is_the_nearest(epoch: int, year: bytes) -> None:
    assert year in rfc5322(epoch)


epochs = st.integers(31_536_000, 253_000_000_000)  # 1971 to 9987
zones = st.integers(-23 * 60, 23 * 60)


@given(epochs, zones)
def test_what_is_written_is_read_back(epoch: int, zone: int) -> None:
    assert parse(rfc5322(epoch, zone)) == parse(internal_date(epoch, zone)) == (epoch, zone)


@given(epochs, zones)
def test_the_stdlib_writes_the_same(epoch: int, zone: int) -> None:
    moment = datetime.fromtimestamp(epoch, timezone(timedelta(minutes=zone)))
    assert rfc5322(epoch, zone).decode() == format_datetime(moment)


@given(st.binary(max_size=60))
def test_anything_is_read(value: bytes) -> None:
    assert parse(value) is None or isinstance(parse(value), tuple)
