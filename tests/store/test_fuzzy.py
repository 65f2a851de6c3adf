"""FUZZY finds other forms of the words and their beginnings, and tells how well a message matches. RFC 6203."""

from pathlib import Path

import pytest

from aids.extracts import extracted, unread
from aids.stored import ALICE, Post, deliver, stored
from store.test_search import arrival
from tayori.model import INBOX, And, BodyHas, Fuzzy, HeaderHas, Not, Or, SearchKey, TextHas
from tayori.store import extract as segments_of
from tayori.store import fuzzy
from tayori.store.extract import Text
from tayori.store.mailbox import OpenMailbox
from tayori.store.store import Store

MAILS = [
    "Subject: Invoice\n\nThe invoices of March; another invoice, and one invoice more.\n",
    "Subject: hello\n\nWe are invoicing you.\n",
    "Subject: 東京の会議\nX-Tag: invoice\n\nTower東京tower und Straßen, café\n",
    "Subject: nothing\n\nreinvoice preinvoiced हिन्दी में\n",
]


async def inbox_of(store: Store, extract: bool) -> OpenMailbox:
    post = Post()
    await deliver(store, [arrival(post, mail) for mail in MAILS])
    mail = await store.mailboxes(ALICE)
    if extract:
        await extracted(mail)
    return await mail.open(INBOX)


FOUND: list[tuple[SearchKey, list[int]]] = [
    (Fuzzy(BodyHas("invoice")), [1, 2]),
    (Fuzzy(BodyHas("Invoices")), [1, 2]),
    (Fuzzy(TextHas("invoiced")), [1, 2, 3]),
    (Fuzzy(TextHas("INVO")), [1, 2, 3]),
    (Fuzzy(TextHas("march invoice")), [1]),
    (Fuzzy(TextHas("invoice, hello!")), [2]),
    (Fuzzy(HeaderHas("Subject", "invoicing")), [1]),
    (Fuzzy(HeaderHas("subject", "")), [1, 2, 3, 4]),
    (Fuzzy(HeaderHas("x-tag", "")), [3]),
    (Fuzzy(TextHas("京")), [3]),
    (Fuzzy(TextHas("会議 東京")), [3]),
    (Fuzzy(BodyHas("tower")), [3]),
    (Fuzzy(BodyHas("STRASSE")), [3]),
    (Fuzzy(BodyHas("caf")), [3]),
    (Fuzzy(BodyHas("af")), []),
    (Fuzzy(BodyHas("हिन्दी")), [4]),
    (Fuzzy(BodyHas(";")), [1]),
    (Fuzzy(BodyHas("absent")), []),
    (Not(Fuzzy(BodyHas("invoice"))), [3, 4]),
]


@pytest.mark.parametrize("extract", [True, False], ids=["extracted", "read"])
@pytest.mark.parametrize(("key", "found"), FOUND, ids=[str(key) for key, _ in FOUND])
def test_words_are_found_by_their_stems(tmp_path: Path, key: SearchKey, found: list[int], extract: bool) -> None:
    @stored
    async def look(store: Store) -> None:
        inbox = await inbox_of(store, extract)
        assert await inbox.search(key) == found

    look(tmp_path)


@pytest.mark.parametrize("extract", [True, False], ids=["extracted", "read"])
def test_more_and_nearer_words_are_more_relevant(tmp_path: Path, extract: bool) -> None:
    @stored
    async def look(store: Store) -> None:
        inbox = await inbox_of(store, extract)
        best, worse = await inbox.relevancy(Fuzzy(BodyHas("invoice")), [1, 2])
        assert best == 100
        assert 1 <= worse < 100

    look(tmp_path)


@stored
async def test_relevancy_comes_from_the_extract(store: Store) -> None:
    inbox = await inbox_of(store, True)
    with unread():
        assert 100 in await inbox.relevancy(Or((Fuzzy(TextHas("invoice")), Fuzzy(TextHas("tower")))), [1, 2, 3])


@stored
async def test_what_is_found_exactly_is_wholly_relevant(store: Store) -> None:
    inbox = await inbox_of(store, False)
    assert await inbox.relevancy(And((BodyHas("invoice"), Not(Fuzzy(BodyHas("x"))))), [2, 1]) == [100, 100]


@stored
async def test_what_is_gone_is_the_least_relevant(store: Store) -> None:
    inbox = await inbox_of(store, False)
    assert await inbox.relevancy(Fuzzy(BodyHas("invoice")), [1, 99]) == [100, 1]


@stored
async def test_an_extract_that_cannot_be_read_leaves_the_messages(store: Store) -> None:
    inbox = await inbox_of(store, True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments_of, "segments", _unreadable)
        assert await inbox.search(Fuzzy(BodyHas("invoice"))) == [1, 2]


def _unreadable(folder: Path) -> list[int]:
    raise PermissionError(folder)


def test_a_field_counts_more_than_the_body() -> None:
    wanted = fuzzy.Likened(TextHas("apple"))
    assert wanted.score(Text(b"\nsubject: apple\n", b"x\n", b"")) > wanted.score(
        Text(b"\nsubject: x\n", b"apple\n", b"")
    )


def test_a_long_text_counts_less() -> None:
    wanted = fuzzy.Likened(BodyHas("apple"))
    assert wanted.score(Text(b"\n", b"apple\n", b"")) > wanted.score(Text(b"\n", b"apple" + b" x" * 5000 + b"\n", b""))


def test_scores_of_nothing_are_the_lowest() -> None:
    assert fuzzy.relevancy([0.0, 0.0]) == [1, 1]
