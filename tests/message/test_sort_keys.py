"""What SORT compares, out of an envelope. RFC 5256 section 3, RFC 5957 section 3."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.message.envelope import envelope
from tayori.message.sort_keys import SortKeys, sort_keys

EMPTY = ("", False, "", "", "", "", "")


def keys(*fields: tuple[bytes, bytes]) -> SortKeys:
    return sort_keys(envelope(fields))


def test_a_message_without_fields_has_empty_keys() -> None:
    assert keys() == EMPTY


def test_the_first_address_of_each_list_counts() -> None:
    said = keys(
        (b"From", b"Bob B <Bob@example.org>, x@example.org"),
        (b"Sender", b"Secretary <s@example.org>"),
        (b"To", b"Ann@Example.org, Zoe <z@example.org>"),
        (b"Cc", b"Carl@example.org, d@example.org"),
        (b"Bcc", b"e@example.org"),
        (b"Subject", b"Re: One"),
    )
    assert said == ("one", True, "bob", "ann", "carl", "bob b", "ann@example.org")


SHOWN = [
    (b"=?utf-8?Q?=C3=89mile?= <e@example.org>", "\u00e9mile"),
    (b'"O \\"X\\" Neil" <e@example.org>', 'o "x" neil'),
    (b'" " <e@example.org>', "e@example.org"),
    ("\u00c9mile <e@example.org>".encode(), "\u00e9mile"),  # a literal
    (b"Friends: a@example.org, b@example.org;", "friends"),
    (b"Nobody:;", "nobody"),
    (b"nonsense", "nonsense"),
]


@pytest.mark.parametrize(("address", "shown"), SHOWN)
def test_what_is_shown_of_an_address(address: bytes, shown: str) -> None:
    assert keys((b"From", address)).display_from == shown


def test_a_group_sorts_by_its_name() -> None:
    assert keys((b"To", b"Friends: a@example.org;")).to == "friends"


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=60))
def test_any_subject_leaves_the_addresses_where_they_are(subject: bytes, date: bytes, name: bytes) -> None:
    said = keys((b"Date", date), (b"Subject", subject), (b"Cc", b"carl@example.org"), (b"Message-ID", name))
    assert (said.from_, said.cc, said.to) == ("", "carl", "")


@given(st.binary(max_size=100))
def test_what_is_no_envelope_is_read_without_a_fault(octets: bytes) -> None:
    assert len(sort_keys(octets)) == len(EMPTY)
