"""Addresses: the usual forms, the obsolete, the broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.message.address import GROUP_END, MAX_ADDRESSES, MailAddress, addr_specs, addresses


def group(name: bytes) -> MailAddress:
    return MailAddress(None, None, name, None)


def bare(mailbox: bytes, host: bytes) -> MailAddress:
    return MailAddress(None, None, mailbox, host)


def named(name: bytes, mailbox: bytes, host: bytes) -> MailAddress:
    return MailAddress(name, None, mailbox, host)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"a@b", [bare(b"a", b"b")]),
        (b" a@b , c@d ", [bare(b"a", b"b"), bare(b"c", b"d")]),
        (b"<a@b>", [bare(b"a", b"b")]),
        (b"Alice <a@b>", [named(b"Alice", b"a", b"b")]),
        (b"Alice  Liddell<a@b>", [named(b"Alice  Liddell", b"a", b"b")]),
        (b'"Liddell, Alice" <a@b>', [named(b"Liddell, Alice", b"a", b"b")]),
        (b"=?utf-8?Q?=C3=A9?= <a@b>,\r\n c@d", [named(b"=?utf-8?Q?=C3=A9?=", b"a", b"b"), bare(b"c", b"d")]),
        (b"Jos\xe9 <a@b>", [named(b"Jos\xe9", b"a", b"b")]),
        (b"John Q. Public <a.b+c@d.e>", [named(b"John Q. Public", b"a.b+c", b"d.e")]),
        (b'"" <a@b>', [bare(b"a", b"b")]),
        (b"", []),
        (b" ", []),
    ],
)
def test_the_usual_forms(value: bytes, expected: list[MailAddress]) -> None:
    assert addresses(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"friends: a@b, C <c@d>;", [group(b"friends"), bare(b"a", b"b"), named(b"C", b"c", b"d"), GROUP_END]),
        (b"undisclosed-recipients:;", [group(b"undisclosed-recipients"), GROUP_END]),
        (b'"Two Words": a@b;, c@d', [group(b"Two Words"), bare(b"a", b"b"), GROUP_END, bare(b"c", b"d")]),
        (b"one: a@b", [group(b"one"), bare(b"a", b"b"), GROUP_END]),
        (b"one: two: a@b;", [group(b"one"), GROUP_END, group(b"two"), bare(b"a", b"b"), GROUP_END]),
        (b"a@b; c@d", [bare(b"a", b"b"), bare(b"c", b"d")]),
        (b": a@b;", [group(b""), bare(b"a", b"b"), GROUP_END]),
    ],
)
def test_a_group_stands_between_its_start_and_its_end(value: bytes, expected: list[MailAddress]) -> None:
    assert addresses(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"<@x,@y:a@b>", MailAddress(None, b"@x,@y", b"a", b"b")),
        (b"Bob <@x:a@b>", MailAddress(b"Bob", b"@x", b"a", b"b")),
        (b"<@x>", MailAddress(None, b"@x", b"", b"")),
        (b"a . b @ c . d", bare(b"a.b", b"c.d")),
        (b"a@b (Alice)", named(b"Alice", b"a", b"b")),
        (b"(x) a (y) @ (z) b", named(b"x", b"a", b"b")),
        (b"a@b (A (nested\\)) c)", named(b"A (nested)) c", b"a", b"b")),
        (b"Alice (comment) Liddell <a@b>", named(b"Alice Liddell", b"a", b"b")),
        (b"a@b (open", named(b"open", b"a", b"b")),
        (b"<a@b> (\\(Al\\))", named(b"(Al)", b"a", b"b")),
        (b'"a\\"b" <c@d>', named(b'a"b', b"c", b"d")),
        (b'"a b"@c', bare(b"a b", b"c")),
        (b'"a"."b"@c', bare(b"a.b", b"c")),
        (b"a@[192.0.2.1]", bare(b"a", b"[192.0.2.1]")),
        (b"a@[IPv6:2001:db8::1]", bare(b"a", b"[IPv6:2001:db8::1]")),
        (b"A\tB <a@b>", named(b"A B", b"a", b"b")),
        (b'"Alice" Liddell <a@b>', named(b"Alice Liddell", b"a", b"b")),
        (b"=?x?Q?a?=\t=?x?Q?b?= <a@b>", named(b"=?x?Q?a?= =?x?Q?b?=", b"a", b"b")),
    ],
)
def test_the_obsolete_and_the_rare_forms(value: bytes, expected: MailAddress) -> None:
    assert addresses(value) == [expected]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"root", [bare(b"root", b"")]),
        (b"Alice Liddell", [named(b"Alice Liddell", b"", b"")]),
        (b"Alice Liddell a@b", [named(b"Alice Liddell", b"a", b"b")]),
        (b"<root>", [bare(b"root", b"")]),
        (b"Alice <>", [named(b"Alice", b"", b"")]),
        (b"<@>", [MailAddress(None, b"@", b"", b"")]),
        (b"@b", [bare(b"", b"b")]),
        (b"a@", [bare(b"a", b"")]),
        (b"a@b@c", [bare(b"a@b", b"c")]),
        (b"<a@b", [bare(b"a", b"b")]),
        (b"<a@b, c@d", [bare(b"a", b"b"), bare(b"c", b"d")]),
        (b"a@b>", [bare(b"a", b"b")]),
        (b"A <a@b> <c@d>", [named(b"A", b"a", b"b"), bare(b"c", b"d")]),
        (b"<<a@b>>", [bare(b"a", b"b")]),
        (b"<a:b@c>", [bare(b"a:b", b"c")]),
        (b",,a@b,,", [bare(b"a", b"b")]),
        (b'"open <a@b>', [bare(b"open <a@b>", b"")]),
        (b'"open\\', [bare(b"open", b"")]),
        (b"a@[open", [bare(b"a", b"[open")]),
        (b"(only a comment)", []),
        (b"\\", [bare(b"\\", b"")]),
    ],
)
def test_what_is_broken_is_read_as_far_as_it_makes_sense(value: bytes, expected: list[MailAddress]) -> None:
    assert addresses(value) == expected


@pytest.mark.parametrize("one", [b"a@b,", b"a,", b"x:;"])
def test_no_field_gives_more_addresses_than_the_limit(one: bytes) -> None:
    assert len(addresses(one * (2 * MAX_ADDRESSES))) in (MAX_ADDRESSES, MAX_ADDRESSES + 1)


def test_a_group_that_the_limit_cuts_is_ended_all_the_same() -> None:
    assert addresses(b"g:" + b"a@b," * (2 * MAX_ADDRESSES))[-1] == GROUP_END


def test_one_odd_address_does_not_spend_the_room_of_the_usual_ones() -> None:
    assert len(addresses(b"a (b) c @ d," + b"a@b," * 4000)) == 4001


@pytest.mark.parametrize(
    "value", [b"(" * 100_000, b"<@" + b"," * 100_000, b'"\\' * 50_000, b"a " * 100_000, b"[" * 99_999]
)
def test_no_input_costs_more_than_its_length(value: bytes) -> None:
    assert len(addresses(value)) <= 1


@given(st.text('a@<>,:;()[]".\\ \t\r\né').map(lambda text: text.encode()))
def test_anything_is_read(value: bytes) -> None:
    depth = 0
    for _, _, mailbox, host in addresses(value):
        if host is None:
            depth += 1 if mailbox is not None else -1
        assert depth in (0, 1)
    assert depth == 0


def test_specs_for_comparison_leave_out_groups_and_halves() -> None:
    assert addr_specs(b"G: A <Alice@EXAMPLE.org>, root;, b@c") == ["Alice@example.org", "b@c"]


def test_specs_of_utf8_are_text() -> None:
    assert addr_specs("たより@例.jp".encode()) == ["たより@例.jp"]
