"""Mailbox names: modified UTF-7 there and back, what is no name, and patterns against regular expressions."""

import re
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.errors import CannotDo
from tayori.imap.mailbox_name import MAX_LEVELS, MAX_NAME, Pattern, checked, encoded, text, utf8_text

names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


@given(names)
def test_a_name_comes_back_from_the_wire(name: str) -> None:
    assert text(encoded(name)) == name


@given(names)
def test_a_name_is_printable_ascii_on_the_wire(name: str) -> None:
    assert re.fullmatch(rb"[ -~]*", encoded(name))


@given(st.binary(max_size=20).map(lambda octets: b"&" + octets) | st.text("&-,/AGJjo!a", max_size=12).map(str.encode))
def test_what_is_read_is_written_the_same_or_refused(octets: bytes) -> None:
    try:
        name = text(octets)
    except CannotDo:
        return
    assert encoded(name) == octets


@pytest.mark.parametrize(
    ("octets", "name"),
    [
        (b"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"),  # RFC 3501 section 5.1.3
        (b"Entw&APw-rfe &- mehr", "Entwürfe & mehr"),
        (b"&2D3eAA-", "😀"),
        (b"inbox", "INBOX"),
        (b"InBox/x", "INBOX/x"),
        (b"Inboxes", "Inboxes"),
        (b"a/inbox", "a/inbox"),
    ],
)
def test_a_name_is_read(octets: bytes, name: str) -> None:
    assert checked(text(octets)) == name


@pytest.mark.parametrize(
    "octets",
    [
        b"&Jjo!",  # RFC 3501 section 5.1.3: no end
        b"&U,BTFw-&ZeVnLIqe-",  # a superfluous shift
        b"&AGE-",  # what needs no encoding
        b"&ACY-",
        b"&",
        b"&AP-",  # half a character
        b"&2D0-",  # half a pair
        b"&APw=-",
        b"caf\xc3\xa9",
        b"a\xff",
        MAX_NAME * b"a" + b"a",
    ],
)
def test_what_is_not_modified_utf_7_is_refused(octets: bytes) -> None:
    with pytest.raises(CannotDo):
        text(octets)


@pytest.mark.parametrize(
    "name", ["", "/", "a/", "/a", "a//b", "a\tb", "a\x7f", "a\x85", "a\u2028b", "/".join(["a"] * (MAX_LEVELS + 1))]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(CannotDo):
        checked(name)


def test_a_name_from_macos_is_composed() -> None:
    assert checked(normalize("NFD", "Entwürfe")) == "Entwürfe"


@given(st.text("ab/*%", max_size=8), st.text("ab/", max_size=8))
def test_a_pattern_matches_as_a_regular_expression_would(pattern: str, name: str) -> None:
    expression = "".join({"*": ".*", "%": "[^/]*"}.get(character, re.escape(character)) for character in pattern)
    assert Pattern(pattern).matches(name) == (re.fullmatch(expression, name) is not None)


def test_a_pattern_of_many_stars_takes_a_step_for_each_character() -> None:
    assert not Pattern("*a" * 400).matches("a" * 399 + "b")


def test_a_name_in_utf_8_is_read_where_that_is_enabled() -> None:
    assert utf8_text("Entwürfe & mehr".encode()) == "Entwürfe & mehr"


@pytest.mark.parametrize("octets", [b"\xff", MAX_NAME * b"a" + b"a"])
def test_what_is_no_utf_8_is_refused(octets: bytes) -> None:
    with pytest.raises(CannotDo):
        utf8_text(octets)
