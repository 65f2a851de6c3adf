"""The digest: whatever the bytes, and the same in both forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.message.digest import MAX_REFERENCES, digest
from tayori.message.envelope import bodystructure, envelope
from tayori.message.structure import parse

MESSAGE = b"""\
Date: Tue, 24 Nov 2026 14:49:00 +0900
Message-ID: <3@x>
In-Reply-To: <2@x> (yours)
References: <1@x>
 <2@x>
Subject: a

body
"""
LINES = [
    b"Content-Type: multipart/mixed; boundary=b",
    b"Content-Type: multipart/digest; boundary=bb",
    b"Content-Type: message/rfc822",
    b"Content-Type: text/html; charset=\"utf-8",
    b"From: a@b, (c) <d@e> G: f;",
    b"Subject: \xe9\x00",
    b" folded",
    b"Date: Tue, 24 Nov 2026 05:49:00 +0000",
    b"--b",
    b"--bb",
    b"--bb--",
    b"--b--",
    b"",
    b"",
    b"text \xff\x00",
]  # fmt: skip
messages = st.lists(st.sampled_from(LINES), max_size=25).map(b"\n".join)


def test_a_digest_says_what_the_catalog_keeps() -> None:
    made, root = digest(MESSAGE), parse(MESSAGE)
    assert (made.envelope, made.bodystructure) == (envelope(root.fields), bodystructure(root))
    assert (made.wire_size, made.header_size) == (len(MESSAGE), len(MESSAGE) - len(b"body\n"))
    assert (made.sent, made.sent_zone) == (1795499340, 540)
    assert (made.message_id, made.references) == (b"<3@x>", b"<1@x> <2@x>")


def test_with_bare_lf_the_size_is_that_of_the_form_with_crlf_and_the_header_as_given() -> None:
    made = digest(MESSAGE, bare_lf=True)
    assert made.wire_size == len(MESSAGE) + MESSAGE.count(b"\n")
    assert made.header_size == len(MESSAGE) - len(b"body\n")


def test_without_references_the_one_replied_to_stands_for_them() -> None:
    assert digest(b"In-Reply-To: yours of today <1@x> <2@x>\n\n").references == b"<1@x>"


def test_a_message_without_a_header_has_no_date_and_no_identifier() -> None:
    made = digest(b"\n")
    assert (made.sent, made.sent_zone, made.message_id, made.references) == (None, 0, b"", b"")


@pytest.mark.parametrize("header", [b"Date: tomorrow", b"Date:", b"Message-ID: 3@x", b"Message-ID: <3 @x>"])
def test_what_makes_no_sense_counts_as_missing(header: bytes) -> None:
    made = digest(header + b"\n\n")
    assert (made.sent, made.message_id) == (None, b"")


def test_of_many_references_the_nearest_are_kept() -> None:
    header = b"References:" + b"".join(b"\n <%d@x>" % number for number in range(2 * MAX_REFERENCES))
    kept = digest(header + b"\n\n").references.split()
    assert (len(kept), kept[-1]) == (MAX_REFERENCES, b"<%d@x>" % (2 * MAX_REFERENCES - 1))


@given(st.binary())
def test_any_bytes_have_a_digest(raw: bytes) -> None:
    assert digest(raw).wire_size == len(raw)


@given(messages)
def test_both_forms_of_a_message_have_the_same_digest(raw: bytes) -> None:
    whole, folded = digest(raw.replace(b"\n", b"\r\n")), digest(raw, bare_lf=True)
    whole.header_size = folded.header_size = 0  # as given, so not the same
    assert whole == folded


@given(messages)
def test_parts_lie_within_what_holds_them_and_do_not_overlap(raw: bytes) -> None:
    waiting = [parse(raw)]
    while waiting:
        part = waiting.pop()
        assert part.header_start <= part.header_end <= part.body_end
        inside = part.children or ([part.embedded] if part.embedded else [])
        marks = [
            part.header_end,
            *(mark for each in inside for mark in (each.header_start, each.body_end)),
            part.body_end,
        ]
        assert marks == sorted(marks)
        waiting += inside
