"""ENVELOPE, BODY and BODYSTRUCTURE as wire bytes."""

import pytest

from tayori.message.envelope import body, bodystructure, envelope, nstring, string
from tayori.message.header import fields
from tayori.message.structure import parse


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"", b'""'),
        (b"a b\t(c)", b'"a b\t(c)"'),
        (b'a "b" \\', b'"a \\"b\\" \\\\"'),
        (b"caf\xc3\xa9", b"{5}\r\ncaf\xc3\xa9"),
        (b"a\rb", b"{3}\r\na\rb"),
        (b"a\x00b", b"{2}\r\nab"),
        (b"a\n", b"{2}\r\na\n"),
        (b"\x7f", b'"\x7f"'),
    ],
)
def test_a_string_is_quoted_when_it_can_be(value: bytes, expected: bytes) -> None:
    assert string(value) == expected


def test_nothing_is_nil() -> None:
    assert nstring(None) == b"NIL"


def enveloped(header: bytes) -> bytes:
    return envelope(fields(header))


def test_an_envelope_of_all_fields() -> None:
    header = (
        b"Date: Tue, 24 Nov 2026 05:49:00 +0000\nSubject: a\n \xe9\nFrom: A <a@b>\nSender: s@b\nReply-To: r@b\n"
        b"To: t@b\nCc: c@b, G: g@b;\nBcc: b@b\nIn-Reply-To: <1@b>\nMessage-ID: <2@b>\n"
    )
    assert enveloped(header) == (
        b'("Tue, 24 Nov 2026 05:49:00 +0000" {3}\r\na \xe9 (("A" NIL "a" "b")) ((NIL NIL "s" "b")) ((NIL NIL "r" "b"))'
        b' ((NIL NIL "t" "b")) ((NIL NIL "c" "b")(NIL NIL "G" NIL)(NIL NIL "g" "b")(NIL NIL NIL NIL))'
        b' ((NIL NIL "b" "b")) "<1@b>" "<2@b>")'
    )


def test_an_envelope_of_nothing_is_all_nil() -> None:
    assert enveloped(b"") == b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"


@pytest.mark.parametrize("header", [b"From: a@b\n", b"From: a@b\nSender:\nReply-To: \n"])
def test_sender_and_reply_to_are_the_author_where_they_lack(header: bytes) -> None:
    author = b'((NIL NIL "a" "b"))'
    assert enveloped(header) == b"(NIL NIL %b %b %b NIL NIL NIL NIL NIL)" % (author, author, author)


def test_texts_that_are_there_but_empty_are_empty_and_not_nil() -> None:
    assert enveloped(b"Date:\nSubject: \nIn-Reply-To:\nMessage-ID:\nTo:\n") == (
        b'("" "" NIL NIL NIL NIL NIL NIL "" "")'
    )


def test_of_a_field_that_stands_twice_the_first_counts() -> None:
    assert enveloped(b"Subject: one\nSubject: two\nFrom: a@b\nFrom: c@d\n").startswith(
        b'(NIL "one" ((NIL NIL "a" "b")) '
    )


def test_recipients_of_several_fields_all_count() -> None:
    assert b'((NIL NIL "a" "b")(NIL NIL "c" "d"))' in enveloped(b"To: a@b\nTo: c@d\n")


def test_an_address_without_a_host_is_no_group() -> None:
    assert b'((NIL NIL "root" ""))' in enveloped(b"To: root\n")


def test_a_text_has_its_lines_counted() -> None:
    part = parse(b"Content-Type: text/plain; charset=utf-8\n\none\ntwo\n", bare_lf=True)
    assert body(part) == b'("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" 10 2)'
    assert bodystructure(part) == b'("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" 10 2 NIL NIL NIL NIL)'


def test_a_basic_part_says_all_it_has() -> None:
    part = parse(
        b"Content-Type: image/png; name=a\nContent-ID: <i@d>\nContent-Description: d\nContent-MD5: m\n"
        b"Content-Transfer-Encoding: base64\nContent-Disposition: inline; filename=a\n"
        b"Content-Language: en, ja\nContent-Location: l\n\nAAAA"
    )
    plain = b'("IMAGE" "PNG" ("NAME" "a") "<i@d>" "d" "BASE64" 4'
    assert body(part) == plain + b")"
    assert bodystructure(part) == plain + b' "m" ("INLINE" ("FILENAME" "a")) ("en" "ja") "l")'


def test_a_multipart_has_its_parts_before_its_name() -> None:
    part = parse(
        b"Content-Type: multipart/mixed; boundary=b\nContent-Disposition: inline\n\n--b\n\n1\n--b\n\n2\n--b--\n"
    )
    text = b'("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 1 0'
    assert body(part) == b'(%b)%b) "MIXED")' % (text, text)
    more = text + b" NIL NIL NIL NIL"
    assert bodystructure(part) == b'(%b)%b) "MIXED" ("BOUNDARY" "b") ("INLINE" NIL) NIL NIL)' % (more, more)


def test_a_message_has_its_envelope_its_structure_and_its_lines() -> None:
    part = parse(b"Content-Type: message/rfc822\n\nSubject: in\n\nbody\n", bare_lf=True)
    inner = b'("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 6 1'
    envelope_inside = b'(NIL "in" NIL NIL NIL NIL NIL NIL NIL NIL)'
    outer = b'("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 21 '
    assert body(part) == outer + b"%b %b) 3)" % (envelope_inside, inner)
    assert bodystructure(part) == outer + b"%b %b NIL NIL NIL NIL) 3 NIL NIL NIL NIL)" % (envelope_inside, inner)


def test_parameters_cut_into_sections_are_told_whole() -> None:
    part = parse(
        b"Content-Type: image/png; name*0=a; name*1=b\n"
        b"Content-Disposition: attachment; filename*0*=utf-8''%C3%A4; filename*1=\" b\"\n\nAAAA"
    )
    assert b'("NAME" "ab") NIL' in body(part)
    assert b'("ATTACHMENT" ("FILENAME*" "utf-8\'\'%C3%A4%20b"))' in bodystructure(part)
