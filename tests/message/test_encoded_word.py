"""Encoded words and parameters of the header."""

from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.message.encoded_word import decode, encode, parameters


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b" plain text", "plain text"),
        (b"=?utf-8?Q?caf=C3=A9_au_lait?=", "café au lait"),
        (b"=?UTF-8?b?5p2x5Lqs?=", "東京"),
        (b"=?utf-8*fr?q?caf=C3=A9?=", "café"),
        (b"a =?utf-8?Q?b?= c", "a b c"),
        (b"=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),
        (b"=?utf-8?Q?a?=\r\n =?iso-8859-1?Q?=E9?=", "aé"),
        (b"=?utf-8?Q?a_?= =?utf-8?Q?b?=", "a b"),
        (b"=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),
        (b"=?utf-8?Q?=E6=9D?= =?utf-8?Q?=B1?=", "東"),
        (b'"=?utf-8?Q?caf=C3=A9?=" <a@b>', '"café" <a@b>'),
        (b"=?utf-8?Q?two words?=", "two words"),
        (b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        (b"=?utf-8?Q?open", "=?utf-8?Q?open"),
        (b"=?no-such-charset?Q?caf=C3=A9?=", "café"),
        (b"=?iso-8859-1?Q?=93=8C=8B=9E=81A=91=E5=8D=E3?=", "東京、大阪"),
        (b"caf\xc3\xa9", "café"),
        (b"caf\xe9 =?utf-8?Q?=C3=A9?=", "café é"),
        (b"=?utf-8?Q??=", ""),
        (b"", ""),
    ],
)
def test_a_value_is_decoded(value: bytes, expected: str) -> None:
    assert decode(value) == expected


@pytest.mark.parametrize("text", ["plain", "", "a (b) <c>"])
def test_plain_text_is_encoded_as_itself(text: str) -> None:
    assert encode(text) == text.encode()


@pytest.mark.parametrize("text", ["é", "=?looks like one?=", "a\r\nBcc: b@c", "東京" * 50, "\ud800"])
def test_other_text_is_encoded_in_words_of_seventy_five_octets(text: str) -> None:
    words = encode(text).split(b"\r\n ")
    assert all(word.startswith(b"=?utf-8?B?") and word.endswith(b"?=") and len(word) <= 75 for word in words)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_what_is_encoded_is_read_back_by_us_and_by_the_stdlib(text: str) -> None:
    encoded = encode(text)
    if encoded != text.encode():
        assert decode(encoded) == text
        assert str(make_header(decode_header(encoded.decode()))) == text


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([(b"FILENAME", b"a.txt")], {"filename": "a.txt"}),
        ([(b"FILENAME*", b"utf-8''%E6%9D%B1.txt")], {"filename": "東.txt"}),
        ([(b"FILENAME*", b"utf-8'ja'%E6%9D%B1.txt"), (b"FILENAME", b"x")], {"filename": "東.txt"}),
        (
            [(b"FILENAME*0*", b"utf-8''%E6%9D"), (b"FILENAME*1*", b"%B1.t"), (b"FILENAME*2", b"%xt")],
            {"filename": "東.t%xt"},
        ),
        ([(b"NAME*1", b"b"), (b"NAME*0", b"a"), (b"NAME*10", b"c")], {"name": "abc"}),
        ([(b"NAME*", b"no charset")], {"name": "no charset"}),
        ([(b"NAME*", b"%82%A0%82%A2")], {"name": "あい"}),
        ([(b"NAME", b"=?utf-8?B?5p2x?="), (b"NAME", b"second")], {"name": "東"}),
        ([(b"NAME", b"\xe6\x9d\xb1")], {"name": "東"}),
        ([(b"N*A*ME", b"x"), (b"*", b"y"), (b"\xff", b"z")], {"n": "x", "": "y", "\ufffd": "z"}),
        ([], {}),
    ],
)
def test_parameters_are_joined_and_decoded(pairs: list[tuple[bytes, bytes]], expected: dict[str, str]) -> None:
    assert parameters(pairs) == expected


@given(st.text("=?utf-8QB*'%_1A é\n").map(str.encode))
def test_anything_is_read(value: bytes) -> None:
    assert isinstance(decode(value), str)
    assert parameters([(value, value)])
