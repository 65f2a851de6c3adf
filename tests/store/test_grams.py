"""Whatever a text holds has none but marks of the text; most other words have others."""

from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from tayori.message import text
from tayori.store import extract, grams

PIECES = [
    *("invoice", "INVOICE", "straße", "naïve", "ı", "x", " ", "  ", "-", ".", "\n", "\0", "a@b.example", "2026-11-24"),
    *(
        "東京",
        "東",
        "会議の資料",
        "ﾒｰﾙ",
        "株式会社",
        "㈱",
        "\U00020bb7野家",
        "耀",
        "々",
        "회의자료",
        "회",
        "счёт",
        "да",
    ),
    *("สวัสดี", "ﷺ", "\u00ad", "😀", "\U00010000\U00010000", "\U00018000abc", "“quoted”", "\ud800", "\udfff", "\ufffd"),
]
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=12).map("".join)


def has(folded: bytes, row: int) -> bool:
    return grams.marks(folded)[row] == 1


@given(TEXTS, st.data())
def test_what_is_cut_from_a_text_has_no_other_marks(content: str, data: st.DataObject) -> None:
    folded = text.fold(content)
    start = data.draw(st.integers(0, len(folded)))
    end = data.draw(st.integers(start, len(folded)))
    marks = grams.marks(extract.octets(folded))
    assert all(marks[row] for row in grams.rows(extract.octets(folded[start:end])))


@given(TEXTS, TEXTS, TEXTS)
def test_what_lies_anywhere_in_a_text_has_no_other_marks(before: str, content: str, behind: str) -> None:
    inner = text.fold(content)
    marks = grams.marks(b"\n%b\n" % extract.octets(before + inner + behind))
    assert all(marks[row] for row in grams.rows(extract.octets(inner)))


def test_neither_has_what_is_cut_from_a_word_of_many_pieces() -> None:
    word = b"".join(b"%x" % number for number in range(grams.PIECE // 3))
    marks = grams.marks(word)
    at = grams.PIECE - 20
    assert all(marks[row] for start in range(at, at + 40) for row in grams.rows(word[start : start + 10]))


def test_a_text_of_many_portions_has_the_marks_of_all() -> None:
    folded = "invoice 東京 zanzibar счёт-фактура".encode()
    with patch.object(grams, "PORTION", 3):
        assert grams.rows(folded) == grams.rows(folded + b" ") == set().union(*map(grams.rows, folded.split()))


def test_nor_what_ends_where_a_text_was_cut_within_a_letter() -> None:
    marks = grams.marks("東京会議".encode()[:-1] + b"\n")
    assert all(marks[row] for row in grams.rows("東京会".encode()))


def test_other_words_have_other_marks() -> None:
    marks = grams.marks(b"and then zanzibar was named")
    assert not all(marks[row] for row in grams.rows(b"wapiti"))
    assert not all(marks[row] for row in grams.rows("会議".encode()))


def test_words_in_another_order_have_the_same_marks() -> None:
    assert grams.rows(b"zanzibar: wapiti") == grams.rows(b"wapiti zanzibar")


def test_two_letters_of_japanese_are_marked_and_so_is_one() -> None:
    assert len(grams.rows("東京".encode())) == 3
    assert len(grams.rows("東".encode())) == 1


def test_short_words_and_signs_have_no_marks() -> None:
    assert grams.rows(b"") == grams.rows(b"abc d-e... 123") == grams.rows("é!".encode()) == set()
