"""Charsets: what labels mean, and what is guessed where they mean nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.message.charset import codec, decode, exactly


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (None, "ascii"),
        ("", "ascii"),
        ("us-ascii", "ascii"),
        ("unknown-8bit", "ascii"),
        (b"UTF-8", "utf_8"),
        ('"utf-8"', "utf_8"),
        ("iso-8859-1", "cp1252"),
        ("ISO-8859-15", "iso8859_15"),
        ("windows-1252", "cp1252"),
        ("gb2312", "gb18030"),
        ("ks_c_5601-1987", "cp949"),
        ("Shift_JIS", "cp932"),
        ("windows-31j", "cp932"),
        ("x-sjis", "cp932"),
        ("EUC-JP", "euc_jp"),
        ("cp51932", "euc_jp"),
        ("iso-2022-jp", "iso2022_jp"),
        ("ISO-2022-JP-2", "iso2022_jp"),
        ("cp50220", "iso2022_jp"),
        ("koi8-r", "koi8_r"),
        (b"\xff", "ascii"),
        ("base64", None),
        ("zlib", None),
        ("no such", None),
        ("x" * 10_000, None),
    ],
)
def test_a_label_means_a_charset(label: str | bytes | None, expected: str | None) -> None:
    assert codec(label) == expected


@pytest.mark.parametrize(
    ("text", "name", "label"),
    [
        ("“café” €", "cp1252", "iso-8859-1"),
        ("привет", "koi8_r", "koi8-r"),
        ("привет", "cp1251", "windows-1251"),
        ("你好", "gb18030", "gb2312"),
        ("你好", "hz", "hz-gb-2312"),
        ("你好", "big5", "big5"),
        ("안녕", "cp949", "euc-kr"),
        ("안녕", "iso2022_kr", "iso-2022-kr"),
        ("สวัสดี", "cp874", "tis-620"),
        ("é", "utf_16", "utf-16"),
        ("é", "utf_7", "utf-7"),
        ("é", "utf_8_sig", "utf-8"),
    ],
)
def test_a_label_that_fits_is_taken_at_its_word(text: str, name: str, label: str) -> None:
    assert decode(text.encode(name), label) == text


@pytest.mark.parametrize("label", [None, "us-ascii", "unknown-8bit", "no such", "utf-8"])
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("plain", "ascii"),
        ("café – naïve", "utf_8"),
        ("café, français, Grüße, à Paris", "cp1252"),
        ("ÄÖÜ ÄÖÜ", "cp1252"),
        ("東京へ行きました。", "cp932"),
        ("東京へ行きました。", "euc_jp"),
        ("東京へ行きました。", "iso2022_jp"),
        ("東京へ行きました。", "utf_8"),
        ("会議", "cp932"),
    ],
)
def test_without_a_label_that_fits_the_charset_is_guessed(text: str, name: str, label: str | None) -> None:
    assert decode(text.encode(name), label) == text


@pytest.mark.parametrize("label", ["iso-8859-1", "utf-8", "shift_jis", "euc-jp", "us-ascii"])
def test_the_escapes_of_iso_2022_jp_tell_more_than_a_label(label: str) -> None:
    assert decode("東京".encode("iso2022_jp"), label) == "東京"


def test_iso_2022_jp_without_escapes_is_guessed() -> None:
    assert decode("東京へ".encode(), "iso-2022-jp") == "東京へ"


def test_one_wrong_octet_does_not_belie_a_label() -> None:
    assert decode("東京へ行き".encode() + b"\xff", "utf-8") == "東京へ行き\ufffd"


def test_what_is_nothing_else_is_windows_1252() -> None:
    assert decode(b"\x81\xff") == "\ufffdÿ"


@given(st.binary(), st.sampled_from([None, "utf-8", "iso-2022-jp", "euc-jp", "cp932", "utf-7", "utf-16", "hz", "x"]))
def test_anything_is_read(content: bytes, label: str | None) -> None:
    assert isinstance(decode(content, label), str)


@given(st.binary())
def test_no_label_fails(label: bytes) -> None:
    assert decode(b"plain", label).isprintable()


@pytest.mark.parametrize(
    ("text", "name", "label"),
    [
        ("便り", "utf-8", "UTF-8"),
        ("a\ufffdb", "utf-8", "UTF-8"),
        ("plain", "ascii", "us-ascii"),
        ("会議の資料", "iso2022_jp", "ISO-2022-JP"),
        ("ソ①", "cp932", "Shift_JIS"),
        ("便り", "euc_jp", "EUC-JP"),
    ],
)
def test_what_is_in_a_charset_is_read_in_it(text: str, name: str, label: str) -> None:
    assert exactly(text.encode(name), label) == text


@pytest.mark.parametrize(
    ("content", "label"),
    [
        (b"\xe9", "us-ascii"),
        (b"\xe9", "utf-8"),
        (b"\xe9", "shift_jis"),
        (b"\xff", "euc-jp"),
        (b"\xe9", "iso-2022-jp"),
        (b"a", "x-nobody"),
    ],
)
def test_what_is_not_in_a_charset_is_not_guessed(content: bytes, label: str) -> None:
    with pytest.raises(ValueError):
        exactly(content, label)
