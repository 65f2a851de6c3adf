"""Japanese is found as people look for it: whatever charset a mail came in, and whatever the search is asked in.

A table of messages as mailers really send them, and one of searches; each search is asked in every charset that has
its characters, once while messages are read and once when the keeper may have put their text by.
"""

import base64
import imaplib
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from aids.one_process import in_thread, server

ASCII, KANJI, KANA = b"\x1b(B", b"\x1b$B", b"\x1b(I"  # escape sequences; the last is half-width katakana's


def jis(text: str) -> bytes:
    """As Outlook and its like encode ISO-2022-JP: NEC's ①㈱髙 in JIS X 0208, half-width kana in a set of their own."""
    said, designated = b"", ASCII
    for char in text:
        octets = char.encode("cp932")
        wanted = KANJI if len(octets) == 2 else KANA if "｡" <= char <= "ﾟ" else ASCII
        said += wanted if wanted != designated else b""
        said += _pair(char, octets) if wanted == KANJI else bytes([octets[0] & 0x7F])
        designated = wanted
    return said if designated == ASCII else said + ASCII


def _pair(char: str, octets: bytes) -> bytes:
    first, second = b"\xee\xe0" if char == "髙" else octets  # IBM's place for it has no JIS row, NEC's has
    row = (first - (0xC1 if first >= 0xE0 else 0x81)) * 2 + 0x21
    if second >= 0x9F:
        return bytes([row + 1, second - 0x7E])
    return bytes([row, second - 0x1F - (second > 0x7F)])


def mail(subject: str, body: str, label: str, encode: Callable[[str], bytes], named: str = "") -> bytes:
    word = b"=?%b?B?%b?=" % ((named or label).encode(), base64.b64encode(encode(subject)))
    kind = b"Content-Type: text/plain" + (b"; charset=" + label.encode() if label else b"")
    head = b"From: a@example.net\r\nSubject: %b\r\nMIME-Version: 1.0\r\n%b\r\n" % (word, kind)
    return (
        head + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(encode(body)).replace(b"\n", b"\r\n")
    )


def utf8(text: str) -> bytes:
    return text.encode()


def sjis(text: str) -> bytes:
    return text.encode("cp932")


def euc(text: str) -> bytes:
    return text.encode("euc_jp")


MESSAGES = [  # their numbers begin at 1
    mail("会議の資料①", "㈱東京商事 髙橋様\r\nお世話になっております。", "ISO-2022-JP", jis),
    mail("ﾒｰﾙの件", "半角ｶﾅで失礼します", "iso-2022-jp", jis),
    mail("請求書", "東京都千代田区の請求書です", "Shift_JIS", sjis),
    mail("日程", "京都と大阪、東と西", "EUC-JP", euc),
    mail("ＩＮＶＯＩＣＥ", "メールで送ります\r\n東\r\n京タワー", "UTF-8", utf8),
    mail("unlabelled", "無印の東京です", "", sjis, "Shift_JIS"),
    mail("mislabelled", "嘘のラベルの大阪です", "us-ascii", utf8, "UTF-8"),
    mail("が NFD", unicodedata.normalize("NFD", "データベースのバックアップ"), "UTF-8", utf8),
    mail("波線〜", "一〜二", "UTF-8", utf8),
    mail("波線～", "一～二", "Shift_JIS", sjis),
]

SEARCHES = [  # key, text, numbers of the messages
    ("TEXT", "東京", {1, 3, 5, 6}),
    ("TEXT", "東", {1, 3, 4, 5, 6}),
    ("BODY", "京都", {3, 4}),
    ("TEXT", "メール", {2, 5}),
    ("TEXT", "ﾒｰﾙ", {2, 5}),
    ("SUBJECT", "メール", {2}),
    ("SUBJECT", "invoice", {5}),
    ("SUBJECT", "Ｉｎｖｏｉｃｅ", {5}),
    ("SUBJECT", "①", {1}),
    ("TEXT", "㈱東京", {1}),
    ("BODY", "(株)東京商事", {1}),
    ("TEXT", "髙橋", {1}),
    ("BODY", "カナ", {2}),
    ("TEXT", "大阪", {4, 7}),
    ("BODY", "バックアップ", {8}),
    ("TEXT", "一～二", {9, 10}),
    ("TEXT", "請求書", {3}),
    ("BODY", "名古屋", set()),
]
CHARSETS: dict[str, Callable[[str], bytes]] = {"UTF-8": utf8, "ISO-2022-JP": jis, "SHIFT_JIS": sjis, "EUC-JP": euc}


def asked(client: imaplib.IMAP4, charset: str, key: str, text: bytes) -> set[int]:
    client.literal = text  # type: ignore[assignment]  # typeshed's mistake: it is sent as it is
    code, found = client.search(charset, key)
    assert code == "OK", found
    return {int(number) for number in found[0].split()}


def answers(port: int) -> list[tuple[str, str, str, set[int]]]:
    """(charset, key, text, found) where something else was found than the table says."""
    with imaplib.IMAP4("127.0.0.1", port, timeout=30) as client:
        client.login("alice@localhost", "any")
        for each in MESSAGES:
            client.append("INBOX", "", "", each)
        client.select("INBOX", readonly=True)
        wrong = []
        for charset, key, text, wanted in ((name, *row) for row in SEARCHES for name in CHARSETS):
            try:
                octets = CHARSETS[charset](text)
            except UnicodeEncodeError:  # the charset has no such character
                continue
            found = asked(client, charset, key, octets)
            if found != wanted:
                wrong.append((charset, key, text, found))
        return wrong


async def test_each_search_finds_what_a_reader_of_japanese_would(tmp_path: Path) -> None:
    async with server(tmp_path / "data") as clients:
        assert await in_thread(lambda: answers(clients.port("imap"))) == []


@pytest.mark.parametrize("text", ["会議①", "㈱髙ﾒｰﾙ", "plain"])
def test_the_tables_own_encoder_makes_what_pythons_decoder_reads(text: str) -> None:
    """Python knows no ①㈱髙 in ISO-2022-JP; what it knows must come back the same."""
    plain = "".join(char for char in text if char not in "①㈱髙")
    assert jis(plain).decode("iso2022_jp_ext") == plain
