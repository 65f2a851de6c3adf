"""SEARCH's keys: random trees come back from their text, and no input is too deep."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aids.mailroom import Mailroom
from tayori.errors import Refusal, TooMany, UnknownCharset
from tayori.imap.grammar import Arguments
from tayori.imap.search_keys import KEYS, MAX_KEYS, MAX_NESTING, WRAPPERS, Context, Wrapper, charset, search_key
from tayori.imap.view import View
from tayori.model import (
    All,
    And,
    Fuzzy,
    HasFlag,
    HeaderHas,
    Larger,
    MailboxName,
    Not,
    Or,
    SearchKey,
    Snapshot,
    TextHas,
    Uids,
)

UIDS = [2, 3, 5, 7, 11]


def context(uids: list[int] | None = None) -> Context:
    known = UIDS if uids is None else uids
    now = Snapshot(1, 100, 1, (), array("I", known), array("q", [0] * len(known)))
    return Context(View(Mailroom().inbox, MailboxName("INBOX"), now, False, 7), "utf-8")


def read(text: bytes) -> SearchKey:
    return search_key(Arguments(text), context(), KEYS)


LEAVES = st.sampled_from([
    (b"ALL", All()),
    (b"seen", HasFlag("\\Seen")),
    (b"UNSEEN", Not(HasFlag("\\Seen"))),
    (b"LARGER 7", Larger(7)),
    (b"2:3", Uids([(3, 5)])),
    (b"UID 6:*", Uids([(7, 11)])),
    (b"RECENT", Uids([(7, 99)])),
    (b"KEYWORD $Junk", HasFlag("$Junk")),
])  # fmt: skip

Written = tuple[bytes, SearchKey]


def grouped(parts: list[Written]) -> Written:
    keys = tuple(key for _, key in parts)
    return b"(%b)" % b" ".join(text for text, _ in parts), And(keys) if len(keys) > 1 else keys[0]


def either(parts: tuple[Written, Written]) -> Written:
    """What stands in OR without parentheses is joined with it."""
    keys = [key.keys if text.startswith(b"OR ") and isinstance(key, Or) else (key,) for text, key in parts]
    return b"OR %b %b" % (parts[0][0], parts[1][0]), Or((*keys[0], *keys[1]))


def trees(inner: st.SearchStrategy[Written]) -> st.SearchStrategy[Written]:
    return st.one_of(
        inner.map(lambda part: (b"NOT " + part[0], Not(part[1]))),
        st.tuples(inner, inner).map(either),
        st.lists(inner, min_size=1, max_size=4).map(grouped),
    )


@given(st.recursive(LEAVES, trees, max_leaves=20))
def test_a_tree_of_keys_is_read_as_it_was_meant(written: Written) -> None:
    assert read(written[0]) == written[1]


@given(st.lists(st.sampled_from([b"ALL", b"NOT", b"OR", b"(", b")", b" ", b"1:3", b"UID", b"FROM", b'"x"', b"x"])))
def test_any_words_are_read_or_refused(words: list[bytes]) -> None:
    try:
        read(b"".join(words))
    except Refusal:
        pass


@pytest.mark.parametrize("opening", [b"(", b"NOT "])
def test_keys_may_be_nested_so_deep_and_no_deeper(opening: bytes) -> None:
    def nested(depth: int) -> bytes:
        return depth * opening + b"ALL" + (depth * b")" if opening == b"(" else b"")

    read(nested(MAX_NESTING - 1))
    with pytest.raises(TooMany):
        read(nested(MAX_NESTING))


@pytest.mark.parametrize("text", [b"OR 1 OR 2 3", b"OR OR 1 2 3"])
def test_or_in_or_is_one_with_all_of_their_keys(text: bytes) -> None:
    assert read(text) == Or((read(b"1"), read(b"2"), read(b"3")))


def test_a_chain_of_or_may_be_as_long_as_there_may_be_keys() -> None:
    read(b"OR ALL " * (MAX_KEYS // 2 - 1) + b"ALL")
    read(b"OR " * (MAX_KEYS // 2 - 1) + b" ".join([b"ALL"] * (MAX_KEYS // 2)))


def test_there_may_be_so_many_keys_and_no_more() -> None:
    read(b" ".join([b"ALL"] * MAX_KEYS))
    with pytest.raises(TooMany):
        read(b" ".join([b"ALL"] * (MAX_KEYS + 1)))


def test_a_number_that_no_message_has_matches_none() -> None:
    assert read(b"5:9") == Uids([(11, 11)])
    assert read(b"6") == Uids([])


def test_the_charset_may_be_named() -> None:
    arguments = Arguments(b"charset us-ascii ALL")
    assert (charset(arguments), arguments.atom()) == ("us-ascii", b"ALL")


def test_a_charset_that_is_not_known_is_refused() -> None:
    with pytest.raises(UnknownCharset):
        charset(Arguments(b"CHARSET KOI8-R ALL"))


FUZZY = Wrapper(1, lambda keys: keys[0], lambda key: Fuzzy(key) if isinstance(key, HeaderHas | TextHas) else key)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (b'FUZZY TEXT "a"', Fuzzy(TextHas("a"))),
        (b'FUZZY TEXT "a" TEXT "b"', And((Fuzzy(TextHas("a")), TextHas("b")))),
        (b"fuzzy LARGER 7", Larger(7)),
        (
            b'FUZZY OR TEXT "a" (ALL SUBJECT "b")',
            Or((Fuzzy(TextHas("a")), And((All(), Fuzzy(HeaderHas("Subject", "b")))))),
        ),
        (b'NOT FUZZY NOT TEXT "a"', Not(Not(Fuzzy(TextHas("a"))))),
        (b'FUZZY FUZZY TEXT "a"', Fuzzy(TextHas("a"))),
    ],
)
def test_a_wrapper_makes_others_of_the_keys_within_it_and_of_no_more(text: bytes, meant: SearchKey) -> None:
    where = context()
    where.wrappers = {**WRAPPERS, b"FUZZY": FUZZY}
    assert search_key(Arguments(text), where, KEYS) == meant
