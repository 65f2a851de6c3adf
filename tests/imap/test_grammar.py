"""Tokens: what is written is read back, and what is none is refused without a crash."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.errors import ProtocolError, Refusal
from tayori.imap.engine import Literal
from tayori.imap.grammar import MAX_KEYWORD, MAX_LIST, Arguments
from tayori.message.date import MONTHS
from tayori.message.envelope import string

Reader = Callable[[Arguments], object]

READERS: dict[str, Reader] = {
    "atom": Arguments.atom,
    "word": Arguments.word,
    "astring": Arguments.astring,
    "string": Arguments.string,
    "nstring": Arguments.nstring,
    "number": Arguments.number,
    "nz_number": Arguments.nz_number,
    "number64": Arguments.number64,
    "sequence_set": Arguments.sequence_set,
    "mailbox": Arguments.mailbox,
    "list_mailbox": Arguments.list_mailbox,
    "flag": Arguments.flag,
    "flag_list": Arguments.flag_list,
    "date": Arguments.date,
    "date_time": Arguments.date_time,
    "item_name": Arguments.item_name,
}

ATOM = st.text("ABCabc019$-_.+&", min_size=1).map(str.encode)
OCTETS = st.binary(max_size=40).map(lambda octets: octets.replace(b"\0", b""))


@given(OCTETS)
def test_a_string_is_read_back(octets: bytes) -> None:
    arguments = Arguments(string(octets) + b" rest")
    assert (arguments.string(), arguments.text[arguments.at :]) == (octets, b" rest")


@given(OCTETS)
def test_a_literal_is_read_back(octets: bytes) -> None:
    assert Arguments(b"{%d+}\r\n%b" % (len(octets), octets)).astring() == octets


@given(st.lists(ATOM, max_size=8))
def test_a_list_is_read_back(atoms: list[bytes]) -> None:
    arguments = Arguments(b"(%b)" % b" ".join(atoms))
    assert arguments.list_of(arguments.atom) == atoms
    arguments.end()


@given(st.dates())
def test_a_date_is_read_back(day: date) -> None:
    written = b"%d-%b-%04d" % (day.day, MONTHS[day.month - 1], day.year)
    assert Arguments(written).date() == Arguments(b'"%b"' % written).date() == day.toordinal()


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
@given(octets=st.binary(max_size=30) | st.text('()"\\{}3+\r\n aA1:*,-', max_size=30).map(str.encode))
def test_any_octets_are_read_or_refused(reader: Reader, octets: bytes) -> None:
    arguments = Arguments(octets)
    try:
        reader(arguments)
    except Refusal:
        return
    assert arguments.at > 0 or octets == b""


@pytest.mark.parametrize(
    ("reader", "text", "value"),
    [
        ("astring", b"a]b", b"a]b"),
        ("astring", b'"a\\"b\\\\"', b'a"b\\'),
        ("nstring", b"nil", None),
        ("nstring", b'"nil"', b"nil"),
        ("number", b"4294967295", 4294967295),
        ("number64", b"9223372036854775807", 2**63 - 1),
        ("flag", b"\\sEEN", "\\Seen"),
        ("flag", b"$Forwarded", "$Forwarded"),
        ("flag_list", b"()", ()),
        ("mailbox", b'"inbox"', "INBOX"),
        ("list_mailbox", b"a/%/*", "a/%/*"),
        ("list_mailbox", b'"a b%"', "a b%"),
        ("date_time", b'"24-Nov-2026 05:49:00 +0900"', (1795466940, 540)),
        ("date_time", b'" 7-Feb-1994 21:52:25 -0800"', (760686745, -480)),
    ],
)
def test_a_token_has_its_value(reader: str, text: bytes, value: object) -> None:
    arguments = Arguments(text)
    assert READERS[reader](arguments) == value
    arguments.end()


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        ("atom", b"(a"),
        ("astring", b""),
        ("string", b"atom"),
        ("string", b'"a\nb"'),
        ("string", b'"no end'),
        ("string", b'"\\a"'),
        ("string", b"{3}\r\na\0c"),
        ("number", b"4294967296"),
        ("number", b"-1"),
        ("nz_number", b"0"),
        ("number64", b"9223372036854775808"),
        ("sequence_set", b"a"),
        ("flag", b"\\Recent"),
        ("flag", b"\\"),
        ("flag", b"\\*"),
        ("flag", b"a" * (MAX_KEYWORD + 1)),
        ("flag_list", b"(\\Seen  \\Draft)"),
        ("flag_list", b"(\\Seen"),
        ("flag_list", b"(" + b"a " * MAX_LIST + b"a)"),
        ("date", b"30-Feb-2026"),
        ("date", b'"24-Nov-2026'),
        ("date", b"24-Xyz-2026"),
        ("date_time", b'"24-Nov-2026 25:00:00 +0000"'),
        ("date_time", b'"24-Nov-2026 05:49 +0000"'),
    ],
)
def test_what_is_no_such_token_is_refused(reader: str, text: bytes) -> None:
    with pytest.raises(ProtocolError):
        READERS[reader](Arguments(text))


def test_a_literal_that_is_only_announced_is_no_end() -> None:
    with pytest.raises(ProtocolError):
        Arguments(b"", Literal(3, synchronizing=True, binary=False)).end()
