"""Japanese as mailers really send it: ISO-2022-JP, EUC-JP and Shift_JIS with what their standards leave out."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.message import euc_jp, iso_2022_jp, jis
from tayori.message.charset import decode
from tayori.message.text import fold

KANJI, ASCII = b"\x1b$B", b"\x1b(B"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (KANJI + b"El5~" + ASCII, "東京"),
        (b"a" + KANJI + b"El5~" + ASCII + b"b", "a東京b"),
        (b"\x1b$@El5~\x1b(J", "東京"),
        (b"\x1b&@\x1b$BEl" + ASCII, "東"),
        (b"\x1b$(BEl" + ASCII, "東"),
        (KANJI + b"-!-j" + ASCII, "①㈱"),
        (KANJI + b"|b" + ASCII, "髙"),
        (KANJI + b"\x96~" + ASCII, "髙"),
        (KANJI + b"-5-@-b" + ASCII, "Ⅰ㍉№"),
        (b"\x1b(IR0Y" + ASCII, "ﾒｰﾙ"),
        (b"\x0eR0Y\x0f a", "ﾒｰﾙ a"),
        (KANJI + b"El\x0eR0Y\x0f5~" + ASCII, "東ﾒｰﾙ京"),
        (b"\xd2\xb0\xd9" + KANJI + b"El" + ASCII, "ﾒｰﾙ東"),
        (KANJI + b"El\xd2\xb0\xd95~" + ASCII, "東ﾒｰﾙ京"),
        (b"\x1b(J\\~a" + ASCII + b"\\~", "¥‾a\\~"),
        (b"\x1b(H\\" + ASCII, "¥"),
        (b"\x1b$(D0!" + ASCII, "丂"),
        (b"\x1b$ANR" + ASCII, "我"),
        (b"\x1b$(C0!" + ASCII, "가"),
        (b"\x1b$(O-!\x1b$(Q.!\x1b$(P!!" + ASCII, "①俱𠂉"),
        (KANJI + b"El 5~" + ASCII, "東 京"),
        (KANJI + b"El\x7f\x7f" + ASCII, "東\x7f\x7f"),
        (KANJI + b"El\nEl", "東\nEl"),
        (KANJI + b"ElE", "東E"),
        (KANJI + b")!" + ASCII, "\ufffd"),
        (b"\x1b(Zabc\x1b", "abc"),
        (b"\x1bxabc", "xabc"),
        (b"\xff", "\ufffd"),
        (b"", ""),
    ],
)
def test_iso_2022_jp(content: bytes, expected: str) -> None:
    assert iso_2022_jp.decode(content) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\xc5\xec\xb5\xfe", "東京"),
        (b"\xad\xa1\xad\xea", "①㈱"),
        (b"\xfc\xe2", "髙"),
        (b"\x8e\xd2\x8e\xb0\x8e\xd9", "ﾒｰﾙ"),
        (b"\x8f\xb0\xa1", "丂"),
        (b"a\xc5", "a\ufffd"),
        (b"\x8e", "\ufffd"),
        (b"\xc5\xec a", "東 a"),
    ],
)
def test_euc_jp(content: bytes, expected: str) -> None:
    assert euc_jp.decode(content) == expected


@pytest.mark.parametrize("text", ["①㈱髙", "ﾒｰﾙ", "～−", "表示", "ソ十能"])
@pytest.mark.parametrize("label", ["Shift_JIS", "windows-31j", "cp932", None])
def test_shift_jis_is_cp932(text: str, label: str | None) -> None:
    content = (text + "です。").encode("cp932", "replace")
    assert decode(content, label) == content.decode("cp932")


@pytest.mark.parametrize("name", ["iso2022_jp", "euc_jp"])
@given(text=st.text(st.characters(codec="iso2022_jp", exclude_characters="\n\x1b\x0e\x0f¥‾〜‖−—")))
def test_what_the_stdlib_writes_is_read_as_it_was(name: str, text: str) -> None:
    read = {"iso2022_jp": iso_2022_jp.decode, "euc_jp": euc_jp.decode}[name](text.encode(name))
    assert normalize("NFKC", read) == normalize("NFKC", text)  # CP932 has ￢￠￡ for ¬¢£


@given(st.lists(st.tuples(st.integers(0x21, 0x7E), st.integers(0x21, 0x7E))))
def test_every_cell_is_what_cp932_has_there(cells: list[tuple[int, int]]) -> None:
    run = bytes(octet for cell in cells for octet in cell)
    assert len(jis.kanji_text(run)) == len(cells)


@given(st.binary())
def test_anything_is_read(content: bytes) -> None:
    assert isinstance(iso_2022_jp.decode(content) + euc_jp.decode(content) + jis.kanji_text(content), str)


@pytest.mark.parametrize(
    ("content", "label", "query"),
    [
        (KANJI + b"El5~ETD#" + ASCII, "iso-2022-jp", "東京"),
        (KANJI + b"El5~" + ASCII, "iso-2022-jp", "東"),
        (b"\x1b(IR0Y" + ASCII, "iso-2022-jp", "メール"),
        (KANJI + b"%a!<%k" + ASCII, "iso-2022-jp", "ﾒｰﾙ"),
        (KANJI + b"-j" + ASCII, "iso-2022-jp", "(株)"),
        (KANJI + b"-!" + ASCII, "us-ascii", "1"),
        (KANJI + b"#I#N#V#O#I#C#E" + ASCII, "iso-2022-jp", "invoice"),
        (KANJI + b"El\r\n5~" + ASCII, "iso-2022-jp", "東"),
        ("10時〜11時".encode("euc_jp"), "euc-jp", "10時～11時"),
        ("東京\r\n都".encode("cp932"), None, "東京都"),
        ("¥1000".encode(), "utf-8", "￥1000"),
        ("が".encode(), "utf-8", "か\u3099"),
    ],
)
def test_what_is_looked_for_is_found(content: bytes, label: str | None, query: str) -> None:
    assert fold(query) in fold(decode(content, label))
