"""RFC 1939 section 3, RFC 2449 section 4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.errors import LoginFailed, ProtocolError
from tayori.pop3 import grammar


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        (b"QUIT", (b"QUIT", b"")),
        (b"retr 1", (b"RETR", b"1")),
        (b"PASS a  b ", (b"PASS", b"a  b ")),
        (b"", (b"", b"")),
    ],
)
def test_a_command_is_a_word_and_what_stands_behind_one_space(line: bytes, parts: tuple[bytes, bytes]) -> None:
    assert grammar.command(line) == parts


@given(st.integers(0, grammar.MAX_NUMBER - 1))
def test_numbers_are_read(number: int) -> None:
    assert grammar.number(b" %d " % number) == number


@given(st.binary())
def test_what_is_no_number_is_refused(octets: bytes) -> None:
    try:
        assert grammar.number(octets) == int(octets)
    except ProtocolError:
        assert not octets.strip().isdigit() or int(octets) >= grammar.MAX_NUMBER


@given(st.integers(0, 99), st.integers(0, 99))
def test_two_numbers_are_read(first: int, second: int) -> None:
    assert grammar.two_numbers(b"%d  %d" % (first, second)) == (first, second)


@pytest.mark.parametrize("argument", [b"", b"1", b"1 2 3", b"1 b"])
def test_other_than_two_numbers_are_refused(argument: bytes) -> None:
    with pytest.raises(ProtocolError):
        grammar.two_numbers(argument)


def test_a_password_keeps_its_spaces() -> None:
    assert grammar.credential(b" a b ") == " a b "


def test_nothing_is_no_credential() -> None:
    with pytest.raises(ProtocolError):
        grammar.credential(b"")


def test_what_is_no_text_fails_as_a_wrong_password_does() -> None:
    with pytest.raises(LoginFailed):
        grammar.credential(b"\xff")
