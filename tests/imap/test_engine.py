"""Bytes to commands, however they come; and what is refused before it costs anything."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.errors import LineTooLong, ProtocolError, TooLarge
from tayori.imap.engine import (
    CONTINUE,
    MAX_COMMAND,
    MAX_LINE,
    MAX_LITERAL,
    MAX_PASSED_OVER,
    Command,
    Engine,
    Literal,
    Refused,
)

STREAMED = {b"APPEND": 1, b"REPLACE": 2}

Event = Command | Refused


def engine(said: list[bytes] | None = None) -> Engine:
    heard: list[bytes] = [] if said is None else said
    return Engine(heard.append, STREAMED)


def events(*chunks: bytes) -> list[Event]:
    """All that comes of these chunks."""
    reader = engine()
    found: list[Event] = []
    for chunk in chunks:
        reader.feed(chunk)
        while (event := reader.command()) is not None:
            found.append(event)
    return found


def shown(found: list[Event]) -> list[object]:
    return [each if isinstance(each, Command) else (each.tag, type(each.error), each.ends) for each in found]


TALK = (
    b"a NOOP\r\n"
    b"b login {3}\r\nbob {5+}\r\np w\r\n\r\n"
    b"c uid Fetch 1 FLAGS\r\n"
    b"d LOGIN {99999}\r\n"
    b"e LOGIN {70000+}\r\n" + 70000 * b"x" + b" {3+}\r\nabc\r\n"
    b"nonsense\r\n"
    b"f NOOP\n"
)
EVENTS = [
    Command(b"a", b"NOOP", b""),
    Command(b"b", b"LOGIN", b" {3}\r\nbob {5+}\r\np w\r\n"),
    Command(b"c", b"UID FETCH", b" 1 FLAGS"),
    (b"d", TooLarge, False),
    (b"e", TooLarge, False),
    (b"nonsense", ProtocolError, False),
    Command(b"f", b"NOOP", b""),
]


def test_commands_come_out_whole() -> None:
    assert shown(events(TALK)) == EVENTS


def test_commands_come_out_of_single_octets() -> None:
    assert shown(events(*(TALK[at : at + 1] for at in range(len(TALK))))) == EVENTS


@given(st.lists(st.integers(0, len(TALK)), max_size=8))
def test_commands_come_out_wherever_the_chunks_end(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(TALK)]
    assert shown(events(*(TALK[first:last] for first, last in pairwise(edges)))) == EVENTS


@given(st.binary(max_size=200), st.integers(1, 20))
def test_any_octets_are_borne(octets: bytes, size: int) -> None:
    found = events(*(octets[at : at + size] for at in range(0, len(octets), size)), b"\r\n")
    assert all(isinstance(event, Command | Refused) for event in found)


def test_a_client_that_waits_is_asked_for_its_literal() -> None:
    said: list[bytes] = []
    reader = engine(said)
    reader.feed(b"a LOGIN {3}\r\n")
    assert reader.command() is None
    assert said == [CONTINUE]


def test_a_client_that_does_not_wait_is_not_asked() -> None:
    said: list[bytes] = []
    reader = engine(said)
    reader.feed(b"a LOGIN {3+}\r\n")
    assert reader.command() is None
    assert said == []


def test_a_literal_too_large_is_not_asked_for() -> None:
    said: list[bytes] = []
    reader = engine(said)
    reader.feed(b"a LOGIN {%d}\r\n" % (MAX_LITERAL + 1))
    assert isinstance(reader.command(), Refused)
    assert said == []


def test_a_literal_of_the_largest_size_is_taken() -> None:
    command = b"a LOGIN {%d+}\r\n%b\r\n" % (MAX_LITERAL, MAX_LITERAL * b"x")
    assert [type(event) for event in events(command)] == [Command]


def test_literals_may_not_make_a_command_too_large() -> None:
    piece = b"{60000+}\r\n" + 60000 * b"x"
    commands = b"a SEARCH " + (MAX_COMMAND // 60000 + 1) * piece + b"\r\nb NOOP\r\n"
    assert shown(events(commands)) == [(b"a", TooLarge, False), Command(b"b", b"NOOP", b"")]


def test_what_cannot_be_passed_over_ends_the_connection() -> None:
    assert shown(events(b"a LOGIN {%d+}\r\n" % (MAX_PASSED_OVER + 1))) == [(b"a", TooLarge, True)]


def test_a_second_literal_that_cannot_be_passed_over_ends_it_too() -> None:
    first = b"a LOGIN {70000+}\r\n" + 70000 * b"x"
    assert shown(events(first + b" {%d+}\r\n" % (MAX_PASSED_OVER + 1))) == [(b"a", TooLarge, True)]


def test_a_line_too_long_is_answered_with_its_tag() -> None:
    found = events(b"a7 LOGIN ", MAX_LINE * b"x", b"yz\r\nb NOOP\r\n")
    assert shown(found) == [(b"a7", LineTooLong, False), Command(b"b", b"NOOP", b"")]


def test_a_line_too_long_behind_a_literal_has_the_commands_tag() -> None:
    found = events(b"a7 LOGIN {3+}\r\nabc", (MAX_LINE + 1) * b"x" + b"\r\nb NOOP\r\n")
    assert shown(found) == [(b"a7", LineTooLong, False), Command(b"b", b"NOOP", b"")]


def test_a_line_too_long_behind_a_refused_literal_is_not_refused_twice() -> None:
    found = events(b"a7 LOGIN {70000+}\r\n" + 70000 * b"x", (MAX_LINE + 1) * b"x" + b"\r\nb NOOP\r\n")
    assert shown(found) == [(b"a7", TooLarge, False), Command(b"b", b"NOOP", b"")]


@pytest.mark.parametrize(
    ("line", "arguments", "literal"),
    [
        (b"a APPEND INBOX {310}", b" INBOX ", Literal(310, True, False)),
        (b"a append {5+}\r\nINBOX (\\Seen) {310+}", b" {5+}\r\nINBOX (\\Seen) ", Literal(310, False, False)),
        (b'a APPEND "a b" ~{99999999}', b' "a b" ', Literal(99999999, True, True)),
        (b"a REPLACE 4 {5+}\r\nINBOX {3}", b" 4 {5+}\r\nINBOX ", Literal(3, True, False)),
    ],
)
def test_a_message_is_announced_and_not_read(line: bytes, arguments: bytes, literal: Literal) -> None:
    [command] = events(line + b"\r\n")
    assert isinstance(command, Command)
    assert (command.arguments, command.literal) == (arguments, literal)


def announced(rest: bytes, declared: bytes = b"{5+}") -> Engine:
    reader = engine()
    reader.feed(b"a APPEND INBOX %b\r\n%b" % (declared, rest))
    assert isinstance(reader.command(), Command)
    return reader


def test_a_message_is_taken_in_pieces_and_the_rest_of_its_line_follows() -> None:
    reader = announced(b"abc")
    reader.accept()
    assert (reader.take(), reader.owed, reader.rest()) == (b"abc", 2, None)
    reader.feed(b"de {3+}\r\nxyz\r\nb NOOP\r\n")
    assert (reader.take(), reader.owed) == (b"de", 0)
    assert reader.rest() == (b" ", Literal(3, False, False))
    reader.accept()
    assert reader.take() == b"xyz"
    assert reader.rest() == (b"", None)
    assert reader.command() == Command(b"b", b"NOOP", b"")


@pytest.mark.parametrize("taken", [False, True])
def test_a_message_that_nobody_wants_is_passed_over(taken: bool) -> None:
    reader = announced(b"abcde {3+}\r\nxyz\r\nb NOOP\r\n")
    if taken:
        reader.accept()
        reader.take()
    assert reader.command() == Command(b"b", b"NOOP", b"")


def test_a_message_that_was_not_asked_for_is_not_awaited() -> None:
    assert announced(b"b NOOP\r\n", b"{5}").command() == Command(b"b", b"NOOP", b"")


def test_a_message_that_cannot_be_passed_over_ends_the_connection() -> None:
    event = announced(b"", b"{%d+}" % (MAX_PASSED_OVER + 1)).command()
    assert isinstance(event, Refused)
    assert event.ends


def test_a_line_too_long_behind_a_message_ends_its_command() -> None:
    reader = announced(b"abcde" + (MAX_LINE + 1) * b"x" + b"\r\nb NOOP\r\n")
    reader.accept()
    reader.take()
    with pytest.raises(LineTooLong):
        reader.rest()
    assert reader.command() == Command(b"b", b"NOOP", b"")


def test_what_was_read_before_tls_is_dropped() -> None:
    reader = engine()
    reader.feed(b"a STARTTLS\r\nb NOOP\r\n")
    assert isinstance(reader.command(), Command)
    reader.clear()
    assert reader.command() is None


@pytest.mark.parametrize("line", [b"", b" ", b"a", b"a ", b"a  NOOP", b"a+ NOOP", b"(a NOOP", b"a NO*OP", b"a NOOP\tx"])
def test_what_is_no_command_is_refused(line: bytes) -> None:
    [event] = events(line + b"\r\n")
    assert isinstance(event, Refused)


def test_a_tag_is_not_longer_than_is_sensible() -> None:
    assert shown(events(129 * b"a" + b" NOOP\r\n")) == [(b"*", ProtocolError, False)]


def test_where_nothing_is_announced_nothing_is_asked_for() -> None:
    said: list[bytes] = []
    reader = engine(said)
    reader.accept()
    assert (reader.owed, said) == (0, [])
