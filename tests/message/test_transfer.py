"""Transfer encodings undone, the well-formed and the rest."""

import base64
import binascii
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.message.transfer import decode


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"SGVsbG8=", b"Hello"),
        (b"SGVs\r\nbG8=\r\n", b"Hello"),
        (b"SGVsbG8", b"Hello"),
        (b"SGVsbG8hA", b"Hello!"),
        (b"S G*V\xffs-b_G8=", b"Hello"),
        (b"SGVs\nbG8=\nV29ybGQ=\n", b"HelloWorld"),
        (b"=SGVsbG8=====", b"Hello"),
        (b"A", b""),
        (b"====", b""),
        (b"", b""),
    ],
)
def test_base64_is_read_tolerantly(content: bytes, expected: bytes) -> None:
    assert decode(content, b"BASE64") == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a=3Db", b"a=b"),
        (b"a=3db=E9", b"a=b\xe9"),
        (b"soft=\r\nbreak=\nhere", b"softbreakhere"),
        (b"soft= \r\nbreak", b"softbreak"),
        (b"padded \t\r\non the \nway\t", b"padded\r\non the\nway"),
        (b"meant=20\r\nto=09\n", b"meant \r\nto\t\n"),
        (b"=ZZ=4", b"=ZZ=4"),
        (b"end=", b"end"),
        (b"under_score", b"under_score"),
    ],
)
def test_quoted_printable_is_read_tolerantly(content: bytes, expected: bytes) -> None:
    assert decode(content, b"QUOTED-PRINTABLE") == expected


@pytest.mark.parametrize("encoding", [b"X-UUENCODE", b"X-UUE", b"UUENCODE"])
def test_uuencode_is_read_between_its_marks(encoding: bytes) -> None:
    content = b"hello\r\nbegin 644 a.txt\r\n%b\r\nnonsense~\r\n!\xff\r\n!0000000000\r\n`\r\nend\r\nbye\r\n"
    assert decode(content % binascii.b2a_uu(b"Hello").strip(), encoding) == b"Hello"


def test_uuencode_that_does_not_end_is_read_to_the_end() -> None:
    assert decode(b"begin 644 a\n" + binascii.b2a_uu(b"Hello"), b"X-UUENCODE") == b"Hello"


def test_uuencode_that_does_not_begin_is_nothing() -> None:
    assert decode(b"just text", b"X-UUENCODE") == b""


@pytest.mark.parametrize("encoding", [b"7BIT", b"8BIT", b"BINARY", b"X-UNKNOWN", b""])
def test_other_encodings_change_nothing(encoding: bytes) -> None:
    assert decode(b"=41\xff", encoding) == b"=41\xff"


@given(st.binary())
def test_what_is_encoded_is_read_back(content: bytes) -> None:
    assert decode(base64.encodebytes(content), b"BASE64") == content
    assert decode(quopri.encodestring(content), b"QUOTED-PRINTABLE") == content


@given(st.binary(), st.sampled_from([b"BASE64", b"QUOTED-PRINTABLE", b"X-UUENCODE"]))
def test_anything_is_read(content: bytes, encoding: bytes) -> None:
    assert len(decode(content, encoding)) <= len(content)
