"""FETCH's items: what is asked for, how it is named in the answer, what is no item."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.errors import ProtocolError, Refusal, TooMany
from tayori.imap.fetch_items import ITEMS, MAX_DEPTH, MAX_TEXTS, Request, joined, request
from tayori.imap.grammar import Arguments
from tayori.model import Column


def asked(text: bytes) -> Request:
    arguments = Arguments(text)
    wanted = request(arguments, ITEMS)
    arguments.end()
    return wanted


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        (b"BODY[]", [b"BODY[]"]),
        (b"body.peek[text]<5.10>", [b"BODY[TEXT]<5>"]),
        (b"BODY[1.2.header.fields.not (From {3+}\r\na b)]", [b'BODY[1.2.HEADER.FIELDS.NOT (From "a b")]']),
        (b"BODY[12.mime]", [b"BODY[12.MIME]"]),
        (b"(BODY BODY[1] RFC822.text)", [b"BODY", b"BODY[1]", b"RFC822.TEXT"]),
    ],
)
def test_a_text_is_named_as_it_was_asked_for(text: bytes, labels: list[bytes]) -> None:
    assert [each.label for each in asked(text).texts] == labels


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (b"BODY[]", True),
        (b"BODY.PEEK[]", False),
        (b"RFC822", True),
        (b"RFC822.HEADER", False),
        (b"RFC822.TEXT", True),
        (b"BODY", False),
    ],
)
def test_what_is_read_and_not_peeked_at_is_seen(text: bytes, seen: bool) -> None:
    assert [each.seen for each in asked(text).texts] == [seen]


def test_a_column_is_asked_for_once() -> None:
    wanted = asked(b"(ENVELOPE RFC822.SIZE envelope)")
    assert [each.column for each in wanted.attributes] == [Column.ENVELOPE, Column.SIZE]


@pytest.mark.parametrize("text", [b"all", b"FAST", b"Full"])
def test_a_macro_stands_for_items(text: bytes) -> None:
    wanted = asked(text)
    assert wanted.flags
    assert [each.column for each in wanted.attributes][:2] == [Column.INTERNALDATE, Column.SIZE]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"()",
        b"(ALL)",
        b"X",
        b"BODY.PEEK",
        b"BODY[",
        b"BODY[1",
        b"BODY[1.]",
        b"BODY[.1]",
        b"BODY[MIME]",
        b"BODY[HEADER.FIELDS]",
        b"BODY[HEADER.FIELDS ()]",
        b"BODY[HEADER.FIELDS (a]",
        b"BODY[TEXT ]",
        b"BODY[]<1>",
        b"BODY[]<1.0>",
        b"BODY[]<a.b>",
        b"FLAGS FLAGS",
        b"BODY[" + b"1." * MAX_DEPTH + b"1]",
    ],
)
def test_what_is_no_item_is_refused(text: bytes) -> None:
    with pytest.raises(ProtocolError):
        asked(text)


def test_there_may_be_so_many_texts_and_no_more() -> None:
    asked(b"(%b)" % b" ".join([b"BODY[]"] * MAX_TEXTS))
    with pytest.raises(TooMany):
        asked(b"(%b)" % b" ".join([b"BODY[]"] * (MAX_TEXTS + 1)))


@given(st.lists(st.sampled_from([b"BODY", b".PEEK", b"[", b"]", b"1", b".", b"TEXT", b"<", b"0.1", b">", b" ", b"("])))
def test_any_words_are_read_or_refused(words: list[bytes]) -> None:
    try:
        asked(b"".join(words))
    except Refusal:
        pass


def test_what_several_ask_for_is_told_once() -> None:
    both = joined([asked(b"(UID ENVELOPE BODY.PEEK[TEXT])"), asked(b"(ENVELOPE BODY[TEXT] FLAGS RFC822.SIZE)")])
    assert (both.uid, both.flags) == (True, True)
    assert [each.column for each in both.attributes] == [Column.ENVELOPE, Column.SIZE]
    assert [text.label for text in both.texts] == [b"BODY[TEXT]"]
