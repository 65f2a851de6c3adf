"""Octets to arguments: tables of what is right and wrong, and that nothing but refusals comes of anything."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.errors import BadAddress, ProtocolError, Refusal
from tayori.model import Address
from tayori.smtp import grammar

REVERSE = {
    b"FROM:<>": ("", {}),
    b"from:<a@b>": ("a@b", {}),
    b"FROM: <a@b>": ("a@b", {}),
    b"FROM:<Smith@Bar.Example> SIZE=1 smtputf8": ("Smith@Bar.Example", {"SIZE": "1", "SMTPUTF8": ""}),
    b"FROM:<@one.example,@two.example:a@b>": ("a@b", {}),
    b'FROM:<"a b"@c>': ('"a b"@c', {}),
    b'FROM:<"a\\"b>"@c>': ('"a\\"b>"@c', {}),
    b"FROM:<name..x.@docomo.ne.jp>": ("name..x.@docomo.ne.jp", {}),
    b"FROM:<a@[127.0.0.1]>  BODY=7BIT": ("a@[127.0.0.1]", {"BODY": "7BIT"}),
    b"FROM:<prvs=1a/b{c}|d~e'f`g$h*i!#%&^+_-.?=@b>": ("prvs=1a/b{c}|d~e'f`g$h*i!#%&^+_-.?=@b", {}),
    "FROM:<山田@例え.jp>".encode(): ("山田@例え.jp", {}),
}

FORWARD = {
    b"TO:<a@B.Example>": Address("a", "b.example"),
    b"TO:<Postmaster>": Address("postmaster", ""),
    b"TO:<@x.example:Alice@example.org>": Address("Alice", "example.org"),
    b'TO:<"alice"@example.org>': Address("alice", "example.org"),
    b'TO:<"a b\\\\\\"c"@example.org>': Address('a b\\"c', "example.org"),
    b"TO:<a@[IPv6:0:0::1]>": Address("a", "[ipv6:::1]"),
    b"TO:<a@[192.0.2.1]>": Address("a", "[192.0.2.1]"),
    b"TO:<a@xn--r8jz45g.jp>": Address("a", "例え.jp"),
    b"TO:<a@XN--R8JZ45G.JP>": Address("a", "例え.jp"),
    "TO:<a@例え.JP>".encode(): Address("a", "例え.jp"),
}

NO_ADDRESS = [
    b"<a>", b"<@b>", b"<a@>", b"<a@b", b"<a@b>x", b"<a b@c>", b"<a@b..c>", b"<a@-b>", b"<a@b->", b"<a@b.>",
    b"<a@[1.2.3]>", b"<a@[1.2.3.256]>", b"<a@[IPv6:::g]>", b"<a@[x400:1]>", b"<a@b@c>", b'<"a@b>', b'<"a"b@c>',
    b"<a\x00@b>", b"<a\r@b>", b"<a\x7f@b>", b"<\xff@b>", "<a@b\u2028c>".encode(), "<a\u2028@b>".encode(),
    "<a\u0085@b>".encode(), b"<a@xn--a>", b"<a@xn--" + b"x" * 70 + b">",
    b"<" + b"a" * 257 + b"@b>", b"<a@" + b"b" * 256 + b">",
    "<{}@b>".format("é" * 129).encode(),
]  # fmt: skip


@pytest.mark.parametrize(("argument", "expected"), REVERSE.items())
def test_a_reverse_path_is_read(argument: bytes, expected: tuple[str, dict[str, str]]) -> None:
    assert grammar.reverse_path(argument) == expected


@pytest.mark.parametrize(("argument", "expected"), FORWARD.items())
def test_a_forward_path_is_read(argument: bytes, expected: Address) -> None:
    assert grammar.forward_path(argument) == (expected, {})


@pytest.mark.parametrize("path", NO_ADDRESS)
@pytest.mark.parametrize(("read", "keyword"), [(grammar.reverse_path, b"FROM:"), (grammar.forward_path, b"TO:")])
def test_what_is_no_address_is_refused_as_one(read: Callable[[bytes], object], keyword: bytes, path: bytes) -> None:
    with pytest.raises(BadAddress):
        read(keyword + path)


@pytest.mark.parametrize("argument", [b"", b"FROM", b"<a@b>", b"FROM a@b", b"FROM:a@b", b"TO:<a@b>"])
def test_mail_without_its_form_is_a_syntax_error(argument: bytes) -> None:
    with pytest.raises(ProtocolError, match="MAIL FROM:<address>") as told:
        grammar.reverse_path(argument)
    assert type(told.value) is ProtocolError


def test_there_is_no_mail_to_the_null_path() -> None:
    with pytest.raises(BadAddress):
        grammar.forward_path(b"TO:<>")


@pytest.mark.parametrize("text", ["=1", "A=", "A==", "SIZE=1 size=2", "A=b=c", "A\x00", "-A", "K=" + "x" * 1024, "é=1"])
def test_what_is_no_parameter_is_a_syntax_error(text: str) -> None:
    with pytest.raises(ProtocolError):
        grammar.parameters(text)


@pytest.mark.parametrize("text", ["", "a", "a@", "@b", "a@b c", "<a@b>", "a@b\n"])
def test_what_is_no_address_alone_is_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        grammar.address(text)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"noop", (b"NOOP", b"")),
        (b"MAIL FROM:<>  ", (b"MAIL", b"FROM:<>")),
        (b"mail  FROM:<>\t", (b"MAIL", b"FROM:<>")),
        (b"", (b"", b"")),
    ],
)
def test_a_command_is_a_verb_in_any_case_and_an_argument(line: bytes, expected: tuple[bytes, bytes]) -> None:
    assert grammar.command(line) == expected


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        (b"mail.example.org", "mail.example.org"),
        (b"[127.0.0.1]", "[127.0.0.1]"),
        (b"my computer", "my"),
        ("山田".encode(), "??"),
        (b"\xff_x", "?_x"),
    ],
)
def test_a_client_may_call_itself_what_it_likes(argument: bytes, expected: str) -> None:
    assert grammar.helo(argument) == expected


@pytest.mark.parametrize("argument", [b"", b" x", b"a\x07", b"x" * 256])
def test_a_client_without_a_sayable_name_is_refused(argument: bytes) -> None:
    with pytest.raises(ProtocolError):
        grammar.helo(argument)


@pytest.mark.parametrize(
    ("argument", "expected"),
    [(b"86", (86, False)), (b"0 LAST", (0, True)), (b"1  last", (1, True)), (b"9" * 20, (int("9" * 20), False))],
)
def test_a_chunk_has_a_count_and_may_be_the_last(argument: bytes, expected: tuple[int, bool]) -> None:
    assert grammar.chunk(argument) == expected


@pytest.mark.parametrize("argument", [b"", b"x", b"-1", b"1 FIRST", b"1LAST", b"9" * 21, "١".encode()])
def test_a_chunk_without_a_count_is_a_syntax_error(argument: bytes) -> None:
    with pytest.raises(ProtocolError):
        grammar.chunk(argument)


@pytest.mark.parametrize("value", ["", "x", "-1", "9" * 21, "١", "1.0"])
def test_what_is_no_number_is_a_syntax_error(value: str) -> None:
    with pytest.raises(ProtocolError):
        grammar.number(value)


@pytest.mark.parametrize("value", ["+", "+2b", "+GG", "a=b", "a b", "é", "a+2"])
def test_what_is_no_xtext_is_a_syntax_error(value: str) -> None:
    with pytest.raises(ProtocolError):
        grammar.from_xtext(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a@b", "a@b"), (r"\x{5C71}@b", "山@b"), ("山@b", "山@b"), (r"\x{5C}a", "\\a"), (r"\x{10FFFF}", "\U0010ffff")],
)
def test_a_utf8_address_in_a_parameter_is_decoded(value: str, expected: str) -> None:
    assert grammar.from_utf8_xtext(value) == expected


@pytest.mark.parametrize(
    "value", ["a\\b", r"\x{}", r"\x{D800}", r"\x{110000}", r"\x{5c71}", "a=b", "a b", "a+b", r"\x{41"]
)
def test_what_is_no_utf8_address_in_a_parameter_is_a_syntax_error(value: str) -> None:
    with pytest.raises(ProtocolError):
        grammar.from_utf8_xtext(value)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"250 OK", (250, False, "OK")),
        (b"250-SIZE 10", (250, True, "SIZE 10")),
        (b"354", (354, False, "")),
        (b"550 \xff", (550, False, "\ufffd")),
    ],
)
def test_a_reply_line_is_read(line: bytes, expected: tuple[int, bool, str]) -> None:
    assert grammar.reply_line(line) == expected


@pytest.mark.parametrize("line", [b"", b"25", b"2500", b"150 x", b"600 x", b"abc", b"250_x", "٢٥٠ x".encode()])
def test_what_is_no_reply_line_is_an_error(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        grammar.reply_line(line)


def test_a_domain_becomes_ascii_for_servers_that_know_no_other() -> None:
    assert grammar.in_ascii(Address("a", "例え.jp")) == Address("a", "xn--r8jz45g.jp")
    assert grammar.in_ascii(Address("a", "b")) == Address("a", "b")


READERS: list[Callable[[bytes], object]] = [
    grammar.command,
    grammar.reverse_path,
    grammar.forward_path,
    grammar.helo,
    grammar.chunk,
    grammar.reply_line,
]
TEXT_READERS: list[Callable[[str], object]] = [
    grammar.address,
    grammar.parameters,
    grammar.number,
    grammar.from_xtext,
    grammar.from_utf8_xtext,
    grammar.domain_key,
]


@pytest.mark.parametrize("read", READERS)
@given(octets=st.binary() | st.text(alphabet='<>@:." \\[]=,aI6xn-\u5c71').map(str.encode))
def test_nothing_but_a_refusal_comes_of_any_octets(read: Callable[[bytes], object], octets: bytes) -> None:
    for prefix in (b"", b"FROM:<", b"TO:<", b"FROM:<a@", b"TO:<a@["):
        try:
            read(prefix + octets)
        except Refusal:
            pass


@pytest.mark.parametrize("read", TEXT_READERS)
@given(text=st.text() | st.text(alphabet='@:." \\[]=,;+{}a5CIxn-\u5c71'))
def test_nothing_but_a_refusal_comes_of_any_text(read: Callable[[str], object], text: str) -> None:
    for prefix in ("", "a@", "xn--", "\\x{"):
        try:
            read(prefix + text)
        except Refusal:
            pass


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=64))
def test_a_local_part_of_any_ascii_comes_back(local: str) -> None:
    found = Address(local, "example.org")
    assert grammar.address(grammar.mailbox(found)) == found
    assert grammar.forward_path(b"TO:<" + grammar.mailbox(found).encode() + b">") == (found, {})


@given(st.text(st.characters(min_codepoint=0, max_codepoint=127)))
def test_xtext_comes_back(text: str) -> None:
    assert grammar.from_xtext(grammar.to_xtext(text)) == text


def test_a_mailbox_without_a_domain_is_written_without_at() -> None:
    assert grammar.mailbox(Address("postmaster", "")) == "postmaster"
