"""With an index SEARCH gives the answers that it gives without, whatever became of the index."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aids.extracts import excluded, extracted, indexed, unread, without
from aids.stored import ALICE, Post, deliver, stored
from store.test_extract import expunge, letters
from store.test_search import arrival
from tayori.model import INBOX, BodyHas, Fuzzy, HeaderHas, SearchKey, TextHas
from tayori.store import extract, index, narrowing, scanning, texts
from tayori.store.mailbox import OpenMailbox
from tayori.store.store import Store

MAILS = [
    "Subject: Invoice 2026-0815\nX-Tag: alpha\n\nThe invoices of March\n",
    "Subject: 会議の資料\n\n東\n京 Straßenbahn\n",
    "Subject: hello\n\nWe are invoicing you, says Quagga\n",
    "Subject: nothing\n\n회의자료 счёт-фактура zanzibarian\n",
]


async def inbox_of(store: Store) -> OpenMailbox:
    """One of MAILS, each in a group of its own."""
    post = Post()
    mail = await store.mailboxes(ALICE)
    await deliver(store, [arrival(post, content) for content in MAILS])
    with indexed():
        await extracted(mail)
    return await mail.open(INBOX)


FOUND: list[tuple[SearchKey, list[int]]] = [
    (BodyHas("invoic"), [1, 3]),
    (BodyHas("zanzibar"), [4]),
    (BodyHas("anzibari"), [4]),
    (BodyHas("invoice 2026"), []),
    (TextHas("INVOICE 2026-08"), [1]),
    (TextHas("oice 2026"), [1]),
    (BodyHas("東京"), [2]),
    (TextHas("議の"), [2]),
    (TextHas("料"), [2]),
    (BodyHas("STRASSEN"), [2]),
    (BodyHas("회의"), [4]),
    (BodyHas("чёт-факт"), [4]),
    (BodyHas("says quagga"), [3]),
    (BodyHas("wapiti"), []),
    (BodyHas("of"), [1]),
    (BodyHas(","), [3]),
    (BodyHas(""), [1, 2, 3, 4]),
    (BodyHas("march " * 99), []),
    (HeaderHas("subject", "invoice"), [1]),
    (HeaderHas("x-tag", ""), [1]),
    (Fuzzy(TextHas("invoices")), [1, 3]),
    (Fuzzy(TextHas("quagga invoice")), [3]),
    (Fuzzy(TextHas("march quagga")), []),
    (Fuzzy(HeaderHas("subject", "invoicing")), [1]),
]


@pytest.mark.parametrize(("key", "found"), FOUND, ids=[str(key)[:60] for key, _ in FOUND])
def test_each_text_is_found_by_the_index(tmp_path: Path, key: SearchKey, found: list[int]) -> None:
    @stored
    async def search(store: Store) -> None:
        inbox = await inbox_of(store)
        with unread():
            assert await inbox.search(key) == found

    search(tmp_path)


@stored
async def test_only_what_may_hold_the_text_is_scanned(store: Store) -> None:
    inbox = await inbox_of(store)
    scanned: list[tuple[int, int, int]] = []

    async def none(opened: object, column: object, among: list[tuple[int, int, int]], needle: bytes) -> list[int]:
        scanned.extend(among)
        return []

    with patch.object(scanning, "holding", none):
        await inbox.search(BodyHas("quagga"))
        await inbox.search(Fuzzy(BodyHas("zanzibarian")))
    assert scanned == [(1, 2, 2), (1, 3, 3)]


# ---- The oracle

TEXTS = st.lists(
    st.sampled_from(
        ["invoice", "invoices", "reinvoiced", "zanzibar", "東京", "京都の会議", "회의자료", "счёт", "a", "."]
    ),
    max_size=4,
).map(" ".join)
LETTERS = st.lists(st.tuples(TEXTS, TEXTS, st.booleans()), max_size=6)
CUT = st.tuples(TEXTS, st.integers(0, 20), st.integers(1, 12)).map(lambda cut: cut[0][cut[1] : cut[1] + cut[2]])
KEYS = st.one_of(
    CUT.map(BodyHas),
    CUT.map(TextHas),
    CUT.map(lambda text: HeaderHas("subject", text)),
    CUT.map(lambda text: Fuzzy(TextHas(text))),
)


@settings(max_examples=60, deadline=None)
@given(LETTERS, LETTERS, LETTERS, st.lists(KEYS, min_size=1, max_size=5), st.integers(1, 400))
def test_whatever_is_indexed_changes_no_answer(
    tmp_path_factory: pytest.TempPathFactory,
    indexed_letters: list[tuple[str, str, bool]],
    extracted_letters: list[tuple[str, str, bool]],
    other_letters: list[tuple[str, str, bool]],
    keys: list[SearchKey],
    group: int,
) -> None:
    @stored
    async def compare(store: Store) -> None:
        post = Post()
        mail = await store.mailboxes(ALICE)
        await deliver(store, letters(post, indexed_letters))
        with indexed(group):
            await extracted(mail)
        await expunge(store, mail, 2, 3)
        await deliver(store, letters(post, extracted_letters))
        await extracted(mail)
        await deliver(store, letters(post, other_letters))
        inbox = await mail.open(INBOX)
        by_index = [await inbox.search(key) for key in keys]
        with without(mail.folder):
            assert by_index == [await inbox.search(key) for key in keys]

    compare(tmp_path_factory.mktemp("data"))


# ---- Damage

Harm = Callable[[Path], None]


def changed(at: int) -> Harm:
    def change(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[at] ^= 255
        path.write_bytes(content)

    return change


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    os.truncate(path, 100)


HARMS: dict[str, Harm] = {
    "removed": Path.unlink,
    "emptied": emptied,
    "cut": cut,
    "head": changed(9),
    "magic": changed(0),
    "mails": changed(60),
    "marks": changed(-1),
}


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS)
def test_a_damaged_index_is_not_believed(tmp_path: Path, harm: Harm) -> None:
    @stored
    async def search(store: Store) -> None:
        inbox = await inbox_of(store)
        folder = (await store.mailboxes(ALICE)).folder
        harm(Path(index.path(folder, 1)))
        assert await excluded(folder, "quagga") == 0
        with unread():
            assert await inbox.search(BodyHas("quagga")) == [3]

    search(tmp_path)


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS)
def test_nor_is_one_that_was_damaged_since_it_was_read(tmp_path: Path, harm: Harm) -> None:
    @stored
    async def search(store: Store) -> None:
        inbox = await inbox_of(store)
        folder = (await store.mailboxes(ALICE)).folder
        assert await excluded(folder, "quagga") == 3
        harm(Path(index.path(folder, 1)))
        assert await excluded(folder, "quagga") == 0
        assert await inbox.search(BodyHas("quagga")) == [3]

    search(tmp_path)


@stored
async def test_what_the_process_cannot_read_any_more_excludes_nothing(store: Store) -> None:
    inbox = await inbox_of(store)
    opened = await texts.of_account((await store.mailboxes(ALICE)).folder)
    os.truncate(index.path(opened.folder, 1), 200)
    with patch.object(narrowing.Index, "is_as_read", lambda self: True):
        assert await inbox.search(BodyHas("quagga")) == [3]
    assert opened.indexes == {}


@stored
async def test_the_index_of_another_segment_is_not_believed(store: Store) -> None:
    await inbox_of(store)
    mail = await store.mailboxes(ALICE)
    await deliver(store, Post("w1").letters(4))
    os.unlink(extract.path(mail.folder, 1))
    await extracted(mail)
    assert index.numbers(mail.folder) == extract.segments(mail.folder) == [1]
    assert await excluded(mail.folder, "quagga") == 0
    assert await (await mail.open(INBOX)).search(TextHas("quagga")) == [3]


@stored
async def test_others_get_their_turn_while_the_index_is_asked(store: Store) -> None:
    inbox = await inbox_of(store)
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    assert await inbox.search(BodyHas("wapiti")) == []
    task = asyncio.create_task(other())
    with patch.object(narrowing, "MOMENT", 0.0):
        await inbox.search(BodyHas("wapiti"))
    task.cancel()
    assert turns > 0


# ---- Runs


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 5)), max_size=6),
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 5)), max_size=6),
)
def test_runs_lose_what_lies_in_gaps_and_nothing_else(runs: list[tuple[int, int]], gaps: list[tuple[int, int]]) -> None:
    placed, cuts = spans(runs), spans(gaps)
    left = narrowing.without([(7, first, last) for first, last in placed], cuts)
    kept = [ordinal for _, first, last in left for ordinal in range(first, last + 1)]
    gone = ordinals(cuts)
    assert kept == [ordinal for ordinal in ordinals(placed) if ordinal not in gone]


def spans(lengths: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """First and last of each, from lengths and distances."""
    found, at = [], 0
    for length, distance in lengths:
        found.append((at + distance, at + distance + length - 1))
        at += distance + length
    return found


def ordinals(of: list[tuple[int, int]]) -> list[int]:
    return [ordinal for first, last in of for ordinal in range(first, last + 1)]
