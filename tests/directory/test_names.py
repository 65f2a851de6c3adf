"""Addresses and domains in the form they are kept in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.directory import names
from tayori.model import Address


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("example.org", "example.org"),
        (" Example.ORG. ", "example.org"),
        ("localhost", "localhost"),
        ("XN--R8JZ45G.example", "例え.example"),
        ("例え.Example", "例え.example"),
        ("B\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example", "bücher.example"),
        ("Bu\N{COMBINING DIAERESIS}cher.example", "bücher.example"),
    ],
)
def test_a_domain_has_one_form(text: str, kept: str) -> None:
    assert names.domain(text) == kept


@pytest.mark.parametrize(
    "text", ["", ".", "a..b", "a b", "-a", "a-", "a_/b", "xn--a", "ü" * 64 + ".example", "a" * 256]
)
def test_what_is_no_domain_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no domain name"):
        names.domain(text)


@given(st.text())
def test_a_kept_domain_is_its_own_form(text: str) -> None:
    try:
        kept = names.domain(text)
    except ValueError:
        return
    assert names.domain(kept) == kept


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Alice@Example.org", Address("alice", "example.org")),
        ("a.b+c@example.org", Address("a.b+c", "example.org")),
        ("Åse@example.org", Address("åse", "example.org")),
    ],
)
def test_an_address_has_one_form(text: str, address: Address) -> None:
    assert names.address(text) == address


@pytest.mark.parametrize(
    "text",
    ["alice", "@example.org", "a b@example.org", 'a"b@example.org', "a@b@example.org", "a" * 65 + "@a.b", "a\x7f@b"],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        names.address(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Sales@Example.org", Address("sales", "example.org")),
        ("@Example.org", Address("", "example.org")),
        ("Postmaster", Address("postmaster", "")),
    ],
)
def test_an_alias_may_be_a_catch_all_or_the_servers_postmaster(text: str, address: Address) -> None:
    assert names.alias(text) == address


def test_an_address_off_the_wire_is_folded() -> None:
    assert names.folded(Address("ALICE", "Example.org")) == Address("alice", "example.org")


@pytest.mark.parametrize(
    ("address", "key"),
    [(Address("a", "b.c"), "a@b.c"), (Address("", "b.c"), "@b.c"), (Address("postmaster", ""), "postmaster")],
)
def test_every_address_has_a_key_of_its_own(address: Address, key: str) -> None:
    assert names.account(address) == key
