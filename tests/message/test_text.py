"""The text of whole messages, and how it is folded."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.message import text
from tayori.message.structure import parse
from tayori.message.text import PREVIEW_LENGTH, field_texts, fold, header_text, preview, searchable

MESSAGE = b"""\
From: =?utf-8?Q?Andr=C3=A9?= <a@b>
Subject: =?ISO-2022-JP?B?GyRCRWw1fhsoQg==?=
Content-Type: multipart/mixed; boundary=b

preamble
--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Caf=C3=A9 =
noir
--b
Content-Type: text/html

<p>Gr&uuml;&szlig;e</p><script>hidden</script>
--b
Content-Type: application/pdf; name="=?utf-8?Q?r=C3=A9sum=C3=A9.pdf?="
Content-Disposition: attachment; filename*=utf-8''%E5%B1%A5%E6%AD%B4.pdf
Content-Description: a life
Content-Transfer-Encoding: base64

c2VjcmV0
--b
Content-Type: message/rfc822

Subject: inner subject

inner text
--b--
epilogue
"""


def test_header_fields_are_decoded_a_line_each() -> None:
    assert searchable(MESSAGE)[0].startswith("From: André <a@b>\nSubject: 東京\n")


@pytest.mark.parametrize("words", ["Café noir", "Grüße", "履歴.pdf", "a life", "Subject: inner subject", "inner text"])
def test_the_body_has_all_that_is_read_in_it(words: str) -> None:
    assert words in searchable(MESSAGE)[1]


@pytest.mark.parametrize("words", ["preamble", "epilogue", "hidden", "secret", "c2VjcmV0", "東京"])
def test_the_body_has_nothing_that_is_not_read(words: str) -> None:
    assert words not in searchable(MESSAGE)[1]


def test_both_forms_of_a_message_have_the_same_text() -> None:
    folded, whole = searchable(MESSAGE, bare_lf=True), searchable(MESSAGE.replace(b"\n", b"\r\n"))
    assert [fold(each) for each in folded] == [fold(each) for each in whole]


def test_a_structure_that_is_there_is_not_made_again() -> None:
    root = parse(MESSAGE)
    root.children = root.children[:1]
    assert "inner text" not in searchable(MESSAGE, structure=root)[1]


def test_fields_of_a_name_are_found_in_any_case() -> None:
    assert field_texts(parse(b"X-A: =?utf-8?Q?=C3=A9?=\nx-a: b\nX-B: c\n\n"), b"x-a") == ["é", "b"]


def test_a_header_alone_is_text() -> None:
    assert header_text(parse(b"A: b\n c\n\n")) == "A: b c\n"


def test_html_without_a_label_is_asked_for_its_charset() -> None:
    body = '<meta http-equiv=x content="text/html; charset=koi8-r"><p>привет'.encode("koi8_r")
    assert "привет" in searchable(b"Content-Type: text/html\n\n" + body)[1]


def test_html_with_a_label_is_not_asked() -> None:
    body = '<meta charset=koi8-r><p>привет'.encode("cp1251")  # fmt: skip
    assert "привет" in searchable(b"Content-Type: text/html; charset=windows-1251\n\n" + body)[1]


def test_text_beyond_the_limits_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "MAX_TEXT", 6)
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nfirst part\n--b\n\nsecond\n--b--\n"
    assert searchable(raw)[1] == "first "


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (MESSAGE, "Café noir"),
        (b"\n> quoted\n  > too\nanswer\n\nmore\n", "answer more"),
        (b"Content-Type: text/html\n\n<p>a</p><p>b</p>", "a b"),
        (b"Content-Type: image/png\n\nAAAA", ""),
        (b"Content-Disposition: attachment\n\ntext", ""),
        (b"Content-Disposition: inline\n\ntext", "text"),
        (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n\n--b\n\nsecond\n--b--\n", "second"),
        (b"Content-Type: message/rfc822\n\nSubject: a\n\ninner\n", "inner"),
        (b"\n" + b"word " * 100, "word " * (PREVIEW_LENGTH // 5)),
        (b"", ""),
    ],
)
def test_a_preview_is_the_first_words_written(raw: bytes, expected: str) -> None:
    assert preview(raw) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＩＮＶＯＩＣＥ", "invoice"),
        ("ﾒｰﾙ", "メール"),
        ("ﾊﾟﾋﾟ", "パピ"),
        ("STRASSE", "straße"),
        ("Cafe\u0301", "CAFÉ"),
        ("a \r\n\t b", "a b"),
        ("a\u3000b", "a b"),
        ("東\r\n京", "東京"),
        ("山田 太郎", "山田太郎"),
        ("１０時〜", "10時～"),
        ("−1", "-1"),
        ("soft\u00adhyphen", "softhyphen"),
        ("①", "1"),
        ("ǅ", "ǆ"),
    ],
)
def test_what_readers_take_for_the_same_is_folded_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("a b", "ab"), ("東 a", "東a"), ("東京", "京都"), ("é", "e"), ("は", "ぱ")])
def test_what_differs_stays_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(
    st.lists(
        st.sampled_from(["a", " ", "東", "カ", "ｶ", "ﾞ", "\u3099", "e", "\u0301", "ß", "각", "\u11a8"]), min_size=520
    )
)
def test_a_long_text_is_folded_as_a_short_one(characters: list[str]) -> None:
    long = "".join(characters)
    with patch.object(text, "MAX_PIECE", len(long)):
        whole = fold(long)
    assert fold(long) == whole


def test_a_long_run_of_combining_marks_is_folded_in_time_of_its_length() -> None:
    with patch.object(text, "_normal", wraps=text._normal) as normal:
        fold("a" + "\u0301\u0327" * 5000)
    pieces = [len(call.args[0]) for call in normal.call_args_list]
    assert sum(pieces) == 10_001
    assert max(pieces) <= text.MAX_PIECE


def test_letters_that_become_eighteen_do_not_make_a_long_text_eighteen_times_as_long() -> None:
    length = 200_000
    folded = fold("\ufdfa" * length + "end")
    assert length < len(folded) < text.GROWTH * length + text.GROWN + 18 * text.MAX_PIECE


def test_a_long_text_that_does_not_grow_is_folded_whole() -> None:
    with patch.object(text, "MAX_TEXT", 1000), patch.object(text, "GROWN", 0):
        assert fold("東 end" * 2000).endswith("東 end")


@given(st.text())
def test_what_is_folded_stays_as_it_is(words: str) -> None:
    assert fold(fold(words)) == fold(words)


PIECES = ["Content-Type: text/html; charset=", "utf-8\n", "\n", "a", "<b>", "é", "=?x?q?=?=", ": "]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_message_has_a_text(words: str) -> None:
    raw = words.encode()
    assert len(preview(raw)) <= PREVIEW_LENGTH
    assert all(isinstance(each, str) for each in searchable(raw))
