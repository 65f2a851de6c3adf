"""SEARCH gives what each key means, by SQL or by reading, alone and combined."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aids.stored import ALICE, NOW, Post, deliver, files, stored
from tayori.message.digest import digest
from tayori.model import (
    INBOX,
    All,
    And,
    Arrival,
    Before,
    BodyHas,
    DateField,
    HasFlag,
    HeaderHas,
    Larger,
    ModSeqFrom,
    Not,
    On,
    Or,
    SearchKey,
    Since,
    Smaller,
    TextHas,
    Uids,
    Younger,
)
from tayori.store import search
from tayori.store.figures import Figure
from tayori.store.mailbox import OpenMailbox
from tayori.store.store import Store

TODAY = date(2026, 11, 24).toordinal()
INTERNAL, SENT, SAVED = DateField.INTERNAL, DateField.SENT, DateField.SAVED


def arrival(post: Post, content: str, received: int = NOW, flags: tuple[str, ...] = ()) -> Arrival:
    letter = post.letter(flags=flags)
    letter.content = content.encode()
    letter.digest = digest(letter.content, bare_lf=True)
    letter.received = received
    return letter


def corpus() -> Iterable[Arrival]:
    post = Post()
    yield arrival(post, "Subject: One\nFrom: ann@example.org\nDate: Mon, 23 Nov 2026 23:30:00 -0500\n\nfirst body\n")
    yield arrival(post, "Subject: =?utf-8?B?44Oh44O844Or?=\nX-Tag: a\n\n東\n京 INVOICE\n", NOW - 86400, ("\\Seen",))
    yield arrival(post, "Subject: three\nDate: nonsense\n\n" + "long " * 100, NOW + 10 * 3600, ("Later", "\\Deleted"))
    yield arrival(post, "Subject: four\nDate: Tue, 24 Nov 2026 05:49:00 +0900\n\n<b>first</b>\n", NOW, ("\\Seen",))


async def inbox_of(store: Store) -> OpenMailbox:
    await deliver(store, list(corpus()))
    return await (await store.mailboxes(ALICE)).open(INBOX)


FOUND: list[tuple[SearchKey, list[int]]] = [
    (All(), [1, 2, 3, 4]),
    (Uids([(2, 3), (9, 9)]), [2, 3]),
    (Uids([]), []),
    (Uids([(uid, uid) for uid in range(2, 900, 2)]), [2, 4]),
    (HasFlag("\\Seen"), [2, 4]),
    (HasFlag("later"), [3]),
    (HasFlag("Never"), []),
    (On(INTERNAL, TODAY), [1, 4]),
    (Before(INTERNAL, TODAY), [2]),
    (Since(INTERNAL, TODAY), [1, 3, 4]),
    (On(SENT, TODAY), [4]),
    (Before(SENT, TODAY), [1]),
    (Not(Before(SENT, TODAY)), [2, 3, 4]),
    (Since(SENT, TODAY), [4]),
    (On(SAVED, TODAY), [1, 2, 3, 4]),
    (Larger(200), [3]),
    (Smaller(200), [1, 2, 4]),
    (Younger(3600), [1, 3, 4]),
    (ModSeqFrom(2**62), []),
    (HeaderHas("subject", "ONE"), [1]),
    (HeaderHas("Subject", "ﾒｰﾙ"), [2]),
    (HeaderHas("x-tag", ""), [2]),
    (HeaderHas("From", "example.org"), [1]),
    (BodyHas("first"), [1, 4]),
    (BodyHas("東京"), [2]),
    (BodyHas("ｉｎｖｏｉｃｅ"), [2]),
    (TextHas("four"), [4]),
    (TextHas(""), [1, 2, 3, 4]),
    (Not(TextHas("first")), [2, 3]),
    (Or((TextHas("one"), HasFlag("Later"), BodyHas("東"))), [1, 2, 3]),
    (Or(()), []),
    (And(()), [1, 2, 3, 4]),
    (And((BodyHas("first"), HasFlag("\\Seen"))), [4]),
    (And((Not(HasFlag("\\Seen")), Not(BodyHas("long")))), [1]),
    (And((Uids([(1, 1)] * 101), TextHas("one"))), [1]),
    (Or((HasFlag("\\Seen"),) * 3000), [2, 4]),
]


@pytest.mark.parametrize(("key", "found"), FOUND, ids=[str(key)[:60] for key, _ in FOUND])
def test_each_key_finds_what_it_means(tmp_path: Path, key: SearchKey, found: list[int]) -> None:
    @stored
    async def search(store: Store) -> None:
        assert await (await inbox_of(store)).search(key) == found

    search(tmp_path)


@stored
async def test_many_different_keys_are_one_question(store: Store) -> None:
    inbox = await inbox_of(store)
    assert await inbox.search(And(tuple(Larger(octets) for octets in range(3000)))) == []
    assert await inbox.search(Or(tuple(Larger(octets) for octets in range(3000)))) == [1, 2, 3, 4]


@stored
async def test_a_damaged_message_does_not_match_and_does_not_stop_the_others(store: Store) -> None:
    inbox = await inbox_of(store)
    mail = await store.mailboxes(ALICE)
    files(mail, "new")[0].write_bytes(b"")
    assert len(await inbox.search(TextHas(""))) == 3


LEAVES: st.SearchStrategy[SearchKey] = st.sampled_from([key for key, _ in FOUND[:-6] if not isinstance(key, Or | And)])
KEYS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(Or, st.lists(inner, max_size=3).map(tuple)),
        st.builds(And, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)


def meant(key: SearchKey, leaves: dict[str, list[int]]) -> set[int]:
    """What a combination means, by what its leaves find."""
    match key:
        case Not(inner) if str(key) not in leaves:
            return {1, 2, 3, 4} - meant(inner, leaves)
        case Or(keys):
            return set().union(*(meant(each, leaves) for each in keys))
        case And(keys):
            return {1, 2, 3, 4}.intersection(*(meant(each, leaves) for each in keys))
    return set(leaves[str(key)])


@given(st.lists(KEYS, min_size=10, max_size=20), st.sampled_from([1, 8]))
@settings(max_examples=12)
def test_combinations_mean_what_logic_says(
    tmp_path_factory: pytest.TempPathFactory, keys: list[SearchKey], few: int
) -> None:
    leaves = {str(key): found for key, found in FOUND}

    @stored
    async def search_all(store: Store) -> None:
        inbox = await inbox_of(store)
        for key in keys:
            assert await inbox.search(key) == sorted(meant(key, leaves)), key

    with patch.object(search, "FEW", few):
        search_all(tmp_path_factory.mktemp("data"))


@stored
async def test_others_get_their_turn_while_texts_are_read(store: Store) -> None:
    inbox = await inbox_of(store)
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    with patch.object(search, "READING", 0.0):
        await inbox.search(TextHas("first"))
    task.cancel()
    assert turns >= 4


@stored
async def test_a_large_mailbox_is_compared_in_slices(store: Store) -> None:
    await deliver(store, Post().letters(7))
    inbox = await (await store.mailboxes(ALICE)).open(INBOX)
    with patch.object(search, "IN_MEMORY", 2):
        assert await inbox.search(And((Since(INTERNAL, TODAY), Not(HasFlag("\\Seen"))))) == [1, 2, 3, 4, 5, 6, 7]


@stored
async def test_of_named_uids_no_other_is_compared(store: Store) -> None:
    await deliver(store, Post().letters(40))
    inbox = await (await store.mailboxes(ALICE)).open(INBOX)
    compared: list[int] = []

    def choose(uids: Sequence[int], values: Sequence[int]) -> list[int]:
        compared.extend(uids)
        return list(uids)

    with patch.object(search, "_comparison", return_value=(Figure.SIZE, choose)):
        assert await inbox.search(And((Uids([(7, 7), (39, 50)]), Larger(1)))) == [7, 39, 40]
    assert compared == [7, 39, 40]
